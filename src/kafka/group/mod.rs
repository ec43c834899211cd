//! The group coordinator's rules as pure state machines: a request or a timer goes in, answers,
//! timers and records for `__consumer_offsets` come out.
//!
//! It refuses to know a clock, chance, a disk or a network: the broker that hosts it brings the
//! time and the random part of new ids, writes the records and tells when they are committed, and
//! holds every answer back until the records before it are. Source: spec E1-E3;
//! `GroupMetadataManager`, `OffsetMetadataManager`, `CoordinatorRuntime`.

pub(crate) mod classic;
pub(crate) mod consumer;
pub(crate) mod coordinator;
pub(crate) mod location;
pub(crate) mod migration;
pub(crate) mod offsets;
pub(crate) mod record;
#[cfg(any(test, feature = "conform"))]
pub(crate) mod rehearsal;

use crate::assign::server::Assignor;
use crate::guard::Guards;
use crate::id::{ErrorCode, Offset, PartitionId, TopicId};
use kernel::{NodeId, SortedMap, SortedSet, Span};
use migration::MigrationPolicy;
use record::Record;
use std::rc::Rc;

/// A group, by its place in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub(crate) u16);

/// The topic that every group is kept in.
pub(crate) const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// A group as clients name it: its number here, and the hash of its name, which says where its
/// coordinator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    pub(crate) id: GroupId,
    pub(crate) hash: i32,
}

/// By which protocol a group is coordinated. Source: `Group.GroupType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Classic,
    Consumer,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Classic => "Classic",
            Kind::Consumer => "Consumer",
        }
    }
}

/// What is seen of a group from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Standing {
    pub(crate) kind: Kind,
    pub(crate) state: &'static str,
    /// Generation of a classic group, epoch of one of the consumer protocol.
    pub(crate) epoch: Epoch,
    pub(crate) members: usize,
}

/// What made a group change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Trigger {
    Request {
        api: &'static str,
        from: NodeId,
    },
    Timer(Timer),
    /// Records that it waited for are committed.
    Written,
}

/// A member. Kafka's ids end in a random UUID; this is the random part alone.
///
/// Where Kafka takes "the first" of a hash map of members (a new leader), chance decides, as the
/// hash of a random id is random. Here the lowest random number is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub(crate) u64);

/// `group.instance.id`: names a static member over its restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InstanceId(pub(crate) u16);

/// `generationId` and `memberEpoch`: signed, as negative numbers have meanings of their own.
pub(crate) type Epoch = i32;

/// The name of an assignor: a protocol of the classic kind, or a server assignor.
pub(crate) type AssignorName = &'static str;

/// What a leader has decided for a member, as it came.
pub(crate) type Assigned = Rc<[PartitionId]>;

/// Partitions by topic; no topic without partitions.
pub(crate) type Partitions = SortedMap<TopicId, SortedSet<u16>>;

/// Who waits for an answer, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Caller {
    pub(crate) from: NodeId,
    pub(crate) correlation: u32,
}

/// What a member tells of itself in each of its protocols. Source: `ConsumerProtocolSubscription`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Subscription {
    pub(crate) topics: SortedSet<TopicId>,
    /// Partitions that it still holds, and since which generation: for the sticky assignors.
    pub(crate) owned: Vec<PartitionId>,
    pub(crate) generation: Epoch,
}

/// Timers of all groups. Source: the timer keys of `GroupMetadataManager`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The join phase of a classic group ends.
    Join(GroupId),
    /// The members of a classic group must have synced.
    Sync(GroupId),
    /// The session of a classic member, or of a member id that was handed out.
    Heartbeat(GroupId, MemberId),
    /// The session of a member of the consumer protocol.
    Session(GroupId, MemberId),
    /// A member of the consumer protocol must have given up what it was told to.
    Rebalance(GroupId, MemberId),
    /// A classic member of a group of the consumer protocol was told to join again.
    ClassicJoin(GroupId, MemberId),
    /// A classic member of a group of the consumer protocol has joined, and must sync.
    ClassicSync(GroupId, MemberId),
    /// Offsets that nobody needs any more are looked for.
    ExpireOffsets,
}

impl Timer {
    /// The group that it is of; none when it is of all.
    pub(crate) fn group(self) -> Option<GroupId> {
        match self {
            Timer::Join(id) | Timer::Sync(id) => Some(id),
            Timer::Heartbeat(id, _) | Timer::Session(id, _) | Timer::Rebalance(id, _) => Some(id),
            Timer::ClassicJoin(id, _) | Timer::ClassicSync(id, _) => Some(id),
            Timer::ExpireOffsets => None,
        }
    }
}

