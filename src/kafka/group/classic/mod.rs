//! The classic protocol: one group whose leader assigns the partitions.
//!
//! States and what moves them: [`join`] and [`statics`] bring members in, [`rebalance`] ends the
//! join phase and begins generations, [`sync`] hands assignments out, [`leave`] takes members
//! away. It refuses to know what an assignment means. Source: spec E2; `ClassicGroup`.

mod commit;
mod convert;
mod join;
mod leave;
mod member;
mod rebalance;
mod replay;
mod statics;
#[cfg(test)]
mod swarm;
mod sync;
#[cfg(test)]
mod tests;

use super::location::bucket;
use super::{Assigned, AssignorName, Caller, Epoch, GroupId, InstanceId, MemberId, Subscription};
use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, TopicId};
use kernel::{Instant, SortedMap, SortedSet, Span};
pub(crate) use leave::{Leaving, Left};
pub(crate) use member::{Member, Protocols};
use std::rc::Rc;

/// Source: `ClassicGroupState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::PreparingRebalance => "PreparingRebalance",
            State::CompletingRebalance => "CompletingRebalance",
            State::Stable => "Stable",
            State::Dead => "Dead",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Join {
    /// None asks for an id.
    pub(crate) member: Option<MemberId>,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) session_timeout: Span,
    pub(crate) rebalance_timeout: Span,
    pub(crate) protocols: Protocols,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Joined {
    pub(crate) member: MemberId,
    pub(crate) generation: Epoch,
    pub(crate) protocol: Option<AssignorName>,
    pub(crate) leader: Option<MemberId>,
    /// The leader is told who there is, but must not assign anew.
    pub(crate) skip_assignment: bool,
    /// For the leader: everybody, with what they subscribe to.
    pub(crate) members: Vec<(MemberId, Option<InstanceId>, Rc<Subscription>)>,
}

/// A join that was refused; with the id under which to come again, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JoinRefused {
    pub(crate) member: Option<MemberId>,
    pub(crate) error: ErrorCode,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sync {
    pub(crate) member: MemberId,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) generation: Epoch,
    /// What the join was answered with; clients before 2.5 do not repeat it.
    pub(crate) protocol: Option<AssignorName>,
    /// From the leader.
    pub(crate) assignments: SortedMap<MemberId, Assigned>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Synced {
    pub(crate) protocol: Option<AssignorName>,
    pub(crate) assignment: Assigned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Heartbeat {
    pub(crate) member: MemberId,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) generation: Epoch,
}

/// What goes on once a record is committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stored {
    /// The assignments that the leader of this generation sent.
    Assignments { generation: Epoch, assignments: SortedMap<MemberId, Assigned> },
    /// A static member under its new id; with how it was before, in case of failure.
    Replaced(Box<statics::Replaced>),
}

/// The initial rebalance waits for more members: how long this time, and how long at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct InitialDelay {
    delay: Span,
    remaining: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassicGroup {
    id: GroupId,
    state: State,
    previous: State,
    /// When it came into its state; none when it was loaded from an old record.
    since: Option<Instant>,
    /// Some member has joined it at some time: it is no mere holder of offsets.
    /// Source: `protocolType` is there.
    managed: bool,
    protocol: Option<AssignorName>,
    generation: Epoch,
    leader: Option<MemberId>,
    members: SortedMap<MemberId, Member>,
    statics: SortedMap<InstanceId, MemberId>,
    /// Ids that were handed out and have not joined yet.
    pending_join: SortedSet<MemberId>,
    /// Members of this generation that have not synced yet.
    pending_sync: SortedSet<MemberId>,
    /// Somebody joined during the initial rebalance: wait once more.
    new_member_added: bool,
    initial_delay: Option<InitialDelay>,
    /// The generation that the running sync timer belongs to.
    sync_generation: Epoch,
    /// What the members subscribe to, as far as it is known.
    subscribed: Option<SortedSet<TopicId>>,
}

