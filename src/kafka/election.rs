//! How the controller changes a partition: who leads, who is in the ISR, who stays eligible.
//!
//! A pure function of the partition, of who is acceptable, and of what is asked. It never looks at
//! a log's length: the controller does not know it. Source: `PartitionChangeBuilder` (4.1);
//! KIP-966 for the eligible leader replicas; KAFKA-19522 for the last known leader.

use crate::guard::{Guard, Guards};
use crate::homemade::Manager;
use crate::id::PartitionId;
use crate::image::{Partition, PartitionChange};
use crate::reassignment::Assignment;
use kernel::{Arrange, NodeId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Election {
    /// Keep the leader if possible, otherwise the first valid replica in assignment order.
    Online,
    /// The first replica of the assignment, if it is valid.
    Preferred,
    /// As online; when nobody is valid, anybody acceptable, even without the committed data.
    Unclean,
}

/// What is asked of a partition.
pub(crate) struct Request<'a> {
    pub id: PartitionId,
    pub partition: &'a Partition,
    pub election: Election,
    pub min_isr: usize,
    pub elr_enabled: bool,
    pub epoch_bump_on_shrink: bool,
    /// The last known leader is elected only while it is in service.
    pub last_known_leader_must_live: bool,
    pub guards: Guards,
    /// Who chooses instead, where the topic has a home-made manager.
    pub manager: Option<Manager>,
    pub target_isr: Vec<NodeId>,
    /// Who is to have the partition; none keeps it as it is.
    pub target: Option<Assignment>,
    /// Replicas that lost unflushed data: no longer eligible.
    pub unclean_shutdown: &'a [NodeId],
    /// The state of recovery that the leader reports; none keeps it.
    pub target_recovering: Option<bool>,
    /// Registered, unfenced, not stopping.
    pub acceptable: &'a dyn Fn(NodeId) -> bool,
}

/// Why a replica was or was not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It leads already and may go on.
    Stays,
    FirstInIsr,
    FirstInElr,
    LastKnownLeader,
    /// Chosen although it may miss committed records.
    Unclean,
    NotActive,
    NotInIsr,
    /// Valid too, but later in the assignment.
    LaterInOrder,
    /// A home-made manager: alive, and nothing else was asked.
    FirstAlive,
    /// The same, but later in the assignment.
    AliveToo,
    /// A home-made manager: the one replica in its table, and dead.
    SeatOfDead,
    /// A home-made manager: not in its table.
    NoSeat,
}

/// The change, with the reasons behind the choice of the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub change: PartitionChange,
    pub unclean: bool,
    /// The home-made manager that chose.
    pub by: Option<Manager>,
    pub verdicts: Vec<(NodeId, Verdict)>,
}

struct Choice {
    leader: Option<NodeId>,
    why: Verdict,
}

impl Choice {
    fn is_unclean(&self) -> bool {
        matches!(self.why, Verdict::LastKnownLeader | Verdict::Unclean)
    }
}

/// The partition as it is to be.
struct Target {
    assignment: Assignment,
    isr: Vec<NodeId>,
    elr: Vec<NodeId>,
    recovering: bool,
}

impl Target {
    /// A reassignment is complete as soon as the ISR holds every replica that stays.
    /// Source: `completeReassignmentIfNeeded`.
    fn of(request: &Request<'_>) -> Target {
        let partition = request.partition;
        let mut assignment = request.target.clone().unwrap_or_else(|| Assignment::of(partition));
        let mut isr = request.target_isr.clone();
        if let Some((replicas, members)) = assignment.completed(&isr, request.guards) {
            assignment = Assignment { replicas, removing: Vec::new(), adding: Vec::new() };
            isr = members;
        }
        let elr = target_elr(request, &isr);
        let recovering = request.target_recovering.unwrap_or(partition.recovering);
        Target { assignment, isr, elr, recovering }
    }

