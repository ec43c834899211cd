//! The leader's proposals for its ISR, and the controller's answers. At most one per partition
//! and one request under way. Source: spec A6, A9, A10; `AlterPartitionManager`.

use super::replica::{Proposal, Role};
use super::{Broker, Purpose, Touch};
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId};
use crate::message::{AlterPartition, Altered, PartitionState, Request};
use crate::node::{Out, Timer};
use kernel::{NodeId, Span};

/// After an error of the whole request. Source: `AlterPartitionManager`.
const RETRY: Span = Span::millis(50);

impl Broker {
    /// Half the limit: a follower is removed between 1.0 and 1.5 limits after it fell behind.
    pub(super) fn isr_check_interval(&self) -> Span {
        Span(self.settings.replica_lag_time_max.0 / 2)
    }

    /// The task "isr-expiration".
    pub(super) fn expire_isr(&mut self, out: &mut Out<'_>) {
        let (lag, now) = (self.settings.replica_lag_time_max, out.now());
        let behind: Vec<(PartitionId, Vec<NodeId>)> = self
            .replicas
            .values()
            .map(|replica| (replica.id, replica.out_of_sync(lag, now)))
            .filter(|(_, behind)| !behind.is_empty())
            .collect();
        for (id, leaves) in behind {
            self.propose(id, &[], &leaves, out);
        }
        out.set(Timer::IsrExpiration, self.isr_check_interval());
    }

    pub(super) fn propose_expand(&mut self, id: PartitionId, joins: NodeId, out: &mut Out<'_>) {
        self.propose(id, &[joins], &[], out);
    }

    fn propose(&mut self, id: PartitionId, joins: &[NodeId], leaves: &[NodeId], out: &mut Out<'_>) {
        let Some(replica) = self.replica_mut(id) else { return };
        let Role::Leader(leadership) = &mut replica.role else { return };
        let mut isr = leadership.isr.clone();
        isr.retain(|node| !leaves.contains(node));
        isr.extend(joins);
        let expands = !joins.is_empty();
        leadership.pending = Some(Proposal { isr: isr.clone(), expands, sent: false });
        self.unsent = true;
        let (joins, leaves) = (joins.to_vec(), leaves.to_vec());
        let (isr, joins, leaves) = (isr.into(), joins.into(), leaves.into());
        out.note(Fact::IsrProposed { id, isr, joins, leaves });
    }

    /// Sends what waits, in one request.
    pub(super) fn send_proposals(&mut self, out: &mut Out<'_>) {
        let unsent = |proposal: &Proposal| !proposal.sent;
        let waiting: Vec<PartitionId> = self
            .replicas
            .values()
            .filter(|replica| {
                let pending = replica.leadership().and_then(|lead| lead.pending.as_ref());
                pending.is_some_and(unsent)
            })
            .map(|replica| replica.id)
            .collect();
        let busy = self.calls.iter().any(|call| matches!(call.what, Purpose::Alter(_)));
        self.unsent = !waiting.is_empty();
        if waiting.is_empty() || busy {
            return;
        }
        let (Some(controller), Some(broker_epoch)) = (self.quorum.leader(), self.epoch) else {
            out.set(Timer::AlterRetry, RETRY);
            return;
        };
        let partitions = waiting.iter().filter_map(|id| self.proposal_of(*id)).collect();
        for id in &waiting {
            self.mark_sent(*id, true);
        }
        self.unsent = false;
        let body = Request::AlterPartition { broker_epoch, partitions };
        self.calls.send(controller, body, Span::secs(30), Purpose::Alter(waiting), out);
    }

    fn proposal_of(&self, id: PartitionId) -> Option<AlterPartition> {
        let replica = self.replicas.get(&id)?;
        let leadership = replica.leadership()?;
        let proposal = leadership.pending.as_ref()?;
        let with_epoch = |node: &NodeId| {
            let known = replica.remote(*node).and_then(|remote| remote.broker_epoch);
            (*node, if *node == self.me { self.epoch } else { known })
        };
        Some(AlterPartition {
            id,
            leader_epoch: replica.leader_epoch,
            partition_epoch: replica.partition_epoch,
            isr: proposal.isr.iter().map(with_epoch).collect(),
            recovering: leadership.recovering,
        })
    }

    pub(super) fn mark_sent(&mut self, id: PartitionId, sent: bool) {
        if let Some(replica) = self.replica_mut(id)
            && let Role::Leader(leadership) = &mut replica.role
            && let Some(proposal) = &mut leadership.pending
        {
            proposal.sent = sent;
        }
    }

    pub(super) fn proposals_answered(
        &mut self,
        ids: &[PartitionId],
        result: Result<Altered, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let Ok(results) = result else { return self.proposals_failed(ids, out) };
        for (id, result) in results {
            match result {
                Ok(state) => self.confirmed(id, &state, out),
                Err(error) => self.rejected(id, error, out),
            }
        }
    }

    /// Ignored unless it answers the proposal that is pending. Source: spec A10.4;
    /// `handleAlterPartitionUpdate`.
    fn confirmed(&mut self, id: PartitionId, state: &PartitionState, out: &mut Out<'_>) {
        let Some(replica) = self.replica_mut(id) else { return };
        let pending = replica.leadership().and_then(|leadership| leadership.pending.as_ref());
        if !pending.is_some_and(|proposal| proposal.sent) {
            return;
        }
        if state.leader_epoch != replica.leader_epoch
            || state.partition_epoch < replica.partition_epoch
        {
            return;
        }
        replica.partition_epoch = state.partition_epoch;
        let Role::Leader(leadership) = &mut replica.role else { return };
        leadership.pending = None;
        leadership.isr.clone_from(&state.isr);
        self.touch(id, Touch::Mark);
        self.advance(id, out);
    }

    /// Source: spec A10.5.
    fn rejected(&mut self, id: PartitionId, error: ErrorCode, out: &mut Out<'_>) {
        out.note(Fact::ProposalFailed { id, error });
        let Some(replica) = self.replica_mut(id) else { return };
        let Role::Leader(leadership) = &mut replica.role else { return };
        match error {
            ErrorCode::IneligibleReplica => leadership.pending = None,
            // These wait for newer metadata.
            ErrorCode::UnknownTopicOrPartition
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::InvalidUpdateVersion
            | ErrorCode::NewLeaderElected
            | ErrorCode::InvalidRequest => {}
            // Any other is proposed again at once.
            _ => {
                self.mark_sent(id, false);
                self.unsent = true;
            }
        }
    }

    /// The request got no answer, or was refused as a whole: again after a pause, for ever. The
    /// pause ends early when there is something new to propose. Source: spec A10.1.
    pub(super) fn proposals_failed(&mut self, ids: &[PartitionId], out: &mut Out<'_>) {
        for id in ids {
            self.mark_sent(*id, false);
        }
        self.unsent = false;
        out.set(Timer::AlterRetry, RETRY);
    }
}
