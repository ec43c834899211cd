//! All lessons as one bundle: what a build writes once and every page reads. The prose itself is
//! apart, a paper for each lesson and language, so that a page carries only what is read on it.
//! Refuses to know files and Markdown; `index.rs` makes a bundle from them.

use crate::doc::{Block, Front};
use crate::flaw::Flaw;
use crate::lang::Lang;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// In the order of the map.
    pub courses: Vec<Course>,
    /// In the order of learning.
    pub lessons: Vec<Lesson>,
    /// Not written yet, and named so.
    pub coming: Vec<Coming>,
    pub glossary: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// `LF`
    pub id: String,
    pub en: String,
    pub zh: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// `LF-1`
    pub id: String,
    /// `kafka/01-leader-failover`
    pub slug: String,
    /// `LF`
    pub course: String,
    /// In the grammar of [`Scenario`].
    pub scenario: String,
    /// The names of its cards in the deck, in order.
    pub cards: Vec<String>,
    /// There are variants of its questions.
    pub practice: bool,
    pub en: Front,
    pub zh: Front,
}

/// Something to read, in one language: the prose of a lesson, or a page of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The id of the lesson: `LF-1`.
    pub name: String,
    pub lang: Lang,
    pub blocks: Vec<Block>,
}

/// The file of a lesson's variants.
#[must_use]
pub fn practice_file(lesson: &str) -> String {
    format!("{lesson}.practice.txt")
}

impl Paper {
    /// The file that a page asks for.
    #[must_use]
    pub fn file(name: &str, lang: Lang) -> String {
        format!("{name}.{}.json", lang.tag())
    }
}

/// A lesson that is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coming {
    pub id: String,
    pub course: String,
    pub en: String,
    pub zh: String,
}

/// A word of the field and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// `isr`: what prose links to as `term:isr`.
    pub key: String,
    /// The word itself, the same in both languages: `ISR`.
    pub name: String,
    pub en: String,
    pub zh: String,
}

impl Lesson {
    #[must_use]
    pub fn front(&self, lang: Lang) -> &Front {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// The scenario, read. A build has read it before, so a flaw here means a damaged bundle.
    pub fn script(&self) -> Result<Scenario, Flaw> {
        Scenario::parse(&self.scenario).map_err(|flaw| flaw.within(&self.slug))
    }
}

impl Bundle {
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.id == id)
    }

    /// Every lesson that the bundle holds of this course.
    pub fn of_course<'a>(&'a self, course: &'a str) -> impl Iterator<Item = &'a Lesson> {
        self.lessons.iter().filter(move |lesson| lesson.course == course)
    }

    #[must_use]
    pub fn term(&self, key: &str) -> Option<&Term> {
        self.glossary.iter().find(|term| term.key == key)
    }
}

/// The words for a reader of this language.
macro_rules! in_both_languages {
    ($($named:ty),*) => {$(
        impl $named {
            #[must_use]
            pub fn text(&self, lang: Lang) -> &str {
                match lang {
                    Lang::En => &self.en,
                    Lang::Zh => &self.zh,
                }
            }
        }
    )*};
}
in_both_languages!(Course, Coming, Term);
