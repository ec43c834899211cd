//! The metadata log as one node has it: entries from the last snapshot on, and their epochs.
//!
//! It knows offsets and epochs, not roles, voters or what a record means.
//! Source: spec B3; `ReplicatedLog`, `KafkaMetadataLog`.

use super::voters::Voter;
use crate::epoch::EpochCache;
use crate::id::{LeaderEpoch, Offset};
use crate::image::Image;
use crate::message::MetaEntry;
use kernel::Chunked;
use std::rc::Rc;

/// The state that the log's first `end` records add up to, in place of those records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot {
    pub end: Offset,
    /// Epoch of the last record in it.
    pub epoch: LeaderEpoch,
    pub image: Rc<Image>,
    pub voters: Rc<[Voter]>,
}

/// What a log says to a fetch at an offset after a record of some epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Valid,
    /// The logs part: the largest common epoch, and where it ends here.
    Diverging(LeaderEpoch, Offset),
    /// The records are gone; the snapshot has them.
    Snapshot(Offset, LeaderEpoch),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct MetaLog {
    entries: Chunked<Rc<MetaEntry>>,
    epochs: EpochCache,
    /// What is on the platter ends here.
    flushed: Offset,
    snapshot: Option<Rc<Snapshot>>,
}

impl MetaLog {
    /// The first offset that is still there.
    #[must_use]
    pub(crate) fn start(&self) -> Offset {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.end)
    }

    #[must_use]
    pub(crate) fn end(&self) -> Offset {
        self.start() + self.entries.len() as Offset
    }

    #[must_use]
    pub(crate) fn flushed(&self) -> Offset {
        self.flushed
    }

    #[must_use]
    pub(crate) fn snapshot(&self) -> Option<&Rc<Snapshot>> {
        self.snapshot.as_ref()
    }

    #[must_use]
    pub(crate) fn last_epoch(&self) -> LeaderEpoch {
        let before = || self.snapshot.as_ref().map_or(0, |snapshot| snapshot.epoch);
        self.entries.last().map_or_else(before, |entry| entry.epoch)
    }

    #[must_use]
    pub(crate) fn get(&self, offset: Offset) -> Option<&Rc<MetaEntry>> {
        self.entries.get(offset.checked_sub(self.start())? as usize)
    }

    /// The entries from an offset on.
    pub(crate) fn from(&self, offset: Offset) -> impl Iterator<Item = &Rc<MetaEntry>> {
        self.entries.iter_from(offset.saturating_sub(self.start()) as usize)
    }

    pub(crate) fn push(&mut self, entry: Rc<MetaEntry>) {
        if self.epochs.latest().is_none_or(|latest| entry.epoch > latest) {
            self.epochs.assign(entry.epoch, self.end());
        }
        self.entries.push(entry);
    }

    /// Cuts the log; gives how many entries stay.
    pub(crate) fn truncate(&mut self, end: Offset) -> usize {
        let keep = end.saturating_sub(self.start()) as usize;
        self.entries.truncate(keep);
        self.epochs.truncate(end);
        self.flushed = self.flushed.min(self.end());
        self.entries.len()
    }

    /// The file's first `count` entries are on the platter.
    pub(crate) fn flush_done(&mut self, count: usize) {
        let upto = (self.start() + count as Offset).min(self.end());
        self.flushed = self.flushed.max(upto);
    }

    /// All that is there is on the platter.
    pub(crate) fn all_flushed(&mut self) {
        self.flushed = self.end();
    }

    /// Where `epoch`, or the largest one before it, ends here.
    /// Source: `KafkaMetadataLog.endOffsetForEpoch`.
    #[must_use]
    pub(crate) fn end_of(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        let known = self.epochs.end_offset_for(epoch, self.end());
        known.unwrap_or_else(|| (self.last_epoch(), self.end()))
    }

    /// Where a log must be cut that was told it parts from the leader's at `end` of `epoch`.
    /// Source: `ReplicatedLog.truncateToEndOffset`.
    #[must_use]
    pub(crate) fn cut_for(&self, epoch: LeaderEpoch, end: Offset) -> Offset {
        let (own_epoch, own_end) = self.end_of(epoch);
        let cut = if epoch == 0 {
            end
        } else if own_epoch == epoch {
            own_end.min(end)
        } else {
            own_end
        };
        cut.min(self.end())
    }

    /// Source: `ReplicatedLog.validateOffsetAndEpoch`.
    #[must_use]
    pub(crate) fn position(&self, offset: Offset, last_epoch: LeaderEpoch) -> Position {
        if let Some(snapshot) = &self.snapshot
            && (offset < snapshot.end
                || (offset == snapshot.end && last_epoch != snapshot.epoch)
                || last_epoch < snapshot.epoch)
        {
            return Position::Snapshot(snapshot.end, snapshot.epoch);
        }
        if offset == self.start() {
            return Position::Valid;
        }
        let (epoch, end) = self.end_of(last_epoch);
        if epoch != last_epoch || end < offset {
            Position::Diverging(epoch, end)
        } else {
            Position::Valid
        }
    }

    /// The snapshot takes the place of the records before its end; what comes after stays, if it
    /// follows from it.
    pub(crate) fn begin_at(&mut self, snapshot: Rc<Snapshot>) {
        let rest: Chunked<Rc<MetaEntry>> = self.from(snapshot.end).cloned().collect();
        let epochs = std::mem::take(&mut self.epochs);
        for &(epoch, start) in epochs.entries() {
            if start > snapshot.end {
                self.epochs.assign(epoch, start);
            } else if epoch == snapshot.epoch {
                self.epochs.assign(epoch, snapshot.end);
            }
        }
        if self.epochs.entries().first().is_none_or(|(epoch, _)| *epoch != snapshot.epoch) {
            let later = std::mem::take(&mut self.epochs);
            self.epochs.assign(snapshot.epoch, snapshot.end);
            for &(epoch, start) in later.entries() {
                self.epochs.assign(epoch, start);
            }
        }
        self.entries = rest;
        self.snapshot = Some(snapshot);
        self.all_flushed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MetaRecord;

    fn log(epochs: &[LeaderEpoch]) -> MetaLog {
        let mut log = MetaLog::default();
        for epoch in epochs {
            log.push(Rc::new(MetaEntry { epoch: *epoch, record: MetaRecord::NoOp }));
        }
        log
    }

    fn snapshot(end: Offset, epoch: LeaderEpoch) -> Rc<Snapshot> {
        Rc::new(Snapshot { end, epoch, image: Rc::default(), voters: Rc::from([]) })
    }

    /// Source: spec V64; `KafkaRaftClientTest.testLeaderImmediatelySendsDivergingEpoch`.
    #[test]
    fn v64_leader_sends_diverging_epoch_at_once() {
        let log = log(&[1, 1, 1, 3, 3, 3, 5, 5, 5]);
        assert_eq!(log.position(6, 2), Position::Diverging(1, 3));
        assert_eq!(log.position(6, 3), Position::Valid);
        assert_eq!(log.position(9, 5), Position::Valid);
        assert_eq!(log.position(10, 5), Position::Diverging(5, 9));
        assert_eq!(log.position(0, 0), Position::Valid);
    }

    /// Source: `ReplicatedLog.validateOffsetAndEpoch`.
    #[test]
    fn who_is_behind_the_log_start_is_sent_the_snapshot() {
        let mut log = log(&[1, 1, 1, 3, 3, 3, 5, 5, 5]);
        log.begin_at(snapshot(4, 3));
        assert_eq!((log.start(), log.end(), log.last_epoch()), (4, 9, 5));
        assert_eq!(log.position(0, 0), Position::Snapshot(4, 3));
        assert_eq!(log.position(4, 1), Position::Snapshot(4, 3));
        assert_eq!(log.position(5, 2), Position::Snapshot(4, 3));
        assert_eq!(log.position(4, 3), Position::Valid);
        assert_eq!(log.position(7, 4), Position::Diverging(3, 6));
        assert_eq!(log.get(3), None);
        assert_eq!(log.get(8).map(|entry| entry.epoch), Some(5));
        assert_eq!(log.truncate(6), 2);
        assert_eq!(log.last_epoch(), 3);
    }

    #[test]
    fn an_empty_log_begins_where_the_snapshot_ends() {
        let mut log = log(&[1, 1]);
        log.begin_at(snapshot(8, 4));
        assert_eq!((log.start(), log.end(), log.last_epoch()), (8, 8, 4));
        assert_eq!(log.position(8, 4), Position::Valid);
    }
}
