//! A producer: makes records at a steady rate, batches, sends, retries, and believes what it is
//! told. Batching is simplified: one batch takes what has gathered for a partition, up to a count.
//! Source: spec D; `RecordAccumulator`, `Sender`, `TransactionManager`.

use super::metadata::{Metadata, retry_backoff, retry_later};
use crate::fact::{Acked, Fact};
use crate::id::{ErrorCode, Offset, PartitionId, TopicId};
use crate::message::{Acks, CLIENT, Msg, PartitionInfo, Produce, Reply, Request};
use crate::node::{Out, Timer};
use crate::record::{Record, Stamp};
use crate::rpc::{Call, Calls, Part};
use kernel::{Closed, Instant, NodeId, SortedMap, Span};
use std::collections::VecDeque;
use std::rc::Rc;

/// Most records in a batch (the real limit is `batch.size` in bytes).
const BATCH_RECORDS: usize = 50;
/// Most records that wait in a producer: `buffer.memory`, as a count. A record that finds no place
/// is not made: `send()` would block.
const BUFFER_RECORDS: usize = 2_000;

/// A producer's settings, under the names of `ProducerConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerConfig {
    pub name: String,
    pub topic: TopicId,
    pub acks: Acks,
    pub idempotence: bool,
    /// Between two records.
    pub interval: Span,
    /// Stops after so many records; none goes on.
    pub count: Option<u32>,
    pub linger: Span,
    /// Of a record's value, in bytes.
    pub size: u32,
    pub request_timeout: Span,
    pub delivery_timeout: Span,
    pub max_in_flight: usize,
    pub retries: u32,
    pub metadata_max_age: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Batch {
    id: PartitionId,
    values: Vec<u32>,
    /// Producer epoch and first sequence number, given when it is first sent.
    stamped: Option<(u16, u32)>,
    created: Instant,
    attempts: u32,
    not_before: Instant,
}

