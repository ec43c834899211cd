//! A producer: makes records at a steady rate, batches, sends, retries, and believes what it is
//! told. Refuses to know how a key is drawn (`keys.rs`) and which partition it belongs to
//! (`partitioner.rs`). Source: spec D; `RecordAccumulator`, `Sender`, `TransactionManager`.

use super::keys::{Key, Keys};
use super::metadata::{Metadata, retry_backoff, retry_later};
use super::partitioner::{Partitioner, Sticky, partition_for_key};
use crate::fact::{Acked, Fact};
use crate::id::{ErrorCode, Offset, PartitionId, TopicId};
use crate::message::{Acks, CLIENT, Msg, PartitionInfo, Produce, Reply, Request};
use crate::node::{Out, Timer};
use crate::record::{Record, Stamp, bytes_of};
use crate::rpc::{Call, Calls, Part};
use kernel::{Arrange, Closed, Instant, NodeId, SortedMap, Span};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

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
    /// None sends records without keys.
    pub keys: Option<Keys>,
    /// Of records without a key.
    pub partitioner: Partitioner,
    pub batch_size: u64,
    pub buffer_memory: u64,
    pub max_block: Span,
}

/// A record as the application hands it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Made {
    value: u32,
    key: Option<Key>,
}

/// A `send()` that has not come back: its record finds no room in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Blocked {
    id: PartitionId,
    made: Made,
    since: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Batch {
    id: PartitionId,
    records: Vec<Made>,
    /// Producer epoch and first sequence number, given when it is first sent.
    stamped: Option<(u16, u32)>,
    created: Instant,
    attempts: u32,
    not_before: Instant,
}

impl Batch {
    /// The value of its first record: batches of a partition are made in its order.
    fn first(&self) -> Option<u32> {
        self.records.first().map(|made| made.value)
    }
}

impl ProducerConfig {
    /// So many records fill a batch; one always fits. Source: `ProducerBatch.tryAppend`.
    fn batch_records(&self) -> usize {
        usize::try_from(self.batch_size / bytes_of(self.size)).unwrap_or(usize::MAX).max(1)
    }
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
    /// The first exchange on a connection; what it says is of no interest.
    Greeting,
    InitProducerId,
    Produce(Vec<Batch>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Producer {
    me: NodeId,
    pub config: Rc<ProducerConfig>,
    pub metadata: Metadata,
    /// Those that have answered on the connection that is open to them.
    greeted: BTreeSet<NodeId>,
    calls: Calls<Purpose>,
    producer_id: Option<(u32, u16)>,
    numbering: SortedMap<PartitionId, Numbering>,
    /// Records that no batch has taken yet.
    gathering: SortedMap<PartitionId, (Instant, Vec<Made>)>,
    /// Batches to be sent, in order of their sequence numbers.
    ready: SortedMap<PartitionId, VecDeque<Batch>>,
    pub made: u32,
    next_partition: usize,
    sticky: Sticky,
    blocked: Option<Blocked>,
    pub last_error: Option<ErrorCode>,
}

impl Producer {
    #[must_use]
    pub fn new(me: NodeId, config: Rc<ProducerConfig>, brokers: Vec<NodeId>) -> Producer {
        Producer {
            me,
            config,
            metadata: Metadata::new(brokers),
            greeted: BTreeSet::new(),
            calls: Calls::new(Part::Node),
            producer_id: None,
            numbering: SortedMap::new(),
            gathering: SortedMap::new(),
            ready: SortedMap::new(),
            made: 0,
            next_partition: 0,
            sticky: Sticky::default(),
            blocked: None,
            last_error: None,
        }
    }

    /// Batches and records that wait or are under way.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let gathered = self.gathering.values().map(|(_, made)| made.len());
        let ready = self.ready.values().flatten().map(|batch| batch.records.len());
        gathered.sum::<usize>() + ready.sum::<usize>()
    }

    /// Records that were sent and not answered yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.sent().map(|batch| batch.records.len()).sum()
    }

    /// Batches that were sent and not answered yet.
    fn sent(&self) -> impl Iterator<Item = &Batch> {
        let sent = self.calls.iter().filter_map(|call| match &call.what {
            Purpose::Produce(batches) => Some(batches),
            _ => None,
        });
        sent.flatten()
    }

