//! Keeping a run and the reader's place in it, so that nothing is lost with the page.
//!
//! Refuses to know what a run is made of beyond [`SavedRun`].

use crate::storage;
use replicascope::scene::{Arrange, SavedRun};

/// Under which name a run is kept; without one it is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep(Option<String>);

impl Keep {
    pub fn nothing() -> Keep {
        Keep(None)
    }

    /// The sandbox's run of this number; the first has none in its name.
    pub fn sandbox(number: u32) -> Keep {
        Keep(Some(match number {
            0 => "sandbox".to_owned(),
            number => format!("sandbox.{number}"),
        }))
    }

    /// The numbers of all runs that the sandbox has kept, the newest first.
    pub fn sandboxes() -> Vec<u32> {
        let number = |rest: &String| match rest.strip_prefix('.') {
            Some(number) => number.parse().ok(),
            None => rest.is_empty().then_some(0),
        };
        let mut numbers: Vec<u32> =
            storage::names("run.sandbox").iter().filter_map(number).collect();
        numbers.arrange_by(|one, other| other.cmp(one));
        numbers
    }

    /// A number that no kept run has.
    pub fn next_sandbox() -> u32 {
        Keep::sandboxes().first().map_or(0, |newest| newest + 1)
    }

    pub fn lesson(id: &str) -> Keep {
        Keep(Some(format!("lesson.{id}")))
    }

    /// Keeps the run; called after each input and when time stops.
    pub fn run(&self, run: &SavedRun) {
        if let (Some(key), Ok(text)) = (&self.0, serde_json::to_string(run)) {
            storage::set(&format!("run.{key}"), &text);
        }
    }

    /// The run that was kept, if it can still be read.
    pub fn kept_run(&self) -> Option<SavedRun> {
        let text = storage::get(&format!("run.{}", self.0.as_ref()?))?;
        serde_json::from_str(&text).ok()
    }

    /// Keeps a text beside the run: the place in a lesson.
    pub fn place(&self, text: &str) {
        if let Some(key) = &self.0 {
            storage::set(&format!("place.{key}"), text);
        }
    }

    pub fn kept_place(&self) -> Option<String> {
        storage::get(&format!("place.{}", self.0.as_ref()?))
    }

    pub fn forget(&self) {
        if let Some(key) = &self.0 {
            storage::remove(&format!("run.{key}"));
            storage::remove(&format!("place.{key}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_of_the_sandbox_stays_until_it_is_removed() {
        let run = || replicascope::open("cluster kafka").expect("a boot line").save();
        for _ in 0..3 {
            Keep::sandbox(Keep::next_sandbox()).run(&run());
        }
        assert_eq!(Keep::sandboxes(), [2, 1, 0]);
        Keep::sandbox(1).forget();
        assert_eq!((Keep::sandboxes(), Keep::next_sandbox()), (vec![2, 0], 3));
        Keep::sandboxes().into_iter().for_each(|number| Keep::sandbox(number).forget());
    }

    #[test]
    fn a_place_is_kept_and_forgotten() {
        let keep = Keep::lesson("T-1");
        keep.place("2");
        assert_eq!(keep.kept_place().as_deref(), Some("2"));
        assert_eq!(Keep::sandbox(0).kept_place(), None);
        keep.forget();
        assert_eq!(keep.kept_place(), None);
    }
}
