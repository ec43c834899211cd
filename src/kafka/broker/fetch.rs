//! The serving side of Fetch: epoch checks, follower progress, and requests that wait for bytes.
//! Source: spec A4, A17; `Partition.fetchRecords`, `ReplicaManager.fetchMessages`, `DelayedFetch`.

use super::replica::Replica;
use super::{Broker, Parked, Touch};
use crate::guard::Guard;
use crate::homemade::Recovery;
use crate::id::{BrokerEpoch, ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::message::{Fetch, FetchPartition, Fetched, Reply};
use crate::node::{Out, Timer};
use crate::record::Record;
use crate::rpc::reply;
use kernel::NodeId;

/// Who fetches.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// A follower; stale when it asks in the name of an earlier life.
    Follower {
        node: NodeId,
        stale: bool,
    },
    Consumer,
}

/// What one partition of a request finds, before anything is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Found {
    Refused(ErrorCode),
    Diverges(LeaderEpoch, Offset),
    /// It shall read from a nearer replica.
    Elsewhere(NodeId, Marks),
    /// Records up to here, if there are any.
    Records(Offset, Marks),
}

impl Found {
    /// Whether the asking side does not know it yet. A consumer asks for records only.
    /// Source: KIP-227; `IncrementalFetchContext.updateAndGenerateResponseData`.
    fn is_news_for(&self, asked: &FetchPartition, is_follower: bool) -> bool {
        match self {
            Found::Records(to, marks) => {
                let moved = marks.high_watermark != asked.high_watermark
                    || marks.log_start != asked.log_start;
                *to > asked.offset || is_follower && moved
            }
            _ => true,
        }
    }
}

/// Where the log stood when it was looked at. Source: `LogReadInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Marks {
    high_watermark: Offset,
    log_start: Offset,
}

impl Broker {
    pub(super) fn serve_fetch(
        &mut self,
        from: NodeId,
        correlation: u32,
        fetch: Box<Fetch>,
        out: &mut Out<'_>,
    ) {
        let reader = self.reader(from, &fetch);
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        for asked in &fetch.partitions {
            let finds = self.find(asked, reader, &fetch);
            // The answer tells of the log as it was before this request moved anything.
            found.push(finds);
            if let (Some(epoch), Found::Records(..)) = (fetch.replica, finds) {
                self.follower_progress(from, epoch, asked, out);
            }
        }
        if fetch.max_wait.0 == 0 || self.is_enough(&fetch, &found) {
            self.answer_fetch(from, correlation, &fetch, &found, out);
        } else {
            let ticket = self.ticket();
            out.set(Timer::ParkedFetch(ticket), fetch.max_wait);
            let (since, until) = (out.now(), out.now() + fetch.max_wait);
            let parked = Parked { ticket, from, correlation, since, until, what: fetch };
            self.parked_fetch.push(parked);
        }
        found.clear();
        self.found = found;
    }

    pub(super) fn reader(&self, from: NodeId, fetch: &Fetch) -> Reader {
        let Some(epoch) = fetch.replica else { return Reader::Consumer };
        let known = self.image.brokers.get(&from).map_or(0, |broker| broker.epoch);
        let stale = epoch < known && self.profile.on(Guard::FetchBrokerEpoch);
        Reader::Follower { node: from, stale }
    }

    /// What the fetch says of the follower, and what follows: it may join the ISR, and the high
    /// watermark may move. Source: spec A4.5; `Partition.updateFollowerFetchState`.
    fn follower_progress(
        &mut self,
        from: NodeId,
        epoch: BrokerEpoch,
        asked: &FetchPartition,
        out: &mut Out<'_>,
    ) {
        let (now, guards) = (out.now(), self.profile.guards);
        let adds_itself = self.recovery(asked.id.topic) == Recovery::Copy;
        let Some(replica) = self.replicas.get_mut(&asked.id) else { return };
        let replica = std::rc::Rc::make_mut(replica);
        let moved = replica.follower_fetched(from, asked, epoch, now);
        let eligible = |node, epoch| Broker::eligible(&self.image, node, epoch);
        if !adds_itself && let Some(joins) = replica.joiner(from, guards, &eligible) {
            self.propose_expand(asked.id, joins, out);
        }
        if moved {
            self.advance(asked.id, out);
        }
    }

    /// Checks a partition of a request, in Kafka's order. Source: spec A4.1-A4.4, V12, V13.
    fn find(&self, asked: &FetchPartition, reader: Reader, fetch: &Fetch) -> Found {
        self.look(asked, reader, fetch).unwrap_or_else(Found::Refused)
    }

