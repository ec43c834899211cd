//! Which partition a record goes to. Source: spec D1; `Utils.murmur2`, `BuiltInPartitioner`.

/// Kafka's murmur2 of a key: 32 bits, with its fixed seed.
#[must_use]
pub fn murmur2(key: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ key.len() as u32;
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    for (n, byte) in rest.iter().enumerate() {
        hash ^= u32::from(*byte) << (8 * n);
    }
    if !rest.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

/// The partition of a keyed record, of all that the topic has, led or not.
#[must_use]
pub fn partition_for_key(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key) & i32::MAX) as u32 % partitions.max(1)
}

/// What becomes of records without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partitioner {
    /// To each partition in turn: `RoundRobinPartitioner`.
    RoundRobin,
    /// Kafka's own, when none is named.
    Sticky,
}

/// Where a producer's records without a key go: it stays with a partition until enough went there,
/// and then takes any other that has a leader.
/// Source: spec D1.2; KIP-794; `BuiltInPartitioner.updatePartitionInfo`, `nextPartition`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Sticky {
    /// Of the partitions; none before the first record.
    pub at: Option<u16>,
    bytes: u64,
}

impl Sticky {
    /// So many bytes went there. A switch in the middle of a batch is put off, but not for ever.
    pub(crate) fn produced(&mut self, bytes: u64, batch_size: u64, batch_is_full: bool) {
        self.bytes += bytes;
        let enough = self.bytes >= batch_size && batch_is_full;
        if enough || self.bytes >= 2 * batch_size {
            *self = Sticky::default();
        }
    }
}

/// Weights of partitions by the lengths of their queues, added up; none where each is as good as
/// any other. `all` counts those too that may not be taken now: with one of them left out the
/// weights count even when all are equal.
/// Source: spec D1.2; KIP-794; `BuiltInPartitioner.updatePartitionLoadStats`.
pub(crate) fn loads(queues: &[u64], all: usize) -> Option<Vec<u64>> {
    let longest = *queues.iter().max()?;
    let equal = queues.iter().all(|length| *length == longest);
    if all < 2 || (equal && queues.len() == all) {
        return None;
    }
    let add = |sum: &mut u64, length: &u64| {
        *sum += longest + 1 - length;
        Some(*sum)
    };
    Some(queues.iter().scan(0, add).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: V73; `BuiltInPartitionerTest.adaptivePartitionsTest`.
    #[test]
    fn shorter_queues_are_preferred() {
        assert_eq!(loads(&[5, 0, 3, 0, 1], 5), Some(vec![1, 7, 10, 16, 21]), "1:6:3:6:5");
        assert_eq!(loads(&[2, 2, 2], 3), None, "all are equal");
        assert_eq!(loads(&[2, 2], 3), Some(vec![1, 2]), "one may not be taken");
        assert_eq!(loads(&[4], 3), Some(vec![1]));
        assert_eq!(loads(&[], 3), None);
        assert_eq!(loads(&[4], 1), None);
    }

    /// Source: KIP-794; `BuiltInPartitionerTest.testStickyBatchSizeMoreThatZero`.
    #[test]
    fn a_sticky_partition_is_left_after_a_batch_or_two() {
        let stays = |bytes: &[u64], full: bool| {
            let mut sticky = Sticky { at: Some(3), bytes: 0 };
            bytes.iter().for_each(|bytes| sticky.produced(*bytes, 1_000, full));
            sticky.at == Some(3)
        };
        assert!(stays(&[500, 499], true));
        assert!(!stays(&[500, 500], true), "a batch's worth, at its end");
        assert!(stays(&[500, 500, 999], false), "in the middle of a batch it waits");
        assert!(!stays(&[500, 500, 1_000], false), "but not beyond twice the size");
    }
}
