//! A scenario: the transcript that tests and lessons share.
//!
//! Commands, `----`, and what they must print; named steps with their questions; at the end a goal
//! and a solution. The grammar is read in `parse.rs`.
//! Refuses to know what a command means: every line is the session's to read.

use crate::flaw::Flaw;
use crate::question::Predict;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Larger scenarios are refused: nobody would read them, and links carry them.
pub const MAX_BYTES: usize = 64 * 1024;
pub const MAX_LINES: usize = 400;
pub const MAX_CHARS: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The line that opens the cluster.
    pub boot: Command,
    /// What is done before the first step.
    pub setup: Vec<Part>,
    pub steps: Vec<Step>,
    /// When the learner's own task is done: all of them.
    pub goals: Vec<Goal>,
    /// Lines that bring it about, after the last step.
    pub solution: Vec<Command>,
}

/// A line of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
}

/// Lines that are played together, and what they must print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub lines: Vec<Command>,
    /// Absent where what they print is not compared.
    pub expected: Option<Expected>,
}

/// The text under a `----`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The line of the `----`.
    pub line: usize,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub line: usize,
    pub name: String,
    pub predicts: Vec<Predict>,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    pub line: usize,
    pub probe: String,
    /// A spelling or a range.
    pub value: String,
}

impl Step {
    /// Its console lines, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Command> {
        self.parts.iter().flat_map(|part| &part.lines)
    }

    #[must_use]
    pub fn predict(&self, id: &str) -> Option<&Predict> {
        self.predicts.iter().find(|predict| predict.id == id)
    }
}

impl Scenario {
    /// Reads a scenario; the first mistake is told with its line and its cure.
    pub fn parse(text: &str) -> Result<Scenario, Flaw> {
        crate::parse::scenario(text)
    }

    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    pub fn predicts(&self) -> impl Iterator<Item = &Predict> {
        self.steps.iter().flat_map(|step| &step.predicts)
    }

    /// A scenario of plain lines: what a run exports.
    #[must_use]
    pub fn of_lines(boot: &str, lines: &[String]) -> Scenario {
        let command = |(i, text): (usize, &String)| Command { line: i + 2, text: text.clone() };
        let part = Part { lines: lines.iter().enumerate().map(command).collect(), expected: None };
        Scenario {
            boot: Command { line: 1, text: boot.to_owned() },
            setup: vec![part],
            steps: Vec::new(),
            goals: Vec::new(),
            solution: Vec::new(),
        }
    }

    /// The same file with other text under some of its `----`, named by line; all else untouched.
    #[must_use]
    pub fn rewrite(source: &str, printed: &BTreeMap<usize, String>) -> String {
        let mut text = String::new();
        let mut skipping = false;
        for (i, line) in source.lines().enumerate() {
            skipping &= !line.trim().is_empty();
            if !skipping {
                let _ = writeln!(text, "{line}");
            }
            if let Some(block) = printed.get(&(i + 1)) {
                let _ = write_compared(&mut text, block);
                skipping = true;
            }
        }
        text
    }
}

/// What is compared of a text: lines without trailing blanks; empty lines do not count, for an
/// empty line ends the block.
pub(crate) fn compared(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty())
}

fn write_compared(to: &mut impl Write, text: &str) -> fmt::Result {
    compared(text).try_for_each(|line| writeln!(to, "{line}"))
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for command in &self.lines {
            writeln!(f, "{}", command.text)?;
        }
        if let Some(expected) = &self.expected {
            writeln!(f, "----")?;
            write_compared(f, &expected.text)?;
        }
        Ok(())
    }
}

/// The scenario in its own grammar; comments are not kept.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.boot.text)?;
        write_parts(f, &self.setup)?;
        for step in &self.steps {
            writeln!(f, "\nstep {}", step.name)?;
            for predict in &step.predicts {
                writeln!(f, "{predict}")?;
            }
            write_parts(f, &step.parts)?;
        }
        if !self.goals.is_empty() {
            writeln!(f)?;
        }
        for goal in &self.goals {
            writeln!(f, "goal {} = {}", goal.probe, goal.value)?;
        }
        if !self.solution.is_empty() {
            writeln!(f, "\nsolution")?;
        }
        self.solution.iter().try_for_each(|command| writeln!(f, "{}", command.text))
    }
}

fn write_parts(f: &mut fmt::Formatter<'_>, parts: &[Part]) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            writeln!(f)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}
