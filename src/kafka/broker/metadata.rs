//! Applying the metadata log: which replicas this broker leads, which it follows.
//! Source: spec A11; `BrokerMetadataPublisher`, `ReplicaManager.applyDelta`.

use super::replica::{Replica, Role};
use super::{Broker, State, Touch, storage};
use crate::config::Truncation;
use crate::fact::Fact;
use crate::guard::Guard;
use crate::homemade::Recovery;
use crate::id::PartitionId;
use crate::image::{MetaRecord, Partition};
use crate::log::Log;
use crate::message::{PartitionInfo, Reply};
use crate::node::Out;
use crate::rpc::reply;
use kernel::{NodeId, SortedSet};
use std::rc::Rc;

/// What a run of metadata records touches.
#[derive(Default)]
struct Delta {
    partitions: SortedSet<PartitionId>,
    /// Every partition.
    all: bool,
    /// Something else than partitions, brokers and the passing of time: topics, settings.
    others: bool,
}

impl Delta {
    fn add(&mut self, record: &MetaRecord) {
        match record {
            MetaRecord::Partition { id, .. } => drop(self.partitions.insert(*id)),
            MetaRecord::PartitionChange(change) => drop(self.partitions.insert(change.id)),
            MetaRecord::ClearElr { .. } => self.all = true,
            MetaRecord::NoOp
            | MetaRecord::LeaderChange { .. }
            | MetaRecord::BrokerChange { .. }
            | MetaRecord::UnregisterBroker { .. }
            | MetaRecord::RegisterBroker { .. } => {}
            _ => self.others = true,
        }
    }
}

impl Broker {
    /// Applies whatever has been committed since, as one delta.
    pub(super) fn apply_metadata(&mut self, out: &mut Out<'_>) {
        let from = self.applied;
        let mut delta = Delta::default();
        if let Some(snapshot) = self.quorum.snapshot_beyond(self.applied) {
            self.image = Rc::clone(&snapshot.image);
            self.applied = snapshot.end;
            (delta.all, delta.others) = (true, true);
        }
        // Of what was applied before this input, as at the controllers.
        if self.quorum.wants_snapshot(self.applied) {
            self.quorum.keep_snapshot(self.applied, Rc::clone(&self.image), out);
        }
        let committed = self.profile.on(Guard::CommittedMetadataOnly);
        let to = if committed { self.quorum.high_watermark() } else { self.quorum.end() };
        let enters = !self.in_service && self.epoch.is_some_and(|epoch| to > epoch);
        if from >= to && !enters {
            return;
        }
        let image = Rc::make_mut(&mut self.image);
        while self.applied < to {
            let Some(entry) = self.quorum.entry(self.applied) else { break };
            image.apply(&entry.record);
            delta.add(&entry.record);
            self.applied += 1;
        }
        if self.applied > from || enters {
            out.note(Fact::MetadataApplied { to: self.applied });
        }
        if enters {
            // Everything so far is one delta: what was decided meanwhile never shows.
            self.in_service = true;
            self.miss_offline();
            (delta.all, delta.others) = (true, true);
        } else if !self.in_service {
            return;
        }
        if delta.all {
            delta.partitions = self.image.partitions.keys().copied().collect();
        }
        self.publish(&delta, out);
    }

    /// What lay on a directory that has failed is known from the metadata only.
    fn miss_offline(&mut self) {
        let known = self.image.brokers.get(&self.me).filter(|_| !self.offline_dirs.is_empty());
        self.offline.extend(known.into_iter().flat_map(|known| &known.offline).copied());
    }

    /// What goes, then what it leads, then what it follows. Source: spec A11.1.
    fn publish(&mut self, delta: &Delta, out: &mut Out<'_>) {
        if delta.others {
            self.learn_min_isrs(out);
        }
        if delta.partitions.is_empty() && !delta.others {
            return;
        }
        let (me, image) = (self.me, Rc::clone(&self.image));
        let mine = |id: PartitionId| {
            image.partitions.get(&id).filter(|partition| partition.replicas.contains(&me))
        };
        let hosted = self.replicas.keys().chain(&self.offline);
        let gone: Vec<PartitionId> = hosted.copied().filter(|id| mine(*id).is_none()).collect();
        for id in gone {
            self.unhost(id, out);
        }
        let works = |id: &PartitionId| !self.offline.contains(id);
        let changed = delta.partitions.iter().copied().filter(works);
        let changed: Vec<_> = changed.filter_map(|id| Some((id, mine(id)?))).collect();
        for (id, partition) in changed.iter().filter(|(_, p)| p.leader == Some(me)) {
            self.lead(*id, partition, out);
        }
        for (id, partition) in changed.iter().filter(|(_, p)| p.leader != Some(me)) {
            self.follow(*id, partition, out);
        }
        self.host_groups(out);
    }

    /// `min.insync.replicas` as of now, kept with each replica.
    fn learn_min_isrs(&mut self, out: &mut Out<'_>) {
        let default = self.settings.min_insync_replicas;
        let ids: Vec<PartitionId> = self.replicas.keys().copied().collect();
        for id in ids {
            let min_isr = self.image.min_isr(id, default);
            if let Some(replica) = self.replica_mut(id)
                && replica.min_isr != min_isr
            {
                replica.min_isr = min_isr;
                self.advance(id, out);
            }
        }
    }

