//! What happened and because of what. Events leave a step; the world does not keep them.

use crate::clock::Instant;
use crate::fault::{Fault, FlightId};
use crate::process::{NodeId, Process};
use crate::system::System;
use serde::{Deserialize, Serialize};

/// An event of a run, numbered from 0 in the order of happening.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EventId(pub u64);

/// Something that comes from outside: the only way in which a run can be disturbed.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<S: System> {
    Fault(Fault),
    Command(S::Command),
    /// Takes the pending event of this place in [`crate::World::choices`] instead of the earliest.
    Choose(u32),
}

/// One line of the trace.
#[derive(Clone, Debug)]
pub struct Event<S: System> {
    pub id: EventId,
    pub step: u64,
    pub at: Instant,
    pub node: Option<NodeId>,
    /// The event that brought it about; none for what comes from outside.
    pub cause: Option<EventId>,
    pub what: What<S>,
}

/// What an event was. The first group are the steps themselves, the second what came of them.
#[derive(Clone, Debug)]
pub enum What<S: System> {
    Input(Input<S>),
    /// The process began.
    Began,
    Received {
        from: NodeId,
        flight: FlightId,
        api: &'static str,
    },
    Fired(<S::Node as Process>::Timer),
    Flushed(<S::Node as Process>::File),
    HungUp {
        peer: NodeId,
    },
    /// A message found nobody: its receiver is gone.
    Lost {
        from: NodeId,
        flight: FlightId,
        api: &'static str,
    },
    /// A message waits on its link, or at a frozen node.
    Waits {
        from: NodeId,
        flight: FlightId,
        api: &'static str,
    },

    /// The node says what it decided.
    Noted(<S::Node as Process>::Fact),
    /// The process is gone.
    Ended,
    /// A promise was broken: its place in [`System::properties`], and how.
    Broken {
        property: usize,
        detail: S::Detail,
    },
}
