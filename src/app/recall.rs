//! When a card is due again: the published rule SM-2, in whole numbers. Pure.
//!
//! Source: P. A. Woźniak, Application of a computer to improve the results obtained in working with
//! the SuperMemo method (1990), algorithm SM-2. Refuses to know cards, pages and clocks: the day is
//! told to it.

use serde::{Deserialize, Serialize};

/// How well an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Not at all: quality 2 of the rule.
    Again,
    /// With an effort: 3.
    Hard,
    /// After a moment: 4.
    Good,
    /// At once: 5.
    Easy,
}

impl Grade {
    pub const ALL: [Grade; 4] = [Grade::Again, Grade::Hard, Grade::Good, Grade::Easy];

    fn quality(self) -> i32 {
        self as i32 + 2
    }
}

/// What is kept of a card: thousandths of the easiness factor, and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Answered in a row, counted from the last failure.
    pub streak: u32,
    pub easiness: u32,
    pub interval: u32,
    /// The day on which it is due, counted from 1970.
    pub due: u32,
}

/// Easiness of a card that has never been answered, and the least that it may become.
pub const FIRST_EASINESS: u32 = 2_500;
pub const LEAST_EASINESS: u32 = 1_300;
/// Ten years: longer plans are no plans.
pub const LONGEST: u32 = 3_650;

impl Memory {
    pub fn fresh(today: u32) -> Memory {
        Memory { streak: 0, easiness: FIRST_EASINESS, interval: 0, due: today }
    }

    pub fn is_due(&self, today: u32) -> bool {
        self.due <= today
    }

    /// After an answer. A failed card begins anew and comes again today; its easiness stays.
    pub fn after(self, grade: Grade, today: u32) -> Memory {
        if grade == Grade::Again {
            return Memory { streak: 0, interval: 0, due: today, ..self };
        }
        let easiness = eased(self.easiness, grade);
        let interval = match self.streak {
            0 => 1,
            1 => 6,
            _ => grown(self.interval, self.easiness),
        };
        Memory { streak: self.streak + 1, easiness, interval, due: today + interval }
    }

    /// Could a page have written it?
    pub fn is_sound(&self) -> bool {
        (LEAST_EASINESS..=10 * FIRST_EASINESS).contains(&self.easiness)
            && self.interval <= LONGEST
            && self.due <= 1_000_000
    }
}

/// EF' = EF + (0.1 - (5 - q) (0.08 + (5 - q) 0.02)).
fn eased(easiness: u32, grade: Grade) -> u32 {
    let short = 5 - grade.quality();
    let change = 100 - short * (80 + short * 20);
    easiness.saturating_add_signed(change).clamp(LEAST_EASINESS, 10 * FIRST_EASINESS)
}

/// I(n) = I(n-1) EF, fractions rounded up.
fn grown(interval: u32, easiness: u32) -> u32 {
    (u64::from(interval) * u64::from(easiness)).div_ceil(1_000).min(LONGEST.into()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_answers_follow_the_published_intervals() {
        let mut memory = Memory::fresh(100);
        let mut intervals = Vec::new();
        for _ in 0..5 {
            memory = memory.after(Grade::Good, memory.due);
            intervals.push(memory.interval);
        }
        assert_eq!(intervals, [1, 6, 15, 38, 95]);
        assert_eq!((memory.easiness, memory.due), (2_500, 100 + 1 + 6 + 15 + 38 + 95));
    }

    #[test]
    fn easiness_changes_as_published_and_never_below_its_least() {
        let memory = Memory::fresh(0);
        assert_eq!(memory.after(Grade::Easy, 0).easiness, 2_600);
        assert_eq!(memory.after(Grade::Good, 0).easiness, 2_500);
        assert_eq!(memory.after(Grade::Hard, 0).easiness, 2_360);
        let hard = (0..20).fold(memory, |memory, day| memory.after(Grade::Hard, day));
        assert_eq!(hard.easiness, LEAST_EASINESS);
    }

    #[test]
    fn a_failure_begins_anew_today_and_keeps_the_easiness() {
        let known = Memory { streak: 4, easiness: 2_100, interval: 38, due: 50 };
        let failed = known.after(Grade::Again, 60);
        assert_eq!(failed, Memory { streak: 0, easiness: 2_100, interval: 0, due: 60 });
        assert!(failed.is_due(60));
        assert_eq!(failed.after(Grade::Good, 60).due, 61);
    }

    #[test]
    fn no_interval_outgrows_its_limit() {
        let old = Memory { streak: 9, easiness: 25_000, interval: LONGEST, due: 9 };
        assert_eq!(old.after(Grade::Easy, 9).interval, LONGEST);
    }
}
