//! The promises of one partition: what was acknowledged, and the log as its rightful leaders have
//! written it. A loss is excused where Kafka promises nothing, and nowhere else.
//! Source: spec J1, J2.

use super::Forgiven;
use super::finding::{Breach, Finding, Findings};
use super::history::History;
use crate::fact::Acked;
use crate::id::{LeaderEpoch, Offset, PartitionId};
use crate::log::Log;
use crate::message::Acks;
use crate::record::Record;
use kernel::{Chunked, Instant, NodeId, SortedMap, SortedSet, Span};

/// What a producer was told of the record at an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entry {
    pub acked: bool,
    pub epoch: LeaderEpoch,
    pub value: u32,
    pub acks_all: bool,
}

/// A record in the log of the rightful leaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Stored {
    client: NodeId,
    value: u32,
    epoch: LeaderEpoch,
    /// Producer id and epoch of an idempotent producer.
    stamp: Option<(u32, u16)>,
}

impl Stored {
    fn of(record: &Record) -> Stored {
        let Record { client, value, epoch, stamp, .. } = *record;
        let stamp = stamp.map(|stamp| (stamp.producer_id, stamp.producer_epoch));
        Stored { client, value, epoch, stamp }
    }
}

/// An acknowledged record that a later leader does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Loss {
    pub offset: Offset,
    pub epoch: LeaderEpoch,
    pub value: u32,
    pub acks_all: bool,
    /// The leader that had acknowledged it.
    pub by: NodeId,
    /// Kafka promises nothing in this case. Source: spec J1.
    pub excused: bool,
}

/// Every leadership: epoch, where its log parts from the one before, who.
type Led = (LeaderEpoch, Offset, NodeId);

/// How many records back an earlier one of the same producer is looked for.
const NEAR: usize = 128;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Account {
    entries: Chunked<Entry>,
    pub losses: Vec<Loss>,
    pub leaderships: Vec<Led>,
    pub sent: u64,
    pub acked: u64,
    pub failed: u64,
    pub consumed: u64,
    pub duplicates: u64,
    /// The highest high watermark that a rightful leader has had.
    pub committed: Offset,
    /// When the last acknowledgement came, and the longest wait between two since `since`.
    pub last_ack: Option<Instant>,
    pub longest_gap: Span,
    /// What producers were told and consumers saw.
    pub(crate) history: History,
    /// The partition's log as its rightful leaders have written it.
    appended: Chunked<Stored>,
    /// How often each value of a producer stands in that log.
    seen: SortedMap<NodeId, Chunked<u8>>,
    /// Epochs whose leader was chosen outside of ISR and ELR.
    pub(super) unclean: SortedSet<LeaderEpoch>,
    /// Leaderships that may lack what was acknowledged: unclean ones, and those after too many
    /// members lost what they had not flushed.
    forgiven: Vec<Forgiven>,
    /// Where each replica's log ends, running or not.
    ends: SortedMap<NodeId, Offset>,
    /// So far each replica's log is known to be the rightful one.
    agreed: SortedMap<NodeId, Offset>,
    /// What each replica lost with its machine and does not have again.
    gone: SortedMap<NodeId, (Offset, Offset)>,
    /// The latest high watermark that each broker had as a leader, and in which epoch.
    marks: SortedMap<NodeId, (LeaderEpoch, Offset)>,
    /// Consumers have read everything below.
    read: Offset,
}

impl Account {
    /// What was promised of the record at `offset` that was appended in `epoch`.
    #[must_use]
    pub fn entry(&self, offset: Offset, epoch: LeaderEpoch) -> Option<Entry> {
        let entry = self.entries.get(offset as usize)?;
        (entry.acked && entry.epoch == epoch).then_some(*entry)
    }

    #[must_use]
    pub fn loss(&self, offset: Offset, epoch: LeaderEpoch) -> Option<&Loss> {
        self.losses.iter().find(|loss| loss.offset == offset && loss.epoch == epoch)
    }

    /// Acknowledged records that should be there, in order.
    pub fn promised(&self) -> impl Iterator<Item = (Offset, Entry)> {
        let numbered = self.entries.iter().enumerate();
        numbered.filter(|(_, entry)| entry.acked).map(|(at, entry)| (at as Offset, *entry))
    }

    /// Whether a leader of a later epoch may lack a record of `epoch` at `offset`: an unclean
    /// election, or too many lost disks. Source: spec J1.1, J1.2.
    #[must_use]
    pub(crate) fn is_forgiven(&self, offset: Offset, epoch: LeaderEpoch) -> bool {
        self.forgiven.iter().any(|(later, start)| *later > epoch && *start <= offset)
    }