    pub(super) fn look(
        &self,
        asked: &FetchPartition,
        reader: Reader,
        fetch: &Fetch,
    ) -> Result<Found, ErrorCode> {
        let replica = self.with_epoch(asked.id, asked.leader_epoch)?;
        if let Reader::Follower { node, .. } = reader {
            replica.leadership().ok_or(ErrorCode::NotLeaderOrFollower)?;
            replica.remote(node).ok_or(ErrorCode::UnknownLeaderEpoch)?;
        } else if let Some(node) = self.preferred_replica(replica, asked, fetch) {
            return Ok(Found::Elsewhere(node, marks(replica)));
        }
        let log = &replica.log;
        if let Some(last) = asked.last_epoch.filter(|_| self.profile.on(Guard::DivergenceCheck)) {
            let (epoch, end) = log.end_offset_for(last).ok_or(ErrorCode::OffsetOutOfRange)?;
            if asked.offset < log.start() {
                return Err(ErrorCode::OffsetOutOfRange);
            }
            if epoch < last || end < asked.offset {
                return Ok(Found::Diverges(epoch, end));
            }
        }
        if asked.offset < log.start() || asked.offset > log.end() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        match reader {
            Reader::Follower { stale: true, .. } => Err(ErrorCode::NotLeaderOrFollower),
            Reader::Follower { .. } => Ok(Found::Records(log.end(), marks(replica))),
            Reader::Consumer => Ok(Found::Records(self.visible_end(replica), marks(replica))),
        }
    }

    /// Consumers read to the high watermark. Source: spec A4.4.
    fn visible_end(&self, replica: &Replica) -> Offset {
        if self.profile.on(Guard::ReadsToHw) {
            replica.log.high_watermark()
        } else {
            replica.log.end()
        }
    }

    /// Whether a request is answered at once. Source: spec A4.6.
    fn is_enough(&self, fetch: &Fetch, found: &[Found]) -> bool {
        let mut wanted = fetch.min_bytes;
        for (asked, found) in fetch.partitions.iter().zip(found) {
            let Found::Records(to, _) = *found else { return true };
            if asked.offset >= to {
                continue;
            }
            if wanted <= 1 {
                return true;
            }
            let Some(replica) = self.replicas.get(&asked.id) else { return true };
            if replica.log.is_in_closed_segment(asked.offset) {
                return true;
            }
            let bytes: u64 = replica.log.read(asked.offset, to).map(Record::bytes).sum();
            wanted = wanted.saturating_sub(bytes);
            if wanted == 0 {
                return true;
            }
        }
        fetch.partitions.is_empty()
    }

    fn answer_fetch(
        &self,
        from: NodeId,
        correlation: u32,
        fetch: &Fetch,
        found: &[Found],
        out: &mut Out<'_>,
    ) {
        let mut room = fetch.max_bytes;
        let answer = |(asked, found): (&FetchPartition, &Found)| {
            (asked.id, self.read(asked, *found, fetch.partition_max_bytes, &mut room))
        };
        let is_follower = fetch.replica.is_some();
        let news =
            |(asked, found): &(&FetchPartition, &Found)| found.is_news_for(asked, is_follower);
        let all = fetch.partitions.iter().zip(found);
        let partitions: Vec<_> = all.filter(news).map(answer).collect();
        let refused =
            partitions.iter().filter_map(|(id, result)| Some((*id, result.as_ref().err()?)));
        let leaders = self.hints(refused.map(|(id, error)| (id, *error)));
        reply(from, correlation, Reply::Fetch { partitions, leaders }, out);
    }

    /// Reads what was found, as far as there is room; the first record comes in any case.
    fn read(
        &self,
        asked: &FetchPartition,
        found: Found,
        limit: u64,
        room: &mut u64,
    ) -> Result<Fetched, ErrorCode> {
        let empty = |marks: Marks| Fetched {
            high_watermark: marks.high_watermark,
            log_start: marks.log_start,
            records: Vec::new(),
            diverging: None,
            preferred: None,
        };
        match found {
            Found::Refused(error) => Err(error),
            Found::Elsewhere(node, marks) => Ok(Fetched { preferred: Some(node), ..empty(marks) }),
            Found::Diverges(epoch, end) => {
                let replica = self.hosted(asked.id)?;
                Ok(Fetched { diverging: Some((epoch, end)), ..empty(marks(replica)) })
            }
            Found::Records(to, marks) if to <= asked.offset || *room == 0 => Ok(empty(marks)),
            Found::Records(to, marks) => {
                let log = &self.hosted(asked.id)?.log;
                let to = log.end_within(asked.offset, to, limit.min(*room));
                let records: Vec<Record> = log.read(asked.offset, to).cloned().collect();
                let bytes: u64 = records.iter().map(Record::bytes).sum();
                *room = room.saturating_sub(bytes);
                Ok(Fetched { records, ..empty(marks) })
            }
        }
    }

