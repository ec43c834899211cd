//! A recording beside its replay: the same records in the same order, the same states, and spans
//! within what the settings allow. It refuses to judge by names: a fact is equal or it is not.

use super::play::Played;
use super::trace::{Change, Deed, Logged, Record, State, Trace};
use scene::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Registered, unfenced, stopping, fenced: in which order.
    Broker(u16),
    /// Every change of the partition, in order: ISR, leader, ELR, recovery.
    Partition(String),
    /// The batch in which a broker was fenced: its n-th.
    FenceBatch(u16, usize),
    /// A partition at the n-th look; the last is the end.
    State(usize, String),
    /// From a disturbance of a broker to its fence.
    Detection(&'static str, u16),
    /// From a SIGTERM to the record that begins the controlled shutdown.
    Shutdown(u16),
    /// From the end of the active controller to the next one.
    Takeover,
    /// What a member of a group was told, in order.
    Callbacks(String),
    /// From what was done with a member to the last assignment that it led to.
    Rebalance(&'static str, String),
    /// Records that acks=all had acknowledged and nobody has any more.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Equal,
    /// A span: both lie, or ours lies, within what the settings allow.
    Within,
    Differs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub item: Item,
    pub recorded: String,
    pub ours: String,
    /// For a span: what the settings allow.
    pub allowed: Option<(Span, Span)>,
    pub verdict: Verdict,
}

impl Finding {
    pub(super) fn of<T: PartialEq>(
        item: Item,
        recorded: &T,
        ours: &T,
        shown: impl Fn(&T) -> String,
    ) -> Self {
        let verdict = if recorded == ours { Verdict::Equal } else { Verdict::Differs };
        Finding { item, recorded: shown(recorded), ours: shown(ours), allowed: None, verdict }
    }

    pub(super) fn span(
        item: Item,
        recorded: Option<Span>,
        ours: Option<Span>,
        low: u64,
        high: u64,
    ) -> Self {
        let (low, high) = (Span::millis(low), Span::millis(high));
        let shown = |span: Option<Span>| span.map_or("-".to_owned(), |span| span.to_string());
        let fits = ours.is_some_and(|span| (low..=high).contains(&span));
        let verdict = if fits { Verdict::Within } else { Verdict::Differs };
        let (recorded, ours) = (shown(recorded), shown(ours));
        Finding { item, recorded, ours, allowed: Some((low, high)), verdict }
    }
}

/// Milliseconds that a commit and its way to the log take at most.
const COMMIT: u64 = 500;
/// `broker.session.timeout.ms` and `broker.heartbeat.interval.ms`; no recording changes them.
const SESSION: u64 = 9_000;
const HEARTBEAT: u64 = 2_000;
/// `controller.quorum.fetch.timeout.ms`, and twice the longest election timeout.
const FETCH_TIMEOUT: u64 = 2_000;
const ELECTIONS: u64 = 4_000;

pub(super) fn compare(trace: &Trace, played: &Played) -> Vec<Finding> {
    let (recorded, ours) = (Story::of(&trace.log), Story::of(&played.log));
    let mut found = Vec::new();
    for broker in recorded.brokers.keys() {
        let (one, other) = (recorded.broker(*broker), ours.broker(*broker));
        found.push(Finding::of(Item::Broker(*broker), &one, &other, |list| list.join(", ")));
    }
    for name in recorded.partitions.keys() {
        let (one, other) = (recorded.changes(name), ours.changes(name));
        let shown =
            |list: &Vec<Change>| list.iter().map(show_change).collect::<Vec<_>>().join(" → ");
        found.push(Finding::of(Item::Partition(name.clone()), &one, &other, shown));
    }
    for ((broker, nth), batch) in &recorded.fences {
        let other = ours.fences.get(&(*broker, *nth)).cloned().unwrap_or_default();
        let shown = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
        found.push(Finding::of(Item::FenceBatch(*broker, *nth), batch, &other, shown));
    }
    found.extend(states(trace, played));
    found.extend(spans(trace, played));
    if !recorded.is_unclean() {
        let lost = |lost: &u64| lost.to_string();
        found.push(Finding::of(Item::Lost, &0, &played.lost, lost));
    }
    found
}

/// What a metadata log tells, by broker and by partition: across partitions the order within some
/// milliseconds is a race, within one it is not.
#[derive(Default)]
struct Story {
    brokers: BTreeMap<u16, Vec<String>>,
    partitions: BTreeMap<String, Vec<Change>>,
    /// Partitions that changed in the batch that fenced a broker for the n-th time.
    fences: BTreeMap<(u16, usize), BTreeSet<String>>,
}

impl Story {
    fn of(log: &[Logged]) -> Story {
        let mut story = Story::default();
        for logged in log {
            match &logged.record {
                Record::Register(broker) => story.tell(*broker, "register"),
                Record::Unfence(broker) => story.tell(*broker, "unfence"),
                Record::Stopping(broker) => story.tell(*broker, "shutdown"),
                Record::Fence(broker) => {
                    story.tell(*broker, "fence");
                    let nth = story.brokers[broker].iter().filter(|word| *word == "fence").count();
                    story.fences.insert((*broker, nth), batch_of(log, logged));
                }
                Record::Partition { name, .. } => {
                    story.partitions.entry(name.clone()).or_default();
                }
                Record::Change { name, change } => {
                    story.partitions.entry(name.clone()).or_default().push(change.clone());
                }
                Record::Setting { .. } => {}
            }
        }
        story
    }

    fn tell(&mut self, broker: u16, what: &str) {
        self.brokers.entry(broker).or_default().push(what.to_owned());
    }

    fn broker(&self, broker: u16) -> Vec<String> {
        self.brokers.get(&broker).cloned().unwrap_or_default()
    }

    fn changes(&self, name: &str) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for change in self.partitions.get(name).into_iter().flatten() {
            match changes.last_mut() {
                Some(last) if joins_after(last, change) => last.isr.clone_from(&change.isr),
                _ => changes.push(change.clone()),
            }
        }
        changes
    }

    /// Whether somebody was elected who might have missed something: then nothing is promised.
    fn is_unclean(&self) -> bool {
        self.partitions.values().flatten().any(|change| change.recovering == Some(true))
    }
}

