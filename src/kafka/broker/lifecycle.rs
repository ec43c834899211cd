//! A broker's life: load what the disk kept, register, heartbeat, stop in good order.
//! Source: spec B7; `BrokerLifecycleManager`, `LogManager`.

use super::{Broker, Purpose, State};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::{BrokerEpoch, ErrorCode};
use crate::message::{Heartbeat, HeartbeatAnswer, NewTopic, Registering, Reply, Request};
use crate::node::{DiskRecord, File, Node, Out, Timer};
use crate::rpc::reply;
use kernel::{Durable, NodeId, Span};

/// First wait before a registration or heartbeat is sent again; doubles up to the session timeout.
pub(super) const RESEND: Span = Span::millis(100);
/// Between heartbeats until the broker is in service. Source: `BrokerLifecycleManager`.
const EAGER: Span = Span::millis(10);
/// How long a broker that is asked to stop waits for the controllers to let it go; then it stops
/// all the same, and its own logs are in good order. Source: `BrokerServer.shutdown`.
const SHUTDOWN_LIMIT: Span = Span::secs(300);
/// Between heartbeats of a broker that stops, at first.
const STOPPING: Span = Span::millis(50);

impl Broker {
    pub(super) fn load(&mut self, durable: &Durable<'_, Node>, out: &mut Out<'_>) {
        self.previous_epoch = durable.read(File::CleanShutdown).find_map(|record| match record {
            DiskRecord::CleanShutdown(epoch) => Some(*epoch),
            _ => None,
        });
        // Found once: the next start without a clean stop in between must not find it.
        if self.profile.on(Guard::CleanMarkOnce) {
            out.replace(File::CleanShutdown, Vec::new());
        }
        self.load_logs(durable);
        out.note(Fact::BrokerState { state: State::Starting.name() });
    }

    fn controller(&self) -> Option<NodeId> {
        self.quorum.leader()
    }

    fn is_busy(&self, what: &Purpose) -> bool {
        self.calls.iter().any(|call| call.what == *what)
    }

    /// Does what the state of life asks for next.
    pub(super) fn use_channel(&mut self, out: &mut Out<'_>) {
        match (self.state, self.epoch) {
            (State::ShuttingDown, _) => out.exit(),
            (_, None) => self.send_registration(out),
            (_, Some(_)) => self.send_heartbeat(out),
        }
    }

    fn send_registration(&mut self, out: &mut Out<'_>) {
        if self.is_busy(&Purpose::Register) {
            return;
        }
        let Some(controller) = self.controller() else { return self.channel_failed(out) };
        let body = Request::BrokerRegistration(Registering {
            incarnation: self.incarnation,
            previous_epoch: self.previous_epoch,
            rack: self.rack.clone(),
        });
        self.calls.send(controller, body, self.patience(), Purpose::Register, out);
    }

    /// How long the controller is waited for, so that another can be asked within the session.
    /// Source: KAFKA-14392, KAFKA-19294.
    fn patience(&self) -> Span {
        if self.profile.brief_heartbeats {
            self.settings.broker_heartbeat_interval
        } else {
            Span(self.settings.broker_session_timeout.0 / 2)
        }
    }

    pub(super) fn registered(&mut self, result: Result<BrokerEpoch, ErrorCode>, out: &mut Out<'_>) {
        match result {
            Ok(epoch) => {
                self.epoch = Some(epoch);
                self.failures = 0;
                out.set(Timer::Heartbeat, Span::ZERO);
            }
            Err(_) => self.channel_failed(out),
        }
    }

    pub(super) fn send_heartbeat(&mut self, out: &mut Out<'_>) {
        let Some(broker_epoch) = self.epoch.filter(|_| !self.is_busy(&Purpose::Heartbeat)) else {
            return;
        };
        let Some(controller) = self.controller() else { return self.channel_failed(out) };
        let body = Request::BrokerHeartbeat(Heartbeat {
            broker_epoch,
            metadata_offset: self.applied.saturating_sub(1),
            want_fence: self.applied <= broker_epoch,
            want_shut_down: self.state == State::PendingControlledShutdown,
            offline: self.offline.iter().copied().collect(),
        });
        self.reported = self.offline.len();
        self.calls.send(controller, body, self.patience(), Purpose::Heartbeat, out);
    }

