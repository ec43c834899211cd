//! The sticky algorithm for members that want different topics: give, then move towards balance.
//!
//! What is owned stays; what is free goes to whoever has least; then partitions move from the more
//! loaded to the less loaded until no single move helps. Refuses to look two moves ahead.
//! Source: spec E4.3; `AbstractStickyAssignor.GeneralAssignmentBuilder` (4.1).

use super::movements::Movements;
use super::{Answer, Claims};
use crate::assign::rack::Racks;
use crate::assign::{Group, PartitionId, Shares, TopicId};
use kernel::{Arrange, SortedMap, SortedSet};

pub(super) fn assign(
    group: &Group,
    topics: &[TopicId],
    racks: &Racks<'_>,
    claims: Claims,
) -> Answer {
    let former = former_owners(group, claims.newest_generation);
    let mut balance = Balance::new(group, topics, racks, claims.owned);
    let revoked = balance.drop_what_does_not_fit();
    let mut left = balance.all.clone();
    left.retain(|id| !balance.owners.contains_key(id));
    let fresh = balance.shares.iter().all(Vec::is_empty);
    balance.give_out(&left);

    balance.set_fixed_members_aside();
    left.retain(|id| balance.can_move(id.topic));
    let mut all = balance.all.clone();
    all.retain(|id| balance.can_move(id.topic));
    let before = (balance.shares.clone(), balance.score());
    // First try with the new partitions only, unless something was taken from somebody anyway.
    if !revoked {
        balance.improve(&left, &former);
    }
    let moved = balance.improve(&all, &former);
    if !fresh && moved && balance.score() >= before.1 {
        balance.shares = before.0;
    }
    Answer { shares: balance.shares, changing_hands: None }
}

/// Owners of an older generation: a partition goes back to the newest of them when that helps.
/// Source: `prepopulateCurrentAssignments`.
fn former_owners(group: &Group, newest: i32) -> SortedMap<PartitionId, usize> {
    let mut former: SortedMap<PartitionId, usize> = SortedMap::new();
    for (place, member) in group.members.iter().enumerate() {
        for &id in member.owned.iter().filter(|_| member.generation < newest) {
            let known = former.get(&id).map(|known| group.members[*known].generation);
            if known.is_none_or(|known| member.generation > known) {
                former.insert(id, place);
            }
        }
    }
    former
}

struct Balance<'a> {
    group: &'a Group,
    racks: &'a Racks<'a>,
    subscribers: SortedMap<TopicId, Vec<usize>>,
    /// All partitions; those that the fewest members want come first.
    all: Vec<PartitionId>,
    shares: Shares,
    owners: SortedMap<PartitionId, usize>,
    /// Members that take part, least loaded first.
    by_load: SortedSet<(usize, &'a str, usize)>,
    movements: Movements,
}

