//! What a product must supply to live on the kernel; nothing else is product-specific.

use crate::clock::{Instant, Span};
use crate::fault::Fault;
use crate::network::Latency;
use crate::process::{Channel, NodeId, Process};
use crate::property::Property;
use crate::trace::{Event, EventId};
use crate::world::World;
use std::fmt::Debug;
use std::hash::Hash;

/// A product: its nodes, its commands, its promises.
pub trait System: Sized + Clone + Debug + 'static {
    type Config: Clone + Hash + Debug;
    type Node: Process;
    /// What an operator may do, beyond faults.
    type Command: Clone + Debug + PartialEq;
    /// What an omniscient observer notes down: what clients were promised, for the properties.
    type Ledger: Clone + Hash + Debug;
    /// How a promise was broken.
    type Detail: Clone + Debug + PartialEq;

    /// The nodes that a fresh cluster has.
    fn nodes(config: &Self::Config) -> Vec<NodeId>;
    /// A process that has not started yet.
    fn process(config: &Self::Config, node: NodeId) -> Self::Node;
    /// The next process on a node whose last one is gone: nothing but its configuration remains.
    fn afresh(config: &Self::Config, node: NodeId, dead: &Self::Node) -> Self::Node;
    fn latency(config: &Self::Config) -> Latency;
    /// From the start of a process to its first act.
    fn boot_time(config: &Self::Config, node: NodeId) -> Span;
    /// The name of a message's kind.
    fn api(msg: &<Self::Node as Process>::Msg) -> &'static str;
    /// The connection that a message travels on: order is kept within it, and it is closed alone.
    fn channel(msg: &<Self::Node as Process>::Msg) -> Channel;
    /// Carries out a command that [`World::command`] was given.
    fn command(world: &mut World<Self>, command: &Self::Command, doing: &mut Doing<Self>);
    /// The empty ledger of a fresh cluster.
    fn ledger(config: &Self::Config) -> Self::Ledger;
    /// Notes down a fact; `teller` is the process that told it, as it is after its input.
    fn observe(
        ledger: &mut Self::Ledger,
        seen: Seen,
        fact: &<Self::Node as Process>::Fact,
        teller: &Self::Node,
    );
    /// Notes down a fault that was injected at `at`, as step `step`.
    fn observe_fault(ledger: &mut Self::Ledger, fault: &Fault, at: Instant, step: u64);
    /// Notes down that a process is gone; `lost_power` when its machine went with it.
    fn observe_end(ledger: &mut Self::Ledger, node: NodeId, lost_power: bool, at: Instant);
    /// Whether an event is kept however long a run becomes; the others come back by replay.
    fn lasts(event: &Event<Self>) -> bool;
    fn properties() -> &'static [Property<Self>];
    /// The properties that may be broken now, as bits: the others need not be looked at.
    fn suspects(ledger: &Self::Ledger) -> u64;
}

/// Where and when a fact was told.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub event: EventId,
    pub step: u64,
    pub at: Instant,
    pub node: NodeId,
}

/// What a command does to the world: messages of the operator, and new nodes.
#[derive(Debug)]
pub struct Doing<S: System> {
    pub(crate) messages: Vec<(NodeId, <S::Node as Process>::Msg)>,
    pub(crate) nodes: Vec<(NodeId, S::Node)>,
}

impl<S: System> Default for Doing<S> {
    fn default() -> Doing<S> {
        Doing { messages: Vec::new(), nodes: Vec::new() }
    }
}

impl<S: System> Doing<S> {
    /// The operator's tool hands a message to a node, at once.
    pub fn tell(&mut self, node: NodeId, msg: <S::Node as Process>::Msg) {
        self.messages.push((node, msg));
    }

    /// A node joins and starts.
    pub fn join(&mut self, node: NodeId, process: S::Node) {
        self.nodes.push((node, process));
    }
}
