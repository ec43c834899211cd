//! Snapshots of the metadata: made when enough has been applied, fetched by who is far behind.
//!
//! It keeps the image that it is handed and never looks into it.
//! Source: spec B3; KIP-630, `SnapshotGenerator`, `KafkaRaftClient.handleFetchSnapshotRequest`.

use super::{Purpose, Quorum, Role, Snapshot, Voter};
use crate::fact::Fact;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::image::Image;
use crate::message::{FetchSnapshot, QuorumHint, Reply, Request};
use crate::node::{DiskRecord, File, Out};
use crate::rpc::reply;
use kernel::NodeId;
use std::rc::Rc;

/// What a record is taken to weigh against `metadata.log.max.record.bytes.between.snapshots`.
const RECORD_BYTES: u64 = 100;

impl Quorum {
    /// Whether so much has been applied since the last snapshot that it is time for another.
    #[must_use]
    pub fn wants_snapshot(&self, applied: Offset) -> bool {
        let bytes = applied.saturating_sub(self.log.start()) * RECORD_BYTES;
        // Old records are deleted with the snapshot, so none may still be on its way to the disk.
        bytes >= self.settings.snapshot_bytes
            && (self.log.flushed() == self.log.end() || !self.is_voter())
    }

    /// Keeps the state of everything before `end`, and deletes the records that it stands for.
    pub fn keep_snapshot(&mut self, end: Offset, image: Rc<Image>, out: &mut Out<'_>) {
        let Some(last) = end.checked_sub(1).and_then(|last| self.entry(last)) else { return };
        let (epoch, voters) = (last.epoch, Rc::clone(self.voters.at(end)));
        self.begin_at(Rc::new(Snapshot { end, epoch, image, voters }), out);
        out.note(Fact::SnapshotKept { end });
    }

    /// The log begins with this snapshot, in memory and on disk.
    fn begin_at(&mut self, snapshot: Rc<Snapshot>, out: &mut Out<'_>) {
        out.replace(File::Snapshot, vec![DiskRecord::Snapshot(Rc::clone(&snapshot))]);
        self.adopt(snapshot);
        let rest =
            self.log.from(self.log.start()).map(|entry| DiskRecord::Metadata(Rc::clone(entry)));
        out.replace(File::Metadata, rest.collect());
    }

    pub(super) fn adopt(&mut self, snapshot: Rc<Snapshot>) {
        self.voters.begin_at(snapshot.end, Rc::clone(&snapshot.voters));
        self.high_watermark = self.high_watermark.max(snapshot.end);
        self.log.begin_at(snapshot);
    }

    // ---- leader ----

    pub(super) fn on_fetch_snapshot(
        &mut self,
        from: NodeId,
        correlation: u32,
        fetch: FetchSnapshot,
        out: &mut Out<'_>,
    ) {
        let kept = self.log.snapshot().filter(|kept| (kept.end, kept.epoch) == fetch.id);
        let result = match (self.leader_error(fetch.epoch), kept) {
            (Some(error), _) => Err(error),
            (None, None) => Err(ErrorCode::SnapshotNotFound),
            (None, Some(kept)) => Ok(Rc::clone(kept)),
        };
        if result.is_ok() {
            let replica = Voter { node: from, directory: Some(fetch.directory) };
            self.heard_from(replica, None, out);
        }
        reply(from, correlation, Reply::FetchSnapshot { hint: self.hint(), result }, out);
    }

    // ---- follower and observer ----

    pub(super) fn fetch_snapshot(
        &mut self,
        from: NodeId,
        end: Offset,
        epoch: LeaderEpoch,
        out: &mut Out<'_>,
    ) {
        let body = Request::FetchSnapshot(FetchSnapshot {
            epoch: self.epoch,
            id: (end, epoch),
            directory: self.directory,
        });
        self.calls.send(from, body, self.request_timeout(), Purpose::FetchSnapshot, out);
    }

    pub(super) fn on_snapshot(
        &mut self,
        from: NodeId,
        hint: QuorumHint,
        result: Result<Rc<Snapshot>, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let (epoch, leader) = (self.epoch, self.leader);
        let counts = self.heed_reply(hint, result.as_ref().err().copied(), out);
        if (epoch, leader) != (self.epoch, self.leader) {
            return;
        }
        match result {
            Ok(snapshot) if counts && matches!(self.role, Role::Follower) => {
                (self.fetched, self.silent) = (true, false);
                self.set_fetch_timer(out);
                // The records that it has before the snapshot, or instead of it, are of no use.
                self.log.truncate(self.log.start());
                self.voters.truncate(self.log.start());
                let end = snapshot.end;
                self.begin_at(snapshot, out);
                out.note(Fact::SnapshotLoaded { end, from });
                self.fetch_on(out);
            }
            _ => self.retry_later(out),
        }
    }
}
