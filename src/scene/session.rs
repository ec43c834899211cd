//! The only door into a running cluster: page, headless verbs, tests and JavaScript all use it.

use crate::chart::Chart;
use crate::folder::LogFolder;
use crate::packed::{Carrier, Packed};
use crate::stage::Scene;
use crate::story::{Ask, Line, Reason, Told, Weight};
use crate::tape::Tape;
use crate::weave::{Weave, Window};
use kernel::{EventId, Fault, FlightId, Instant, NodeId, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What this run is; with its inputs it names every state that the run can be in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// `kafka`
    pub system: &'static str,
    /// `kraft-4.1`
    pub profile: String,
    pub seed: u64,
    /// Version of the engine: the same version gives the same run.
    pub version: &'static str,
    /// The line that opened it: `cluster kafka profile=kraft-4.1 brokers=3 …`.
    pub boot: String,
}

/// A place in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cursor {
    pub branch: usize,
    /// Steps taken.
    pub step: u64,
    /// At or after the instant of the last step, before the next.
    pub at: Instant,
}

/// A line of history. Editing the past makes a new one; nothing is ever deleted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Branch {
    pub name: String,
    /// Branch and step where it parted; none for the first.
    pub parent: Option<(usize, u64)>,
    /// Where its recorded part ends.
    pub end: Cursor,
}

/// Why a run stopped before it was where it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Halt {
    /// It is where it was sent.
    Reached,
    /// Nothing is left to happen.
    Idle,
    /// A limit of the engine (see `kernel::Limits`), named.
    Limit(&'static str),
}

/// What may happen next, if the learner does not leave it to time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    pub index: usize,
    pub due: Instant,
    pub node: NodeId,
    /// Set for a message.
    pub flight: Option<FlightId>,
    pub what: Told,
}

/// What a command printed, in the shape of the real tool where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Output {
    pub text: String,
}

/// What is wrong with a line, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommandError {
    /// `error.unknown-node` with its arguments.
    pub what: Told,
    /// Column of the word that is at fault, counted in characters from 0.
    pub column: usize,
    /// What could stand there instead: names, keys, verbs.
    pub expected: Vec<String>,
}

impl CommandError {
    #[must_use]
    pub fn new(what: Told) -> CommandError {
        CommandError { what, column: 0, expected: Vec::new() }
    }

    #[must_use]
    pub fn at(mut self, column: usize) -> CommandError {
        self.column = column;
        self
    }

    #[must_use]
    pub fn expected<T: Into<String>>(mut self, list: impl IntoIterator<Item = T>) -> CommandError {
        self.expected = list.into_iter().map(Into::into).collect();
        self
    }
}

/// For logs and tests; readers get the words of their language.
impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (column {})", crate::line::plain(&self.what), self.column + 1)?;
        if !self.expected.is_empty() {
            write!(f, ", expected one of: {}", self.expected.join(", "))?;
        }
        Ok(())
    }
}

/// A promise that the run broke.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    pub event: EventId,
    pub step: u64,
    pub at: Instant,
    /// The promise's name: `promise.acked-survives`.
    pub promise: Told,
    pub detail: Told,
    /// The real system gives no such promise under the present settings; it is a loss all the same.
    pub allowed: bool,
    pub source: &'static str,
}

/// The answer to a probe: what a question is marked against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Answer {
    /// A node, or nobody.
    Node(Option<NodeId>),
    /// A set of nodes, in ascending order.
    Nodes(Vec<NodeId>),
    Number(i64),
    Span(Span),
    /// A word of the engine: an error code, a phase.
    Word(String),
}

/// As transcripts and `expect` write it: `2`, `1,2,3`, `none`, `9.021s`, `NOT_ENOUGH_REPLICAS`.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Node(None) => f.write_str("none"),
            Answer::Node(Some(node)) => write!(f, "{node}"),
            Answer::Nodes(nodes) if nodes.is_empty() => f.write_str("none"),
            Answer::Nodes(nodes) => {
                let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                f.write_str(&list.join(","))
            }
            Answer::Number(n) => write!(f, "{n}"),
            Answer::Span(span) => write!(f, "{span}"),
            Answer::Word(word) => f.write_str(word),
        }
    }
}

/// One outside input: a line of the console before step `step`, at `at`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedInput {
    pub step: u64,
    pub at: Instant,
    pub line: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedBranch {
    pub name: String,
    pub parent: Option<(usize, u64)>,
    /// Only its own inputs, not those before it parted.
    pub inputs: Vec<SavedInput>,
    /// How far it had come: its last step, and the latest instant that was seen. Runs that were
    /// saved before this was kept end with what else is known of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<(u64, Instant)>,
}

