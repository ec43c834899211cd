//! What was found wrong while facts were noted down: the first of each kind, with where it was.
//! Refuses to judge: the promises say which finding breaks which of them.

use crate::id::{LeaderEpoch, Offset, PartitionId};
use kernel::NodeId;

/// What can be found wrong only by whoever remembers what was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Breach {
    /// Two leaders of a partition in one epoch.
    TwoLeaders,
    /// A new leader begins below what was committed.
    LeaderIncomplete,
    /// A high watermark went back within a leadership.
    MarkBack,
    /// A leader counts an older state of its partition than it had before.
    StateBack,
    /// A log is not the rightful one below its high watermark.
    LogsDiffer,
    /// A follower stored what the leader that it follows does not have there.
    FollowsOther,
    /// What a consumer has read is something else now, or gone.
    ReadChanged,
    /// A consumer got what was not committed.
    ReadUncommitted,
    /// An idempotent producer's record stands in the log twice.
    Duplicate,
    /// An idempotent producer's records stand in another order than they were sent in.
    Reordered,
    /// An epoch of a partition went back, or stood still while the leader changed.
    EpochStands,
    /// A committed state of a partition that no controller may decide.
    LeaderOutsideIsr,
    ForeignMember,
    NeedlessElr,
    FencedMember,
    EmptyIsr,
    /// A move completed before the new replica had caught up.
    MovedTooEarly,
    /// A broker was in service from its registration on.
    InServiceAtOnce,
    /// A broker leads, follows or counts an ISR that the quorum has not committed.
    ActsUncommitted,
    /// Two winners in one quorum epoch.
    TwoControllers,
    /// A leader that had ended began to lead in the same quorum epoch again.
    LeadsAgain,
    /// A voter voted for two candidates in one epoch.
    TwoVotes,
    /// A voter went back to an earlier quorum epoch.
    QuorumEpochBack,
    /// Committed metadata is something else on some node.
    MetadataChanged,
    /// Committed metadata is missing at a quorum leader, or was cut off.
    MetadataLost,
    /// A coordinator accepted what a member said under an epoch that is not its own.
    StaleMember,
    /// A commit went below one that a member had been told of.
    CommitBack,
    /// A group's new owner was told of an older commit than was acknowledged.
    CommitLost,
    /// What was committed as done had not been worked on.
    CommitAhead,
    /// A controller decides before it knows everything that is committed.
    ControllerBehind,
}

/// Where it was found; what does not matter is left at its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Finding {
    pub breach: Breach,
    pub partition: Option<PartitionId>,
    pub node: Option<NodeId>,
    pub offset: Offset,
    pub epoch: LeaderEpoch,
}

impl Finding {
    #[must_use]
    pub(crate) fn new(breach: Breach) -> Finding {
        Finding { breach, partition: None, node: None, offset: 0, epoch: 0 }
    }

    #[must_use]
    pub(crate) fn of(self, id: PartitionId) -> Finding {
        Finding { partition: Some(id), ..self }
    }

    #[must_use]
    pub(crate) fn by(self, node: NodeId) -> Finding {
        Finding { node: Some(node), ..self }
    }

    #[must_use]
    pub(crate) fn at(self, offset: Offset) -> Finding {
        Finding { offset, ..self }
    }

    #[must_use]
    pub(crate) fn under(self, epoch: LeaderEpoch) -> Finding {
        Finding { epoch, ..self }
    }
}

/// Empty in every run of a sound engine, so that looking costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        if self.get(finding.breach).is_none() {
            self.0.push(finding);
        }
    }

    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub(crate) fn get(&self, breach: Breach) -> Option<&Finding> {
        self.0.iter().find(|finding| finding.breach == breach)
    }
}
