//! The run at a glance: one track per thing that is followed, along virtual time.

use crate::story::Told;
use kernel::{EventId, Instant, NodeId};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tape {
    pub from: Instant,
    pub to: Instant,
    pub tracks: Vec<Track>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Track {
    /// `track.controller`, `track.partition`, `track.faults`, `track.clients`.
    pub title: Told,
    pub stretches: Vec<Stretch>,
    pub marks: Vec<Mark>,
}

/// A span of time in one state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stretch {
    pub from: Instant,
    /// The end of the tape while it lasts.
    pub to: Instant,
    /// Epoch of the leader or controller: gives the hue.
    pub epoch: u32,
    /// 0 to 1000: ISR size over the number of replicas; 1000 where it has no meaning.
    pub height: u32,
    /// Nobody is in charge, or a fault is in force.
    pub broken: bool,
    /// Who is in charge, or what the fault is about.
    pub node: Option<NodeId>,
    pub label: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum MarkKind {
    Fault,
    Election,
    Isr,
    /// A run of acknowledgements (folded: at most a few per second are marked).
    Ack,
    Error,
    Lost,
    Step,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    pub at: Instant,
    pub step: u64,
    pub event: EventId,
    pub kind: MarkKind,
    pub label: Told,
}
