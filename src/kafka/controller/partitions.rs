//! Changing partitions: who leaves or joins an ISR, and who leads then.
//! Source: spec A12, A13; `ReplicationControlManager`.

use super::Controller;
use crate::election::{Election, Outcome, Request, decide};
use crate::fact::{Fact, IsrChanged, LeaderChosen, Reason};
use crate::id::PartitionId;
use crate::image::{Image, MetaRecord};
use crate::node::Out;
use kernel::NodeId;

/// What is asked of one partition.
pub(super) struct Ask<'a> {
    pub(super) id: PartitionId,
    pub(super) election: Election,
    /// None keeps the ISR.
    pub(super) target_isr: Option<Vec<NodeId>>,
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
            unclean_shutdown: &[],
            target_recovering: None,
            why,
            leaving: None,
            coming: None,
        }
    }
}

impl Controller {
    /// Works out one change, says what was decided, and gives the record.
    pub(super) fn change(&self, ask: &Ask<'_>, out: &mut Out<'_>) -> Option<MetaRecord> {
        let image = self.image();
        let partition = image.partitions.get(&ask.id)?;
        let min_isr = image.min_isr(ask.id, self.settings.min_insync_replicas);
        let acceptable = |node: NodeId| {
            ask.leaving != Some(node) && (ask.coming == Some(node) || image.is_active(node))
        };
        let outcome = decide(&Request {
            id: ask.id,
            partition,
            election: self.election(ask, image),
            min_isr,
            elr_enabled: self.profile.elr,
            epoch_bump_on_shrink: self.profile.epoch_bump_on_shrink,
            target_isr: ask.target_isr.clone().unwrap_or_else(|| partition.isr.clone()),
            target: None,
            unclean_shutdown: ask.unclean_shutdown,
            target_recovering: ask.target_recovering,
            acceptable: &acceptable,
        })?;
        self.tell(ask, &outcome, min_isr, out);
        Some(MetaRecord::PartitionChange(outcome.change))
    }

    /// Where unclean election is allowed, every automatic election may be unclean.
    fn election(&self, ask: &Ask<'_>, image: &Image) -> Election {
        let topic = image.topics.get(&ask.id.topic).and_then(|topic| topic.unclean);
        let allowed = topic.unwrap_or(self.settings.unclean_leader_election);
        match ask.election {
            Election::Online if allowed => Election::Unclean,
            election => election,
        }
    }

    fn tell(&self, ask: &Ask<'_>, outcome: &Outcome, min_isr: usize, out: &mut Out<'_>) {
        let before = &self.image().partitions[&ask.id];
        let mut after = before.clone();
        after.merge(&outcome.change);
        if after.leader_epoch != before.leader_epoch {
            out.note(Fact::LeaderChosen(Box::new(LeaderChosen {
                id: ask.id,
                from: before.leader,
                to: after.leader,
                epoch: after.leader_epoch,
                unclean: outcome.unclean,
                why: ask.why,
                verdicts: outcome.verdicts.clone(),
            })));
        }
        if after.isr != before.isr || after.elr != before.elr {
            out.note(Fact::IsrChanged(Box::new(IsrChanged {
                id: ask.id,
                from: before.isr.clone(),
                to: after.isr,
                elr: after.elr,
                version: after.partition_epoch,
                min_isr,
                replicas: after.replicas.len(),
                why: ask.why,
            })));
        }
    }

    /// Removes a broker from the ISR of every partition that has it, and elects where it led.
    pub(super) fn remove_from_isrs(
        &self,
        broker: NodeId,
        why: Reason,
        unclean_shutdown: &[NodeId],
        out: &mut Out<'_>,
    ) -> Vec<MetaRecord> {
        let image = self.image();
        let concerned = image.partitions.iter().filter(|(_, partition)| {
            partition.isr.contains(&broker)
                || partition.leader == Some(broker)
                || (!unclean_shutdown.is_empty() && partition.elr.contains(&broker))
        });
        let asks: Vec<Ask<'_>> = concerned
            .map(|(id, partition)| Ask {
                target_isr: Some(without(&partition.isr, broker)),
                unclean_shutdown,
                leaving: Some(broker),
                ..Ask::new(*id, why)
            })
            .collect();
        asks.iter().filter_map(|ask| self.change(ask, out)).collect()
    }

    /// A new process of a broker registers. After an unclean death it may have lost what it had
    /// not flushed, so it is no longer eligible. Source: `handleBrokerShutdown`, spec A13.5.
    pub(super) fn handle_restart(
        &self,
        broker: NodeId,
        clean: bool,
        out: &mut Out<'_>,
    ) -> Vec<MetaRecord> {
        let lossy = !clean && self.profile.elr;
        let lost = [broker];
        let unclean_shutdown: &[NodeId] = if lossy { &lost } else { &[] };
        self.remove_from_isrs(broker, Reason::Restarted(broker), unclean_shutdown, out)
    }

    /// A broker came into service: partitions without a leader may have one again.
    pub(super) fn elect_after_unfence(&self, broker: NodeId, out: &mut Out<'_>) -> Vec<MetaRecord> {
        let leaderless: Vec<PartitionId> = self
            .image()
            .partitions
            .iter()
            .filter(|(_, partition)| {
                partition.leader.is_none() && partition.replicas.contains(&broker)
            })
            .map(|(id, _)| *id)
            .collect();
        let ask = |id| Ask { coming: Some(broker), ..Ask::new(id, Reason::Unfenced(broker)) };
        leaderless.into_iter().filter_map(|id| self.change(&ask(id), out)).collect()
    }

    /// Preferred leaders take over where they can. Source: spec A14.
    pub(super) fn balance(&mut self, out: &mut Out<'_>) {
        let imbalanced: Vec<PartitionId> = self
            .image()
            .partitions
            .iter()
            .filter(|(_, partition)| partition.leader != partition.replicas.first().copied())
            .map(|(id, _)| *id)
            .collect();
        let ask = |id| Ask { election: Election::Preferred, ..Ask::new(id, Reason::Balance) };
        let records = imbalanced.into_iter().filter_map(|id| self.change(&ask(id), out)).collect();
        self.write(records, out);
        self.schedule_balance(out);
    }

    /// `kafka-leader-election.sh`. Source: spec A12.10.
    pub(super) fn elect_by_order(&mut self, id: PartitionId, unclean: bool, out: &mut Out<'_>) {
        let Some(partition) = self.image().partitions.get(&id) else { return };
        let preferred = partition.replicas.first().copied();
        let needed =
            if unclean { partition.leader.is_none() } else { partition.leader != preferred };
        let election = if unclean { Election::Unclean } else { Election::Preferred };
        let ask = Ask { election, ..Ask::new(id, Reason::Operator) };
        match self.change(&ask, out).filter(|_| needed) {
            Some(record) => self.write(vec![record], out),
            None => out.note(Fact::ElectionRefused { id }),
        }
    }
}

pub(super) fn without(list: &[NodeId], node: NodeId) -> Vec<NodeId> {
    list.iter().copied().filter(|other| *other != node).collect()
}
