//! The log matrix: every replica of a partition as a strip of cells, aligned by offset.

use kernel::{Instant, NodeId, Span};
use serde::Serialize;

/// What clients were told about a record, and whether it still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Promise {
    /// In this log, not yet below the high watermark.
    Appended,
    /// Below the high watermark of this replica.
    Committed,
    /// The producer was told that it is stored.
    Acked,
    /// The producer was told that it is stored, and the partition no longer has it.
    Lost,
}

/// One record in one replica's log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub offset: u64,
    /// The leader epoch under which it was appended: gives the hue.
    pub epoch: u32,
    /// The value, short: `41` or `paid`.
    pub label: String,
    pub promise: Promise,
    /// False while the record is only in the page cache.
    pub flushed: bool,
}

/// How a replica outside or at the edge of the ISR stands against the limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lag {
    /// Records behind the leader's end.
    pub records: u64,
    /// Last instant at which it was caught up, as the leader knows it.
    pub caught_up: Instant,
    pub limit: Span,
}

/// One replica of a partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Strip {
    pub node: NodeId,
    /// It believes itself the leader; during a failover more than one replica may.
    pub leads: bool,
    /// The leader epoch that this replica works in.
    pub epoch: u32,
    pub in_isr: bool,
    /// Outside the ISR but eligible to lead (ELR).
    pub eligible: bool,
    /// False when its process is not there.
    pub online: bool,
    /// Log start and log end offset (end is exclusive).
    pub start: u64,
    pub end: u64,
    /// Its own high watermark (exclusive): may lag behind the leader's.
    pub high_watermark: u64,
    /// The shown window of its log; cells before the window are left out.
    pub cells: Vec<Cell>,
    /// Records that this replica threw away although a producer had been told that they are stored.
    pub ghosts: Vec<Cell>,
    pub lag: Option<Lag>,
}

/// One partition: what the controller decided about it, and its replicas in assignment order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Strips {
    /// `orders-0`
    pub name: String,
    /// As the active controller has it; none while nobody leads.
    pub leader: Option<NodeId>,
    pub epoch: u32,
    /// Grows with every change of the partition's metadata.
    pub version: u32,
    pub isr: Vec<NodeId>,
    /// The ISR that the leader counts with while its proposal is on the way.
    pub proposed: Option<Vec<NodeId>>,
    pub elr: Vec<NodeId>,
    pub min_isr: u32,
    /// First offset of the shown window.
    pub window: u64,
    pub replicas: Vec<Strip>,
    pub ledger: Ledger,
}

/// Counts of what clients were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Ledger {
    pub sent: u64,
    pub acked: u64,
    /// Acknowledged and gone.
    pub lost: u64,
    /// Given up by a producer: the outcome is unknown to it, or it was refused for good.
    pub failed: u64,
    /// Records that stand in the log more than once.
    pub duplicates: u64,
    /// Records handed to consumers.
    pub consumed: u64,
}
