//! Applying the metadata log: which replicas this broker leads, which it follows.
//! Source: spec A11; `BrokerMetadataPublisher`, `ReplicaManager.applyDelta`.

use super::Broker;
use super::lifecycle::fresh_replica;
use super::replica::Role;
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::PartitionId;
use crate::image::{MetaRecord, Partition};
use crate::log::Log;
use crate::message::{PartitionInfo, Reply};
use crate::node::{DiskRecord, File, Out};
use crate::rpc::reply;
use kernel::NodeId;
use std::collections::BTreeSet;
use std::rc::Rc;

impl Broker {
    /// Applies whatever has been committed since, as one delta: leaders first, then followers.
    pub(super) fn apply_metadata(&mut self, out: &mut Out<'_>) {
        let from = self.applied;
        let mut changed = BTreeSet::new();
        let mut brokers_changed = false;
        let committed = self.profile.on(Guard::CommittedMetadataOnly);
        let to = if committed { self.quorum.high_watermark() } else { self.quorum.end() };
        while self.applied < to {
            let Some(entry) = self.quorum.entry(self.applied) else { break };
            Rc::make_mut(&mut self.image).apply(&entry.record);
            match &entry.record {
                MetaRecord::Partition { id, .. } => drop(changed.insert(*id)),
                MetaRecord::PartitionChange(change) => drop(changed.insert(change.id)),
                MetaRecord::BrokerChange { .. } | MetaRecord::RegisterBroker { .. } => {
                    brokers_changed = true;
                }
                _ => {}
            }
            self.applied += 1;
        }
        let enters = !self.in_service && self.epoch.is_some_and(|epoch| self.applied > epoch);
        if self.applied == from && !enters {
            return;
        }
        out.note(Fact::MetadataApplied { to: self.applied });
        if enters {
            // Everything so far is one delta: what was decided meanwhile never shows.
            self.in_service = true;
            changed = self.image.partitions.keys().copied().collect();
        } else if !self.in_service {
            return;
        }
        let (me, image) = (self.me, Rc::clone(&self.image));
        let mine: Vec<(PartitionId, &Partition)> = changed
            .into_iter()
            .filter_map(|id| Some((id, image.partitions.get(&id)?)))
            .filter(|(_, partition)| partition.replicas.contains(&me))
            .collect();
        for (id, partition) in mine.iter().filter(|(_, p)| p.leader == Some(me)) {
            self.lead(*id, partition, out);
        }
        for (id, partition) in mine.iter().filter(|(_, p)| p.leader != Some(me)) {
            self.follow(*id, partition, out);
        }
        if brokers_changed {
            self.reconsider_followers(out);
        }
    }

    /// Whether the broker knows a newer state of the partition, from the controller's answer to
    /// its own proposal. Hosts the partition if it does not yet. Source: spec A11.2.
    fn is_older(&mut self, id: PartitionId, partition: &Partition) -> bool {
        let replica =
            self.replicas.entry(id).or_insert_with(|| Rc::new(fresh_replica(id, Log::default())));
        partition.partition_epoch < replica.partition_epoch
            && self.profile.on(Guard::NewerMetadataOnly)
    }

    fn lead(&mut self, id: PartitionId, partition: &Partition, out: &mut Out<'_>) {
        if self.is_older(id, partition) {
            return;
        }
        let (me, now, guards) = (self.me, out.now(), self.profile.guards);
        let Some(replica) = self.replica_mut(id) else { return };
        if replica.make_leader(me, partition, now, guards) {
            let (epoch, start) = (replica.leader_epoch, replica.log.end());
            out.note(Fact::BecameLeader { id, epoch, start });
            self.keep_epochs(id, out);
        }
        self.stop_fetching(id);
        self.advance(id, out);
    }

    fn follow(&mut self, id: PartitionId, partition: &Partition, out: &mut Out<'_>) {
        if self.is_older(id, partition) {
            return;
        }
        let Some(replica) = self.replica_mut(id) else { return };
        let was = match &replica.role {
            Role::Follower(leader) => *leader,
            Role::Leader(_) => None,
        };
        let fresh = replica.make_follower(partition);
        let (leader, epoch) = (partition.leader, partition.leader_epoch);
        let moved = was != leader;
        if fresh || moved {
            out.note(Fact::BecameFollower { id, leader, epoch });
        }
        if moved || fresh && self.profile.on(Guard::RefetchOnNewEpoch) {
            self.stop_fetching(id);
            if let Some(leader) = leader {
                self.fetch_partition(id, leader, epoch, out);
            }
        }
    }

    /// Brokers came or went: the high watermark may wait for others now.
    fn reconsider_followers(&mut self, out: &mut Out<'_>) {
        let led: Vec<PartitionId> =
            self.replicas.values().filter(|replica| replica.leads()).map(|r| r.id).collect();
        for id in led {
            self.advance(id, out);
        }
    }

    /// Moves the high watermark of a partition that this broker leads, if it may move.
    pub(super) fn advance(&mut self, id: PartitionId, out: &mut Out<'_>) {
        let rules = self.rules(id);
        let now = out.now();
        let image = Rc::clone(&self.image);
        let eligible = |node, epoch| Broker::eligible(&image, node, epoch);
        let Some(replica) = self.replica_mut(id) else { return };
        if let Some((from, to)) = replica.advance_high_watermark(rules, now, &eligible) {
            out.note(Fact::HighWatermark { id, from, to, leads: true });
        }
    }

    /// Writes `leader-epoch-checkpoint`.
    pub(super) fn keep_epochs(&self, id: PartitionId, out: &mut Out<'_>) {
        if let Some(replica) = self.replicas.get(&id) {
            let entries = replica.log.epochs.entries().iter();
            let entries = entries.map(|(epoch, start)| DiskRecord::Epoch(*epoch, *start));
            out.replace(File::Epochs(id), entries.collect());
        }
    }

    /// What this broker knows of every partition; it may be old.
    pub(super) fn serve_metadata(&self, from: NodeId, correlation: u32, out: &mut Out<'_>) {
        let partitions = self.image.partitions.iter().map(|(id, partition)| PartitionInfo {
            id: *id,
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
        });
        reply(from, correlation, Reply::Metadata(partitions.collect()), out);
    }
}
