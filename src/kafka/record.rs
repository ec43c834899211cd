//! What a log holds. One record is one batch here (spec: a harmless simplification).

use crate::group::record::Record as GroupRecord;
use crate::id::LeaderEpoch;
use kernel::{Instant, NodeId};
use std::rc::Rc;

/// What a batch of one record takes beyond its value: the batch's header (61 bytes) and the
/// record's own lengths. Source: `DefaultRecordBatch`, `DefaultRecord`.
const OVERHEAD: u64 = 70;

/// Who wrote a record, for idempotence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    pub producer_id: u32,
    pub producer_epoch: u16,
    pub sequence: u32,
}

/// A record: its value is a running number of the client that made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// The leader epoch under which it was appended; set by the leader.
    pub epoch: LeaderEpoch,
    pub client: NodeId,
    pub value: u32,
    /// When its producer made it (CreateTime).
    pub timestamp: Instant,
    /// Of its value, in bytes.
    pub size: u32,
    /// None without idempotence.
    pub stamp: Option<Stamp>,
    /// What a record of `__consumer_offsets` says; none in any other topic.
    pub(crate) of_group: Option<Rc<GroupRecord>>,
}

impl Record {
    /// What it takes in a log, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        OVERHEAD + u64::from(self.size)
    }
}
