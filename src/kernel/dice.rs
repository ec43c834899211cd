//! Chance, keyed: every draw is a function of (seed, purpose, owner, running number).
//!
//! Removing one fault or changing one setting therefore leaves all other draws as they were.
//! The mixing function is the finaliser of SplitMix64, the same on every target.

use crate::sorted::SortedMap;

/// The seed of a run; deals out every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dice {
    pub seed: u64,
}

impl Dice {
    /// The `n`th number of the stream (`purpose`, `owner`), in `0..below`; 0 when `below` is 0.
    #[must_use]
    pub fn draw(self, purpose: u64, owner: u64, n: u64, below: u64) -> u64 {
        if below == 0 {
            return 0;
        }
        let key = mix(mix(mix(self.seed ^ purpose).wrapping_add(owner)).wrapping_add(n));
        // Multiply-shift keeps the range without the bias of a remainder that anyone would see.
        ((u128::from(key) * u128::from(below)) >> 64) as u64
    }
}

/// The streams of one node: a running number for each purpose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    dice: Dice,
    owner: u64,
    drawn: SortedMap<u64, u64>,
}

impl Stream {
    #[must_use]
    pub fn new(dice: Dice, owner: u64) -> Stream {
        Stream { dice, owner, drawn: SortedMap::new() }
    }

    pub fn draw(&mut self, purpose: &'static str, below: u64) -> u64 {
        let purpose = name(purpose);
        let n = self.drawn.entry(purpose).or_insert(0);
        *n += 1;
        self.dice.draw(purpose, self.owner, *n, below)
    }
}

/// The key of a purpose: FNV-1a of its name.
#[must_use]
pub(crate) const fn name(purpose: &str) -> u64 {
    let bytes = purpose.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

/// SplitMix64's step and finaliser (Steele, Lea, Flood 2014).
const fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_in_one_stream_moves_no_other() {
        let dice = Dice { seed: 7 };
        let mut alone = Stream::new(dice, 1);
        let expected = [alone.draw("election", 1000), alone.draw("election", 1000)];
        let mut mixed = Stream::new(dice, 1);
        let first = mixed.draw("election", 1000);
        mixed.draw("backoff", 1000);
        assert_eq!([first, mixed.draw("election", 1000)], expected);
        assert_ne!(expected[0], Stream::new(dice, 2).draw("election", 1000));
    }

    #[test]
    fn the_generator_is_pinned() {
        // A change here changes every run ever shared.
        let drawn: Vec<u64> =
            (0..4).map(|n| Dice { seed: 42 }.draw(name("x"), 3, n, 1000)).collect();
        // Worked out apart from this code, from the definition of SplitMix64 and FNV-1a.
        assert_eq!(drawn, [803, 445, 939, 615]);
    }
}
