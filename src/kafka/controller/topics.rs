//! Topics: creating them, giving them more partitions, changing their settings.
//! It refuses to know where replicas go when nobody says so: that is [`super::placer`]'s.
//! Source: `ReplicationControlManager.createTopics`, `createPartitions`;
//! `ConfigurationControlManager`; spec A13.7.

use super::placer::{Draw, place};
use super::replication::{Decision, Replication};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::image::{Change, MetaRecord};
use crate::message::{NewPartitions, NewTopic};
use kernel::NodeId;

impl Replication<'_> {
    /// # Errors
    /// As Kafka names them.
    pub(crate) fn create_topic(
        &self,
        topic: &NewTopic,
        draw: Draw<'_>,
    ) -> Result<Decision, ErrorCode> {
        if self.image.topic_named(&topic.name).is_some() {
            return Err(ErrorCode::TopicAlreadyExists);
        }
        let placement = if topic.assignment.is_empty() {
            let (count, factor) = (topic.partitions, topic.replication_factor);
            place(self.image, usize::from(count), usize::from(factor), draw)?
        } else {
            topic.assignment.clone()
        };
        let id = self.image.next_topic();
        let mut decision = Decision::default();
        decision.facts.push(Fact::TopicCreated { name: topic.name.clone() });
        decision.records.push(MetaRecord::Topic { id, name: topic.name.clone() });
        for change in &topic.configs {
            self.configure(Some(id), *change, &mut decision);
        }
        self.add_partitions(id, 0, placement, &mut decision)?;
        Ok(decision)
    }

    /// More partitions, up to a count. Their replicas are as many as those of the first.
    ///
    /// # Errors
    /// As Kafka names them.
    pub(crate) fn create_partitions(
        &self,
        new: &NewPartitions,
        draw: Draw<'_>,
    ) -> Result<Decision, ErrorCode> {
        let first = PartitionId { topic: new.topic, index: 0 };
        let first = self.image.partitions.get(&first).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let present = self.image.partition_count(new.topic);
        let added = usize::from(new.count).checked_sub(present).filter(|added| *added > 0);
        let added = added.ok_or(ErrorCode::InvalidPartitions)?;
        let placement = if new.assignment.is_empty() {
            place(self.image, added, first.replicas.len(), draw)?
        } else if new.assignment.len() == added {
            new.assignment.clone()
        } else {
            return Err(ErrorCode::InvalidReplicaAssignment);
        };
        let mut decision = Decision::default();
        self.add_partitions(new.topic, present, placement, &mut decision)?;
        Ok(decision)
    }

    /// Who is in service is in the ISR from the start, and the first of those leads.
    fn add_partitions(
        &self,
        topic: TopicId,
        from: usize,
        placement: Vec<Vec<NodeId>>,
        decision: &mut Decision,
    ) -> Result<(), ErrorCode> {
        for (index, replicas) in placement.into_iter().enumerate() {
            self.check_assignment(&replicas)?;
            let active = replicas.iter().copied().filter(|node| self.image.is_active(*node));
            let isr: Vec<NodeId> = active.collect();
            let &leader = isr.first().ok_or(ErrorCode::InvalidReplicaAssignment)?;
            let id = PartitionId { topic, index: (from + index) as u16 };
            let fact = Fact::PartitionCreated { id, replicas: replicas.clone(), leader };
            decision.facts.push(fact);
            decision.records.push(MetaRecord::Partition { id, replicas, isr, leader });
        }
        Ok(())
    }

    /// Changes settings of a topic, or those that hold for every topic without its own.
    ///
    /// # Errors
    /// As Kafka names them.
    pub(crate) fn alter_configs(
        &self,
        topic: Option<TopicId>,
        changes: &[Change],
    ) -> Result<Decision, ErrorCode> {
        if topic.is_some_and(|topic| !self.image.topics.contains_key(&topic)) {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        let mut decision = Decision::default();
        for change in changes {
            decision.facts.push(Fact::ConfigChanged { topic, change: *change });
            self.configure(topic, *change, &mut decision);
        }
        Ok(decision)
    }

    /// Who is eligible was counted under the old minimum: nobody is any more.
    /// Source: spec A13.7; `ClearElrRecord`.
    fn configure(&self, topic: Option<TopicId>, change: Change, decision: &mut Decision) {
        decision.records.push(MetaRecord::Config { topic, change });
        let clears = self.profile.elr && self.profile.on(Guard::MinIsrChangeClearsElr);
        if clears && matches!(change, Change::MinIsr(_)) {
            decision.records.push(MetaRecord::ClearElr { topic });
        }
    }
}
