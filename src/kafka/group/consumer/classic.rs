//! Members that speak the classic protocol in a group of the consumer protocol, which is on its way
//! from one to the other. They join, sync and beat as ever, without a leader among them: the
//! coordinator assigns. What it wants of them it can tell them only once they join again, so it
//! asks them to, each for itself and only when there is something to tell.
//! Refuses to know how a group comes to have such members.
//! Source: spec E3.8; `classicGroupJoinToConsumerGroup`, `classicGroupSyncToConsumerGroup`,
//! `classicGroupHeartbeatToConsumerGroup`, `classicGroupLeaveToConsumerGroup`.

use super::reconcile::{contains, each};
use super::{Around, Classic, ConsumerGroup, Current, Member, MemberMetadata, MemberState};
use crate::assign::Assignor;
use crate::group::classic::{
    self, Heartbeat, Join, JoinRefused, Joined, Leaving, Protocols, Sync, Synced,
};
use crate::group::record::Record;
use crate::group::{
    Assigned, AssignorName, Effects, Epoch, InstanceId, MemberId, Partitions, Timer,
};
use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, PartitionId};
use std::rc::Rc;

/// What a join has brought about.
pub(crate) struct Entered {
    pub(crate) joined: Joined,
    /// It has taken the place of a member that spoke the consumer protocol.
    pub(crate) succeeds: bool,
    /// It subscribes to something else than its predecessor, or topics have changed.
    pub(crate) changed: bool,
    /// The group's epoch before.
    pub(crate) epoch: Epoch,
}

impl ConsumerGroup {
    /// `fresh` is an id for a member that has none.
    pub(crate) fn join(
        &mut self,
        join: &Join,
        fresh: MemberId,
        around: Around<'_>,
        out: &mut Effects,
    ) -> Result<Entered, JoinRefused> {
        let id = join.member.unwrap_or(fresh);
        let refuse = |error| JoinRefused { member: join.member, error };
        self.check_room(id, around.config).map_err(refuse)?;
        if !self.supports(&join.protocols) {
            return Err(refuse(ErrorCode::InconsistentGroupProtocol));
        }
        if join.member.is_none() && join.instance.is_none() {
            return Err(JoinRefused { member: Some(id), error: ErrorCode::MemberIdRequired });
        }
        let mut log = Vec::new();
        let epoch = self.epoch();
        let (before, succeeds) = self.place_for(join, id, &mut log).map_err(refuse)?;
        let metadata = metadata_of(join, before.metadata.assignor);
        let changed = self.renew(id, metadata, &before.metadata, around, &mut log);
        let mut after = Rc::clone(&before.current);
        // What a predecessor's group is to become begins with a rebalance if anything has changed.
        if !(succeeds && changed) {
            if self.epoch() > self.target_epoch {
                self.retarget(around, &mut log);
            }
            let owned = owned_by(&join.protocols);
            after = self.lead_on(id, Some(&owned), &before.current, around, &mut log, out);
        }
        out.write(log);
        self.await_sync(id, join, out);
        let joined = Joined {
            member: id,
            generation: after.epoch,
            protocol: first(&join.protocols),
            leader: None,
            skip_assignment: false,
            members: Vec::new(),
        };
        Ok(Entered { joined, succeeds, changed, epoch })
    }

    /// The member as it was, or a new one. A static member replaces its former process, whichever
    /// protocol that spoke; and whether that was the other one.
    fn place_for(
        &mut self,
        join: &Join,
        id: MemberId,
        log: &mut Vec<Record>,
    ) -> Result<(Member, bool), ErrorCode> {
        let Some(instance) = join.instance else {
            return Ok((self.members.get(&id).cloned().unwrap_or_default(), false));
        };
        let known = self.static_by(instance).map(|(known, member)| (known, member.clone()));
        match known {
            None if join.member.is_some() => Err(ErrorCode::UnknownMemberId),
            None => Ok((Member::default(), false)),
            Some((known, member)) if join.member.is_none() => {
                let succeeds = member.metadata.classic.is_none();
                Ok((self.replace(known, member, id, log), succeeds))
            }
            Some((known, _)) if known != id => Err(ErrorCode::FencedInstanceId),
            Some((_, member)) => Ok((member, false)),
        }
    }

