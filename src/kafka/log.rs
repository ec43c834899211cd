//! One replica's log: segments of records, where it starts and ends, its high watermark and its
//! leader epochs. Refuses to know files: who keeps it on disk is told what changed.
//! Source: spec G1, G6; `UnifiedLog`, `LocalLog`, `LogSegment`.

use crate::epoch::EpochCache;
use crate::id::{LeaderEpoch, Offset};
use crate::record::Record;
use kernel::{Chunked, Instant, Span};

/// A run of offsets that is one file and is deleted as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    pub base: Offset,
    pub bytes: u64,
    /// Timestamps of its first record, and the largest; none while it is empty.
    times: Option<(Instant, Instant)>,
}

/// When a new segment begins. Source: `LogConfig`.
#[derive(Clone, Copy, Debug)]
pub struct Roll {
    pub bytes: u64,
    pub after: Span,
}

/// What may be deleted. Source: `LogConfig`; no limit is Kafka's −1.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub bytes: Option<u64>,
    pub time: Option<Span>,
}

/// What an append changed beyond the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub new_epoch: bool,
    /// The segment that was closed by it.
    pub closed: Option<Offset>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log {
    records: Chunked<Record>,
    /// In order, without a gap; the last one is written to.
    segments: Vec<Segment>,
    start: Offset,
    high_watermark: Offset,
    pub epochs: EpochCache,
}

impl Segment {
    fn empty(base: Offset) -> Segment {
        Segment { base, bytes: 0, times: None }
    }

    /// The largest timestamp of a record in it.
    #[must_use]
    pub fn largest_timestamp(&self) -> Option<Instant> {
        self.times.map(|(_, largest)| largest)
    }

    fn add(&mut self, record: &Record) {
        self.bytes += record.bytes();
        let at = record.timestamp;
        let (first, largest) = self.times.unwrap_or((at, at));
        self.times = Some((first, largest.max(at)));
    }

    /// Source: `LogSegment.shouldRoll`.
    fn is_full_for(&self, record: &Record, roll: Roll) -> bool {
        let old = self.times.is_some_and(|(first, _)| record.timestamp.since(first) > roll.after);
        self.bytes > 0 && (self.bytes + record.bytes() > roll.bytes || old)
    }
}

impl Default for Log {
    fn default() -> Log {
        Log::starting_at(0)
    }
}

impl Log {
    #[must_use]
    pub fn starting_at(start: Offset) -> Log {
        Log {
            records: Chunked::default(),
            segments: vec![Segment::empty(start)],
            start,
            high_watermark: start,
            epochs: EpochCache::default(),
        }
    }

    /// A log as found on disk, in segments with their base offsets; it ends where one is missing.
    /// Neither its start nor its high watermark lies outside of what was found.
    /// Source: spec G4, A5.6; `LogLoader`.
    pub fn found<'a, R: Iterator<Item = &'a Record>>(
        segments: impl Iterator<Item = (Offset, R)>,
        epochs: EpochCache,
        start: Offset,
        high_watermark: Offset,
    ) -> Log {
        let mut log: Option<Log> = None;
        for (base, records) in segments {
            let log = log.get_or_insert_with(|| Log::starting_at(base));
            if base != log.end() {
                break;
            }
            log.begin_segment();
            for record in records {
                log.put(record.clone());
            }
        }
        let mut log = log.unwrap_or_else(|| Log::starting_at(start));
        log.epochs = epochs;
        log.start = log.start.max(start.min(log.end()));
        log.epochs.truncate_from_start(log.start);
        log.epochs.truncate(log.end());
        log.set_high_watermark(high_watermark);
        log
    }

    /// Log start offset: that of the first record that may be read.
    #[must_use]
    pub fn start(&self) -> Offset {
        self.start
    }

