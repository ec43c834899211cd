//! Offsets: where a partition is begun, and what is written down as read.
//! Source: spec E2.9, E2.10, E5; `ConsumerCoordinator.commitOffsetsAsync`,
//! `refreshCommittedOffsets`.

use super::{GroupConsumer, Protocol, Purpose, REQUEST_TIMEOUT, Standing};
use crate::fact::Fact;
use crate::group::{self, offsets};
use crate::guard::Guard;
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::node::{Out, Timer};
use kernel::Span;

/// Before a commit that may succeed later is tried again: `retry.backoff.ms`.
const RETRY: Span = Span::millis(100);

impl GroupConsumer {
    /// Asks where to begin with what has been assigned.
    pub(super) fn place(&mut self, out: &mut Out<'_>) {
        if self.unplaced.is_empty() || self.is_asking(&Purpose::Positions) {
            return;
        }
        let modern = self.config.protocol == Protocol::Consumer;
        let fetch = offsets::Fetch {
            member: self.member.filter(|_| modern),
            epoch: if modern { self.epoch } else { -1 },
            partitions: Some(self.unplaced.iter().copied().collect()),
        };
        let request = group::Request::OffsetFetch(fetch);
        self.ask(request, REQUEST_TIMEOUT, Purpose::Positions, out);
    }

    pub(super) fn placed(
        &mut self,
        result: Result<offsets::Fetched, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let Ok(found) = result else { return out.set(Timer::AppPoll, RETRY) };
        for (id, committed) in found {
            if self.unplaced.remove(&id) {
                out.note(Fact::Placed { id, at: committed.map(|at| at.offset) });
                let place = committed.map(|at| (at.offset, at.leader_epoch));
                self.reader.assign(id, place);
            }
        }
    }

    /// Commits what earlier polls have returned; gives whether a request is under way.
    pub(super) fn commit_positions(&mut self, out: &mut Out<'_>) -> bool {
        let ahead = !self.config.guards.on(Guard::CommitsWorkedOnly);
        let offsets: Vec<_> =
            self.reader.consumed(ahead).filter(|(id, ..)| self.owns(*id)).collect();
        let news = offsets.iter().any(|(id, offset, _)| self.app.committed.get(id) != Some(offset));
        if !news {
            return false;
        }
        let told: Vec<_> = offsets.iter().map(|(id, offset, _)| (*id, *offset)).collect();
        if self.is_outside() {
            let rebalances = self.standing == Standing::Joining;
            let error = if rebalances {
                ErrorCode::RebalanceInProgress
            } else {
                ErrorCode::UnknownMemberId
            };
            out.note(Fact::CommitFailed { error, offsets: told });
            self.app.commit_is_over();
            return false;
        }
        let commit = offsets::Commit {
            member: self.member,
            instance: self.instance(),
            epoch: self.epoch,
            offsets,
        };
        let request = group::Request::OffsetCommit(commit);
        let sent = self.ask(request, REQUEST_TIMEOUT, Purpose::Commit(told.clone()), out);
        if sent {
            out.note(Fact::Committing { offsets: told });
        }
        sent
    }

    /// Who has left under the classic protocol knows that it must not commit, and does not ask: as
    /// nobody's, its commit would be taken from an empty group.
    /// Source: `ConsumerCoordinator.sendOffsetCommitRequest`, `generationIfStable`.
    fn is_outside(&self) -> bool {
        self.config.protocol == Protocol::Classic && self.standing != Standing::Member
    }

    fn owns(&self, id: PartitionId) -> bool {
        self.owned.contains(&id) && !self.unplaced.contains(&id)
    }

    pub(super) fn is_committing(&self) -> bool {
        self.calls.iter().any(|call| matches!(call.what, Purpose::Commit(_)))
    }

    pub(super) fn commit_answered(
        &mut self,
        result: Result<(), ErrorCode>,
        offsets: Vec<(PartitionId, Offset)>,
        out: &mut Out<'_>,
    ) {
        match result {
            Ok(()) => {
                self.app.committed.extend(offsets.iter().copied());
                out.note(Fact::OffsetsCommitted { offsets });
            }
            Err(error) => {
                out.note(Fact::CommitFailed { error, offsets });
                self.commit_failed(error, out);
            }
        }
    }

    /// A classic member hears by it that it is none any more; one of the consumer protocol leaves
    /// that to its heartbeat. Source: `resetStateOnResponseError`; `CommitRequestManager`.
    fn commit_was_fenced(&mut self, error: ErrorCode) {
        if self.config.protocol == Protocol::Classic && self.standing == Standing::Member {
            self.reset(error == ErrorCode::UnknownMemberId);
        }
    }

    /// What is over is over; what may succeed is tried again by who waits for it.
    /// Source: `OffsetCommitResponseHandler`.
    fn commit_failed(&mut self, error: ErrorCode, out: &mut Out<'_>) {
        match error {
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                self.app.commit_is_over();
                self.commit_was_fenced(error);
            }
            ErrorCode::RebalanceInProgress => {
                self.rejoin = true;
                self.app.commit_is_over();
            }
            ErrorCode::FencedInstanceId => self.be_fenced(out),
            ErrorCode::StaleMemberEpoch => self.app.commit_is_over(),
            _ => out.set(Timer::AppPoll, RETRY),
        }
    }
}
