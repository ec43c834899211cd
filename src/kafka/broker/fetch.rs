//! The leader's side of Fetch: epoch checks, follower progress, and requests that wait for bytes.
//! Source: spec A4; `Partition.fetchRecords`, `DelayedFetch`.

use super::{Broker, Parked};
use crate::id::{BrokerEpoch, ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::message::{Fetch, FetchPartition, Fetched, Reply};
use crate::node::{Out, Timer};
use crate::record::Record;
use crate::rpc::reply;
use kernel::NodeId;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Most records of one partition in one answer (the real limit is in bytes).
const MAX_RECORDS: u64 = 500;

struct Read {
    high_watermark: Offset,
    records: Vec<Record>,
    diverging: Option<(LeaderEpoch, Offset)>,
}

impl Broker {
    pub(super) fn serve_fetch(
        &mut self,
        from: NodeId,
        correlation: u32,
        fetch: Fetch,
        out: &mut Out<'_>,
    ) {
        if let Some(epoch) = fetch.replica {
            for partition in &fetch.partitions {
                if self.read(partition, Some(from)).is_ok_and(|read| read.diverging.is_none()) {
                    self.follower_progress(from, epoch, partition, out);
                }
            }
        }
        if fetch.max_wait.0 == 0 || self.has_answer(from, &fetch) {
            self.answer_fetch(from, correlation, &fetch, out);
            return;
        }
        let ticket = self.ticket();
        out.set(Timer::ParkedFetch(ticket), fetch.max_wait);
        let (since, until) = (out.now(), out.now() + fetch.max_wait);
        let parked = Parked { ticket, from, correlation, since, until, what: fetch };
        self.parked_fetch.push(parked);
    }

    /// What the fetch says of the follower, and what follows: it may join the ISR, and the high
    /// watermark may move.
    fn follower_progress(
        &mut self,
        from: NodeId,
        epoch: BrokerEpoch,
        asked: &FetchPartition,
        out: &mut Out<'_>,
    ) {
        let image = Rc::clone(&self.image);
        let known = image.brokers.get(&from).map_or(0, |broker| broker.epoch);
        if epoch < known {
            return;
        }
        let now = out.now();
        let Some(replica) = self.replica_mut(asked.id) else { return };
        replica.follower_fetched(from, asked.offset, epoch, now);
        let eligible = |node, epoch| Broker::eligible(&image, node, epoch);
        if replica.may_expand(from, &eligible) {
            self.propose_expand(asked.id, from, out);
        }
        self.advance(asked.id, out);
    }

    fn check(
        &self,
        asked: &FetchPartition,
        follower: Option<NodeId>,
    ) -> Result<&super::Replica, ErrorCode> {
        let replica = self.replicas.get(&asked.id).ok_or_else(|| self.not_hosted(asked.id))?;
        if asked.leader_epoch < replica.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if asked.leader_epoch > replica.leader_epoch {
            return Err(ErrorCode::UnknownLeaderEpoch);
        }
        let leadership = replica.leadership().ok_or(ErrorCode::NotLeaderOrFollower)?;
        if follower.is_some_and(|node| !leadership.remotes.contains_key(&node)) {
            return Err(ErrorCode::UnknownLeaderEpoch);
        }
        Ok(replica)
    }

    /// Followers read to the end of the log, consumers to the high watermark.
    fn read(&self, asked: &FetchPartition, follower: Option<NodeId>) -> Result<Read, ErrorCode> {
        let replica = self.check(asked, follower)?;
        let high_watermark = replica.log.high_watermark();
        if let Some(diverging) = replica.diverging(asked.offset, asked.last_epoch) {
            let diverging = Some(diverging);
            return Ok(Read { high_watermark, records: Vec::new(), diverging });
        }
        if asked.offset > replica.log.end() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let limit = if follower.is_some() { replica.log.end() } else { high_watermark };
        let to = limit.min(asked.offset + MAX_RECORDS);
        let records = replica.log.read(asked.offset, to).copied().collect();
        Ok(Read { high_watermark, records, diverging: None })
    }

    fn has_answer(&self, from: NodeId, fetch: &Fetch) -> bool {
        let follower = fetch.replica.map(|_| from);
        fetch.partitions.iter().any(|asked| {
            let Ok(replica) = self.check(asked, follower) else { return true };
            let log = &replica.log;
            let limit = if follower.is_some() { log.end() } else { log.high_watermark() };
            limit > asked.offset
                || asked.offset > log.end()
                || replica.diverging(asked.offset, asked.last_epoch).is_some()
        })
    }

    fn answer_fetch(&self, from: NodeId, correlation: u32, fetch: &Fetch, out: &mut Out<'_>) {
        let follower = fetch.replica.map(|_| from);
        let answer = |asked: &FetchPartition| {
            let result = self.read(asked, follower).map(|read| Fetched {
                high_watermark: read.high_watermark,
                records: read.records,
                diverging: read.diverging,
            });
            (asked.id, result)
        };
        let partitions = fetch.partitions.iter().map(answer).collect();
        reply(from, correlation, Reply::Fetch(partitions), out);
    }

    pub(super) fn complete_fetch(&mut self, touched: &BTreeSet<PartitionId>, out: &mut Out<'_>) {
        let mut parked = std::mem::take(&mut self.parked_fetch);
        parked.retain(|parked| {
            let concerned = parked.what.partitions.iter().any(|asked| touched.contains(&asked.id));
            if !concerned || !self.has_answer(parked.from, &parked.what) {
                return true;
            }
            out.cancel(Timer::ParkedFetch(parked.ticket));
            self.answer_fetch(parked.from, parked.correlation, &parked.what, out);
            false
        });
        self.parked_fetch = parked;
    }

    pub(super) fn fetch_timed_out(&mut self, ticket: u32, out: &mut Out<'_>) {
        if let Some(at) = self.parked_fetch.iter().position(|parked| parked.ticket == ticket) {
            let parked = self.parked_fetch.remove(at);
            self.answer_fetch(parked.from, parked.correlation, &parked.what, out);
        }
    }
}
