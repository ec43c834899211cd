//! What an observer who sees everything notes down: what clients were promised, what was decided,
//! who voted for whom. Properties, cells of the log matrix and the counts of a run read it; no
//! node does.
//!
//! It keeps only what cannot be seen in the world as it stands: what was there before.

mod account;
mod deliveries;
mod finding;
mod history;
mod metadata;
mod voters;

pub(crate) use account::{Account, Loss};
pub(crate) use deliveries::{Deliveries, Delivery, Read};
pub(crate) use finding::{Breach, Finding, Findings};
pub(crate) use history::{Anomaly, anomalies};

use crate::broker::Broker;
use crate::chronicle::Chronicle;
use crate::config::Config;
use crate::fact::Fact;
use crate::id::{LeaderEpoch, Offset, PartitionId};
use crate::node::Node;
use crate::quorum::Quorum;
use kernel::{Fault, Instant, NodeId, Seen, SortedMap, SortedSet};
use metadata::Committed;
use std::rc::Rc;
use voters::Voters;

/// Where the records of one producer's process have gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tally {
    pub made: u64,
    pub acked: u64,
    pub gave_up: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ledger {
    pub accounts: SortedMap<PartitionId, Rc<Account>>,
    pub sent: u64,
    pub(crate) findings: Findings,
    /// The metadata as the quorum has committed it.
    pub(crate) metadata: Committed,
    pub(crate) voters: Voters,
    /// Of each producer, since its process began.
    pub(crate) tallies: SortedMap<NodeId, Tally>,
    /// Members of an ISR or ELR whose machine went dark and has not come back yet, each with the
    /// partitions that it was a member of.
    dark: SortedMap<NodeId, SortedSet<PartitionId>>,
    /// Whether the controller keeps eligible replicas.
    elr: bool,
    /// What came of records in consumer groups.
    pub(crate) deliveries: Deliveries,
    /// What pictures and questions follow.
    pub chronicle: Chronicle,
}

impl Ledger {
    #[must_use]
    pub fn new(config: &Config) -> Ledger {
        let (elr, min_isr) = (config.profile.elr, config.settings.min_insync_replicas);
        Ledger {
            accounts: SortedMap::new(),
            sent: 0,
            findings: Findings::default(),
            metadata: Committed::new(elr, min_isr),
            voters: Voters::default(),
            tallies: SortedMap::new(),
            dark: SortedMap::new(),
            elr,
            deliveries: Deliveries::default(),
            chronicle: Chronicle::default(),
        }
    }

    fn account(&mut self, id: PartitionId) -> &mut Account {
        Rc::make_mut(self.accounts.entry(id).or_default())
    }

    /// The account of a partition, and where to note what is wrong with it.
    fn open(&mut self, id: PartitionId) -> (&mut Account, &mut Findings) {
        (Rc::make_mut(self.accounts.entry(id).or_default()), &mut self.findings)
    }

    /// So many members of the ISR or ELR must lose a record together before acks=all does not
    /// cover it any more. Source: spec J1.2, G5; KIP-966.
    pub(crate) fn tolerated(&self, id: PartitionId) -> usize {
        if self.elr { self.metadata.copies(id) } else { 1 }
    }

    /// Notes down a fact.
    pub fn observe(&mut self, seen: Seen, fact: &Fact, teller: &Node) {
        self.chronicle.learn(seen, fact);
        if let Some(controller) = teller.controller() {
            self.of_voter(seen, fact, &controller.quorum);
            self.of_controller(seen.node, fact, controller);
        }
        if let (Some(broker), Some(quorum)) = (teller.broker(), teller.quorum()) {
            self.of_broker(seen.node, fact, broker, quorum);
        }
        match teller {
            Node::Producer(_) | Node::Consumer(_) => self.of_client(seen, fact),
            Node::Member(member) => {
                self.of_client(seen, fact);
                self.deliveries.of_member(seen, fact, member, &mut self.findings);
            }
            _ => {}
        }
    }

    /// Notes down a fault.
    pub fn suffer(&mut self, fault: &Fault, at: Instant, step: u64) {
        let of_disks = matches!(fault, Fault::FailDir { .. } | Fault::ReplaceDir { .. });
        if of_disks || matches!(fault, Fault::FillDisk(_)) {
            self.deliveries.excuse();
        }
        self.chronicle.suffer(fault, at, step);
    }

    /// Notes down that a process is gone; `lost_power` when its machine went with it.
    pub fn observe_end(&mut self, node: NodeId, lost_power: bool, at: Instant) {
        self.tallies.remove(&node);
        self.deliveries.ended(node, at);
        for account in self.accounts.values_mut() {
            if account.history.reads(node) {
                Rc::make_mut(account).history.forget(node);
            }
        }
        if lost_power {
            self.deliveries.excuse();
            let member_of = self.metadata.candidacies(node);
            self.dark.entry(node).or_default().extend(member_of);
        }
    }

    fn of_voter(&mut self, seen: Seen, fact: &Fact, quorum: &Quorum) {
        let findings = &mut self.findings;
        self.voters.observe(seen, fact, findings);
        match fact {
            Fact::QuorumElected { epoch, .. } if self.voters.is_latest(*epoch) => {
                self.metadata.elected(seen.node, *epoch, quorum, findings);
            }
            Fact::QuorumTruncated { to } if *to < quorum.high_watermark() => {
                findings.add(Finding::new(Breach::MetadataLost).at(*to).by(seen.node));
            }
            Fact::MetadataCommitted { to } => {
                self.metadata.commit(seen.node, *to, quorum, findings);
            }
            _ => {}
        }
    }

