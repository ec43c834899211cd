//! The lessons that this build carries, in the order of `lessons/index.toml`.
//!
//! Refuses to know Markdown: `build.rs` has turned the prose into a typed tree.

use lesson::{Bundle, Lesson};
use std::sync::OnceLock;

/// Courses, lessons, what is still to come, and the glossary.
#[must_use]
pub fn bundle() -> &'static Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let json = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));
        serde_json::from_str(json).expect("build.rs wrote it with the same types")
    })
}

#[must_use]
pub fn lessons() -> &'static [Lesson] {
    &bundle().lessons
}