    /// Whether some protocol of these is spoken by every classic member.
    /// Source: `ConsumerGroup.supportsClassicProtocols`.
    fn supports(&self, protocols: &Protocols) -> bool {
        let speaks = |classic: &Classic, name| classic.protocols.iter().any(|(it, _)| *it == name);
        let by_all = |name: AssignorName| {
            let classic = self.members.values().filter_map(|it| it.metadata.classic.as_ref());
            classic.into_iter().all(|classic| speaks(classic, name))
        };
        protocols.iter().any(|(name, _)| by_all(name))
    }

    /// It has come when it was asked to, and is to fetch what it is given.
    fn await_sync(&mut self, id: MemberId, join: &Join, out: &mut Effects) {
        self.rejoining.remove(&id);
        out.cancel(Timer::ClassicJoin(self.id, id));
        out.set(Timer::Session(self.id, id), join.session_timeout);
        out.set(Timer::ClassicSync(self.id, id), join.rebalance_timeout);
    }

    /// It is told to join again: that is patience for as long as a rebalance may last, from the
    /// first time on.
    fn await_rejoin(&mut self, id: MemberId, out: &mut Effects) -> ErrorCode {
        if let (true, Some(member)) = (self.rejoining.insert(id), self.members.get(&id)) {
            out.set(Timer::ClassicJoin(self.id, id), member.metadata.rebalance_timeout);
        }
        ErrorCode::RebalanceInProgress
    }

    /// A member, under its generation. Source: `validateConsumerGroupMember`,
    /// `throwIfMemberDoesNotUseClassicProtocol`, `throwIfGenerationIdUnmatched`.
    fn classic_member(
        &self,
        id: MemberId,
        instance: Option<InstanceId>,
        generation: Epoch,
        guards: Guards,
    ) -> Result<(&Member, &Classic), ErrorCode> {
        let id = self.leaving(Leaving { member: Some(id), instance })?;
        let member = self.members.get(&id).ok_or(ErrorCode::UnknownMemberId)?;
        let classic = member.metadata.classic.as_ref().ok_or(ErrorCode::UnknownMemberId)?;
        if member.current.epoch != generation && guards.on(Guard::GenerationFence) {
            return Err(ErrorCode::IllegalGeneration);
        }
        Ok((member, classic))
    }

