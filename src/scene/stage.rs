//! Nodes, messages in flight, waiting requests, timers and decisions: the upper half of the stage.

use crate::group::Group;
use crate::story::{Setting, Told};
use crate::strip::{Ledger, Strips};
use kernel::{EventId, FlightId, Instant, NodeId, Span};
use serde::Serialize;

/// All that may be seen at one instant of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scene {
    pub at: Instant,
    /// Steps taken since the run began; names this scene within its branch.
    pub step: u64,
    /// When the next pending event is due, if there is any.
    pub next_at: Option<Instant>,
    pub nodes: Vec<Node>,
    /// Only links that are not in their ordinary state.
    pub links: Vec<LinkState>,
    pub flights: Vec<Flight>,
    /// One block of the log matrix per partition, in a fixed order.
    pub strips: Vec<Strips>,
    pub parked: Vec<Parked>,
    pub timers: Vec<Timer>,
    /// The most recent decisions, newest first (at most four).
    pub decisions: Vec<Decision>,
    /// The phases of the latest outage of each partition that had one.
    pub phases: Vec<Phases>,
    pub groups: Vec<Group>,
    /// What the clients were promised, over all partitions.
    pub ledger: Ledger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Role {
    Controller,
    Broker,
    Producer,
    Consumer,
}

/// How a node is. Shown by icon and word, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Health {
    Up,
    /// Started, not yet in service.
    Starting,
    /// The controller has taken it out of service; the process may well be alive.
    Fenced,
    /// Handing over its work before it stops.
    Stopping,
    /// Frozen.
    Paused,
    /// The process is gone.
    Dead,
    /// The machine is gone.
    PoweredOff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Disk {
    Ok,
    Slow,
    Full,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    pub id: NodeId,
    /// As the console calls it: `broker-1`, `controller-101`, `producer-201`.
    pub name: String,
    pub role: Role,
    pub health: Health,
    pub disk: Disk,
    /// Its present standing among its peers, if it has one: `active`, `follower`, `candidate`…
    /// A message key (`standing.active`), not prose.
    pub standing: Option<Told>,
    /// Votes, while an election runs in which this node stands.
    pub pips: Option<Pips>,
    /// A line or two for the box, as message keys: what it leads, what it waits for.
    pub badges: Vec<Told>,
    /// Everything else, for the inspector, under the real system's names.
    pub fields: Vec<Field>,
}

/// Votes of one candidate: only for real votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pips {
    pub granted: Vec<NodeId>,
    pub refused: Vec<NodeId>,
    pub waiting: Vec<NodeId>,
}

/// A name from the real system's schema and its value as text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    pub name: String,
    pub value: String,
}

/// A directed link that is not in its ordinary state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkState {
    pub from: NodeId,
    pub to: NodeId,
    pub cut: bool,
    pub held: bool,
    pub extra: Span,
    pub loss_permille: u16,
}

/// What will become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Fate {
    Arriving,
    /// It will be lost on the way: the link was cut or its receiver died.
    Doomed,
    /// Held on the link until somebody releases it.
    Held,
}

/// How loudly to draw something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Tone {
    /// Heartbeats and empty fetches: hidden unless asked for.
    Routine,
    Normal,
    /// Worth the eye: an election, a refusal, a change of the ISR.
    Key,
}

/// A message on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flight {
    pub id: FlightId,
    pub from: NodeId,
    pub to: NodeId,
    /// The API's own name: `Fetch`, `AlterPartition`.
    pub api: String,
    /// A few characters of content: `6 recs`, `orders-0 @41`. May be empty.
    pub note: String,
    pub reply: bool,
    pub sent: Instant,
    /// When it arrives; for a held message when it would have.
    pub due: Instant,
    pub fate: Fate,
    pub tone: Tone,
    /// The error code that a reply carries, under its real name.
    pub error: Option<String>,
    /// The event in which it was sent.
    pub cause: EventId,
    pub fields: Vec<Field>,
}

/// A request that waits at a node: a fetch for bytes, a produce for the ISR.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parked {
    pub node: NodeId,
    pub api: String,
    pub from: NodeId,
    /// Partition it waits for, if it is about one.
    pub strip: Option<String>,
    /// `parked.produce`, with what it waits for.
    pub why: Told,
    pub since: Instant,
    pub until: Instant,
}

/// A running timer worth showing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timer {
    pub node: NodeId,
    /// `timer.session`, with the peer or partition that it is about.
    pub label: Told,
    pub set: Instant,
    pub due: Instant,
    /// The setting that gives its length.
    pub setting: Setting,
}

/// A choice that a node made among candidates, with the reason against each that it passed over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    pub event: EventId,
    pub step: u64,
    pub at: Instant,
    pub node: NodeId,
    /// What was decided: `decision.leader` with the partition.
    pub title: Told,
    pub candidates: Vec<Candidate>,
    /// The rule by which it was decided: `rule.…`.
    pub rule: Told,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    pub node: NodeId,
    pub picked: bool,
    /// Why it was passed over, or why it was picked: `candidate.fenced`, `candidate.first-in-isr`.
    pub reason: Told,
}

/// The phases of an outage, as instants; a phase that has not come yet is absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phases {
    /// The partition.
    pub subject: String,
    /// In order: key (`phase.fault`, `phase.detected`, `phase.elected`, `phase.leading`,
    /// `phase.client-knows`, `phase.first-ack`, `phase.full-isr`), instant and step.
    pub marks: Vec<(String, Instant, u64)>,
}
