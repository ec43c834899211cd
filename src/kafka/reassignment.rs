//! Moving a partition to other brokers: the lists while it goes on, when it is done, and the way
//! back.
//!
//! Pure rules over lists of brokers. It refuses to know who is alive and who leads: that is
//! [`crate::election`]'s. Source: spec A15; `PartitionReassignmentReplicas`,
//! `PartitionReassignmentRevert`.

use crate::guard::{Guard, Guards};
use crate::image::Partition;
use kernel::{Arrange, NodeId};

/// Who keeps a partition, and who is on the way out or in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) replicas: Vec<NodeId>,
    pub(crate) removing: Vec<NodeId>,
    pub(crate) adding: Vec<NodeId>,
}

impl Assignment {
    #[must_use]
    pub(crate) fn of(partition: &Partition) -> Assignment {
        Assignment {
            replicas: partition.replicas.clone(),
            removing: partition.removing.clone(),
            adding: partition.adding.clone(),
        }
    }

    /// Begins to move: the new replicas in their order, then those that will go. A list that would
    /// be empty stays as an earlier move, still under way, had left it.
    /// Source: `changePartitionReassignment`.
    #[must_use]
    pub(crate) fn towards(partition: &Partition, target: &[NodeId]) -> Assignment {
        let removing = missing(&partition.replicas, target);
        let adding = missing(target, &partition.replicas);
        let or_before = |list: Vec<NodeId>, before: &Vec<NodeId>| {
            if list.is_empty() { before.clone() } else { list }
        };
        Assignment {
            replicas: target.iter().chain(&removing).copied().collect(),
            removing: or_before(removing, &partition.removing),
            adding: or_before(adding, &partition.adding),
        }
    }

    #[must_use]
    pub(crate) fn is_under_way(&self) -> bool {
        !self.removing.is_empty() || !self.adding.is_empty()
    }

    /// Who keeps the partition, and the ISR, once every replica that stays is in the ISR.
    /// Source: `maybeCompleteReassignment`.
    #[must_use]
    pub(crate) fn completed(
        &self,
        isr: &[NodeId],
        guards: Guards,
    ) -> Option<(Vec<NodeId>, Vec<NodeId>)> {
        let replicas = missing_in_order(&self.replicas, &self.removing);
        let isr = missing_in_order(isr, &self.removing);
        let all_in = !isr.is_empty() && replicas.iter().all(|replica| isr.contains(replica));
        match (self.is_under_way(), all_in || !guards.on(Guard::ReassignmentNeedsIsr)) {
            (false, _) | (_, false) => None,
            // Without the guard, whoever is to stay is taken for in sync.
            _ if isr.is_empty() => Some((replicas.clone(), replicas)),
            _ => Some((replicas, isr)),
        }
    }
}

/// What a cancelled move goes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revert {
    pub(crate) assignment: Assignment,
    pub(crate) isr: Vec<NodeId>,
    /// Nobody of the ISR would stay: somebody would lead who may miss committed records.
    pub(crate) unclean: bool,
}

impl Revert {
    /// None when nobody would be left. Source: `PartitionReassignmentRevert`.
    #[must_use]
    pub(crate) fn of(partition: &Partition) -> Option<Revert> {
        let replicas = missing_in_order(&partition.replicas, &partition.adding);
        let mut isr = missing_in_order(&partition.isr, &partition.adding);
        let unclean = isr.is_empty();
        if unclean {
            isr.push(*replicas.first()?);
        }
        let assignment = Assignment { replicas, removing: Vec::new(), adding: Vec::new() };
        Some(Revert { assignment, isr, unclean })
    }
}

/// Those of `list` that are not in `others`, in the order of `list`.
fn missing_in_order(list: &[NodeId], others: &[NodeId]) -> Vec<NodeId> {
    list.iter().copied().filter(|node| !others.contains(node)).collect()
}

/// The same by number.
fn missing(list: &[NodeId], others: &[NodeId]) -> Vec<NodeId> {
    let mut missing = missing_in_order(list, others);
    missing.arrange();
    missing
}
