//! The group coordinators that this broker hosts: one for each partition of `__consumer_offsets`
//! that it leads. It brings them the time, chance and the log; refuses to know any rule of a group.
//!
//! Whatever a coordinator writes is appended here and replicated like any other record. Its
//! answers wait until that is committed. Source: spec E1; `CoordinatorRuntime`,
//! `GroupCoordinatorService`.

use super::replica::Replica;
use super::{Broker, Touch};
use crate::fact::Fact;
use crate::group::coordinator::{Coordinator, Input};
use crate::group::location::partition_of;
use crate::group::record::Record as GroupRecord;
use crate::group::{
    self, Answer, Caller, Effect, Effects, GroupName, MemberId, OFFSETS_TOPIC, Standing, Trigger,
    classic,
};
use crate::guard::Guard;
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::{Acks, NewTopic, Reply};
use crate::node::{Out, Timer};
use crate::record::Record;
use crate::rpc::reply;
use kernel::{Instant, NodeId, SortedMap, SortedSet, Span};
use std::collections::VecDeque;
use std::rc::Rc;

/// `offsets.commit.timeout.ms`: how long a write may wait for its replicas.
const WRITE_TIMEOUT: Span = Span::secs(5);
/// A timer whose work could not be written comes again after this long.
/// Source: `CoordinatorRuntime.EventBasedCoordinatorTimer`.
const RETRY: Span = Span::millis(500);
/// What a group's record takes, in bytes; only for the look of a log.
const RECORD_SIZE: u32 = 100;

/// One partition's groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shard {
    pub(crate) coordinator: Coordinator,
    timers: SortedSet<group::Timer>,
    /// What waits for records to be committed, in their order.
    waiting: VecDeque<Waiting>,
    /// Counts what it has written.
    written: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    /// Everything below this offset must be committed.
    upto: Offset,
    until: Instant,
    then: Then,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Then {
    Answer(Caller, Answer),
    Stored(group::GroupId, classic::Stored),
    /// A commit of offsets is said to be done.
    Committed(group::GroupId, Offset, Vec<(PartitionId, Offset)>),
}

impl Shard {
    /// How much it has written, as far as it knows.
    pub(crate) fn written(&self) -> u32 {
        self.written
    }
}

/// Makes the random part of member ids. Kafka's begin with the client's id; here with its number.
fn member_id(client: NodeId, random: u64) -> MemberId {
    MemberId(u64::from(client.0) << 48 | random)
}

const RANDOM_PART: u64 = 1 << 48;

impl Broker {
    // ---- who coordinates what ----

    /// After new metadata: coordinates what it leads, and nothing else.
    /// Source: `GroupCoordinatorService.onElection`, `onResignation`.
    pub(super) fn host_groups(&mut self, out: &mut Out<'_>) {
        let topic = self.image.topic_named(OFFSETS_TOPIC);
        let leads = |index: u16| {
            let replica = topic.and_then(|topic| self.replicas.get(&PartitionId { topic, index }));
            replica.is_some_and(|replica| replica.leads())
        };
        let gone: Vec<u16> = self.shards.keys().copied().filter(|index| !leads(*index)).collect();
        for index in gone {
            self.unload(index, out);
        }
        let Some(topic) = topic else { return };
        let of_topic = self.replicas.values().filter(|replica| replica.id.topic == topic);
        let led = of_topic.filter(|replica| replica.leads()).map(|replica| replica.id.index);
        let fresh: Vec<u16> = led.filter(|index| !self.shards.contains_key(index)).collect();
        for index in fresh {
            self.load_groups(PartitionId { topic, index }, out);
        }
    }