    pub(super) fn heartbeat_answered(
        &mut self,
        result: Result<HeartbeatAnswer, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let Ok(answer) = result else { return self.channel_failed(out) };
        self.failures = 0;
        self.fenced = answer.is_fenced;
        match self.state {
            State::Starting if !answer.is_fenced => {
                self.state = State::Running;
                out.note(Fact::BrokerState { state: self.state.name() });
            }
            State::PendingControlledShutdown if answer.should_shut_down => {
                self.shut_down(out);
                return;
            }
            _ => {}
        }
        let told_all = self.reported == self.offline.len();
        if told_all {
            out.cancel(Timer::DirFailure);
        }
        let next = match self.state {
            _ if !told_all => Span::ZERO,
            State::Starting => EAGER,
            State::PendingControlledShutdown => STOPPING,
            _ => self.settings.broker_heartbeat_interval,
        };
        out.set(Timer::Heartbeat, next);
    }

    /// The controller is not to be had: again a little later.
    pub(super) fn channel_failed(&mut self, out: &mut Out<'_>) {
        // Heartbeats of today are not put off further each time. Source: KAFKA-19294.
        let steady = self.profile.brief_heartbeats && self.epoch.is_some();
        let wait = if steady { RESEND.0 } else { RESEND.0 << self.failures.min(10) };
        self.failures += 1;
        let wait = Span(wait.min(self.settings.broker_session_timeout.0));
        out.set(Timer::Channel, wait);
    }

    /// Asked to stop in good order: first hand over what it leads.
    pub fn stop(&mut self, out: &mut Out<'_>) {
        if self.epoch.is_none() {
            out.exit();
            return;
        }
        self.state = State::PendingControlledShutdown;
        out.note(Fact::BrokerState { state: self.state.name() });
        out.cancel(Timer::Channel);
        out.set(Timer::Heartbeat, Span::ZERO);
        out.set(Timer::ShutdownLimit, SHUTDOWN_LIMIT);
    }

    /// Nothing depends on it any more, or it has waited long enough: flush, leave the mark of a
    /// clean stop, end.
    pub(super) fn shut_down(&mut self, out: &mut Out<'_>) {
        self.state = State::ShuttingDown;
        out.note(Fact::BrokerState { state: self.state.name() });
        self.checkpoint(out);
        self.checkpoint_starts(out);
        self.write_back(out);
        let epoch = self.epoch.map(DiskRecord::CleanShutdown);
        out.replace(File::CleanShutdown, epoch.into_iter().collect());
        out.cancel(Timer::Heartbeat);
        out.cancel(Timer::ShutdownLimit);
        out.set(Timer::Channel, RESEND);
    }

    // ---- topics ----

    /// Asks the controller for a topic, unless it has been asked already.
    /// Source: `DefaultAutoTopicCreationManager`.
    pub(super) fn ask_for_topic(&mut self, topic: NewTopic, out: &mut Out<'_>) {
        if self.is_busy(&Purpose::Topic) {
            return;
        }
        if let Some(controller) = self.controller() {
            let body = Request::CreateTopic(Box::new(topic));
            self.calls.send(controller, body, Span::secs(30), Purpose::Topic, out);
        }
    }

    // ---- producer ids ----

    pub(super) fn serve_producer_id(&mut self, from: NodeId, correlation: u32, out: &mut Out<'_>) {
        self.waiting_for_ids.push((from, correlation));
        self.deal_ids(out);
    }

    fn deal_ids(&mut self, out: &mut Out<'_>) {
        while self.producer_ids.0 < self.producer_ids.1 && !self.waiting_for_ids.is_empty() {
            let (to, correlation) = self.waiting_for_ids.remove(0);
            let id = self.producer_ids.0;
            self.producer_ids.0 += 1;
            reply(to, correlation, Reply::InitProducerId(Ok((id, 0))), out);
        }
        if self.waiting_for_ids.is_empty() || self.is_busy(&Purpose::ProducerIds) {
            return;
        }
        match (self.controller(), self.epoch) {
            (Some(controller), Some(broker_epoch)) => {
                let body = Request::AllocateProducerIds { broker_epoch };
                self.calls.send(controller, body, Span::secs(30), Purpose::ProducerIds, out);
            }
            _ => self.ids_failed(out),
        }
    }

    pub(super) fn ids_allocated(
        &mut self,
        result: Result<(u32, u32), ErrorCode>,
        out: &mut Out<'_>,
    ) {
        match result {
            Ok((first, count)) => {
                self.producer_ids = (first, first + count);
                self.deal_ids(out);
            }
            Err(_) => self.ids_failed(out),
        }
    }

    /// Who waits asks again: the client's own retry goes to any broker.
    pub(super) fn ids_failed(&mut self, out: &mut Out<'_>) {
        for (to, correlation) in std::mem::take(&mut self.waiting_for_ids) {
            let error = Reply::InitProducerId(Err(ErrorCode::NotController));
            reply(to, correlation, error, out);
        }
    }
}
