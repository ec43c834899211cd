//! Answers as text and as ranges: how what was expected is compared with the run.
//! Refuses to know which probe an answer came from.

use crate::{Answer, Span};
use kernel::Arrange;
use std::fmt;

/// A number with or without a unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    Number(i64),
    Span(Span),
}

/// From (inclusive) to (exclusive); without an end it goes on for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: Quantity,
    pub to: Option<Quantity>,
}

impl Quantity {
    #[must_use]
    pub fn parse(text: &str) -> Option<Quantity> {
        match text.parse() {
            Ok(number) => Some(Quantity::Number(number)),
            Err(_) => Span::parse(text).map(Quantity::Span),
        }
    }

    #[must_use]
    pub fn of(answer: &Answer) -> Option<Quantity> {
        match answer {
            Answer::Number(number) => Some(Quantity::Number(*number)),
            Answer::Span(span) => Some(Quantity::Span(*span)),
            Answer::Node(_) | Answer::Nodes(_) | Answer::Word(_) => None,
        }
    }

    fn same_kind(self, other: Quantity) -> bool {
        matches!(self, Quantity::Number(_)) == matches!(other, Quantity::Number(_))
    }
}

impl Range {
    /// Reads `0s..2s`, `3..5` or `13s..`; both ends of one kind, the first the smaller.
    #[must_use]
    pub fn parse(text: &str) -> Option<Range> {
        let (from, to) = text.split_once("..")?;
        let from = Quantity::parse(from)?;
        if to.is_empty() {
            return Some(Range { from, to: None });
        }
        let to = Quantity::parse(to)?;
        (from.same_kind(to) && from < to).then_some(Range { from, to: Some(to) })
    }

    #[must_use]
    pub fn holds(&self, answer: &Answer) -> bool {
        let Some(quantity) = Quantity::of(answer) else { return false };
        quantity.same_kind(self.from)
            && self.from <= quantity
            && self.to.is_none_or(|to| quantity < to)
    }

    /// It ends before the other begins.
    #[must_use]
    pub fn before(&self, other: &Range) -> bool {
        self.from.same_kind(other.from) && self.to.is_some_and(|to| to <= other.from)
    }
}

/// Whole seconds without a fraction, otherwise milliseconds: `9s`, `8500ms`.
fn short(span: Span) -> String {
    match span.0 {
        micros if micros % 1_000_000 == 0 => format!("{}s", micros / 1_000_000),
        micros if micros % 1_000 == 0 => format!("{}ms", micros / 1_000),
        micros => format!("{micros}us"),
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Number(number) => number.fmt(f),
            Quantity::Span(span) => f.write_str(&short(*span)),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.from)?;
        self.to.map_or(Ok(()), |to| to.fmt(f))
    }
}

/// An answer as a scenario writes it: `2`, `none`, `1,2,3`, `8500ms`, `detected`.
#[must_use]
pub fn spell(answer: &Answer) -> String {
    match answer {
        Answer::Node(Some(node)) => node.to_string(),
        Answer::Node(None) => "none".to_owned(),
        Answer::Nodes(nodes) if nodes.is_empty() => "none".to_owned(),
        Answer::Nodes(nodes) => nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        Answer::Number(number) => number.to_string(),
        Answer::Span(span) => short(*span),
        Answer::Word(word) => word.clone(),
    }
}

/// Does the answer equal what was written? `broker-2` is 2, `[3, 1]` is `1,3`, `9000ms` is `9s`;
/// a range holds what is in it.
#[must_use]
pub fn equals(answer: &Answer, written: &str) -> bool {
    let written = written.trim();
    if let Answer::Word(word) = answer {
        return word == written;
    }
    if let Some(range) = Range::parse(written) {
        return range.holds(answer);
    }
    match answer {
        Answer::Node(Some(node)) => number(written) == Some(node.0),
        Answer::Nodes(nodes) if !nodes.is_empty() => {
            let inner = written.trim_start_matches('[').trim_end_matches(']');
            let mut wanted: Vec<Option<u16>> = inner.split(',').map(number).collect();
            wanted.arrange();
            wanted == nodes.iter().map(|node| Some(node.0)).collect::<Vec<_>>()
        }
        Answer::Node(None) | Answer::Nodes(_) => matches!(written, "none" | "[]" | "-"),
        Answer::Number(_) | Answer::Span(_) => Quantity::parse(written) == Quantity::of(answer),
        Answer::Word(_) => false,
    }
}

/// The number of a node: `2` or `broker-2`.
fn number(text: &str) -> Option<u16> {
    text.trim().rsplit('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NodeId;

    #[test]
    fn an_answer_equals_its_own_spelling_and_what_people_write() {
        let nodes = Answer::Nodes(vec![NodeId(1), NodeId(3)]);
        for written in ["1,3", "3, 1", "[1, 3]", "broker-1,broker-3", &spell(&nodes)] {
            assert!(equals(&nodes, written), "{written}");
        }
        assert!(!equals(&nodes, "1"));
        assert!(equals(&Answer::Node(None), "none"));
        assert!(equals(&Answer::Node(Some(NodeId(2))), "broker-2"));
        assert!(equals(&Answer::Span(Span::secs(9)), "9000ms"));
        assert!(equals(&Answer::Number(4), "1.."));
        assert!(!equals(&Answer::Number(0), "1.."));
    }

    #[test]
    fn a_range_takes_its_start_and_leaves_its_end() {
        let range = Range::parse("7s..13s").expect("a range");
        assert!(range.holds(&Answer::Span(Span::secs(7))));
        assert!(!range.holds(&Answer::Span(Span::secs(13))));
        assert!(!range.holds(&Answer::Number(8)));
        assert_eq!(range.to_string(), "7s..13s");
    }

    #[test]
    fn impossible_ranges_are_refused() {
        for text in ["13s..7s", "1..2s", "..", "3..3", "a..b"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
