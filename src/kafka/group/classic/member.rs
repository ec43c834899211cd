//! A member of a classic group. Refuses to know the group. Source: `ClassicGroupMember`.

use crate::group::{Assigned, AssignorName, Caller, InstanceId, MemberId, Subscription};
use kernel::Span;
use std::rc::Rc;

/// Assignors in the order of preference, each with the subscription under it.
pub(crate) type Protocols = Rc<[(AssignorName, Rc<Subscription>)]>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub(crate) id: MemberId,
    pub(crate) instance: Option<InstanceId>,
    pub(super) rebalance_timeout: Span,
    pub(super) session_timeout: Span,
    pub(super) protocols: Protocols,
    pub(super) assignment: Assigned,
    pub(super) awaiting_join: Option<Caller>,
    pub(super) awaiting_sync: Option<Caller>,
    /// Its first join has not been answered yet.
    pub(super) is_new: bool,
}

impl Member {
    /// Nobody waits for an answer to it.
    pub(crate) fn new(
        id: MemberId,
        instance: Option<InstanceId>,
        [rebalance_timeout, session_timeout]: [Span; 2],
        protocols: Protocols,
        assignment: Assigned,
    ) -> Member {
        Member {
            id,
            instance,
            rebalance_timeout,
            session_timeout,
            protocols,
            assignment,
            awaiting_join: None,
            awaiting_sync: None,
            is_new: false,
        }
    }

    pub(crate) fn awaits_join(&self) -> bool {
        self.awaiting_join.is_some()
    }

    pub(crate) fn assignment(&self) -> &Assigned {
        &self.assignment
    }

    pub(super) fn is_static(&self) -> bool {
        self.instance.is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = AssignorName> {
        self.protocols.iter().map(|(name, _)| *name)
    }

    pub(super) fn supports(&self, name: AssignorName) -> bool {
        self.names().any(|known| known == name)
    }

    pub(super) fn subscription(&self, name: AssignorName) -> Option<Rc<Subscription>> {
        let found = self.protocols.iter().find(|(known, _)| *known == name);
        found.map(|(_, subscription)| Rc::clone(subscription))
    }

    /// While its request is parked a member cannot send heartbeats, and need not. A new one must
    /// not wait for ever, as it may be gone. Source: `hasSatisfiedHeartbeat`.
    pub(super) fn has_satisfied_heartbeat(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }
}
