//! Racks: whether they matter to an assignment, and who is near what (KIP-881).
//!
//! Refuses to know where replicas are in sync or alive: all replicas of a partition count, since
//! those that are away come back. Source: `AbstractPartitionAssignor.useRackAwareAssignment`,
//! `AbstractStickyAssignor.RackInfo`.

use super::{Group, PartitionId, TopicId};
use kernel::SortedSet;

/// Whether to look at racks at all: some consumer shares a rack with some partition, and not every
/// partition is on every rack.
pub(super) fn matter<'a>(
    consumers: &SortedSet<&str>,
    partitions: impl Iterator<Item = SortedSet<&'a str>>,
) -> bool {
    let partitions: Vec<SortedSet<&str>> = partitions.collect();
    let all: SortedSet<&str> = partitions.iter().flatten().copied().collect();
    let shared = !consumers.is_disjoint(&all);
    shared && partitions.iter().any(|racks| *racks != all)
}

impl Group {
    /// A member's rack, if it names one.
    pub(super) fn rack(&self, place: usize) -> Option<&str> {
        self.members[place].rack.as_deref().filter(|rack| !rack.is_empty())
    }

    /// Racks of a partition's replicas.
    pub(super) fn racks_of(&self, id: PartitionId) -> SortedSet<&str> {
        let racks = self.topics.get(&id.topic).and_then(|topic| topic.racks.get(id.index as usize));
        racks.into_iter().flatten().map(String::as_str).collect()
    }
}

/// Who is near what, for the assignors that look at all topics at once. When racks do not matter
/// nobody has one.
pub(super) struct Racks<'a> {
    group: &'a Group,
    consumers: Vec<Option<&'a str>>,
}

impl<'a> Racks<'a> {
    pub(super) fn new(group: &'a Group, topics: &[TopicId]) -> Racks<'a> {
        let mut consumers: Vec<_> = (0..group.members.len()).map(|m| group.rack(m)).collect();
        let named: SortedSet<&str> = consumers.iter().flatten().copied().collect();
        let partitions = topics.iter().flat_map(|topic| group.partitions(*topic));
        if !matter(&named, partitions.map(|id| group.racks_of(id))) {
            consumers.fill(None);
        }
        Racks { group, consumers }
    }

    pub(super) fn matter(&self) -> bool {
        self.consumers.iter().any(Option::is_some)
    }

    /// The member has a rack, and no replica of the partition is on it.
    pub(super) fn mismatch(&self, place: usize, id: PartitionId) -> bool {
        self.consumers[place].is_some_and(|rack| !self.group.racks_of(id).contains(rack))
    }

    /// The member has a rack, and a replica of the partition is on it.
    pub(super) fn near(&self, place: usize, id: PartitionId) -> bool {
        self.consumers[place].is_some_and(|rack| self.group.racks_of(id).contains(rack))
    }

    /// Members that are near the partition.
    pub(super) fn near_count(&self, id: PartitionId) -> usize {
        (0..self.consumers.len()).filter(|place| self.near(*place, id)).count()
    }
}
