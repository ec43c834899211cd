//! Which brokers are there: registration, heartbeats, sessions, fencing, controlled shutdown.
//! What becomes of their partitions is [`super::partitions`]'.
//! Source: spec B7; `ClusterControlManager`.

use super::Controller;
use super::sessions::{Known, Sessions, State, next_state};
use crate::fact::{Fact, Fence};
use crate::guard::Guard;
use crate::id::{BrokerEpoch, ErrorCode};
use crate::image::{MetaRecord, Registration};
use crate::message::{Heartbeat, HeartbeatAnswer, Registering, Reply};
use crate::node::{Out, Timer};
use crate::rpc::reply;
use kernel::NodeId;

impl Controller {
    /// Source: spec B7.1, A13.5; `ClusterControlManager.registerBroker`.
    pub(super) fn register(
        &mut self,
        broker: NodeId,
        correlation: u32,
        registering: &Registering,
        out: &mut Out<'_>,
    ) {
        let known = self.image().brokers.get(&broker).cloned();
        let same = known.as_ref().filter(|known| known.incarnation == registering.incarnation);
        let has_session = self.sessions().is_some_and(|sessions| {
            sessions.is_valid(broker, out.now(), self.settings.broker_session_timeout)
        });
        if known.is_some()
            && same.is_none()
            && has_session
            && self.profile.on(Guard::SessionRefusesTwin)
        {
            out.note(Fact::RegistrationRefused { broker });
            let error = ErrorCode::DuplicateBrokerRegistration;
            reply(broker, correlation, Reply::BrokerRegistration(Err(error)), out);
            return;
        }
        let (epoch, fenced, stopping) = match same {
            // Its answer was lost: it keeps what it has.
            Some(same) => (same.epoch, same.fenced, same.stopping),
            None => {
                let fenced = self.profile.on(Guard::RegistrationStartsFenced);
                (self.quorum.next_offset(), fenced, false)
            }
        };
        if same.is_none() {
            let clean = known.as_ref().is_some_and(|last| self.is_clean(last, registering));
            let decision = self.replication().broker_restarted(broker, clean);
            self.carry_out(decision, out);
            self.with_sessions(|sessions| sessions.forget(broker));
            out.note(Fact::BrokerRegistered { broker, epoch, clean: clean || known.is_none() });
        }
        let (incarnation, rack) = (registering.incarnation, registering.rack.clone());
        let record =
            MetaRecord::RegisterBroker { broker, incarnation, epoch, rack, fenced, stopping };
        self.write(vec![record], out);
        if same.is_none() && !fenced {
            self.unfence(broker, out);
        }
        self.answer_when_committed(broker, correlation, Reply::BrokerRegistration(Ok(epoch)), out);
    }

    /// Whether a new process found the mark of a clean stop of the life that was registered last.
    fn is_clean(&self, last: &Registration, registering: &Registering) -> bool {
        match registering.previous_epoch {
            Some(epoch) => epoch == last.epoch || !self.profile.on(Guard::CleanMarkOfLastLife),
            None => false,
        }
    }

    /// Source: spec B7.2; `ReplicationControlManager.processBrokerHeartbeat`.
    pub(super) fn heartbeat(
        &mut self,
        broker: NodeId,
        correlation: u32,
        beat: &Heartbeat,
        out: &mut Out<'_>,
    ) {
        let current = self.is_this_life(broker, beat.broker_epoch)
            || !self.profile.on(Guard::HeartbeatBrokerEpoch);
        let known = self.image().brokers.get(&broker).filter(|_| current);
        let Some(known) = known.cloned() else {
            let error = Reply::BrokerHeartbeat(Err(ErrorCode::StaleBrokerEpoch));
            reply(broker, correlation, error, out);
            return;
        };
        let now = out.now();
        self.with_sessions(|sessions| sessions.touch(broker, now, beat.metadata_offset));
        if beat.offline != known.offline {
            let decision = self.replication().replicas_offline(broker, &beat.offline);
            self.carry_out(decision, out);
        }
        let (state, next) = self.states(broker, &known, beat);
        if next == State::Fenced {
            self.end_session_of_fenced(broker);
        }
        if next != state {
            match next {
                State::Unfenced => self.unfence(broker, out),
                State::Fenced => self.fence(broker, Fence::Asked, out),
                State::ControlledShutdown => self.begin_shutdown(broker, out),
                State::ShutdownNow => self.fence(broker, Fence::Shutdown, out),
            }
        }
        let answer = HeartbeatAnswer {
            is_fenced: matches!(next, State::Fenced | State::ShutdownNow),
            should_shut_down: next == State::ShutdownNow,
        };
        self.schedule_sessions(out);
        self.answer_when_committed(broker, correlation, Reply::BrokerHeartbeat(Ok(answer)), out);
    }

