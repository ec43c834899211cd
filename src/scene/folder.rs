//! The folder of one replica's log, file by file. Refuses to say what a record in it means.

use kernel::Instant;
use serde::Serialize;

/// What lies on the disk of one replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogFolder {
    pub path: String,
    /// In order; the last is written to.
    pub segments: Vec<SegmentFile>,
    /// `leader-epoch-checkpoint`: each epoch with the offset of its first record.
    pub epochs: Vec<(u32, u64)>,
    /// Its line in `replication-offset-checkpoint`: the high watermark as last written down.
    pub high_watermark: Option<u64>,
    /// Its line in `log-start-offset-checkpoint`, if it has one.
    pub log_start: Option<u64>,
}

/// A segment: a file that is deleted as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentFile {
    pub base: u64,
    /// Exclusive.
    pub end: u64,
    pub bytes: u64,
    /// From here on it is only in the page cache: where recovery would begin.
    pub flushed: u64,
    /// The newest time of a record in it; none while it is empty.
    pub newest: Option<Instant>,
}

impl SegmentFile {
    #[must_use]
    pub fn records(&self) -> u64 {
        self.end - self.base
    }
}