impl ClassicGroup {
    pub(crate) fn new(id: GroupId, now: Instant) -> ClassicGroup {
        ClassicGroup {
            id,
            state: State::Empty,
            previous: State::Dead,
            since: Some(now),
            managed: false,
            protocol: None,
            generation: 0,
            leader: None,
            members: SortedMap::new(),
            statics: SortedMap::new(),
            pending_join: SortedSet::new(),
            pending_sync: SortedSet::new(),
            new_member_added: false,
            initial_delay: None,
            sync_generation: 0,
            subscribed: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn generation(&self) -> Epoch {
        self.generation
    }

    pub(crate) fn protocol(&self) -> Option<AssignorName> {
        self.protocol
    }

    pub(crate) fn leader(&self) -> Option<MemberId> {
        self.leader
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.members.iter().map(|(id, member)| (*id, member))
    }

    fn become_state(&mut self, state: State, now: Instant) {
        self.previous = self.state;
        self.state = state;
        self.since = Some(now);
    }

    fn is_leader(&self, id: MemberId) -> bool {
        self.leader == Some(id)
    }

    /// The longest that any member may take to rejoin.
    fn rebalance_timeout(&self) -> Span {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or(Span::ZERO)
    }

    fn all_have_joined(&self) -> bool {
        self.pending_join.is_empty() && self.members.values().all(Member::awaits_join)
    }

    /// Source: `ClassicGroup.validateMember`: an unknown instance, another member of the instance,
    /// an unknown member, in this order.
    fn validate(&self, id: MemberId, instance: Option<InstanceId>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.statics.get(&instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(known) if *known != id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(&id) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    /// Whether a heartbeat or a commit is listened to.
    fn admit(
        &self,
        id: MemberId,
        instance: Option<InstanceId>,
        guards: Guards,
    ) -> Result<(), ErrorCode> {
        match self.validate(id, instance) {
            Err(ErrorCode::UnknownMemberId) if !guards.on(Guard::UnknownMemberFence) => Ok(()),
            valid => valid,
        }
    }

    fn add(&mut self, member: Member) {
        if let Some(instance) = member.instance {
            self.statics.insert(instance, member.id);
        }
        self.managed = true;
        self.leader.get_or_insert(member.id);
        self.pending_join.remove(&member.id);
        self.members.insert(member.id, member);
    }

    /// Takes a member, or an id that was handed out, away. A leader that goes is followed by any
    /// other member.
    fn remove(&mut self, id: MemberId) {
        if let Some(instance) = self.members.remove(&id).and_then(|member| member.instance) {
            self.statics.remove(&instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().copied();
        }
        self.pending_join.remove(&id);
        self.pending_sync.remove(&id);
    }

    /// Whether some protocol of these is spoken by every member.
    /// Source: `ClassicGroup.supportsProtocols`.
    fn supports(&self, protocols: &Protocols) -> bool {
        let by_all = |name: AssignorName| self.members.values().all(|m| m.supports(name));
        let mut names = protocols.iter().map(|(name, _)| *name);
        match self.state {
            State::Empty => names.next().is_some(),
            _ => names.any(by_all),
        }
    }

    /// The protocol that most members like best of those that all of them speak; of equals the
    /// first in the order of a hash map. Source: `ClassicGroup.selectProtocol`.
    fn select_protocol(&self) -> Option<AssignorName> {
        let by_all = |name: AssignorName| self.members.values().all(|m| m.supports(name));
        let mut votes: SortedMap<(u32, AssignorName), usize> = SortedMap::new();
        for member in self.members.values() {
            if let Some(name) = member.names().find(|name| by_all(name)) {
                *votes.entry((bucket(name), name)).or_default() += 1;
            }
        }
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|((_, name), _)| name)
    }

    /// Everybody and what they subscribe to under the chosen protocol, for the leader.
    fn roll(&self) -> Vec<(MemberId, Option<InstanceId>, Rc<Subscription>)> {
        let told = |member: &Member| {
            let subscription = self.protocol.and_then(|name| member.subscription(name));
            (member.id, member.instance, subscription.unwrap_or_default())
        };
        self.members.values().map(told).collect()
    }

    /// The answer to a join, as of now.
    fn joined(&self, id: MemberId, skip_assignment: bool) -> Joined {
        Joined {
            member: id,
            generation: self.generation,
            protocol: self.protocol,
            leader: self.leader,
            skip_assignment,
            members: if self.is_leader(id) { self.roll() } else { Vec::new() },
        }
    }

    /// Who waits for the answer to a join, no longer.
    fn take_join(&mut self, id: MemberId) -> Option<Caller> {
        self.members.get_mut(&id)?.awaiting_join.take()
    }
}