    /// The records of a partition that are still in its hands, waiting or under way.
    pub fn holds(&self, id: PartitionId) -> impl Iterator<Item = u32> {
        let gathered = self.gathering.get(&id).into_iter().flat_map(|(_, made)| made);
        let batches = self.ready.get(&id).into_iter().flatten();
        let batches = batches.chain(self.sent().filter(move |batch| batch.id == id));
        gathered.chain(batches.flat_map(|batch| &batch.records)).map(|made| made.value)
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
        self.greeted.insert(from);
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
                self.answered((from, call.sent), batches, &results, out);
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
        self.greeted.remove(&peer);
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
            Purpose::Metadata | Purpose::Greeting => {}
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
        let Some(record) = self.blocked.take().or_else(|| self.next_record(out)) else { return };
        let Blocked { id, made, since } = record;
        if !self.has_room(id) {
            if out.now().since(since) < self.config.max_block {
                self.blocked = Some(record);
            } else {
                self.throw(id, made.value, out);
            }
            return;
        }
        self.append(id, made, out);
    }

    /// What the application sends next, and where to; none before it knows the topic's partitions.
    fn next_record(&mut self, out: &mut Out<'_>) -> Option<Blocked> {
        if self.metadata.partitions.is_empty() {
            return None;
        }
        let config = Rc::clone(&self.config);
        let (key, index) = match &config.keys {
            Some(keys) => {
                let (key, bytes) = keys.draw(out);
                let partitions = self.metadata.partitions.len() as u32;
                (Some(key), partition_for_key(bytes.as_bytes(), partitions) as usize)
            }
            None => (None, self.without_key(out)),
        };
        let id = *self.metadata.partitions.keys().nth(index)?;
        let made = Made { value: self.made, key };
        Some(Blocked { id, made, since: out.now() })
    }

    /// The partition of a record without a key, counted among all that are known.
    fn without_key(&mut self, out: &mut Out<'_>) -> usize {
        let known = &self.metadata.partitions;
        if self.config.partitioner == Partitioner::RoundRobin {
            let at = self.next_partition % known.len();
            self.next_partition = self.next_partition.wrapping_add(1);
            return at;
        }
        let at = self.sticky.at.map(usize::from).filter(|at| *at < known.len());
        let at = at.unwrap_or_else(|| {
            let led = known.values().enumerate().filter(|(_, it)| it.leader.is_some());
            let led: Vec<usize> = led.map(|(at, _)| at).collect();
            let all: Vec<usize> = (0..known.len()).collect();
            let of = if led.is_empty() { all } else { led };
            of[out.draw("partition", of.len() as u64) as usize]
        });
        self.sticky.at = u16::try_from(at).ok();
        at
    }

    fn append(&mut self, id: PartitionId, made: Made, out: &mut Out<'_>) {
        let now = out.now();
        let (_, gathered) = self.gathering.entry(id).or_insert_with(|| (now, Vec::new()));
        gathered.push(made);
        let (count, full) =
            (gathered.len(), gathered.len().is_multiple_of(self.config.batch_records()));
        self.sticky.produced(bytes_of(self.config.size), self.config.batch_size, full);
        out.note(Fact::Created { id, value: made.value, key: made.key });
        self.made += 1;
        if count == 1 {
            out.set(Timer::Linger, self.config.linger);
        }
    }

    /// `send()` has blocked for as long as it may. Source: spec D2.2; `BufferPool.allocate`.
    fn throw(&mut self, id: PartitionId, value: u32, out: &mut Out<'_>) {
        let error = ErrorCode::BufferExhausted;
        self.made += 1;
        self.last_error = Some(error);
        out.note(Fact::SendThrew { id, value, error });
    }

    /// Whether the buffer has room for one more record of this partition. A batch takes its whole
    /// `batch.size` from the moment it is begun until it is answered or given up.
    /// Source: spec D2.2; `BufferPool`, `RecordAccumulator.append`.
    fn has_room(&self, id: PartitionId) -> bool {
        let per_batch = self.config.batch_records();
        let gathering = |made: &Vec<Made>| made.len().div_ceil(per_batch);
        let begun = self.gathering.get(&id).is_some_and(|(_, made)| made.len() % per_batch > 0);
        let held = self.gathering.values().map(|(_, made)| gathering(made)).sum::<usize>()
            + self.ready.values().map(VecDeque::len).sum::<usize>()
            + self.sent().count();
        let batch = self.config.batch_size.max(bytes_of(self.config.size));
        begun || (held as u64 + 1) * batch <= self.config.buffer_memory
    }

