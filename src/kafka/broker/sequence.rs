//! Sequence numbers of idempotent producers, per partition. Source: spec D3.3;
//! `ProducerStateManager`, `ProducerAppendInfo`.

use crate::id::{ErrorCode, Offset};
use crate::log::Log;
use crate::record::{Record, Stamp};
use std::collections::BTreeMap;

/// How many batches are remembered to recognise a duplicate. Source: `NUM_BATCHES_TO_RETAIN`.
const RETAINED: usize = 5;

/// What a leader remembers of each producer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sequences {
    producers: BTreeMap<u32, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    epoch: u16,
    /// The latest sequence numbers with their offsets, oldest first.
    recent: Vec<(u32, Offset)>,
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
        for (offset, record) in log.read(0, log.end()).enumerate() {
            sequences.put(record, offset as Offset);
        }
        sequences
    }

    pub fn put(&mut self, record: &Record, offset: Offset) {
        let Some(stamp) = record.stamp else { return };
        let fresh = Entry { epoch: stamp.producer_epoch, recent: Vec::new() };
        let entry = self.producers.entry(stamp.producer_id).or_insert_with(|| fresh.clone());
        if entry.epoch != stamp.producer_epoch {
            *entry = fresh;
        }
        entry.recent.push((stamp.sequence, offset));
        if entry.recent.len() > RETAINED {
            entry.recent.remove(0);
        }
    }

    #[must_use]
    pub fn check(&self, stamp: Stamp) -> Check {
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
        let known = entry.recent.iter().find(|(sequence, _)| *sequence == stamp.sequence);
        let last = entry.recent.last().map(|(sequence, _)| *sequence);
        match (known, last) {
            (Some((_, offset)), _) => Check::Duplicate(*offset),
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
    use kernel::NodeId;

    fn stamp(producer_epoch: u16, sequence: u32) -> Stamp {
        Stamp { producer_id: 1, producer_epoch, sequence }
    }

    /// Source: `ProducerStateManagerTest.testBasicIdMapping`.
    #[test]
    fn only_the_next_sequence_number_is_appended() {
        let mut sequences = Sequences::default();
        for n in 0..8 {
            assert_eq!(sequences.check(stamp(0, n)), Check::Append);
            let stamp = Some(stamp(0, n));
            let record = Record { epoch: 0, client: NodeId(201), value: n, stamp };
            sequences.put(&record, u64::from(n) + 100);
        }
        let refused = |code| Check::Refuse(code);
        assert_eq!(sequences.check(stamp(0, 7)), Check::Duplicate(107));
        assert_eq!(sequences.check(stamp(0, 3)), Check::Duplicate(103));
        assert_eq!(sequences.check(stamp(0, 2)), refused(ErrorCode::DuplicateSequenceNumber));
        assert_eq!(sequences.check(stamp(0, 9)), refused(ErrorCode::OutOfOrderSequenceNumber));
        assert_eq!(sequences.check(stamp(1, 0)), Check::Append);
        assert_eq!(sequences.check(stamp(1, 1)), refused(ErrorCode::OutOfOrderSequenceNumber));
    }
}
