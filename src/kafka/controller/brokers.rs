//! Which brokers are there: registration, heartbeats, sessions, fencing, controlled shutdown.
//! Source: spec B7; `ClusterControlManager`, `BrokerHeartbeatManager`.

use super::Controller;
use crate::fact::{Fact, Fence, Reason};
use crate::id::{BrokerEpoch, ErrorCode};
use crate::image::MetaRecord;
use crate::message::{Heartbeat, HeartbeatAnswer, Reply};
use crate::node::{Out, Timer};
use crate::rpc::reply;
use kernel::{NodeId, Span};

/// What a heartbeat leads to. Source: `BrokerHeartbeatManager.calculateNextBrokerState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Fenced,
    Unfenced,
    Stopping,
    ShutDownNow,
}

impl Controller {
    pub(super) fn register(
        &mut self,
        broker: NodeId,
        correlation: u32,
        incarnation: u64,
        previous_epoch: Option<BrokerEpoch>,
        out: &mut Out<'_>,
    ) {
        let known = self.image().brokers.get(&broker).cloned();
        if let Some(known) = &known
            && known.incarnation != incarnation
            && self.has_session(broker, out)
        {
            out.note(Fact::RegistrationRefused { broker });
            let error = ErrorCode::DuplicateBrokerRegistration;
            reply(broker, correlation, Reply::BrokerRegistration(Err(error)), out);
            return;
        }
        let clean = known.as_ref().is_none_or(|known| previous_epoch == Some(known.epoch));
        // A new process leaves every ISR; after an unclean death it is no longer eligible either.
        let mut records = self.handle_restart(broker, clean, out);
        let epoch = self.quorum.next_offset() + records.len() as BrokerEpoch;
        records.push(MetaRecord::RegisterBroker { broker, incarnation, epoch });
        self.write(records, out);
        if let Some(active) = &mut self.active {
            active.contacts.remove(&broker);
            active.stopping.remove(&broker);
        }
        out.note(Fact::BrokerRegistered { broker, epoch, clean });
        self.answer_when_committed(broker, correlation, Reply::BrokerRegistration(Ok(epoch)), out);
    }

    /// Whether the broker's session is still valid.
    fn has_session(&self, broker: NodeId, out: &Out<'_>) -> bool {
        let contact = self.active.as_ref().and_then(|active| active.contacts.get(&broker));
        contact.is_some_and(|at| out.now().since(*at) <= self.session_timeout())
    }

    pub(super) fn heartbeat(
        &mut self,
        broker: NodeId,
        correlation: u32,
        beat: &Heartbeat,
        out: &mut Out<'_>,
    ) {
        let known = self.image().brokers.get(&broker).cloned();
        let Some(known) = known.filter(|known| known.epoch == beat.broker_epoch) else {
            let error = Reply::BrokerHeartbeat(Err(ErrorCode::StaleBrokerEpoch));
            reply(broker, correlation, error, out);
            return;
        };
        let next = self.next_state(broker, &known, beat);
        let now = out.now();
        if let Some(active) = &mut self.active {
            active.offsets.insert(broker, beat.metadata_offset);
            if next != Next::Fenced {
                active.contacts.insert(broker, now);
            }
        }
        match next {
            Next::Unfenced if known.fenced => self.unfence(broker, out),
            Next::Fenced if !known.fenced => self.fence(broker, Fence::Asked, out),
            Next::Stopping if !known.stopping => self.begin_shutdown(broker, out),
            Next::ShutDownNow if !known.fenced => self.fence(broker, Fence::Shutdown, out),
            _ => {}
        }
        let answer = HeartbeatAnswer {
            is_fenced: matches!(next, Next::Fenced | Next::ShutDownNow),
            should_shut_down: next == Next::ShutDownNow,
        };
        self.schedule_sessions(out);
        self.answer_when_committed(broker, correlation, Reply::BrokerHeartbeat(Ok(answer)), out);
    }