impl MemberId {
    /// The client that it was given to.
    pub(crate) fn client(self) -> NodeId {
        NodeId((self.0 >> 48) as u16)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    Answer {
        to: Caller,
        answer: Answer,
    },
    Set {
        timer: Timer,
        after: Span,
    },
    Cancel(Timer),
    /// Appended to the group's partition of `__consumer_offsets`.
    Write(Vec<Record>),
    /// Handed back when all records written so far are committed, or could not be.
    WhenWritten(GroupId, classic::Stored),
}

/// What a group wants done, in order.
#[derive(Debug, Default)]
pub(crate) struct Effects(pub(crate) Vec<Effect>);

impl Effects {
    pub(crate) fn answer(&mut self, to: Caller, answer: Answer) {
        self.0.push(Effect::Answer { to, answer });
    }

    pub(crate) fn set(&mut self, timer: Timer, after: Span) {
        self.0.push(Effect::Set { timer, after });
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        self.0.push(Effect::Cancel(timer));
    }

    pub(crate) fn write(&mut self, records: Vec<Record>) {
        if !records.is_empty() {
            self.0.push(Effect::Write(records));
        }
    }

    /// Whether a request is accepted; one that has to wait is, for now.
    pub(crate) fn takes(&self, from: Caller) -> bool {
        let refused = |effect: &Effect| match effect {
            Effect::Answer { to, answer } => *to == from && answer.error().is_some(),
            _ => false,
        };
        !self.0.iter().any(refused)
    }

    pub(crate) fn when_written(&mut self, group: GroupId, stored: classic::Stored) {
        self.0.push(Effect::WhenWritten(group, stored));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    Join(classic::Join),
    Sync(classic::Sync),
    Heartbeat(classic::Heartbeat),
    Leave(Vec<classic::Leaving>),
    ConsumerHeartbeat(consumer::Heartbeat),
    OffsetCommit(offsets::Commit),
    OffsetFetch(offsets::Fetch),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    Join(Result<classic::Joined, classic::JoinRefused>),
    Sync(Result<classic::Synced, ErrorCode>),
    Heartbeat(Result<(), ErrorCode>),
    Leave(Result<Vec<classic::Left>, ErrorCode>),
    ConsumerHeartbeat(Result<consumer::Reply, ErrorCode>),
    OffsetCommit(Result<(), ErrorCode>),
    OffsetFetch(Result<offsets::Fetched, ErrorCode>),
}

impl Request {
    /// The API's name in Kafka.
    pub(crate) fn api(&self) -> &'static str {
        match self {
            Request::Join(_) => "JoinGroup",
            Request::Sync(_) => "SyncGroup",
            Request::Heartbeat(_) => "Heartbeat",
            Request::Leave(_) => "LeaveGroup",
            Request::ConsumerHeartbeat(_) => "ConsumerGroupHeartbeat",
            Request::OffsetCommit(_) => "OffsetCommit",
            Request::OffsetFetch(_) => "OffsetFetch",
        }
    }

    /// Who speaks, and under which generation or epoch; nothing of those that join or leave, or
    /// that speak outside of a group.
    pub(crate) fn claim(&self) -> Option<(MemberId, Epoch)> {
        match self {
            Request::Sync(sync) => Some((sync.member, sync.generation)),
            Request::Heartbeat(beat) => Some((beat.member, beat.generation)),
            Request::ConsumerHeartbeat(beat) => Some((beat.member, beat.epoch)),
            Request::OffsetCommit(commit) => Some((commit.member?, commit.epoch)),
            _ => None,
        }
        .filter(|(_, epoch)| *epoch > 0)
    }

    /// The offsets that are to be written down.
    pub(crate) fn committed(&self) -> Option<Vec<(PartitionId, Offset)>> {
        match self {
            Request::OffsetCommit(commit) => {
                Some(commit.offsets.iter().map(|(id, offset, _)| (*id, *offset)).collect())
            }
            _ => None,
        }
    }
}

impl Answer {
    pub(crate) fn api(&self) -> &'static str {
        match self {
            Answer::Join(_) => "JoinGroup",
            Answer::Sync(_) => "SyncGroup",
            Answer::Heartbeat(_) => "Heartbeat",
            Answer::Leave(_) => "LeaveGroup",
            Answer::ConsumerHeartbeat(_) => "ConsumerGroupHeartbeat",
            Answer::OffsetCommit(_) => "OffsetCommit",
            Answer::OffsetFetch(_) => "OffsetFetch",
        }
    }

