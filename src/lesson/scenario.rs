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
    /// Rows of the syllabus that the lesson shows outside of its steps: in its opening, its tables.
    pub covers: Vec<Covers>,
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
    /// The assertion of the syllabus that this line checks. Its text is then `PROBE = VALUE`, for
    /// us and not for the console.
    pub asserts: Option<String>,
}

/// A row of the syllabus, shown here: `covers K-ISR-04`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covers {
    pub line: usize,
    pub row: String,
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
    pub covers: Vec<Covers>,
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

impl Command {
    /// A line that checks no assertion.
    #[must_use]
    pub fn plain(line: usize, text: &str) -> Command {
        Command { line, text: text.to_owned(), asserts: None }
    }
}

impl Step {
    /// Its console lines, in order; without assertions, which are the author's.
    pub fn lines(&self) -> impl Iterator<Item = &Command> {
        let all = self.parts.iter().flat_map(|part| &part.lines);
        all.filter(|command| command.asserts.is_none())
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

    /// The step that a name points to: a question's, or the step of that name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.predict(name).is_some()).or_else(|| self.step(name))
    }

    /// Every line that checks an assertion, wherever it stands.
    pub fn assertions(&self) -> impl Iterator<Item = (&Command, &str)> {
        let parts = self.setup.iter().chain(self.steps.iter().flat_map(|step| &step.parts));
        let lines = parts.flat_map(|part| &part.lines).chain(&self.solution);
        lines.filter_map(|line| Some((line, line.asserts.as_deref()?)))
    }

    /// What a reader's page needs of it: without what only its author compares and counts. A `----`
    /// stays, for what a line above it is refused with is an output, too.
    #[must_use]
    pub fn for_page(&self) -> Scenario {
        let mut plain = self.clone();
        plain.covers.clear();
        let steps = plain.steps.iter_mut().flat_map(|step| {
            step.covers.clear();
            &mut step.parts
        });
        for part in plain.setup.iter_mut().chain(steps) {
            part.lines.retain(|line| line.asserts.is_none());
            part.expected.iter_mut().for_each(|expected| expected.text.clear());
        }
        plain.setup.retain(|part| !part.lines.is_empty());
        for step in &mut plain.steps {
            step.parts.retain(|part| !part.lines.is_empty());
        }
        plain.solution.retain(|line| line.asserts.is_none());
        plain
    }

    /// A scenario of plain lines: what a run exports.
    #[must_use]
    pub fn of_lines(boot: &str, lines: &[String]) -> Scenario {
        let command = |(i, text): (usize, &String)| Command::plain(i + 2, text);
        let part = Part { lines: lines.iter().enumerate().map(command).collect(), expected: None };
        Scenario {
            boot: Command::plain(1, boot),
            covers: Vec::new(),
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
        self.lines.iter().try_for_each(|command| writeln!(f, "{command}"))?;
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
        writeln!(f, "{}", self.boot)?;
        write_covers(f, &self.covers)?;
        write_parts(f, &self.setup)?;
        for step in &self.steps {
            writeln!(f, "\nstep {}", step.name)?;
            write_covers(f, &step.covers)?;
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
        self.solution.iter().try_for_each(|command| writeln!(f, "{command}"))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.asserts {
            Some(id) => write!(f, "assert {id}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

fn write_covers(f: &mut fmt::Formatter<'_>, covers: &[Covers]) -> fmt::Result {
    if covers.is_empty() {
        return Ok(());
    }
    write!(f, "covers")?;
    covers.iter().try_for_each(|it| write!(f, " {}", it.row))?;
    writeln!(f)
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
