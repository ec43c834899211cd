//! The consumer protocol (KIP-848): the coordinator assigns, and each member is led to its target
//! by its own heartbeats.
//!
//! Three epochs: of the group (its members or topics changed), of the target (computed for that),
//! and of each member (how far it has come). The group changes only by records, the same that a
//! later coordinator replays. It refuses to know how partitions are shared out.
//! Source: spec E3; `ConsumerGroup`, `GroupMetadataManager.consumerGroupHeartbeat`.

mod classic;
mod commit;
mod fence;
mod heartbeat;
mod reconcile;
mod replay;
mod target;
#[cfg(test)]
mod tests;

use super::classic::Protocols;
use super::record::ConsumerValue;
use super::{AssignorName, Config, Epoch, GroupId, InstanceId, MemberId, Partitions};
use crate::id::TopicId;
use kernel::{SortedMap, SortedSet, Span};
use std::rc::Rc;

/// The epoch of a member that wants to join.
pub(crate) const JOIN: Epoch = 0;
/// The epoch of a member that leaves.
pub(crate) const LEAVE: Epoch = -1;
/// The epoch of a static member that leaves and means to come back.
pub(crate) const LEAVE_STATIC: Epoch = -2;

/// Source: `MemberState`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum MemberState {
    /// It has all of its target.
    #[default]
    Stable,
    /// It must give partitions up, and stays in its epoch until it has.
    UnrevokedPartitions,
    /// It waits for partitions that others have not given up yet.
    UnreleasedPartitions,
}

impl MemberState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            MemberState::Stable => "STABLE",
            MemberState::UnrevokedPartitions => "UNREVOKED_PARTITIONS",
            MemberState::UnreleasedPartitions => "UNRELEASED_PARTITIONS",
        }
    }
}

/// Source: `ConsumerGroupState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Empty,
    Assigning,
    Reconciling,
    Stable,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::Assigning => "Assigning",
            State::Reconciling => "Reconciling",
            State::Stable => "Stable",
        }
    }
}

/// What a member says of itself. Source: `ConsumerGroupMemberMetadataValue`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct MemberMetadata {
    pub(crate) instance: Option<InstanceId>,
    pub(crate) rebalance_timeout: Span,
    pub(crate) topics: SortedSet<TopicId>,
    pub(crate) assignor: Option<AssignorName>,
    /// It speaks the classic protocol.
    pub(crate) classic: Option<Classic>,
}

/// What a classic member brings along. Source: `ClassicMemberMetadata`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Classic {
    pub(crate) session_timeout: Span,
    pub(crate) protocols: Protocols,
}

/// How far a member has come. Source: `ConsumerGroupCurrentMemberAssignmentValue`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Current {
    pub(crate) state: MemberState,
    pub(crate) epoch: Epoch,
    pub(crate) previous_epoch: Epoch,
    pub(crate) assigned: Partitions,
    pub(crate) pending_revocation: Partitions,
}

impl Default for Current {
    fn default() -> Current {
        Current {
            state: MemberState::Stable,
            epoch: JOIN,
            previous_epoch: -1,
            assigned: Partitions::new(),
            pending_revocation: Partitions::new(),
        }
    }
}

impl Current {
    fn is_reconciled_to(&self, epoch: Epoch) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub(crate) metadata: Rc<MemberMetadata>,
    pub(crate) current: Rc<Current>,
}

/// Source: `ConsumerGroupHeartbeatRequestData`. What is absent has not changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Heartbeat {
    pub(crate) member: MemberId,
    pub(crate) epoch: Epoch,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) rebalance_timeout: Option<Span>,
    pub(crate) topics: Option<SortedSet<TopicId>>,
    pub(crate) assignor: Option<AssignorName>,
    pub(crate) owned: Option<Partitions>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    pub(crate) member: MemberId,
    pub(crate) epoch: Epoch,
    pub(crate) heartbeat_interval: Span,
    /// None: as before.
    pub(crate) assignment: Option<Partitions>,
}

/// What a group needs to know of the world around it.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) config: &'a Config,
    /// The topics that there are, and how many partitions each has.
    pub(crate) topics: &'a SortedMap<TopicId, u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConsumerGroup {
    id: GroupId,
    value: ConsumerValue,
    target_epoch: Epoch,
    targets: SortedMap<MemberId, Rc<Partitions>>,
    members: SortedMap<MemberId, Member>,
    statics: SortedMap<InstanceId, MemberId>,
    /// The epoch in which each running rebalance timer was set.
    revoking: SortedMap<MemberId, Epoch>,
    /// Classic members that were told to join again and have not.
    rejoining: SortedSet<MemberId>,
}

impl ConsumerGroup {
    pub(crate) fn new(id: GroupId) -> ConsumerGroup {
        ConsumerGroup {
            id,
            value: ConsumerValue::default(),
            target_epoch: 0,
            targets: SortedMap::new(),
            members: SortedMap::new(),
            statics: SortedMap::new(),
            revoking: SortedMap::new(),
            rejoining: SortedSet::new(),
        }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.value.epoch
    }

    pub(crate) fn target_epoch(&self) -> Epoch {
        self.target_epoch
    }

    pub(crate) fn members(&self) -> &SortedMap<MemberId, Member> {
        &self.members
    }

    pub(crate) fn target(&self, id: MemberId) -> Option<&Partitions> {
        self.targets.get(&id).map(|target| &**target)
    }

    /// Source: spec E3.6; `ConsumerGroup.maybeUpdateGroupState`.
    pub(crate) fn state(&self) -> State {
        let reached = |member: &Member| member.current.is_reconciled_to(self.target_epoch);
        if self.members.is_empty() {
            State::Empty
        } else if self.value.epoch > self.target_epoch {
            State::Assigning
        } else if self.members.values().all(reached) {
            State::Stable
        } else {
            State::Reconciling
        }
    }
}
