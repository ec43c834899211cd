//! Produce: append, and for acks=all wait until the ISR has it. Source: spec A2; `ReplicaManager`,
//! `DelayedProduce`.

use super::replica::Replica;
use super::sequence::Check;
use super::{Broker, Parked};
use crate::fact::Fact;
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::{Acks, CLIENT, FETCH, Produce, Reply};
use crate::node::{DiskRecord, File, Out, Timer};
use crate::record::Record;
use crate::rpc::reply;
use kernel::{Closed, NodeId};
use std::collections::BTreeSet;

/// Partitions of a produce request, each answered or waiting.
pub(super) type Waiting = Vec<(PartitionId, Progress)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    Done(Result<Offset, ErrorCode>),
    /// Stored from `base` on; acknowledged once the high watermark is at `required`.
    Waits {
        base: Offset,
        required: Offset,
    },
}

impl Broker {
    pub(super) fn produce(
        &mut self,
        from: NodeId,
        correlation: u32,
        produce: Produce,
        out: &mut Out<'_>,
    ) {
        let mut waiting = Waiting::new();
        for (id, records) in produce.partitions {
            let progress = match self.append(id, from, produce.acks, &records, out) {
                Err(error) => Progress::Done(Err(error)),
                Ok((base, required)) => match produce.acks {
                    Acks::All => Progress::Waits { base, required },
                    _ => Progress::Done(Ok(base)),
                },
            };
            if let Progress::Done(Err(error)) = progress {
                out.note(Fact::Refused { id, from, api: "Produce", error });
            }
            self.advance(id, out);
            waiting.push((id, progress));
        }
        if produce.acks == Acks::None {
            // Nobody is told of an error; the connection is closed so that the client notices.
            if waiting.iter().any(|(_, progress)| matches!(progress, Progress::Done(Err(_)))) {
                out.reject(from, CLIENT);
            }
            return;
        }
        self.settle(&mut waiting);
        if is_done(&waiting) {
            answer(from, correlation, &waiting, out);
            return;
        }
        for (id, progress) in &waiting {
            if let Progress::Waits { required, .. } = progress {
                out.note(Fact::ProduceParked { id: *id, from, until: *required });
            }
        }
        let ticket = self.ticket();
        out.set(Timer::ParkedProduce(ticket), produce.timeout);
        let (since, until) = (out.now(), out.now() + produce.timeout);
        let parked = Parked { ticket, from, correlation, since, until, what: waiting };
        self.parked_produce.push(parked);
    }

    /// Appends to the local log. Gives the first offset, and the end that must be committed.
    fn append(
        &mut self,
        id: PartitionId,
        from: NodeId,
        acks: Acks,
        records: &[Record],
        out: &mut Out<'_>,
    ) -> Result<(Offset, Offset), ErrorCode> {
        let min_isr = self.rules(id).min_isr;
        let missing = self.not_hosted(id);
        let replica = self.replica_mut(id).ok_or(missing)?;
        let isr = replica.leadership().ok_or(ErrorCode::NotLeaderOrFollower)?.isr.len();
        if acks == Acks::All && isr < min_isr {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        let first = records.first().ok_or(ErrorCode::InvalidRequest)?;
        match first.stamp.map_or(Check::Append, |stamp| replica.sequences.check(stamp)) {
            Check::Refuse(error) => return Err(error),
            Check::Duplicate(offset) => {
                out.note(Fact::DuplicateIgnored { id, from, offset });
                return Ok((offset, offset + records.len() as Offset));
            }
            Check::Append => {}
        }
        let base = replica.log.end();
        let stored = append_as_leader(replica, records, out);
        out.note(Fact::Appended { id, base, records: stored });
        Ok((base, base + records.len() as Offset))
    }

    /// Looks whether anything that waits may be answered. Source: `DelayedProduce.tryComplete`.
    fn settle(&self, waiting: &mut Waiting) {
        for (id, progress) in waiting {
            let Progress::Waits { base, required } = *progress else { continue };
            let Some(replica) = self.replicas.get(id) else {
                *progress = Progress::Done(Err(self.not_hosted(*id)));
                continue;
            };
            let Some(leadership) = replica.leadership() else {
                *progress = Progress::Done(Err(ErrorCode::NotLeaderOrFollower));
                continue;
            };
            if replica.log.high_watermark() >= required {
                let enough = leadership.maximal_isr().len() >= self.rules(*id).min_isr;
                let result =
                    if enough { Ok(base) } else { Err(ErrorCode::NotEnoughReplicasAfterAppend) };
                *progress = Progress::Done(result);
            }
        }
    }

    pub(super) fn complete_produce(&mut self, touched: &BTreeSet<PartitionId>, out: &mut Out<'_>) {
        let mut parked = std::mem::take(&mut self.parked_produce);
        parked.retain_mut(|parked| {
            if parked.what.iter().any(|(id, _)| touched.contains(id)) {
                self.settle(&mut parked.what);
            }
            if !is_done(&parked.what) {
                return true;
            }
            out.cancel(Timer::ParkedProduce(parked.ticket));
            answer(parked.from, parked.correlation, &parked.what, out);
            false
        });
        self.parked_produce = parked;
    }

    pub(super) fn produce_timed_out(&mut self, ticket: u32, out: &mut Out<'_>) {
        let Some(at) = self.parked_produce.iter().position(|parked| parked.ticket == ticket) else {
            return;
        };
        let mut parked = self.parked_produce.remove(at);
        for (id, progress) in &mut parked.what {
            if matches!(progress, Progress::Waits { .. }) {
                let (from, error) = (parked.from, ErrorCode::RequestTimedOut);
                *progress = Progress::Done(Err(error));
                out.note(Fact::Refused { id: *id, from, api: "Produce", error });
            }
        }
        answer(parked.from, parked.correlation, &parked.what, out);
    }

    /// A peer's connection is gone: nobody waits for the answers that it would carry.
    pub(super) fn forget_requests_of(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        if closed.from_peer(CLIENT) {
            for parked in self.parked_produce.iter().filter(|parked| parked.from == peer) {
                out.cancel(Timer::ParkedProduce(parked.ticket));
            }
            self.parked_produce.retain(|parked| parked.from != peer);
            self.waiting_for_ids.retain(|(from, _)| *from != peer);
        }
        if closed.from_peer(FETCH) {
            for parked in self.parked_fetch.iter().filter(|parked| parked.from == peer) {
                out.cancel(Timer::ParkedFetch(parked.ticket));
            }
            self.parked_fetch.retain(|parked| parked.from != peer);
        }
    }
}

fn append_as_leader(replica: &mut Replica, records: &[Record], out: &mut Out<'_>) -> Vec<Record> {
    let epoch = replica.leader_epoch;
    let store = |record: &Record| {
        let record = Record { epoch, ..*record };
        replica.sequences.put(&record, replica.log.end());
        replica.log.append(record);
        out.append(File::Log(replica.id), DiskRecord::Log(record));
        record
    };
    records.iter().map(store).collect()
}

fn is_done(waiting: &Waiting) -> bool {
    waiting.iter().all(|(_, progress)| matches!(progress, Progress::Done(_)))
}

fn answer(to: NodeId, correlation: u32, waiting: &Waiting, out: &mut Out<'_>) {
    let results = waiting.iter().filter_map(|(id, progress)| match progress {
        Progress::Done(result) => Some((*id, *result)),
        Progress::Waits { .. } => None,
    });
    reply(to, correlation, Reply::Produce(results.collect()), out);
}
