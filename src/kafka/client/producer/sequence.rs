//! Numbers of an idempotent producer: which batch has which, and what happens when one is missing.
//! Source: spec D3; KIP-360; `TransactionManager`.

use super::{Batch, Numbering, Producer};
use crate::id::PartitionId;
use crate::record::{Record, Stamp};

impl Producer {
    /// Gives the first batch of a partition its numbers. A batch that may be stored keeps the
    /// numbers that it was sent with: under others it could be stored twice.
    pub(super) fn number(&mut self, id: PartitionId) {
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

    pub(super) fn records(&self, batch: &Batch) -> Vec<Record> {
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

    /// Nothing before it is pending: the broker can have missed only what was given up.
    /// Source: spec D3.5; `TransactionManager.canRetry`.
    pub(super) fn is_next_expected(&self, batch: &Batch) -> bool {
        let earlier = |other: &Batch| other.first() < batch.first();
        !self.is_under_way(batch.id)
            && !self.ready.get(&batch.id).is_some_and(|queue| queue.iter().any(earlier))
    }

    pub(super) fn break_numbering(&mut self, batch: &Batch) {
        if batch.stamped.is_some() {
            self.numbering.entry(batch.id).or_default().unresolved = true;
        }
    }
}
