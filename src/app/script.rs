//! Lines of a lesson's step on their way: done one by one, the waiting ones in time.
//!
//! Refuses to know the session; it only says which line is next and until when to wait.

use crate::deed::wait_of;
use replicascope::scene::Instant;
use std::collections::VecDeque;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    lines: VecDeque<String>,
    goal: Option<Instant>,
    open: bool,
}

impl Script {
    pub fn new(lines: Vec<String>) -> Script {
        Script { lines: lines.into(), goal: None, open: true }
    }

    /// These come first.
    pub fn prepend(&mut self, lines: Vec<String>) {
        lines.into_iter().rev().for_each(|line| self.lines.push_front(line));
    }

    /// Until when time must pass before the next line.
    pub fn goal(&self) -> Option<Instant> {
        self.goal
    }

    /// The waiting is over.
    pub fn arrived(&mut self) {
        self.goal = None;
    }

    /// The next line to do now. A waiting line is handed out too (it is shown in the log) and sets
    /// the goal; until it is reached there is no next line.
    pub fn next(&mut self, now: Instant) -> Option<String> {
        if self.goal.is_some() {
            return None;
        }
        let line = self.lines.pop_front()?;
        self.goal = wait_of(&line, now);
        Some(line)
    }

    /// True once, when all is done.
    pub fn finish(&mut self) -> bool {
        let done = self.open && self.goal.is_none() && self.lines.is_empty();
        if done {
            self.open = false;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_for_time() {
        let lines = ["kill broker-1", "wait 2s", "show orders-0"];
        let mut script = Script::new(lines.map(str::to_owned).to_vec());
        let now = Instant(1_000_000);
        assert_eq!(script.next(now).as_deref(), Some("kill broker-1"));
        assert_eq!(script.next(now).as_deref(), Some("wait 2s"));
        assert_eq!(script.goal(), Some(Instant(3_000_000)));
        assert_eq!(script.next(now), None);
        assert!(!script.finish());
        script.arrived();
        assert_eq!(script.next(Instant(3_000_000)).as_deref(), Some("show orders-0"));
        assert!(script.finish());
        assert!(!script.finish());
    }

    #[test]
    fn no_script_never_finishes() {
        assert!(!Script::default().finish());
    }
}