/// Whether a change only lets one more member join, right after another joined. Which of two
/// followers comes first is a race of some milliseconds, so both count as one change.
fn joins_after(last: &Change, change: &Change) -> bool {
    let only_isr = Change { isr: change.isr.clone(), ..Change::default() } == *change;
    let grows = match (&last.isr, &change.isr) {
        (Some(before), Some(after)) => before.iter().all(|node| after.contains(node)),
        _ => false,
    };
    let joined = last.leader.is_none() && last.elr.is_none() && last.last_known.is_none();
    only_isr && grows && joined
}

fn batch_of(log: &[Logged], fence: &Logged) -> BTreeSet<String> {
    let same = log.iter().filter(|logged| logged.at == fence.at);
    same.filter_map(|logged| match &logged.record {
        Record::Change { name, .. } => Some(name.clone()),
        _ => None,
    })
    .collect()
}

fn show_change(change: &Change) -> String {
    let mut parts = Vec::new();
    if let Some(isr) = &change.isr {
        parts.push(format!("isr {isr:?}"));
    }
    if let Some(leader) = change.leader {
        parts.push(format!("leader {leader}"));
    }
    if let Some(elr) = &change.elr {
        parts.push(format!("elr {elr:?}"));
    }
    if let Some(last) = &change.last_known {
        parts.push(format!("last known {last:?}"));
    }
    if let Some(recovering) = change.recovering {
        parts.push(if recovering { "RECOVERING" } else { "RECOVERED" }.to_owned());
    }
    parts.join(", ")
}

fn states(trace: &Trace, played: &Played) -> Vec<Finding> {
    let looks = trace.acts.iter().filter_map(|act| match &act.deed {
        Deed::Look(states) => Some(states),
        _ => None,
    });
    let all = looks.chain([&trace.last]).zip(&played.looks).enumerate();
    all.flat_map(|(nth, (recorded, ours))| {
        recorded.iter().map(move |(name, state)| {
            let other = ours.get(name).cloned().unwrap_or_default();
            Finding::of(Item::State(nth + 1, name.clone()), state, &other, show_state)
        })
    })
    .collect()
}

fn show_state(state: &State) -> String {
    let State { leader, isr, elr, leader_epoch, partition_epoch } = state;
    let leader = leader.map_or("none".to_owned(), |leader| leader.to_string());
    format!(
        "leader {leader}, isr {isr:?}, elr {elr:?}, leader epoch {leader_epoch}, partition epoch \
         {partition_epoch}"
    )
}

fn spans(trace: &Trace, played: &Played) -> Vec<Finding> {
    let theirs: Vec<(Span, &Deed)> = trace.acts.iter().map(|act| (act.at, &act.deed)).collect();
    let ours: Vec<(Span, &Deed)> = played.acts.iter().map(|(at, deed)| (*at, deed)).collect();
    let mut found = Vec::new();
    for (at, deed) in &theirs {
        let Some((here, _)) = ours.iter().find(|(_, other)| other == deed) else { continue };
        let after = |log: &[Logged], from: Span, record: &Record| {
            let hit = log.iter().find(|logged| logged.at >= from && logged.record == *record);
            hit.map(|logged| Span(logged.at.0 - from.0))
        };
        let both =
            |record: &Record| (after(&trace.log, *at, record), after(&played.log, *here, record));
        match deed {
            Deed::Kill(broker) | Deed::Pause(broker) if *broker < 100 => {
                let (one, other) = both(&Record::Fence(*broker));
                let how = if matches!(deed, Deed::Kill(_)) { "kill -9" } else { "SIGSTOP" };
                let item = Item::Detection(how, *broker);
                let (low, high) = (SESSION - HEARTBEAT, SESSION + COMMIT);
                found.push(Finding::span(item, one, other, low, high));
            }
            Deed::Stop(broker) if *broker < 100 => {
                let (one, other) = both(&Record::Stopping(*broker));
                found.push(Finding::span(Item::Shutdown(*broker), one, other, 0, COMMIT));
            }
            Deed::Kill(_) => {
                let next = |elected: &[(Span, u16)], from: Span| {
                    elected.iter().find(|(at, _)| *at > from).map(|(at, _)| Span(at.0 - from.0))
                };
                let (one, other) = (next(&trace.elected, *at), next(&played.elected, *here));
                let (low, high) = (FETCH_TIMEOUT - COMMIT, FETCH_TIMEOUT + ELECTIONS);
                found.push(Finding::span(Item::Takeover, one, other, low, high));
            }
            _ => {}
        }
    }
    found
}
