//! What reads: never beyond the high watermark, and after a change of leader it looks whether what
//! it has read is still there. Alone it is a simple consumer of every partition of a topic; for a
//! member of a group it reads what it is told to, and keeps it until it is asked for.
//! Source: spec E5, A17; `Fetcher`, `OffsetFetcher`, `SubscriptionState`; KIP-320.

use super::metadata::{Metadata, RETRY, retry_later};
use super::order::SeekTo;
use super::pattern::Pattern;
use crate::fact::Fact;
use crate::id::{ErrorCode, LeaderEpoch, Offset, PartitionId, TopicId};
use crate::message::{
    EpochAsked, Fetch, FetchPartition, Fetched, ListOffsets, Msg, PartitionInfo, Place, Reply,
    Request,
};
use crate::node::{Out, Timer};
use crate::record::Record;
use crate::rpc::{Call, Calls, Part};
use kernel::{Closed, Instant, NodeId, SortedMap, SortedSet, Span};
use std::collections::VecDeque;
use std::rc::Rc;

/// `request.timeout.ms`.
const REQUEST_TIMEOUT: Span = Span::secs(30);
/// `max.partition.fetch.bytes`
const PARTITION_MAX_BYTES: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerConfig {
    pub name: String,
    pub topics: SortedSet<TopicId>,
    /// Topics that have such a name are read as well, as soon as they are heard of.
    pub pattern: Option<Pattern>,
    /// `auto.offset.reset`: where to begin without a position; none refuses to.
    pub reset: Option<Place>,
    pub min_bytes: u64,
    pub max_bytes: u64,
    pub max_wait: Span,
    pub metadata_max_age: Span,
    /// `client.rack`
    pub rack: Option<Rc<str>>,
}

/// What must happen before a partition can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    /// It has no position: one is looked up, where it was told to begin or where
    /// `auto.offset.reset` says. Source: `OffsetFetcher.resetPositionsIfNeeded`.
    Reset(Option<Place>),
    /// The leader has changed since the position was taken.
    /// Source: `OffsetFetcher.validatePositionsIfNeeded`.
    Validate,
    Fetch,
    /// There is no position, and `auto.offset.reset=none`.
    Stopped,
}

/// Where a partition is read. Source: `SubscriptionState.TopicPartitionState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Next offset to read.
    pub offset: Offset,
    /// Leader epoch of the last record that was read.
    epoch: Option<LeaderEpoch>,
    stage: Stage,
    /// Nothing is asked before this instant.
    not_before: Instant,
    /// A replica that the leader sent it to, and until when it reads there (KIP-392).
    preferred: Option<(NodeId, Instant)>,
}

impl Position {
    const UNKNOWN: Position = Position {
        offset: 0,
        epoch: None,
        stage: Stage::Reset(None),
        not_before: Instant::ZERO,
        preferred: None,
    };

