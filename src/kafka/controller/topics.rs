//! Creating topics and placing their replicas. Racks are not modelled yet.
//! Source: spec A16; `StripedReplicaPlacer`.

use super::Controller;
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::image::MetaRecord;
use crate::message::NewTopic;
use crate::node::Out;
use kernel::NodeId;

impl Controller {
    pub(super) fn create_topic(&mut self, topic: &NewTopic, out: &mut Out<'_>) {
        match self.place(topic, out) {
            Ok(placement) => self.write_topic(topic, placement, out),
            Err(error) => out.note(Fact::TopicRefused { name: topic.name.clone(), error }),
        }
    }

    fn place(&self, topic: &NewTopic, out: &mut Out<'_>) -> Result<Vec<Vec<NodeId>>, ErrorCode> {
        let image = self.image();
        if image.topic_named(&topic.name).is_some() {
            return Err(ErrorCode::TopicAlreadyExists);
        }
        if !topic.assignment.is_empty() {
            let known = |node: &NodeId| image.brokers.contains_key(node);
            let fine = topic.assignment.iter().flatten().all(known);
            return if fine {
                Ok(topic.assignment.clone())
            } else {
                Err(ErrorCode::InvalidRequest)
            };
        }
        let brokers: Vec<NodeId> = image.brokers.keys().copied().collect();
        let in_service = brokers.iter().any(|broker| !image.brokers[broker].fenced);
        let factor = usize::from(topic.replication_factor);
        if factor == 0 || factor > brokers.len() || !in_service {
            return Err(ErrorCode::InvalidReplicationFactor);
        }
        let start = out.draw("placement", brokers.len() as u64) as usize;
        let replicas_of = |index: usize| {
            (0..factor).map(|n| brokers[(start + index + n) % brokers.len()]).collect()
        };
        Ok((0..usize::from(topic.partitions)).map(replicas_of).collect())
    }

    fn write_topic(&mut self, topic: &NewTopic, placement: Vec<Vec<NodeId>>, out: &mut Out<'_>) {
        let id = TopicId(self.image().topics.len() as u16);
        out.note(Fact::TopicCreated { name: topic.name.clone() });
        let mut records = vec![MetaRecord::Topic {
            id,
            name: topic.name.clone(),
            min_isr: topic.min_isr,
            unclean: topic.unclean,
        }];
        for (index, replicas) in placement.into_iter().enumerate() {
            let isr: Vec<NodeId> =
                replicas.iter().copied().filter(|node| self.image().is_active(*node)).collect();
            let Some(&leader) = isr.first() else {
                let name = topic.name.clone();
                out.note(Fact::TopicRefused { name, error: ErrorCode::InvalidRequest });
                return;
            };
            let id = PartitionId { topic: id, index: index as u16 };
            out.note(Fact::PartitionCreated { id, replicas: replicas.clone(), leader });
            records.push(MetaRecord::Partition { id, replicas, isr, leader });
        }
        self.write(records, out);
    }
}
