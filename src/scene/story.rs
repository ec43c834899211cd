//! What is told about a run, as keys and typed arguments; the words of a language are elsewhere.

use kernel::{EventId, Instant, NodeId, Span};
use serde::Serialize;

/// A message: a key into the word tables, with its arguments by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    pub key: &'static str,
    pub args: Vec<(&'static str, Arg)>,
}

/// A typed argument; each language decides how to write it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Arg {
    Node(NodeId),
    Nodes(Vec<NodeId>),
    Number(i64),
    Span(Span),
    At(Instant),
    /// A name that is the same in every language: a partition, an error code, a setting.
    Name(String),
    /// Another message.
    Told(Box<Told>),
}

impl Told {
    #[must_use]
    pub fn new(key: &'static str) -> Told {
        Told { key, args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Told {
        self.args.push((name, arg.into()));
        self
    }
}

impl From<NodeId> for Arg {
    fn from(node: NodeId) -> Arg {
        Arg::Node(node)
    }
}
impl From<&[NodeId]> for Arg {
    fn from(nodes: &[NodeId]) -> Arg {
        Arg::Nodes(nodes.to_vec())
    }
}
impl From<u64> for Arg {
    fn from(n: u64) -> Arg {
        Arg::Number(i64::try_from(n).unwrap_or(i64::MAX))
    }
}
impl From<u32> for Arg {
    fn from(n: u32) -> Arg {
        Arg::Number(n.into())
    }
}
impl From<Span> for Arg {
    fn from(span: Span) -> Arg {
        Arg::Span(span)
    }
}
impl From<Instant> for Arg {
    fn from(at: Instant) -> Arg {
        Arg::At(at)
    }
}
impl From<&str> for Arg {
    fn from(name: &str) -> Arg {
        Arg::Name(name.to_owned())
    }
}
impl From<String> for Arg {
    fn from(name: String) -> Arg {
        Arg::Name(name)
    }
}
impl From<Told> for Arg {
    fn from(told: Told) -> Arg {
        Arg::Told(Box::new(told))
    }
}

/// How much an event deserves attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Weight {
    /// Heartbeats, empty fetches, timers that found nothing to do.
    Routine,
    /// Data moving.
    Normal,
    /// Faults, elections, changes of the ISR, errors, promises kept late or broken.
    Key,
}

/// One line of the narration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub event: EventId,
    pub step: u64,
    pub at: Instant,
    pub node: Option<NodeId>,
    pub weight: Weight,
    pub what: Told,
    /// The event that brought it about; none for what came from outside.
    pub cause: Option<EventId>,
    /// The reason in the engine's own terms, where the node gave one.
    pub why: Option<Told>,
    /// The consequence worth knowing, where there is one.
    pub so_what: Option<Told>,
}

/// A rule of the real system and where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `rule.hw-min-isr`: the rule in words.
    pub key: &'static str,
    /// `KAFKA-15583; Partition.maybeIncrementLeaderHW`
    pub source: &'static str,
}

/// A setting under its real key, with the value in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    pub key: &'static str,
    pub value: String,
}

/// What the learner asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// This line of the narration.
    Event(EventId),
    /// Why this partition has this leader (or none).
    Leader(String),
    /// Why the ISR of this partition is what it is.
    Isr(String),
    /// Why this replica's high watermark stands where it does.
    HighWatermark(String, NodeId),
    /// Why this record of this partition has the promise that it has.
    Record(String, u64),
    /// Why this node is as it is.
    Node(NodeId),
}

/// One link of a chain of causes; the first is nearest to the question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    pub event: EventId,
    pub step: u64,
    pub at: Instant,
    pub node: Option<NodeId>,
    pub what: Told,
    pub rule: Option<Rule>,
    pub settings: Vec<Setting>,
}
