//! The RPCs, named and shaped as in Kafka (clients `message/*.json`), as far as they are modelled.

use crate::client::order::Order;
use crate::group::{self, GroupName};
use crate::id::{BrokerEpoch, ErrorCode, LeaderEpoch, Offset, PartitionId, TopicId};
use crate::image::{Change, MetaRecord};
use crate::quorum::{Directory, Snapshot, Voter};
use crate::record::Record;
use kernel::{Channel, NodeId, Span};
use std::rc::Rc;

/// What travels between nodes. Large bodies are boxed: a message is moved often on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Msg {
    Request {
        correlation: u32,
        body: Request,
    },
    Reply {
        correlation: u32,
        body: Reply,
    },
    /// The operator's tool, speaking to the active controller.
    Operator(Operator),
    /// What an application is to do; nothing of it is on a wire.
    Application(Order),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    Vote(Box<Vote>),
    BeginQuorumEpoch {
        epoch: LeaderEpoch,
        leader: NodeId,
        voter: Option<Voter>,
    },
    EndQuorumEpoch {
        epoch: LeaderEpoch,
        leader: NodeId,
        successors: Vec<NodeId>,
    },
    QuorumFetch(QuorumFetch),
    FetchSnapshot(FetchSnapshot),
    /// Whether a node is there, and what it understands.
    ApiVersions,
    BrokerRegistration(Registering),
    BrokerHeartbeat(Heartbeat),
    AlterPartition {
        broker_epoch: BrokerEpoch,
        partitions: Vec<AlterPartition>,
    },
    AllocateProducerIds {
        broker_epoch: BrokerEpoch,
    },
    Produce(Produce),
    Fetch(Box<Fetch>),
    ListOffsets(ListOffsets),
    OffsetsForLeaderEpoch(Vec<EpochAsked>),
    Metadata,
    InitProducerId,
    /// A broker asks for a topic that a client of it needs.
    CreateTopic(Box<NewTopic>),
    FindCoordinator(GroupName),
    Group(GroupName, Box<group::Request>),
}

/// An error with what the answering node knows of the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuorumHint {
    pub epoch: LeaderEpoch,
    pub leader: Option<NodeId>,
}

/// A leader epoch and where it ends; none when a log cannot tell.
pub(crate) type EpochEnd = Option<(LeaderEpoch, Offset)>;

