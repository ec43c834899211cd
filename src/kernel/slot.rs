//! One node as the world holds it: its process, its disk, its timers and its outgoing links.

use crate::clock::Instant;
use crate::dice::Stream;
use crate::disk::Disk;
use crate::network::{Flight, Link};
use crate::process::{Closed, NodeId, Process};
use crate::system::System;
use crate::timers::Timers;
use crate::trace::EventId;
use std::hash::{Hash, Hasher};

/// What a node is, apart from what it says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its process was started and has not acted yet.
    Booting,
    Up,
    Paused,
    /// The process is gone, the machine is there.
    Dead,
    PoweredOff,
}

impl Status {
    /// Whether there is a process.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Status::Booting | Status::Up | Status::Paused)
    }
}

/// Something that is going to happen.
#[derive(Clone, Debug, Hash)]
pub enum Pending<P: Process> {
    Deliver(Flight<P::Msg>),
    Fire { node: NodeId, timer: P::Timer, cause: EventId },
    Flushed { node: NodeId, incarnation: u32, file: P::File, upto: usize, cause: EventId },
    HangUp { node: NodeId, incarnation: u32, peer: NodeId, closed: Closed, cause: EventId },
    Boot { node: NodeId, incarnation: u32, cause: EventId },
}

impl<P: Process> Pending<P> {
    /// The node that it happens to.
    #[must_use]
    pub fn node(&self) -> NodeId {
        match self {
            Pending::Deliver(flight) => flight.to,
            Pending::Fire { node, .. }
            | Pending::Flushed { node, .. }
            | Pending::HangUp { node, .. }
            | Pending::Boot { node, .. } => *node,
        }
    }

    #[must_use]
    pub fn cause(&self) -> EventId {
        match self {
            Pending::Deliver(flight) => flight.cause,
            Pending::Fire { cause, .. }
            | Pending::Flushed { cause, .. }
            | Pending::HangUp { cause, .. }
            | Pending::Boot { cause, .. } => *cause,
        }
    }
}

/// One node.
#[derive(Clone, Debug)]
pub struct Slot<S: System> {
    pub id: NodeId,
    pub status: Status,
    /// Counts the starts of its process.
    pub incarnation: u32,
    pub process: S::Node,
    pub disk: Disk<S::Node>,
    pub(crate) timers: Timers<<S::Node as Process>::Timer>,
    /// Outgoing links, by the receiver's place in the world.
    pub(crate) links: Vec<Link<<S::Node as Process>::Msg>>,
    pub(crate) dice: Stream,
    /// What happened to a frozen node and waits for it to wake.
    pub(crate) backlog: Vec<Pending<S::Node>>,
}

impl<S: System> Slot<S> {
    /// Running timers, with the instants at which they were set and are due.
    pub fn timers(
        &self,
    ) -> impl Iterator<Item = (<S::Node as Process>::Timer, Instant, Instant)> + '_ {
        self.timers.iter().map(|(timer, ticket, set)| (timer, set, ticket.at))
    }

    #[must_use]
    pub fn timer_due(&self, timer: <S::Node as Process>::Timer) -> Option<Instant> {
        self.timers.get(timer).map(|(ticket, _)| ticket.at)
    }
}

impl<S: System> Hash for Slot<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.status, self.incarnation).hash(state);
        self.process.hash(state);
        self.disk.hash(state);
        for (timer, ticket, set) in self.timers.iter() {
            (timer, ticket.at, set).hash(state);
        }
        self.links.hash(state);
        self.dice.hash(state);
        self.backlog.hash(state);
    }
}
