//! Leader epochs and where each began: what lets a follower find where its log parts from the
//! leader's. Source: KIP-101, KIP-279; `LeaderEpochFileCache`.

use crate::id::{LeaderEpoch, Offset};

/// Epochs in ascending order, each with the offset of its first record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EpochCache {
    entries: Vec<(LeaderEpoch, Offset)>,
}

impl EpochCache {
    /// The epoch `epoch` begins at `start`. Ignored when it is not newer than the last; entries
    /// that contradict it go first. True when something changed.
    pub fn assign(&mut self, epoch: LeaderEpoch, start: Offset) -> bool {
        if let Some(&(last, at)) = self.entries.last()
            && (epoch == last && start >= at)
        {
            return false;
        }
        self.entries.retain(|&(e, s)| e < epoch && s < start);
        self.entries.push((epoch, start));
        true
    }

    /// The log now ends at `end`.
    pub fn truncate(&mut self, end: Offset) {
        self.entries.retain(|&(_, start)| start < end);
    }

    /// The log now starts at `start`: the epoch that reaches across begins there.
    pub fn truncate_from_start(&mut self, start: Offset) {
        let gone = self.entries.partition_point(|&(_, from)| from <= start);
        if let Some(across) = gone.checked_sub(1) {
            self.entries.drain(..across);
            self.entries[0].1 = start;
        }
    }

    #[must_use]
    pub fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|&(epoch, _)| epoch)
    }

    #[must_use]
    pub fn entries(&self) -> &[(LeaderEpoch, Offset)] {
        &self.entries
    }

    /// The largest epoch not above `epoch` that the log knows, and where it ends; none when the
    /// log cannot tell. `end` is the log end offset.
    #[must_use]
    pub fn end_offset_for(&self, epoch: LeaderEpoch, end: Offset) -> Option<(LeaderEpoch, Offset)> {
        if self.latest()? == epoch {
            return Some((epoch, end));
        }
        let &(_, next_start) = self.entries.iter().find(|&&(e, _)| e > epoch)?;
        let floor = self.entries.iter().rev().find(|&&(e, _)| e <= epoch);
        Some((floor.map_or(epoch, |&(e, _)| e), next_start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(entries: &[(u32, u64)]) -> EpochCache {
        let mut cache = EpochCache::default();
        for &(epoch, start) in entries {
            cache.assign(epoch, start);
        }
        cache
    }

    /// Source: V20, V21; `LeaderEpochFileCacheTest.shouldReturnNextAvailableEpoch…`.
    #[test]
    fn end_offsets_of_known_and_unknown_epochs() {
        let c = cache(&[(0, 10), (2, 13), (4, 17)]);
        assert_eq!(c.end_offset_for(1, 20), Some((0, 13)));
        assert_eq!(c.end_offset_for(2, 20), Some((2, 17)));
        assert_eq!(c.end_offset_for(3, 20), Some((2, 17)));
        assert_eq!(c.end_offset_for(4, 20), Some((4, 20)));
        assert_eq!(c.end_offset_for(5, 20), None, "an epoch above all known ones");
        assert_eq!(EpochCache::default().end_offset_for(0, 0), None);
        assert_eq!(cache(&[(2, 11), (2, 12)]).end_offset_for(2, 14), Some((2, 14)));
        assert_eq!(cache(&[(1, 11), (2, 13), (3, 15)]).end_offset_for(2, 17), Some((2, 15)));
        assert_eq!(cache(&[(5, 11)]).end_offset_for(3, 12), Some((3, 11)), "older than all");
    }

    /// Source: V22; `LeaderEpochFileCacheTest.shouldTruncateIfMatchingEpochButEarlierStart…`.
    #[test]
    fn assigning_drops_what_contradicts() {
        let mut c = cache(&[(5, 11), (6, 12), (7, 13)]);
        c.assign(7, 12);
        assert_eq!(c.end_offset_for(5, 20), Some((5, 12)));
        assert_eq!(c.end_offset_for(6, 20), Some((5, 12)));
        assert_eq!(cache(&[(2, 9), (3, 9)]).entries(), [(3, 9)]);
        assert_eq!(cache(&[(2, 6), (3, 5)]).entries(), [(3, 5)]);
        assert_eq!(cache(&[(2, 11), (2, 12)]).entries(), [(2, 11)]);
    }

    /// Source: spec A7.2; `LeaderEpochFileCacheTest.shouldClearEarliest…`.
    #[test]
    fn a_log_that_loses_its_beginning_or_end_keeps_the_epochs_in_between() {
        let whole = [(2, 6), (3, 8), (4, 11)];
        let from_start = |start| {
            let mut c = cache(&whole);
            c.truncate_from_start(start);
            c.entries().to_vec()
        };
        assert_eq!(from_start(5), whole);
        assert_eq!(from_start(8), [(3, 8), (4, 11)]);
        assert_eq!(from_start(9), [(3, 9), (4, 11)]);
        assert_eq!(from_start(20), [(4, 20)]);
        let mut c = cache(&whole);
        c.truncate(11);
        assert_eq!(c.entries(), [(2, 6), (3, 8)]);
        c.truncate(6);
        assert_eq!(c.entries(), []);
    }
}