    /// Reads the whole log; that takes no time here. Source: `CoordinatorLoaderImpl`.
    fn load_groups(&mut self, id: PartitionId, out: &mut Out<'_>) {
        let Some(replica) = self.replicas.get(&id) else { return };
        let mut coordinator = Coordinator::new(Rc::clone(&self.group_config));
        let mut count = 0;
        let reads = self.profile.on(Guard::LoadBeforeServing);
        let records = replica.log.read(replica.log.start(), replica.log.end());
        for record in records.filter(|_| reads) {
            if let Some(record) = &record.of_group {
                coordinator.replay(record);
                count += 1;
            }
        }
        let written = replica.log.end() as u32;
        let mut shard =
            Shard { coordinator, timers: SortedSet::new(), waiting: VecDeque::new(), written };
        out.note(Fact::GroupsLoaded { id, records: count });
        let mut effects = Effects::default();
        shard.coordinator.loaded(out.now(), &mut effects);
        self.carry_out(id.index, &mut shard, effects, out);
        self.shards.insert(id.index, Box::new(shard));
    }

    fn unload(&mut self, index: u16, out: &mut Out<'_>) {
        let Some(mut shard) = self.shards.remove(&index) else { return };
        for timer in std::mem::take(&mut shard.timers) {
            out.cancel(Timer::Group(index, timer));
        }
        out.cancel(Timer::GroupWrites(index));
        for waiting in std::mem::take(&mut shard.waiting) {
            if let Then::Answer(to, answer) = waiting.then {
                answer_group(to, answer.refused(ErrorCode::NotCoordinator), out);
            }
        }
        let mut effects = Effects::default();
        shard.coordinator.unloaded(out.now(), &mut effects);
        for effect in effects.0 {
            if let Effect::Answer { to, answer } = effect {
                answer_group(to, answer, out);
            }
        }
        out.note(Fact::GroupsUnloaded { index });
    }

    /// Whose partition it is, if it is led. Without the topic it is asked for.
    /// Source: `KafkaApis.handleFindCoordinatorRequest`; `AutoTopicCreationManager`.
    pub(super) fn find_coordinator(
        &mut self,
        from: NodeId,
        correlation: u32,
        group: GroupName,
        out: &mut Out<'_>,
    ) {
        let found = match self.image.topic_named(OFFSETS_TOPIC) {
            Some(topic) => {
                let index = partition_of(group.hash, self.image.partition_count(topic) as u16);
                let partition = self.image.partitions.get(&PartitionId { topic, index });
                let leader = partition.and_then(|partition| partition.leader);
                leader.ok_or(ErrorCode::CoordinatorNotAvailable)
            }
            None => {
                self.create_offsets_topic(out);
                Err(ErrorCode::CoordinatorNotAvailable)
            }
        };
        reply(from, correlation, Reply::FindCoordinator(found), out);
    }

    fn create_offsets_topic(&mut self, out: &mut Out<'_>) {
        let topic = NewTopic {
            name: OFFSETS_TOPIC.to_owned(),
            partitions: self.settings.offsets_topic_partitions as u16,
            replication_factor: self.settings.offsets_topic_replication as u16,
            assignment: Vec::new(),
            configs: Vec::new(),
        };
        self.ask_for_topic(topic, out);
    }

    // ---- inputs of a coordinator ----

    pub(super) fn group_request(
        &mut self,
        caller: Caller,
        group: GroupName,
        request: group::Request,
        out: &mut Out<'_>,
    ) {
        let index = self
            .image
            .topic_named(OFFSETS_TOPIC)
            .map(|topic| partition_of(group.hash, self.image.partition_count(topic) as u16));
        let Some(index) = index.filter(|index| self.shards.contains_key(index)) else {
            let answer = Answer::refusal(&request, ErrorCode::NotCoordinator);
            return answer_group(caller, answer, out);
        };
        let (api, from, id) = (request.api(), caller.from, group.id);
        let trigger = Trigger::Request { api, from };
        let (claim, commit) = (request.claim(), request.committed());
        let (mut stale, mut taken) = (None, false);
        let done = self.coordinate(index, id, trigger, out, |coordinator, input, effects| {
            let known = claim.map(|(member, _)| coordinator.epochs_of(id, member));
            coordinator.handle(input, caller, id, request, effects);
            taken = effects.takes(caller);
            stale = claim.zip(known).filter(|((_, claimed), known)| !known.contains(claimed));
        });
        let taken = taken && done;
        if let Some(((_, claimed), _)) = stale.filter(|_| taken) {
            out.note(Fact::StaleAccepted { group: id, from, api, claimed });
        }
        if let Some(offsets) = commit.filter(|_| taken)
            && let Some(mut shard) = self.shards.remove(&index)
        {
            let end = self.group_replica(index).map_or(0, |replica| replica.log.end());
            self.wait(index, &mut shard, Then::Committed(id, end, offsets), out);
            self.shards.insert(index, shard);
        }
    }