/// An answer for each partition of a proposal.
pub(crate) type Altered = Vec<(PartitionId, Result<PartitionState, ErrorCode>)>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Vote {
        granted: bool,
        pre_vote: bool,
        hint: QuorumHint,
        error: Option<ErrorCode>,
    },
    BeginQuorumEpoch {
        hint: QuorumHint,
        error: Option<ErrorCode>,
    },
    EndQuorumEpoch {
        hint: QuorumHint,
        error: Option<ErrorCode>,
    },
    QuorumFetch {
        hint: QuorumHint,
        result: Result<Box<QuorumFetched>, ErrorCode>,
    },
    FetchSnapshot {
        hint: QuorumHint,
        result: Result<Rc<Snapshot>, ErrorCode>,
    },
    ApiVersions,
    BrokerRegistration(Result<BrokerEpoch, ErrorCode>),
    BrokerHeartbeat(Result<HeartbeatAnswer, ErrorCode>),
    AlterPartition(Result<Altered, ErrorCode>),
    /// First id of a block, and how many.
    AllocateProducerIds(Result<(u32, u32), ErrorCode>),
    Produce {
        results: Vec<(PartitionId, Result<Offset, ErrorCode>)>,
        /// Who leads the partitions of which it was said that this broker does not (KIP-951).
        leaders: Vec<PartitionInfo>,
    },
    Fetch {
        partitions: Vec<(PartitionId, Result<Fetched, ErrorCode>)>,
        leaders: Vec<PartitionInfo>,
    },
    ListOffsets {
        partitions: Vec<(PartitionId, Place, Result<Offset, ErrorCode>)>,
        replica: bool,
    },
    /// The largest epoch not above the one asked for, and where it ends; none when undefined.
    OffsetsForLeaderEpoch(Vec<(PartitionId, Result<EpochEnd, ErrorCode>)>),
    Metadata {
        /// All of them, by name.
        topics: Vec<(TopicId, Rc<str>)>,
        partitions: Vec<PartitionInfo>,
    },
    InitProducerId(Result<(u32, u16), ErrorCode>),
    CreateTopic(Result<(), ErrorCode>),
    FindCoordinator(Result<NodeId, ErrorCode>),
    Group(Box<group::Answer>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vote {
    /// The epoch asked for; for a pre-vote the present one.
    pub epoch: LeaderEpoch,
    pub last_epoch: LeaderEpoch,
    pub end: Offset,
    pub pre_vote: bool,
    pub candidate: Voter,
    /// The voter that is asked, as the candidate knows it.
    pub voter: Option<Voter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuorumFetch {
    pub epoch: LeaderEpoch,
    pub offset: Offset,
    pub last_epoch: LeaderEpoch,
    /// What the fetching node knows (KIP-1166).
    pub high_watermark: Offset,
    pub directory: Directory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FetchSnapshot {
    pub epoch: LeaderEpoch,
    /// End and last epoch of the snapshot asked for.
    pub id: (Offset, LeaderEpoch),
    pub directory: Directory,
}

/// An entry of the metadata log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetaEntry {
    pub epoch: LeaderEpoch,
    pub record: MetaRecord,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuorumFetched {
    pub high_watermark: Offset,
    pub entries: Vec<Rc<MetaEntry>>,
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// The records asked for are gone: end and last epoch of the snapshot that has them.
    pub snapshot: Option<(Offset, LeaderEpoch)>,
}

/// A process of a broker presents itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registering {
    pub incarnation: u64,
    /// Under which epoch the last process stopped in good order, if it did.
    pub previous_epoch: Option<BrokerEpoch>,
    pub rack: Option<Rc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Heartbeat {
    pub broker_epoch: BrokerEpoch,
    pub metadata_offset: Offset,
    pub want_fence: bool,
    pub want_shut_down: bool,
    /// Replicas on log directories that have failed: what OfflineLogDirs says in Kafka, where the
    /// controller knows from AssignReplicasToDirs what lies on them.
    pub offline: Vec<PartitionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeartbeatAnswer {
    pub is_fenced: bool,
    pub should_shut_down: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartition {
    pub id: PartitionId,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: u32,
    pub isr: Vec<(NodeId, Option<BrokerEpoch>)>,
    pub recovering: bool,
}

/// The controller's state of a partition, as it answers an `AlterPartition`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionState {
    pub leader: Option<NodeId>,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: u32,
    pub isr: Vec<NodeId>,
}

/// How many replicas must have a record before the producer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acks {
    None,
    Leader,
    All,
}

impl Acks {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Acks::None => "0",
            Acks::Leader => "1",
            Acks::All => "all",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Produce {
    pub acks: Acks,
    pub timeout: Span,
    pub partitions: Vec<(PartitionId, Vec<Record>)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fetch {
    /// The fetching broker's epoch; none for a consumer.
    pub replica: Option<BrokerEpoch>,
    /// It is answered after this long in any case, and as soon as so many bytes are there.
    pub max_wait: Span,
    pub min_bytes: u64,
    /// Of the whole answer, and of one partition; a first record comes even if it is larger.
    pub max_bytes: u64,
    pub partition_max_bytes: u64,
    /// `client.rack` of a consumer.
    pub rack: Option<Rc<str>>,
    pub partitions: Vec<FetchPartition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FetchPartition {
    pub id: PartitionId,
    pub leader_epoch: LeaderEpoch,
    pub offset: Offset,
    /// The last epoch that the follower's log knows.
    pub last_epoch: Option<LeaderEpoch>,
    /// Where the follower's log starts.
    pub log_start: Offset,
    /// The high watermark that the asking side knows. Kafka's fetch sessions remember what they
    /// told last; with this the answer can leave out partitions of which there is no news.
    pub high_watermark: Offset,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fetched {
    pub high_watermark: Offset,
    pub log_start: Offset,
    pub records: Vec<Record>,
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// A replica nearer to the consumer, which it shall read from (KIP-392).
    pub preferred: Option<NodeId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListOffsets {
    /// Whether a follower asks; a consumer sees no further than the high watermark.
    pub replica: bool,
    pub partitions: Vec<(PartitionId, LeaderEpoch, Place)>,
}

/// A place in a log that has a name: timestamps −2 and −1 of ListOffsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Earliest,
    Latest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EpochAsked {
    pub id: PartitionId,
    /// The leader's epoch as the asking client knows it.
    pub leader_epoch: LeaderEpoch,
    /// The epoch whose end is asked for.
    pub epoch: LeaderEpoch,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionInfo {
    pub id: PartitionId,
    pub leader: Option<NodeId>,
    pub leader_epoch: LeaderEpoch,
}

/// What an operator's tool asks of the active controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Everything below the offset goes; without one, everything that is committed. Goes to the
    /// partition's leader.
    DeleteRecords {
        id: PartitionId,
        before: Option<Offset>,
    },
    /// Goes to the group's coordinator.
    ResetOffsets {
        group: GroupName,
        offsets: Vec<(PartitionId, Offset)>,
    },
    CreateTopic(Box<NewTopic>),
    CreatePartitions(NewPartitions),
    AlterConfigs {
        topic: Option<TopicId>,
        changes: Vec<Change>,
    },
    ElectLeaders {
        ids: Vec<PartitionId>,
        unclean: bool,
    },
    Reassign(Vec<Move>),
    Unregister(NodeId),
    AddVoter(Voter),
    RemoveVoter(Voter),
}

impl Operator {
    /// The API's name in Kafka.
    #[must_use]
    pub fn api(&self) -> &'static str {
        match self {
            Operator::ResetOffsets { .. } => "OffsetCommit",
            Operator::CreateTopic(_) => "CreateTopics",
            Operator::CreatePartitions(_) => "CreatePartitions",
            Operator::AlterConfigs { .. } => "IncrementalAlterConfigs",
            Operator::ElectLeaders { .. } => "ElectLeaders",
            Operator::Reassign(_) => "AlterPartitionReassignments",
            Operator::DeleteRecords { .. } => "DeleteRecords",
            Operator::Unregister(_) => "UnregisterBroker",
            Operator::AddVoter(_) => "AddRaftVoter",
            Operator::RemoveVoter(_) => "RemoveRaftVoter",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewTopic {
    pub name: String,
    pub partitions: u16,
    pub replication_factor: u16,
    /// Explicit replicas per partition; empty leaves the placement to the controller.
    pub assignment: Vec<Vec<NodeId>>,
    /// Settings of its own.
    pub configs: Vec<Change>,
}

/// A partition to be moved to other brokers; without a target, back to where it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    pub id: PartitionId,
    pub target: Option<Vec<NodeId>>,
}

/// More partitions for a topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewPartitions {
    pub topic: TopicId,
    /// How many it will have.
    pub count: u16,
    /// Explicit replicas of the new ones; empty leaves the placement to the controller.
    pub assignment: Vec<Vec<NodeId>>,
}

/// Traffic that has connections of its own. Source: `RaftManager`,
/// `NodeToControllerChannelManager`, `BrokerBlockingSender`, `NetworkClient`.
pub(crate) const QUORUM: Channel = Channel(0);
pub(crate) const CONTROL: Channel = Channel(1);
pub(crate) const FETCH: Channel = Channel(2);
pub(crate) const CLIENT: Channel = Channel(3);
/// A group's members talk to their coordinator apart from everything else.
pub(crate) const GROUP: Channel = Channel(4);
pub(crate) const ALTER: Channel = Channel(5);

impl Msg {
    pub(crate) fn channel(&self) -> Channel {
        match self {
            Msg::Request { body, .. } => body.channel(),
            Msg::Reply { body, .. } => body.channel(),
            Msg::Operator(_) | Msg::Application(_) => CLIENT,
        }
    }

    /// The API's name in Kafka.
    #[must_use]
    pub fn api(&self) -> &'static str {
        match self {
            Msg::Request { body, .. } => body.api(),
            Msg::Reply { body, .. } => body.api(),
            Msg::Operator(order) => order.api(),
            Msg::Application(_) => "application",
        }
    }
}

impl Request {
    pub(crate) fn channel(&self) -> Channel {
        match self {
            Request::Vote(_)
            | Request::BeginQuorumEpoch { .. }
            | Request::EndQuorumEpoch { .. }
            | Request::QuorumFetch(_)
            | Request::FetchSnapshot(_)
            | Request::ApiVersions => QUORUM,
            Request::BrokerRegistration(_)
            | Request::BrokerHeartbeat(_)
            | Request::CreateTopic(_)
            | Request::AllocateProducerIds { .. } => CONTROL,
            Request::Group(..) => GROUP,
            Request::AlterPartition { .. } => ALTER,
            Request::Fetch(_) | Request::ListOffsets(ListOffsets { replica: true, .. }) => FETCH,
            Request::Produce(_)
            | Request::ListOffsets(_)
            | Request::OffsetsForLeaderEpoch(_)
            | Request::Metadata
            | Request::FindCoordinator(_)
            | Request::InitProducerId => CLIENT,
        }
    }

    #[must_use]
    pub fn api(&self) -> &'static str {
        match self {
            Request::Vote(_) => "Vote",
            Request::BeginQuorumEpoch { .. } => "BeginQuorumEpoch",
            Request::EndQuorumEpoch { .. } => "EndQuorumEpoch",
            Request::QuorumFetch(_) | Request::Fetch(_) => "Fetch",
            Request::FetchSnapshot(_) => "FetchSnapshot",
            Request::ApiVersions => "ApiVersions",
            Request::BrokerRegistration(_) => "BrokerRegistration",
            Request::BrokerHeartbeat(_) => "BrokerHeartbeat",
            Request::AlterPartition { .. } => "AlterPartition",
            Request::AllocateProducerIds { .. } => "AllocateProducerIds",
            Request::Produce(_) => "Produce",
            Request::ListOffsets(_) => "ListOffsets",
            Request::OffsetsForLeaderEpoch(_) => "OffsetForLeaderEpoch",
            Request::Metadata => "Metadata",
            Request::InitProducerId => "InitProducerId",
            Request::CreateTopic(_) => "CreateTopics",
            Request::FindCoordinator(_) => "FindCoordinator",
            Request::Group(_, request) => request.api(),
        }
    }
}

impl Reply {
    pub(crate) fn channel(&self) -> Channel {
        match self {
            Reply::Vote { .. }
            | Reply::BeginQuorumEpoch { .. }
            | Reply::EndQuorumEpoch { .. }
            | Reply::QuorumFetch { .. }
            | Reply::FetchSnapshot { .. }
            | Reply::ApiVersions => QUORUM,
            Reply::BrokerRegistration(_)
            | Reply::BrokerHeartbeat(_)
            | Reply::CreateTopic(_)
            | Reply::AllocateProducerIds(_) => CONTROL,
            Reply::Group(_) => GROUP,
            Reply::AlterPartition(_) => ALTER,
            Reply::Fetch { .. } | Reply::ListOffsets { replica: true, .. } => FETCH,
            Reply::Produce { .. }
            | Reply::ListOffsets { .. }
            | Reply::OffsetsForLeaderEpoch(_)
            | Reply::Metadata { .. }
            | Reply::FindCoordinator(_)
            | Reply::InitProducerId(_) => CLIENT,
        }
    }

    #[must_use]
    pub fn api(&self) -> &'static str {
        match self {
            Reply::Vote { .. } => "Vote",
            Reply::BeginQuorumEpoch { .. } => "BeginQuorumEpoch",
            Reply::EndQuorumEpoch { .. } => "EndQuorumEpoch",
            Reply::QuorumFetch { .. } | Reply::Fetch { .. } => "Fetch",
            Reply::ListOffsets { .. } => "ListOffsets",
            Reply::OffsetsForLeaderEpoch(_) => "OffsetForLeaderEpoch",
            Reply::FetchSnapshot { .. } => "FetchSnapshot",
            Reply::ApiVersions => "ApiVersions",
            Reply::BrokerRegistration(_) => "BrokerRegistration",
            Reply::BrokerHeartbeat(_) => "BrokerHeartbeat",
            Reply::AlterPartition(_) => "AlterPartition",
            Reply::AllocateProducerIds(_) => "AllocateProducerIds",
            Reply::Produce { .. } => "Produce",
            Reply::Metadata { .. } => "Metadata",
            Reply::InitProducerId(_) => "InitProducerId",
            Reply::CreateTopic(_) => "CreateTopics",
            Reply::FindCoordinator(_) => "FindCoordinator",
            Reply::Group(answer) => answer.api(),
        }
    }
}