impl<'a> Balance<'a> {
    fn new(
        group: &'a Group,
        topics: &[TopicId],
        racks: &'a Racks<'a>,
        owned: Shares,
    ) -> Balance<'a> {
        let subscribers: SortedMap<TopicId, Vec<usize>> =
            topics.iter().map(|topic| (*topic, group.subscribers(*topic))).collect();
        let mut rarest = topics.to_vec();
        rarest.arrange_by_key(|topic| (subscribers[topic].len(), group.topic_name(*topic)));
        Balance {
            group,
            racks,
            subscribers,
            all: rarest.iter().flat_map(|topic| group.partitions(*topic)).collect(),
            shares: owned,
            owners: SortedMap::new(),
            by_load: SortedSet::new(),
            movements: Movements::default(),
        }
    }

    /// Takes from everybody what they no longer want, or what is not on their rack; says whether
    /// anything was taken.
    fn drop_what_does_not_fit(&mut self) -> bool {
        let mut dropped = false;
        for place in 0..self.shares.len() {
            let (group, racks) = (self.group, self.racks);
            let wants = |id: &PartitionId| group.members[place].topics.contains(&id.topic);
            let before = self.shares[place].len();
            self.shares[place].retain(|id| wants(id) && !racks.mismatch(place, *id));
            dropped |= self.shares[place].len() < before;
            self.owners.extend(self.shares[place].iter().map(|id| (*id, place)));
            self.by_load.insert(self.load(place));
        }
        dropped
    }

    fn load(&self, place: usize) -> (usize, &'a str, usize) {
        (self.shares[place].len(), &self.group.members[place].id, place)
    }

    /// Gives each to the least loaded member that wants it; on its rack first, if racks matter.
    fn give_out(&mut self, left: &[PartitionId]) {
        let mut left = left.to_vec();
        if self.racks.matter() {
            left.retain(|id| !self.give(*id, true));
        }
        for id in left {
            self.give(id, false);
        }
    }

    fn give(&mut self, id: PartitionId, in_rack: bool) -> bool {
        let fits = |place: usize| !in_rack || !self.racks.mismatch(place, id);
        let taker = self.least_loaded(id.topic, fits);
        if let Some(place) = taker {
            self.by_load.remove(&self.load(place));
            self.shares[place].push(id);
            self.owners.insert(id, place);
            self.by_load.insert(self.load(place));
        }
        taker.is_some()
    }

    fn least_loaded(&self, topic: TopicId, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let wants = |place: &usize| self.group.members[*place].topics.contains(&topic);
        self.by_load.iter().map(|(_, _, place)| *place).find(|place| wants(place) && fits(*place))
    }

    /// Only partitions that somebody else wants too.
    fn can_move(&self, topic: TopicId) -> bool {
        self.subscribers[&topic].len() >= 2
    }

    /// Members that have all they want, of topics that nobody else wants.
    fn set_fixed_members_aside(&mut self) {
        for place in 0..self.shares.len() {
            let full = self.shares[place].len() >= self.most_possible(place);
            if full && !self.shares[place].iter().any(|id| self.can_move(id.topic)) {
                self.by_load.remove(&self.load(place));
            }
        }
    }

    fn most_possible(&self, place: usize) -> usize {
        let topics = &self.group.members[place].topics;
        topics.iter().map(|topic| usize::from(self.group.partition_count(*topic))).sum()
    }

    fn takes_part(&self, place: usize) -> bool {
        self.by_load.contains(&self.load(place))
    }

    /// Walks the partitions until nothing moves any more; says whether anything moved.
    /// Source: `performReassignments`.
    fn improve(&mut self, ids: &[PartitionId], former: &SortedMap<PartitionId, usize>) -> bool {
        let mut moved_ever = false;
        loop {
            let mut moved = false;
            for id in ids {
                if self.is_balanced() {
                    break;
                }
                moved |= self.improve_one(*id, former.get(id).copied());
            }
            moved_ever |= moved;
            if !moved {
                return moved_ever;
            }
        }
    }

    /// Back to the former owner if that helps, otherwise to the least loaded member if anybody has
    /// two less than the owner. Kafka does not ask whether the former owner still wants it: a
    /// client gives up what it no longer wants before it joins.
    fn improve_one(&mut self, id: PartitionId, former: Option<usize>) -> bool {
        let Some(&owner) = self.owners.get(&id) else { return false };
        let lighter = |other: usize| self.shares[owner].len() > self.shares[other].len() + 1;
        if let Some(former) = former.filter(|former| self.takes_part(*former) && lighter(*former)) {
            self.move_to(id, former);
            return true;
        }
        if !self.subscribers[&id.topic].iter().any(|other| lighter(*other)) {
            return false;
        }
        let Some(taker) = self.least_loaded(id.topic, |_| true) else { return false };
        self.move_to(id, taker);
        true
    }

    fn move_to(&mut self, id: PartitionId, taker: usize) {
        let Some(&owner) = self.owners.get(&id) else { return };
        let id = self.movements.actual(id, owner, taker);
        let Some(&owner) = self.owners.get(&id) else { return };
        self.by_load.remove(&self.load(owner));
        self.by_load.remove(&self.load(taker));
        self.movements.record(self.group, id, owner, taker);
        self.shares[owner].retain(|known| *known != id);
        self.shares[taker].push(id);
        self.owners.insert(id, taker);
        self.by_load.insert(self.load(taker));
        self.by_load.insert(self.load(owner));
    }

    /// Loads differ by one at most, or no single move would make them more even.
    fn is_balanced(&self) -> bool {
        let load = |end: Option<&(usize, &str, usize)>| end.map_or(0, |(load, _, _)| *load);
        if load(self.by_load.first()) + 1 >= load(self.by_load.last()) {
            return true;
        }
        !self.by_load.iter().any(|(load, _, place)| self.could_take(*place, *load))
    }

    /// Whether something that the member wants belongs to somebody with two more than it.
    fn could_take(&self, place: usize, load: usize) -> bool {
        let topics = self.group.members[place].topics.iter();
        let mut wanted = topics.flat_map(|topic| self.group.partitions(*topic));
        wanted.any(|id| {
            let owner = self.owners.get(&id).filter(|owner| **owner != place);
            owner.is_some_and(|owner| load + 1 < self.shares[*owner].len())
        })
    }

    /// How uneven: the differences of all pairs of members that take part.
    fn score(&self) -> usize {
        let loads: Vec<usize> = self.by_load.iter().map(|(load, _, _)| *load).collect();
        let pairs = loads.iter().enumerate();
        pairs.flat_map(|(n, load)| loads[n + 1..].iter().map(move |l| l.abs_diff(*load))).sum()
    }
}
