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

    #[test]
    fn end_offsets_of_known_and_unknown_epochs() {
        let c = cache(&[(0, 10), (2, 13), (4, 17)]);
        assert_eq!(c.end_offset_for(1, 20), Some((0, 13)));
        assert_eq!(c.end_offset_for(2, 20), Some((2, 17)));
        assert_eq!(c.end_offset_for(3, 20), Some((2, 17)));
        assert_eq!(c.end_offset_for(4, 20), Some((4, 20)));
        assert_eq!(c.end_offset_for(5, 20), None, "an epoch above all known ones");
        assert_eq!(EpochCache::default().end_offset_for(0, 0), None);
    }

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
}
