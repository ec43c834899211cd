//! What the active controller hears of the brokers: sessions, and what a heartbeat leads to.
//!
//! Pure rules over instants and offsets; it refuses to know partitions and records.
//! Source: spec B7; `BrokerHeartbeatManager`, `BrokerHeartbeatTracker`.

use crate::guard::{Guard, Guards};
use crate::id::Offset;
use crate::image::Image;
use crate::message::Heartbeat;
use kernel::{Instant, NodeId, SortedMap, Span};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sessions {
    /// When each broker was last heard, in service or not.
    contacts: SortedMap<NodeId, Instant>,
    /// Metadata offset that each broker reported.
    offsets: SortedMap<NodeId, Offset>,
    /// End of the batch that began a broker's controlled shutdown.
    stopping: SortedMap<NodeId, Offset>,
}

/// What a heartbeat leads to. Source: `BrokerControlState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Fenced,
    Unfenced,
    ControlledShutdown,
    ShutdownNow,
}

/// What the next state of a broker depends on, beside its heartbeat.
pub(super) struct Known {
    pub(super) state: State,
    /// Offset of its registration.
    pub(super) registered: Offset,
    pub(super) leads: bool,
    /// Every active broker has applied the metadata in which it began to stop.
    pub(super) seen_by_all: bool,
}

impl Sessions {
    /// The sessions of all brokers in service begin afresh. Source: spec B6.1.
    pub(super) fn afresh(image: &Image, now: Instant) -> Sessions {
        let in_service = image.brokers.iter().filter(|(_, broker)| !broker.fenced);
        Sessions { contacts: in_service.map(|(id, _)| (*id, now)).collect(), ..Sessions::default() }
    }

    pub(super) fn touch(&mut self, broker: NodeId, now: Instant, metadata: Offset) {
        self.contacts.insert(broker, now);
        self.offsets.insert(broker, metadata);
    }

    /// A new process under this id: nothing was heard of it yet.
    pub(super) fn forget(&mut self, broker: NodeId) {
        self.contacts.remove(&broker);
        self.offsets.remove(&broker);
        self.stopping.remove(&broker);
    }

    /// Out of service it is no longer stopping; its session runs on.
    pub(super) fn fenced(&mut self, broker: NodeId) {
        self.stopping.remove(&broker);
    }

    /// Its session has run out.
    pub(super) fn expired(&mut self, broker: NodeId) {
        self.contacts.remove(&broker);
    }

    pub(super) fn stops_from(&mut self, broker: NodeId, offset: Offset) {
        self.stopping.entry(broker).or_insert(offset);
    }

    #[must_use]
    pub(super) fn is_valid(&self, broker: NodeId, now: Instant, timeout: Span) -> bool {
        self.contacts.get(&broker).is_some_and(|at| now.since(*at) <= timeout)
    }

    /// The broker that has been silent longest, if too long, and for how long.
    #[must_use]
    pub(super) fn stale(&self, now: Instant, timeout: Span) -> Option<(NodeId, Span)> {
        let (broker, at) = self.contacts.iter().min_by_key(|(_, at)| **at)?;
        let silent = now.since(*at);
        (silent > timeout).then_some((*broker, silent))
    }

    /// When the next session can run out.
    #[must_use]
    pub(super) fn due(&self, timeout: Span) -> Option<Instant> {
        self.contacts.values().min().map(|at| *at + timeout + Span(1))
    }

    /// Every broker that is heard, with the instant.
    pub fn contacts(&self) -> impl Iterator<Item = (NodeId, Instant)> + '_ {
        self.contacts.iter().map(|(broker, at)| (*broker, *at))
    }

    #[must_use]
    pub(super) fn state(&self, broker: NodeId, fenced: bool) -> State {
        match (self.stopping.contains_key(&broker), fenced) {
            (true, _) => State::ControlledShutdown,
            (false, true) => State::Fenced,
            (false, false) => State::Unfenced,
        }
    }

    /// Every active broker has applied the metadata in which `broker` began to stop.
    #[must_use]
    pub(super) fn seen_by_all(&self, broker: NodeId, image: &Image) -> bool {
        let Some(since) = self.stopping.get(&broker) else { return true };
        let mut others = image.brokers.keys().filter(|other| image.is_active(**other));
        others.all(|other| self.offsets.get(other).is_some_and(|offset| offset >= since))
    }
}

