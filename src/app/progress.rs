//! How far the learner is in each lesson. Kept in the browser, never sent anywhere.

use crate::storage;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub done: usize,
    pub steps: usize,
    /// Right replies, and questions.
    pub right: usize,
    pub of: usize,
}

impl Progress {
    pub fn is_complete(&self) -> bool {
        self.steps > 0 && self.done >= self.steps
    }

    pub fn is_begun(&self) -> bool {
        self.done > 0
    }
}

/// Keeps the place, and never less than was reached before.
pub fn keep(lesson: &str, now: Progress) {
    let best = of(lesson);
    let done = if best.steps == now.steps { best.done.max(now.done) } else { now.done };
    if let Ok(text) = serde_json::to_string(&Progress { done, ..now }) {
        storage::set(&format!("progress.{lesson}"), &text);
    }
}

pub fn of(lesson: &str) -> Progress {
    let text = storage::get(&format!("progress.{lesson}"));
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_does_not_shrink() {
        keep("T-9", Progress { done: 3, steps: 5, right: 2, of: 6 });
        keep("T-9", Progress { done: 1, steps: 5, right: 0, of: 6 });
        assert_eq!(of("T-9").done, 3);
        assert!(of("T-9").is_begun() && !of("T-9").is_complete());
        assert_eq!(of("T-8"), Progress::default());
    }
}