/// All that is needed to have a run again, to the digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRun {
    pub version: String,
    pub boot: String,
    pub branches: Vec<SavedBranch>,
    pub cursor: Cursor,
}

/// A run that can be watched, moved along its history, disturbed and asked.
pub trait Session {
    fn about(&self) -> &About;

    /// Name of a node as the console calls it (`broker-1`), if there is such a node.
    fn node_name(&self, node: NodeId) -> Option<String>;

    fn cursor(&self) -> Cursor;
    /// The end of what this branch has recorded.
    fn end(&self) -> Cursor;

    /// Takes the next event: the recorded one, or at the end a new one. False when none is left.
    fn step(&mut self) -> bool;
    /// Moves forward to `at`, making new events where nothing is recorded.
    fn run_until(&mut self, at: Instant) -> Halt;
    /// The same, but only to the first event of at least this weight; gives its instant. Nothing
    /// is made beyond it.
    fn run_until_told(&mut self, at: Instant, weight: Weight) -> Option<Instant>;
    /// Moves to just after step `step` of this branch; false when it has no such step.
    fn seek(&mut self, step: u64) -> bool;
    /// Moves to instant `at` of what is recorded; false when `at` is beyond it.
    fn seek_time(&mut self, at: Instant) -> bool;
    /// The nearest recorded step before or after the cursor that told something of at least this
    /// weight.
    fn neighbour(&self, forward: bool, weight: Weight) -> Option<u64>;

    fn branches(&self) -> Vec<Branch>;
    /// Begins a branch here and moves onto it; returns its number.
    fn fork(&mut self, name: &str) -> usize;
    /// Moves to the end of another branch.
    fn switch(&mut self, branch: usize) -> bool;

    /// Does a fault now. In the past this begins a branch.
    fn inject(&mut self, fault: &Fault) -> Result<(), CommandError>;
    /// Does what a line of the console says. In the past, a line that changes something begins a
    /// branch.
    fn command(&mut self, line: &str) -> Result<Output, CommandError>;
    /// Other lines that a line stands for, some of which let time pass; none when it is done
    /// itself.
    ///
    /// # Errors
    /// Names the word that is wrong.
    fn recipe(&self, line: &str) -> Result<Option<Vec<String>>, CommandError>;
    /// Every line that could follow `prefix` with its last word completed.
    fn complete(&self, prefix: &str) -> Vec<String>;
    /// The line that does this fault: what a click echoes.
    fn fault_line(&self, fault: &Fault) -> String;

    fn choices(&self) -> Vec<Choice>;
    /// Takes one of the choices instead of the earliest.
    fn choose(&mut self, index: usize) -> Result<(), CommandError>;

    fn scene(&self) -> Scene;
    /// Lines told in steps `from..=to` of this branch, at least this weighty.
    fn trace(&self, from: u64, to: u64, weight: Weight) -> Vec<Line>;
    /// One line of text for each event of steps `from..=to`: the transcript.
    fn text(&self, from: u64, to: u64, weight: Weight) -> String;
    fn tape(&self) -> Tape;
    /// The numbers that the product's own monitoring gives, up to the end of the branch.
    fn charts(&self) -> Vec<Chart>;
    /// Nodes, messages and causes around the cursor, for a space-time diagram.
    fn weave(&self, window: &Window) -> Weave;
    /// The bytes of what carries records, cut into fields; nothing where there are none.
    fn packed(&self, carrier: &Carrier) -> Vec<Packed>;
    /// The files of one replica's log, whether its process runs or not.
    fn folder(&self, strip: &str, node: NodeId) -> Option<LogFolder>;
    /// The chain of causes, nearest first; it ends at a fault, an input or a setting.
    fn why(&self, ask: &Ask) -> Vec<Reason>;
    /// Promises broken up to the cursor.
    fn violations(&self) -> Vec<Violation>;
    /// Switches the checking of promises off or on: off, a run costs less and notices nothing.
    fn watch(&mut self, promises: bool);
    /// Every promise that is watched, by name.
    fn promises(&self) -> Vec<Told>;
    /// Evaluates a question: `leader orders-0`, `isr orders-0`, `gap orders-0`.
    fn probe(&self, query: &str) -> Result<Answer, CommandError>;
    /// Stable 64-bit hash of everything at the cursor; equal natively and in wasm.
    fn digest(&self) -> u64;
    fn save(&self) -> SavedRun;
    /// An independent copy at the cursor, to look ahead with.
    fn duplicate(&self) -> Box<dyn Session>;
}
