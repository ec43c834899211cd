//! The sticky algorithm for members that all want the same topics: quotas.
//!
//! Everybody keeps what fits the quota; what is left is dealt to those below it, in order of member
//! ids. Refuses to compare loads: the quotas alone make the answer even.
//! Source: spec E4.3; `AbstractStickyAssignor.ConstrainedAssignmentBuilder` (4.1), KAFKA-15170.

use super::{Answer, Claims};
use crate::assign::java::{HashKeys, hash_code};
use crate::assign::rack::Racks;
use crate::assign::{Group, PartitionId, Shares, TopicId};
use kernel::{Arrange, SortedMap, SortedSet};
use std::collections::VecDeque;

pub(super) fn assign(
    group: &Group,
    topics: &[TopicId],
    racks: &Racks<'_>,
    claims: &Claims,
) -> Answer {
    let mut deal = Deal::new(group, topics, claims);
    for place in hash_order(group) {
        deal.keep(place, racks);
    }
    deal.sort_members();
    let mut left = deal.unassigned(topics);
    if racks.matter() {
        left.arrange_by_key(|id| racks.near_count(*id));
        left = deal.deal_in_racks(left, racks);
    }
    deal.deal(left);
    Answer { shares: deal.shares, changing_hands: Some(deal.changing_hands) }
}

/// The order in which the first come, first served of `keep` walks the members.
fn hash_order(group: &Group) -> Vec<usize> {
    let mut keys = HashKeys::new();
    for (place, member) in group.members.iter().enumerate() {
        keys.insert(hash_code(&member.id), place);
    }
    keys.walk()
}

struct Deal<'a> {
    group: &'a Group,
    claims: &'a Claims,
    /// Everybody gets at least the least; as many as `extras` get the most, which is one more.
    least: usize,
    most: usize,
    extras: usize,
    /// Members that have the most.
    extras_full: usize,
    shares: Shares,
    /// Not kept, over the quota or off the rack, and by whom; they may come back to the same.
    let_go: SortedMap<PartitionId, usize>,
    below_least: Vec<usize>,
    /// At the least, and may get one more.
    at_least: VecDeque<usize>,
    changing_hands: SortedSet<PartitionId>,
}

impl<'a> Deal<'a> {
    fn new(group: &'a Group, topics: &[TopicId], claims: &'a Claims) -> Deal<'a> {
        let members = group.members.len().max(1);
        let counts = topics.iter().map(|topic| usize::from(group.partition_count(*topic)));
        let partitions: usize = counts.sum();
        Deal {
            group,
            claims,
            least: partitions / members,
            most: partitions.div_ceil(members),
            extras: partitions % members,
            extras_full: 0,
            shares: vec![Vec::new(); group.members.len()],
            let_go: SortedMap::new(),
            below_least: Vec::new(),
            at_least: VecDeque::new(),
            changing_hands: SortedSet::new(),
        }
    }

    /// A member keeps what it owned up to the quota: lowest partition numbers first, so that a
    /// topic is not let go as a whole.
    fn keep(&mut self, place: usize, racks: &Racks<'_>) {
        let owned = self.claims.owned[place].iter().copied();
        let (far, mut near): (Vec<_>, Vec<_>) = owned.partition(|id| racks.mismatch(place, *id));
        near.retain(|id| !self.claims.disputed.contains(id));
        near.arrange_by(|a, b| a.index.cmp(&b.index).then(self.group.compare(*a, *b)));
        let over = near.split_off(self.quota(place, near.len()));
        self.let_go.extend(far.into_iter().chain(over).map(|id| (id, place)));
        self.shares[place] = near;
    }

    /// How many a member may keep of so many; puts it into the list that it belongs to.
    fn quota(&mut self, place: usize, owned: usize) -> usize {
        if owned < self.least {
            self.below_least.push(place);
            owned
        } else if owned >= self.most && self.extras_full < self.extras {
            self.one_more_extra();
            self.most
        } else {
            if self.extras_full < self.extras {
                self.at_least.push_back(place);
            }
            self.least
        }
    }

    /// A member has the most. When enough have it, those at the least are full too.
    fn one_more_extra(&mut self) {
        self.extras_full += 1;
        if self.extras_full == self.extras {
            self.at_least.clear();
        }
    }

    fn sort_members(&mut self) {
        let id = |place: &usize| &self.group.members[*place].id;
        self.below_least.arrange_by_key(id);
        self.at_least.make_contiguous().arrange_by_key(id);
    }

    /// In order of topic names and numbers.
    fn unassigned(&self, topics: &[TopicId]) -> Vec<PartitionId> {
        let kept: SortedSet<PartitionId> = self.shares.iter().flatten().copied().collect();
        let all = topics.iter().flat_map(|topic| self.group.partitions(*topic));
        all.filter(|id| !kept.contains(id)).collect()
    }

    /// Deals within racks; gives back what found nobody there. Source: `assignRackAwareRoundRobin`.
    fn deal_in_racks(&mut self, left: Vec<PartitionId>, racks: &Racks<'_>) -> Vec<PartitionId> {
        let mut rest = Vec::new();
        let mut next = 0;
        for id in left {
            let below = self.below_least.len();
            let at = (0..below).map(|n| (next + n) % below);
            if let Some(at) = at.clone().find(|at| racks.near(self.below_least[*at], id)) {
                next = self.give_below(at, id);
            } else if let Some(at) = self.at_least.iter().position(|m| racks.near(*m, id)) {
                self.give_extra(at, id);
            } else {
                rest.push(id);
            }
        }
        rest
    }

    /// To a member below the least; says whose turn is next.
    fn give_below(&mut self, at: usize, id: PartitionId) -> usize {
        let place = self.below_least[at];
        let count = self.give(place, id);
        let mut next = at + 1;
        if count >= self.least {
            self.below_least.remove(at);
            next = at;
            if count < self.most && self.extras_full < self.extras {
                self.at_least.push_back(place);
            }
        }
        next.checked_rem(self.below_least.len()).unwrap_or(0)
    }

    fn give_extra(&mut self, at: usize, id: PartitionId) {
        let place = self.at_least[at];
        if self.give(place, id) == self.most {
            self.at_least.remove(at);
            self.one_more_extra();
        }
    }

    /// Deals in a circle to those below the least, then one each to those at it. The quotas add up
    /// to the partitions, so somebody is always left. Source: `assignRoundRobin`.
    fn deal(&mut self, left: Vec<PartitionId>) {
        let mut next = 0;
        for id in left {
            if self.below_least.is_empty() {
                let Some(place) = self.at_least.pop_front() else { break };
                self.give(place, id);
                continue;
            }
            let at = next % self.below_least.len();
            let place = self.below_least[at];
            next = at + 1;
            if self.give(place, id) == self.least {
                self.below_least.remove(at);
                self.at_least.push_back(place);
                next = at;
            }
        }
    }

    /// Returns how many the member has now.
    fn give(&mut self, place: usize, id: PartitionId) -> usize {
        let let_go = self.let_go.get(&id).is_some_and(|by| *by != place);
        if let_go || self.claims.disputed.contains(&id) {
            self.changing_hands.insert(id);
        }
        self.shares[place].push(id);
        self.shares[place].len()
    }
}
