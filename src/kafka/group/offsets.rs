//! Committed offsets: who may commit and ask, and when they expire.
//! Refuses to know what a group is beyond its word on that. Source: `OffsetMetadataManager`.

use super::record::{Committed, Record};
use super::{Epoch, GroupId, InstanceId, MemberId};
use crate::id::{LeaderEpoch, Offset, PartitionId, TopicId};
use kernel::{Instant, SortedMap, Span};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    pub(crate) member: Option<MemberId>,
    pub(crate) instance: Option<InstanceId>,
    /// Generation or member epoch; -1 outside of a group.
    pub(crate) epoch: Epoch,
    pub(crate) offsets: Vec<(PartitionId, Offset, Option<LeaderEpoch>)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fetch {
    pub(crate) member: Option<MemberId>,
    /// Member epoch; -1 where there is none.
    pub(crate) epoch: Epoch,
    /// None asks for all.
    pub(crate) partitions: Option<Vec<PartitionId>>,
}

/// Nothing, where nothing was committed.
pub(crate) type Fetched = Vec<(PartitionId, Option<Committed>)>;

/// Since when the retention of an offset counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// Its own commit.
    Commit,
    /// The group has been empty since.
    Since(Instant),
}

/// The offsets of all groups of one coordinator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Offsets(SortedMap<GroupId, SortedMap<PartitionId, Committed>>);

impl Offsets {
    pub(crate) fn replay(
        &mut self,
        group: GroupId,
        partition: PartitionId,
        value: Option<Committed>,
    ) {
        let offsets = self.0.entry(group).or_default();
        match value {
            Some(committed) => drop(offsets.insert(partition, committed)),
            None => drop(offsets.remove(&partition)),
        }
        if offsets.is_empty() {
            self.0.remove(&group);
        }
    }

    pub(crate) fn fetch(&self, group: GroupId, partitions: Option<&[PartitionId]>) -> Fetched {
        let known = self.0.get(&group);
        let of = |id: &PartitionId| known.and_then(|offsets| offsets.get(id)).copied();
        match partitions {
            Some(asked) => asked.iter().map(|id| (*id, of(id))).collect(),
            None => known.into_iter().flatten().map(|(id, at)| (*id, Some(*at))).collect(),
        }
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.0.keys().copied()
    }

    /// The records that take expired offsets away, and whether no other is left.
    /// Source: `cleanupExpiredOffsets`.
    pub(crate) fn expired(
        &self,
        group: GroupId,
        base: Base,
        subscribed: impl Fn(TopicId) -> bool,
        retention: Span,
        now: Instant,
    ) -> (Vec<Record>, bool) {
        let Some(offsets) = self.0.get(&group) else { return (Vec::new(), true) };
        let is_over = |partition: PartitionId, committed: &Committed| {
            let since = match base {
                Base::Commit => committed.at,
                Base::Since(since) => since,
            };
            !subscribed(partition.topic) && now.since(since) >= retention
        };
        let over = offsets.iter().filter(|(id, committed)| is_over(**id, committed));
        let gone: Vec<Record> =
            over.map(|(id, _)| Record::Offset { group, partition: *id, value: None }).collect();
        let all = gone.len() == offsets.len();
        (gone, all)
    }
}

/// The records of a commit.
pub(crate) fn records(group: GroupId, commit: &Commit, now: Instant) -> Vec<Record> {
    let record =
        |(partition, offset, leader_epoch): &(PartitionId, Offset, Option<LeaderEpoch>)| {
            let value = Committed { offset: *offset, leader_epoch: *leader_epoch, at: now };
            Record::Offset { group, partition: *partition, value: Some(value) }
        };
    commit.offsets.iter().map(record).collect()
}
