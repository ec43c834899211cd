//! Which member of a consumer group reads which partitions: Kafka's assignors as pure functions.
//!
//! The classic ones ([`Assignor`]) run in the group's leader, a client; those of [`server`] run in
//! the coordinator (KIP-848). Refuses to know heartbeats, generations that pass, and who has given
//! up what: a rebalance asks here and carries out the answer.
//! Source: spec E3.9, E4; clients `org.apache.kafka.clients.consumer.*Assignor` (4.1).

mod cooperative;
#[cfg(test)]
mod fixture;
pub(crate) mod java;
mod rack;
#[cfg(test)]
mod rack_vectors;
mod range;
mod round_robin;
pub mod server;
mod sticky;

pub use crate::id::{PartitionId, TopicId};
use kernel::{Arrange, SortedMap, SortedSet};
use std::cmp::Ordering;

/// A topic as the metadata shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    pub partitions: u16,
    /// Racks of each partition's replicas; none where the cluster names no racks.
    pub racks: Vec<SortedSet<String>>,
}

/// A member as its subscription shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance: Option<String>,
    /// `client.rack`
    pub rack: Option<String>,
    pub topics: SortedSet<TopicId>,
    /// What it says it owns, and since which generation (-1: never joined).
    pub owned: Vec<PartitionId>,
    pub generation: i32,
}

/// What the leader of a group is told when it must assign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub topics: SortedMap<TopicId, Topic>,
    /// In the order in which the leader walks them; ties of hash order are broken by it.
    pub members: Vec<Member>,
}

/// Partitions by member id.
pub type Assignment = SortedMap<String, Vec<PartitionId>>;

/// `partition.assignment.strategy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignor {
    Range,
    RoundRobin,
    Sticky,
    CooperativeSticky,
}

impl Assignor {
    pub const ALL: [Assignor; 4] =
        [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky];

    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::Sticky => "sticky",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// Everybody's partitions; a member that gets none is there with none.
    #[must_use]
    pub fn assign(self, group: &Group) -> Assignment {
        let shares = match self {
            Assignor::Range => range::assign(group),
            Assignor::RoundRobin => round_robin::assign(group),
            Assignor::Sticky => sticky::assign(group).shares,
            Assignor::CooperativeSticky => cooperative::assign(group),
        };
        group.members.iter().map(|member| member.id.clone()).zip(shares).collect()
    }
}

/// Partitions by the member's place in the group.
type Shares = Vec<Vec<PartitionId>>;

impl Group {
    /// Topics that somebody wants and that exist, by name.
    fn subscribed_topics(&self) -> Vec<TopicId> {
        let wanted: SortedSet<TopicId> =
            self.members.iter().flat_map(|m| m.topics.iter().copied()).collect();
        let exists = |id: &TopicId| self.partition_count(*id) > 0;
        let mut topics: Vec<TopicId> = wanted.into_iter().filter(exists).collect();
        topics.arrange_by_key(|id| self.topic_name(*id));
        topics
    }

    /// Places of a topic's subscribers.
    fn subscribers(&self, topic: TopicId) -> Vec<usize> {
        let subscribed = |place: &usize| self.members[*place].topics.contains(&topic);
        (0..self.members.len()).filter(subscribed).collect()
    }

    fn partition_count(&self, topic: TopicId) -> u16 {
        self.topics.get(&topic).map_or(0, |topic| topic.partitions)
    }

    fn topic_name(&self, topic: TopicId) -> &str {
        self.topics.get(&topic).map_or("", |topic| &topic.name)
    }

    fn partitions(&self, topic: TopicId) -> impl Iterator<Item = PartitionId> {
        (0..self.partition_count(topic)).map(move |index| PartitionId { topic, index })
    }

    /// By topic name, then by number.
    fn compare(&self, a: PartitionId, b: PartitionId) -> Ordering {
        self.topic_name(a.topic).cmp(self.topic_name(b.topic)).then(a.index.cmp(&b.index))
    }

    /// Static members by instance id, then dynamic ones by member id: an instance that restarts
    /// under a new member id keeps its place. Source: `AbstractPartitionAssignor.MemberInfo`.
    fn compare_members(&self, a: usize, b: usize) -> Ordering {
        let key = |place: usize| {
            let member = &self.members[place];
            let name = member.instance.as_ref().unwrap_or(&member.id);
            (member.instance.is_none(), name)
        };
        key(a).cmp(&key(b))
    }
}