/// Where an idempotent producer stands with a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Numbering {
    epoch: u16,
    next: u32,
    /// A batch that had been sent was given up: nobody knows whether the broker has its numbers.
    /// Those behind it are tried first; then the epoch is raised.
    /// Source: KIP-360; `TransactionManager.maybeResolveSequences`.
    unresolved: bool,
    /// The broker said that numbers are missing: nothing from there on can be stored, so all of it
    /// is numbered anew in the next epoch. Source: `TransactionManager.canRetry`.
    gap: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Metadata,
    InitProducerId,
    Produce(Vec<Batch>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Producer {
    me: NodeId,
    pub config: Rc<ProducerConfig>,
    pub metadata: Metadata,
    calls: Calls<Purpose>,
    producer_id: Option<(u32, u16)>,
    numbering: SortedMap<PartitionId, Numbering>,
    /// Records that no batch has taken yet.
    gathering: SortedMap<PartitionId, (Instant, Vec<u32>)>,
    /// Batches to be sent, in order of their sequence numbers.
    ready: SortedMap<PartitionId, VecDeque<Batch>>,
    pub made: u32,
    next_partition: usize,
    pub last_error: Option<ErrorCode>,
}

impl Producer {
    #[must_use]
    pub fn new(me: NodeId, config: Rc<ProducerConfig>, brokers: Vec<NodeId>) -> Producer {
        Producer {
            me,
            config,
            metadata: Metadata::new(brokers),
            calls: Calls::new(Part::Node),
            producer_id: None,
            numbering: SortedMap::new(),
            gathering: SortedMap::new(),
            ready: SortedMap::new(),
            made: 0,
            next_partition: 0,
            last_error: None,
        }
    }

    /// Batches and records that wait or are under way.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let gathered = self.gathering.values().map(|(_, values)| values.len());
        let ready = self.ready.values().flatten().map(|batch| batch.values.len());
        gathered.sum::<usize>() + ready.sum::<usize>()
    }

    /// Records that were sent and not answered yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let sent = self.calls.iter().filter_map(|call| match &call.what {
            Purpose::Produce(batches) => Some(batches),
            _ => None,
        });
        sent.flatten().map(|batch| batch.values.len()).sum()
    }

    pub fn start(&mut self, out: &mut Out<'_>) {
        self.calls.start(out);
        self.refresh(out);
        out.set(Timer::Create, self.config.interval);
        out.set(Timer::Delivery, Span::secs(1));
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        let Msg::Reply { correlation, body } = msg else { return };
        let Some(call) = self.calls.answered(correlation) else { return };
        self.metadata.heard(from);
        match (body, call.what) {
            (Reply::Metadata(partitions), Purpose::Metadata) => {
                let wanted = self.config.topic;
                self.metadata.learn(|topic| topic == wanted, &partitions, out);
                let wait = self.next_refresh(out);
                out.set(Timer::MetadataRefresh, wait);
            }
            (Reply::InitProducerId(Ok(id)), Purpose::InitProducerId) => {
                self.producer_id = Some(id);
                out.note(Fact::ProducerReady { producer_id: id.0 });
            }
            (Reply::InitProducerId(Err(_)), Purpose::InitProducerId) => {
                retry_later(Timer::Retry, 0, out);
            }
            (Reply::Produce { results, leaders }, Purpose::Produce(batches)) => {
                let moved = self.learn_leaders(&leaders, out);
                self.answered(from, batches, &results, out);
                self.hurry(&moved, out.now());
            }
            _ => {}
        }
        self.send(out);
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Create => self.create(out),
            Timer::MetadataRefresh => self.refresh(out),
            Timer::Delivery => self.expire(out),
            Timer::Requests(_) => {
                for call in self.calls.expired(out) {
                    self.call_failed(call, out);
                }
            }
            _ => {}
        }
        self.send(out);
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        let lost = self.calls.hung_up(peer, closed);
        if lost.is_empty() && closed.to_peer(CLIENT) {
            // With acks=0 nothing is waited for, and a lost connection is all that it ever hears.
            self.metadata.disconnected(peer, out);
            self.want_refresh(out);
        }
        for call in lost {
            self.call_failed(call, out);
        }
        self.send(out);
    }

    /// The connection is gone: what was asked on it has an unknown outcome.
    fn call_failed(&mut self, call: Call<Purpose>, out: &mut Out<'_>) {
        self.metadata.disconnected(call.to, out);
        match call.what {
            Purpose::Produce(batches) => {
                for batch in batches {
                    self.failed(batch, ErrorCode::NetworkException, out);
                }
            }
            Purpose::InitProducerId => retry_later(Timer::Retry, 0, out),
            Purpose::Metadata => {}
        }
        self.want_refresh(out);
    }

    // ---- metadata ----

    fn want_refresh(&mut self, out: &mut Out<'_>) {
        if !self.is_asking_metadata() {
            self.metadata.want(out);
        }
    }

    fn is_asking_metadata(&self) -> bool {
        self.calls.iter().any(|call| call.what == Purpose::Metadata)
    }

    fn next_refresh(&self, out: &mut Out<'_>) -> Span {
        let leaderless = self.metadata.partitions.values().any(|known| known.leader.is_none());
        if self.metadata.partitions.is_empty() || leaderless {
            retry_backoff(self.metadata.attempts, out)
        } else {
            self.config.metadata_max_age
        }
    }

    fn refresh(&mut self, out: &mut Out<'_>) {
        if self.is_asking_metadata() {
            self.metadata.is_under_way();
            return;
        }
        match self.metadata.any_broker(out) {
            Some(broker) => {
                self.metadata.ask(out.now());
                let timeout = self.config.request_timeout;
                self.calls.send(broker, Request::Metadata, timeout, Purpose::Metadata, out);
            }
            None => retry_later(Timer::MetadataRefresh, 0, out),
        }
    }

    // ---- making and batching ----

    fn create(&mut self, out: &mut Out<'_>) {
        if self.config.count.is_some_and(|count| self.made >= count) {
            return;
        }
        out.set(Timer::Create, self.config.interval);
        let mut partitions = self.metadata.partitions.keys();
        let turn = self.next_partition % partitions.len().max(1);
        let Some(id) = partitions.nth(turn).copied() else { return };
        if self.waiting() >= BUFFER_RECORDS {
            return;
        }
        self.next_partition = self.next_partition.wrapping_add(1);
        let now = out.now();
        let (_, values) = self.gathering.entry(id).or_insert_with(|| (now, Vec::new()));
        values.push(self.made);
        out.note(Fact::Created { id, value: self.made });
        self.made += 1;
        if values.len() == 1 {
            out.set(Timer::Linger, self.config.linger);
        }
    }

    /// Batches whose linger has passed get their sequence numbers and line up.
    fn line_up(&mut self, now: Instant) {
        if self.config.idempotence && self.producer_id.is_none() {
            return;
        }
        let linger = self.config.linger;
        let due: Vec<PartitionId> = self
            .gathering
            .iter()
            .filter(|(_, (since, values))| {
                now.since(*since) >= linger || values.len() >= BATCH_RECORDS
            })
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            let Some((created, values)) = self.gathering.remove(&id) else { continue };
            for values in values.chunks(BATCH_RECORDS) {
                let batch = Batch {
                    id,
                    values: values.to_vec(),
                    stamped: None,
                    created,
                    attempts: 0,
                    not_before: now,
                };
                self.ready.entry(id).or_default().push_back(batch);
            }
        }
    }

    /// Gives the first batch of a partition its numbers. A batch that may be stored keeps the
    /// numbers that it was sent with: under others it could be stored twice.
    fn number(&mut self, id: PartitionId) {
        if !self.config.idempotence {
            return;
        }
        let Some(queue) = self.ready.get_mut(&id) else { return };
        let numbering = self.numbering.entry(id).or_default();
        let untried = queue.front().is_some_and(|first| first.stamped.is_none());
        if numbering.gap || (numbering.unresolved && untried) {
            *numbering = Numbering { epoch: numbering.epoch + 1, ..Numbering::default() };
            for batch in queue.iter_mut() {
                batch.stamped = None;
            }
        }
        if let Some(first) = queue.front_mut()
            && first.stamped.is_none()
        {
            first.stamped = Some((numbering.epoch, numbering.next));
            numbering.next = numbering.next.wrapping_add(first.values.len() as u32);
        }
    }

    fn records(&self, batch: &Batch) -> Vec<Record> {
        let values = batch.values.iter().enumerate();
        let stamp = |at: usize| {
            let (producer_id, _) = self.producer_id?;
            let (producer_epoch, base) = batch.stamped?;
            let sequence = base.wrapping_add(at as u32);
            Some(Stamp { producer_id, producer_epoch, sequence })
        };
        let client = self.me;
        values
            .map(|(at, value)| Record {
                epoch: 0,
                client,
                value: *value,
                timestamp: batch.created,
                size: self.config.size,
                stamp: stamp(at),
                of_group: None,
            })
            .collect()
    }

    // ---- sending ----

    fn send(&mut self, out: &mut Out<'_>) {
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

    fn ask_for_id(&mut self, out: &mut Out<'_>) {
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
    fn leaders(&self) -> Vec<NodeId> {
        let ready = self.ready.iter().filter(|(_, queue)| !queue.is_empty());
        let leader = |(id, _)| self.metadata.partitions.get(id)?.leader;
        let mut leaders: Vec<NodeId> = ready.filter_map(leader).collect();
        leaders.sort_unstable();
        leaders.dedup();
        leaders
    }

    fn may_send_to(&self, leader: NodeId, now: Instant) -> bool {
        let produce = |call: &&Call<Purpose>| matches!(call.what, Purpose::Produce(_));
        let in_flight = self.calls.iter().filter(|call| call.to == leader).filter(produce).count();
        in_flight < self.config.max_in_flight && self.metadata.may_use(leader, now)
    }

    /// The first batch of each partition that the broker leads. While a batch is being retried,
    /// nothing later overtakes it. Source: spec D3.6; `shouldStopDrainBatchesForPartition`.
    fn take_for(&mut self, leader: NodeId, now: Instant) -> Vec<Batch> {
        let mut due = Vec::new();
        for (id, queue) in &self.ready {
            let Some(first) = queue.front() else { continue };
            let Some(known) = self.metadata.partitions.get(id) else { continue };
            let broken = self.numbering.get(id).is_some_and(|own| own.unresolved || own.gap);
            let alone = self.config.idempotence && (first.attempts > 0 || broken);
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
    fn is_under_way(&self, id: PartitionId) -> bool {
        self.calls.iter().any(|call| match &call.what {
            Purpose::Produce(batches) => batches.iter().any(|batch| batch.id == id),
            _ => false,
        })
    }

    fn send_batches(&mut self, leader: NodeId, batches: Vec<Batch>, out: &mut Out<'_>) {
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
    fn set_wake_up(&self, out: &mut Out<'_>) {
        let now = out.now();
        let next = self.ready.values().filter_map(VecDeque::front).map(|batch| batch.not_before);
        if let Some(next) = next.min().filter(|next| *next > now) {
            out.set(Timer::Retry, next.since(now));
        } else if self.ready.values().any(|queue| !queue.is_empty()) {
            // Its leader is unknown, busy or avoided: look again shortly.
            out.set(Timer::Retry, super::metadata::RETRY);
        }
    }

    // ---- answers ----

    fn answered(
        &mut self,
        from: NodeId,
        batches: Vec<Batch>,
        results: &[(PartitionId, Result<Offset, ErrorCode>)],
        out: &mut Out<'_>,
    ) {
        for batch in batches {
            let result = results.iter().find(|(id, _)| *id == batch.id).map(|(_, result)| *result);
            match result {
                Some(Ok(base)) => self.acked(from, &batch, base, out),
                Some(Err(ErrorCode::DuplicateSequenceNumber)) | None => {
                    let (id, count) = (batch.id, batch.values.len() as u32);
                    out.note(Fact::KnownStored { id, count });
                }
                Some(Err(error)) => self.failed(batch, error, out),
            }
        }
    }

    /// Takes in who leads now, as a refusing broker said; gives the partitions for which that is
    /// news. Source: KIP-951; `Metadata.updatePartitionLeadership`.
    fn learn_leaders(&mut self, leaders: &[PartitionInfo], out: &mut Out<'_>) -> Vec<PartitionId> {
        let news = |info: &&PartitionInfo| {
            let known = self.metadata.partitions.get(&info.id);
            known.is_some_and(|known| known.epoch < info.leader_epoch)
        };
        let moved: Vec<PartitionId> = leaders.iter().filter(news).map(|info| info.id).collect();
        if !moved.is_empty() {
            let wanted = self.config.topic;
            self.metadata.learn(|topic| topic == wanted, leaders, out);
        }
        moved
    }

    /// A batch whose leader has changed since it was sent is sent again without a pause.
    /// Source: KIP-951; `ProducerBatch.hasLeaderChangedForTheOngoingRetry`.
    fn hurry(&mut self, moved: &[PartitionId], now: Instant) {
        for id in moved {
            if let Some(batch) = self.ready.get_mut(id).and_then(VecDeque::front_mut) {
                batch.not_before = batch.not_before.min(now);
            }
        }
    }

    fn acked(&mut self, leader: NodeId, batch: &Batch, base: Offset, out: &mut Out<'_>) {
        let epoch = self.metadata.partitions.get(&batch.id).map_or(0, |known| known.epoch);
        out.note(Fact::Acked(Box::new(Acked {
            id: batch.id,
            base,
            epoch,
            leader,
            acks: self.config.acks,
            values: batch.values.clone(),
            latency: out.now().since(batch.created),
        })));
    }

    fn failed(&mut self, mut batch: Batch, error: ErrorCode, out: &mut Out<'_>) {
        self.last_error = Some(error);
        batch.attempts += 1;
        let (id, count, attempt) = (batch.id, batch.values.len() as u32, batch.attempts);
        out.note(Fact::SendFailed { id, count, attempt, error });
        if error.is_stale_metadata() {
            self.want_refresh(out);
        }
        let age = out.now().since(batch.created);
        if !error.is_retriable() || attempt > self.config.retries {
            self.break_numbering(&batch);
            out.note(Fact::GaveUp { id, count, error });
        } else if age >= self.config.delivery_timeout {
            self.break_numbering(&batch);
            out.note(Fact::GaveUp { id, count, error: ErrorCode::TimeoutException });
        } else {
            if error == ErrorCode::OutOfOrderSequenceNumber && self.is_next_expected(&batch) {
                self.numbering.entry(id).or_default().gap = true;
            }
            batch.not_before = out.now() + retry_backoff(attempt - 1, out);
            self.put_back(batch);
        }
    }

    /// Nothing before it is pending: the broker can have missed only what was given up.
    /// Source: spec D3.5; `TransactionManager.canRetry`.
    fn is_next_expected(&self, batch: &Batch) -> bool {
        let earlier = |other: &Batch| other.values.first() < batch.values.first();
        !self.is_under_way(batch.id)
            && !self.ready.get(&batch.id).is_some_and(|queue| queue.iter().any(earlier))
    }

    fn break_numbering(&mut self, batch: &Batch) {
        if batch.stamped.is_some() {
            self.numbering.entry(batch.id).or_default().unresolved = true;
        }
    }

    /// Into its old place: batches keep the order of their sequence numbers.
    fn put_back(&mut self, batch: Batch) {
        let queue = self.ready.entry(batch.id).or_default();
        let first = |batch: &Batch| batch.values.first().copied();
        let at = queue.iter().position(|other| first(other) > first(&batch));
        queue.insert(at.unwrap_or(queue.len()), batch);
    }

    /// Batches older than `delivery.timeout.ms` are given up; their outcome is unknown.
    fn expire(&mut self, out: &mut Out<'_>) {
        let (now, limit) = (out.now(), self.config.delivery_timeout);
        let old = |batch: &Batch| now.since(batch.created) >= limit;
        let ids: Vec<PartitionId> = self.ready.keys().copied().collect();
        for id in ids {
            while let Some(queue) = self.ready.get_mut(&id)
                && queue.front().is_some_and(old)
                && let Some(batch) = queue.pop_front()
            {
                self.break_numbering(&batch);
                let (count, error) = (batch.values.len() as u32, ErrorCode::TimeoutException);
                self.last_error = Some(error);
                out.note(Fact::GaveUp { id, count, error });
            }
        }
        out.set(Timer::Delivery, Span::secs(1));
    }
}
