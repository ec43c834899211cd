//! The words that engines and pictures share.
//!
//! A [`Scene`] is what an observer may see of a cluster at one instant: plain data, no behaviour,
//! in the reader's vocabulary. A [`Session`] is the only door into a running cluster.
//! This crate refuses to know any product, any pixel and any language.

mod chart;
mod fault;
mod folder;
mod forms;
mod group;
mod line;
mod numbers;
mod observable;
mod packed;
mod restore;
mod run;
mod session;
mod stage;
mod story;
mod strip;
mod tape;
mod weave;
mod written;

pub use chart::{Chart, Sample, Series, Unit, Whose};
pub use fault::{Cast, FAULT_VERBS, fault_line, parse_fault};
pub use folder::{LogFolder, SegmentFile};
pub use forms::Forms;
pub use group::{Group, GroupMember, Share, Tally};
pub use kernel::{Arrange, EventId, Fault, FlightId, Instant, NodeId, Span};
pub use line::{Words, plain};
pub use observable::{Observable, Telling, View};
pub use packed::{Carrier, Packed, PackedField};
pub use restore::restore;
pub use run::Run;
pub use session::{
    About, Answer, Branch, Choice, CommandError, Cursor, Halt, Output, SavedBranch, SavedInput,
    SavedRun, Session, Violation,
};
pub use stage::{
    Candidate, Decision, Disk, Fate, Field, Flight, Health, LinkState, Node, Parked, Phases, Pips,
    Role, Scene, Timer, Tone,
};
pub use story::{Arg, Ask, Line, Reason, Rule, Setting, Told, Weight};
pub use strip::{Cell, Lag, Ledger, Promise, Strip, Strips};
pub use tape::{Mark, MarkKind, Stretch, Tape, Track};
pub use weave::{End, Gap, Hop, Kin, Knot, Weave, Window};
pub use written::{Quantity, Range, equals, spell};
