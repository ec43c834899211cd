//! Lessons as data: a transcript that the engine plays, and prose that refers to it by name.
//!
//! Reading order: [`Scenario`] (what is played), [`Doc`] (what is read), [`Runner`] (who plays it),
//! [`Marking`] (who was right), [`Bundle`] (all of them).
//! The parsers of prose and index stand behind the feature `author`; a page needs none of them.
//! This crate refuses to know any system (only `dyn Session`), any browser and any file system.

mod cards;
mod catalogue;
#[cfg(feature = "author")]
mod check;
mod doc;
#[cfg(feature = "author")]
mod evidence;
mod flaw;
#[cfg(feature = "author")]
mod front;
#[cfg(feature = "author")]
mod index;
#[cfg(feature = "author")]
mod known;
mod lang;
#[cfg(feature = "author")]
mod markdown;
mod marking;
mod moment;
mod parse;
mod practice;
#[cfg(feature = "author")]
mod prose;
mod question;
mod run;
mod scenario;
#[cfg(feature = "author")]
mod syllabus;
#[cfg(test)]
mod tests;
#[cfg(feature = "author")]
mod text;

pub use cards::{Card, Claim, DECK, cards, claims, read_deck};
pub use catalogue::{Bundle, Coming, Course, Lesson, Paper, Term, practice_file};
#[cfg(feature = "author")]
pub use check::{Known, ReadLesson, Source as LessonSource, check, check_scenario, read_lesson};
pub use doc::{Block, Doc, FIGURES, Front, Inline, Said, Source, SourceKind, plain, step_of};
pub use flaw::Flaw;
#[cfg(feature = "author")]
pub use index::{Index, Library, Listed, bundle, read_glossary, read_index};
pub use lang::Lang;
pub use marking::{Kind, Marking, Reply, kind, mark};
pub use moment::{moment, moments, stand_at};
pub use practice::{Template, Variant};
#[cfg(feature = "author")]
pub use prose::{Prose, Sign, parse as parse_prose, parse_page};
pub use question::{Form, Predict};
pub use run::{Difference, Printed, Report, Runner, Stop, foresee, foresee_all, met};
pub use scenario::{
    Command, Covers, Expected, Goal, MAX_BYTES, MAX_CHARS, MAX_LINES, Part, Scenario, Step,
};
pub use scene::{Quantity, Range, equals, spell};
#[cfg(feature = "author")]
pub use syllabus::{Coverage, Place, Read, Shown, Syllabus, coverage};
