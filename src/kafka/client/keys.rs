//! Keys of a producer's records: how many there are, how unequally they occur (Zipf), and over how
//! many variants each is spread. Refuses to know partitions, and floats: a run is the same
//! everywhere.

use crate::node::Out;
use std::num::NonZeroU16;

/// A key by its rank: 1 occurs most often.
pub(crate) type Key = NonZeroU16;

/// One in fixed point.
const ONE: u64 = 1 << 32;
/// Binary digits of a logarithm.
const DIGITS: u32 = 32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keys {
    /// Weights of the keys up to each rank, added up.
    upto: Vec<u64>,
    /// Into so many variants a key is split.
    salt: u16,
}

impl Keys {
    /// So many keys; `skew` is Zipf's exponent in hundredths, 0 makes all of them equal.
    #[must_use]
    pub fn new(count: u16, skew: u32, salt: u16) -> Keys {
        let sum = |sum: &mut u64, rank| {
            *sum += weight(rank, skew);
            Some(*sum)
        };
        Keys { upto: (1..=count.max(1)).scan(0, sum).collect(), salt }
    }

    /// The key of the next record, and its bytes.
    pub fn draw(&self, out: &mut Out<'_>) -> (Key, String) {
        let total = self.upto.last().copied().unwrap_or_default();
        let key = self.at(out.draw("key", total));
        if self.salt < 2 {
            return (key, name(key));
        }
        let variant = out.draw("salt", u64::from(self.salt));
        (key, format!("{}#{variant}", name(key)))
    }

    /// The key whose share holds this point.
    fn at(&self, point: u64) -> Key {
        let before = self.upto.partition_point(|upto| *upto <= point);
        let rank = u16::try_from(before + 1).unwrap_or(u16::MAX);
        Key::new(rank).expect("one was added")
    }
}

/// `k1`: what a record carries, unless it is salted.
#[must_use]
pub(crate) fn name(key: Key) -> String {
    format!("k{key}")
}

/// The key of this name.
#[must_use]
pub(crate) fn named(word: &str) -> Option<Key> {
    word.strip_prefix('k')?.parse().ok()
}

/// `rank` to the power of −`skew`/100, in fixed point; at least the smallest that there is.
fn weight(rank: u16, skew: u32) -> u64 {
    let exponent = u128::from(log2(rank)) * u128::from(skew) / 100;
    power_of_half(u64::try_from(exponent).unwrap_or(u64::MAX)).max(1)
}

/// The binary logarithm of a rank, digit by digit: squaring doubles a logarithm.
fn log2(rank: u16) -> u64 {
    let whole = rank.max(1).ilog2();
    let mut rest = (u64::from(rank.max(1)) << 32) >> whole;
    let mut digits = 0;
    for _ in 0..DIGITS {
        rest = ((u128::from(rest) * u128::from(rest)) >> 32) as u64;
        digits <<= 1;
        if rest >= 2 * ONE {
            rest >>= 1;
            digits |= 1;
        }
    }
    (u64::from(whole) << 32) | digits
}

/// One half to the power of a number in fixed point: a root for each digit after the point.
fn power_of_half(exponent: u64) -> u64 {
    let mut power = ONE;
    let mut root = ONE / 2;
    for digit in (0..DIGITS).rev() {
        root = (root << 32).isqrt();
        if exponent >> digit & 1 == 1 {
            power = ((u128::from(power) * u128::from(root)) >> 32) as u64;
        }
    }
    power.checked_shr(u32::try_from(exponent >> 32).unwrap_or(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts per million of the weight of the first key.
    fn shares(count: u16, skew: u32) -> Vec<u64> {
        (1..=count).map(|rank| weight(rank, skew) * 1_000_000 / ONE).collect()
    }

    #[test]
    fn weights_follow_zipf() {
        assert_eq!(shares(3, 0), [1_000_000; 3], "without skew all are equal");
        let near = |found: Vec<u64>, right: &[u64]| {
            let pairs = found.iter().zip(right);
            assert!(pairs.clone().all(|(a, b)| a.abs_diff(*b) <= 2), "{found:?}, not {right:?}");
        };
        near(shares(5, 100), &[1_000_000, 500_000, 333_333, 250_000, 200_000]);
        near(shares(4, 200), &[1_000_000, 250_000, 111_111, 62_500]);
        near(shares(4, 50), &[1_000_000, 707_107, 577_350, 500_000]);
        near(shares(3, 120), &[1_000_000, 435_275, 267_581]);
    }

    #[test]
    fn a_point_belongs_to_one_key() {
        let keys = Keys::new(3, 100, 1);
        let first = ONE - 1;
        assert_eq!([0, first].map(|point| keys.at(point).get()), [1, 1]);
        assert_eq!([ONE, ONE + ONE / 2 - 2].map(|point| keys.at(point).get()), [2, 2]);
        assert_eq!(keys.at(keys.upto[2] - 1).get(), 3);
    }

    #[test]
    fn a_weight_never_vanishes() {
        assert!(weight(10_000, 500) >= 1);
        assert_eq!(named("k17").map(name), Some("k17".to_owned()));
        assert_eq!((named("k0"), named("17"), named("k")), (None, None, None));
    }
}