    /// Log end offset: that of the next record.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.segments[0].base + self.records.len() as Offset
    }

    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn active(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log has a segment to write to")
    }

    #[must_use]
    pub fn get(&self, offset: Offset) -> Option<&Record> {
        let index = offset.checked_sub(self.segments[0].base)?;
        self.records.get(usize::try_from(index).ok()?).filter(|_| offset >= self.start)
    }

    /// Records in `from..to`.
    pub fn read(&self, from: Offset, to: Offset) -> impl Iterator<Item = &Record> {
        let from = from.max(self.segments[0].base);
        let count = to.saturating_sub(from) as usize;
        self.records.iter_from((from - self.segments[0].base) as usize).take(count)
    }

    /// The end of what of `from..to` fits into so many bytes; the first record always does.
    #[must_use]
    pub fn end_within(&self, from: Offset, to: Offset, bytes: u64) -> Offset {
        let mut room = bytes;
        let fits = self.read(from, to).skip(1).take_while(|record| {
            room = room.saturating_sub(record.bytes());
            room > 0
        });
        (from + 1 + fits.count() as Offset).min(to)
    }

    /// Whether nothing will be added behind this offset in its segment.
    #[must_use]
    pub fn is_in_closed_segment(&self, offset: Offset) -> bool {
        self.segments.last().is_some_and(|active| offset < active.base)
    }

    /// The last epoch that it knows, with or without a record.
    #[must_use]
    pub fn last_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest()
    }

    /// Appends a record with its epoch, in a new segment if it must.
    pub fn append(&mut self, record: Record, roll: Roll) -> Stored {
        let active = *self.active();
        let closed = active.is_full_for(&record, roll).then_some(active.base);
        if closed.is_some() {
            self.begin_segment();
        }
        let new_epoch = self.epochs.latest().is_none_or(|latest| record.epoch > latest)
            && self.epochs.assign(record.epoch, self.end());
        self.put(record);
        Stored { new_epoch, closed }
    }

    fn put(&mut self, record: Record) {
        self.active().add(&record);
        self.records.push(record);
    }

    fn begin_segment(&mut self) {
        let end = self.end();
        if self.active().base != end {
            self.segments.push(Segment::empty(end));
        }
    }

    /// Cuts it at `end`; true when records went. Below its beginning it becomes empty there.
    /// Epochs that claim to begin at `end` or later go in any case.
    /// Source: `UnifiedLog.truncateTo`.
    pub fn truncate(&mut self, end: Offset) -> bool {
        self.epochs.truncate(end);
        if end >= self.end() {
            return false;
        }
        if end < self.segments[0].base {
            self.restart_at(end, end);
            return true;
        }
        self.segments.retain(|segment| segment.base <= end);
        let base = self.active().base;
        let mut last = Segment::empty(base);
        self.read(base, end).for_each(|record| last.add(record));
        *self.active() = last;
        self.records.truncate((end - self.segments[0].base) as usize);
        self.start = self.start.min(end);
        self.set_high_watermark(self.high_watermark);
        true
    }

    /// Empties it; the next record gets this offset. Nothing below the start is there, so that
    /// the high watermark belongs there too. Source: `truncateFullyAndStartAt`.
    pub fn restart_at(&mut self, start: Offset, high_watermark: Offset) {
        *self = Log::starting_at(start);
        self.high_watermark = high_watermark;
    }

    /// Sets the high watermark, kept within the log; it may go down on a follower.
    /// Source: `UnifiedLog.updateHighWatermark`.
    pub fn set_high_watermark(&mut self, to: Offset) {
        self.high_watermark = to.clamp(self.start, self.end());
    }

    /// Raises the start; true when it moved. Nothing that is not committed is given up.
    /// Source: `UnifiedLog.maybeIncrementLogStartOffset`.
    pub fn raise_start(&mut self, to: Offset) -> bool {
        let moves = to > self.start && to <= self.high_watermark;
        if moves {
            self.start = to;
            self.epochs.truncate_from_start(to);
        }
        moves
    }

    /// Deletes the oldest segments that are too many, too old or below the start, as far as they
    /// are committed; gives their base offsets. Source: spec G6; `UnifiedLog.deleteOldSegments`.
    pub fn delete_old(&mut self, limits: Retention, now: Instant) -> Vec<Offset> {
        let mut excess = limits.bytes.map_or(0, |limit| self.bytes().saturating_sub(limit));
        let mut count = 0;
        for (at, segment) in self.segments.iter().enumerate() {
            let next = self.segments.get(at + 1).map(|next| next.base);
            let too_old = limits.time.zip(segment.times);
            let too_old = too_old.is_some_and(|(limit, (_, largest))| now.since(largest) > limit);
            let too_many = segment.bytes > 0 && excess >= segment.bytes;
            let below = next.is_some_and(|next| next <= self.start);
            let committed = next.unwrap_or(self.end()) <= self.high_watermark;
            if !committed || !(too_old || too_many || below) {
                break;
            }
            excess = excess.saturating_sub(segment.bytes);
            count += 1;
        }
        self.delete_first(count)
    }

    fn delete_first(&mut self, count: usize) -> Vec<Offset> {
        if count == 0 {
            return Vec::new();
        }
        if count == self.segments.len() {
            self.begin_segment();
        }
        let first = self.segments[count].base;
        self.records.drop_front((first - self.segments[0].base) as usize);
        let gone = self.segments.drain(..count).map(|segment| segment.base).collect();
        if first > self.start {
            self.start = first;
            self.epochs.truncate_from_start(first);
        }
        gone
    }

    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// See [`EpochCache::end_offset_for`].
    #[must_use]
    pub fn end_offset_for(&self, epoch: LeaderEpoch) -> Option<(LeaderEpoch, Offset)> {
        self.epochs.end_offset_for(epoch, self.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::NodeId;

    const ROLL: Roll = Roll { bytes: 300, after: Span::secs(100) };

    fn record(epoch: LeaderEpoch, second: u64) -> Record {
        let timestamp = Instant::ZERO + Span::secs(second);
        Record {
            epoch,
            client: NodeId(201),
            value: 0,
            key: None,
            timestamp,
            size: 30,
            stamp: None,
            of_group: None,
        }
    }

    /// So many records of 100 bytes, one a second, three in a segment.
    fn log(count: u64) -> Log {
        let mut log = Log::default();
        for n in 0..count {
            log.append(record(0, n), ROLL);
        }
        log
    }

    fn bases(log: &Log) -> Vec<Offset> {
        log.segments().iter().map(|segment| segment.base).collect()
    }

    /// Source: V19; `UnifiedLogTest.testHighWatermarkMaintenance`.
    #[test]
    fn the_high_watermark_stays_within_the_log() {
        let mut log = log(3);
        assert_eq!(log.high_watermark(), 0, "an append does not move it");
        log.set_high_watermark(1);
        assert_eq!(log.high_watermark(), 1);
        log.set_high_watermark(5);
        assert_eq!(log.high_watermark(), 3);
        for n in 3..6 {
            log.append(record(0, n), ROLL);
        }
        log.set_high_watermark(6);
        assert_eq!(log.high_watermark(), 6);
        assert!(log.truncate(3));
        assert_eq!((log.high_watermark(), log.end()), (3, 3));
        log.append(record(0, 3), ROLL);
        assert_eq!((log.high_watermark(), log.end()), (3, 4));
    }

    /// Source: spec G1; `LogSegment.shouldRoll`.
    #[test]
    fn a_segment_ends_by_size_or_by_age() {
        assert_eq!(bases(&log(7)), [0, 3, 6]);
        let mut log = log(1);
        assert_eq!(log.append(record(0, 100), ROLL).closed, None);
        assert_eq!(log.append(record(0, 101), ROLL).closed, Some(0));
        assert_eq!(bases(&log), [0, 2]);
    }

    /// Source: `UnifiedLog.truncateTo`.
    #[test]
    fn a_cut_takes_whole_segments_and_part_of_one() {
        let mut log = log(8);
        assert!(log.truncate(4));
        assert_eq!((bases(&log), log.end(), log.bytes()), (vec![0, 3], 4, 400));
        assert!(log.truncate(3));
        assert_eq!((bases(&log), log.bytes()), (vec![0, 3], 300));
        assert!(!log.truncate(9), "there is nothing to cut");
    }

    /// Source: spec G6; `UnifiedLog.deleteOldSegments`.
    #[test]
    fn only_committed_segments_are_deleted_and_the_start_rises() {
        let by_time = Retention { bytes: None, time: Some(Span::secs(10)) };
        let at = |second| Instant::ZERO + Span::secs(second);
        let mut log = log(8);
        assert!(log.delete_old(by_time, at(60)).is_empty(), "nothing is committed");
        log.set_high_watermark(5);
        assert!(log.delete_old(by_time, at(12)).is_empty(), "it holds a record of second 2");
        assert_eq!(log.delete_old(by_time, at(60)), [0]);
        assert_eq!((log.start(), log.end(), log.get(2).is_none()), (3, 8, true));
        log.set_high_watermark(8);
        assert_eq!(log.delete_old(by_time, at(60)), [3, 6], "the active one too, after a roll");
        assert_eq!((bases(&log), log.start(), log.end()), (vec![8], 8, 8));
    }

    /// Source: spec G6; `deleteRetentionSizeBreachedSegments`.
    #[test]
    fn by_size_no_segment_goes_that_is_still_needed_to_fill_the_limit() {
        let limit = |bytes| Retention { bytes: Some(bytes), time: None };
        let mut log = log(8);
        log.set_high_watermark(8);
        assert!(log.delete_old(limit(501), Instant::ZERO).is_empty());
        assert_eq!(log.delete_old(limit(500), Instant::ZERO), [0]);
    }

    /// Source: spec G6; `UnifiedLog.maybeIncrementLogStartOffset`.
    #[test]
    fn the_start_rises_no_further_than_the_high_watermark() {
        let none = Retention { bytes: None, time: None };
        let mut log = log(8);
        log.set_high_watermark(6);
        assert!(!log.raise_start(7));
        assert!(log.raise_start(4));
        assert!(!log.raise_start(2), "and never goes back");
        assert_eq!((log.get(3).is_none(), log.get(4).is_some()), (true, true));
        assert_eq!(log.delete_old(none, Instant::ZERO), [0], "its last record is below the start");
        assert_eq!(log.start(), 4);
    }

    /// Source: V14; spec G4, A5.6; `PartitionTest.testUseCheckpointToInitializeHighWatermark`.
    #[test]
    fn a_log_is_found_up_to_where_a_segment_is_missing() {
        let records: Vec<Record> = (0..9).map(|n| record(0, n)).collect();
        let segments = |list: &[(Offset, usize)]| -> Vec<(Offset, usize)> { list.to_vec() };
        let found = |list: Vec<(Offset, usize)>, start, mark| {
            let pieces = list.into_iter().map(|(base, len)| {
                let base_at = base as usize;
                (base, records[base_at..base_at + len].iter())
            });
            let log = Log::found(pieces, EpochCache::default(), start, mark);
            (log.start(), log.high_watermark(), log.end())
        };
        assert_eq!(found(segments(&[(0, 3), (3, 3)]), 0, 4), (0, 4, 6));
        assert_eq!(found(segments(&[(0, 2), (3, 3)]), 0, 4), (0, 2, 2), "a torn segment");
        assert_eq!(found(segments(&[(3, 3)]), 4, 2), (4, 4, 6));
        assert_eq!(found(Vec::new(), 7, 0), (7, 7, 7));
    }
}
