//! Moving partitions to other brokers, and calling it off. It refuses to know how far the new
//! replicas have come: the leader says so, in its proposals for the ISR.
//! Source: spec A15; `changePartitionReassignment`, `cancelPartitionReassignment`.

use super::replication::{Ask, Decision, Replication};
use crate::election::Election;
use crate::fact::{Fact, Reason};
use crate::guard::Guard;
use crate::id::{ErrorCode, PartitionId};
use crate::reassignment::{Assignment, Revert};
use kernel::{Arrange, NodeId};

impl Replication<'_> {
    /// Begins to move a partition, or, without a target, goes back.
    ///
    /// # Errors
    /// As Kafka names them.
    pub(crate) fn reassign(
        &self,
        id: PartitionId,
        target: Option<&[NodeId]>,
    ) -> Result<Decision, ErrorCode> {
        if !self.image.partitions.contains_key(&id) {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        match target {
            Some(target) => self.begin(id, target),
            None => self.cancel(id),
        }
    }

    fn begin(&self, id: PartitionId, target: &[NodeId]) -> Result<Decision, ErrorCode> {
        self.check_assignment(target)?;
        let partition = &self.image.partitions[&id];
        let assignment = Assignment::towards(partition, target);
        let mut decision = Decision::default();
        decision.facts.push(Fact::ReassignmentBegan {
            id,
            replicas: target.into(),
            adding: assignment.adding.as_slice().into(),
            removing: assignment.removing.as_slice().into(),
        });
        let ask = Ask { target: Some(assignment), ..Ask::new(id, Reason::Operator) };
        let after = self.change(&ask, &mut decision);
        if after.is_none_or(|after| !after.is_reassigning()) {
            let replicas = target.to_vec();
            decision.facts.push(Fact::ReassignmentDone { id, replicas });
        }
        Ok(decision)
    }

    fn cancel(&self, id: PartitionId) -> Result<Decision, ErrorCode> {
        let partition = &self.image.partitions[&id];
        if !partition.is_reassigning() {
            return Err(ErrorCode::NoReassignmentInProgress);
        }
        let revert = Revert::of(partition).ok_or(ErrorCode::InvalidReplicaAssignment)?;
        let election = self.automatic(id.topic);
        let forbidden = election != Election::Unclean && self.profile.on(Guard::RevertNeedsIsr);
        if revert.unclean && forbidden {
            return Err(ErrorCode::InvalidReplicaAssignment);
        }
        let mut decision = Decision::default();
        let replicas = revert.assignment.replicas.clone();
        let unclean = revert.unclean && election == Election::Unclean;
        decision.facts.push(Fact::ReassignmentCancelled { id, replicas, unclean });
        let ask = Ask {
            election,
            target_isr: Some(revert.isr),
            target: Some(revert.assignment),
            ..Ask::new(id, Reason::Operator)
        };
        self.change(&ask, &mut decision);
        Ok(decision)
    }

    /// Somebody, nobody twice, and everybody registered.
    /// Source: `validateManualPartitionAssignment`.
    pub(super) fn check_assignment(&self, replicas: &[NodeId]) -> Result<(), ErrorCode> {
        let mut sorted = replicas.to_vec();
        sorted.arrange();
        sorted.dedup();
        let known = |node: &NodeId| self.image.brokers.contains_key(node);
        if replicas.is_empty() || sorted.len() < replicas.len() || !replicas.iter().all(known) {
            return Err(ErrorCode::InvalidReplicaAssignment);
        }
        Ok(())
    }
}