    /// An operator commits in the name of nobody, which a group without members takes.
    /// Source: spec I2; `ConsumerGroupCommand.resetOffsets`.
    pub(super) fn reset_offsets(
        &mut self,
        group: GroupName,
        offsets: &[(PartitionId, Offset)],
        out: &mut Out<'_>,
    ) {
        let commit = group::offsets::Commit {
            member: None,
            instance: None,
            epoch: -1,
            offsets: offsets.iter().map(|(id, offset)| (*id, *offset, None)).collect(),
        };
        let operator = Caller { from: OPERATOR, correlation: 0 };
        out.note(Fact::OffsetsReset { group: group.id, offsets: offsets.to_vec() });
        self.group_request(operator, group, group::Request::OffsetCommit(commit), out);
    }

    pub(super) fn group_timer(&mut self, index: u16, timer: group::Timer, out: &mut Out<'_>) {
        let Some(shard) = self.shards.get_mut(&index) else { return };
        shard.timers.remove(&timer);
        let Some(group) = timer.group() else {
            return self.coordinate_all(index, timer, out);
        };
        let trigger = Trigger::Timer(timer);
        let done = self.coordinate(index, group, trigger, out, |coordinator, input, effects| {
            coordinator.fire(input, timer, effects);
        });
        if !done {
            self.set_group_timer(index, timer, RETRY, out);
        }
    }

    /// A timer that concerns all groups of a partition.
    fn coordinate_all(&mut self, index: u16, timer: group::Timer, out: &mut Out<'_>) {
        self.with_shard(index, out, |coordinator, input, effects| {
            coordinator.fire(input, timer, effects);
        });
    }

    fn set_group_timer(&mut self, index: u16, timer: group::Timer, after: Span, out: &mut Out<'_>) {
        if let Some(shard) = self.shards.get_mut(&index) {
            shard.timers.insert(timer);
            out.set(Timer::Group(index, timer), after);
        }
    }