    /// What it has been given, at once: there is no leader to wait for.
    pub(crate) fn sync(
        &mut self,
        sync: &Sync,
        guards: Guards,
        out: &mut Effects,
    ) -> Result<Synced, ErrorCode> {
        let id = sync.member;
        let (member, classic) = self.classic_member(id, sync.instance, sync.generation, guards)?;
        if sync.protocol.is_some() && sync.protocol != first(&classic.protocols) {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        let behind = member.current.epoch < self.epoch();
        // One that has to give up has joined again already; it is to do that first.
        if behind && member.current.state != MemberState::UnrevokedPartitions {
            return Err(self.await_rejoin(id, out));
        }
        let assigned = each(&member.current.assigned);
        let assignment: Assigned =
            assigned.map(|(topic, index)| PartitionId { topic, index }).collect();
        let session = classic.session_timeout;
        out.cancel(Timer::ClassicSync(self.id, id));
        out.set(Timer::Session(self.id, id), session);
        Ok(Synced { protocol: sync.protocol, assignment })
    }

    /// It is asked to join again when the group has moved on, when it has to give up, and when what
    /// it waits for is free.
    pub(crate) fn classic_heartbeat(
        &mut self,
        beat: Heartbeat,
        guards: Guards,
        out: &mut Effects,
    ) -> Result<(), ErrorCode> {
        let Heartbeat { member: id, instance, generation } = beat;
        let (member, classic) = self.classic_member(id, instance, generation, guards)?;
        out.set(Timer::Session(self.id, id), classic.session_timeout);
        let rejoins = member.current.epoch < self.epoch()
            || match member.current.state {
                MemberState::Stable => false,
                MemberState::UnrevokedPartitions => true,
                MemberState::UnreleasedPartitions => !self.waits_for_others(id, &member.current),
            };
        if rejoins { Err(self.await_rejoin(id, out)) } else { Ok(()) }
    }

    /// Source: `ConsumerGroup.waitingOnUnreleasedPartition`.
    fn waits_for_others(&self, id: MemberId, current: &Current) -> bool {
        let lacks = |topic, index| {
            !contains(&current.assigned, topic, index) && !self.is_free(topic, index)
        };
        self.target(id).is_some_and(|target| each(target).any(|(t, index)| lacks(t, index)))
    }

    /// Who goes, if it is a classic member that is named. An operator names a static one by its
    /// instance alone.
    pub(crate) fn leaving(&self, who: Leaving) -> Result<MemberId, ErrorCode> {
        let id = match (who.instance, who.member) {
            (None, id) => id.ok_or(ErrorCode::UnknownMemberId)?,
            (Some(instance), named) => {
                let (id, _) = self.static_by(instance).ok_or(ErrorCode::UnknownMemberId)?;
                if named.is_some_and(|named| named != id) {
                    return Err(ErrorCode::FencedInstanceId);
                }
                id
            }
        };
        let classic = self.members.get(&id).is_some_and(|it| it.metadata.classic.is_some());
        if classic { Ok(id) } else { Err(ErrorCode::UnknownMemberId) }
    }

    // ---- what it has been ----

    /// Takes the whole group away. Source: `ConsumerGroup.createGroupTombstoneRecords`: in this
    /// order.
    pub(crate) fn give_way(&self, out: &mut Effects) {
        let group = self.id;
        let of = |record: fn(_, _) -> Record| self.members.keys().map(move |id| record(group, *id));
        let mut records: Vec<Record> =
            of(|group, member| Record::Current { group, member, value: None }).collect();
        records.extend(of(|group, member| Record::Target { group, member, value: None }));
        records.push(Record::TargetEpoch { group, value: None });
        records.extend(of(|group, member| Record::Member { group, member, value: None }));
        records.push(Record::ConsumerGroup { group, value: None });
        out.write(records);
        for id in self.members.keys() {
            self.cancel_timers(*id, out);
        }
    }

    /// Its classic members, each with what it was to have.
    pub(crate) fn as_classic_members(&self, without: &[MemberId]) -> Vec<classic::Member> {
        let rest = self.members.iter().filter(|(id, _)| !without.contains(id));
        rest.filter_map(|(id, member)| {
            let metadata = &member.metadata;
            let Classic { session_timeout, protocols } = metadata.classic.as_ref()?;
            let timeouts = [metadata.rebalance_timeout, *session_timeout];
            let target = self.target(*id).into_iter().flat_map(each);
            let target = target.map(|(topic, index)| PartitionId { topic, index }).collect();
            let protocols = Rc::clone(protocols);
            Some(classic::Member::new(*id, metadata.instance, timeouts, protocols, target))
        })
        .collect()
    }
}

fn first(protocols: &Protocols) -> Option<AssignorName> {
    protocols.first().map(|(name, _)| *name)
}

/// Source: `ConsumerGroupMember.Builder.maybeUpdateServerAssignorName`: a predecessor's stays.
fn metadata_of(join: &Join, assignor: Option<AssignorName>) -> MemberMetadata {
    let says = join.protocols.first().map(|(_, says)| says.topics.clone());
    MemberMetadata {
        instance: join.instance,
        rebalance_timeout: join.rebalance_timeout,
        topics: says.unwrap_or_default(),
        assignor,
        classic: Some(Classic {
            session_timeout: join.session_timeout,
            protocols: Rc::clone(&join.protocols),
        }),
    }
}

/// What it still owns. What the sticky assignor is told is what its member had: that has been given
/// up before the join, as every eager member gives up all it has.
fn owned_by(protocols: &Protocols) -> Partitions {
    let mut owned = Partitions::new();
    let says = protocols.first().filter(|(name, _)| *name != Assignor::Sticky.name());
    for id in says.into_iter().flat_map(|(_, says)| &says.owned) {
        owned.entry(id.topic).or_default().insert(id.index);
    }
    owned
}