    /// Looks again at requests that wait. Source: `DelayedFetch.tryComplete`.
    pub(super) fn complete_fetch(&mut self, out: &mut Out<'_>) {
        let mut at = 0;
        while let Some(parked) = self.parked_fetch.get(at) {
            let touch = if parked.what.replica.is_some() { Touch::End } else { Touch::Mark };
            let concerned =
                parked.what.partitions.iter().any(|asked| self.is_touched(asked.id, touch));
            if !concerned || !self.answer_parked(at, false, out) {
                at += 1;
            }
        }
    }

    pub(super) fn fetch_timed_out(&mut self, ticket: u32, out: &mut Out<'_>) {
        if let Some(at) = self.parked_fetch.iter().position(|parked| parked.ticket == ticket) {
            self.answer_parked(at, true, out);
        }
    }

    /// Answers a request that waits, in any case or if there is enough by now. Nothing of the
    /// follower is learned from it: it was, when it came.
    fn answer_parked(&mut self, at: usize, in_any_case: bool, out: &mut Out<'_>) -> bool {
        let mut found = std::mem::take(&mut self.found);
        let parked = &self.parked_fetch[at];
        let reader = self.reader(parked.from, &parked.what);
        let asked = parked.what.partitions.iter();
        found.extend(asked.map(|asked| self.find(asked, reader, &parked.what)));
        let answers = in_any_case || self.is_enough(&parked.what, &found);
        if answers {
            out.cancel(Timer::ParkedFetch(parked.ticket));
            let parked = self.parked_fetch.remove(at);
            self.answer_fetch(parked.from, parked.correlation, &parked.what, &found, out);
        }
        found.clear();
        self.found = found;
        answers
    }

    /// A nearer replica for a consumer that said where it is: one of the ISR that has the offset,
    /// the most caught-up of its rack. Source: spec A17; `findPreferredReadReplica`,
    /// `RackAwareReplicaSelector`.
    fn preferred_replica(
        &self,
        replica: &Replica,
        asked: &FetchPartition,
        fetch: &Fetch,
    ) -> Option<NodeId> {
        let rack = fetch.rack.as_ref().filter(|_| self.settings.rack_aware_selector)?;
        let leadership = replica.leadership()?;
        if self.rack.as_ref() == Some(rack) {
            return None;
        }
        let is_near = |node: NodeId| {
            let broker = self.image.brokers.get(&node);
            broker.is_some_and(|it| it.is_active() && it.rack.as_ref() == Some(rack))
        };
        let near = replica.remotes.iter().filter(|remote| {
            is_near(remote.node)
                && leadership.isr.contains(&remote.node)
                && remote.log_start <= asked.offset
                && remote.end.is_some_and(|end| end >= asked.offset)
        });
        near.max_by_key(|remote| remote.end).map(|remote| remote.node)
    }
}

fn marks(replica: &Replica) -> Marks {
    Marks { high_watermark: replica.log.high_watermark(), log_start: replica.log.start() }
}

impl Broker {
    /// Who leads the partitions of which it was said that this broker does not lead them, as far
    /// as it knows. Source: KIP-951; `KafkaApis.getCurrentLeader`.
    pub(super) fn hints(
        &self,
        refused: impl Iterator<Item = (PartitionId, ErrorCode)>,
    ) -> Vec<crate::message::PartitionInfo> {
        if !self.profile.current_leader_in_errors {
            return Vec::new();
        }
        let elsewhere =
            |error| matches!(error, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch);
        let hints = refused.filter(|(_, error)| elsewhere(*error)).filter_map(|(id, _)| {
            let partition = self.image.partitions.get(&id)?;
            let (leader, leader_epoch) = (partition.leader, partition.leader_epoch);
            leader.is_some().then_some(crate::message::PartitionInfo { id, leader, leader_epoch })
        });
        hints.collect()
    }
}