    /// What the choice of the leader does to the ISR and to the eligible replicas.
    /// Source: `tryElection`.
    fn follow(&mut self, choice: &Choice) {
        let Some(leader) = choice.leader else { return };
        if choice.is_unclean() {
            self.isr = vec![leader];
            self.elr = Vec::new();
            self.recovering = true;
        } else if self.elr.contains(&leader) || !self.isr.contains(&leader) {
            self.isr = vec![leader];
            self.elr.retain(|replica| *replica != leader);
        }
    }
}

/// Works out the change; none when nothing would change.
#[must_use]
pub(crate) fn decide(request: &Request<'_>) -> Option<Outcome> {
    let partition = request.partition;
    let mut target = Target::of(request);
    let choice = elect(request, &target);
    let mut change = PartitionChange::nothing(request.id);
    if choice.leader != partition.leader {
        change.leader = Some(choice.leader);
        target.follow(&choice);
    }
    // Without ELR the ISR is never emptied: its last member stays listed.
    if request.elr_enabled || !target.isr.is_empty() {
        change.isr = differing(&target.isr, &partition.isr);
    }
    if change.leader.is_none() && raises_epoch(request, &target, &change) {
        change.leader = Some(partition.leader);
    }
    let elr = if request.elr_enabled { &target.elr[..] } else { &[] };
    change.elr = differing(elr, &partition.elr);
    change.last_known_elr = last_known(request, &change);
    change.replicas = differing(&target.assignment.replicas, &partition.replicas);
    change.removing = differing(&target.assignment.removing, &partition.removing);
    change.adding = differing(&target.assignment.adding, &partition.adding);
    change.recovering = (target.recovering != partition.recovering).then_some(target.recovering);
    if change.is_nothing() {
        return None;
    }
    let by = chooser(request);
    let verdicts = verdicts(request, &target, &choice);
    Some(Outcome { change, unclean: choice.is_unclean(), by, verdicts })
}

fn differing(new: &[NodeId], old: &[NodeId]) -> Option<Vec<NodeId>> {
    (new != old).then(|| new.to_vec())
}

/// Whether the leader's epoch grows although the leader stays: a replica is taken away, or, in
/// older versions, the ISR shrinks. Source: `triggerLeaderEpochBumpForReplicaReassignmentIfNeeded`,
/// `triggerLeaderEpochBumpForIsrShrinkIfNeeded`; KAFKA-15021.
fn raises_epoch(request: &Request<'_>, target: &Target, change: &PartitionChange) -> bool {
    let leaves = |old: &[NodeId], new: &[NodeId]| old.iter().any(|node| !new.contains(node));
    let shrinks = change.isr.as_ref().is_some_and(|isr| leaves(&request.partition.isr, isr));
    leaves(&request.partition.replicas, &target.assignment.replicas)
        || (request.epoch_bump_on_shrink && shrinks)
}

/// Everybody who had the whole committed log when the ISR fell below its minimum.
/// Source: `maybePopulateTargetElr`.
fn target_elr(request: &Request<'_>, isr: &[NodeId]) -> Vec<NodeId> {
    let partition = request.partition;
    if !request.elr_enabled {
        // Left over from when it was enabled: still good for one election.
        return partition.elr.clone();
    }
    let enough = isr.len() >= request.min_isr;
    if enough && request.guards.on(Guard::ElrOnlyBelowMinIsr) {
        return Vec::new();
    }
    let mut elr: Vec<NodeId> = partition.elr.iter().chain(&partition.isr).copied().collect();
    elr.retain(|replica| !isr.contains(replica) && !request.unclean_shutdown.contains(replica));
    elr.arrange();
    elr.dedup();
    elr
}

/// The home-made manager in office, if any; what an operator asks for is Kafka's to do.
fn chooser(request: &Request<'_>) -> Option<Manager> {
    request.manager.filter(|_| request.election != Election::Preferred)
}

/// What a home-made manager makes of it: a leader that is alive stays, whatever it has.
fn appointed(request: &Request<'_>, target: &Target, manager: Manager) -> Choice {
    let leader = request.partition.leader;
    if leader.is_some_and(request.acceptable) {
        return Choice { leader, why: Verdict::Stays };
    }
    let picked = manager.pick(leader, &target.assignment.replicas, request.acceptable);
    Choice { leader: picked, why: Verdict::FirstAlive }
}

