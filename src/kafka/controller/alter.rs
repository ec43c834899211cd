//! A leader proposes another ISR: validation in Kafka's order, then the change.
//! Source: spec A10; KIP-497, KIP-841, KIP-903; `validateAlterPartitionData`.

use super::Controller;
use super::partitions::Ask;
use crate::fact::{Fact, Reason};
use crate::id::{BrokerEpoch, ErrorCode};
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
        let current = self.image().brokers.get(&from).map(|broker| broker.epoch);
        if current != Some(broker_epoch) {
            let error = Reply::AlterPartition(Err(ErrorCode::StaleBrokerEpoch));
            reply(from, correlation, error, out);
            return;
        }
        let results = partitions
            .iter()
            .map(|proposal| (proposal.id, self.alter_one(from, proposal, out)))
            .collect();
        self.answer_when_committed(from, correlation, Reply::AlterPartition(Ok(results)), out);
    }

    fn alter_one(
        &mut self,
        from: NodeId,
        proposal: &AlterPartition,
        out: &mut Out<'_>,
    ) -> Result<PartitionState, ErrorCode> {
        if let Some(error) = self.proposal_error(from, proposal) {
            out.note(Fact::AlterRefused { id: proposal.id, broker: from, error });
            return Err(error);
        }
        let ask = Ask {
            target_isr: Some(proposal.isr.iter().map(|(node, _)| *node).collect()),
            target_recovering: Some(proposal.recovering),
            ..Ask::new(proposal.id, Reason::Proposed(from))
        };
        let records: Vec<_> = self.change(&ask, out).into_iter().collect();
        self.write(records, out);
        let partition = &self.image().partitions[&proposal.id];
        Ok(PartitionState {
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            partition_epoch: partition.partition_epoch,
            isr: partition.isr.clone(),
        })
    }

    fn proposal_error(&self, from: NodeId, proposal: &AlterPartition) -> Option<ErrorCode> {
        let Some(partition) = self.image().partitions.get(&proposal.id) else {
            return Some(ErrorCode::UnknownTopicOrPartition);
        };
        let isr: Vec<NodeId> = proposal.isr.iter().map(|(node, _)| *node).collect();
        let foreign = isr.iter().any(|node| !partition.replicas.contains(node));
        // A leader recovers alone, and only once.
        let relapses = proposal.recovering && (isr.len() > 1 || !partition.recovering);
        let eligible = |(node, epoch): &(NodeId, Option<BrokerEpoch>)| {
            self.image().brokers.get(node).is_some_and(|broker| {
                broker.is_active() && epoch.is_none_or(|epoch| epoch == broker.epoch)
            })
        };
        if proposal.leader_epoch > partition.leader_epoch
            || proposal.partition_epoch > partition.partition_epoch
        {
            Some(ErrorCode::NotController)
        } else if proposal.leader_epoch < partition.leader_epoch {
            Some(ErrorCode::FencedLeaderEpoch)
        } else if partition.leader != Some(from) {
            Some(ErrorCode::InvalidRequest)
        } else if proposal.partition_epoch < partition.partition_epoch {
            Some(ErrorCode::InvalidUpdateVersion)
        } else if foreign || !isr.contains(&from) || relapses {
            Some(ErrorCode::InvalidRequest)
        } else if !proposal.isr.iter().all(eligible) {
            Some(ErrorCode::IneligibleReplica)
        } else {
            None
        }
    }
}
