//! A broker's life: load what the disk kept, register, heartbeat, stop in good order.
//! Source: spec B7; `BrokerLifecycleManager`, `LogManager`.

use super::replica::{Replica, Role};
use super::sequence::Sequences;
use super::{Broker, Purpose, State};
use crate::epoch::EpochCache;
use crate::fact::Fact;
use crate::id::{BrokerEpoch, ErrorCode, Offset, PartitionId};
use crate::log::Log;
use crate::message::{Heartbeat, HeartbeatAnswer, Registering, Reply, Request};
use crate::node::{DiskRecord, File, Node, Out, Timer};
use crate::rpc::reply;
use kernel::{Durable, NodeId, Span};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The machine writes dirty pages back after this long; Kafka itself does not flush on the write
/// path. (Linux `dirty_expire_centisecs` 3000.)
pub(super) const WRITE_BACK: Span = Span::secs(30);
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
        out.replace(File::CleanShutdown, Vec::new());
        let marks: BTreeMap<PartitionId, Offset> = durable
            .read(File::HighWatermarks)
            .filter_map(|record| match record {
                DiskRecord::HighWatermark(id, offset) => Some((*id, *offset)),
                _ => None,
            })
            .collect();
        for file in durable.files() {
            if let File::Log(id) = file {
                let log = load_log(durable, id, marks.get(&id).copied().unwrap_or(0));
                self.replicas.insert(id, Rc::new(fresh_replica(id, log)));
            }
        }
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
        let timeout = self.settings.broker_session_timeout;
        self.calls.send(controller, body, timeout, Purpose::Register, out);
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
        });
        let timeout = self.settings.broker_session_timeout;
        self.calls.send(controller, body, timeout, Purpose::Heartbeat, out);
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
        let next = match self.state {
            State::Starting => EAGER,
            State::PendingControlledShutdown => STOPPING,
            _ => self.settings.broker_heartbeat_interval,
        };
        out.set(Timer::Heartbeat, next);
    }

    /// The controller is not to be had: again a little later, and later still each time.
    pub(super) fn channel_failed(&mut self, out: &mut Out<'_>) {
        let wait = RESEND.0 << self.failures.min(10);
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
        self.write_back(out);
        let epoch = self.epoch.map(DiskRecord::CleanShutdown);
        out.replace(File::CleanShutdown, epoch.into_iter().collect());
        out.cancel(Timer::Heartbeat);
        out.cancel(Timer::ShutdownLimit);
        out.set(Timer::Channel, RESEND);
    }

    pub(super) fn checkpoint(&mut self, out: &mut Out<'_>) {
        let marks = self
            .replicas
            .values()
            .map(|replica| DiskRecord::HighWatermark(replica.id, replica.log.high_watermark()));
        out.replace(File::HighWatermarks, marks.collect());
        out.set(Timer::Checkpoint, self.settings.high_watermark_checkpoint_interval);
    }

    pub(super) fn write_back(&mut self, out: &mut Out<'_>) {
        for id in self.replicas.keys() {
            out.flush(File::Log(*id));
        }
        out.set(Timer::WriteBack, WRITE_BACK);
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

pub(super) fn fresh_replica(id: PartitionId, log: Log) -> Replica {
    Replica {
        id,
        leader_epoch: 0,
        partition_epoch: 0,
        role: Role::Follower(None),
        sequences: Sequences::default(),
        log,
    }
}

/// A partition's log as its disk has it.
fn load_log(durable: &Durable<'_, Node>, id: PartitionId, mark: Offset) -> Log {
    let mut epochs = EpochCache::default();
    for record in durable.read(File::Epochs(id)) {
        if let DiskRecord::Epoch(epoch, start) = record {
            epochs.assign(*epoch, *start);
        }
    }
    let records = durable.read(File::Log(id)).filter_map(|record| match record {
        DiskRecord::Log(record) => Some(*record),
        _ => None,
    });
    Log::found(records, epochs, mark)
}