fn elect(request: &Request<'_>, target: &Target) -> Choice {
    let partition = request.partition;
    if let Some(manager) = chooser(request) {
        return appointed(request, target, manager);
    }
    let valid = |replica: NodeId| valid_reason(request, target, replica).is_some();
    let chosen = |replica: NodeId| {
        let why = valid_reason(request, target, replica).unwrap_or(Verdict::FirstInIsr);
        Choice { leader: Some(replica), why }
    };
    let keep = partition.leader.filter(|leader| valid(*leader));
    let stays = |leader| Choice { leader: Some(leader), why: Verdict::Stays };
    let replicas = &target.assignment.replicas;
    let preferred = replicas.first().copied().filter(|first| valid(*first));
    match (request.election, preferred, keep) {
        (Election::Preferred, Some(first), _) => return chosen(first),
        (_, _, Some(leader)) => return stays(leader),
        _ => {}
    }
    if let Some(first) = replicas.iter().copied().find(|replica| valid(*replica)) {
        return chosen(first);
    }
    if let Some(last) = last_known_leader(request, target) {
        return Choice { leader: Some(last), why: Verdict::LastKnownLeader };
    }
    let anybody = replicas.iter().copied().find(|replica| (request.acceptable)(*replica));
    match anybody.filter(|_| request.election == Election::Unclean) {
        Some(replica) => Choice { leader: Some(replica), why: Verdict::Unclean },
        None => Choice { leader: None, why: Verdict::NotInIsr },
    }
}

/// Source: `isValidNewLeader`, `canElectFromElr`.
fn valid_reason(request: &Request<'_>, target: &Target, replica: NodeId) -> Option<Verdict> {
    if !(request.acceptable)(replica) {
        None
    } else if target.isr.contains(&replica) {
        Some(Verdict::FirstInIsr)
    } else if target.isr.is_empty() && target.elr.contains(&replica) {
        Some(Verdict::FirstInElr)
    } else if !request.guards.on(Guard::IsrOnly) {
        Some(Verdict::FirstInIsr)
    } else {
        None
    }
}

/// Source: `canElectLastKnownLeader`; KAFKA-19522.
fn last_known_leader(request: &Request<'_>, target: &Target) -> Option<NodeId> {
    let [last] = request.partition.last_known_elr[..] else { return None };
    let empty = target.isr.is_empty() && target.elr.is_empty();
    let there = (request.acceptable)(last) || !request.last_known_leader_must_live;
    (request.elr_enabled && empty && there).then_some(last)
}

/// Noted when the partition loses its leader, struck out when it has one again.
/// Source: `maybeUpdateLastKnownLeader`.
fn last_known(request: &Request<'_>, change: &PartitionChange) -> Option<Vec<NodeId>> {
    let partition = request.partition;
    if !request.elr_enabled {
        return None;
    }
    let will_lead = change.leader.unwrap_or(partition.leader).is_some();
    match (change.leader, partition.leader) {
        (Some(None), Some(last)) if partition.last_known_elr != [last] => Some(vec![last]),
        _ => (will_lead && !partition.last_known_elr.is_empty()).then(Vec::new),
    }
}

/// What the decision card shows of each replica, in assignment order.
fn verdicts(request: &Request<'_>, target: &Target, choice: &Choice) -> Vec<(NodeId, Verdict)> {
    let judge = |replica: NodeId| {
        if Some(replica) == choice.leader {
            choice.why
        } else if chooser(request) == Some(Manager::OneSeat) {
            let seated = request.partition.leader == Some(replica);
            if seated { Verdict::SeatOfDead } else { Verdict::NoSeat }
        } else if !(request.acceptable)(replica) {
            Verdict::NotActive
        } else if chooser(request).is_some() {
            Verdict::AliveToo
        } else if request.target_isr.contains(&replica) {
            Verdict::LaterInOrder
        } else {
            Verdict::NotInIsr
        }
    };
    target.assignment.replicas.iter().map(|replica| (*replica, judge(*replica))).collect()
}

#[cfg(test)]
mod tests;
