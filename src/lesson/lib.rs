//! Lessons as data: a transcript that the engine plays, and prose that refers to it by name.
//!
//! Reading order: [`Scenario`] (what is played), [`Doc`] (what is read), [`Runner`] (who plays it),
//! [`Marking`] (who was right), [`Bundle`] (all of them).
//! The parsers of prose and index stand behind the feature `author`; a page needs none of them.
//! This crate refuses to know any system (only `dyn Session`), any browser and any file system.

mod catalogue;
#[cfg(feature = "author")]
mod check;
mod doc;
mod flaw;
#[cfg(feature = "author")]
mod front;
#[cfg(feature = "author")]
mod index;
mod lang;
#[cfg(feature = "author")]
mod markdown;
mod marking;
mod parse;
#[cfg(feature = "author")]
mod prose;
mod question;
mod run;
mod scenario;
#[cfg(test)]
mod tests;

pub use catalogue::{Bundle, Coming, Course, Lesson, Paper, Term};
#[cfg(feature = "author")]
pub use check::{Source as LessonSource, check, check_scenario};
pub use doc::{Block, Doc, FIGURES, Front, Inline, Source, SourceKind, plain, step_of};
pub use flaw::Flaw;
#[cfg(feature = "author")]
pub use index::{Index, Listed, bundle, read_glossary, read_index};
pub use lang::Lang;
pub use marking::{Kind, Marking, Reply, kind, mark};
#[cfg(feature = "author")]
pub use prose::{Prose, Sign, parse as parse_prose, parse_page};
pub use question::{Form, Predict};
pub use run::{Difference, Printed, Report, Runner, Stop, foresee, foresee_all, met};
pub use scenario::{
    Command, Expected, Goal, MAX_BYTES, MAX_CHARS, MAX_LINES, Part, Scenario, Step,
};
pub use scene::{Quantity, Range, equals, spell};
