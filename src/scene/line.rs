//! Reading a line of the console word by word, with the column of each for error messages.

use crate::story::{Arg, Told};
use std::fmt::Write;

/// The words of a line, with their columns. Quotes group; there is no escape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words<'a> {
    words: Vec<(usize, &'a str)>,
    next: usize,
    end: usize,
}

impl<'a> Words<'a> {
    #[must_use]
    pub fn new(line: &'a str) -> Words<'a> {
        let mut words = Vec::new();
        let mut rest = line;
        let mut column = 0;
        loop {
            let trimmed = rest.trim_start();
            column += rest[..rest.len() - trimmed.len()].chars().count();
            if trimmed.is_empty() {
                break;
            }
            let (word, after) = match trimmed.strip_prefix('"') {
                Some(quoted) => match quoted.find('"') {
                    Some(end) => (&quoted[..end], &quoted[end + 1..]),
                    None => (quoted, ""),
                },
                None => {
                    let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
                    (&trimmed[..end], &trimmed[end..])
                }
            };
            words.push((column, word));
            column += trimmed[..trimmed.len() - after.len()].chars().count();
            rest = after;
        }
        Words { words, next: 0, end: column }
    }

    /// The next word, if there is one.
    pub fn take(&mut self) -> Option<&'a str> {
        let (_, word) = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }

    #[must_use]
    pub fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).map(|(_, word)| *word)
    }

    /// Column of the word that was taken last (of the first, before any was).
    #[must_use]
    pub fn column(&self) -> usize {
        self.words.get(self.next.saturating_sub(1)).map_or(self.end, |(column, _)| *column)
    }

    /// Column of the word that comes next, or of the end of the line.
    #[must_use]
    pub fn next_column(&self) -> usize {
        self.words.get(self.next).map_or(self.end, |(column, _)| *column)
    }

    #[must_use]
    pub fn is_done(&self) -> bool {
        self.next >= self.words.len()
    }
}

/// A message as `key name=value …`: for logs, tests and transcripts.
#[must_use]
pub fn plain(told: &Told) -> String {
    let mut text = told.key.to_owned();
    for (name, arg) in &told.args {
        let _ = match arg {
            Arg::Node(node) => write!(text, " {name}={node}"),
            Arg::Nodes(nodes) => {
                let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                write!(text, " {name}={}", list.join(","))
            }
            Arg::Number(n) => write!(text, " {name}={n}"),
            Arg::Span(span) => write!(text, " {name}={span}"),
            Arg::At(at) => write!(text, " {name}={at}"),
            Arg::Name(value) => write!(text, " {name}={value}"),
            Arg::Told(inner) => write!(text, " {name}=({})", plain(inner)),
        };
    }
    text
}
