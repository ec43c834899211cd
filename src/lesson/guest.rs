//! A lesson from somewhere else, as a page gets it: read, but not vouched for.
//!
//! Refuses to know where it came from.

use crate::catalogue::Lesson;
use crate::doc::Block;
use crate::flaw::Flaw;
use crate::lang::Lang;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    pub lesson: Lesson,
    pub en: Vec<Block>,
    pub zh: Vec<Block>,
}

impl Guest {
    #[must_use]
    pub fn blocks(&self, lang: Lang) -> &[Block] {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

/// What came of reading one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Lesson(Box<Guest>),
    Flaws(Vec<Flaw>),
}
