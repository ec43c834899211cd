//! The tree of a lesson's prose in one language: all that a page needs to show it.
//!
//! Plain data without any parser, so that a page carries only what it shows.
//! Refuses to know Markdown, HTML and the answers to its own questions.

use serde::{Deserialize, Serialize};

/// A lesson in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doc {
    pub front: Front,
    pub blocks: Vec<Block>,
}

/// What stands above the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    pub title: String,
    /// What the interviewer asks.
    pub question: String,
    /// An honest estimate of the time it takes.
    pub minutes: u8,
    /// 1 (vocabulary) to 5 (design review).
    pub level: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    Heading {
        level: u8,
        text: Vec<Inline>,
    },
    Para(Vec<Inline>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    Code {
        lang: String,
        text: String,
    },
    Table {
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Quote(Vec<Block>),
    /// A step of the scenario: what is read before it runs, and what is read once it has run.
    Step {
        name: String,
        before: Vec<Block>,
        after: Vec<Block>,
    },
    /// A question of the step around it. The right answer is not here: the run gives it.
    Predict {
        id: String,
        text: Vec<Block>,
        /// Words for the options, in the order of the scenario; empty for a question without any.
        options: Vec<Vec<Inline>>,
        /// Read once the reply is marked.
        because: Vec<Block>,
    },
    /// Folded away until asked for.
    Hint(Vec<Block>),
    /// Something drawn from the run, one of [`FIGURES`].
    Figure {
        kind: String,
        /// What it is about, by its own name, where the run has several of the kind; the two
        /// that stand `beside` each other.
        of: Option<String>,
        alt: String,
    },
    /// The learner's own task; the scenario says when it is done.
    Goal(Vec<Block>),
    /// A card for the review deck.
    Card {
        /// The question or the step of the scenario in whose run the answer is to be seen.
        at: String,
        /// The row of the syllabus whose interview question it is.
        row: Option<String>,
        front: Vec<Block>,
        back: Vec<Block>,
    },
    Sources(Vec<Source>),
    /// How the text above is known: the entries of the lesson's sources that carry it; none where
    /// it claims nothing.
    Known(Vec<Source>),
    /// What people say, and what is true of it, each with how we know.
    Said {
        /// Words above the two columns.
        head: [Vec<Inline>; 2],
        rows: Vec<Said>,
    },
}

/// Something that people say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub said: Vec<Inline>,
    pub truth: Vec<Inline>,
    /// The entries of the lesson's sources that carry it; at least one.
    pub by: Vec<Source>,
}

/// The figures that a page can draw from a run.
pub const FIGURES: [&str; 6] = ["phases", "decision", "matrix", "tape", "ledger", "beside"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inline {
    Text(String),
    Strong(Vec<Inline>),
    Em(Vec<Inline>),
    Code(String),
    /// Only `http:`, `https:`, `#…` or a relative path.
    Link {
        href: String,
        text: Vec<Inline>,
    },
    /// A word of the glossary.
    Term {
        key: String,
        text: Vec<Inline>,
    },
    /// A place in the lesson's own run: a question or a step.
    Run {
        at: String,
        text: Vec<Inline>,
    },
}

/// How we know a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceKind {
    /// This lesson's own run shows it, on every machine.
    Engine,
    /// The code or the documentation of the real system says so.
    Source,
    /// Recorded on a real cluster.
    Trace,
}

impl SourceKind {
    /// As an author writes it.
    #[must_use]
    pub fn named(word: &str) -> Option<SourceKind> {
        match word {
            "engine" => Some(SourceKind::Engine),
            "source" => Some(SourceKind::Source),
            "trace" => Some(SourceKind::Trace),
            _ => None,
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Engine => "engine",
            SourceKind::Source => "source",
            SourceKind::Trace => "trace",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub kind: SourceKind,
    /// What marks call it: its kind, unless the author gave it another name.
    pub name: String,
    pub text: Vec<Inline>,
}

/// The step of this name in a lesson's prose: what is read before it runs, and after.
#[must_use]
pub fn step_of<'a>(blocks: &'a [Block], name: &str) -> Option<(&'a [Block], &'a [Block])> {
    blocks.iter().find_map(|block| match block {
        Block::Step { name: found, before, after } if found == name => {
            Some((before.as_slice(), after.as_slice()))
        }
        _ => None,
    })
}

impl Doc {
    /// Every block, outer before inner, in reading order.
    pub fn walk<'a>(&'a self, see: &mut dyn FnMut(&'a Block)) {
        walk(&self.blocks, see);
    }
}

fn walk<'a>(blocks: &'a [Block], see: &mut dyn FnMut(&'a Block)) {
    for block in blocks {
        see(block);
        match block {
            Block::List { items, .. } => items.iter().for_each(|item| walk(item, see)),
            Block::Quote(inner) | Block::Hint(inner) | Block::Goal(inner) => walk(inner, see),
            Block::Step { before: first, after: then, .. }
            | Block::Predict { text: first, because: then, .. }
            | Block::Card { front: first, back: then, .. } => {
                walk(first, see);
                walk(then, see);
            }
            _ => {}
        }
    }
}

/// The words alone, for search, titles and tests.
#[must_use]
pub fn plain(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Strong(inner) | Inline::Em(inner) => plain(inner),
            Inline::Link { text, .. } | Inline::Term { text, .. } | Inline::Run { text, .. } => {
                plain(text)
            }
        })
        .collect()
}
