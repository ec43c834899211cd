//! What nodes say of their own decisions. Narration, ledger, tape and questions read nothing else.

use crate::broker::groups::GroupChanged;
use crate::client::group::OnError;
use crate::client::keys::Key;
use crate::client::order::SeekTo;
use crate::election::Verdict;
use crate::group::GroupId;
use crate::homemade::Manager;
use crate::id::{BrokerEpoch, Dir, ErrorCode, LeaderEpoch, Offset, PartitionId, TopicId};
use crate::image::Change;
use crate::message::Acks;
use crate::record::Record;
use kernel::{NodeId, Span};

/// Why a controller changed an ISR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A broker was fenced.
    Fenced(NodeId),
    /// A home-made manager looked, and found this leader dead.
    Round(NodeId),
    /// A broker stops in good order.
    Stopping(NodeId),
    /// A broker came back with a new process.
    Restarted(NodeId),
    /// A broker came into service.
    Unfenced(NodeId),
    /// The leader proposed it.
    Proposed(NodeId),
    /// The operator asked.
    Operator,
    /// The preferred leader takes over again.
    Balance,
    /// Nobody led, and meanwhile unclean elections are allowed.
    UncleanCheck,
    /// A broker was taken off the list.
    Unregistered(NodeId),
    /// A log directory of a broker failed.
    DirFailed(NodeId),
}

/// Why a leader of the metadata quorum gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resigned {
    /// No majority of the voters has fetched for too long.
    Alone,
    /// It is to stop.
    Stopping,
    /// It is no voter any more.
    Removed,
}