    pub(crate) fn error(&self) -> Option<ErrorCode> {
        match self {
            Answer::Join(result) => result.as_ref().err().map(|refused| refused.error),
            Answer::Sync(result) => result.as_ref().err().copied(),
            Answer::Heartbeat(result) | Answer::OffsetCommit(result) => result.err(),
            Answer::Leave(result) => result.as_ref().err().copied(),
            Answer::ConsumerHeartbeat(result) => result.as_ref().err().copied(),
            Answer::OffsetFetch(result) => result.as_ref().err().copied(),
        }
    }

    /// The same kind of answer, as a refusal.
    pub(crate) fn refused(&self, error: ErrorCode) -> Answer {
        match self {
            Answer::Join(_) => Answer::Join(Err(classic::JoinRefused { member: None, error })),
            Answer::Sync(_) => Answer::Sync(Err(error)),
            Answer::Heartbeat(_) => Answer::Heartbeat(Err(error)),
            Answer::Leave(_) => Answer::Leave(Err(error)),
            Answer::ConsumerHeartbeat(_) => Answer::ConsumerHeartbeat(Err(error)),
            Answer::OffsetCommit(_) => Answer::OffsetCommit(Err(error)),
            Answer::OffsetFetch(_) => Answer::OffsetFetch(Err(error)),
        }
    }

    /// What a request is refused with.
    pub(crate) fn refusal(request: &Request, error: ErrorCode) -> Answer {
        match request {
            Request::Join(join) => {
                Answer::Join(Err(classic::JoinRefused { member: join.member, error }))
            }
            Request::Sync(_) => Answer::Sync(Err(error)),
            Request::Heartbeat(_) => Answer::Heartbeat(Err(error)),
            Request::Leave(_) => Answer::Leave(Err(error)),
            Request::ConsumerHeartbeat(_) => Answer::ConsumerHeartbeat(Err(error)),
            Request::OffsetCommit(_) => Answer::OffsetCommit(Err(error)),
            Request::OffsetFetch(_) => Answer::OffsetFetch(Err(error)),
        }
    }
}

/// What the broker is configured to. Source: `GroupCoordinatorConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Config {
    /// `group.initial.rebalance.delay.ms`
    pub(crate) initial_rebalance_delay: Span,
    /// `group.min.session.timeout.ms`, `group.max.session.timeout.ms`
    pub(crate) session_timeouts: (Span, Span),
    /// `group.max.size`
    pub(crate) max_size: usize,
    /// How long a new member's first join may wait. Not to be configured.
    pub(crate) new_member_join_timeout: Span,
    /// `group.consumer.session.timeout.ms`
    pub(crate) consumer_session_timeout: Span,
    /// `group.consumer.heartbeat.interval.ms`
    pub(crate) consumer_heartbeat_interval: Span,
    /// `group.consumer.assignors`; the first is the default.
    pub(crate) assignors: Vec<Assignor>,
    /// `group.consumer.max.size`
    pub(crate) consumer_max_size: usize,
    /// `group.consumer.migration.policy`
    pub(crate) migration: MigrationPolicy,
    /// `offsets.retention.minutes`
    pub(crate) offsets_retention: Span,
    /// `offsets.retention.check.interval.ms`
    pub(crate) offsets_check_interval: Span,
    /// Which lines of defence stand; all, in every ordinary run.
    pub(crate) guards: Guards,
}

/// `group.max.size` as it is by default: Integer.MAX_VALUE, on every machine. (What a group goes by
/// is part of its state, and the digest of a state knows no word size.)
const UNLIMITED: usize = i32::MAX as usize;

impl Default for Config {
    fn default() -> Config {
        Config {
            initial_rebalance_delay: Span::secs(3),
            session_timeouts: (Span::secs(6), Span::secs(30 * 60)),
            max_size: UNLIMITED,
            new_member_join_timeout: Span::secs(5 * 60),
            consumer_session_timeout: Span::secs(45),
            consumer_heartbeat_interval: Span::secs(5),
            assignors: Assignor::ALL.to_vec(),
            consumer_max_size: UNLIMITED,
            migration: MigrationPolicy::default(),
            offsets_retention: Span::secs(7 * 24 * 3600),
            offsets_check_interval: Span::secs(600),
            guards: Guards::all_on(),
        }
    }
}
