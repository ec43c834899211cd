//! The lessons that this build carries, in the order of `lessons/index.toml`.
//!
//! Refuses to know Markdown: `build.rs` has turned the prose into a typed tree.

#[cfg(not(feature = "texts"))]
use crate::shelf;
use lesson::{Bundle, Flaw, Lesson, Scenario};
use std::sync::OnceLock;

#[cfg(feature = "texts")]
const CATALOGUE: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));
/// Without scenarios, but for the first lesson.
#[cfg(not(feature = "texts"))]
const CATALOGUE: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue-page.json"));

/// Courses, lessons, what is still to come, and the glossary.
#[must_use]
pub fn bundle() -> &'static Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        serde_json::from_str(CATALOGUE).expect("build.rs wrote it with the same types")
    })
}

#[must_use]
pub fn lessons() -> &'static [Lesson] {
    &bundle().lessons
}

/// The scenario of a lesson of this build, read.
///
/// # Errors
/// The build, or what was fetched of it, is damaged.
pub fn script(lesson: &Lesson) -> Result<Scenario, Flaw> {
    #[cfg(not(feature = "texts"))]
    if lesson.scenario.is_empty() {
        return Lesson { scenario: fetched(&lesson.id), ..lesson.clone() }.script();
    }
    lesson.script()
}

#[cfg(not(feature = "texts"))]
fn fetched(id: &str) -> String {
    let all = serde_json::from_str::<serde_json::Value>(&shelf::text(shelf::SCENARIOS));
    let text = all.ok().and_then(|all| all.get(id)?.as_str().map(str::to_owned));
    text.unwrap_or_default()
}
