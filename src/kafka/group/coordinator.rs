//! All groups that one partition of `__consumer_offsets` holds: requests find their group here,
//! groups begin and end here. Refuses to know the rules inside of a group.
//! Source: `GroupCoordinatorService`, `GroupCoordinatorShard`.

use super::classic::{ClassicGroup, Join, JoinRefused, Leaving, Left, State, Stored};
use super::consumer::{Around, ConsumerGroup, Heartbeat, JOIN, LEAVE, LEAVE_STATIC, Reply};
use super::migration::{downgrade, leaves_classic, upgrade};
use super::offsets::{self, Base, Commit, Fetch, Fetched, Offsets};
use super::record::Record;
use super::{
    Answer, Caller, Config, Effect, Effects, Epoch, GroupId, Kind, MemberId, Request, Standing,
    Timer,
};
use crate::guard::Guard;
use crate::id::{ErrorCode, TopicId};
use kernel::{Instant, NodeId, SortedMap, SortedSet};
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    Classic(Box<ClassicGroup>),
    Consumer(Box<ConsumerGroup>),
}

/// One input: when, and what the world is like. `fresh` makes the random part of new member ids.
pub(crate) struct Input<'a> {
    pub(crate) now: Instant,
    pub(crate) topics: &'a SortedMap<TopicId, u16>,
    pub(crate) fresh: &'a mut dyn FnMut(NodeId) -> MemberId,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Coordinator {
    config: Rc<Config>,
    groups: SortedMap<GroupId, Group>,
    offsets: Offsets,
}

impl Coordinator {
    pub(crate) fn new(config: Rc<Config>) -> Coordinator {
        Coordinator { config, groups: SortedMap::new(), offsets: Offsets::default() }
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(&id)
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.groups.iter().map(|(id, group)| (*id, group))
    }

