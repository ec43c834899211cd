//! A node's program as a pure state machine: inputs in, effects out.
//!
//! A process reaches no clock, no socket, no disk and no chance. Each input brings the node's own
//! time with it; everything it wants done it puts into [`Out`], and the world does it, later, and
//! may refuse.

use crate::clock::{Instant, Span};
use crate::dice::Stream;
use crate::disk::Durable;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug, Display};
use std::hash::Hash;

/// A node, under the number that the real system gives it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NodeId(pub u16);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

/// What a node runs.
pub trait Process: Clone + Hash + Debug {
    type Msg: Clone + Hash + Debug;
    type Timer: Copy + Ord + Hash + Debug;
    /// A file on the node's disk.
    type File: Copy + Ord + Hash + Debug;
    /// One entry of a file.
    type Record: Clone + Hash + Debug;
    /// What the node says of its own decisions, in the terms of its field.
    type Fact: Clone + Debug;

    /// The process begins, with what its disk kept and nothing else.
    fn start(&mut self, durable: &Durable<'_, Self>, out: &mut Out<'_, Self>);
    fn receive(&mut self, from: NodeId, msg: Self::Msg, out: &mut Out<'_, Self>);
    fn fire(&mut self, timer: Self::Timer, out: &mut Out<'_, Self>);
    /// The first `upto` entries of the file are on the platter.
    fn flushed(&mut self, file: Self::File, upto: usize, out: &mut Out<'_, Self>);
    /// A connection was closed or reset.
    fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_, Self>);
    /// A write was refused: the disk is full.
    fn write_failed(&mut self, file: Self::File, out: &mut Out<'_, Self>);
    /// It is asked to stop in good order; it ends itself by [`Out::exit`].
    fn stop(&mut self, out: &mut Out<'_, Self>);
    /// The volume that a file lies on, of up to [`Disk::VOLUMES`](crate::Disk::VOLUMES).
    fn volume(_file: Self::File) -> u8 {
        0
    }
}

/// Names one of the connections between two nodes: each kind of traffic has its own, in each
/// direction of asking. See [`crate::System::channel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(pub u8);

impl Channel {
    /// How many there may be between two nodes.
    pub const COUNT: usize = 6;
}

/// Which connections to a peer are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closed {
    /// The one on which the peer asked: nobody waits for those answers any more.
    FromPeer(Channel),
    /// The one on which this node asked: those answers will not come.
    ToPeer(Channel),
    /// All of them: the peer's process is gone.
    All,
}

impl Closed {
    /// Whether what the peer asked on this channel is closed.
    #[must_use]
    pub fn from_peer(self, channel: Channel) -> bool {
        self == Closed::All || self == Closed::FromPeer(channel)
    }

    /// Whether what this node asked on this channel is closed.
    #[must_use]
    pub fn to_peer(self, channel: Channel) -> bool {
        self == Closed::All || self == Closed::ToPeer(channel)
    }

    /// The same, as the other side sees it.
    pub(crate) fn seen_by_peer(self) -> Closed {
        match self {
            Closed::FromPeer(channel) => Closed::ToPeer(channel),
            Closed::ToPeer(channel) => Closed::FromPeer(channel),
            Closed::All => Closed::All,
        }
    }
}

/// One thing that a node wants done.
#[derive(Clone, Debug)]
pub enum Effect<P: Process> {
    Send { to: NodeId, msg: P::Msg },
    Set { timer: P::Timer, after: Span },
    Cancel { timer: P::Timer },
    Append { file: P::File, record: P::Record },
    Truncate { file: P::File, len: usize },
    Replace { file: P::File, records: Vec<P::Record> },
    Flush { file: P::File },
    Close { peer: NodeId, closed: Closed },
    Note(P::Fact),
    Exit,
}

/// Collects what a node wants done while it handles one input.
pub struct Out<'a, P: Process> {
    me: NodeId,
    now: Instant,
    effects: &'a mut Vec<Effect<P>>,
    dice: &'a mut Stream,
    /// Volumes that take no writes, as bits.
    refusing: u8,
}

impl<'a, P: Process> Out<'a, P> {
    pub fn new(
        me: NodeId,
        now: Instant,
        effects: &'a mut Vec<Effect<P>>,
        dice: &'a mut Stream,
    ) -> Out<'a, P> {
        Out { me, now, effects, dice, refusing: 0 }
    }

    /// On a disk of which these volumes, as bits, take no writes.
    #[must_use]
    pub fn refusing(mut self, volumes: u8) -> Out<'a, P> {
        self.refusing = volumes;
        self
    }

    /// Whether a write to the file would be taken: what a system call would say at once.
    #[must_use]
    pub fn accepts(&self, file: P::File) -> bool {
        self.refusing & (1 << P::volume(file)) == 0
    }

    #[must_use]
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// The node's own time, as of this input.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    pub fn send(&mut self, to: NodeId, msg: P::Msg) {
        self.effects.push(Effect::Send { to, msg });
    }

    /// Sets the timer, in place of an earlier setting of the same timer.
    pub fn set(&mut self, timer: P::Timer, after: Span) {
        self.effects.push(Effect::Set { timer, after });
    }

    pub fn cancel(&mut self, timer: P::Timer) {
        self.effects.push(Effect::Cancel { timer });
    }

    /// Writes to the page cache; durable only once a flush has been reported.
    pub fn append(&mut self, file: P::File, record: P::Record) {
        self.effects.push(Effect::Append { file, record });
    }

    /// Cuts the file to its first `len` entries.
    pub fn truncate(&mut self, file: P::File, len: usize) {
        self.effects.push(Effect::Truncate { file, len });
    }

    /// Replaces the whole file at once and durably (write aside, flush, rename).
    pub fn replace(&mut self, file: P::File, records: Vec<P::Record>) {
        self.effects.push(Effect::Replace { file, records });
    }

    /// Asks for everything appended so far to be made durable; [`Process::flushed`] follows.
    pub fn flush(&mut self, file: P::File) {
        self.effects.push(Effect::Flush { file });
    }

    /// Closes a connection on which this node asked: the peer forgets what it was asked there.
    pub fn disconnect(&mut self, peer: NodeId, channel: Channel) {
        self.effects.push(Effect::Close { peer, closed: Closed::ToPeer(channel) });
    }

    /// Closes a connection on which the peer asked: it will not be answered.
    pub fn reject(&mut self, peer: NodeId, channel: Channel) {
        self.effects.push(Effect::Close { peer, closed: Closed::FromPeer(channel) });
    }

    pub fn note(&mut self, fact: P::Fact) {
        self.effects.push(Effect::Note(fact));
    }

    /// The process ends itself.
    pub fn exit(&mut self) {
        self.effects.push(Effect::Exit);
    }

    /// A number in `0..below` from the node's stream of that name; 0 when `below` is 0.
    pub fn draw(&mut self, purpose: &'static str, below: u64) -> u64 {
        self.dice.draw(purpose, below)
    }
}