    fn of_controller(
        &mut self,
        node: NodeId,
        fact: &Fact,
        controller: &crate::controller::Controller,
    ) {
        match fact {
            Fact::LeaderChosen(chosen) if chosen.unclean => {
                self.deliveries.excuse();
                self.account(chosen.id).unclean.insert(chosen.epoch);
            }
            // Source: spec J1.5.
            Fact::ReassignmentCancelled { id, unclean: true, .. } => {
                let epoch = controller.image().partitions.get(id).map_or(0, |p| p.leader_epoch);
                self.account(*id).unclean.insert(epoch);
            }
            Fact::ControllerActive { epoch }
                if self.voters.is_latest(*epoch) && controller.applied() < self.metadata.end() =>
            {
                let finding = Finding::new(Breach::ControllerBehind).by(node).under(*epoch);
                self.findings.add(finding);
            }
            _ => {}
        }
    }

    fn of_broker(&mut self, node: NodeId, fact: &Fact, broker: &Broker, quorum: &Quorum) {
        match fact {
            Fact::BrokerState { state: "STARTING" } => self.came_back(node, broker),
            Fact::MetadataApplied { to } => {
                self.metadata.applied(node, *to, quorum, &mut self.findings);
            }
            Fact::BecameLeader { id, epoch, .. } => {
                self.metadata.acts(*id, *epoch, Some(node), node, &mut self.findings);
                let Some(replica) = broker.replicas.get(id) else { return };
                let tolerated = self.tolerated(*id);
                let (account, findings) = self.open(*id);
                account.led(*id, *epoch, node, &replica.log, tolerated, findings);
            }
            Fact::BecameFollower { id, leader, epoch } => {
                self.metadata.acts(*id, *epoch, *leader, node, &mut self.findings);
            }
            Fact::GroupChanged(_)
            | Fact::OffsetsReset { .. }
            | Fact::OffsetsExpired { .. }
            | Fact::CommitStored { .. }
            | Fact::StaleAccepted { .. } => {
                self.deliveries.of_coordinator(node, fact, &mut self.findings);
            }
            Fact::Appended { id, base, records } => {
                let (account, findings) = self.open(*id);
                account.has(node, base + records.len() as Offset);
                account.stored(*id, *base, records, findings);
            }
            Fact::Replicated { id, base, count } => {
                let end = base + Offset::from(*count);
                let replica = broker.replicas.get(id);
                let (account, findings) = self.open(*id);
                account.has(node, end);
                if let Some(replica) = replica {
                    let by = (node, replica.leader_epoch);
                    account.copied(*id, by, *base, &replica.log, findings);
                }
            }
            Fact::Truncated { id, to, .. } => self.account(*id).cut_replica(node, *to),
            Fact::HighWatermark { id, to, leads: true, .. } => {
                let Some(replica) = broker.replicas.get(id) else { return };
                self.metadata.leads_with(*id, replica, node, &mut self.findings);
                let (account, findings) = self.open(*id);
                account.advanced(*id, node, replica.leader_epoch, *to, findings);
                account.agrees(*id, node, &replica.log, findings);
            }
            Fact::HighWatermark { id, leads: false, .. } => {
                let Some(replica) = broker.replicas.get(id) else { return };
                let (account, findings) = self.open(*id);
                account.agrees(*id, node, &replica.log, findings);
            }
            _ => {}
        }
    }

    /// A broker starts and has loaded its logs: what its machine lost is known now.
    fn came_back(&mut self, node: NodeId, broker: &Broker) {
        let member_of = self.dark.remove(&node).unwrap_or_default();
        for (id, account) in self.accounts.iter_mut() {
            let end = broker.replicas.get(id).map_or(0, |replica| replica.log.end());
            Rc::make_mut(account).came_back(node, end, member_of.contains(id));
        }
    }

    fn of_client(&mut self, seen: Seen, fact: &Fact) {
        let client = seen.node;
        match fact {
            Fact::Created { id, .. } => {
                self.sent += 1;
                self.account(*id).sent += 1;
                self.tallies.entry(client).or_default().made += 1;
            }
            Fact::SendThrew { id, .. } => {
                self.sent += 1;
                let account = self.account(*id);
                account.sent += 1;
                account.failed += 1;
                let tally = self.tallies.entry(client).or_default();
                tally.made += 1;
                tally.gave_up += 1;
            }
            Fact::Acked(acked) => {
                let count = acked.values.len() as u64;
                self.tallies.entry(client).or_default().acked += count;
                self.account(acked.id).acked(acked, client, seen.at);
            }
            Fact::KnownStored { id, count } => {
                self.account(*id).acked += u64::from(*count);
                self.tallies.entry(client).or_default().acked += u64::from(*count);
            }
            Fact::GaveUp { id, count, .. } => {
                self.account(*id).failed += u64::from(*count);
                self.tallies.entry(client).or_default().gave_up += u64::from(*count);
            }
            // It begins where its group has got to, wherever it was itself.
            Fact::PartitionsAssigned { added, .. } => {
                for id in added {
                    self.account(*id).history.forget(client);
                }
            }
            Fact::Sought { id, .. } => self.account(*id).history.forget(client),
            Fact::Consumed { id, base, records } => {
                let (account, findings) = self.open(*id);
                account.consumed(*id, client, *base, records, findings);
            }
            _ => {}
        }
    }
}

/// An epoch with the offset from which a leadership of it may lack what was there before.
pub(crate) type Forgiven = (LeaderEpoch, Offset);