/// Why a broker was fenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fence {
    /// Nothing was heard of it for the session timeout; how long it had been silent.
    Session(Span),
    /// It asked to be.
    Asked,
    /// It finished its controlled shutdown.
    Shutdown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    // ---- metadata quorum ----
    QuorumRole {
        role: &'static str,
        epoch: LeaderEpoch,
    },
    VoteAnswered {
        candidate: NodeId,
        epoch: LeaderEpoch,
        granted: bool,
        pre_vote: bool,
    },
    QuorumElected {
        epoch: LeaderEpoch,
        votes: Vec<NodeId>,
    },
    QuorumFollows {
        leader: NodeId,
        epoch: LeaderEpoch,
    },
    QuorumResigned {
        epoch: LeaderEpoch,
        why: Resigned,
    },
    QuorumTruncated {
        to: Offset,
    },
    /// Its leader wants it to cut what it knows to be committed: it stops rather than obey.
    QuorumLostCommitted {
        to: Offset,
        high_watermark: Offset,
    },
    MetadataCommitted {
        to: Offset,
    },
    SnapshotKept {
        end: Offset,
    },
    SnapshotLoaded {
        end: Offset,
        from: NodeId,
    },
    /// The leader has appended another set of voters; this one joins or leaves.
    VotersProposed {
        voter: NodeId,
        voters: Vec<NodeId>,
    },
    VoterRefused {
        voter: NodeId,
        error: ErrorCode,
    },

    // ---- controller ----
    ControllerActive {
        epoch: LeaderEpoch,
    },
    BrokerRegistered {
        broker: NodeId,
        epoch: BrokerEpoch,
        clean: bool,
    },
    RegistrationRefused {
        broker: NodeId,
    },
    BrokerUnfenced {
        broker: NodeId,
    },
    BrokerFenced {
        broker: NodeId,
        why: Fence,
    },
    BrokerStopping {
        broker: NodeId,
    },
    TopicCreated {
        name: String,
    },
    TopicRefused {
        name: String,
        error: ErrorCode,
    },
    PartitionCreated {
        id: PartitionId,
        replicas: Vec<NodeId>,
        leader: NodeId,
    },
    LeaderChosen(Box<LeaderChosen>),
    IsrChanged(Box<IsrChanged>),
    AlterRefused {
        id: PartitionId,
        broker: NodeId,
        error: ErrorCode,
    },
    ElectionRefused {
        id: PartitionId,
        error: ErrorCode,
    },
    OrderRefused {
        api: &'static str,
        error: ErrorCode,
    },
    ReassignmentBegan {
        id: PartitionId,
        replicas: Box<[NodeId]>,
        adding: Box<[NodeId]>,
        removing: Box<[NodeId]>,
    },
    ReassignmentDone {
        id: PartitionId,
        replicas: Vec<NodeId>,
    },
    ReassignmentCancelled {
        id: PartitionId,
        replicas: Vec<NodeId>,
        /// Nobody in sync stayed, and that was allowed.
        unclean: bool,
    },
    ConfigChanged {
        topic: Option<TopicId>,
        change: Change,
    },
    /// So many replicas of a broker lie on log directories that have failed.
    ReplicasOffline {
        broker: NodeId,
        count: u32,
    },
    BrokerUnregistered {
        broker: NodeId,
    },

    // ---- broker ----
    BrokerState {
        state: &'static str,
    },
    MetadataApplied {
        to: Offset,
    },
    BecameLeader {
        id: PartitionId,
        epoch: LeaderEpoch,
        start: Offset,
    },
    BecameFollower {
        id: PartitionId,
        leader: Option<NodeId>,
        epoch: LeaderEpoch,
    },
    /// The leader stored records of a client.
    Appended {
        id: PartitionId,
        base: Offset,
        records: Vec<Record>,
    },
    /// A follower stored records of its leader.
    Replicated {
        id: PartitionId,
        base: Offset,
        count: u32,
    },
    HighWatermark {
        id: PartitionId,
        from: Offset,
        to: Offset,
        leads: bool,
    },
    Truncated {
        id: PartitionId,
        from: Offset,
        to: Offset,
        epoch: LeaderEpoch,
    },
    IsrProposed {
        id: PartitionId,
        isr: Box<[NodeId]>,
        joins: Box<[NodeId]>,
        leaves: Box<[NodeId]>,
    },
    ProposalFailed {
        id: PartitionId,
        error: ErrorCode,
    },
    /// A replica that was moved away; its log is deleted.
    ReplicaStopped {
        id: PartitionId,
    },
    Refused {
        id: PartitionId,
        from: NodeId,
        api: &'static str,
        error: ErrorCode,
    },
    DuplicateIgnored {
        id: PartitionId,
        from: NodeId,
        offset: Offset,
    },
    ProduceParked {
        id: PartitionId,
        from: NodeId,
        until: Offset,
    },
    FetcherBackedOff {
        leader: NodeId,
    },
    /// The last log directory, or that of the metadata, has failed.
    DiskFailed,
    DirFailed {
        dir: Dir,
    },
    /// A log starts later than before.
    LogStart {
        id: PartitionId,
        to: Offset,
    },
    SegmentsDeleted {
        id: PartitionId,
        count: u32,
        to: Offset,
    },

    // ---- group coordinators ----
    /// A broker coordinates the groups of a partition of `__consumer_offsets` from now on.
    GroupsLoaded {
        id: PartitionId,
        records: u32,
    },
    GroupsUnloaded {
        index: u16,
    },
    GroupChanged(Box<GroupChanged>),
    /// A coordinator refused a request.
    GroupRefused {
        to: NodeId,
        api: &'static str,
        error: ErrorCode,
    },

    /// A coordinator takes a commit of offsets.
    CommitStored {
        group: GroupId,
        /// The end of the log of `__consumer_offsets` behind it.
        at: Offset,
        offsets: Vec<(PartitionId, Offset)>,
    },
    /// An operator sets offsets of a group.
    OffsetsReset {
        group: GroupId,
        offsets: Vec<(PartitionId, Offset)>,
    },
    /// A coordinator forgets offsets that nobody has needed for `offsets.retention.minutes`.
    OffsetsExpired {
        group: GroupId,
        gone: Vec<PartitionId>,
    },
    /// A coordinator took the word of a member under an epoch that is not its own.
    StaleAccepted {
        group: GroupId,
        from: NodeId,
        api: &'static str,
        claimed: i32,
    },

    // ---- members of groups ----
    /// It was told where its group has got to with a partition.
    Placed {
        id: PartitionId,
        at: Option<Offset>,
    },
    /// It asks to have these written down as done.
    Committing {
        offsets: Vec<(PartitionId, Offset)>,
    },
    CoordinatorFound {
        node: NodeId,
    },
    /// It asks to join, or to join anew.
    Joins {
        rejoin: bool,
    },
    /// The leader of a classic group has shared the partitions out.
    Shared {
        assignor: &'static str,
        members: u32,
    },
    /// `onPartitionsAssigned`: what came, and all that it has now.
    PartitionsAssigned {
        epoch: i32,
        added: Vec<PartitionId>,
        all: Vec<PartitionId>,
    },
    PartitionsRevoked {
        gone: Vec<PartitionId>,
    },
    /// They are another's already.
    PartitionsLost {
        gone: Vec<PartitionId>,
    },
    OffsetsCommitted {
        offsets: Vec<(PartitionId, Offset)>,
    },
    CommitFailed {
        error: ErrorCode,
        offsets: Vec<(PartitionId, Offset)>,
    },
    /// Its application has not asked for records for too long: it leaves.
    PolledLate {
        since: Span,
    },
    Leaves,
    /// `seek()`: its application reads on from elsewhere.
    Sought {
        id: PartitionId,
        to: SeekTo,
    },
    /// `seek()`, `pause()` or `resume()` of a partition that it does not have (any more): its
    /// client throws.
    NotAssigned {
        id: PartitionId,
        method: &'static str,
    },
    /// `pause()` and `resume()` of a partition.
    ReadingPaused {
        id: PartitionId,
    },
    ReadingResumed {
        id: PartitionId,
    },
    /// The application is done with records that it was given.
    Processed {
        id: PartitionId,
        base: Offset,
        records: Vec<Record>,
    },
    /// The application's handler has failed on a record.
    HandlerFailed {
        id: PartitionId,
        at: Offset,
        then: OnError,
    },

    // ---- clients ----
    Created {
        id: PartitionId,
        value: u32,
        key: Option<Key>,
    },
    /// `send()` found no room for a record until it gave up: the application has an exception.
    SendThrew {
        id: PartitionId,
        value: u32,
        error: ErrorCode,
    },
    ProducerReady {
        producer_id: u32,
    },
    MetadataLearned {
        id: PartitionId,
        leader: Option<NodeId>,
        epoch: LeaderEpoch,
    },
    Acked(Box<Acked>),
    SendFailed {
        id: PartitionId,
        count: u32,
        attempt: u32,
        error: ErrorCode,
    },
    /// The broker has had these records before, longer ago than it remembers their offsets.
    KnownStored {
        id: PartitionId,
        count: u32,
    },
    GaveUp {
        id: PartitionId,
        count: u32,
        error: ErrorCode,
    },
    /// Its leader sent a consumer to a nearer replica.
    ReadsFrom {
        id: PartitionId,
        node: NodeId,
    },
    PositionReset {
        id: PartitionId,
        to: Offset,
    },
    /// It has no position, and its settings give it none.
    ConsumerStopped {
        id: PartitionId,
        offset: Offset,
    },
    /// What a consumer has read from an offset on is not in the log any more.
    ReadTruncated {
        id: PartitionId,
        from: Offset,
        to: Offset,
    },
    Consumed {
        id: PartitionId,
        base: Offset,
        records: Vec<Record>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderChosen {
    pub id: PartitionId,
    pub from: Option<NodeId>,
    pub to: Option<NodeId>,
    pub epoch: LeaderEpoch,
    pub unclean: bool,
    pub why: Reason,
    /// The home-made manager that chose in the controller's place.
    pub by: Option<Manager>,
    pub verdicts: Vec<(NodeId, Verdict)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsrChanged {
    pub id: PartitionId,
    pub from: Vec<NodeId>,
    pub to: Vec<NodeId>,
    pub elr: Vec<NodeId>,
    pub version: u32,
    pub min_isr: usize,
    pub replicas: usize,
    pub why: Reason,
}

/// What a producer was told: these records are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acked {
    pub id: PartitionId,
    pub base: Offset,
    /// Leader epoch of the leader that answered, as the producer knew it.
    pub epoch: LeaderEpoch,
    pub leader: NodeId,
    pub acks: Acks,
    pub values: Vec<u32>,
    /// From the creation of the oldest record to the answer.
    pub latency: Span,
    /// Of that, from the sending of the request.
    pub request: Span,
}
