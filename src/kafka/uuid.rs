//! Kafka's ids of 16 bytes, and how its tools write them. Here they are drawn from the run's seed,
//! so that the same run names its topics alike; nothing in the engine depends on them.
//! Source: `Uuid.randomUuid`, `Uuid.toString`.

use crate::id::TopicId;
use kernel::Digest;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uuid(u128);

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Uuid {
    /// Of these bits those that say "random" are set as in every random UUID (RFC 9562, version 4).
    pub(crate) fn of_bits(bits: u128) -> Uuid {
        Uuid(bits & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62)
    }

    /// Never one that begins with a dash: on a command line it would look like an option.
    fn drawn(seed: u64, purpose: &str, owner: u64) -> Uuid {
        let half = |n: u64| u128::from(Digest::of(&(seed, purpose, owner, n)));
        let all = (0..).step_by(2).map(|n| Uuid::of_bits(half(n) << 64 | half(n + 1)));
        let fit = all.into_iter().find(|uuid| uuid.digit(0) != '-');
        fit.expect("one in 64 begins with a dash")
    }

    pub(crate) fn of_topic(seed: u64, topic: TopicId) -> Uuid {
        Uuid::drawn(seed, "topic", topic.0.into())
    }

    pub(crate) fn of_cluster(seed: u64) -> Uuid {
        Uuid::drawn(seed, "cluster", 0)
    }

    /// Six bits each from the left; the last digit has only two.
    fn digit(self, place: u32) -> char {
        let bits = if place < 21 { self.0 >> (122 - 6 * place) } else { self.0 << 4 };
        DIGITS[bits as usize % DIGITS.len()].into()
    }
}

impl fmt::Display for Uuid {
    /// URL-safe base64 without padding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..22).try_for_each(|place| write!(f, "{}", self.digit(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: `UuidTest.testStringConversion`; RFC 4648.
    #[test]
    fn sixteen_bytes_are_written_as_url_safe_base64() {
        assert_eq!(Uuid(0).to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid(1).to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(Uuid(u128::MAX).to_string(), "_____________________w");
        let bytes = u128::from_be_bytes(*b"replicascope-123");
        assert_eq!(Uuid(bytes).to_string(), "cmVwbGljYXNjb3BlLTEyMw");
    }

    #[test]
    fn ids_are_random_ones_and_differ() {
        let all: Vec<String> = (0..500)
            .map(|n| Uuid::of_topic(n / 50, TopicId((n % 50) as u16)).to_string())
            .collect();
        for (at, id) in all.iter().enumerate() {
            assert!(id.len() == 22 && !id.starts_with('-') && !all[..at].contains(id), "{id}");
        }
        assert_eq!(Uuid::of_bits(u128::MAX).0 >> 76 & 0xf, 4);
        assert_eq!(Uuid::of_topic(7, TopicId(0)), Uuid::of_topic(7, TopicId(0)));
    }
}