    fn next_state(
        &self,
        broker: NodeId,
        known: &crate::image::Registration,
        beat: &Heartbeat,
    ) -> Next {
        let leads = || self.image().partitions.values().any(|p| p.leader == Some(broker));
        if known.fenced {
            return if beat.want_shut_down {
                Next::ShutDownNow
            } else if !beat.want_fence && beat.metadata_offset >= known.epoch {
                Next::Unfenced
            } else {
                Next::Fenced
            };
        }
        if known.stopping {
            return if !leads() && self.all_have_seen_shutdown(broker) {
                Next::ShutDownNow
            } else {
                Next::Stopping
            };
        }
        match (beat.want_fence, beat.want_shut_down) {
            (true, _) => Next::Fenced,
            (_, true) => Next::Stopping,
            _ => Next::Unfenced,
        }
    }

    /// Every broker in service has applied the metadata in which `broker` began to stop.
    fn all_have_seen_shutdown(&self, broker: NodeId) -> bool {
        let Some(active) = &self.active else { return false };
        let Some(since) = active.stopping.get(&broker) else { return true };
        active
            .contacts
            .keys()
            .filter(|other| **other != broker)
            .all(|other| active.offsets.get(other).is_some_and(|offset| offset >= since))
    }

    fn unfence(&mut self, broker: NodeId, out: &mut Out<'_>) {
        let epoch = self.image().brokers[&broker].epoch;
        let fenced = Some(false);
        let record = MetaRecord::BrokerChange { broker, epoch, fenced, stopping: false };
        out.note(Fact::BrokerUnfenced { broker });
        let mut records = self.elect_after_unfence(broker, out);
        records.insert(0, record);
        self.write(records, out);
    }

    fn begin_shutdown(&mut self, broker: NodeId, out: &mut Out<'_>) {
        let epoch = self.image().brokers[&broker].epoch;
        let record = MetaRecord::BrokerChange { broker, epoch, fenced: None, stopping: true };
        out.note(Fact::BrokerStopping { broker });
        self.write(vec![record], out);
        let records = self.remove_from_isrs(broker, Reason::Stopping(broker), &[], out);
        self.write(records, out);
        let seen = self.quorum.next_offset() - 1;
        if let Some(active) = &mut self.active {
            active.stopping.insert(broker, seen);
        }
    }

    /// Takes a broker out of service, and out of every ISR, in one batch. The partitions come
    /// first, then the broker's own record.
    fn fence(&mut self, broker: NodeId, why: Fence, out: &mut Out<'_>) {
        out.note(Fact::BrokerFenced { broker, why });
        let epoch = self.image().brokers[&broker].epoch;
        let mut records = self.remove_from_isrs(broker, Reason::Fenced(broker), &[], out);
        let fenced = Some(true);
        records.push(MetaRecord::BrokerChange { broker, epoch, fenced, stopping: false });
        self.write(records, out);
        if let Some(active) = &mut self.active {
            active.contacts.remove(&broker);
        }
    }

    /// Fences the broker that has been silent longest, if too long; the next one right after.
    /// Source: `QuorumController.maybeFenceStaleBroker`.
    pub(super) fn check_sessions(&mut self, out: &mut Out<'_>) {
        let timeout = self.session_timeout();
        let oldest = self
            .active
            .as_ref()
            .and_then(|active| active.contacts.iter().min_by_key(|(_, at)| **at))
            .map(|(broker, at)| (*broker, *at));
        if let Some((broker, at)) = oldest {
            let silent = out.now().since(at);
            if silent > timeout {
                self.fence(broker, Fence::Session(silent), out);
            }
        }
        self.schedule_sessions(out);
    }

    pub(super) fn schedule_sessions(&self, out: &mut Out<'_>) {
        let oldest = self.active.as_ref().and_then(|active| active.contacts.values().min());
        match oldest {
            Some(at) => {
                let due = *at + self.session_timeout() + Span(1);
                out.set(Timer::Session, due.since(out.now()));
            }
            None => out.cancel(Timer::Session),
        }
    }
}