    /// Members of the ISR or ELR that lost the record at `offset` with their machines.
    fn lost_by(&self, offset: Offset) -> usize {
        self.gone.values().filter(|(from, to)| (*from..*to).contains(&offset)).count()
    }

    /// Whether so many members lost it that nobody can be blamed who does not have it.
    #[must_use]
    pub(crate) fn is_gone(&self, offset: Offset, tolerated: usize) -> bool {
        self.lost_by(offset) >= tolerated
    }

    // ---- replicas ----

    /// A replica's log ends at `end`; what it had lost below is there again.
    pub(super) fn has(&mut self, node: NodeId, end: Offset) {
        self.ends.insert(node, end);
        if let Some((from, to)) = self.gone.get_mut(&node) {
            *from = end.max(*from);
            if from >= to {
                self.gone.remove(&node);
            }
        }
    }

    pub(super) fn cut_replica(&mut self, node: NodeId, end: Offset) {
        self.ends.insert(node, end);
        self.agreed.entry(node).and_modify(|agreed| *agreed = end.min(*agreed));
    }

    /// A replica starts with a log that ends at `end`. What a member of the ISR or ELR lost
    /// counts; what others lose endangers nothing.
    pub(super) fn came_back(&mut self, node: NodeId, end: Offset, member: bool) {
        let before = self.ends.insert(node, end).unwrap_or(end);
        self.agreed.entry(node).and_modify(|agreed| *agreed = end.min(*agreed));
        if member && before > end {
            let (from, to) = self.gone.get(&node).copied().unwrap_or((end, before));
            self.gone.insert(node, (from.min(end), to.max(before)));
        }
    }

    // ---- leaders ----

    /// A leader took over, and its log is the rightful one now: what was acknowledged where it
    /// parts from the one before is lost.
    pub(super) fn led(
        &mut self,
        id: PartitionId,
        epoch: LeaderEpoch,
        node: NodeId,
        log: &Log,
        tolerated: usize,
        findings: &mut Findings,
    ) {
        let start = self.parts_from(node, log, Offset::MAX);
        let finding = |breach| Finding::new(breach).of(id).by(node).at(start).under(epoch);
        let same = self.leaderships.iter().find(|(known, ..)| *known == epoch);
        if same.is_some_and(|(_, _, leader)| *leader != node) {
            findings.add(finding(Breach::TwoLeaders));
        }
        let latest = self.leaderships.iter().map(|(known, ..)| *known).max();
        if latest.is_some_and(|latest| latest > epoch) {
            self.leaderships.push((epoch, start, node));
            return;
        }
        let unclean = self.has_unclean_since(latest, epoch);
        let lacks = start..self.end().max(self.committed);
        if unclean || lacks.clone().any(|offset| self.is_gone(offset, tolerated)) {
            self.forgiven.push((epoch, start));
            self.committed = self.committed.min(start);
            self.read = self.read.min(start);
        }
        self.leaderships.push((epoch, start, node));
        if start < self.committed {
            findings.add(finding(Breach::LeaderIncomplete));
        }
        self.lose(epoch, start, node, log);
        self.cut(id, start, findings);
        for record in log.read(start, log.end()) {
            self.put(record);
        }
    }

    /// The first offset at which a replica's log is not the rightful one, or where the shorter of
    /// them ends, or `limit`. A later record that is the same says nothing of those before it: of
    /// a damaged engine that is what must show. What was compared once is not compared again.
    fn parts_from(&mut self, node: NodeId, log: &Log, limit: Offset) -> Offset {
        let both = self.end().min(log.end()).min(limit);
        let known = self.agreed.get(&node).copied().unwrap_or(0).min(log.end());
        // What was deleted for its age cannot be compared.
        let differs = |offset: &Offset| {
            let (own, theirs) = (log.get(*offset), self.appended.get(*offset as usize));
            own.zip(theirs).is_some_and(|(own, theirs)| Stored::of(own) != *theirs)
        };
        let agreed = (known..both).find(differs).unwrap_or(both.max(known));
        self.agreed.insert(node, agreed);
        agreed.min(both)
    }

    /// A replica's high watermark moved: below it its log is the rightful one. After an unclean
    /// election a replica that comes back may know more than was kept. Source: INV-04; spec J2.
    pub(super) fn agrees(
        &mut self,
        id: PartitionId,
        node: NodeId,
        log: &Log,
        findings: &mut Findings,
    ) {
        let mark = log.high_watermark();
        let at = self.parts_from(node, log, mark);
        let (Some(own), Some(theirs)) = (log.get(at), self.appended.get(at as usize)) else {
            return;
        };
        let epoch = own.epoch.min(theirs.epoch);
        if at < mark && !self.is_forgiven(at, epoch) {
            findings.add(Finding::new(Breach::LogsDiffer).of(id).by(node).at(at).under(epoch));
        }
    }

