//! The follower's side of Fetch: one loop per leader, one request under way in each.
//! Source: spec A3, A7, A8; `AbstractFetcherThread`, `ReplicaFetcherThread`.

use super::{Broker, Purpose};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::{ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::message::{Fetch, FetchPartition, Fetched, Request};
use crate::node::{DiskRecord, File, Out, Timer};
use kernel::{Instant, NodeId, Span};
use std::collections::BTreeMap;

/// The fetch loop against one leader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Fetcher {
    partitions: BTreeMap<PartitionId, Followed>,
    busy: bool,
}

/// A partition that is fetched. Source: `PartitionFetchState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Followed {
    /// The leader epoch under which it was handed to the fetcher.
    epoch: LeaderEpoch,
    /// It is not asked for before this instant.
    not_before: Instant,
}

/// A partition in a request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    id: PartitionId,
    offset: Offset,
    epoch: LeaderEpoch,
}

impl Broker {
    pub(super) fn stop_fetching(&mut self, id: PartitionId) {
        for fetcher in self.fetchers.values_mut() {
            fetcher.partitions.remove(&id);
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
        fetcher.partitions.insert(id, Followed { epoch, not_before: Instant::ZERO });
        if !fetcher.busy {
            out.set(Timer::ReplicaFetch(leader), Span::ZERO);
        }
    }

    /// Asks the leader for everything that is due.
    pub(super) fn fetch_from(&mut self, leader: NodeId, out: &mut Out<'_>) {
        let Some(fetcher) = self.fetchers.get(&leader) else { return };
        if fetcher.busy || fetcher.partitions.is_empty() {
            return;
        }
        let now = out.now();
        let ready = fetcher.partitions.iter().filter(|(_, followed)| followed.not_before <= now);
        let partitions: Vec<FetchPartition> =
            ready.filter_map(|(id, followed)| self.ask(*id, followed.epoch)).collect();
        if partitions.is_empty() {
            let due = fetcher.partitions.values().map(|followed| followed.not_before);
            let next = due.min().unwrap_or(now);
            out.set(Timer::ReplicaFetch(leader), next.since(now).max(Span(1)));
            return;
        }
        let asked = partitions.iter().map(|asked| Asked {
            id: asked.id,
            offset: asked.offset,
            epoch: asked.leader_epoch,
        });
        let purpose = Purpose::Fetch(asked.collect());
        let body = Request::Fetch(Fetch {
            replica: Some(self.epoch.unwrap_or(0)),
            max_wait: self.settings.replica_fetch_wait_max,
            partitions,
        });
        let timeout = self.settings.replica_socket_timeout;
        self.calls.send(leader, body, timeout, purpose, out);
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            fetcher.busy = true;
        }
    }

    fn ask(&self, id: PartitionId, leader_epoch: LeaderEpoch) -> Option<FetchPartition> {
        let replica = self.replicas.get(&id)?;
        Some(FetchPartition {
            id,
            leader_epoch,
            offset: replica.log.end(),
            last_epoch: replica.log.last_epoch(),
        })
    }

    pub(super) fn fetched(
        &mut self,
        leader: NodeId,
        asked: &[Asked],
        partitions: Vec<(PartitionId, Result<Fetched, ErrorCode>)>,
        out: &mut Out<'_>,
    ) {
        self.not_busy(leader);
        for (id, result) in partitions {
            let still = asked.iter().any(|asked| asked.id == id && self.still_wants(asked, leader));
            match result {
                _ if !still => {}
                Ok(Fetched { diverging: Some((epoch, end)), .. }) => {
                    self.truncate(id, epoch, end, out);
                }
                Ok(fetched) => self.store(id, fetched, out),
                Err(ErrorCode::OffsetOutOfRange) => self.out_of_range(id, out),
                Err(_) => self.back_off(leader, id, out),
            }
        }
        self.fetch_from(leader, out);
    }

    /// The answer is ignored if anything changed meanwhile. Source: spec A3.6;
    /// `AbstractFetcherThread.processFetchRequest`.
    fn still_wants(&self, asked: &Asked, leader: NodeId) -> bool {
        let fetcher = self.fetchers.get(&leader);
        let followed = fetcher.and_then(|fetcher| fetcher.partitions.get(&asked.id));
        let (Some(followed), Some(replica)) = (followed, self.replicas.get(&asked.id)) else {
            return false;
        };
        (replica.log.end() == asked.offset || !self.profile.on(Guard::ResponseAtOffset))
            && (followed.epoch == asked.epoch || !self.profile.on(Guard::ResponseOfEpoch))
    }

    /// Appends what came, and takes over the leader's high watermark as far as the log goes: it
    /// may go down as well as up. Source: `processPartitionData`.
    fn store(&mut self, id: PartitionId, fetched: Fetched, out: &mut Out<'_>) {
        let Some(replica) = self.replica_mut(id) else { return };
        let base = replica.log.end();
        let mut new_epoch = false;
        for record in &fetched.records {
            new_epoch |= replica.log.append(*record);
            out.append(File::Log(id), DiskRecord::Log(*record));
        }
        let from = replica.log.high_watermark();
        replica.log.set_high_watermark(fetched.high_watermark);
        let to = replica.log.high_watermark();
        let count = fetched.records.len() as u32;
        if count > 0 {
            out.note(Fact::Replicated { id, base, count });
        }
        if from != to {
            out.note(Fact::HighWatermark { id, from, to, leads: false });
        }
        if new_epoch {
            self.keep_epochs(id, out);
        }
    }

    /// The log parts from the leader's: cut it where they last agreed. Source: spec A7.4.
    fn truncate(&mut self, id: PartitionId, epoch: LeaderEpoch, end: Offset, out: &mut Out<'_>) {
        let Some(replica) = self.replicas.get(&id) else { return };
        let to = replica.truncation_point(epoch, end, self.profile.guards);
        self.cut(id, to, out);
    }

    /// The leader's log ends before this one's, and no epoch tells where they part: an unclean
    /// election. Source: spec A8; `fetchOffsetAndTruncate`. Log start offsets are not modelled yet,
    /// so the only other log that can be out of range is a longer one.
    fn out_of_range(&mut self, id: PartitionId, out: &mut Out<'_>) {
        let mark = self.replicas.get(&id).map_or(0, |replica| replica.log.high_watermark());
        self.cut(id, mark, out);
    }

    fn cut(&mut self, id: PartitionId, to: Offset, out: &mut Out<'_>) {
        let Some(replica) = self.replica_mut(id) else { return };
        let (from, epoch) = (replica.log.end(), replica.leader_epoch);
        if to >= from {
            return;
        }
        replica.log.truncate(to);
        out.truncate(File::Log(id), to as usize);
        out.note(Fact::Truncated { id, from, to, epoch });
        self.keep_epochs(id, out);
    }

    fn back_off(&mut self, leader: NodeId, id: PartitionId, out: &mut Out<'_>) {
        let until = out.now() + self.settings.replica_fetch_backoff;
        if let Some(fetcher) = self.fetchers.get_mut(&leader)
            && let Some(followed) = fetcher.partitions.get_mut(&id)
        {
            followed.not_before = until;
        }
    }

    pub(super) fn fetch_failed(&mut self, leader: NodeId, asked: &[Asked], out: &mut Out<'_>) {
        self.not_busy(leader);
        for asked in asked {
            self.back_off(leader, asked.id, out);
        }
        out.note(Fact::FetcherBackedOff { leader });
        self.fetch_from(leader, out);
    }

    fn not_busy(&mut self, leader: NodeId) {
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            fetcher.busy = false;
        }
    }
}
