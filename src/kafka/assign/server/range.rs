//! The coordinator's `range`: each topic's partitions, cut into one range for each subscriber.
//!
//! Refuses to look at former targets: static members come first by instance id, and that alone
//! keeps ranges where they were. Source: spec E3.9; group-coordinator `RangeAssignor` (4.1).

use super::{Group, Member, Shares};
use crate::assign::{PartitionId, TopicId};
use kernel::{Arrange, SortedMap, SortedSet};

pub(super) fn assign(group: &Group) -> Shares {
    let members: Vec<(&String, &Member)> = group.members.iter().collect();
    let mut ranges: SortedMap<TopicId, Ranges> = SortedMap::new();
    for topic in members.iter().flat_map(|(_, member)| group.wanted(member)) {
        let partitions = group.partition_count(topic);
        let ranges = ranges.entry(topic).or_insert(Ranges { partitions, next: 0, subscribers: 0 });
        ranges.subscribers += 1;
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.arrange_by_key(|place| {
        let (id, member) = members[*place];
        (member.instance.is_none(), member.instance.as_ref().unwrap_or(id))
    });
    let mut shares = vec![SortedSet::new(); members.len()];
    for place in order {
        for topic in group.wanted(members[place].1) {
            let range = ranges.get_mut(&topic).map(Ranges::next).into_iter().flatten();
            shares[place].extend(range.map(|index| PartitionId { topic, index }));
        }
    }
    shares
}

struct Ranges {
    partitions: u16,
    /// First partition that is not given yet.
    next: u16,
    /// Subscribers that have no range yet.
    subscribers: u16,
}

impl Ranges {
    /// An even part of what is left; rounded up, so that the first ones get what is over.
    fn next(&mut self) -> std::ops::Range<u16> {
        let start = self.next;
        self.next += (self.partitions - start).div_ceil(self.subscribers);
        self.subscribers -= 1;
        start..self.next
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::server::Assignor;
    use crate::assign::server::fixture::{assign, group};

    /// Source: spec E3.9.
    #[test]
    fn the_first_subscribers_get_one_more_of_every_topic() {
        let group = group(&[3, 3], &["a = 0 1", "b = 0 1"]);
        assert_eq!(assign(Assignor::Range, &group), "a: 0-0 0-1 1-0 1-1 | b: 0-2 1-2");
    }

    #[test]
    fn static_members_come_first_by_instance() {
        let group = group(&[3], &["a = 0", "b/i2 = 0", "c/i1 = 0"]);
        assert_eq!(assign(Assignor::Range, &group), "a: 0-2 | b: 0-1 | c: 0-0");
    }

    #[test]
    fn a_topic_is_cut_for_its_own_subscribers_only() {
        let group = group(&[4, 3], &["a = 0 1", "b = 0", "c = 1"]);
        assert_eq!(assign(Assignor::Range, &group), "a: 0-0 0-1 1-0 1-1 | b: 0-2 0-3 | c: 1-2");
    }

    #[test]
    fn more_members_than_partitions_leave_the_last_with_none() {
        let group = group(&[1], &["a = 0", "b = 0", "c = 0"]);
        assert_eq!(assign(Assignor::Range, &group), "a: 0-0 | b:  | c: ");
    }
}