    fn has_unclean_since(&self, latest: Option<LeaderEpoch>, epoch: LeaderEpoch) -> bool {
        let since = latest.map_or(0, |latest| latest + 1);
        since <= epoch && self.unclean.iter().any(|unclean| (since..=epoch).contains(unclean))
    }

    /// An unclean election has been decided, and its leader has not taken over yet.
    pub(crate) fn awaits_unclean_leader(&self, epoch: LeaderEpoch) -> bool {
        let latest = self.leaderships.iter().map(|(known, ..)| *known).max();
        !self.unclean.is_empty() && self.has_unclean_since(latest, epoch)
    }

    /// What was acknowledged from `start` on is lost, but for what stands in the new log as well.
    fn lose(&mut self, epoch: LeaderEpoch, start: Offset, node: NodeId, log: &Log) {
        let mut kept = Vec::new();
        for offset in start..self.entries.len() as Offset {
            let Some(entry) = self.entries.get(offset as usize).copied() else { continue };
            let stays =
                log.get(offset).map(Stored::of).as_ref() == self.appended.get(offset as usize);
            kept.push(if stays { entry } else { Entry::default() });
            if !stays && entry.acked && entry.epoch < epoch {
                let by = self.leader_of(entry.epoch).unwrap_or(node);
                let Entry { epoch, value, acks_all, .. } = entry;
                let excused = !acks_all || self.is_forgiven(offset, epoch);
                self.losses.push(Loss { offset, epoch, value, acks_all, by, excused });
            }
        }
        self.entries.truncate(start as usize);
        kept.into_iter().for_each(|entry| self.entries.push(entry));
    }

    fn end(&self) -> Offset {
        self.appended.len() as Offset
    }

    /// The log now ends at `end`.
    fn cut(&mut self, id: PartitionId, end: Offset, findings: &mut Findings) {
        if end < self.read {
            findings.add(Finding::new(Breach::ReadChanged).of(id).at(end));
        }
        if end < self.end() {
            self.agreed.values_mut().for_each(|agreed| *agreed = end.min(*agreed));
        }
        while self.end() > end {
            if let Some(Stored { client, value, .. }) = self.appended.last().copied() {
                self.count(client, value, false);
            }
            self.appended.truncate(self.appended.len() - 1);
        }
    }

    fn leader_of(&self, epoch: LeaderEpoch) -> Option<NodeId> {
        self.leaderships.iter().find(|(known, ..)| *known == epoch).map(|(_, _, node)| *node)
    }

    /// A leader stored records. One that was superseded at this offset does not count: what it
    /// stores will be cut off.
    pub(super) fn stored(
        &mut self,
        id: PartitionId,
        base: Offset,
        records: &[Record],
        findings: &mut Findings,
    ) {
        let epoch = records.first().map_or(0, |record| record.epoch);
        let superseded = |(later, start, _): &Led| *later > epoch && *start <= base;
        if self.leaderships.iter().rev().any(superseded) {
            return;
        }
        self.cut(id, base, findings);
        for record in records {
            let stamped = record.stamp.is_some();
            let finding = |breach| Finding::new(breach).of(id).at(self.end()).by(record.client);
            let reordered = finding(Breach::Reordered);
            let duplicate = finding(Breach::Duplicate);
            if stamped && !self.in_order(&Stored::of(record)) {
                findings.add(reordered);
            }
            if self.put(record) > 1 && stamped {
                findings.add(duplicate);
            }
        }
    }

    /// A follower stored from `base` on what its leader had sent. If it follows the latest leader,
    /// then these records are that leader's, and so is the one before them: there they had agreed.
    /// Source: spec A3.6, J2 (log matching).
    pub(super) fn copied(
        &self,
        id: PartitionId,
        (node, epoch): (NodeId, LeaderEpoch),
        base: Offset,
        log: &Log,
        findings: &mut Findings,
    ) {
        if self.leaderships.iter().map(|(known, ..)| *known).max() != Some(epoch) {
            return;
        }
        let differs = |offset: &Offset| {
            let own = log.get(*offset).map(Stored::of);
            own.is_some_and(|own| self.appended.get(*offset as usize) != Some(&own))
        };
        if let Some(at) = (base.saturating_sub(1)..log.end()).find(differs) {
            let finding = Finding::new(Breach::FollowsOther);
            findings.add(finding.of(id).by(node).at(at).under(epoch));
        }
    }

