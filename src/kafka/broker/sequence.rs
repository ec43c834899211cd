//! Sequence numbers of idempotent producers, per partition. Source: spec D3.3;
//! `ProducerStateManager`, `ProducerAppendInfo`.

use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, Offset};
use crate::log::Log;
use crate::record::{Record, Stamp};
use kernel::SortedMap;
use std::collections::VecDeque;

/// How many records are remembered to recognise a duplicate: those of five full batches.
/// Source: `NUM_BATCHES_TO_RETAIN` 5; a batch has at most 50 records here.
const RETAINED: u32 = 5 * 50;

/// What a leader remembers of each producer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sequences {
    producers: SortedMap<u32, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    epoch: u16,
    /// The latest records, oldest first, in runs without a gap.
    recent: VecDeque<Run>,
}

/// Records whose sequence numbers and offsets both count up one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Run {
    sequence: u32,
    offset: Offset,
    count: u32,
}

impl Run {
    fn follows(&self, sequence: u32, offset: Offset) -> bool {
        self.sequence.wrapping_add(self.count) == sequence
            && self.offset + Offset::from(self.count) == offset
    }

    fn offset_of(&self, sequence: u32) -> Option<Offset> {
        let at = sequence.wrapping_sub(self.sequence);
        (at < self.count).then(|| self.offset + Offset::from(at))
    }
}

impl Entry {
    fn put(&mut self, sequence: u32, offset: Offset) {
        match self.recent.back_mut().filter(|run| run.follows(sequence, offset)) {
            Some(run) => run.count += 1,
            None => self.recent.push_back(Run { sequence, offset, count: 1 }),
        }
        if self.recent.iter().map(|run| run.count).sum::<u32>() > RETAINED
            && let Some(oldest) = self.recent.front_mut()
        {
            *oldest = Run {
                sequence: oldest.sequence.wrapping_add(1),
                offset: oldest.offset + 1,
                count: oldest.count - 1,
            };
            if oldest.count == 0 {
                self.recent.pop_front();
            }
        }
    }

    fn offset_of(&self, sequence: u32) -> Option<Offset> {
        self.recent.iter().rev().find_map(|run| run.offset_of(sequence))
    }

    fn last(&self) -> Option<u32> {
        self.recent.back().map(|run| run.sequence.wrapping_add(run.count - 1))
    }
}

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Append,
    /// It is there already, at this offset.
    Duplicate(Offset),
    Refuse(ErrorCode),
}

impl Sequences {
    /// Rebuilt from a log.
    #[must_use]
    pub fn of(log: &Log) -> Sequences {
        let mut sequences = Sequences::default();
        let first = log.segments()[0].base;
        for (offset, record) in (first..).zip(log.read(first, log.end())) {
            sequences.put(record, offset);
        }
        sequences
    }

    pub fn put(&mut self, record: &Record, offset: Offset) {
        let Some(stamp) = record.stamp else { return };
        let fresh = || Entry { epoch: stamp.producer_epoch, recent: VecDeque::new() };
        let entry = self.producers.entry(stamp.producer_id).or_insert_with(fresh);
        if entry.epoch != stamp.producer_epoch {
            *entry = fresh();
        }
        entry.put(stamp.sequence, offset);
    }

    /// Source: spec D3.3; `ProducerStateManager`, as far as its lines of defence stand.
    #[must_use]
    pub fn check(&self, stamp: Stamp, guards: Guards) -> Check {
        let found = self.find(stamp);
        let guard = match found {
            Check::Append => return Check::Append,
            Check::Duplicate(_) => Guard::DuplicateWindow,
            Check::Refuse(ErrorCode::InvalidProducerEpoch) => Guard::ProducerEpochFence,
            Check::Refuse(_) => Guard::SequenceCheck,
        };
        if guards.on(guard) { found } else { Check::Append }
    }

    fn find(&self, stamp: Stamp) -> Check {
        let Some(entry) = self.producers.get(&stamp.producer_id) else { return Check::Append };
        if stamp.producer_epoch < entry.epoch {
            return Check::Refuse(ErrorCode::InvalidProducerEpoch);
        }
        if stamp.producer_epoch > entry.epoch {
            return match stamp.sequence {
                0 => Check::Append,
                _ => Check::Refuse(ErrorCode::OutOfOrderSequenceNumber),
            };
        }
        match (entry.offset_of(stamp.sequence), entry.last()) {
            (Some(offset), _) => Check::Duplicate(offset),
            (None, Some(last)) if stamp.sequence == last.wrapping_add(1) => Check::Append,
            (None, Some(last)) if stamp.sequence <= last => {
                Check::Refuse(ErrorCode::DuplicateSequenceNumber)
            }
            (None, None) => Check::Append,
            _ => Check::Refuse(ErrorCode::OutOfOrderSequenceNumber),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Instant, NodeId};

    fn stamp(producer_epoch: u16, sequence: u32) -> Stamp {
        Stamp { producer_id: 1, producer_epoch, sequence }
    }

    fn check(sequences: &Sequences, epoch: u16, sequence: u32) -> Check {
        sequences.check(stamp(epoch, sequence), Guards::all_on())
    }

    /// Source: `ProducerStateManagerTest.testBasicIdMapping`.
    #[test]
    fn only_the_next_sequence_number_is_appended() {
        let mut sequences = Sequences::default();
        for n in 0..260 {
            assert_eq!(check(&sequences, 0, n), Check::Append);
            let stamp = Some(stamp(0, n));
            let (client, timestamp) = (NodeId(201), Instant::ZERO);
            let record =
                Record { epoch: 0, client, value: n, timestamp, size: 1, stamp, of_group: None };
            sequences.put(&record, u64::from(n) + 1000);
        }
        let refused = |code| Check::Refuse(code);
        assert_eq!(check(&sequences, 0, 259), Check::Duplicate(1259));
        assert_eq!(check(&sequences, 0, 10), Check::Duplicate(1010));
        assert_eq!(check(&sequences, 0, 9), refused(ErrorCode::DuplicateSequenceNumber));
        assert_eq!(check(&sequences, 0, 261), refused(ErrorCode::OutOfOrderSequenceNumber));
        assert_eq!(check(&sequences, 1, 0), Check::Append);
        assert_eq!(check(&sequences, 1, 1), refused(ErrorCode::OutOfOrderSequenceNumber));
    }
}
