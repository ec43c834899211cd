//! What a coordinator writes to `__consumer_offsets`. A record with no value takes the earlier one
//! of its key away. Refuses to know bytes. Source: `GroupCoordinatorRecordHelpers`.

use super::consumer::{Current, MemberMetadata};
use super::{
    Assigned, AssignorName, Epoch, GroupId, InstanceId, MemberId, Partitions, Subscription,
};
use crate::id::{LeaderEpoch, Offset, PartitionId, TopicId};
use kernel::{Instant, SortedMap, Span};
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Record {
    /// A whole classic group. Source: `GroupMetadataValue`.
    ClassicGroup { group: GroupId, value: Option<Rc<ClassicValue>> },
    /// Source: `OffsetCommitValue`.
    Offset { group: GroupId, partition: PartitionId, value: Option<Committed> },
    /// Source: `ConsumerGroupMetadataValue`.
    ConsumerGroup { group: GroupId, value: Option<ConsumerValue> },
    /// Source: `ConsumerGroupMemberMetadataValue`.
    Member { group: GroupId, member: MemberId, value: Option<Rc<MemberMetadata>> },
    /// Source: `ConsumerGroupTargetAssignmentMetadataValue`.
    TargetEpoch { group: GroupId, value: Option<Epoch> },
    /// Source: `ConsumerGroupTargetAssignmentMemberValue`.
    Target { group: GroupId, member: MemberId, value: Option<Rc<Partitions>> },
    /// Source: `ConsumerGroupCurrentMemberAssignmentValue`.
    Current { group: GroupId, member: MemberId, value: Option<Rc<Current>> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassicValue {
    /// Whether the group ever had members; stands for the type of its protocol.
    pub(crate) managed: bool,
    pub(crate) generation: Epoch,
    pub(crate) protocol: Option<AssignorName>,
    pub(crate) leader: Option<MemberId>,
    pub(crate) since: Option<Instant>,
    pub(crate) members: Vec<ClassicMember>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassicMember {
    pub(crate) id: MemberId,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) rebalance_timeout: Span,
    pub(crate) session_timeout: Span,
    /// Under the protocol of the generation alone.
    pub(crate) subscription: Option<Rc<Subscription>>,
    pub(crate) assignment: Assigned,
}

/// The next offset to read, of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Committed {
    pub(crate) offset: Offset,
    pub(crate) leader_epoch: Option<LeaderEpoch>,
    pub(crate) at: Instant,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ConsumerValue {
    pub(crate) epoch: Epoch,
    /// The subscribed topics that there are, with how many partitions each has. Kafka keeps a hash
    /// of it.
    pub(crate) metadata: SortedMap<TopicId, u16>,
}