    /// Whether a request comes from the process of the broker that is registered.
    /// Source: `ClusterControlManager.checkBrokerEpoch`.
    pub(super) fn is_this_life(&self, broker: NodeId, epoch: BrokerEpoch) -> bool {
        self.image().brokers.get(&broker).is_some_and(|known| known.epoch == epoch)
    }

    /// The state that a broker is in, and the one that its heartbeat leads to.
    fn states(&self, broker: NodeId, known: &Registration, beat: &Heartbeat) -> (State, State) {
        let image = self.image();
        let none = Sessions::default();
        let sessions = self.sessions().unwrap_or(&none);
        let state = sessions.state(broker, known.fenced);
        let known = Known {
            state,
            registered: known.epoch,
            leads: image.partitions.values().any(|partition| partition.leader == Some(broker)),
            seen_by_all: sessions.seen_by_all(broker, image),
        };
        (state, next_state(&known, beat, self.profile.guards))
    }

    fn unfence(&mut self, broker: NodeId, out: &mut Out<'_>) {
        out.note(Fact::BrokerUnfenced { broker });
        let decision = self.replication().broker_unfenced(broker);
        self.carry_out(decision, out);
    }

    fn begin_shutdown(&mut self, broker: NodeId, out: &mut Out<'_>) {
        out.note(Fact::BrokerStopping { broker });
        let decision = self.replication().broker_stopping(broker);
        self.carry_out(decision, out);
        let seen = self.quorum.next_offset().saturating_sub(1);
        self.with_sessions(|sessions| sessions.stops_from(broker, seen));
    }

    /// Takes a broker out of service, and out of every ISR, in one batch. A session that runs out
    /// after a good stop is written down once more, as Kafka does.
    fn fence(&mut self, broker: NodeId, why: Fence, out: &mut Out<'_>) {
        if self.image().brokers.get(&broker).is_some_and(|known| !known.fenced) {
            out.note(Fact::BrokerFenced { broker, why });
        }
        let decision = self.replication().broker_fenced(broker);
        self.carry_out(decision, out);
        self.with_sessions(|sessions| sessions.fenced(broker));
        self.end_session_of_fenced(broker);
    }

    /// Before 4.0 a broker out of service has no session that could run out.
    fn end_session_of_fenced(&mut self, broker: NodeId) {
        if !self.profile.sessions_outlive_fencing {
            self.with_sessions(|sessions| sessions.expired(broker));
        }
    }

    /// Fences the broker that has been silent longest, if too long; the next one right after.
    /// Source: spec B7.4; `QuorumController.maybeFenceStaleBroker`.
    pub(super) fn check_sessions(&mut self, out: &mut Out<'_>) {
        let timeout = self.settings.broker_session_timeout;
        let stale = self.sessions().and_then(|sessions| sessions.stale(out.now(), timeout));
        if let Some((broker, silent)) = stale {
            self.with_sessions(|sessions| sessions.expired(broker));
            if self.image().brokers.contains_key(&broker) {
                self.fence(broker, Fence::Session(silent), out);
            }
        }
        self.schedule_sessions(out);
    }

    pub(super) fn schedule_sessions(&self, out: &mut Out<'_>) {
        let due = self.sessions().and_then(|s| s.due(self.settings.broker_session_timeout));
        match due {
            Some(due) => out.set(Timer::Session, due.since(out.now())),
            None => out.cancel(Timer::Session),
        }
    }
}
