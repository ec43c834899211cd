//! A leader proposes another ISR: validation in Kafka's order, then the change.
//! It refuses to know why the leader wants it.
//! Source: spec A10; KIP-497, KIP-841, KIP-903; `validateAlterPartitionData`.

use super::Controller;
use super::replication::{Ask, Decision, Replication};
use crate::fact::{Fact, Reason};
use crate::guard::Guard;
use crate::homemade::Recovery;
use crate::id::{BrokerEpoch, ErrorCode, TopicId};
use crate::image::Partition;
use crate::message::{AlterPartition, PartitionState, Reply};
use crate::node::Out;
use crate::rpc::reply;
use kernel::NodeId;

impl Controller {
    pub(super) fn alter_partition(
        &mut self,
        from: NodeId,
        correlation: u32,
        broker_epoch: BrokerEpoch,
        partitions: &[AlterPartition],
        out: &mut Out<'_>,
    ) {
        let current = self.is_this_life(from, broker_epoch);
        if !current && self.profile.on(Guard::AlterBrokerEpoch) {
            let error = Reply::AlterPartition(Err(ErrorCode::StaleBrokerEpoch));
            reply(from, correlation, error, out);
            return;
        }
        let mut results = Vec::new();
        for proposal in partitions {
            let (result, decision) = self.replication().alter_partition(from, proposal);
            self.carry_out(decision, out);
            results.push((proposal.id, result));
        }
        self.answer_when_committed(from, correlation, Reply::AlterPartition(Ok(results)), out);
    }
}

impl Replication<'_> {
    /// The answer to one proposal, and what is to be written: even a refused sender may have
    /// completed the reassignment that takes its leadership away.
    pub(crate) fn alter_partition(
        &self,
        from: NodeId,
        proposal: &AlterPartition,
    ) -> (Result<PartitionState, ErrorCode>, Decision) {
        let mut decision = Decision::default();
        let id = proposal.id;
        let before = match self.image.partitions.get(&id) {
            None => Err(ErrorCode::UnknownTopicOrPartition),
            Some(partition) => match self.proposal_error(from, partition, proposal) {
                Some(error) => Err(error),
                None => Ok(partition),
            },
        };
        let before = match before {
            Ok(before) => before,
            Err(error) => {
                decision.facts.push(Fact::AlterRefused { id, broker: from, error });
                return (Err(error), decision);
            }
        };
        let ask = Ask {
            election: self.automatic(id.topic),
            target_isr: Some(proposal.isr.iter().map(|(node, _)| *node).collect()),
            target_recovering: Some(proposal.recovering),
            ..Ask::new(id, Reason::Proposed(from))
        };
        let after = self.change(&ask, &mut decision).unwrap_or_else(|| before.clone());
        if after.leader != Some(from) && after.leader != before.leader {
            return (Err(ErrorCode::NewLeaderElected), decision);
        }
        let state = PartitionState {
            leader: after.leader,
            leader_epoch: after.leader_epoch,
            partition_epoch: after.partition_epoch,
            isr: after.isr,
        };
        (Ok(state), decision)
    }

    /// Source: spec A10.2; `validateAlterPartitionData`.
    fn proposal_error(
        &self,
        from: NodeId,
        partition: &Partition,
        proposal: &AlterPartition,
    ) -> Option<ErrorCode> {
        let on = |guard| self.profile.on(guard);
        let behind = proposal.leader_epoch > partition.leader_epoch
            || proposal.partition_epoch > partition.partition_epoch;
        let old_leader = proposal.leader_epoch < partition.leader_epoch;
        let itself = self.admits_itself(proposal.id.topic);
        let old_state = proposal.partition_epoch < partition.partition_epoch;
        if behind {
            Some(ErrorCode::NotController)
        } else if old_leader && on(Guard::AlterLeaderEpoch) {
            Some(ErrorCode::FencedLeaderEpoch)
        } else if partition.leader != Some(from) && on(Guard::AlterByLeader) && !itself {
            Some(ErrorCode::InvalidRequest)
        } else if old_state && on(Guard::AlterPartitionEpoch) {
            Some(ErrorCode::InvalidUpdateVersion)
        } else if self.is_malformed(from, partition, proposal) {
            Some(ErrorCode::InvalidRequest)
        } else if !proposal.isr.iter().all(|(node, epoch)| self.may_join(*node, *epoch)) {
            Some(ErrorCode::IneligibleReplica)
        } else {
            None
        }
    }

    /// Whether the home-made recovery worker of a topic adds itself to the ISR.
    fn admits_itself(&self, topic: TopicId) -> bool {
        self.image.recovery(topic, self.profile.truncation) == Recovery::Copy
    }

    /// Not an ISR of this partition, or a recovery that makes no sense: a leader recovers alone,
    /// and only once.
    fn is_malformed(&self, from: NodeId, partition: &Partition, proposal: &AlterPartition) -> bool {
        let isr: Vec<NodeId> = proposal.isr.iter().map(|(node, _)| *node).collect();
        let foreign = isr.iter().any(|node| !partition.replicas.contains(node));
        let twice = isr.iter().enumerate().any(|(at, node)| isr[..at].contains(node));
        let without_leader = !isr.contains(&from) && self.profile.on(Guard::AlterByLeader);
        let relapses = proposal.recovering && (isr.len() > 1 || !partition.recovering);
        foreign || twice || without_leader || relapses
    }

    /// Source: `ineligibleReplicasForIsr`.
    fn may_join(&self, node: NodeId, epoch: Option<BrokerEpoch>) -> bool {
        self.image.brokers.get(&node).is_some_and(|broker| {
            let in_service = broker.is_active() || !self.profile.on(Guard::AlterEligibleMembers);
            let of_this_life = epoch.is_none_or(|epoch| epoch == broker.epoch)
                || !self.profile.on(Guard::AlterMemberEpochs);
            in_service && of_this_life
        })
    }
}
