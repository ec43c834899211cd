//! What the controller decides, as pure rules: the metadata in, records and facts out.
//!
//! It refuses to know time, sessions, the quorum and the network; [`super::Controller`] carries
//! out what is decided here. Source: spec A12; `ReplicationControlManager`.

use crate::config::{Profile, Settings};
use crate::election::{Election, Outcome, Request, decide};
use crate::fact::{Fact, IsrChanged, LeaderChosen, Reason};
use crate::guard::Guard;
use crate::id::{PartitionId, TopicId};
use crate::image::{Image, MetaRecord, Partition};
use crate::reassignment::Assignment;
use kernel::NodeId;

/// The metadata that decisions are made on, and the rules in force.
#[derive(Clone, Copy)]
pub(crate) struct Replication<'a> {
    pub(crate) image: &'a Image,
    pub(crate) profile: Profile,
    pub(crate) settings: &'a Settings,
}

/// What is to be written to the metadata log, and what is to be said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) records: Vec<MetaRecord>,
    pub(crate) facts: Vec<Fact>,
}

impl Decision {
    /// Does the other thing, too.
    pub(super) fn extend(&mut self, other: Decision) {
        self.records.extend(other.records);
        self.facts.extend(other.facts);
    }
}

/// What is asked of one partition.
pub(super) struct Ask<'a> {
    pub(super) id: PartitionId,
    pub(super) election: Election,
    /// None keeps the ISR.
    pub(super) target_isr: Option<Vec<NodeId>>,
    /// None keeps the replicas.
    pub(super) target: Option<Assignment>,
    pub(super) unclean_shutdown: &'a [NodeId],
    pub(super) target_recovering: Option<bool>,
    pub(super) why: Reason,
    /// Never acceptable in this change: it is being taken out of service.
    pub(super) leaving: Option<NodeId>,
    /// Acceptable in this change: it is being brought into service.
    pub(super) coming: Option<NodeId>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(id: PartitionId, why: Reason) -> Ask<'a> {
        Ask {
            id,
            election: Election::Online,
            target_isr: None,
            target: None,
            unclean_shutdown: &[],
            target_recovering: None,
            why,
            leaving: None,
            coming: None,
        }
    }
}

impl<'a> Replication<'a> {
    /// Works out one change and puts it, with what is to be said of it, to the decision; the
    /// partition as it will be, or none when nothing changes.
    pub(super) fn change(&self, ask: &Ask<'_>, decision: &mut Decision) -> Option<Partition> {
        let partition = self.image.partitions.get(&ask.id)?;
        let min_isr = self.image.topic_min_isr(ask.id.topic, self.settings.min_insync_replicas);
        let acceptable = |node: NodeId| {
            ask.leaving != Some(node)
                && (ask.coming == Some(node) || self.may_lead(node))
                && !self.image.is_offline(node, ask.id)
        };
        let outcome = decide(&Request {
            id: ask.id,
            partition,
            election: ask.election,
            min_isr,
            elr_enabled: self.profile.elr,
            epoch_bump_on_shrink: self.profile.epoch_bump_on_shrink,
            last_known_leader_must_live: self.profile.last_known_leader_must_live,
            guards: self.profile.guards,
            manager: self.manager(ask.id.topic),
            target_isr: ask.target_isr.clone().unwrap_or_else(|| partition.isr.clone()),
            target: ask.target.clone(),
            unclean_shutdown: ask.unclean_shutdown,
            target_recovering: ask.target_recovering,
            acceptable: &acceptable,
        })?;
        let mut after = partition.clone();
        after.merge(&outcome.change, self.profile.guards);
        tell(ask, partition, &after, &outcome, min_isr, decision);
        decision.records.push(MetaRecord::PartitionChange(outcome.change));
        Some(after)
    }

    /// Registered, in service, not stopping. Source: `isActive`.
    fn may_lead(&self, node: NodeId) -> bool {
        if self.profile.on(Guard::ActiveOnly) {
            self.image.is_active(node)
        } else {
            self.image.brokers.contains_key(&node)
        }
    }

    /// Where unclean election is allowed, elections that nobody asked for may be unclean.
    /// Source: spec A12.11; `uncleanLeaderElectionEnabledForTopic`.
    pub(super) fn automatic(&self, topic: TopicId) -> Election {
        if self.image.unclean_allowed(topic, self.settings.unclean_leader_election) {
            Election::Unclean
        } else {
            Election::Online
        }
    }

    /// Partitions for which this holds, in order.
    pub(super) fn partitions_where(
        &self,
        holds: impl Fn(&Partition) -> bool + 'a,
    ) -> impl Iterator<Item = (PartitionId, &'a Partition)> {
        let all = self.image.partitions.iter().map(|(id, partition)| (*id, partition));
        all.filter(move |(_, partition)| holds(partition))
    }
}

/// Puts what changed to the facts: the leader, the ISR, a reassignment that is done.
fn tell(
    ask: &Ask<'_>,
    before: &Partition,
    after: &Partition,
    outcome: &Outcome,
    min_isr: usize,
    decision: &mut Decision,
) {
    if outcome.change.leader.is_some() {
        decision.facts.push(Fact::LeaderChosen(Box::new(LeaderChosen {
            id: ask.id,
            from: before.leader,
            to: after.leader,
            epoch: after.leader_epoch,
            unclean: outcome.unclean,
            why: ask.why,
            by: outcome.by,
            verdicts: outcome.verdicts.clone(),
        })));
    }
    if after.isr != before.isr || after.elr != before.elr {
        decision.facts.push(Fact::IsrChanged(Box::new(IsrChanged {
            id: ask.id,
            from: before.isr.clone(),
            to: after.isr.clone(),
            elr: after.elr.clone(),
            version: after.partition_epoch,
            min_isr,
            replicas: after.replicas.len(),
            why: ask.why,
        })));
    }
    // What an order asks of the replicas, it tells itself.
    if before.is_reassigning() && !after.is_reassigning() && ask.target.is_none() {
        let replicas = after.replicas.clone();
        decision.facts.push(Fact::ReassignmentDone { id: ask.id, replicas });
    }
}