    /// Under which generation or epochs a member may speak; none when it is no member.
    pub(crate) fn epochs_of(&self, id: GroupId, member: MemberId) -> Vec<Epoch> {
        match self.groups.get(&id) {
            Some(Group::Classic(group)) if group.members().any(|(known, _)| known == member) => {
                vec![group.generation()]
            }
            Some(Group::Consumer(group)) => match group.members().get(&member) {
                Some(known) => vec![known.current.epoch, known.current.previous_epoch],
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// What is seen of a group from outside.
    pub(crate) fn standing(&self, id: GroupId) -> Option<Standing> {
        Some(match self.groups.get(&id)? {
            Group::Classic(group) => Standing {
                kind: Kind::Classic,
                state: group.state().name(),
                epoch: group.generation(),
                members: group.members().count(),
            },
            Group::Consumer(group) => Standing {
                kind: Kind::Consumer,
                state: group.state().name(),
                epoch: group.epoch(),
                members: group.members().len(),
            },
        })
    }

    pub(crate) fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    pub(crate) fn handle(
        &mut self,
        input: Input<'_>,
        from: Caller,
        id: GroupId,
        request: Request,
        out: &mut Effects,
    ) {
        let now = input.now;
        match request {
            Request::Join(join) => self.join(input, from, id, &join, out),
            Request::Sync(sync) => {
                let config = Rc::clone(&self.config);
                match self.groups.get_mut(&id) {
                    Some(Group::Classic(group)) => group.sync(now, from, &sync, &config, out),
                    Some(Group::Consumer(group)) => {
                        let result = group.sync(&sync, config.guards, out);
                        out.answer(from, Answer::Sync(result));
                    }
                    None => out.answer(from, Answer::Sync(Err(ErrorCode::UnknownMemberId))),
                }
            }
            Request::Heartbeat(beat) => {
                let config = Rc::clone(&self.config);
                let result = match self.groups.get_mut(&id) {
                    Some(Group::Classic(group)) => group.heartbeat(beat, &config, out),
                    Some(Group::Consumer(group)) => {
                        group.classic_heartbeat(beat, config.guards, out)
                    }
                    None => Err(ErrorCode::UnknownMemberId),
                };
                out.answer(from, Answer::Heartbeat(result));
            }
            Request::Leave(leaving) => self.leave(&input, from, id, &leaving, out),
            Request::ConsumerHeartbeat(beat) => {
                let valid = self.validate(&beat);
                let result = valid.and_then(|()| self.consumer_heartbeat(&input, id, &beat, out));
                out.answer(from, Answer::ConsumerHeartbeat(result));
            }
            Request::OffsetCommit(commit) => {
                let result = self.commit(now, id, &commit, out);
                out.answer(from, Answer::OffsetCommit(result));
            }
            Request::OffsetFetch(fetch) => {
                out.answer(from, Answer::OffsetFetch(self.fetch(id, &fetch)));
            }
        }
    }

    pub(crate) fn fire(&mut self, input: Input<'_>, timer: Timer, out: &mut Effects) {
        let (now, config) = (input.now, Rc::clone(&self.config));
        let Some(id) = timer.group() else { return self.expire_offsets(now, out) };
        let of_session = matches!(timer, Timer::Heartbeat(..) | Timer::Session(..));
        if of_session && !config.guards.on(Guard::SilentGo) {
            return;
        }
        match (self.groups.get_mut(&id), timer) {
            (Some(Group::Classic(group)), Timer::Join(_)) => {
                group.join_timed_out(now, &config, out);
            }
            (Some(Group::Classic(group)), Timer::Sync(_)) => {
                group.sync_timed_out(now, &config, out);
            }
            (Some(Group::Classic(group)), Timer::Heartbeat(_, member)) => {
                group.session_timed_out(now, member, &config, out);
            }
            (Some(Group::Consumer(group)), _) => {
                let gone = group.timed_out(timer);
                self.fence(&input, id, gone.as_slice(), out);
            }
            // A timer of a group that is no more, or has changed its kind.
            _ => {}
        }
    }

    /// What a group waited to have written is committed, or could not be.
    pub(crate) fn written(
        &mut self,
        now: Instant,
        id: GroupId,
        stored: Stored,
        result: Result<(), ErrorCode>,
        out: &mut Effects,
    ) {
        let config = Rc::clone(&self.config);
        if let Some(group) = self.classic(id) {
            group.written(now, stored, result, &config, out);
        }
    }

    /// A group begins when somebody without an id comes; who has an id must have had it from here.
    fn join(
        &mut self,
        input: Input<'_>,
        from: Caller,
        id: GroupId,
        join: &Join,
        out: &mut Effects,
    ) {
        let (config, now) = (Rc::clone(&self.config), input.now);
        let refuse = |member, error| Answer::Join(Err(JoinRefused { member, error }));
        let (least, most) = config.session_timeouts;
        if join.session_timeout < least || join.session_timeout > most {
            let error = ErrorCode::InvalidSessionTimeout;
            return out.answer(from, refuse(join.member, error));
        }
        if let Some(Group::Consumer(group)) = self.groups.get(&id) {
            if !group.members().is_empty() {
                return self.join_consumer_group(input, from, id, join, out);
            }
            out.write(group.tombstones());
            self.groups.remove(&id);
        }
        let is_new = !self.groups.contains_key(&id);
        if is_new && join.member.is_some() {
            return out.answer(from, refuse(join.member, ErrorCode::UnknownMemberId));
        }
        let mark = out.0.len();
        let begin = || Group::Classic(Box::new(ClassicGroup::new(id, now)));
        if let Group::Classic(group) = self.groups.entry(id).or_insert_with(begin) {
            group.join(now, from, join, &config, input.fresh, out);
            let wrote = out.0[mark..].iter().any(|effect| matches!(effect, Effect::Write(_)));
            if is_new && !wrote {
                out.0.insert(mark, Effect::Write(vec![ClassicGroup::new(id, now).record()]));
            }
        }
    }

    /// A classic member joins a group of the consumer protocol. Where a static one takes the place
    /// of the last that spoke that, the group is a classic one again.
    /// Source: `validateOnlineDowngradeWithReplacedMember`.
    fn join_consumer_group(
        &mut self,
        input: Input<'_>,
        from: Caller,
        id: GroupId,
        join: &Join,
        out: &mut Effects,
    ) {
        let (config, now) = (Rc::clone(&self.config), input.now);
        let around = Around { config: &config, topics: input.topics };
        let Some(Group::Consumer(group)) = self.groups.get_mut(&id) else { return };
        let fresh = if join.member.is_none() { (input.fresh)(from.from) } else { MemberId(0) };
        let entered = match group.join(join, fresh, around, out) {
            Ok(entered) => entered,
            Err(refused) => return out.answer(from, Answer::Join(Err(refused))),
        };
        if entered.succeeds && leaves_classic(group, &[], &config) {
            let mut group = downgrade(id, group, &[], entered.epoch, now, out);
            if entered.changed {
                group.prepare_rebalance(now, &config, out);
            }
            self.groups.insert(id, Group::Classic(Box::new(group)));
        }
        out.answer(from, Answer::Join(Ok(entered.joined)));
    }

    fn leave(
        &mut self,
        input: &Input<'_>,
        from: Caller,
        id: GroupId,
        leaving: &[Leaving],
        out: &mut Effects,
    ) {
        let config = Rc::clone(&self.config);
        match self.groups.get_mut(&id) {
            Some(Group::Classic(group)) => group.leave(input.now, from, leaving, &config, out),
            Some(Group::Consumer(group)) => {
                let found = leaving.iter().map(|who| (*who, group.leaving(*who)));
                let found: Vec<(Leaving, Result<MemberId, ErrorCode>)> = found.collect();
                let gone: Vec<MemberId> = found.iter().filter_map(|(_, it)| it.ok()).collect();
                self.fence(input, id, &gone, out);
                let left = found.iter().map(|(who, it)| Left { who: *who, error: it.err() });
                out.answer(from, Answer::Leave(Ok(left.collect())));
            }
            None => out.answer(from, Answer::Leave(Err(ErrorCode::UnknownMemberId))),
        }
    }

    /// Members of the consumer protocol go. If they were the last who spoke it, a classic group is
    /// left, and meets.
    fn fence(&mut self, input: &Input<'_>, id: GroupId, gone: &[MemberId], out: &mut Effects) {
        let (config, now) = (Rc::clone(&self.config), input.now);
        let Some(Group::Consumer(group)) = self.groups.get_mut(&id) else { return };
        if gone.is_empty() {
            return;
        }
        if leaves_classic(group, gone, &config) {
            let mut group = downgrade(id, group, gone, group.epoch(), now, out);
            group.prepare_rebalance(now, &config, out);
            self.groups.insert(id, Group::Classic(Box::new(group)));
        } else {
            group.fence(gone, Around { config: &config, topics: input.topics }, out);
        }
    }

    /// Source: `throwIfConsumerGroupHeartbeatRequestIsInvalid`.
    fn validate(&self, beat: &Heartbeat) -> Result<(), ErrorCode> {
        let complete = beat.rebalance_timeout.is_some()
            && beat.topics.is_some()
            && beat.owned.as_ref().is_some_and(SortedMap::is_empty);
        let valid = match beat.epoch {
            JOIN => complete,
            LEAVE_STATIC => beat.instance.is_some(),
            epoch => epoch >= LEAVE,
        };
        let known = |name| self.config.assignors.iter().any(|assignor| assignor.name() == name);
        if !valid {
            Err(ErrorCode::InvalidRequest)
        } else if beat.assignor.is_some_and(|name| !known(name)) {
            Err(ErrorCode::UnsupportedAssignor)
        } else {
            Ok(())
        }
    }

    /// A group begins with the first member that joins. A classic group without members makes way,
    /// one with members is taken over. Source: `getOrMaybeCreateConsumerGroup`.
    fn consumer(
        &mut self,
        id: GroupId,
        beat: &Heartbeat,
        out: &mut Effects,
    ) -> Result<(), ErrorCode> {
        let config = Rc::clone(&self.config);
        let group = match self.groups.get_mut(&id) {
            Some(Group::Consumer(_)) => return Ok(()),
            _ if beat.epoch != JOIN => return Err(ErrorCode::GroupIdNotFound),
            Some(Group::Classic(group)) if group.state() != State::Empty => {
                upgrade(id, group, &config, out)?
            }
            Some(Group::Classic(_)) => {
                out.write(vec![Record::ClassicGroup { group: id, value: None }]);
                ConsumerGroup::new(id)
            }
            None => ConsumerGroup::new(id),
        };
        self.groups.insert(id, Group::Consumer(Box::new(group)));
        Ok(())
    }

    /// A heartbeat whose form is right.
    pub(crate) fn consumer_heartbeat(
        &mut self,
        input: &Input<'_>,
        id: GroupId,
        beat: &Heartbeat,
        out: &mut Effects,
    ) -> Result<Reply, ErrorCode> {
        self.consumer(id, beat, out)?;
        if matches!(beat.epoch, LEAVE | LEAVE_STATIC) {
            let (reply, gone) = self.modern(id)?.leave(beat, out)?;
            self.fence(input, id, gone.as_slice(), out);
            return Ok(reply);
        }
        let config = Rc::clone(&self.config);
        let around = Around { config: &config, topics: input.topics };
        self.modern(id)?.heartbeat(beat, around, out)
    }

    fn classic(&mut self, id: GroupId) -> Option<&mut ClassicGroup> {
        match self.groups.get_mut(&id)? {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    fn modern(&mut self, id: GroupId) -> Result<&mut ConsumerGroup, ErrorCode> {
        match self.groups.get_mut(&id) {
            Some(Group::Consumer(group)) => Ok(group),
            _ => Err(ErrorCode::GroupIdNotFound),
        }
    }

    /// Whoever commits without a group, and without claiming to be a member, has one of its own.
    fn commit(
        &mut self,
        now: Instant,
        id: GroupId,
        commit: &Commit,
        out: &mut Effects,
    ) -> Result<(), ErrorCode> {
        match self.groups.get(&id) {
            None if commit.epoch >= 0 => return Err(ErrorCode::GroupIdNotFound),
            None => {
                self.groups.insert(id, Group::Classic(Box::new(ClassicGroup::new(id, now))));
            }
            Some(Group::Consumer(group)) => group.validate_commit(commit, &self.config)?,
            Some(Group::Classic(group)) => {
                group.validate_commit(commit, &self.config)?;
                group.committed(commit, out);
            }
        }
        let records = offsets::records(id, commit, now);
        for record in &records {
            self.replay(record);
        }
        out.write(records);
        Ok(())
    }

    /// Who asks about a group that nobody knows is told of no offsets.
    fn fetch(&self, id: GroupId, fetch: &Fetch) -> Result<Fetched, ErrorCode> {
        if let Some(Group::Consumer(group)) = self.groups.get(&id) {
            group.validate_fetch(fetch)?;
        }
        Ok(self.offsets.fetch(id, fetch.partitions.as_deref()))
    }

    /// [`Timer::ExpireOffsets`]: offsets beyond their retention go, and with the last of them a
    /// group without members. Source: `cleanupExpiredGroupMetadata`.
    fn expire_offsets(&mut self, now: Instant, out: &mut Effects) {
        out.set(Timer::ExpireOffsets, self.config.offsets_check_interval);
        let ids: SortedSet<GroupId> =
            self.groups.keys().copied().chain(self.offsets.groups()).collect();
        let mut records = Vec::new();
        for id in ids {
            let Some(group) = self.groups.get(&id) else { continue };
            let base = match group {
                Group::Classic(group) => group.expiry(),
                Group::Consumer(_) => Some(Base::Commit),
            };
            let Some(base) = base else { continue };
            let subscribed = |topic| match group {
                Group::Classic(group) => group.is_subscribed(topic),
                Group::Consumer(group) => group.is_subscribed(topic),
            };
            let retention = self.config.offsets_retention;
            let (gone, all) = self.offsets.expired(id, base, subscribed, retention, now);
            records.extend(gone);
            match group {
                Group::Classic(group) if all && group.state() == State::Empty => {
                    records.push(Record::ClassicGroup { group: id, value: None });
                }
                Group::Consumer(group) if all && group.members().is_empty() => {
                    records.extend(group.tombstones());
                }
                _ => {}
            }
        }
        for record in &records {
            self.replay(record);
        }
        out.write(records);
    }

    /// Takes over a record: when it is written here, and when this broker becomes coordinator.
    pub(crate) fn replay(&mut self, record: &Record) {
        match record {
            Record::Offset { group, partition, value } => {
                let simple = || Group::Classic(Box::new(ClassicGroup::new(*group, Instant::ZERO)));
                if value.is_some() {
                    self.groups.entry(*group).or_insert_with(simple);
                }
                self.offsets.replay(*group, *partition, *value);
            }
            Record::ClassicGroup { group, value: Some(value) } => {
                let loaded = Box::new(ClassicGroup::from_record(*group, value));
                self.groups.insert(*group, Group::Classic(loaded));
            }
            Record::ClassicGroup { group, value: None }
            | Record::ConsumerGroup { group, value: None } => {
                self.groups.remove(group);
            }
            Record::ConsumerGroup { group, .. }
            | Record::Member { group, .. }
            | Record::TargetEpoch { group, .. }
            | Record::Target { group, .. }
            | Record::Current { group, .. } => self.replay_consumer(*group, record),
        }
    }

    /// A tombstone does not begin a group.
    fn replay_consumer(&mut self, id: GroupId, record: &Record) {
        let takes_away = matches!(
            record,
            Record::Member { value: None, .. }
                | Record::TargetEpoch { value: None, .. }
                | Record::Target { value: None, .. }
                | Record::Current { value: None, .. }
        );
        if !takes_away && !matches!(self.groups.get(&id), Some(Group::Consumer(_))) {
            self.groups.insert(id, Group::Consumer(Box::new(ConsumerGroup::new(id))));
        }
        if let Some(Group::Consumer(group)) = self.groups.get_mut(&id) {
            group.replay(record);
        }
    }

    /// This broker has become the coordinator of what it has replayed: timers begin anew.
    pub(crate) fn loaded(&mut self, now: Instant, out: &mut Effects) {
        let config = Rc::clone(&self.config);
        out.set(Timer::ExpireOffsets, config.offsets_check_interval);
        for group in self.groups.values_mut() {
            match group {
                Group::Classic(group) => group.loaded(now, &config, out),
                Group::Consumer(group) => group.loaded(&config, out),
            }
        }
    }

    /// This broker is the coordinator no longer.
    pub(crate) fn unloaded(mut self, now: Instant, out: &mut Effects) {
        for group in self.groups.values_mut() {
            if let Group::Classic(group) = group {
                group.unloaded(now, out);
            }
        }
    }
}
