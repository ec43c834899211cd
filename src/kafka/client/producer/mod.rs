//! A producer: makes records at a steady rate, batches, sends, retries, and believes what it is
//! told. Refuses to know how a key is drawn (`keys.rs`) and which partition it belongs to
//! (`partitioner.rs`). Source: spec D; `KafkaProducer`.

mod accumulator;
mod answers;
mod sender;
mod sequence;

use super::keys::{Key, Keys};
use super::metadata::{Metadata, retry_later};
use super::partitioner::{Partitioner, Sticky};
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::message::{Acks, CLIENT, Msg, Reply, Request};
use crate::node::{Out, Timer};
use crate::record::bytes_of;
use crate::rpc::{Call, Calls, Part};
use kernel::{Closed, Instant, NodeId, SortedMap, Span};
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
    /// A key does not decide: `partitioner.ignore.keys`.
    pub ignore_keys: bool,
    /// Shorter queues are preferred: `partitioner.adaptive.partitioning.enable`.
    pub adaptive: bool,
    /// No partition is taken whose broker cannot be sent to for longer than this; none is off.
    /// `partitioner.availability.timeout.ms`.
    pub availability_timeout: Option<Span>,
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

/// When a broker was last wanted, and when something could last be sent to it.
/// Source: `RecordAccumulator.NodeLatencyStats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Latency {
    ready: Instant,
    drained: Instant,
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
    next_turn: usize,
    sticky: Sticky,
    /// Kept only with `partitioner.availability.timeout.ms`.
    latencies: SortedMap<NodeId, Latency>,
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
            next_turn: 0,
            sticky: Sticky::default(),
            latencies: SortedMap::new(),
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
            (Reply::Metadata { partitions, .. }, Purpose::Metadata) => {
                let wanted = self.config.topic;
                self.metadata.learn(|topic| topic == wanted, &partitions, out);
                let wait = self.metadata.next_refresh(self.config.metadata_max_age, out);
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

    fn want_refresh(&mut self, out: &mut Out<'_>) {
        if !self.is_asking_metadata() {
            self.metadata.want(out);
        }
    }

    fn is_asking_metadata(&self) -> bool {
        self.calls.iter().any(|call| call.what == Purpose::Metadata)
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
}
