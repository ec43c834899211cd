//! What clients were promised, noted down by an observer who sees everything. Properties, cells of
//! the log matrix and the counts of a run read it; no node does.

use crate::chronicle::Chronicle;
use crate::fact::{Acked, Fact};
use crate::id::{LeaderEpoch, Offset, PartitionId};
use crate::image::Change;
use crate::message::Acks;
use crate::record::Record;
use kernel::{Chunked, NodeId, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

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

/// The promises of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Account {
    entries: Chunked<Entry>,
    pub losses: Vec<Loss>,
    /// Every leadership: epoch, first offset, who.
    pub leaderships: Vec<(LeaderEpoch, Offset, NodeId)>,
    pub sent: u64,
    pub acked: u64,
    pub failed: u64,
    pub consumed: u64,
    pub duplicates: u64,
    /// Highest high watermark that any leader has had.
    pub committed: Offset,
    /// The partition's log as its rightful leaders have written it.
    appended: Chunked<Stored>,
    /// How often each value of a producer stands in that log.
    seen: BTreeMap<NodeId, Chunked<u8>>,
    /// An unclean election has been held, or the ISR may shrink to the leader alone, or too many
    /// machines lost what they had not flushed: then even acks=all promises nothing.
    unclean: bool,
    min_isr: Option<usize>,
    /// Two leaders in one epoch: must never be.
    pub twice_led: Option<LeaderEpoch>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    pub accounts: BTreeMap<PartitionId, Rc<Account>>,
    pub sent: u64,
    /// Each quorum epoch with the controller that won it.
    pub controllers: BTreeMap<LeaderEpoch, NodeId>,
    pub two_controllers: Option<LeaderEpoch>,
    /// Machines that went without power.
    pub lost_power: BTreeSet<NodeId>,
    /// Records that a consumer got beyond what was committed.
    pub read_uncommitted: Option<(PartitionId, Offset)>,
    /// What pictures and questions follow.
    pub chronicle: Chronicle,
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

    /// Epoch in which the leader `node` appended the record at `offset`.
    fn epoch_of(&self, node: NodeId, offset: Offset, known: LeaderEpoch) -> LeaderEpoch {
        let led = self.leaderships.iter().rev();
        led.filter(|(_, start, leader)| *leader == node && *start <= offset)
            .map(|(epoch, ..)| *epoch)
            .next()
            .unwrap_or(known)
    }

    fn acked(&mut self, acked: &Acked, client: NodeId, dark: usize) {
        for (n, value) in acked.values.iter().enumerate() {
            let offset = acked.base + n as Offset;
            let acks_all = acked.acks == Acks::All;
            self.acked += 1;
            let stands = self.appended.get(offset as usize).copied();
            let stands = stands.filter(|own| own.client == client && own.value == *value);
            let Some(Stored { epoch, .. }) = stands else {
                // A leader that was superseded at this offset: what it stored is cut off.
                let epoch = self.epoch_of(acked.leader, offset, acked.epoch);
                let excused = !acks_all || self.is_excused(dark);
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

    /// A leader whose log ends at `start` took over: what was acknowledged beyond is lost.
    fn led(&mut self, epoch: LeaderEpoch, start: Offset, node: NodeId, dark: usize) {
        let same = self.leaderships.iter().find(|(known, ..)| *known == epoch);
        if same.is_some_and(|(_, _, leader)| *leader != node) {
            self.twice_led = Some(epoch);
        }
        let late = self.leaderships.iter().any(|(known, ..)| *known > epoch);
        self.leaderships.push((epoch, start, node));
        if late {
            return;
        }
        for offset in start..self.entries.len() as Offset {
            let Some(entry) = self.entries.get(offset as usize).copied() else { continue };
            if entry.acked && entry.epoch < epoch {
                let by = self.leader_of(entry.epoch).unwrap_or(node);
                let Entry { epoch, value, acks_all, .. } = entry;
                let excused = !acks_all || self.is_excused(dark);
                self.losses.push(Loss { offset, epoch, value, acks_all, by, excused });
            }
        }
        self.entries.truncate(start as usize);
        self.cut(start);
    }

    /// The log now ends at `end`.
    fn cut(&mut self, end: Offset) {
        while self.appended.len() as Offset > end {
            if let Some(Stored { client, value, .. }) = self.appended.last().copied() {
                self.count(client, value, false);
            }
            self.appended.truncate(self.appended.len() - 1);
        }
    }

    /// Whether a loss of what acks=all acknowledged is allowed; `dark` machines lost power.
    fn is_excused(&self, dark: usize) -> bool {
        self.min_isr.unwrap_or(2) < 2 || self.may_have_lost(dark)
    }

    /// Whether committed records may be gone: an unclean election, or too many lost disks.
    pub(crate) fn may_have_lost(&self, dark: usize) -> bool {
        self.unclean || (dark > 0 && dark >= self.min_isr.unwrap_or(2))
    }

    /// What was acknowledged under a lower minimum is promised less.
    fn min_isr_changed(&mut self, min: usize) {
        self.min_isr = Some(self.min_isr.map_or(min, |before| before.min(min)));
    }

    fn leader_of(&self, epoch: LeaderEpoch) -> Option<NodeId> {
        self.leaderships.iter().find(|(known, ..)| *known == epoch).map(|(_, _, node)| *node)
    }

    /// A leader stored records. One that was superseded at this offset does not count: what it
    /// stores will be cut off.
    fn stored(&mut self, base: Offset, records: &[Record]) {
        let epoch = records.first().map_or(0, |record| record.epoch);
        let superseded =
            |(later, start, _): &(LeaderEpoch, Offset, NodeId)| *later > epoch && *start <= base;
        if self.leaderships.iter().any(superseded) {
            return;
        }
        self.cut(base);
        for record in records {
            let Record { client, value, epoch, .. } = *record;
            self.appended.push(Stored { client, value, epoch });
            self.count(record.client, record.value, true);
        }
    }

    fn count(&mut self, client: NodeId, value: u32, comes: bool) {
        let seen = self.seen.entry(client).or_default();
        while seen.len() <= value as usize {
            seen.push(0);
        }
        let Some(count) = seen.get_mut(value as usize) else { return };
        if comes {
            *count = count.saturating_add(1);
            self.duplicates += u64::from(*count > 1);
        } else {
            self.duplicates -= u64::from(*count > 1);
            *count = count.saturating_sub(1);
        }
    }
}

impl Ledger {
    fn account(&mut self, id: PartitionId) -> &mut Account {
        Rc::make_mut(self.accounts.entry(id).or_default())
    }

    /// Notes down a fact.
    pub fn observe(&mut self, seen: Seen, fact: &Fact) {
        self.chronicle.learn(seen, fact);
        let dark = self.lost_power.len();
        match fact {
            Fact::Created { id, .. } => {
                self.sent += 1;
                self.account(*id).sent += 1;
            }
            Fact::Acked(acked) => self.account(acked.id).acked(acked, seen.node, dark),
            Fact::BecameLeader { id, epoch, start } => {
                self.account(*id).led(*epoch, *start, seen.node, dark);
            }
            Fact::Appended { id, base, records } => self.account(*id).stored(*base, records),
            Fact::LeaderChosen(chosen) if chosen.unclean => {
                self.account(chosen.id).unclean = true;
            }
            Fact::IsrChanged(changed) => {
                self.account(changed.id).min_isr = Some(changed.min_isr);
            }
            Fact::ConfigChanged { topic, change: Change::MinIsr(Some(min)) } => {
                let concerned = |id: &PartitionId| topic.is_none_or(|topic| topic == id.topic);
                let accounts = self.accounts.iter_mut().filter(|(id, _)| concerned(id));
                for (_, account) in accounts {
                    Rc::make_mut(account).min_isr_changed(*min as usize);
                }
            }
            Fact::GaveUp { id, count, .. } => self.account(*id).failed += u64::from(*count),
            Fact::HighWatermark { id, to, leads: true, .. } => {
                let account = self.account(*id);
                account.committed = account.committed.max(*to);
            }
            Fact::Consumed { id, base, records } => {
                let account = self.account(*id);
                account.consumed += records.len() as u64;
                let end = base + records.len() as Offset;
                if end > account.committed {
                    self.read_uncommitted = Some((*id, end));
                }
            }
            Fact::QuorumElected { epoch, .. } => {
                let winner = *self.controllers.entry(*epoch).or_insert(seen.node);
                if winner != seen.node {
                    self.two_controllers = Some(*epoch);
                }
            }
            _ => {}
        }
    }
}
