//! One replica's log: records by offset, its end, its high watermark and its leader epochs.

use crate::epoch::EpochCache;
use crate::id::{LeaderEpoch, Offset};
use crate::record::Record;
use kernel::Chunked;

/// A log that starts at offset 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Log {
    records: Chunked<Record>,
    high_watermark: Offset,
    pub epochs: EpochCache,
}

impl Log {
    /// A log as found on disk; the high watermark never exceeds the end.
    #[must_use]
    pub fn found(
        records: impl Iterator<Item = Record>,
        epochs: EpochCache,
        high_watermark: Offset,
    ) -> Log {
        let mut log = Log { records: records.collect(), high_watermark: 0, epochs };
        log.epochs.truncate(log.end());
        log.high_watermark = high_watermark.min(log.end());
        log
    }

    /// Log end offset: that of the next record.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.records.len() as Offset
    }

    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    #[must_use]
    pub fn get(&self, offset: Offset) -> Option<&Record> {
        self.records.get(usize::try_from(offset).ok()?)
    }

    /// Records in `from..to`.
    pub fn read(&self, from: Offset, to: Offset) -> impl Iterator<Item = &Record> {
        let count = to.saturating_sub(from) as usize;
        self.records.iter_from(from as usize).take(count)
    }

    /// Epoch of the last record.
    #[must_use]
    pub fn last_epoch(&self) -> Option<LeaderEpoch> {
        self.records.last().map(|record| record.epoch)
    }

    /// Appends a record with its epoch; true when the epoch was new to the log.
    pub fn append(&mut self, record: Record) -> bool {
        let fresh = self.epochs.latest().is_none_or(|latest| record.epoch > latest)
            && self.epochs.assign(record.epoch, self.end());
        self.records.push(record);
        fresh
    }

    pub fn truncate(&mut self, end: Offset) {
        self.records.truncate(end as usize);
        self.epochs.truncate(end);
        self.high_watermark = self.high_watermark.min(self.end());
    }

    /// Sets the high watermark, kept within the log; it may go down on a follower.
    /// Source: `UnifiedLog.updateHighWatermark`.
    pub fn set_high_watermark(&mut self, to: Offset) {
        self.high_watermark = to.min(self.end());
    }

    /// See [`EpochCache::end_offset_for`].
    #[must_use]
    pub fn end_offset_for(&self, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
        self.epochs.end_offset_for(epoch, self.end())
    }
}
