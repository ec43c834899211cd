//! Virtual time: whole microseconds since the run began. Never the machine's clock, never a float.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A point of virtual time, in microseconds since the run began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Instant(pub u64);

/// A length of virtual time, in microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span(pub u64);

impl Instant {
    pub const ZERO: Instant = Instant(0);
    /// Later than anything that a run may reach.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Instant) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    pub const ZERO: Span = Span(0);

    #[must_use]
    pub const fn micros(n: u64) -> Span {
        Span(n)
    }

    #[must_use]
    pub const fn millis(n: u64) -> Span {
        Span(n * 1_000)
    }

    #[must_use]
    pub const fn secs(n: u64) -> Span {
        Span(n * 1_000_000)
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// Reads `250us`, `40ms`, `1.5s`, `2m` or `1h`; a number needs its unit.
    pub fn parse(text: &str) -> Option<Span> {
        let split = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = text.split_at(split);
        let scale: u64 = match unit {
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return None;
        }
        let mut micros = whole.parse::<u64>().ok()?.checked_mul(scale)?;
        if !fraction.is_empty() {
            let parts = fraction.parse::<u64>().ok()?;
            micros += parts.checked_mul(scale)? / 10u64.pow(fraction.len() as u32);
        }
        Some(Span(micros))
    }
}

impl Add<Span> for Instant {
    type Output = Instant;
    fn add(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Instant {
    type Output = Instant;
    fn sub(self, span: Span) -> Instant {
        Instant(self.0.saturating_sub(span.0))
    }
}

impl AddAssign<Span> for Instant {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

/// Seconds with milliseconds: `12.345s`; microseconds only where there are any.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if micros % 1_000 == 0 {
            write!(f, "{secs}.{:03}s", micros / 1_000)
        } else {
            write!(f, "{secs}.{micros:06}s")
        }
    }
}