    /// One input of one group; says what became of it. False when nothing could be written.
    fn coordinate(
        &mut self,
        index: u16,
        group: group::GroupId,
        trigger: Trigger,
        out: &mut Out<'_>,
        what: impl FnOnce(&mut Coordinator, Input<'_>, &mut Effects),
    ) -> bool {
        let standing = |broker: &Broker| -> Option<Standing> {
            broker.shards.get(&index)?.coordinator.standing(group)
        };
        let before = standing(self);
        let done = self.with_shard(index, out, what);
        let after = standing(self);
        if after != before {
            out.note(Fact::GroupChanged(Box::new(GroupChanged { group, before, after, trigger })));
        }
        done
    }

    /// Where the log takes no records nothing changes, and whoever asked may try again.
    /// Source: `CoordinatorRuntime`: the state goes back to what is written.
    fn with_shard(
        &mut self,
        index: u16,
        out: &mut Out<'_>,
        what: impl FnOnce(&mut Coordinator, Input<'_>, &mut Effects),
    ) -> bool {
        let Some(mut shard) = self.shards.remove(&index) else { return false };
        let topics = self.image.topic_sizes();
        let mut effects = Effects::default();
        let before = (!self.takes_group_records(index)).then(|| shard.coordinator.clone());
        {
            let now = out.now();
            let mut fresh = |client| member_id(client, out.draw("member", RANDOM_PART));
            let input = Input { now, topics: &topics, fresh: &mut fresh };
            what(&mut shard.coordinator, input, &mut effects);
        }
        let writes = effects.0.iter().any(|effect| matches!(effect, Effect::Write(_)));
        let undone = before.filter(|_| writes);
        let done = undone.is_none();
        if let Some(before) = undone {
            shard.coordinator = before;
            for effect in effects.0 {
                if let Effect::Answer { to, answer } = effect {
                    let answer = answer.refused(ErrorCode::CoordinatorNotAvailable);
                    answer_group(to, answer, out);
                }
            }
        } else {
            self.carry_out(index, &mut shard, effects, out);
        }
        self.shards.insert(index, shard);
        done
    }

    fn takes_group_records(&self, index: u16) -> bool {
        let replica = self.group_replica(index);
        replica.is_some_and(|replica| {
            super::produce::may_append(replica, Acks::All, self.profile.guards).is_ok()
        })
    }

    fn group_replica(&self, index: u16) -> Option<&Replica> {
        let topic = self.image.topic_named(OFFSETS_TOPIC)?;
        self.replicas.get(&PartitionId { topic, index }).map(|replica| &**replica)
    }

    // ---- effects ----

    fn carry_out(&mut self, index: u16, shard: &mut Shard, effects: Effects, out: &mut Out<'_>) {
        for effect in effects.0 {
            match effect {
                Effect::Answer { to, answer } => {
                    self.wait(index, shard, Then::Answer(to, answer), out);
                }
                Effect::WhenWritten(group, stored) => {
                    self.wait(index, shard, Then::Stored(group, stored), out);
                }
                Effect::Set { timer, after } => {
                    shard.timers.insert(timer);
                    out.set(Timer::Group(index, timer), after);
                }
                Effect::Cancel(timer) => {
                    shard.timers.remove(&timer);
                    out.cancel(Timer::Group(index, timer));
                }
                Effect::Write(records) => self.write_group(index, shard, records, out),
            }
        }
    }

    fn write_group(
        &mut self,
        index: u16,
        shard: &mut Shard,
        records: Vec<GroupRecord>,
        out: &mut Out<'_>,
    ) {
        let Some(topic) = self.image.topic_named(OFFSETS_TOPIC) else { return };
        let (client, timestamp) = (self.me, out.now());
        tell_expired(&records, out);
        let records = records.into_iter().map(|record| {
            shard.written = shard.written.wrapping_add(1);
            Record {
                epoch: 0,
                client,
                value: shard.written,
                key: None,
                timestamp,
                size: RECORD_SIZE,
                stamp: None,
                of_group: Some(Rc::new(record)),
            }
        });
        let id = PartitionId { topic, index };
        // A directory that has failed gives the leadership up; that unloads the groups.
        let _ = self.append(id, client, Acks::All, records.collect(), out);
    }

    /// Done now, or when all that is written so far is committed.
    fn wait(&mut self, index: u16, shard: &mut Shard, then: Then, out: &mut Out<'_>) {
        let Some(replica) = self.group_replica(index) else { return };
        let (upto, mark) = (replica.log.end(), replica.log.high_watermark());
        if upto <= mark || !self.profile.on(Guard::GroupAnswersWait) {
            return self.go_on(index, shard, then, Ok(()), out);
        }
        let until = out.now() + WRITE_TIMEOUT;
        if shard.waiting.is_empty() {
            out.set(Timer::GroupWrites(index), WRITE_TIMEOUT);
        }
        shard.waiting.push_back(Waiting { upto, until, then });
    }

    fn go_on(
        &mut self,
        index: u16,
        shard: &mut Shard,
        then: Then,
        result: Result<(), ErrorCode>,
        out: &mut Out<'_>,
    ) {
        match then {
            Then::Answer(to, answer) => {
                let answer = match result {
                    Ok(()) => answer,
                    Err(error) => answer.refused(error),
                };
                answer_group(to, answer, out);
            }
            Then::Committed(group, at, offsets) => {
                if result.is_ok() {
                    out.note(Fact::CommitStored { group, at, offsets });
                }
            }
            Then::Stored(group, stored) => {
                let before = shard.coordinator.standing(group);
                let mut effects = Effects::default();
                shard.coordinator.written(out.now(), group, stored, result, &mut effects);
                let after = shard.coordinator.standing(group);
                if before != after {
                    let trigger = Trigger::Written;
                    let changed = GroupChanged { group, before, after, trigger };
                    out.note(Fact::GroupChanged(Box::new(changed)));
                }
                self.carry_out(index, shard, effects, out);
            }
        }
    }

    /// Records of groups may have been committed.
    pub(super) fn complete_groups(&mut self, out: &mut Out<'_>) {
        let Some(topic) = self.image.topic_named(OFFSETS_TOPIC) else { return };
        let waiting = self.shards.iter().filter(|(_, shard)| !shard.waiting.is_empty());
        let moved =
            |index: &u16| self.is_touched(PartitionId { topic, index: *index }, Touch::Mark);
        let due: Vec<u16> = waiting.map(|(index, _)| *index).filter(moved).collect();
        for index in due {
            self.settle_group(index, |waiting, mark, _| waiting.upto <= mark, Ok(()), out);
        }
    }

    /// [`Timer::GroupWrites`]: who has waited for too long is told so.
    pub(super) fn group_writes_timed_out(&mut self, index: u16, out: &mut Out<'_>) {
        // Source: `GroupCoordinatorService.handleOperationException`.
        let error = Err(ErrorCode::CoordinatorNotAvailable);
        self.settle_group(index, |waiting, _, now| waiting.until <= now, error, out);
    }

    fn settle_group(
        &mut self,
        index: u16,
        is_over: impl Fn(&Waiting, Offset, Instant) -> bool,
        result: Result<(), ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let Some(mut shard) = self.shards.remove(&index) else { return };
        let mark = self.group_replica(index).map_or(0, |replica| replica.log.high_watermark());
        while shard.waiting.front().is_some_and(|first| is_over(first, mark, out.now())) {
            let Some(first) = shard.waiting.pop_front() else { break };
            self.go_on(index, &mut shard, first.then, result, out);
        }
        match shard.waiting.front() {
            Some(next) => out.set(Timer::GroupWrites(index), next.until.since(out.now())),
            None => out.cancel(Timer::GroupWrites(index)),
        }
        self.shards.insert(index, shard);
    }
}

/// A group before and after an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupChanged {
    pub(crate) group: group::GroupId,
    pub(crate) before: Option<Standing>,
    pub(crate) after: Option<Standing>,
    pub(crate) trigger: Trigger,
}

/// An offset's record without a value is one that is over its retention.
fn tell_expired(records: &[GroupRecord], out: &mut Out<'_>) {
    let mut expired: SortedMap<group::GroupId, Vec<PartitionId>> = SortedMap::new();
    for record in records {
        if let GroupRecord::Offset { group, partition, value: None } = record {
            expired.entry(*group).or_default().push(*partition);
        }
    }
    for (group, gone) in expired {
        out.note(Fact::OffsetsExpired { group, gone });
    }
}

/// The operator's tool: it waits for no answer here.
const OPERATOR: NodeId = NodeId(0);

fn answer_group(to: Caller, answer: Answer, out: &mut Out<'_>) {
    if let Some(error) = answer.error() {
        out.note(Fact::GroupRefused { to: to.from, api: answer.api(), error });
    }
    if to.from != OPERATOR {
        reply(to.from, to.correlation, Reply::Group(Box::new(answer)), out);
    }
}

/// The shards of a broker.
pub(super) type Shards = SortedMap<u16, Box<Shard>>;
