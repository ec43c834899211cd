//! One question of an interview: a minute for one's own answer, then claim after claim. Pure.
//!
//! Refuses to know the clock: seconds are told to it as ticks.

use crate::recall::Grade;

/// Seconds that an answer may take.
pub const SECONDS: u32 = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interview {
    pub left: u32,
    /// The learner speaks or writes; afterwards claims are shown.
    pub answering: bool,
    /// For each claim that is shown: did the learner name it?
    pub named: Vec<bool>,
    claims: usize,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Tick,
    /// The learner has said all.
    Done,
    /// The next claim.
    Show,
    /// This claim was named, or was not.
    Mark(usize, bool),
}

impl Interview {
    pub fn new(claims: usize) -> Interview {
        Interview { left: SECONDS, answering: true, named: Vec::new(), claims }
    }

    pub fn turn(mut self, turn: Turn) -> Interview {
        match turn {
            Turn::Tick if self.answering => self.left = self.left.saturating_sub(1),
            Turn::Tick => {}
            Turn::Done => self = self.show(),
            Turn::Show if !self.answering => self = self.show(),
            Turn::Show => {}
            Turn::Mark(claim, named) => {
                if let Some(mark) = self.named.get_mut(claim) {
                    *mark = named;
                }
            }
        }
        self
    }

    /// The first claim ends the answer.
    fn show(mut self) -> Interview {
        self.answering = false;
        if self.named.len() < self.claims {
            self.named.push(false);
        }
        self
    }

    pub fn is_over(&self) -> bool {
        !self.answering && self.named.len() == self.claims
    }

    pub fn hits(&self) -> usize {
        self.named.iter().filter(|named| **named).count()
    }

    /// As a review of the card: all named is good, half of it hard, less is a failure.
    pub fn grade(&self) -> Grade {
        match self.hits() {
            hits if hits == self.claims => Grade::Good,
            hits if 2 * hits >= self.claims => Grade::Hard,
            _ => Grade::Again,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_runs_down_and_stops_at_the_first_claim() {
        let mut interview = Interview::new(3);
        for _ in 0..SECONDS + 5 {
            interview = interview.turn(Turn::Tick);
        }
        assert_eq!((interview.left, interview.answering), (0, true), "time alone ends nothing");
        interview = interview.turn(Turn::Show);
        assert!(interview.named.is_empty(), "no claim before the answer is given");
        interview = interview.turn(Turn::Done);
        assert_eq!((interview.named.len(), interview.is_over()), (1, false));
    }

    #[test]
    fn what_was_named_grades_the_card() {
        let grade = |named: &[bool]| {
            let mut it = Interview::new(4).turn(Turn::Done);
            for _ in 0..5 {
                it = it.turn(Turn::Show);
            }
            for (claim, named) in named.iter().enumerate() {
                it = it.turn(Turn::Mark(claim, *named));
            }
            assert!(it.is_over());
            it.grade()
        };
        assert_eq!(grade(&[true, true, true, true, true]), Grade::Good);
        assert_eq!(grade(&[true, true, false, false]), Grade::Hard);
        assert_eq!(grade(&[true, false, false, false]), Grade::Again);
        assert_eq!(grade(&[]), Grade::Again);
    }
}
