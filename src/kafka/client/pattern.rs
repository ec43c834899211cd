//! A subscription that names topics by a pattern: `orders-.*|audit`. Refuses most of what regular
//! expressions have: letters, `.`, `.*`, `\.` and `|` are what topics are found by.
//! Source: spec E5; `KafkaConsumer.subscribe(Pattern)`.

use std::rc::Rc;

/// A pattern, checked when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(Rc<str>);

#[derive(Clone, Copy)]
enum Piece {
    Char(char),
    /// `.`
    Any,
    /// `.*`
    Many,
}

impl Pattern {
    /// None if it says something that is not understood here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Pattern> {
        let understood =
            text.split('|').all(|choice| pieces(choice).is_some_and(|it| !it.is_empty()));
        understood.then(|| Pattern(Rc::from(text)))
    }

    /// Whether it matches the whole of a name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let choices = self.0.split('|').filter_map(pieces);
        choices.into_iter().any(|choice| fits(&choice, &name))
    }
}

fn pieces(choice: &str) -> Option<Vec<Piece>> {
    let mut found = Vec::new();
    let mut chars = choice.chars().peekable();
    while let Some(c) = chars.next() {
        found.push(match c {
            '.' if chars.next_if_eq(&'*').is_some() => Piece::Many,
            '.' => Piece::Any,
            '\\' => Piece::Char(chars.next_if_eq(&'.')?),
            c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => Piece::Char(c),
            _ => return None,
        });
    }
    Some(found)
}

fn fits(pieces: &[Piece], name: &[char]) -> bool {
    match (pieces, name) {
        ([], []) => true,
        ([Piece::Many, rest @ ..], _) => (0..=name.len()).any(|at| fits(rest, &name[at..])),
        ([Piece::Any, rest @ ..], [_, after @ ..]) => fits(rest, after),
        ([Piece::Char(c), rest @ ..], [first, after @ ..]) => c == first && fits(rest, after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_names() {
        let matches =
            |pattern: &str, name| Pattern::parse(pattern).expect("it is one").matches(name);
        assert!(matches("orders.*", "orders") && matches("orders.*", "orders-eu"));
        assert!(!matches("orders", "orders-eu") && !matches(".*eu", "orders-us"));
        assert!(matches("audit|orders-..", "orders-eu") && matches("audit|orders-..", "audit"));
        assert!(matches("a\\.b", "a.b") && !matches("a\\.b", "axb"));
        assert!(matches(".*-.*-.*", "a-b-c") && !matches(".*-.*-.*", "a-b"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in ["", "orders[0-9]", "a||b", "a+", "(a)", "a\\d", "*"] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
    }
}