    /// A replica that is no longer assigned to this broker goes with its files.
    /// Source: `ReplicaManager.stopPartitions`.
    fn unhost(&mut self, id: PartitionId, out: &mut Out<'_>) {
        self.stop_fetching(id);
        self.offline.remove(&id);
        if let Some(replica) = self.replicas.remove(&id) {
            Broker::delete_files(&replica, out);
            out.note(Fact::ReplicaStopped { id });
        }
        self.touch(id, Touch::State);
    }

    /// Whether the broker knows a newer state of the partition, from the controller's answer to
    /// its own proposal. Hosts the partition if it does not yet. Source: spec A11.2.
    fn is_older(&mut self, id: PartitionId, partition: &Partition) -> bool {
        if !self.replicas.contains_key(&id) {
            let dir = self.free_dir();
            self.replicas.insert(id, Rc::new(Replica::hosted(id, dir, Log::default())));
        }
        let known = self.replicas.get(&id).map_or(0, |replica| replica.partition_epoch);
        partition.partition_epoch < known && self.profile.on(Guard::NewerMetadataOnly)
    }

    pub(super) fn lead(&mut self, id: PartitionId, partition: &Partition, out: &mut Out<'_>) {
        if self.is_older(id, partition) {
            return;
        }
        let (me, now, guards) = (self.me, out.now(), self.profile.guards);
        let min_isr = self.image.min_isr(id, self.settings.min_insync_replicas);
        let Some(replica) = self.replica_mut(id) else { return };
        replica.min_isr = min_isr;
        if replica.make_leader(me, partition, now, guards) {
            let (epoch, start) = (replica.leader_epoch, replica.log.end());
            storage::keep_epochs(replica, out);
            out.note(Fact::BecameLeader { id, epoch, start });
        }
        self.stop_fetching(id);
        self.touch(id, Touch::State);
        self.advance(id, out);
    }

    /// Source: spec A11.4, A7.6; `Partition.makeFollower`, `applyLocalFollowersDelta`.
    pub(super) fn follow(&mut self, id: PartitionId, partition: &Partition, out: &mut Out<'_>) {
        if self.is_older(id, partition) {
            return;
        }
        let Some(replica) = self.replica_mut(id) else { return };
        let was = match &replica.role {
            Role::Follower(leader) => *leader,
            Role::Leader(_) => None,
        };
        let fresh = replica.make_follower(partition);
        self.touch(id, Touch::State);
        let (leader, epoch) = (partition.leader, partition.leader_epoch);
        let moved = was != leader;
        if fresh || moved {
            out.note(Fact::BecameFollower { id, leader, epoch });
        }
        if self.leaves_alone(partition) {
            self.stop_fetching(id);
        } else if moved || fresh && self.profile.on(Guard::RefetchOnNewEpoch) {
            self.refetch(id, leader, epoch, out);
        }
    }

    /// Whether a broker that stops in good order fetches this partition no longer.
    /// Source: spec A11.5.
    fn leaves_alone(&self, partition: &Partition) -> bool {
        self.state == State::PendingControlledShutdown
            && (partition.leader.is_none() || !partition.isr.contains(&self.me))
    }

    /// Starts anew from the end of its log. Before KIP-101 a follower first cut its log at its
    /// own high watermark. Source: spec A7.5.
    fn refetch(
        &mut self,
        id: PartitionId,
        leader: Option<NodeId>,
        epoch: crate::id::LeaderEpoch,
        out: &mut Out<'_>,
    ) {
        self.stop_fetching(id);
        let Some(leader) = leader else { return };
        if self.recovery(id.topic) == Recovery::Cut(Truncation::HighWatermark)
            && let Some(replica) = self.replicas.get(&id)
        {
            self.cut(id, replica.log.high_watermark(), out);
        }
        self.fetch_partition(id, leader, epoch, out);
    }

    /// Moves the high watermark of a partition that this broker leads, if it may move.
    pub(super) fn advance(&mut self, id: PartitionId, out: &mut Out<'_>) {
        let rules = self.rules();
        let eligible = |node, epoch| Broker::eligible(&self.image, node, epoch);
        let Some(replica) = self.replicas.get(&id) else { return };
        let now = out.now();
        let Some(to) = replica.next_high_watermark(rules, now, &eligible) else { return };
        let Some(replica) = self.replica_mut(id) else { return };
        let from = replica.log.high_watermark();
        replica.log.set_high_watermark(to);
        let to = replica.log.high_watermark();
        out.note(Fact::HighWatermark { id, from, to, leads: true });
        self.touch(id, Touch::Mark);
    }

    /// What this broker knows of every partition; it may be old.
    pub(super) fn serve_metadata(&self, from: NodeId, correlation: u32, out: &mut Out<'_>) {
        let partitions = self.image.partitions.iter().map(|(id, partition)| PartitionInfo {
            id: *id,
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
        });
        let partitions = partitions.collect();
        let topics = self.image.topics.iter().map(|(id, topic)| (*id, Rc::from(&*topic.name)));
        let answer = Reply::Metadata { topics: topics.collect(), partitions };
        reply(from, correlation, answer, out);
    }
}
