//! Produce: append, and for acks=all wait until the ISR has it. Source: spec A2; `ReplicaManager`,
//! `DelayedProduce`.

use super::replica::Replica;
use super::sequence::Check;
use super::{Broker, Parked, Touch, storage};
use crate::fact::Fact;
use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::{Acks, CLIENT, FETCH, Produce, Reply};
use crate::node::{Out, Timer};
use crate::record::Record;
use crate::rpc::reply;
use kernel::{Closed, NodeId};

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
        let (acks, timeout) = (produce.acks, produce.timeout);
        let waits = acks == Acks::All && self.profile.on(Guard::AcksAllWaits);
        let append = |(id, records)| {
            let progress = match self.append(id, from, acks, records, out) {
                Err(error) => Progress::Done(Err(error)),
                Ok((base, required)) if waits => Progress::Waits { base, required },
                Ok((base, _)) => Progress::Done(Ok(base)),
            };
            if let Progress::Done(Err(error)) = progress {
                out.note(Fact::Refused { id, from, api: "Produce", error });
            }
            (id, progress)
        };
        let mut waiting: Waiting = produce.partitions.into_iter().map(append).collect();
        if acks == Acks::None {
            // Nobody is told of an error; the connection is closed so that the client notices.
            if waiting.iter().any(|(_, progress)| matches!(progress, Progress::Done(Err(_)))) {
                out.reject(from, CLIENT);
            }
            return;
        }
        self.settle(&mut waiting);
        if is_done(&waiting) {
            self.answer_produce(from, correlation, &waiting, out);
            return;
        }
        for (id, progress) in &waiting {
            if let Progress::Waits { required, .. } = progress {
                out.note(Fact::ProduceParked { id: *id, from, until: *required });
            }
        }
        let ticket = self.ticket();
        out.set(Timer::ParkedProduce(ticket), timeout);
        let (since, until) = (out.now(), out.now() + timeout);
        let parked = Parked { ticket, from, correlation, since, until, what: waiting };
        self.parked_produce.push(parked);
    }

    /// Appends to the local log. Gives the first offset, and the end that must be committed.
    pub(super) fn append(
        &mut self,
        id: PartitionId,
        from: NodeId,
        acks: Acks,
        mut records: Vec<Record>,
        out: &mut Out<'_>,
    ) -> Result<(Offset, Offset), ErrorCode> {
        let guards = self.profile.guards;
        let replica = self.hosted(id)?;
        may_append(replica, acks, guards)?;
        let stamp = records.first().ok_or(ErrorCode::InvalidRequest)?.stamp;
        let count = records.len() as Offset;
        match stamp.map_or(Check::Append, |stamp| replica.sequences.check(stamp, guards)) {
            Check::Refuse(error) => return Err(error),
            Check::Duplicate(offset) => {
                out.note(Fact::DuplicateIgnored { id, from, offset });
                return Ok((offset, offset + count));
            }
            Check::Append => {}
        }
        if !self.may_write(id, out) {
            return Err(ErrorCode::KafkaStorageError);
        }
        let roll = self.roll(id);
        let replica = self.replica_mut(id).ok_or(ErrorCode::KafkaStorageError)?;
        let base = replica.log.end();
        for record in &mut records {
            record.epoch = replica.leader_epoch;
            replica.sequences.put(record, replica.log.end());
            storage::append(replica, record.clone(), roll, out);
        }
        out.note(Fact::Appended { id, base, records });
        self.touch(id, Touch::End);
        self.advance(id, out);
        Ok((base, base + count))
    }

    /// Looks whether anything that waits may be answered. Source: spec A2.7;
    /// `DelayedProduce.tryComplete`.
    fn settle(&self, waiting: &mut Waiting) {
        for (id, progress) in waiting {
            if let Progress::Waits { base, required } = *progress
                && let Some(result) = self.stored(*id, base, required)
            {
                *progress = Progress::Done(result);
            }
        }
    }

    /// What became of records; none while that is open.
    fn stored(
        &self,
        id: PartitionId,
        base: Offset,
        required: Offset,
    ) -> Option<Result<Offset, ErrorCode>> {
        let replica = match self.hosted(id) {
            Ok(replica) => replica,
            Err(error) => return Some(Err(error)),
        };
        let Some(leadership) = replica.leadership() else {
            return Some(Err(ErrorCode::NotLeaderOrFollower));
        };
        if replica.log.high_watermark() < required {
            return None;
        }
        let enough = leadership.maximal_isr().len() >= replica.min_isr;
        Some(if enough { Ok(base) } else { Err(ErrorCode::NotEnoughReplicasAfterAppend) })
    }

    pub(super) fn complete_produce(&mut self, out: &mut Out<'_>) {
        let mut parked = std::mem::take(&mut self.parked_produce);
        parked.retain_mut(|parked| {
            if parked.what.iter().any(|(id, _)| self.is_touched(*id, Touch::Mark)) {
                self.settle(&mut parked.what);
            }
            if !is_done(&parked.what) {
                return true;
            }
            out.cancel(Timer::ParkedProduce(parked.ticket));
            self.answer_produce(parked.from, parked.correlation, &parked.what, out);
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
        self.answer_produce(parked.from, parked.correlation, &parked.what, out);
    }

    fn answer_produce(&self, to: NodeId, correlation: u32, waiting: &Waiting, out: &mut Out<'_>) {
        let results: Vec<_> = waiting
            .iter()
            .filter_map(|(id, progress)| match progress {
                Progress::Done(result) => Some((*id, *result)),
                Progress::Waits { .. } => None,
            })
            .collect();
        let refused = results.iter().filter_map(|(id, result)| Some((*id, result.err()?)));
        let leaders = self.hints(refused);
        reply(to, correlation, Reply::Produce { results, leaders }, out);
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

/// Whether a client may append here. Source: spec A2.2, A2.3; `Partition.appendRecordsToLeader`.
pub(super) fn may_append(replica: &Replica, acks: Acks, guards: Guards) -> Result<(), ErrorCode> {
    let Some(leadership) = replica.leadership() else {
        let refused = guards.on(Guard::OnlyLeaderAppends);
        return if refused { Err(ErrorCode::NotLeaderOrFollower) } else { Ok(()) };
    };
    let short = acks == Acks::All && leadership.isr.len() < replica.min_isr;
    if short && guards.on(Guard::MinIsrAtAppend) {
        return Err(ErrorCode::NotEnoughReplicas);
    }
    Ok(())
}

fn is_done(waiting: &Waiting) -> bool {
    waiting.iter().all(|(_, progress)| matches!(progress, Progress::Done(_)))
}
