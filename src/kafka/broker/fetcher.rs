//! The follower's side of Fetch: one loop per leader, one request under way in each.
//! Source: spec A3, A7, A8; `AbstractFetcherThread`, `ReplicaFetcherThread`.

use super::{Broker, Purpose, Touch, storage};
use crate::config::Truncation;
use crate::fact::Fact;
use crate::guard::Guard;
use crate::homemade::Recovery;
use crate::id::{ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::message::{Fetch, FetchPartition, Fetched, ListOffsets, Place, Request};
use crate::node::{Out, Timer};
use kernel::{Instant, NodeId, Span};

/// `replica.fetch.response.max.bytes`, `replica.fetch.max.bytes`.
const MAX_BYTES: u64 = 10 << 20;
const PARTITION_MAX_BYTES: u64 = 1 << 20;

/// The fetch loop against one leader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Fetcher {
    /// In the order of their ids.
    partitions: Vec<Followed>,
    busy: bool,
    /// What the request under way asked for, in the order of their ids.
    asked: Vec<Asked>,
}

/// A partition that is fetched. Source: `PartitionFetchState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Followed {
    id: PartitionId,
    /// The leader epoch under which it was handed to the fetcher.
    epoch: LeaderEpoch,
    /// It is not asked for before this instant.
    not_before: Instant,
}

/// A partition in a request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    id: PartitionId,
    offset: Offset,
    epoch: LeaderEpoch,
}

impl Fetcher {
    #[cfg(test)]
    pub(super) fn follows(&self, id: PartitionId) -> bool {
        self.partitions.iter().any(|followed| followed.id == id)
    }

    fn followed(&mut self, id: PartitionId) -> Option<&mut Followed> {
        self.partitions.iter_mut().find(|followed| followed.id == id)
    }
}

impl Broker {
    pub(super) fn stop_fetching(&mut self, id: PartitionId) {
        for fetcher in self.fetchers.values_mut() {
            fetcher.partitions.retain(|followed| followed.id != id);
        }
    }

    pub(super) fn fetch_partition(
        &mut self,
        id: PartitionId,
        leader: NodeId,
        epoch: LeaderEpoch,
        out: &mut Out<'_>,
    ) {
        let fetcher = self.fetchers.entry(leader).or_default();
        let followed = Followed { id, epoch, not_before: Instant::ZERO };
        let at = fetcher.partitions.partition_point(|other| other.id < id);
        fetcher.partitions.insert(at, followed);
        if !fetcher.busy {
            out.set(Timer::ReplicaFetch(leader), Span::ZERO);
        }
    }

    /// Asks the leader for everything that is due.
    pub(super) fn fetch_from(&mut self, leader: NodeId, out: &mut Out<'_>) {
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if fetcher.busy || fetcher.partitions.is_empty() {
            return;
        }
        let now = out.now();
        let truncation = self.profile.truncation;
        let by_epochs = Recovery::Cut(Truncation::LeaderEpoch);
        let mut partitions = Vec::with_capacity(fetcher.partitions.len());
        fetcher.asked.clear();
        for followed in fetcher.partitions.iter().filter(|followed| followed.not_before <= now) {
            let Some(replica) = self.replicas.get(&followed.id) else { continue };
            let (id, epoch, offset) = (followed.id, followed.epoch, replica.log.end());
            let by_epoch = self.image.recovery(id.topic, truncation) == by_epochs;
            fetcher.asked.push(Asked { id, offset, epoch });
            partitions.push(FetchPartition {
                id,
                leader_epoch: epoch,
                offset,
                last_epoch: replica.log.last_epoch().filter(|_| by_epoch),
                log_start: replica.log.start(),
                high_watermark: replica.log.high_watermark(),
            });
        }
        if partitions.is_empty() {
            let due = fetcher.partitions.iter().map(|followed| followed.not_before);
            let next = due.min().unwrap_or(now);
            out.set(Timer::ReplicaFetch(leader), next.since(now).max(Span(1)));
            return;
        }
        fetcher.busy = true;
        let body = Request::Fetch(Box::new(Fetch {
            replica: Some(self.epoch.unwrap_or(0)),
            max_wait: self.settings.replica_fetch_wait_max,
            min_bytes: self.settings.replica_fetch_min_bytes,
            max_bytes: MAX_BYTES,
            partition_max_bytes: PARTITION_MAX_BYTES,
            rack: None,
            partitions,
        }));
        let timeout = self.settings.replica_socket_timeout;
        self.calls.send(leader, body, timeout, Purpose::Fetch, out);
    }

