//! What becomes of a batch that was sent: acknowledged, tried again or given up.
//! Source: spec D4; `Sender.completeBatch`.

use super::{Batch, Producer};
use crate::client::metadata::retry_backoff;
use crate::fact::{Acked, Fact};
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::PartitionInfo;
use crate::node::{Out, Timer};
use kernel::{Instant, NodeId, Span};
use std::collections::VecDeque;

impl Producer {
    pub(super) fn answered(
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
    pub(super) fn learn_leaders(
        &mut self,
        leaders: &[PartitionInfo],
        out: &mut Out<'_>,
    ) -> Vec<PartitionId> {
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
    pub(super) fn hurry(&mut self, moved: &[PartitionId], now: Instant) {
        for id in moved {
            if let Some(batch) = self.ready.get_mut(id).and_then(VecDeque::front_mut) {
                batch.not_before = batch.not_before.min(now);
            }
        }
    }

    pub(super) fn acked(
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

    pub(super) fn failed(&mut self, mut batch: Batch, error: ErrorCode, out: &mut Out<'_>) {
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

    /// With sequence numbers a batch goes back to its old place; without, to the front, so that of
    /// several that fail together the latest goes first.
    /// Source: `RecordAccumulator.reenqueue`, `insertInSequenceOrder`.
    pub(super) fn put_back(&mut self, batch: Batch) {
        let queue = self.ready.entry(batch.id).or_default();
        if !self.config.idempotence {
            return queue.push_front(batch);
        }
        let at = queue.iter().position(|other| other.first() > batch.first());
        queue.insert(at.unwrap_or(queue.len()), batch);
    }

    /// Batches older than `delivery.timeout.ms` are given up; their outcome is unknown.
    pub(super) fn expire(&mut self, out: &mut Out<'_>) {
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
