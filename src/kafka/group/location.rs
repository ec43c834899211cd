//! Where a group's coordinator is, and the order in which Java walks a small hash map of names.
//! Refuses to know what is kept there.

/// Java's hash of a string. Source: `String.hashCode`.
pub(crate) fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit as i16) & 0xffff)
    })
}

/// The partition of `__consumer_offsets` that holds a group; its leader is the coordinator.
/// Source: spec E1; `GroupCoordinatorService.partitionFor`, `Utils.abs`.
pub(crate) fn partition_for(group: &str, partitions: u16) -> u16 {
    let hash = java_hash(group);
    let positive = if hash == i32::MIN { 0 } else { hash.unsigned_abs() };
    (positive % u32::from(partitions)) as u16
}

/// The place of a name in a hash map of at most twelve. Kafka takes the first of equals in this
/// order. Source: `HashMap.hash`, 16 buckets.
pub(crate) fn bucket(name: &str) -> u32 {
    let hash = java_hash(name).cast_unsigned();
    (hash ^ (hash >> 16)) & 15
}

#[cfg(test)]
mod tests {
    use super::{bucket, java_hash, partition_for};

    /// Source: `String.hashCode` as the Java documentation defines it: s[0]*31^(n-1) + ...
    #[test]
    fn hashes_are_javas() {
        assert_eq!(java_hash(""), 0);
        assert_eq!(java_hash("a"), 97);
        assert_eq!(java_hash("ab"), 97 * 31 + 98);
        // The well-known text whose hash is the lowest number of all.
        assert_eq!(java_hash("polygenelubricants"), i32::MIN);
    }

    /// Source: spec E1: the absolute value of the lowest number is 0.
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
