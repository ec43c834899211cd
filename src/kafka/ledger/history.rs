//! What clients saw, in the words of Jepsen's Kafka workload: what each producer was told and
//! what consumers polled, and which anomalies that shows.
//! Source: jepsen-io/jepsen, `jepsen.tests.kafka`.
//!
//! Refuses to look into a broker; only who answers for an anomaly is asked of the account.

use super::account::Account;
use crate::id::Offset;
use crate::node::Node;
use crate::record::Record;
use crate::system::Kafka;
use kernel::{Chunked, NodeId, World};
use std::collections::{BTreeMap, BTreeSet};

/// A value: who made it, and its running number.
type Value = (NodeId, u32);

/// One partition, seen from its clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct History {
    acks: Chunked<(Offset, Value)>,
    /// What was polled first at each offset.
    polls: Chunked<Option<Value>>,
    /// Offsets at which something else was polled later.
    changed: BTreeSet<Offset>,
    /// Where each consumer's next poll should begin, since its process began.
    positions: BTreeMap<NodeId, Offset>,
    skips: u64,
    returns: u64,
}

/// Something that a client may complain of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anomaly {
    /// Jepsen's name for it.
    pub name: &'static str,
    pub count: u64,
    /// Kafka promises nothing better under these settings.
    pub allowed: bool,
}

impl History {
    pub(super) fn acked(&mut self, offset: Offset, client: NodeId, value: u32) {
        self.acks.push((offset, (client, value)));
    }

    pub(super) fn polled(&mut self, consumer: NodeId, base: Offset, records: &[Record]) {
        let expected = self.positions.insert(consumer, base + records.len() as Offset);
        self.skips += u64::from(expected.is_some_and(|expected| base > expected));
        self.returns += u64::from(expected.is_some_and(|expected| base < expected));
        for (offset, record) in (base..).zip(records) {
            while self.polls.len() <= offset as usize {
                self.polls.push(None);
            }
            let value = (record.client, record.value);
            match self.polls.get_mut(offset as usize) {
                Some(Some(known)) if *known != value => drop(self.changed.insert(offset)),
                Some(known) => *known = Some(value),
                None => {}
            }
        }
    }

    /// A process of a consumer keeps its positions to itself: the next one begins anew.
    pub(super) fn forget(&mut self, consumer: NodeId) {
        self.positions.remove(&consumer);
    }

    pub(super) fn reads(&self, consumer: NodeId) -> bool {
        self.positions.contains_key(&consumer)
    }
}

/// Counts of one kind of anomaly, allowed and not.
#[derive(Default)]
struct Count {
    allowed: u64,
    bad: u64,
}

impl Count {
    fn add(&mut self, allowed: bool) {
        *if allowed { &mut self.allowed } else { &mut self.bad } += 1;
    }
}

const NAMES: [&str; 7] = [
    "lost-write",
    "unseen",
    "duplicate",
    "inconsistent-offsets",
    "nonmonotonic-send",
    "poll-skip",
    "nonmonotonic-poll",
];

/// Every anomaly so far, over all partitions.
pub(crate) fn anomalies(world: &World<Kafka>) -> Vec<Anomaly> {
    let mut counts: [Count; NAMES.len()] = Default::default();
    for account in world.ledger().accounts.values() {
        of_partition(world, account, &mut counts);
    }
    let named = NAMES.into_iter().zip(&counts);
    named
        .flat_map(|(name, Count { allowed, bad })| {
            let bad = Anomaly { name, count: *bad, allowed: false };
            [bad, Anomaly { name, count: *allowed, allowed: true }]
        })
        .filter(|anomaly| anomaly.count > 0)
        .collect()
}

fn of_partition(world: &World<Kafka>, account: &Account, counts: &mut [Count; NAMES.len()]) {
    let [lost, unseen, duplicate, inconsistent, order, skip, back] = counts;
    let history = &account.history;
    writes(account, lost, unseen);
    let idempotent = |client: NodeId| match world.node(client).map(|slot| &slot.process) {
        Some(Node::Producer(producer)) => producer.config.idempotence,
        _ => true,
    };
    let mut seen = BTreeSet::new();
    for value in history.polls.iter().flatten() {
        if !seen.insert(*value) {
            duplicate.add(!idempotent(value.0));
        }
    }
    let mut acked: BTreeMap<Offset, Value> = BTreeMap::new();
    for (offset, value) in history.acks.iter() {
        if acked.insert(*offset, *value).is_some_and(|before| before != *value) {
            inconsistent.add(is_loss_excused(account, *offset));
        }
    }
    for offset in &history.changed {
        inconsistent.add(account.is_forgiven(*offset, 0));
    }
    sends(account, order, &idempotent);
    for _ in 0..history.skips {
        skip.add(false);
    }
    for _ in 0..history.returns {
        back.add(account.is_forgiven(Offset::MAX, 0));
    }
}

/// Acknowledged values that nobody polled, although somebody polled beyond them; and those that
/// nobody has got to yet.
fn writes(account: &Account, lost: &mut Count, unseen: &mut Count) {
    let history = &account.history;
    let polled: BTreeSet<Value> = history.polls.iter().flatten().copied().collect();
    for (offset, _) in history.acks.iter().filter(|(_, value)| !polled.contains(value)) {
        let excused = is_loss_excused(account, *offset);
        if (*offset as usize) < history.polls.len() {
            lost.add(excused);
        } else {
            unseen.add(true);
        }
    }
}

fn is_loss_excused(account: &Account, offset: Offset) -> bool {
    account.losses.iter().any(|loss| loss.offset == offset && loss.excused)
}

/// A producer's later send that got a lower offset; sends that were lost are told of as losses.
fn sends(account: &Account, order: &mut Count, idempotent: &dyn Fn(NodeId) -> bool) {
    let mut by_client: BTreeMap<NodeId, BTreeMap<u32, Offset>> = BTreeMap::new();
    let lost: BTreeSet<(Offset, u32)> =
        account.losses.iter().map(|loss| (loss.offset, loss.value)).collect();
    for (offset, (client, value)) in account.history.acks.iter() {
        if !lost.contains(&(*offset, *value)) {
            by_client.entry(*client).or_default().insert(*value, *offset);
        }
    }
    for (client, sends) in by_client {
        let mut last = 0;
        for offset in sends.into_values() {
            if offset < last {
                order.add(!idempotent(client));
            }
            last = last.max(offset);
        }
    }
}
