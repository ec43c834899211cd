//! ConsumerGroupHeartbeat: who is let in, and what one heartbeat moves.
//! Source: spec E3.1-E3.5; `consumerGroupHeartbeat`.

use super::reconcile::{Goal, contains, each, reconcile};
use super::{
    Around, ConsumerGroup, Current, Heartbeat, JOIN, LEAVE_STATIC, Member, MemberMetadata,
    MemberState, Reply,
};
use crate::group::record::{ConsumerValue, Record};
use crate::group::{Config, Effects, InstanceId, MemberId, Partitions, Timer};
use crate::guard::Guard;
use crate::id::{ErrorCode, TopicId};
use kernel::SortedMap;
use std::rc::Rc;

impl ConsumerGroup {
    pub(crate) fn heartbeat(
        &mut self,
        beat: &Heartbeat,
        around: Around<'_>,
        out: &mut Effects,
    ) -> Result<Reply, ErrorCode> {
        let mut log = Vec::new();
        let reply = self.beat(beat, around, &mut log, out);
        out.write(log);
        reply
    }

    fn beat(
        &mut self,
        beat: &Heartbeat,
        around: Around<'_>,
        log: &mut Vec<Record>,
        out: &mut Effects,
    ) -> Result<Reply, ErrorCode> {
        self.check_room(beat.member, around.config)?;
        let before = match beat.instance {
            None => self.dynamic_member(beat, around)?,
            Some(instance) => self.static_member(beat, instance, around, log)?,
        };
        self.update(beat, &before, around, log);
        if self.value.epoch > self.target_epoch {
            self.retarget(around, log);
        }
        let owned = beat.owned.as_ref();
        let after = self.lead_on(beat.member, owned, &before.current, around, log, out);
        let session = around.config.consumer_session_timeout;
        out.set(Timer::Session(self.id, beat.member), session);
        // Whoever joins or says everything of itself is told everything.
        let says_all =
            beat.rebalance_timeout.is_some() && beat.topics.is_some() && beat.owned.is_some();
        let tell = beat.epoch == JOIN || says_all || before.current.assigned != after.assigned;
        Ok(Reply {
            member: beat.member,
            epoch: after.epoch,
            heartbeat_interval: around.config.consumer_heartbeat_interval,
            assignment: tell.then(|| after.assigned.clone()),
        })
    }

    /// Source: `throwIfConsumerGroupIsFull`.
    pub(super) fn check_room(&self, id: MemberId, config: &Config) -> Result<(), ErrorCode> {
        let full = self.members.len() >= config.consumer_max_size;
        let refused = full && !self.members.contains_key(&id);
        if refused { Err(ErrorCode::GroupMaxSizeReached) } else { Ok(()) }
    }

    fn dynamic_member(&self, beat: &Heartbeat, around: Around<'_>) -> Result<Member, ErrorCode> {
        let member = match self.members.get(&beat.member) {
            Some(known) => known.clone(),
            None if beat.epoch == JOIN => Member::default(),
            None => return Err(ErrorCode::UnknownMemberId),
        };
        check_epoch(&member.current, beat, around)?;
        Ok(member)
    }

    /// A static member that has said that it would be back may come back, under any id; one that
    /// spoke the classic protocol, which never says so, is replaced at once.
    /// Source: `getOrMaybeSubscribeStaticConsumerGroupMember`.
    fn static_member(
        &mut self,
        beat: &Heartbeat,
        instance: InstanceId,
        around: Around<'_>,
        log: &mut Vec<Record>,
    ) -> Result<Member, ErrorCode> {
        let known = self.static_by(instance).map(|(id, member)| (id, member.clone()));
        let Some((id, member)) = known else {
            let unknown = self.members.get(&beat.member).cloned();
            return match beat.epoch {
                JOIN => Ok(unknown.unwrap_or_default()),
                _ => Err(ErrorCode::UnknownMemberId),
            };
        };
        if beat.epoch != JOIN {
            if id != beat.member {
                return Err(ErrorCode::FencedInstanceId);
            }
            check_epoch(&member.current, beat, around)?;
            return Ok(member);
        }
        if member.current.epoch != LEAVE_STATIC && member.metadata.classic.is_none() {
            return Err(ErrorCode::UnreleasedInstanceId);
        }
        Ok(self.replace(id, member, beat.member, log))
    }

    pub(super) fn static_by(&self, instance: InstanceId) -> Option<(MemberId, &Member)> {
        let id = *self.statics.get(&instance)?;
        self.members.get(&id).map(|member| (id, member))
    }

    /// Under its new id the member begins again in epoch 0, with all that it had.
    /// Source: `replaceMember`.
    pub(super) fn replace(
        &mut self,
        former: MemberId,
        member: Member,
        fresh: MemberId,
        log: &mut Vec<Record>,
    ) -> Member {
        let current =
            Rc::new(Current { epoch: JOIN, previous_epoch: JOIN, ..(*member.current).clone() });
        let target = self.targets.get(&former).cloned().unwrap_or_default();
        let metadata = Rc::clone(&member.metadata);
        self.remove(former, log);
        let group = self.id;
        self.put(Record::Member { group, member: fresh, value: Some(Rc::clone(&metadata)) }, log);
        self.put(Record::Target { group, member: fresh, value: Some(target) }, log);
        self.put(Record::Current { group, member: fresh, value: Some(Rc::clone(&current)) }, log);
        Member { metadata, current }
    }

