//! Replicas that this broker is to keep no longer: moved to others, or left over from before.
//! It refuses to know why they were moved. Source: spec A15; `ReplicaManager.stopPartitions`,
//! `LogManager.asyncDelete`.

use super::Broker;
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId};
use crate::node::{File, Out};
use std::collections::BTreeSet;

impl Broker {
    /// Stops and deletes those of these replicas that the metadata do not place here.
    pub(super) fn stop_replicas(&mut self, changed: &BTreeSet<PartitionId>, out: &mut Out<'_>) {
        let placed_here = |id: &PartitionId| {
            let partition = self.image.partitions.get(id);
            partition.is_some_and(|partition| partition.replicas.contains(&self.me))
        };
        let gone: Vec<PartitionId> = changed
            .iter()
            .copied()
            .filter(|id| self.replicas.contains_key(id) && !placed_here(id))
            .collect();
        for id in gone {
            self.stop_replica(id, out);
        }
    }

    /// What is said of a replica that is not here: clients look for its leader again.
    /// Source: `ReplicaManager.getPartitionOrError`.
    pub(super) fn not_hosted(&self, id: PartitionId) -> ErrorCode {
        if self.image.partitions.contains_key(&id) {
            ErrorCode::NotLeaderOrFollower
        } else {
            ErrorCode::UnknownTopicOrPartition
        }
    }

    fn stop_replica(&mut self, id: PartitionId, out: &mut Out<'_>) {
        self.stop_fetching(id);
        // What waits here for the partition is answered that it is not here.
        self.touched.insert(id);
        let stopped = self.replicas.remove(&id);
        out.replace(File::Log(id), Vec::new());
        out.replace(File::Epochs(id), Vec::new());
        // A deleted log is found again as an empty file after a restart: nothing to tell.
        if stopped.is_some_and(|replica| replica.log.end() > 0) {
            out.note(Fact::ReplicaStopped { id });
        }
    }
}
