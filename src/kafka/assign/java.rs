//! The order in which Java walks a `HashMap`. Where an assignor does that, the order decides who
//! keeps one partition more, so it belongs to the answer.
//!
//! Refuses to look into keys: it is given their hash codes.

use kernel::Arrange;

/// Buckets of an empty map; they double when three quarters are filled.
const BUCKETS: usize = 16;

/// `String.hashCode`
pub(crate) fn hash_code(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

/// Keys of a `HashMap`, or a `HashSet`. Buckets that grew into trees (eight keys in one) are
/// walked as lists.
#[derive(Clone, Debug)]
pub(super) struct HashKeys<K> {
    buckets: usize,
    /// In the order of arrival, with the hash that chooses the bucket.
    keys: Vec<(usize, K)>,
}

impl<K: Copy + PartialEq> HashKeys<K> {
    pub(super) fn new() -> Self {
        HashKeys { buckets: BUCKETS, keys: Vec::new() }
    }

    /// A key that is not there yet.
    pub(super) fn insert(&mut self, hash_code: i32, key: K) {
        let hash = hash_code as u32;
        self.keys.push(((hash ^ (hash >> 16)) as usize, key));
        if self.keys.len() > self.buckets / 4 * 3 {
            self.buckets *= 2;
        }
    }

    pub(super) fn remove(&mut self, key: K) {
        self.keys.retain(|(_, known)| *known != key);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// By bucket, and in a bucket by arrival.
    pub(super) fn walk(&self) -> Vec<K> {
        let mut keys = self.keys.clone();
        keys.arrange_by_key(|(hash, _)| hash & (self.buckets - 1));
        keys.into_iter().map(|(_, key)| key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_hash_as_in_java() {
        assert_eq!(hash_code(""), 0);
        assert_eq!(hash_code("m37"), 106_385);
        assert_eq!(hash_code("consumer-group-1"), hash_code("consumer-group-0") + 1);
        assert_eq!(hash_code("polygenelubricants"), i32::MIN);
    }

    /// Of twelve small numbers each has its bucket; the thirteenth key doubles the buckets.
    #[test]
    fn a_map_is_walked_by_bucket_and_grows() {
        let mut keys = HashKeys::new();
        for number in [17, 1, 16, 3] {
            keys.insert(number, number);
        }
        assert_eq!(keys.walk(), [16, 17, 1, 3]);
        for number in 4..13 {
            keys.insert(number, number);
        }
        assert_eq!(keys.walk(), [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 17]);
    }
}