    /// How often its value stands in the log now.
    fn put(&mut self, record: &Record) -> u8 {
        self.appended.push(Stored::of(record));
        self.count(record.client, record.value, true)
    }

    /// Whether the producer's latest record before has an earlier value.
    fn in_order(&self, next: &Stored) -> bool {
        let first = self.appended.len().saturating_sub(NEAR);
        let near = (first..self.appended.len()).rev().filter_map(|at| self.appended.get(at));
        let id = |stored: &Stored| stored.stamp.map(|(id, _)| id);
        let mut own = near.filter(|stored| id(stored) == id(next));
        own.next().is_none_or(|last| last.value < next.value)
    }

    /// How often the value stands in the log now.
    fn count(&mut self, client: NodeId, value: u32, comes: bool) -> u8 {
        let seen = self.seen.entry(client).or_default();
        while seen.len() <= value as usize {
            seen.push(0);
        }
        let Some(count) = seen.get_mut(value as usize) else { return 0 };
        if comes {
            *count = count.saturating_add(1);
            self.duplicates += u64::from(*count > 1);
        } else {
            self.duplicates -= u64::from(*count > 1);
            *count = count.saturating_sub(1);
        }
        *count
    }

    /// A leader's high watermark moved. That of a leader of old times says nothing any more.
    pub(super) fn advanced(
        &mut self,
        id: PartitionId,
        node: NodeId,
        epoch: LeaderEpoch,
        to: Offset,
        findings: &mut Findings,
    ) {
        let (known, mark) = self.marks.insert(node, (epoch, to)).unwrap_or((epoch, 0));
        if known == epoch && to < mark {
            let finding = Finding::new(Breach::MarkBack).of(id).by(node).at(to).under(epoch);
            findings.add(finding);
        }
        if !self.is_forgiven(to.saturating_sub(1), epoch) {
            self.committed = self.committed.max(to);
        }
    }

    // ---- clients ----

    /// Epoch in which the leader `node` appended the record at `offset`.
    fn epoch_of(&self, node: NodeId, offset: Offset, known: LeaderEpoch) -> LeaderEpoch {
        let led = self.leaderships.iter().rev();
        led.filter(|(_, start, leader)| *leader == node && *start <= offset)
            .map(|(epoch, ..)| *epoch)
            .next()
            .unwrap_or(known)
    }

    pub(super) fn acked(&mut self, acked: &Acked, client: NodeId, at: Instant) {
        if let Some(last) = self.last_ack {
            self.longest_gap = self.longest_gap.max(at.since(last));
        }
        self.last_ack = Some(at);
        let acks_all = acked.acks == Acks::All;
        for (offset, value) in (acked.base..).zip(&acked.values) {
            self.acked += 1;
            self.history.acked(offset, client, *value);
            let stands = self.appended.get(offset as usize).copied();
            let stands = stands.filter(|own| own.client == client && own.value == *value);
            let Some(Stored { epoch, .. }) = stands else {
                // A leader that was superseded at this offset: what it stored is cut off.
                let epoch = self.epoch_of(acked.leader, offset, acked.epoch);
                let excused = !acks_all || self.is_forgiven(offset, epoch);
                let (value, by) = (*value, acked.leader);
                self.losses.push(Loss { offset, epoch, value, acks_all, by, excused });
                continue;
            };
            while self.entries.len() <= offset as usize {
                self.entries.push(Entry::default());
            }
            if let Some(entry) = self.entries.get_mut(offset as usize) {
                *entry = Entry { acked: true, epoch, value: *value, acks_all };
            }
        }
    }

    pub(super) fn consumed(
        &mut self,
        id: PartitionId,
        consumer: NodeId,
        base: Offset,
        records: &[Record],
        findings: &mut Findings,
    ) {
        self.consumed += records.len() as u64;
        self.history.polled(consumer, base, records);
        for (offset, record) in (base..).zip(records) {
            if self.is_forgiven(offset, record.epoch) {
                continue;
            }
            if offset >= self.committed {
                let finding = Finding::new(Breach::ReadUncommitted).of(id).at(offset + 1);
                findings.add(finding.by(consumer));
            }
            let stands = self.appended.get(offset as usize);
            let same = |own: &Stored| own.client == record.client && own.value == record.value;
            if !stands.is_some_and(same) {
                findings.add(Finding::new(Breach::ReadChanged).of(id).at(offset).by(consumer));
            }
            self.read = self.read.max(offset + 1);
        }
    }
}
