//! The metadata as the quorum has committed it, once and for all, and what every node may take
//! from it. Source: spec J2 (controller state, epochs, metadata log matching), J3.

use super::finding::{Breach, Finding, Findings};
use crate::broker::replica::Replica;
use crate::id::{LeaderEpoch, Offset, PartitionId};
use crate::image::{Image, MetaRecord, Partition};
use crate::message::MetaEntry;
use crate::quorum::Quorum;
use kernel::{Chunked, NodeId, SortedMap, SortedSet};
use std::rc::Rc;

/// What was once decided of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Decided {
    partition_epoch: u32,
    leader_epoch: LeaderEpoch,
    leader: Option<NodeId>,
    isr: Vec<NodeId>,
}

impl Decided {
    fn of(partition: &Partition) -> Decided {
        let Partition { partition_epoch, leader_epoch, leader, .. } = *partition;
        Decided { partition_epoch, leader_epoch, leader, isr: partition.isr.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Committed {
    /// None where only a snapshot has told.
    log: Chunked<Option<MetaEntry>>,
    pub image: Rc<Image>,
    /// Every state that each partition has had.
    decided: SortedMap<PartitionId, Chunked<Decided>>,
    /// The lowest minimum that each partition's ISR has had: what was acknowledged under it is
    /// promised no more. Source: spec A13.7, J1.2.
    lowest_min: SortedMap<PartitionId, usize>,
    /// The partition epoch that each leader last went by.
    led_with: SortedMap<(NodeId, PartitionId), u32>,
    /// Partitions that the last commit changed.
    pub changed: SortedSet<PartitionId>,
    elr: bool,
    min_isr: u64,
}

impl Committed {
    pub(super) fn new(elr: bool, min_isr: u64) -> Committed {
        Committed {
            log: Chunked::default(),
            image: Rc::default(),
            decided: SortedMap::new(),
            lowest_min: SortedMap::new(),
            led_with: SortedMap::new(),
            changed: SortedSet::new(),
            elr,
            min_isr,
        }
    }

    #[must_use]
    pub(crate) fn end(&self) -> Offset {
        self.log.len() as Offset
    }

    /// Partitions in whose ISR or ELR a broker is.
    pub(super) fn candidacies(&self, node: NodeId) -> impl Iterator<Item = PartitionId> {
        let member = move |partition: &Partition| {
            partition.isr.contains(&node) || partition.elr.contains(&node)
        };
        let partitions = self.image.partitions.iter();
        partitions.filter(move |(_, partition)| member(partition)).map(|(id, _)| *id)
    }

    /// Whether a node's log has at `offset` what is committed there; a snapshot is believed.
    fn agrees(&self, offset: Offset, quorum: &Quorum) -> bool {
        let known = self.log.get(offset as usize).and_then(Option::as_ref);
        quorum.start_offset() > offset || known.is_none() || known == quorum.entry(offset)
    }

    /// A leader of the quorum has, from the first moment, everything that is committed.
    pub(super) fn elected(
        &self,
        node: NodeId,
        epoch: LeaderEpoch,
        quorum: &Quorum,
        findings: &mut Findings,
    ) {
        let Some(last) = self.end().checked_sub(1) else { return };
        if !self.agrees(last, quorum) {
            let finding = Finding::new(Breach::MetadataLost).by(node).at(last).under(epoch);
            findings.add(finding);
        }
    }

    /// The quorum's leader holds everything below `to` for committed.
    pub(super) fn commit(
        &mut self,
        node: NodeId,
        to: Offset,
        quorum: &Quorum,
        findings: &mut Findings,
    ) {
        self.changed.clear();
        let known = self.end();
        if let Some(last) = known.min(to).checked_sub(1)
            && !self.agrees(last, quorum)
        {
            findings.add(Finding::new(Breach::MetadataChanged).by(node).at(last));
            return;
        }
        let mut all_changed = false;
        self.skip_to_snapshot(quorum);
        for offset in self.end()..to {
            let Some(entry) = quorum.entry(offset) else { break };
            self.log.push(Some(entry.clone()));
            all_changed |= self.apply(&entry.record, findings);
        }
        if all_changed {
            self.changed.extend(self.image.partitions.keys().copied());
        }
        for id in &self.changed {
            let min_isr = self.image.min_isr(*id, self.min_isr);
            let lowest = self.lowest_min.entry(*id).or_insert(min_isr);
            *lowest = min_isr.min(*lowest);
            if let Some(partition) = self.image.partitions.get(id) {
                self.judge(*id, partition, findings);
            }
        }
    }

    /// What was committed and cut off at once for a snapshot is known by the snapshot.
    fn skip_to_snapshot(&mut self, quorum: &Quorum) {
        let snapshot = quorum.snapshot_beyond(self.end());
        let Some(snapshot) = snapshot.filter(|_| quorum.start_offset() > self.end()) else {
            return;
        };
        while self.end() < snapshot.end {
            self.log.push(None);
        }
        self.image = Rc::clone(&snapshot.image);
        for (id, partition) in &snapshot.image.partitions {
            self.decided.entry(*id).or_default().push(Decided::of(partition));
            self.changed.insert(*id);
        }
    }

    /// So many copies of a partition's records there were at least.
    pub(super) fn copies(&self, id: PartitionId) -> usize {
        self.lowest_min.get(&id).map_or(1, |lowest| (*lowest).max(1))
    }

    /// True when it may concern every partition.
    fn apply(&mut self, record: &MetaRecord, findings: &mut Findings) -> bool {
        let id = match record {
            MetaRecord::Partition { id, .. } => Some(*id),
            MetaRecord::PartitionChange(change) => Some(change.id),
            _ => None,
        };
        self.registers(record, findings);
        let before = id.and_then(|id| self.image.partitions.get(&id).cloned());
        Rc::make_mut(&mut self.image).apply(record);
        let after = id.and_then(|id| self.image.partitions.get(&id));
        if let (Some(id), Some(after)) = (id, after) {
            if let Some(before) = &before {
                let finding = |breach| Finding::new(breach).of(id).under(after.leader_epoch);
                if !epochs_grow(before, after) {
                    findings.add(finding(Breach::EpochStands));
                }
                if let Some(node) = settled_too_early(before, after) {
                    findings.add(finding(Breach::MovedTooEarly).by(node));
                }
            }
            self.decided.entry(id).or_default().push(Decided::of(after));
            self.changed.insert(id);
        }
        let concerns_all =
            id.is_none() && !matches!(record, MetaRecord::NoOp | MetaRecord::ProducerIds { .. });
        if concerns_all {
            self.decide_all();
        }
        concerns_all
    }

    /// A record about a whole topic may change its partitions, too.
    fn decide_all(&mut self) {
        for (id, partition) in &self.image.partitions {
            let decided = self.decided.entry(*id).or_default();
            if decided.last().is_none_or(|last| last.partition_epoch < partition.partition_epoch) {
                decided.push(Decided::of(partition));
            }
        }
    }

    /// A new process of a broker is out of service at first. Source: spec B7.1.
    fn registers(&self, record: &MetaRecord, findings: &mut Findings) {
        let MetaRecord::RegisterBroker { broker, incarnation, fenced, .. } = record else { return };
        let before = self.image.brokers.get(broker);
        let known = before.is_some_and(|before| before.incarnation == *incarnation);
        if !known && !fenced {
            findings.add(Finding::new(Breach::InServiceAtOnce).by(*broker));
        }
    }

    /// What no controller may decide. Source: spec J2 (controller state).
    fn judge(&self, id: PartitionId, partition: &Partition, findings: &mut Findings) {
        let Partition { replicas, isr, elr, leader, .. } = partition;
        let mut find = |breach| findings.add(Finding::new(breach).of(id));
        if leader.is_some_and(|leader| !isr.contains(&leader)) {
            find(Breach::LeaderOutsideIsr);
        }
        // The ELR may still name a replica that was moved away while the ISR was too small: nobody
        // looks for a leader beyond the replicas, so Kafka leaves it there.
        // Source: `maybePopulateTargetElr`.
        let foreign = |node: &NodeId| !replicas.contains(node);
        if isr.iter().any(foreign) || isr.iter().any(|node| elr.contains(node)) {
            find(Breach::ForeignMember);
        }
        if !elr.is_empty() && (!self.elr || isr.len() >= self.image.min_isr(id, self.min_isr)) {
            find(Breach::NeedlessElr);
        }
        if isr.is_empty() && !self.elr {
            find(Breach::EmptyIsr);
        }
        // Without eligible replicas the last member stays, whatever becomes of it.
        let last = !self.elr && isr.len() == 1;
        if !last && !isr.iter().all(|node| self.image.is_active(*node)) {
            find(Breach::FencedMember);
        }
    }

    /// A broker has applied the metadata below `to`.
    pub(super) fn applied(
        &self,
        node: NodeId,
        to: Offset,
        quorum: &Quorum,
        findings: &mut Findings,
    ) {
        let Some(last) = to.checked_sub(1) else { return };
        if !self.agrees(last, quorum) {
            findings.add(Finding::new(Breach::MetadataChanged).by(node).at(last));
        }
    }

    /// A broker takes up the part that the metadata of a leader epoch gives it.
    pub(super) fn acts(
        &self,
        id: PartitionId,
        epoch: LeaderEpoch,
        leader: Option<NodeId>,
        node: NodeId,
        findings: &mut Findings,
    ) {
        let given = |decided: &&Decided| decided.leader_epoch == epoch && decided.leader == leader;
        if self.latest(id).find(given).is_none() {
            findings.add(Finding::new(Breach::ActsUncommitted).of(id).by(node).under(epoch));
        }
    }

    /// The ISR that a leader counts is one that was decided, and never an older one than before.
    pub(super) fn leads_with(
        &mut self,
        id: PartitionId,
        replica: &Replica,
        node: NodeId,
        findings: &mut Findings,
    ) {
        let Some(leadership) = replica.leadership() else { return };
        let before = self.led_with.insert((node, id), replica.partition_epoch);
        if before.is_some_and(|before| before > replica.partition_epoch) {
            let epoch = replica.leader_epoch;
            findings.add(Finding::new(Breach::StateBack).of(id).by(node).under(epoch));
        }
        let given = |decided: &&Decided| decided.partition_epoch == replica.partition_epoch;
        if self.latest(id).find(given).is_none_or(|decided| decided.isr != leadership.isr) {
            let epoch = replica.leader_epoch;
            findings.add(Finding::new(Breach::ActsUncommitted).of(id).by(node).under(epoch));
        }
    }

    fn latest(&self, id: PartitionId) -> impl Iterator<Item = &Decided> {
        let decided = self.decided.get(&id);
        let count = decided.map_or(0, Chunked::len);
        (0..count).rev().filter_map(move |at| decided?.get(at))
    }
}

/// A replica that a move has brought to stay, and that is not in the ISR. Source: spec A15.
fn settled_too_early(before: &Partition, after: &Partition) -> Option<NodeId> {
    let stays = |partition: &Partition, node: &NodeId| {
        partition.replicas.contains(node) && !partition.adding.contains(node)
    };
    let new = |node: &&NodeId| stays(after, node) && !stays(before, node);
    after.replicas.iter().filter(new).find(|node| !after.isr.contains(node)).copied()
}

/// Source: spec J2 (epochs), A1.1.
fn epochs_grow(before: &Partition, after: &Partition) -> bool {
    after.partition_epoch > before.partition_epoch
        && after.leader_epoch >= before.leader_epoch
        && (after.leader == before.leader || after.leader_epoch > before.leader_epoch)
}