    /// Where it is read now: at its leader, unless that knew a nearer replica.
    fn source(&self, leader: NodeId, now: Instant) -> NodeId {
        let fresh = self.preferred.filter(|(_, until)| now < *until);
        fresh.map_or(leader, |(node, _)| node)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Metadata,
    Reset,
    Validate,
    /// Each partition with the offset that was asked for.
    Fetch(Vec<(PartitionId, Offset)>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Consumer {
    pub config: Rc<ConsumerConfig>,
    pub metadata: Metadata,
    /// The topics of the cluster as it was last told, with how many partitions each has.
    pub(crate) topics: SortedMap<TopicId, Heard>,
    /// What it reads, or its group for it.
    pub(crate) subscription: SortedSet<TopicId>,
    calls: Calls<Purpose>,
    pub positions: SortedMap<PartitionId, Position>,
    /// Partitions that its application does not want to have read for now.
    pub(crate) paused: SortedSet<PartitionId>,
    /// For a member of a group: what was read and not asked for yet, from each position on.
    kept: Option<SortedMap<PartitionId, VecDeque<Record>>>,
}

/// A topic, as a client is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Heard {
    pub(crate) name: Rc<str>,
    pub(crate) partitions: u16,
}

/// What one broker is to be asked.
#[derive(Default)]
struct Wanted {
    reset: Vec<(PartitionId, LeaderEpoch, Place)>,
    validate: Vec<EpochAsked>,
    fetch: Vec<FetchPartition>,
}

impl Consumer {
    #[must_use]
    pub fn new(config: Rc<ConsumerConfig>, brokers: Vec<NodeId>) -> Consumer {
        Consumer {
            subscription: config.topics.clone(),
            config,
            metadata: Metadata::new(brokers),
            topics: SortedMap::new(),
            calls: Calls::new(Part::Node),
            positions: SortedMap::new(),
            paused: SortedSet::new(),
            kept: None,
        }
    }

    /// One that reads what it is told to.
    #[must_use]
    pub(crate) fn for_group(config: Rc<ConsumerConfig>, brokers: Vec<NodeId>) -> Consumer {
        Consumer { kept: Some(SortedMap::new()), ..Consumer::new(config, brokers) }
    }

    /// Reads a partition from what was committed; otherwise as `auto.offset.reset` says.
    pub(crate) fn assign(
        &mut self,
        id: PartitionId,
        committed: Option<(Offset, Option<LeaderEpoch>)>,
    ) {
        let position = match committed {
            None => Position::UNKNOWN,
            Some((offset, epoch)) => {
                let stage = if epoch.is_some() { Stage::Validate } else { Stage::Fetch };
                Position { offset, epoch, stage, ..Position::UNKNOWN }
            }
        };
        self.positions.insert(id, position);
    }

    pub(crate) fn unassign(&mut self, id: PartitionId) {
        self.positions.remove(&id);
        self.paused.remove(&id);
        self.kept.as_mut().and_then(|kept| kept.remove(&id));
    }

    pub(crate) fn has(&self, id: PartitionId) -> bool {
        self.positions.contains_key(&id)
    }

    /// Reads on from elsewhere; what was read and not handed out is thrown away.
    pub(crate) fn seek(&mut self, id: PartitionId, to: SeekTo) {
        let Some(position) = self.positions.get_mut(&id) else { return };
        let (offset, stage) = match to {
            SeekTo::Offset(offset) => (offset, Stage::Fetch),
            SeekTo::Place(place) => (position.offset, Stage::Reset(Some(place))),
        };
        *position = Position { offset, stage, ..Position::UNKNOWN };
        self.kept.as_mut().and_then(|kept| kept.remove(&id));
    }

    /// Up to where each partition has been handed out; `ahead` takes what was only read, too.
    pub(crate) fn consumed(
        &self,
        ahead: bool,
    ) -> impl Iterator<Item = (PartitionId, Offset, Option<LeaderEpoch>)> {
        let known =
            |position: &Position| !matches!(position.stage, Stage::Reset(_) | Stage::Stopped);
        let known = self.positions.iter().filter(move |(_, position)| known(position));
        let kept = move |id| {
            let kept = self.kept.as_ref().filter(|_| ahead).and_then(|kept| kept.get(id));
            kept.map_or(0, |records| records.len() as Offset)
        };
        known.map(move |(id, position)| (*id, position.offset + kept(id), position.epoch))
    }

    /// Hands out so many of the records that it has read.
    pub(crate) fn take(
        &mut self,
        most: usize,
        out: &mut Out<'_>,
    ) -> VecDeque<(PartitionId, Offset, Record)> {
        let mut taken = VecDeque::new();
        for (id, records) in self.kept.iter_mut().flatten() {
            if self.paused.contains(id) {
                continue;
            }
            let Some(position) = self.positions.get_mut(id) else { continue };
            let count = records.len().min(most - taken.len());
            if count == 0 {
                continue;
            }
            let base = position.offset;
            let records: Vec<Record> = records.drain(..count).collect();
            position.offset += records.len() as Offset;
            position.epoch = records.last().map(|last| last.epoch).or(position.epoch);
            let place = |(at, record): (usize, &Record)| (*id, base + at as Offset, record.clone());
            taken.extend(records.iter().enumerate().map(place));
            out.note(Fact::Consumed { id: *id, base, records });
        }
        taken
    }

    fn has_kept(&self, id: PartitionId) -> bool {
        let kept = self.kept.as_ref().and_then(|kept| kept.get(&id));
        kept.is_some_and(|records| !records.is_empty())
    }

    pub fn start(&mut self, out: &mut Out<'_>) {
        self.calls.start(out);
        self.refresh(out);
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        let (correlation, body) = match msg {
            Msg::Reply { correlation, body } => (correlation, body),
            Msg::Application(order) => {
                self.obey(order, out);
                return self.ask_brokers(out);
            }
            _ => return,
        };
        let Some(call) = self.calls.answered(correlation) else { return };
        self.metadata.heard(from);
        match (body, call.what) {
            (Reply::Metadata { topics, partitions }, Purpose::Metadata) => {
                self.hear_of(topics, &partitions);
                self.learn(&partitions, out);
                let wait = self.metadata.next_refresh(self.config.metadata_max_age, out);
                out.set(Timer::MetadataRefresh, wait);
            }
            (Reply::ListOffsets { partitions, .. }, Purpose::Reset) => {
                for (id, _, result) in partitions {
                    self.reset(id, result, out);
                }
            }
            (Reply::OffsetsForLeaderEpoch(ends), Purpose::Validate) => {
                for (id, result) in ends {
                    self.validate(id, result, out);
                }
            }
            (Reply::Fetch { partitions, leaders }, Purpose::Fetch(asked)) => {
                if !leaders.is_empty() {
                    self.learn(&leaders, out);
                }
                self.fetched(from, &asked, partitions, out);
            }
            _ => {}
        }
        self.ask_brokers(out);
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::MetadataRefresh => self.refresh(out),
            Timer::Requests(_) => {
                for call in self.calls.expired(out) {
                    self.call_failed(&call, out);
                }
            }
            _ => {}
        }
        self.ask_brokers(out);
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        for call in self.calls.hung_up(peer, closed) {
            self.call_failed(&call, out);
        }
        self.ask_brokers(out);
    }

    fn call_failed(&mut self, call: &Call<Purpose>, out: &mut Out<'_>) {
        for position in self.positions.values_mut() {
            position.preferred = position.preferred.filter(|(node, _)| *node != call.to);
        }
        self.metadata.disconnected(call.to, out);
        self.metadata.want(out);
    }

    // ---- metadata ----

    /// Takes in which topics there are; those that fit the pattern are subscribed to.
    /// Source: `ConsumerCoordinator.updatePatternSubscription`.
    fn hear_of(&mut self, topics: Vec<(TopicId, Rc<str>)>, partitions: &[PartitionInfo]) {
        for (id, name) in topics {
            let count = partitions.iter().filter(|info| info.id.topic == id).count();
            let partitions = u16::try_from(count).unwrap_or(u16::MAX);
            let fits = self.config.pattern.as_ref().is_some_and(|pattern| pattern.matches(&name));
            // `exclude.internal.topics`
            if fits && !name.starts_with("__") {
                self.subscription.insert(id);
            }
            self.topics.insert(id, Heard { name, partitions });
        }
    }

    /// Under a new leader epoch a position is looked at again before it is read from.
    /// Source: KIP-320; `SubscriptionState.maybeValidatePosition`.
    fn learn(&mut self, partitions: &[PartitionInfo], out: &mut Out<'_>) {
        let epoch_of = |metadata: &Metadata, id| metadata.partitions.get(&id).map(|it| it.epoch);
        let before: Vec<_> =
            self.positions.keys().map(|id| (*id, epoch_of(&self.metadata, *id))).collect();
        let wanted = &self.subscription;
        self.metadata.learn(|topic| wanted.contains(&topic), partitions, out);
        for (id, epoch) in before {
            if let Some(position) = self.positions.get_mut(&id)
                && epoch_of(&self.metadata, id) > epoch
                && position.stage == Stage::Fetch
                && position.epoch.is_some()
            {
                position.stage = Stage::Validate;
            }
        }
        if self.kept.is_some() {
            return;
        }
        for id in self.metadata.partitions.keys() {
            self.positions.entry(*id).or_insert(Position::UNKNOWN);
        }
    }

    fn refresh(&mut self, out: &mut Out<'_>) {
        if self.calls.iter().any(|call| call.what == Purpose::Metadata) {
            self.metadata.is_under_way();
            return;
        }
        match self.metadata.any_broker(out) {
            Some(broker) => {
                self.metadata.ask(out.now());
                let body = Request::Metadata;
                self.calls.send(broker, body, REQUEST_TIMEOUT, Purpose::Metadata, out);
            }
            None => retry_later(Timer::MetadataRefresh, 0, out),
        }
    }

    // ---- asking ----

    /// One request of each kind under way per broker.
    pub(crate) fn ask_brokers(&mut self, out: &mut Out<'_>) {
        let now = out.now();
        // Assigned, and not in its metadata yet. Source: `AbstractFetch.prepareFetchRequests`.
        let is_known = |id| self.metadata.partitions.contains_key(id);
        let asks = self.calls.iter().any(|call| call.what == Purpose::Metadata);
        if !asks && !self.positions.keys().all(is_known) {
            self.metadata.want(out);
        }
        for (broker, wanted) in self.wanted(now) {
            if self.metadata.may_use(broker, now) {
                self.ask(broker, wanted, out);
            } else {
                out.set(Timer::Poll(broker), RETRY);
            }
        }
        let waits = self.positions.values().map(|position| position.not_before);
        if let Some(next) = waits.filter(|at| *at > now).min() {
            out.set(Timer::Retry, next.since(now));
        }
    }

    fn wanted(&self, now: Instant) -> SortedMap<NodeId, Wanted> {
        let mut all: SortedMap<NodeId, Wanted> = SortedMap::new();
        let ready = |(id, position): &(&PartitionId, &Position)| {
            position.not_before <= now && !self.paused.contains(*id)
        };
        for (id, position) in self.positions.iter().filter(ready) {
            let Some(known) = self.metadata.partitions.get(id) else { continue };
            let Some(leader) = known.leader else { continue };
            let (id, leader_epoch) = (*id, known.epoch);
            let fetches = position.stage == Stage::Fetch;
            let broker = if fetches { position.source(leader, now) } else { leader };
            let busy = fetches && self.has_kept(id);
            if busy || fetches && self.is_asking(broker, |what| matches!(what, Purpose::Fetch(_))) {
                continue;
            }
            let wanted = all.entry(broker).or_default();
            match (position.stage, self.config.reset, position.epoch) {
                (Stage::Reset(Some(place)), ..) | (Stage::Reset(None), Some(place), _) => {
                    wanted.reset.push((id, leader_epoch, place))
                }
                (Stage::Validate, _, Some(epoch)) => {
                    wanted.validate.push(EpochAsked { id, leader_epoch, epoch });
                }
                (Stage::Fetch, ..) => wanted.fetch.push(FetchPartition {
                    id,
                    leader_epoch,
                    offset: position.offset,
                    last_epoch: None,
                    log_start: 0,
                    high_watermark: 0,
                }),
                _ => {}
            }
        }
        all
    }

    fn ask(&mut self, broker: NodeId, wanted: Wanted, out: &mut Out<'_>) {
        let Wanted { reset, validate, fetch } = wanted;
        if !reset.is_empty() && !self.is_asking(broker, |what| *what == Purpose::Reset) {
            let body = Request::ListOffsets(ListOffsets { replica: false, partitions: reset });
            self.calls.send(broker, body, REQUEST_TIMEOUT, Purpose::Reset, out);
        }
        if !validate.is_empty() && !self.is_asking(broker, |what| *what == Purpose::Validate) {
            let body = Request::OffsetsForLeaderEpoch(validate);
            self.calls.send(broker, body, REQUEST_TIMEOUT, Purpose::Validate, out);
        }
        if !fetch.is_empty() && !self.is_asking(broker, |what| matches!(what, Purpose::Fetch(_))) {
            let asked = fetch.iter().map(|asked| (asked.id, asked.offset)).collect();
            let body = Request::Fetch(Box::new(Fetch {
                replica: None,
                max_wait: self.config.max_wait,
                min_bytes: self.config.min_bytes,
                max_bytes: self.config.max_bytes,
                partition_max_bytes: PARTITION_MAX_BYTES,
                rack: self.config.rack.clone(),
                partitions: fetch,
            }));
            self.calls.send(broker, body, REQUEST_TIMEOUT, Purpose::Fetch(asked), out);
        }
    }

    fn is_asking(&self, broker: NodeId, kind: impl Fn(&Purpose) -> bool) -> bool {
        self.calls.iter().any(|call| call.to == broker && kind(&call.what))
    }

    // ---- answers ----

    fn fetched(
        &mut self,
        from: NodeId,
        asked: &[(PartitionId, Offset)],
        partitions: Vec<(PartitionId, Result<Fetched, ErrorCode>)>,
        out: &mut Out<'_>,
    ) {
        for (id, result) in partitions {
            let Some((_, offset)) = asked.iter().find(|(asked, _)| *asked == id) else { continue };
            let Some(position) = self.positions.get_mut(&id) else { continue };
            if position.offset != *offset || position.stage != Stage::Fetch {
                continue;
            }
            match result {
                Ok(Fetched { preferred: Some(node), .. }) => {
                    position.preferred = Some((node, out.now() + self.config.metadata_max_age));
                    out.note(Fact::ReadsFrom { id, node });
                }
                Ok(fetched) => {
                    let Some(last) = fetched.records.last() else { continue };
                    if let Some(kept) = &mut self.kept {
                        kept.entry(id).or_default().extend(fetched.records);
                        continue;
                    }
                    position.epoch = Some(last.epoch);
                    position.offset += fetched.records.len() as Offset;
                    out.note(Fact::Consumed { id, base: *offset, records: fetched.records });
                }
                Err(error) => {
                    // Whatever is wrong with a nearer replica, the leader comes next.
                    let near = position.preferred.take().is_some_and(|(node, _)| node == from);
                    match error {
                        ErrorCode::OffsetOutOfRange if near => {}
                        ErrorCode::OffsetOutOfRange => self.lose_position(id, out),
                        _ => self.put_off(id, error, out),
                    }
                }
            }
        }
    }

    /// There is nothing at its offset: `auto.offset.reset` says where to go on.
    /// Source: `FetchCollector.handleInitializeErrors`.
    fn lose_position(&mut self, id: PartitionId, out: &mut Out<'_>) {
        let Some(position) = self.positions.get_mut(&id) else { return };
        let stops = self.config.reset.is_none();
        position.stage = if stops { Stage::Stopped } else { Stage::Reset(None) };
        if stops {
            out.note(Fact::ConsumerStopped { id, offset: position.offset });
        }
    }

    fn put_off(&mut self, id: PartitionId, error: ErrorCode, out: &mut Out<'_>) {
        if error != ErrorCode::UnknownLeaderEpoch {
            self.metadata.want(out);
        }
        let until = out.now() + RETRY;
        if let Some(position) = self.positions.get_mut(&id) {
            position.not_before = until;
        }
    }

    fn reset(&mut self, id: PartitionId, found: Result<Offset, ErrorCode>, out: &mut Out<'_>) {
        match (found, self.positions.get_mut(&id)) {
            (Ok(offset), Some(position)) if matches!(position.stage, Stage::Reset(_)) => {
                *position = Position { offset, stage: Stage::Fetch, ..Position::UNKNOWN };
                out.note(Fact::PositionReset { id, to: offset });
            }
            (Err(error), _) => self.put_off(id, error, out),
            _ => {}
        }
    }

    /// The epoch of what was read last ends where? If before the position, what was read is gone.
    /// Source: KIP-320; `SubscriptionState.maybeCompleteValidation`.
    fn validate(
        &mut self,
        id: PartitionId,
        end: Result<Option<(LeaderEpoch, Offset)>, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let position = self.positions.get_mut(&id).filter(|it| it.stage == Stage::Validate);
        let Some(position) = position else { return };
        match end {
            Err(error) => self.put_off(id, error, out),
            Ok(None) => self.lose_position(id, out),
            Ok(Some((epoch, end))) if end < position.offset => {
                out.note(Fact::ReadTruncated { id, from: position.offset, to: end });
                if self.config.reset.is_none() {
                    return self.lose_position(id, out);
                }
                let (offset, epoch) = (end, Some(epoch));
                *position = Position { offset, epoch, stage: Stage::Fetch, ..*position };
            }
            Ok(Some(_)) => position.stage = Stage::Fetch,
        }
    }
}
