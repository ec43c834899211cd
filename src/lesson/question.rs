//! The question lines of a scenario: `predict ID: PROBE [in RANGES | of WORDS]`.
//! Refuses to know any probe: what stands before `in` or `of` is the session's to read.

use crate::flaw::Flaw;
use scene::Range;
use std::fmt;

/// A question that the learner answers before the step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predict {
    pub line: usize,
    pub id: String,
    /// Evaluated after the step: `leader orders-0`.
    pub probe: String,
    pub form: Form,
}

/// How the learner answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Freely, in the kind that the probe gives: a node, a set of nodes, a number, a word.
    Value,
    /// By one of these ranges, in ascending order.
    Ranges(Vec<Range>),
    /// By one of these spellings.
    Words(Vec<String>),
}

/// More would be a puzzle, not a question.
const MAX_OPTIONS: usize = 8;

impl Form {
    /// The options as the scenario writes them; empty for a free answer.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        match self {
            Form::Value => Vec::new(),
            Form::Ranges(ranges) => ranges.iter().map(ToString::to_string).collect(),
            Form::Words(words) => words.clone(),
        }
    }
}

/// Reads what follows the word `predict`.
pub(crate) fn parse(line: usize, text: &str) -> Result<Predict, Flaw> {
    let shape = "write `predict heir: leader orders-0`, with `in 0s..2s | 2s..7s` or `of a | b`";
    let Some((id, rest)) = text.split_once(':') else {
        return Err(Flaw::new(line, "the question has no `:` after its name", shape));
    };
    let id = name(line, "question", id.trim())?;
    let (probe, form) = if let Some((probe, list)) = rest.split_once(" in ") {
        (probe, Form::Ranges(ranges(line, list)?))
    } else if let Some((probe, list)) = rest.split_once(" of ") {
        (probe, Form::Words(words(line, list)?))
    } else {
        (rest, Form::Value)
    };
    let probe = probe.trim().to_owned();
    if probe.is_empty() {
        return Err(Flaw::new(line, format!("question `{id}` asks for nothing"), shape));
    }
    Ok(Predict { line, id, probe, form })
}

/// Names of steps and questions: what a link and a test can carry without quoting.
pub(crate) fn name(line: usize, of: &str, text: &str) -> Result<String, Flaw> {
    let tame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(tame) {
        return Ok(text.to_owned());
    }
    let cure = "use lower-case letters, digits and `-`, a letter first";
    Err(Flaw::new(line, format!("`{text}` cannot be the name of a {of}"), cure))
}

fn ranges(line: usize, list: &str) -> Result<Vec<Range>, Flaw> {
    let mut found: Vec<Range> = Vec::new();
    for text in options(line, list)? {
        let Some(range) = Range::parse(text) else {
            let cure = "write `7s..13s`, `0..1` or `13s..`: the smaller end first, both of a kind";
            return Err(Flaw::new(line, format!("`{text}` is not a range"), cure));
        };
        if found.last().is_some_and(|last| !last.before(&range)) {
            let what = format!("range `{range}` does not begin after the one before it ends");
            return Err(Flaw::new(
                line,
                what,
                "put the ranges in ascending order, without overlap",
            ));
        }
        found.push(range);
    }
    Ok(found)
}

fn words(line: usize, list: &str) -> Result<Vec<String>, Flaw> {
    let mut found: Vec<String> = Vec::new();
    for word in options(line, list)? {
        if found.iter().any(|other| other == word) {
            return Err(Flaw::new(line, format!("option `{word}` stands twice"), "leave one out"));
        }
        found.push(word.to_owned());
    }
    Ok(found)
}

fn options(line: usize, list: &str) -> Result<Vec<&str>, Flaw> {
    let found: Vec<&str> = list.split('|').map(str::trim).collect();
    if found.iter().any(|option| option.is_empty()) {
        return Err(Flaw::new(line, "an option is empty", "write something between two `|`"));
    }
    if found.len() < 2 || found.len() > MAX_OPTIONS {
        let what = format!("a question with {} option(s)", found.len());
        return Err(Flaw::new(line, what, format!("give 2 to {MAX_OPTIONS}, split by `|`")));
    }
    Ok(found)
}

impl fmt::Display for Predict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "predict {}: {}", self.id, self.probe)?;
        match self.form {
            Form::Value => Ok(()),
            Form::Ranges(_) => write!(f, " in {}", self.form.options().join(" | ")),
            Form::Words(_) => write!(f, " of {}", self.form.options().join(" | ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_come_back_as_they_were_written() {
        for text in [
            "heir: leader orders-0",
            "gap: gap orders-0 in 0s..2s | 2s..7s | 7s..",
            "slow: slowest-phase orders-0 of detected | first-ack",
        ] {
            let read = parse(1, text).expect("a question");
            assert_eq!(read.to_string(), format!("predict {text}"));
        }
    }

    #[test]
    fn every_mistake_has_its_own_message() {
        for (text, what) in [
            ("leader orders-0", "the question has no `:` after its name"),
            ("Heir: leader orders-0", "`Heir` cannot be the name of a question"),
            ("heir:", "question `heir` asks for nothing"),
            ("g: gap x in 2s..1s | 3s..", "`2s..1s` is not a range"),
            (
                "g: gap x in 0s..4s | 3s..",
                "range `3s..` does not begin after the one before it ends",
            ),
            ("w: word x of a | a", "option `a` stands twice"),
            ("w: word x of a", "a question with 1 option(s)"),
            ("w: word x of a | | b", "an option is empty"),
        ] {
            assert_eq!(parse(7, text).expect_err(text).what, what);
        }
    }
}