/// Source: spec B7.3; `BrokerHeartbeatManager.calculateNextBrokerState`.
pub(super) fn next_state(known: &Known, beat: &Heartbeat, guards: Guards) -> State {
    let caught_up = beat.metadata_offset >= known.registered;
    match known.state {
        State::Fenced if beat.want_shut_down => State::ShutdownNow,
        State::Fenced if !guards.on(Guard::UnfenceNeedsMetadata) => State::Unfenced,
        State::Fenced if !beat.want_fence && caught_up => State::Unfenced,
        State::Fenced => State::Fenced,
        State::Unfenced if beat.want_fence => State::Fenced,
        State::Unfenced if beat.want_shut_down && known.leads => State::ControlledShutdown,
        State::Unfenced if beat.want_shut_down => State::ShutdownNow,
        State::Unfenced => State::Unfenced,
        State::ControlledShutdown if known.leads || !known.seen_by_all => State::ControlledShutdown,
        State::ControlledShutdown | State::ShutdownNow => State::ShutdownNow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Registration;

    const TIMEOUT: Span = Span::millis(10);

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Span::millis(millis)
    }

    /// V53. Source: `BrokerHeartbeatManagerTest.testFindOneStaleBroker`.
    #[test]
    fn the_longest_silent_session_runs_out_first() {
        let mut sessions = Sessions::default();
        for (broker, heard) in [(0, 0), (1, 5), (2, 6)] {
            sessions.touch(NodeId(broker), at(heard), 0);
        }
        let stale =
            |sessions: &Sessions, now| sessions.stale(at(now), TIMEOUT).map(|(broker, _)| broker.0);
        assert_eq!(stale(&sessions, 10), None);
        assert_eq!(stale(&sessions, 11), Some(0));
        sessions.expired(NodeId(0));
        assert_eq!(stale(&sessions, 11), None);
        assert_eq!(stale(&sessions, 31), Some(1));
        sessions.expired(NodeId(1));
        assert_eq!(stale(&sessions, 31), Some(2));
        sessions.expired(NodeId(2));
        assert_eq!((stale(&sessions, 31), sessions.due(TIMEOUT)), (None, None));
    }

    fn known(state: State, leads: bool, seen_by_all: bool) -> Known {
        Known { state, registered: 100, leads, seen_by_all }
    }

    fn beat(metadata_offset: Offset, want_fence: bool, want_shut_down: bool) -> Heartbeat {
        let offline = Vec::new();
        Heartbeat { broker_epoch: 100, metadata_offset, want_fence, want_shut_down, offline }
    }

    /// V55. Source: `BrokerHeartbeatManagerTest.testBrokerStates`.
    #[test]
    fn a_heartbeat_moves_a_broker_through_its_states() {
        let next = |known: &Known, beat: &Heartbeat| next_state(known, beat, Guards::all_on());
        let fenced = known(State::Fenced, false, true);
        assert_eq!(next(&fenced, &beat(100, false, true)), State::ShutdownNow);
        assert_eq!(next(&fenced, &beat(100, false, false)), State::Unfenced);
        assert_eq!(next(&fenced, &beat(50, false, false)), State::Fenced);
        assert_eq!(next(&fenced, &beat(100, true, false)), State::Fenced);
        let serving = |leads| known(State::Unfenced, leads, true);
        assert_eq!(next(&serving(true), &beat(100, false, false)), State::Unfenced);
        assert_eq!(next(&serving(true), &beat(100, true, false)), State::Fenced);
        assert_eq!(next(&serving(true), &beat(100, false, true)), State::ControlledShutdown);
        assert_eq!(next(&serving(false), &beat(100, false, true)), State::ShutdownNow);
        let stopping = |leads, seen| known(State::ControlledShutdown, leads, seen);
        let last = beat(100, false, true);
        assert_eq!(next(&stopping(true, true), &last), State::ControlledShutdown);
        assert_eq!(next(&stopping(false, false), &last), State::ControlledShutdown);
        assert_eq!(next(&stopping(false, true), &last), State::ShutdownNow);
    }

    /// V55, second half. Source: `BrokerHeartbeatManagerTest.testBrokerStates`.
    #[test]
    fn who_stops_waits_for_the_active_brokers_to_hear_of_it() {
        let mut image = Image::default();
        for (broker, stopping) in [(1, false), (2, false), (3, true)] {
            let registration = Registration {
                epoch: 0,
                incarnation: 1,
                fenced: false,
                stopping,
                rack: None,
                offline: Vec::new(),
            };
            image.brokers.insert(NodeId(broker), registration);
        }
        let mut sessions = Sessions::default();
        sessions.touch(NodeId(1), at(0), 100);
        sessions.touch(NodeId(2), at(0), 98);
        sessions.touch(NodeId(3), at(0), 100);
        sessions.stops_from(NodeId(3), 99);
        assert!(!sessions.seen_by_all(NodeId(3), &image));
        image.brokers.entry(NodeId(2)).and_modify(|broker| broker.fenced = true);
        assert!(sessions.seen_by_all(NodeId(3), &image));
        assert_eq!(sessions.state(NodeId(3), false), State::ControlledShutdown);
        sessions.fenced(NodeId(3));
        assert_eq!(sessions.state(NodeId(3), true), State::Fenced);
    }
}