    /// Takes over what the member says of itself; what it leaves out has not changed.
    fn update(
        &mut self,
        beat: &Heartbeat,
        before: &Member,
        around: Around<'_>,
        log: &mut Vec<Record>,
    ) {
        let known = &before.metadata;
        let metadata = MemberMetadata {
            instance: beat.instance.or(known.instance),
            rebalance_timeout: beat.rebalance_timeout.unwrap_or(known.rebalance_timeout),
            topics: beat.topics.as_ref().unwrap_or(&known.topics).clone(),
            assignor: beat.assignor.or(known.assignor),
            classic: None,
        };
        self.renew(beat.member, metadata, known, around, log);
    }

    /// New subscriptions, and topics that have become more or less, raise the group's epoch.
    pub(super) fn renew(
        &mut self,
        id: MemberId,
        metadata: MemberMetadata,
        known: &MemberMetadata,
        around: Around<'_>,
        log: &mut Vec<Record>,
    ) -> bool {
        let resubscribed = metadata.topics != known.topics;
        if metadata != *known || !self.members.contains_key(&id) {
            let value = Some(Rc::new(metadata));
            self.put(Record::Member { group: self.id, member: id, value }, log);
        }
        let metadata = self.metadata(around.topics);
        let changed = self.value.epoch == 0 || resubscribed || metadata != self.value.metadata;
        if changed {
            self.bump(metadata, log);
        }
        changed
    }

    /// The subscribed topics that there are.
    pub(super) fn metadata(&self, topics: &SortedMap<TopicId, u16>) -> SortedMap<TopicId, u16> {
        let wanted = |topic| self.members.values().any(|m| m.metadata.topics.contains(topic));
        topics.iter().filter(|(topic, _)| wanted(topic)).map(|(t, n)| (*t, *n)).collect()
    }

    pub(super) fn bump(&mut self, metadata: SortedMap<TopicId, u16>, log: &mut Vec<Record>) {
        let value = ConsumerValue { epoch: self.value.epoch + 1, metadata };
        self.put(Record::ConsumerGroup { group: self.id, value: Some(value) }, log);
    }

    /// The member's step towards its target. While it has to give something up, a timer runs; for a
    /// classic member there are others. Source: `maybeReconcile`.
    pub(super) fn lead_on(
        &mut self,
        id: MemberId,
        owned: Option<&Partitions>,
        before: &Rc<Current>,
        around: Around<'_>,
        log: &mut Vec<Record>,
        out: &mut Effects,
    ) -> Rc<Current> {
        let target = self.targets.get(&id).cloned().unwrap_or_default();
        let goal = Goal { epoch: self.target_epoch, target: &target, owned };
        let grant_all = !around.config.guards.on(Guard::RevokeBeforeGrant);
        let is_free = |topic, index| grant_all || self.is_free(topic, index);
        let after = reconcile(before, &goal, is_free);
        if after == **before {
            return Rc::clone(before);
        }
        let after = Rc::new(after);
        let value = Some(Rc::clone(&after));
        self.put(Record::Current { group: self.id, member: id, value }, log);
        let classic = self.members.get(&id).is_some_and(|it| it.metadata.classic.is_some());
        if after.state == MemberState::UnrevokedPartitions && !classic {
            self.await_revocation(id, out);
        } else {
            self.revoking.remove(&id);
            out.cancel(Timer::Rebalance(self.id, id));
        }
        after
    }

    pub(super) fn await_revocation(&mut self, id: MemberId, out: &mut Effects) {
        let Some(member) = self.members.get(&id) else { return };
        self.revoking.insert(id, member.current.epoch);
        out.set(Timer::Rebalance(self.id, id), member.metadata.rebalance_timeout);
    }

    /// Nobody holds it, not even to give it up. Source: `ConsumerGroup.currentPartitionEpoch`.
    pub(super) fn is_free(&self, topic: TopicId, index: u16) -> bool {
        let holds = |current: &Current| {
            contains(&current.assigned, topic, index)
                || contains(&current.pending_revocation, topic, index)
        };
        !self.members.values().any(|member| holds(&member.current))
    }
}

/// A member ahead of what is known, or behind it, must drop everything and join again; except one
/// that missed the last answer, and shows by what it owns that it missed nothing else.
/// Source: spec E3.3; `throwIfConsumerGroupMemberEpochIsInvalid` (4.1: joining is no exception).
fn check_epoch(current: &Current, beat: &Heartbeat, around: Around<'_>) -> Result<(), ErrorCode> {
    let (received, owned) = (beat.epoch, beat.owned.as_ref());
    let subset = |owned: &Partitions| {
        each(owned).all(|(topic, index)| contains(&current.assigned, topic, index))
    };
    let missed_one = received == current.previous_epoch && owned.is_some_and(subset);
    let fence = around.config.guards.on(Guard::MemberEpochFence);
    if received == current.epoch || received < current.epoch && missed_one || !fence {
        Ok(())
    } else {
        Err(ErrorCode::FencedMemberEpoch)
    }
}
