//! What a client knows of the cluster, how it learns it, and which brokers it leaves alone for a
//! while. Source: `NetworkClient`, `Metadata`; KIP-580 for the exponential backoff.

use crate::fact::Fact;
use crate::id::{LeaderEpoch, PartitionId, TopicId};
use crate::message::PartitionInfo;
use crate::node::{Out, Timer};
use kernel::{Instant, NodeId, SortedMap, Span};

/// `reconnect.backoff.ms` and its maximum.
const RECONNECT: Span = Span::millis(50);
const RECONNECT_MAX: Span = Span::millis(1_000);
/// `retry.backoff.ms` and its maximum.
pub(super) const RETRY: Span = Span::millis(100);
const RETRY_MAX: Span = Span::millis(1_000);

/// A leader as a client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Known {
    pub leader: Option<NodeId>,
    pub epoch: LeaderEpoch,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Metadata {
    brokers: Vec<NodeId>,
    pub partitions: SortedMap<PartitionId, Known>,
    /// Failed connections in a row, and the instant before which none is tried.
    avoided: SortedMap<NodeId, (u32, Instant)>,
    /// When it was last asked for, and whether it is wanted again.
    asked: Instant,
    wanted: bool,
    /// Refreshes in a row that brought nothing new.
    pub attempts: u32,
}

/// Doubles with each attempt up to a maximum, give or take a fifth.
pub(super) fn backoff(base: Span, max: Span, attempt: u32, out: &mut Out<'_>) -> Span {
    let full = (base.0 << attempt.min(16)).min(max.0);
    Span(full * 4 / 5 + out.draw("backoff", full * 2 / 5 + 1))
}

pub(super) fn retry_backoff(attempt: u32, out: &mut Out<'_>) -> Span {
    backoff(RETRY, RETRY_MAX, attempt, out)
}

/// Sets a timer to the next attempt.
pub(super) fn retry_later(timer: Timer, attempt: u32, out: &mut Out<'_>) {
    let wait = retry_backoff(attempt, out);
    out.set(timer, wait);
}

impl Metadata {
    #[must_use]
    pub fn new(brokers: Vec<NodeId>) -> Metadata {
        Metadata {
            brokers,
            partitions: SortedMap::new(),
            avoided: SortedMap::new(),
            asked: Instant::ZERO,
            wanted: false,
            attempts: 0,
        }
    }

    /// Takes in what a broker said about some topics. An older leader epoch is not believed.
    pub fn learn(
        &mut self,
        is_wanted: impl Fn(TopicId) -> bool,
        partitions: &[PartitionInfo],
        out: &mut Out<'_>,
    ) {
        self.wanted = false;
        let mut news = false;
        for info in partitions.iter().filter(|info| is_wanted(info.id.topic)) {
            let known = self.partitions.get(&info.id).copied();
            let fresh = Known { leader: info.leader, epoch: info.leader_epoch };
            if known == Some(fresh) || known.is_some_and(|known| known.epoch > fresh.epoch) {
                continue;
            }
            news = true;
            self.partitions.insert(info.id, fresh);
            let (id, leader, epoch) = (info.id, fresh.leader, fresh.epoch);
            out.note(Fact::MetadataLearned { id, leader, epoch });
        }
        self.attempts = if news { 0 } else { self.attempts + 1 };
    }

    /// What is known is old: it is asked for again as soon as the backoff since the last question
    /// allows. Wanting it twice does not put it off. Source: `Metadata.timeToNextUpdate`.
    pub(crate) fn want(&mut self, out: &mut Out<'_>) {
        if self.wanted {
            return;
        }
        self.wanted = true;
        let due = self.asked + retry_backoff(self.attempts, out);
        out.set(Timer::MetadataRefresh, due.since(out.now()).max(Span(1)));
    }

    /// The question is put now.
    pub(crate) fn ask(&mut self, now: Instant) {
        self.asked = now;
        self.wanted = false;
    }

    /// The question is under way already: whoever wants it again may say so again.
    pub(crate) fn is_under_way(&mut self) {
        self.wanted = false;
    }

    /// How long until it is asked for again by itself: soon while a leader is missing.
    pub(crate) fn next_refresh(&self, max_age: Span, out: &mut Out<'_>) -> Span {
        let leaderless = self.partitions.values().any(|known| known.leader.is_none());
        let missing = self.partitions.is_empty() || leaderless;
        if missing { retry_backoff(self.attempts, out) } else { max_age }
    }

    /// A broker to ask: one that is not avoided, by chance; none while all are.
    pub fn any_broker(&self, out: &mut Out<'_>) -> Option<NodeId> {
        let free: Vec<NodeId> =
            self.brokers.iter().copied().filter(|node| self.may_use(*node, out.now())).collect();
        let pick = out.draw("least-loaded", free.len() as u64) as usize;
        free.get(pick).copied()
    }

    #[must_use]
    pub fn may_use(&self, broker: NodeId, now: Instant) -> bool {
        self.avoided.get(&broker).is_none_or(|(_, until)| *until <= now)
    }

    pub fn disconnected(&mut self, broker: NodeId, out: &mut Out<'_>) {
        let fails = self.avoided.get(&broker).map_or(0, |(fails, _)| *fails);
        let until = out.now() + backoff(RECONNECT, RECONNECT_MAX, fails, out);
        self.avoided.insert(broker, (fails + 1, until));
    }

    pub fn heard(&mut self, broker: NodeId) {
        self.avoided.remove(&broker);
    }
}
