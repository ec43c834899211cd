//! `uniform` where members want different topics: give to the least loaded, then even out.
//!
//! Topic by topic, those with most partitions a subscriber first. Refuses to look beyond one
//! topic's subscribers at a time, so chains of moves across topics are not found.
//! Source: spec E3.9; `UniformHeterogeneousAssignmentBuilder` (4.1).

use super::loads::Loads;
use super::{Group, Member, Shares};
use crate::assign::{PartitionId, TopicId};
use kernel::{Arrange, SortedMap};
use std::cmp::Reverse;

/// Rounds over all topics before what is left uneven stays so. Source: `MAX_ITERATION_COUNT`.
const ROUNDS: usize = 16;

pub(super) fn assign(group: &Group) -> Shares {
    let mut builder = Builder::new(group);
    builder.give_out();
    builder.even_out();
    builder.shares
}

struct Builder<'a> {
    group: &'a Group,
    /// Places of the members, in order of ids.
    subscribers: SortedMap<TopicId, Vec<usize>>,
    shares: Shares,
    owners: SortedMap<PartitionId, usize>,
}

impl<'a> Builder<'a> {
    fn new(group: &'a Group) -> Builder<'a> {
        let members: Vec<&Member> = group.members.values().collect();
        let shares: Shares = members.iter().map(|member| group.kept(member)).collect();
        let mut subscribers: SortedMap<TopicId, Vec<usize>> = SortedMap::new();
        let mut owners = SortedMap::new();
        for (place, member) in members.iter().enumerate() {
            for topic in group.wanted(member) {
                subscribers.entry(topic).or_default().push(place);
            }
            owners.extend(shares[place].iter().map(|id| (*id, place)));
        }
        Builder { group, subscribers, shares, owners }
    }

    /// Most partitions a subscriber first, then fewest subscribers, then by topic id. The
    /// quotients are compared crosswise, without a fraction.
    fn sorted_topics(&self) -> Vec<TopicId> {
        let mut topics: Vec<TopicId> = self.subscribers.keys().copied().collect();
        let size = |topic: &TopicId| {
            (u64::from(self.group.partition_count(*topic)), self.subscribers[topic].len() as u64)
        };
        topics.arrange_by(|a, b| {
            let ((partitions_a, members_a), (partitions_b, members_b)) = (size(a), size(b));
            let by_share =
                Reverse(partitions_a * members_b).cmp(&Reverse(partitions_b * members_a));
            by_share.then(members_a.cmp(&members_b)).then(a.cmp(b))
        });
        topics
    }

    fn loads(&self, topic: TopicId) -> Loads {
        Loads::new(self.subscribers[&topic].clone(), &self.shares)
    }

    /// Each partition without an owner goes to the least loaded subscriber of its topic.
    fn give_out(&mut self) {
        for topic in self.sorted_topics() {
            let mut loads = self.loads(topic);
            for id in self.group.partitions(topic) {
                if !self.owners.contains_key(&id) {
                    let taker = loads.next_least(&self.shares);
                    self.give(id, taker);
                }
            }
        }
    }

    /// Evens out topic after topic, until a whole round has moved nothing.
    fn even_out(&mut self) {
        let mut topics = self.sorted_topics();
        topics.retain(|topic| self.subscribers[topic].len() >= 2);
        let mut last_moved = None;
        for _ in 0..ROUNDS {
            for topic in &topics {
                if last_moved == Some(*topic) {
                    return;
                }
                if self.even_out_topic(*topic) || last_moved.is_none() {
                    last_moved = Some(*topic);
                }
            }
        }
    }

    /// From the most loaded subscribers to the least loaded; each gives its last partitions first.
    /// Says whether anything moved.
    fn even_out_topic(&mut self, topic: TopicId) -> bool {
        let mut loads = self.loads(topic);
        if loads.spread(&self.shares) <= 1 {
            return false;
        }
        let mut owned: SortedMap<usize, Vec<PartitionId>> = SortedMap::new();
        for id in self.group.partitions(topic) {
            if let Some(owner) = self.owners.get(&id) {
                owned.entry(*owner).or_default().push(id);
            }
        }
        let mut moved = false;
        while !loads.are_even() {
            let Some(id) = next_to_move(&mut loads, &mut owned, &self.shares) else { break };
            let taker = loads.next_least(&self.shares);
            if loads.are_even() {
                break;
            }
            self.give(id, taker);
            moved = true;
        }
        moved
    }

    fn give(&mut self, id: PartitionId, taker: usize) {
        if let Some(owner) = self.owners.insert(id, taker) {
            self.shares[owner].remove(&id);
        }
        self.shares[taker].insert(id);
    }
}

/// The last partition of the most loaded member that has any of this topic left.
fn next_to_move(
    loads: &mut Loads,
    owned: &mut SortedMap<usize, Vec<PartitionId>>,
    shares: &Shares,
) -> Option<PartitionId> {
    loop {
        let owner = loads.next_most(shares)?;
        match owned.get_mut(&owner).and_then(Vec::pop) {
            Some(id) => return Some(id),
            None => loads.exclude_most(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::server::Assignor;
    use crate::assign::server::fixture::{assign, group};

    /// Source: `UniformHeterogeneousAssignmentBuilder.sortTopicIds`.
    #[test]
    fn topics_with_most_partitions_a_subscriber_are_given_first() {
        let group = group(&[3, 5, 1], &["a = 0 1 2", "b = 0 2"]);
        let seen = assign(Assignor::Uniform, &group);
        assert_eq!(seen, "a: 1-0 1-1 1-2 1-3 1-4 | b: 0-0 0-1 0-2 2-0");
    }

    #[test]
    fn a_target_that_is_even_stays() {
        let group = group(&[2, 2], &["a = 0 1; 0-1 1-0", "b = 0; 0-0", "c = 1; 1-1"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-1 1-0 | b: 0-0 | c: 1-1");
    }

    #[test]
    fn the_most_loaded_gives_its_last_partitions_to_the_least_loaded() {
        let group = group(&[4, 1], &["a = 0 1; 0-0 0-1 0-2 0-3 1-0", "b = 0"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-0 0-1 1-0 | b: 0-2 0-3");
    }

    /// Each topic is even for its own subscribers; a chain of two moves would make it 2, 2, 2.
    #[test]
    fn chains_of_moves_across_topics_are_not_found() {
        let members = ["a = 0; 0-0", "b = 0 1; 0-1 0-2", "c = 1; 1-0 1-1 1-2"];
        let seen = assign(Assignor::Uniform, &group(&[3, 3], &members));
        assert_eq!(seen, "a: 0-0 | b: 0-1 0-2 | c: 1-0 1-1 1-2");
    }

    #[test]
    fn what_is_no_longer_wanted_is_taken() {
        let group = group(&[2, 2], &["a = 0; 0-0 1-0", "b = 0 1; 0-1 1-1"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-0 0-1 | b: 1-0 1-1");
    }
}
