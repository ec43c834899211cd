//! Which partitions have moved from whom to whom, so that none of a topic moves back along the
//! same way: of a pair of opposite moves, the first is undone instead.
//!
//! Refuses to choose who should get a partition.
//! Source: `AbstractStickyAssignor.PartitionMovements` (4.1).

use crate::assign::java::{HashKeys, hash_code};
use crate::assign::{Group, PartitionId, TopicId};
use kernel::SortedMap;

/// From and to, as places in the group.
type Way = (usize, usize);

#[derive(Default)]
pub(super) struct Movements {
    of_partition: SortedMap<PartitionId, Way>,
    of_topic: SortedMap<(TopicId, Way), HashKeys<PartitionId>>,
}

impl Movements {
    /// The partition to move in place of this one: one that came the opposite way, if there is one.
    pub(super) fn actual(&self, id: PartitionId, from: usize, to: usize) -> PartitionId {
        let from = self.of_partition.get(&id).map_or(from, |(first, _)| *first);
        let opposite = self.of_topic.get(&(id.topic, (to, from)));
        opposite.and_then(|ids| ids.walk().first().copied()).unwrap_or(id)
    }

    /// Several moves of a partition count as one, from its first owner; back home is none.
    pub(super) fn record(&mut self, group: &Group, id: PartitionId, from: usize, to: usize) {
        let first = match self.of_partition.remove(&id) {
            Some(way) => {
                self.forget(id, way);
                way.0
            }
            None => from,
        };
        if first != to {
            self.of_partition.insert(id, (first, to));
            let ids = self.of_topic.entry((id.topic, (first, to))).or_insert_with(HashKeys::new);
            ids.insert(hash_of(group, id), id);
        }
    }

    fn forget(&mut self, id: PartitionId, way: Way) {
        let key = (id.topic, way);
        if let Some(ids) = self.of_topic.get_mut(&key) {
            ids.remove(id);
            if ids.is_empty() {
                self.of_topic.remove(&key);
            }
        }
    }
}

/// `TopicPartition.hashCode`
fn hash_of(group: &Group, id: PartitionId) -> i32 {
    let number = (31 + i32::from(id.index)).wrapping_mul(31);
    number.wrapping_add(hash_code(group.topic_name(id.topic)))
}
