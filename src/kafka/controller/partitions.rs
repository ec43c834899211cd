//! What becomes of the partitions when a broker comes or goes: who leaves an ISR, who leads then.
//! It refuses to know how the broker was found to have come or gone.
//! Source: spec A12, A13; `ReplicationControlManager.generateLeaderAndIsrUpdates`.

use super::replication::{Ask, Decision, Replication};
use crate::fact::{Fact, Reason};
use crate::guard::Guard;
use crate::id::{BrokerEpoch, PartitionId};
use crate::image::{MetaRecord, Partition};
use kernel::NodeId;

impl Replication<'_> {
    /// Out of service: the partitions come first, then the broker's own record.
    /// Source: spec A12.9; `handleBrokerFenced`.
    pub(crate) fn broker_fenced(&self, broker: NodeId) -> Decision {
        let mut decision = Decision::default();
        let keep = !self.profile.on(Guard::FenceLeavesIsr);
        self.take_out(broker, Reason::Fenced(broker), keep, &mut decision);
        decision.records.push(self.broker_change(broker, Some(true), false));
        decision
    }

    /// Into service: partitions without a leader may have one again. `handleBrokerUnfenced`.
    pub(crate) fn broker_unfenced(&self, broker: NodeId) -> Decision {
        let mut decision = Decision::default();
        decision.records.push(self.broker_change(broker, Some(false), false));
        for (id, _) in self.partitions_where(|partition| partition.leader.is_none()) {
            let ask = Ask {
                coming: Some(broker),
                election: self.automatic(id.topic),
                ..Ask::new(id, Reason::Unfenced(broker))
            };
            self.change(&ask, &mut decision);
        }
        decision
    }

    /// It wants to stop: it hands over what it leads. `handleBrokerInControlledShutdown`.
    pub(crate) fn broker_stopping(&self, broker: NodeId) -> Decision {
        let mut decision = Decision::default();
        if self.image.brokers.get(&broker).is_some_and(|known| !known.stopping) {
            decision.records.push(self.broker_change(broker, None, true));
        }
        let keep = !self.profile.on(Guard::ShutdownLeavesIsr);
        self.take_out(broker, Reason::Stopping(broker), keep, &mut decision);
        decision
    }

    /// A new process of a broker registers; it left every ISR. After an unclean death it may have
    /// lost what it had not flushed, so it is no longer eligible either.
    /// Source: spec A13.5; `handleBrokerShutdown`, `handleBrokerUncleanShutdown`.
    pub(crate) fn broker_restarted(&self, broker: NodeId, clean: bool) -> Decision {
        let mut decision = Decision::default();
        if !self.profile.on(Guard::RestartLeavesIsr) {
            return decision;
        }
        let why = Reason::Restarted(broker);
        if clean || !self.profile.on(Guard::UncleanRestartLeavesElr) {
            self.take_out(broker, why, false, &mut decision);
            return decision;
        }
        let lost = [broker];
        let in_isr = self.partitions_where(|partition| partition.isr.contains(&broker));
        let in_elr = self.partitions_where(|partition| partition.elr.contains(&broker));
        for (id, partition) in in_isr.chain(in_elr) {
            let ask =
                Ask { unclean_shutdown: &lost, ..self.without_broker(id, partition, broker, why) };
            self.change(&ask, &mut decision);
        }
        decision
    }

    /// Some of its log directories have failed: their replicas leave the ISR, and others lead.
    /// Source: spec A12.8, G8; KIP-858; `handleDirectoriesOffline`.
    pub(crate) fn replicas_offline(&self, broker: NodeId, replicas: &[PartitionId]) -> Decision {
        let mut decision = Decision::default();
        let epoch = self.image.brokers.get(&broker).map_or(0, |known| known.epoch);
        let replicas = replicas.to_vec();
        decision.records.push(MetaRecord::OfflineReplicas {
            broker,
            epoch,
            replicas: replicas.clone(),
        });
        decision.facts.push(Fact::ReplicasOffline { broker, count: replicas.len() as u32 });
        for (id, partition) in self.partitions_where(|p| p.isr.contains(&broker)) {
            if replicas.contains(&id) {
                let why = Reason::DirFailed(broker);
                self.change(&self.without_broker(id, partition, broker, why), &mut decision);
            }
        }
        decision
    }

    /// It is gone for good. Source: `handleBrokerUnregistered`.
    pub(crate) fn broker_unregistered(&self, broker: NodeId, epoch: BrokerEpoch) -> Decision {
        let mut decision = Decision::default();
        self.take_out(broker, Reason::Unregistered(broker), false, &mut decision);
        decision.records.push(MetaRecord::UnregisterBroker { broker, epoch });
        decision.facts.push(Fact::BrokerUnregistered { broker });
        decision
    }

    /// Takes a broker out of the ISR of every partition that has it, and elects where it led.
    fn take_out(&self, broker: NodeId, why: Reason, keep_isr: bool, decision: &mut Decision) {
        for (id, partition) in self.partitions_where(|p| p.isr.contains(&broker)) {
            if self.waits_for_round(id, partition, why) {
                continue;
            }
            let mut ask = self.without_broker(id, partition, broker, why);
            if keep_isr {
                ask.target_isr = None;
            }
            self.change(&ask, decision);
        }
    }

    pub(super) fn without_broker<'b>(
        &self,
        id: PartitionId,
        partition: &Partition,
        broker: NodeId,
        why: Reason,
    ) -> Ask<'b> {
        let isr = partition.isr.iter().copied().filter(|member| *member != broker);
        Ask {
            target_isr: Some(isr.collect()),
            leaving: Some(broker),
            election: self.automatic(id.topic),
            ..Ask::new(id, why)
        }
    }

    fn broker_change(&self, broker: NodeId, fenced: Option<bool>, stopping: bool) -> MetaRecord {
        let epoch = self.image.brokers.get(&broker).map_or(0, |known| known.epoch);
        MetaRecord::BrokerChange { broker, epoch, fenced, stopping }
    }
}
