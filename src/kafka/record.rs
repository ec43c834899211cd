//! What a log holds. One record is one batch here (spec: a harmless simplification).

use crate::id::LeaderEpoch;
use kernel::NodeId;

/// Who wrote a record, for idempotence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    pub producer_id: u32,
    pub producer_epoch: u16,
    pub sequence: u32,
}

/// A record: its value is a running number of the client that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// The leader epoch under which it was appended; set by the leader.
    pub epoch: LeaderEpoch,
    pub client: NodeId,
    pub value: u32,
    /// None without idempotence.
    pub stamp: Option<Stamp>,
}
