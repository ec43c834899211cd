//! Questions about a log's offsets: where it starts and ends, where an epoch ends, and the order to
//! delete what lies below one. Source: spec A5.5, A8, G6; `Partition.fetchOffsetForTimestamp`,
//! `lastOffsetForLeaderEpoch`, `deleteRecordsOnLeader`.

use super::{Broker, Touch, storage};
use crate::fact::Fact;
use crate::id::{ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::message::{EpochAsked, ListOffsets, Place, Reply};
use crate::node::Out;
use crate::rpc::reply;
use kernel::NodeId;

impl Broker {
    pub(super) fn list_offsets(
        &self,
        from: NodeId,
        correlation: u32,
        asked: &ListOffsets,
        out: &mut Out<'_>,
    ) {
        let replica = asked.replica;
        let partitions = asked.partitions.iter().map(|(id, epoch, place)| {
            let offset = self.place(*id, *epoch, *place, replica);
            (*id, *place, offset)
        });
        let partitions = partitions.collect();
        reply(from, correlation, Reply::ListOffsets { partitions, replica }, out);
    }

    /// A leader whose high watermark has not reached the beginning of its epoch does not say
    /// what is latest: its predecessor may have said more. Source: spec A5.5.
    fn place(
        &self,
        id: PartitionId,
        epoch: LeaderEpoch,
        place: Place,
        for_replica: bool,
    ) -> Result<Offset, ErrorCode> {
        let replica = self.with_epoch(id, epoch)?;
        let leadership = replica.leadership().ok_or(ErrorCode::NotLeaderOrFollower)?;
        match place {
            Place::Earliest => Ok(replica.log.start()),
            Place::Latest if for_replica => Ok(replica.log.end()),
            Place::Latest if replica.log.high_watermark() < leadership.start => {
                Err(ErrorCode::OffsetNotAvailable)
            }
            Place::Latest => Ok(replica.log.high_watermark()),
        }
    }

    /// For consumers that ask whether what they have read is still there (KIP-320).
    pub(super) fn offsets_for_leader_epoch(
        &self,
        from: NodeId,
        correlation: u32,
        asked: &[EpochAsked],
        out: &mut Out<'_>,
    ) {
        let end = |asked: &EpochAsked| {
            let replica = self.with_epoch(asked.id, asked.leader_epoch)?;
            replica.leadership().ok_or(ErrorCode::NotLeaderOrFollower)?;
            Ok(replica.log.end_offset_for(asked.epoch))
        };
        let ends = asked.iter().map(|asked| (asked.id, end(asked))).collect();
        reply(from, correlation, Reply::OffsetsForLeaderEpoch(ends), out);
    }

    /// The operator deletes records: the log starts later, at most at the high watermark.
    /// Followers learn it with their next fetch; the files go with the next look at retention.
    pub(super) fn delete_records(
        &mut self,
        id: PartitionId,
        before: Option<Offset>,
        out: &mut Out<'_>,
    ) {
        if let Err(error) = self.raise_log_start(id, before, out) {
            out.note(Fact::Refused { id, from: NodeId(0), api: "DeleteRecords", error });
        }
    }

    fn raise_log_start(
        &mut self,
        id: PartitionId,
        before: Option<Offset>,
        out: &mut Out<'_>,
    ) -> Result<(), ErrorCode> {
        self.hosted(id)?.leadership().ok_or(ErrorCode::NotLeaderOrFollower)?;
        let replica = self.replica_mut(id).ok_or(ErrorCode::NotLeaderOrFollower)?;
        let to = before.unwrap_or(replica.log.high_watermark());
        if to > replica.log.high_watermark() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        if replica.log.raise_start(to) {
            storage::keep_epochs(replica, out);
            out.note(Fact::LogStart { id, to });
            self.touch(id, Touch::State);
        }
        Ok(())
    }
}