    /// Batches whose linger has passed get their sequence numbers and line up.
    fn line_up(&mut self, now: Instant) {
        if self.config.idempotence && self.producer_id.is_none() {
            return;
        }
        let (linger, per_batch) = (self.config.linger, self.config.batch_records());
        let due: Vec<PartitionId> = self
            .gathering
            .iter()
            .filter(|(_, (since, made))| now.since(*since) >= linger || made.len() >= per_batch)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            let Some((created, made)) = self.gathering.remove(&id) else { continue };
            for records in made.chunks(per_batch) {
                let batch = Batch {
                    id,
                    records: records.to_vec(),
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
            numbering.next = numbering.next.wrapping_add(first.records.len() as u32);
        }
    }

    fn records(&self, batch: &Batch) -> Vec<Record> {
        let made = batch.records.iter().enumerate();
        let stamp = |at: usize| {
            let (producer_id, _) = self.producer_id?;
            let (producer_epoch, base) = batch.stamped?;
            let sequence = base.wrapping_add(at as u32);
            Some(Stamp { producer_id, producer_epoch, sequence })
        };
        let client = self.me;
        made.map(|(at, made)| Record {
            epoch: 0,
            client,
            value: made.value,
            key: made.key,
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
            if !self.is_connected(leader, out) {
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
        leaders.arrange();
        leaders.dedup();
        leaders
    }

    /// A client sends nothing over a connection on which the other side has not answered yet. That
    /// matters to acks=0, which would never hear that nobody was there: it asks first. The others
    /// learn it by the failure of what they send.
    /// Source: `NetworkClient.ready`, `handleApiVersionsResponse`.
    fn is_connected(&mut self, leader: NodeId, out: &mut Out<'_>) -> bool {
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

    fn may_send_to(&self, leader: NodeId, now: Instant) -> bool {
        let produce = |call: &&Call<Purpose>| matches!(call.what, Purpose::Produce(_));
        let in_flight = self.calls.iter().filter(|call| call.to == leader).filter(produce).count();
        in_flight < self.config.max_in_flight && self.metadata.may_use(leader, now)
    }

    /// The first batch of each partition that the broker leads. While a batch with a sequence
    /// number is being retried, or if one request at a time is allowed, nothing overtakes it.
    /// Source: spec D2.4, D3.6; `shouldStopDrainBatchesForPartition`, `mutePartition`.
    fn take_for(&mut self, leader: NodeId, now: Instant) -> Vec<Batch> {
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
    fn is_under_way(&self, id: PartitionId) -> bool {
        self.sent().any(|batch| batch.id == id)
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
        from: (NodeId, Instant),
        batches: Vec<Batch>,
        results: &[(PartitionId, Result<Offset, ErrorCode>)],
        out: &mut Out<'_>,
    ) {
        for batch in batches {
            let result = results.iter().find(|(id, _)| *id == batch.id).map(|(_, result)| *result);
            match result {
                Some(Ok(base)) => self.acked(from, &batch, base, out),
                Some(Err(ErrorCode::DuplicateSequenceNumber)) | None => {
                    let (id, count) = (batch.id, batch.records.len() as u32);
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

    fn acked(
        &mut self,
        (leader, sent): (NodeId, Instant),
        batch: &Batch,
        base: Offset,
        out: &mut Out<'_>,
    ) {
        let epoch = self.metadata.partitions.get(&batch.id).map_or(0, |known| known.epoch);
        out.note(Fact::Acked(Box::new(Acked {
            id: batch.id,
            base,
            epoch,
            leader,
            acks: self.config.acks,
            values: batch.records.iter().map(|made| made.value).collect(),
            latency: out.now().since(batch.created),
            request: out.now().since(sent),
        })));
    }

    fn failed(&mut self, mut batch: Batch, error: ErrorCode, out: &mut Out<'_>) {
        self.last_error = Some(error);
        batch.attempts += 1;
        let (id, count, attempt) = (batch.id, batch.records.len() as u32, batch.attempts);
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
        let earlier = |other: &Batch| other.first() < batch.first();
        !self.is_under_way(batch.id)
            && !self.ready.get(&batch.id).is_some_and(|queue| queue.iter().any(earlier))
    }

    fn break_numbering(&mut self, batch: &Batch) {
        if batch.stamped.is_some() {
            self.numbering.entry(batch.id).or_default().unresolved = true;
        }
    }

    /// With sequence numbers a batch goes back to its old place; without, to the front, so that of
    /// several that fail together the latest goes first.
    /// Source: `RecordAccumulator.reenqueue`, `insertInSequenceOrder`.
    fn put_back(&mut self, batch: Batch) {
        let queue = self.ready.entry(batch.id).or_default();
        if !self.config.idempotence {
            return queue.push_front(batch);
        }
        let at = queue.iter().position(|other| other.first() > batch.first());
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
                let (count, error) = (batch.records.len() as u32, ErrorCode::TimeoutException);
                self.last_error = Some(error);
                out.note(Fact::GaveUp { id, count, error });
            }
        }
        out.set(Timer::Delivery, Span::secs(1));
    }
}
