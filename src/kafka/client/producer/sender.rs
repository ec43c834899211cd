//! Batches on their way to brokers: which go now, and to whom. Source: spec D2.4, D3.6; `Sender`.

use super::{Batch, Latency, Producer, Purpose};
use crate::client::metadata::{RETRY, retry_later};
use crate::id::PartitionId;
use crate::message::{Acks, Msg, Produce, Request};
use crate::node::{Out, Timer};
use crate::rpc::Call;
use kernel::{Arrange, Instant, NodeId};
use std::collections::VecDeque;

impl Producer {
    pub(super) fn send(&mut self, out: &mut Out<'_>) {
        if self.config.idempotence && self.producer_id.is_none() {
            self.ask_for_id(out);
            return;
        }
        let now = out.now();
        self.line_up(now);
        if self.ready.values().all(VecDeque::is_empty) {
            return;
        }
        for leader in self.leaders() {
            let connected = self.is_connected(leader, out);
            self.note_latency(leader, connected && self.may_send_to(leader, now), now);
            if !connected {
                continue;
            }
            while self.may_send_to(leader, now) {
                let batches = self.take_for(leader, now);
                if batches.is_empty() {
                    break;
                }
                self.send_batches(leader, batches, out);
            }
        }
        self.set_wake_up(out);
    }

    pub(super) fn ask_for_id(&mut self, out: &mut Out<'_>) {
        let asking = self.calls.iter().any(|call| call.what == Purpose::InitProducerId);
        if asking {
            return;
        }
        if let Some(broker) = self.metadata.any_broker(out) {
            let timeout = self.config.request_timeout;
            self.calls.send(broker, Request::InitProducerId, timeout, Purpose::InitProducerId, out);
        } else {
            retry_later(Timer::Retry, 0, out);
        }
    }

    /// Those for whom a batch is ready.
    pub(super) fn leaders(&self) -> Vec<NodeId> {
        let ready = self.ready.iter().filter(|(_, queue)| !queue.is_empty());
        let leader = |(id, _)| self.metadata.partitions.get(id)?.leader;
        let mut leaders: Vec<NodeId> = ready.filter_map(leader).collect();
        leaders.arrange();
        leaders.dedup();
        leaders
    }

    /// A client sends nothing over a connection on which the other side has not answered yet. That
    /// matters to acks=0, which would never hear that nobody was there: it asks first. The others
    /// learn it by the failure of what they send.
    /// Source: `NetworkClient.ready`, `handleApiVersionsResponse`.
    pub(super) fn is_connected(&mut self, leader: NodeId, out: &mut Out<'_>) -> bool {
        if self.config.acks != Acks::None || self.greeted.contains(&leader) {
            return true;
        }
        let asked = self.calls.iter().any(|call| call.to == leader);
        if !asked && self.metadata.may_use(leader, out.now()) {
            let timeout = self.config.request_timeout;
            self.calls.send(leader, Request::Metadata, timeout, Purpose::Greeting, out);
        }
        false
    }

    /// Something is ready for a broker, and could be sent or not: the time between the two is how
    /// long the broker has kept it waiting. Source: `RecordAccumulator.updateNodeLatencyStats`.
    fn note_latency(&mut self, leader: NodeId, sends: bool, now: Instant) {
        if self.config.availability_timeout.is_none() {
            return;
        }
        let fresh = Latency { ready: now, drained: now };
        let latency = self.latencies.entry(leader).or_insert(fresh);
        latency.ready = now;
        if sends {
            latency.drained = now;
        }
    }

    pub(super) fn may_send_to(&self, leader: NodeId, now: Instant) -> bool {
        let produce = |call: &&Call<Purpose>| matches!(call.what, Purpose::Produce(_));
        let in_flight = self.calls.iter().filter(|call| call.to == leader).filter(produce).count();
        in_flight < self.config.max_in_flight && self.metadata.may_use(leader, now)
    }

    /// The first batch of each partition that the broker leads. While a batch with a sequence
    /// number is being retried, or if one request at a time is allowed, nothing overtakes it.
    /// Source: spec D2.4, D3.6; `shouldStopDrainBatchesForPartition`, `mutePartition`.
    pub(super) fn take_for(&mut self, leader: NodeId, now: Instant) -> Vec<Batch> {
        let mut due = Vec::new();
        for (id, queue) in &self.ready {
            let Some(first) = queue.front() else { continue };
            let Some(known) = self.metadata.partitions.get(id) else { continue };
            let broken = self.numbering.get(id).is_some_and(|own| own.unresolved || own.gap);
            let retried = self.config.idempotence && (first.attempts > 0 || broken);
            let alone = retried || self.config.max_in_flight == 1;
            let free = !alone || !self.is_under_way(*id);
            if known.leader == Some(leader) && first.not_before <= now && free {
                due.push(*id);
            }
        }
        let mut taken = Vec::new();
        for id in due {
            self.number(id);
            taken.extend(self.ready.get_mut(&id).and_then(VecDeque::pop_front));
        }
        taken
    }

    /// Whether a batch of the partition is in flight.
    pub(super) fn is_under_way(&self, id: PartitionId) -> bool {
        self.sent().any(|batch| batch.id == id)
    }

    pub(super) fn send_batches(&mut self, leader: NodeId, batches: Vec<Batch>, out: &mut Out<'_>) {
        let produce = Produce {
            acks: self.config.acks,
            timeout: self.config.request_timeout,
            partitions: batches.iter().map(|batch| (batch.id, self.records(batch))).collect(),
        };
        if self.config.acks == Acks::None {
            // No answer will come: the records count as sent the moment they leave.
            let msg = Msg::Request { correlation: u32::MAX, body: Request::Produce(produce) };
            out.send(leader, msg);
            return;
        }
        let timeout = self.config.request_timeout;
        self.calls.send(leader, Request::Produce(produce), timeout, Purpose::Produce(batches), out);
    }

    /// When something that waits may go.
    pub(super) fn set_wake_up(&self, out: &mut Out<'_>) {
        let now = out.now();
        let next = self.ready.values().filter_map(VecDeque::front).map(|batch| batch.not_before);
        if let Some(next) = next.min().filter(|next| *next > now) {
            out.set(Timer::Retry, next.since(now));
        } else if self.ready.values().any(|queue| !queue.is_empty()) {
            // Its leader is unknown, busy or avoided: look again shortly.
            out.set(Timer::Retry, RETRY);
        }
    }
}
