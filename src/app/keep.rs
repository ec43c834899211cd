//! Keeping a run and the reader's place in it, so that nothing is lost with the page.
//!
//! Refuses to know what a run is made of beyond [`SavedRun`].

use crate::storage;
use replicascope::scene::SavedRun;

/// Under which name a run is kept; without one it is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep(Option<String>);

impl Keep {
    pub fn nothing() -> Keep {
        Keep(None)
    }

    pub fn sandbox() -> Keep {
        Keep(Some("sandbox".to_owned()))
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
    fn a_place_is_kept_and_forgotten() {
        let keep = Keep::lesson("T-1");
        keep.place("2");
        assert_eq!(keep.kept_place().as_deref(), Some("2"));
        assert_eq!(Keep::sandbox().kept_place(), None);
        keep.forget();
        assert_eq!(keep.kept_place(), None);
    }
}
