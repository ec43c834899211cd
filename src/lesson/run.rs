//! Plays a scenario on a session, compares what it prints, and looks ahead for the answers.
//! Refuses to know which system the session is of, and when a learner wants to go on.

use crate::question::Predict;
use crate::scenario::{Command, Expected, Goal, Part, Scenario, Step, compared};
use scene::{Answer, CommandError, Session, equals, spell};
use std::collections::BTreeMap;
use std::fmt;

/// Drives one session through one scenario. The session must be freshly opened by its boot line.
pub struct Runner<'a> {
    session: &'a mut dyn Session,
    scenario: &'a Scenario,
}

/// What some lines printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub printed: Vec<Printed>,
    pub differences: Vec<Difference>,
}

/// The output of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The line of its `----`, if it has one.
    pub rule: Option<usize>,
    pub text: String,
}

/// The first line in which an output is not what the scenario says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the `----`.
    pub rule: usize,
    /// Which line below it, counted from 1.
    pub below: usize,
    /// Absent where the output goes on longer than expected.
    pub expected: Option<String>,
    /// Absent where the output ends too early.
    pub printed: Option<String>,
}

/// Why a scenario could not be played on.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The session refused a line whose output is not compared.
    Refused { command: Box<Command>, error: CommandError },
    /// The session has no answer to a question.
    Unanswered { line: usize, probe: String, error: CommandError },
    /// An assertion does not hold.
    Untrue { command: Box<Command>, found: String },
    /// There is no step of this name.
    Unknown(String),
}

impl<'a> Runner<'a> {
    pub fn new(session: &'a mut dyn Session, scenario: &'a Scenario) -> Runner<'a> {
        Runner { session, scenario }
    }

    /// Everything before the first step.
    pub fn setup(&mut self) -> Result<Report, Stop> {
        play(self.session, &self.scenario.setup)
    }

    pub fn play_step(&mut self, name: &str) -> Result<Report, Stop> {
        let step = self.scenario.step(name).ok_or_else(|| Stop::Unknown(name.to_owned()))?;
        play(self.session, &step.parts)
    }

    /// Set-up and every step, without the solution.
    pub fn play_all(&mut self) -> Result<Report, Stop> {
        let mut report = self.setup()?;
        for step in &self.scenario.steps {
            report.join(play(self.session, &step.parts)?);
        }
        Ok(report)
    }

    /// The author's own way to the goal.
    pub fn solve(&mut self) -> Result<Report, Stop> {
        let part = Part { lines: self.scenario.solution.clone(), expected: None };
        play(self.session, std::slice::from_ref(&part))
    }
}

impl Report {
    fn join(&mut self, other: Report) {
        self.printed.extend(other.printed);
        self.differences.extend(other.differences);
    }

    /// What was printed under each `----`, for [`Scenario::rewrite`].
    #[must_use]
    pub fn by_rule(&self) -> BTreeMap<usize, String> {
        self.printed.iter().filter_map(|part| Some((part.rule?, part.text.clone()))).collect()
    }

    /// All that was printed, in order.
    #[must_use]
    pub fn text(&self) -> String {
        self.printed.iter().map(|part| part.text.as_str()).collect()
    }
}

fn play(session: &mut dyn Session, parts: &[Part]) -> Result<Report, Stop> {
    let mut report = Report::default();
    for part in parts {
        let mut text = String::new();
        for command in &part.lines {
            if command.asserts.is_some() {
                assert(session, command)?;
                continue;
            }
            match session.command(&command.text) {
                Ok(output) => push_lines(&mut text, &output.text),
                // A refusal that is written down is an output like any other.
                Err(error) if part.expected.is_some() => {
                    push_lines(&mut text, &format!("error: {error}"));
                }
                Err(error) => {
                    return Err(Stop::Refused { command: Box::new(command.clone()), error });
                }
            }
        }
        report.differences.extend(part.expected.as_ref().and_then(|it| differ(it, &text)));
        let rule = part.expected.as_ref().map(|expected| expected.line);
        report.printed.push(Printed { rule, text });
    }
    Ok(report)
}

/// Does the assertion hold now? `PROBE = VALUE`, and the value may be a range.
fn assert(session: &dyn Session, command: &Command) -> Result<(), Stop> {
    let (query, value) = command.text.split_once(" = ").unwrap_or((&command.text, ""));
    let answer = probe(session, command.line, query.trim())?;
    if equals(&answer, value) {
        return Ok(());
    }
    Err(Stop::Untrue { command: Box::new(command.clone()), found: spell(&answer) })
}

fn push_lines(text: &mut String, more: &str) {
    text.push_str(more);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn differ(expected: &Expected, printed: &str) -> Option<Difference> {
    let (mut wanted, mut got) = (compared(&expected.text), compared(printed));
    for below in 1.. {
        match (wanted.next(), got.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => {
                let own = |line: Option<&str>| line.map(str::to_owned);
                let (expected_line, printed_line) = (own(one), own(other));
                return Some(Difference {
                    rule: expected.line,
                    below,
                    expected: expected_line,
                    printed: printed_line,
                });
            }
        }
    }
    None
}

/// The right answer to a question: what the probe says on a copy in which the step has run.
pub fn foresee(session: &dyn Session, step: &Step, predict: &Predict) -> Result<Answer, Stop> {
    probe(&*ahead(session, step)?, predict.line, &predict.probe)
}

/// The right answers to all questions of a step, in order, for the price of one look ahead.
pub fn foresee_all(session: &dyn Session, step: &Step) -> Result<Vec<Answer>, Stop> {
    let after = ahead(session, step)?;
    step.predicts.iter().map(|predict| probe(&*after, predict.line, &predict.probe)).collect()
}

fn ahead(session: &dyn Session, step: &Step) -> Result<Box<dyn Session>, Stop> {
    let mut copy = session.duplicate();
    play(&mut *copy, &step.parts)?;
    Ok(copy)
}

/// Does the goal hold now?
pub fn met(session: &dyn Session, goal: &Goal) -> Result<bool, Stop> {
    probe(session, goal.line, &goal.probe).map(|answer| equals(&answer, &goal.value))
}

fn probe(session: &dyn Session, line: usize, query: &str) -> Result<Answer, Stop> {
    let refuse = |error| Stop::Unanswered { line, probe: query.to_owned(), error };
    session.probe(query).map_err(refuse)
}

/// A diff of one line, with the place in the file.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |line: &Option<String>| line.clone().unwrap_or_else(|| "(nothing)".to_owned());
        writeln!(f, "line {} is not what was printed", self.rule + self.below)?;
        writeln!(f, "- {}", show(&self.expected))?;
        write!(f, "+ {}", show(&self.printed))
    }
}

impl Stop {
    /// The line of the scenario at which it stopped; 0 when it never got there.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Stop::Refused { command, .. } | Stop::Untrue { command, .. } => command.line,
            Stop::Unanswered { line, .. } => *line,
            Stop::Unknown(_) => 0,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Refused { command, error } => {
                write!(f, "`{}` was refused: {error}", command.text)
            }
            Stop::Untrue { command, found } => write!(f, "`{command}` does not hold: {found}"),
            Stop::Unanswered { probe, error, .. } => write!(f, "`{probe}` has no answer: {error}"),
            Stop::Unknown(name) => write!(f, "there is no step `{name}`"),
        }
    }
}

impl std::error::Error for Stop {}