    pub(super) fn fetched(
        &mut self,
        leader: NodeId,
        partitions: Vec<(PartitionId, Result<Fetched, ErrorCode>)>,
        out: &mut Out<'_>,
    ) {
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        fetcher.busy = false;
        let out_of_range = self.take_in(leader, partitions, out);
        if out_of_range.is_empty() {
            self.fetch_from(leader, out);
        } else {
            self.ask_for_range(leader, &out_of_range, out);
        }
    }

    /// Deals with each partition of an answer; gives those that were out of range.
    /// Source: spec A3.3, A3.5; `AbstractFetcherThread.processFetchRequest`.
    pub(super) fn take_in(
        &mut self,
        leader: NodeId,
        partitions: Vec<(PartitionId, Result<Fetched, ErrorCode>)>,
        out: &mut Out<'_>,
    ) -> Vec<(PartitionId, LeaderEpoch)> {
        let mut out_of_range = Vec::new();
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return out_of_range };
        let asked = std::mem::take(&mut fetcher.asked);
        let mut next = asked.iter();
        for (id, result) in partitions {
            // Both are in the order of the ids.
            let Some(asked) = next.find(|asked| asked.id == id) else { break };
            if !self.still_wants(asked, leader) {
                continue;
            }
            match result {
                Ok(Fetched { diverging: Some((epoch, end)), high_watermark, .. }) => {
                    if self.profile.on(Guard::CutBeforeMark) || !self.mark(id, high_watermark, out)
                    {
                        self.truncate(id, epoch, end, out);
                    }
                }
                Ok(fetched) => {
                    self.store(id, fetched, out);
                    if self.asks_for_end(id) {
                        out_of_range.push((id, asked.epoch));
                    }
                }
                Err(ErrorCode::OffsetOutOfRange) => out_of_range.push((id, asked.epoch)),
                Err(ErrorCode::FencedLeaderEpoch) => self.fenced(leader, asked),
                Err(_) => self.back_off(leader, id, out),
            }
        }
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            fetcher.asked = asked;
        }
        out_of_range
    }

    /// The answer is ignored if anything changed meanwhile. Source: spec A3.6;
    /// `AbstractFetcherThread.processFetchRequest`.
    fn still_wants(&mut self, asked: &Asked, leader: NodeId) -> bool {
        let fetcher = self.fetchers.get_mut(&leader);
        let followed = fetcher.and_then(|fetcher| fetcher.followed(asked.id));
        let (Some(followed), Some(replica)) = (followed, self.replicas.get(&asked.id)) else {
            return false;
        };
        (replica.log.end() == asked.offset || !self.profile.on(Guard::ResponseAtOffset))
            && (followed.epoch == asked.epoch || !self.profile.on(Guard::ResponseOfEpoch))
    }

    /// Appends what came, takes over the leader's high watermark as far as the log goes (it may
    /// go down as well as up), and then its start. Source: spec A3.3; `processPartitionData`.
    fn store(&mut self, id: PartitionId, fetched: Fetched, out: &mut Out<'_>) {
        let count = fetched.records.len() as u32;
        if count > 0 && !self.may_write(id, out) {
            return;
        }
        let roll = self.roll(id);
        let Some(replica) = self.replica_mut(id) else { return };
        let base = replica.log.end();
        let mut new_epoch = false;
        for record in fetched.records {
            new_epoch |= storage::append(replica, record, roll, out).new_epoch;
        }
        let from = replica.log.high_watermark();
        replica.log.set_high_watermark(fetched.high_watermark);
        let to = replica.log.high_watermark();
        let cut_off = replica.log.raise_start(fetched.log_start.min(to));
        if new_epoch || cut_off {
            storage::keep_epochs(replica, out);
        }
        let start = replica.log.start();
        if count > 0 {
            out.note(Fact::Replicated { id, base, count });
        }
        if from != to {
            out.note(Fact::HighWatermark { id, from, to, leads: false });
            self.touch(id, Touch::Mark);
        }
        if cut_off {
            out.note(Fact::LogStart { id, to: start });
        }
    }

    /// Takes over a high watermark although the log parts from the leader's, as was done before
    /// 3.4.1; the cut then comes with the next answer. True when the mark moved.
    fn mark(&mut self, id: PartitionId, to: Offset, out: &mut Out<'_>) -> bool {
        let Some(replica) = self.replica_mut(id) else { return false };
        let from = replica.log.high_watermark();
        replica.log.set_high_watermark(to);
        let to = replica.log.high_watermark();
        if from != to {
            out.note(Fact::HighWatermark { id, from, to, leads: false });
            self.touch(id, Touch::Mark);
        }
        from != to
    }

    /// The log parts from the leader's: cut it where they last agreed. The high watermark of such
    /// an answer is not taken over (KAFKA-14704). Source: spec A7.4.
    fn truncate(&mut self, id: PartitionId, epoch: LeaderEpoch, end: Offset, out: &mut Out<'_>) {
        let Some(replica) = self.replicas.get(&id) else { return };
        let to = replica.truncation_point(epoch, end, self.profile.guards);
        self.cut(id, to, out);
    }

    pub(super) fn cut(&mut self, id: PartitionId, to: Offset, out: &mut Out<'_>) {
        if !self.may_write(id, out) {
            return;
        }
        let Some(replica) = self.replica_mut(id) else { return };
        let (from, epoch) = (replica.log.end(), replica.leader_epoch);
        storage::truncate(replica, to, out);
        if to < from {
            out.note(Fact::Truncated { id, from, to, epoch });
        }
    }

    // ---- out of range ----

    /// The leader's log has not got the offset: where does it start and end?
    /// Source: spec A8; `AbstractFetcherThread.fetchOffsetAndTruncate`.
    fn ask_for_range(
        &mut self,
        leader: NodeId,
        partitions: &[(PartitionId, LeaderEpoch)],
        out: &mut Out<'_>,
    ) {
        let both = |(id, epoch): &(PartitionId, LeaderEpoch)| {
            [(*id, *epoch, Place::Earliest), (*id, *epoch, Place::Latest)]
        };
        let partitions = partitions.iter().flat_map(both).collect();
        let body = Request::ListOffsets(ListOffsets { replica: true, partitions });
        let timeout = self.settings.replica_socket_timeout;
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            fetcher.busy = true;
        }
        self.calls.send(leader, body, timeout, Purpose::Range, out);
    }

    pub(super) fn range_told(
        &mut self,
        leader: NodeId,
        partitions: &[(PartitionId, Place, Result<Offset, ErrorCode>)],
        out: &mut Out<'_>,
    ) {
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        fetcher.busy = false;
        for pair in partitions.chunks(2) {
            let [(id, _, earliest), (_, _, latest)] = pair else { continue };
            let fetcher = self.fetchers.get_mut(&leader);
            if fetcher.and_then(|fetcher| fetcher.followed(*id)).is_none() {
                continue;
            }
            match (earliest, latest) {
                (Ok(_), Ok(end)) if self.recovery(id.topic) == Recovery::Copy => {
                    self.compare_ends(*id, leader, *end, out);
                }
                (Ok(start), Ok(end)) => self.fit(*id, *start, *end, out),
                _ => self.back_off(leader, *id, out),
            }
        }
        self.fetch_from(leader, out);
    }

    /// Goes on where the leader's log allows it: longer than the leader's, it is cut (an unclean
    /// election); behind the leader's start, it begins anew there. Source: spec A8, V26, V27.
    fn fit(&mut self, id: PartitionId, start: Offset, end: Offset, out: &mut Out<'_>) {
        let Some(replica) = self.replicas.get(&id) else { return };
        if end < replica.log.end() {
            self.cut(id, end, out);
        } else if start > replica.log.end() && self.may_write(id, out) {
            let raises = self.profile.on(Guard::MarkWithinLog);
            let Some(replica) = self.replica_mut(id) else { return };
            let mark = if raises { start } else { replica.log.high_watermark() };
            storage::restart_at(replica, start, mark, out);
            out.note(Fact::LogStart { id, to: start });
        }
    }

    // ---- what goes wrong ----

    /// With the epoch that it still has it will not be served: it waits for newer metadata.
    /// Source: spec A3.5; `AbstractFetcherThread.onPartitionFenced`.
    fn fenced(&mut self, leader: NodeId, asked: &Asked) {
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            let gone = |it: &Followed| it.id == asked.id && it.epoch == asked.epoch;
            fetcher.partitions.retain(|followed| !gone(followed));
        }
    }

    pub(super) fn back_off(&mut self, leader: NodeId, id: PartitionId, out: &mut Out<'_>) {
        let until = out.now() + self.settings.replica_fetch_backoff;
        let fetcher = self.fetchers.get_mut(&leader);
        if let Some(followed) = fetcher.and_then(|fetcher| fetcher.followed(id)) {
            followed.not_before = until;
        }
    }

    /// No answer: everything that was asked for waits. Source: `handlePartitionsWithErrors`.
    pub(super) fn fetch_failed(&mut self, leader: NodeId, out: &mut Out<'_>) {
        let until = out.now() + self.settings.replica_fetch_backoff;
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        fetcher.busy = false;
        for followed in &mut fetcher.partitions {
            let was_asked = |asked: &Asked| asked.id == followed.id;
            if fetcher.asked.iter().any(was_asked) {
                followed.not_before = until;
            }
        }
        out.note(Fact::FetcherBackedOff { leader });
        self.fetch_from(leader, out);
    }
}
