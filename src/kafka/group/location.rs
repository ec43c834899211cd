//! Where a group's coordinator is, and the order in which Java walks a small hash map of names.
//! Refuses to know what is kept there.

use crate::assign::java::hash_code;

/// The partition of `__consumer_offsets` that holds a group, by the hash of its name; the leader
/// is the coordinator.
/// Source: spec E1; `GroupCoordinatorService.partitionFor`, `Utils.abs`.
pub(crate) fn partition_of(hash: i32, partitions: u16) -> u16 {
    let positive = if hash == i32::MIN { 0 } else { hash.unsigned_abs() };
    (positive % u32::from(partitions)) as u16
}

/// The place of a name in a hash map of at most twelve. Kafka takes the first of equals in this
/// order. Source: `HashMap.hash`, 16 buckets.
pub(crate) fn bucket(name: &str) -> u32 {
    let hash = hash_code(name).cast_unsigned();
    (hash ^ (hash >> 16)) & 15
}

#[cfg(test)]
mod tests {
    use super::{bucket, partition_of};
    use crate::assign::java::hash_code;

    fn partition_for(group: &str, partitions: u16) -> u16 {
        partition_of(hash_code(group), partitions)
    }

    /// The hash of the first is the lowest number of all, whose absolute value counts as 0.
    /// Source: spec E1.
    #[test]
    fn groups_are_spread_over_the_partitions() {
        assert_eq!(partition_for("polygenelubricants", 50), 0);
        assert_eq!(partition_for("ab", 50), ((97 * 31 + 98) % 50) as u16);
    }

    #[test]
    fn range_stands_before_roundrobin() {
        assert!(bucket("range") < bucket("roundrobin"));
    }
}
