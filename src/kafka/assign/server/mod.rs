//! The coordinator's own assignors (KIP-848): from the members' target assignments to new ones.
//!
//! Refuses to know what members hold at the moment: the coordinator moves them towards the target.
//! Racks play no part: Kafka took them out again before 4.0.
//! Source: spec E3.9; group-coordinator `assignor.{UniformAssignor, RangeAssignor}` (4.1).

#[cfg(test)]
mod fixture;
mod heterogeneous;
mod homogeneous;
mod loads;
mod range;

use super::{PartitionId, TopicId};
use kernel::{SortedMap, SortedSet};

/// A member as its subscription shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// `group.instance.id` of a static member.
    pub instance: Option<String>,
    pub topics: SortedSet<TopicId>,
    /// What it was meant to have before.
    pub target: SortedSet<PartitionId>,
}

/// The group, as the coordinator knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Topics that exist, and how many partitions they have.
    pub topics: SortedMap<TopicId, u16>,
    /// By member id. Kafka walks a hash map here where the order decides who gets one more.
    pub members: SortedMap<String, Member>,
}

/// What each member is meant to have, by member id.
pub type Target = SortedMap<String, SortedSet<PartitionId>>;

/// `group.consumer.assignors`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignor {
    Uniform,
    Range,
}

impl Assignor {
    pub const ALL: [Assignor; 2] = [Assignor::Uniform, Assignor::Range];

    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Uniform => "uniform",
            Assignor::Range => "range",
        }
    }

    /// Everybody's new target; a member that gets none is there with none.
    #[must_use]
    pub fn assign(self, group: &Group) -> Target {
        let shares = match self {
            Assignor::Range => range::assign(group),
            Assignor::Uniform if group.is_homogeneous() => homogeneous::assign(group),
            Assignor::Uniform => heterogeneous::assign(group),
        };
        group.members.keys().cloned().zip(shares).collect()
    }
}

/// Targets in order of member ids.
type Shares = Vec<SortedSet<PartitionId>>;

impl Group {
    /// All members want the same topics. Source: `SubscriptionType`.
    #[must_use]
    pub fn is_homogeneous(&self) -> bool {
        let mut subscriptions = self.members.values().map(|member| &member.topics);
        let first = subscriptions.next();
        subscriptions.all(|topics| Some(topics) == first)
    }

    /// The topics that a member wants and that exist.
    fn wanted(&self, member: &Member) -> impl Iterator<Item = TopicId> {
        member.topics.iter().copied().filter(|topic| self.topics.contains_key(topic))
    }

    /// A member's target, less what it no longer wants or what is no more.
    fn kept(&self, member: &Member) -> SortedSet<PartitionId> {
        let exists = |id: &PartitionId| id.index < self.partition_count(id.topic);
        let kept = |id: &&PartitionId| member.topics.contains(&id.topic) && exists(id);
        member.target.iter().filter(kept).copied().collect()
    }

    fn partition_count(&self, topic: TopicId) -> u16 {
        self.topics.get(&topic).copied().unwrap_or(0)
    }

    fn partitions(&self, topic: TopicId) -> impl Iterator<Item = PartitionId> {
        (0..self.partition_count(topic)).map(move |index| PartitionId { topic, index })
    }
}
