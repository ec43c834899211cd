//! Texts that a page fetches when they are wanted, where everything else has them compiled in
//! (feature `texts`): the words of a language, the scenarios of lessons.
//!
//! Refuses to know how a page gets them.

use std::sync::OnceLock;

/// The scenarios of all lessons, by id.
pub(crate) const SCENARIOS: &str = "texts/scenarios.json";

static SOURCE: OnceLock<fn(&str) -> String> = OnceLock::new();

/// Says where to get the text of a file that the build script writes. To be called before
/// anything else.
pub fn provide(source: fn(&str) -> String) {
    // Whoever comes second finds that it is known already.
    let _ = SOURCE.set(source);
}

pub(crate) fn text(file: &str) -> String {
    SOURCE.get().map_or_else(String::new, |get| get(file))
}
