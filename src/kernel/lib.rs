//! One deterministic cluster, of anything.
//!
//! In reading order: a [`Process`] is a node's program; a [`World`] is every node, disk, link and
//! pending event at one instant; a [`History`] is a run with its past and its branches;
//! [`explore`] searches what might happen. The kernel refuses to know what a broker is, and that
//! anyone watches.

mod arrange;
mod chunked;
mod clock;
mod dice;
mod digest;
mod disk;
mod explore;
mod fault;
mod history;
mod limits;
mod network;
mod places;
mod process;
mod property;
mod queue;
mod slot;
mod sorted;
mod suffer;
mod system;
mod timers;
mod trace;
mod trail;
mod world;

pub use arrange::Arrange;
pub use chunked::Chunked;
pub use clock::{Instant, Span};
pub use dice::{Dice, Stream};
pub use digest::Digest;
pub use disk::{Disk, Durable, File};
pub use explore::{Bounds, Explored, Move, explore};
pub use fault::{Fault, FlightId};
pub use history::{Branch, History, InputError, Recorded};
pub use limits::{Limit, Limits};
pub use network::{Flight, Latency, Link};
pub use process::{Channel, Closed, Effect, NodeId, Out, Process};
pub use property::{Check, Expectation, Property};
pub use slot::{Pending, Slot, Status};
pub use sorted::{SortedMap, SortedSet};
pub use system::{Doing, Seen, System};
pub use trace::{Event, EventId, Input, What};
pub use trail::Trail;
pub use world::{FaultError, World};
