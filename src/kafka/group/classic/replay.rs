//! A classic group as a record, and a group made from a record: what survives a change of the
//! coordinator. Source: spec E1; `newGroupMetadataRecord`, `GroupMetadataManager.replay`.

use super::{ClassicGroup, JoinRefused, Member, State};
use crate::group::record::{ClassicMember, ClassicValue, Record};
use crate::group::{Answer, Assigned, Config, Effects, GroupId, MemberId};
use crate::id::ErrorCode;
use kernel::{Instant, SortedMap};
use std::rc::Rc;

impl ClassicGroup {
    pub(crate) fn record(&self) -> Record {
        let current = |member: &Member| (member.id, Assigned::clone(&member.assignment));
        self.record_with(&self.members.values().map(current).collect())
    }

    /// With assignments that are not the members' yet.
    pub(super) fn record_with(&self, assignments: &SortedMap<MemberId, Assigned>) -> Record {
        let stored = |member: &Member| ClassicMember {
            id: member.id,
            instance: member.instance,
            rebalance_timeout: member.rebalance_timeout,
            session_timeout: member.session_timeout,
            subscription: self.protocol.and_then(|name| member.subscription(name)),
            assignment: assignments.get(&member.id).cloned().unwrap_or_default(),
        };
        let value = ClassicValue {
            managed: self.managed,
            generation: self.generation,
            protocol: self.protocol,
            leader: self.leader,
            since: self.since,
            members: self.members.values().map(stored).collect(),
        };
        Record::ClassicGroup { group: self.id, value: Some(Rc::new(value)) }
    }

    /// A group with members comes back as stable: whoever was in the middle of a rebalance finds
    /// out by an old generation or by a session that runs out.
    pub(crate) fn from_record(id: GroupId, value: &ClassicValue) -> ClassicGroup {
        let mut group = ClassicGroup::new(id, Instant::ZERO);
        let empty = value.members.is_empty();
        group.state = if empty { State::Empty } else { State::Stable };
        group.since = value.since;
        group.managed = value.managed;
        group.generation = value.generation;
        group.protocol = value.protocol;
        group.leader = value.leader;
        for stored in &value.members {
            let subscription = stored.subscription.clone().unwrap_or_default();
            let timeouts = [stored.rebalance_timeout, stored.session_timeout];
            let protocols = value.protocol.map(|name| (name, subscription)).into_iter().collect();
            let assignment = Assigned::clone(&stored.assignment);
            group.add(Member::new(stored.id, stored.instance, timeouts, protocols, assignment));
        }
        group.subscribed = group.subscriptions();
        group
    }

    /// This broker has become the coordinator: everybody's session begins anew.
    /// Source: `GroupMetadataManager.onLoaded`.
    pub(crate) fn loaded(&mut self, now: Instant, config: &Config, out: &mut Effects) {
        for id in self.members.keys() {
            self.extend_session(*id, out);
        }
        if self.members.len() > config.max_size {
            self.prepare_rebalance(now, config, out);
        }
    }

    /// This broker is the coordinator no longer: who waits is told to look elsewhere.
    /// Source: `GroupMetadataManager.onUnloaded`.
    pub(crate) fn unloaded(&mut self, now: Instant, out: &mut Effects) {
        let error = ErrorCode::NotCoordinator;
        let ids: Vec<MemberId> = self.members.keys().copied().collect();
        for id in ids {
            if let Some(from) = self.take_join(id) {
                out.answer(from, Answer::Join(Err(JoinRefused { member: Some(id), error })));
            }
        }
        self.become_state(State::Dead, now);
        self.answer_syncs(Some(error), out);
    }
}
