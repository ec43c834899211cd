//! The cluster's metadata: records of the metadata log, and the state that they add up to.
//!
//! Controllers and brokers hold the same image; a broker's may be older. Source: `ClusterImage`,
//! `TopicsImage`, `PartitionRegistration`; the records under `metadata/.../message`.

use crate::id::{BrokerEpoch, LeaderEpoch, PartitionId, TopicId};
use crate::quorum::Voter;
use kernel::NodeId;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One record of the metadata log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MetaRecord {
    LeaderChange {
        leader: NodeId,
    },
    /// The feature level that lets voters change.
    KRaftVersion {
        version: u8,
    },
    Voters(Rc<[Voter]>),
    NoOp,
    RegisterBroker {
        broker: NodeId,
        incarnation: u64,
        epoch: BrokerEpoch,
    },
    BrokerChange {
        broker: NodeId,
        epoch: BrokerEpoch,
        fenced: Option<bool>,
        stopping: bool,
    },
    Topic {
        id: TopicId,
        name: String,
        min_isr: Option<u64>,
        unclean: Option<bool>,
    },
    Partition {
        id: PartitionId,
        replicas: Vec<NodeId>,
        isr: Vec<NodeId>,
        leader: NodeId,
    },
    PartitionChange(PartitionChange),
    ProducerIds {
        next: u32,
    },
}

/// The fields of a partition that change; the others stay.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionChange {
    pub id: PartitionId,
    pub isr: Option<Vec<NodeId>>,
    pub elr: Option<Vec<NodeId>>,
    pub last_known_elr: Option<Vec<NodeId>>,
    /// Set when the record carries a leader, even the present one: that raises the leader epoch.
    pub leader: Option<Option<NodeId>>,
    pub recovering: Option<bool>,
}

impl PartitionChange {
    #[must_use]
    pub fn nothing(id: PartitionId) -> PartitionChange {
        PartitionChange {
            id,
            isr: None,
            elr: None,
            last_known_elr: None,
            leader: None,
            recovering: None,
        }
    }

    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == PartitionChange::nothing(self.id)
    }
}

/// A broker as the controller knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registration {
    pub epoch: BrokerEpoch,
    pub incarnation: u64,
    pub fenced: bool,
    /// In controlled shutdown.
    pub stopping: bool,
}

impl Registration {
    /// Whether it may be in an ISR or lead. Source: `ClusterControlManager.isActive`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.stopping
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    pub name: String,
    pub min_isr: Option<u64>,
    pub unclean: Option<bool>,
}

/// A partition as the controller knows it. Source: `PartitionRegistration`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Partition {
    /// In assignment order; the first is the preferred leader.
    pub replicas: Vec<NodeId>,
    pub isr: Vec<NodeId>,
    pub elr: Vec<NodeId>,
    pub last_known_elr: Vec<NodeId>,
    pub leader: Option<NodeId>,
    /// After an unclean election, until the first change of the ISR.
    pub recovering: bool,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: u32,
}

impl Partition {
    /// Applies a change: the partition epoch grows always, the leader epoch when a leader is named.
    /// Source: `PartitionRegistration.merge`.
    pub fn merge(&mut self, change: &PartitionChange) {
        if let Some(isr) = &change.isr {
            self.isr.clone_from(isr);
        }
        if let Some(elr) = &change.elr {
            self.elr.clone_from(elr);
        }
        if let Some(last) = &change.last_known_elr {
            self.last_known_elr.clone_from(last);
        }
        if let Some(leader) = change.leader {
            self.leader = leader;
            self.leader_epoch += 1;
        }
        if let Some(recovering) = change.recovering {
            self.recovering = recovering;
        }
        self.partition_epoch += 1;
    }
}

/// Everything that the metadata log says, up to some offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Image {
    pub brokers: BTreeMap<NodeId, Registration>,
    pub topics: BTreeMap<TopicId, Topic>,
    pub partitions: BTreeMap<PartitionId, Partition>,
    pub next_producer_id: u32,
}

impl Image {
    pub fn apply(&mut self, record: &MetaRecord) {
        match record {
            MetaRecord::LeaderChange { .. }
            | MetaRecord::KRaftVersion { .. }
            | MetaRecord::Voters(_)
            | MetaRecord::NoOp => {}
            MetaRecord::RegisterBroker { broker, incarnation, epoch } => {
                let registration = Registration {
                    epoch: *epoch,
                    incarnation: *incarnation,
                    fenced: true,
                    stopping: false,
                };
                self.brokers.insert(*broker, registration);
            }
            MetaRecord::BrokerChange { broker, fenced, stopping, .. } => {
                if let Some(registration) = self.brokers.get_mut(broker) {
                    registration.fenced = fenced.unwrap_or(registration.fenced);
                    registration.stopping |= stopping;
                }
            }
            MetaRecord::Topic { id, name, min_isr, unclean } => {
                let topic = Topic { name: name.clone(), min_isr: *min_isr, unclean: *unclean };
                self.topics.insert(*id, topic);
            }
            MetaRecord::Partition { id, replicas, isr, leader } => {
                let partition = Partition {
                    replicas: replicas.clone(),
                    isr: isr.clone(),
                    elr: Vec::new(),
                    last_known_elr: Vec::new(),
                    leader: Some(*leader),
                    recovering: false,
                    leader_epoch: 0,
                    partition_epoch: 0,
                };
                self.partitions.insert(*id, partition);
            }
            MetaRecord::PartitionChange(change) => {
                if let Some(partition) = self.partitions.get_mut(&change.id) {
                    partition.merge(change);
                }
            }
            MetaRecord::ProducerIds { next } => self.next_producer_id = *next,
        }
    }

    #[must_use]
    pub fn is_active(&self, broker: NodeId) -> bool {
        self.brokers.get(&broker).is_some_and(Registration::is_active)
    }

    /// `min.insync.replicas` of a partition, never more than it has replicas.
    /// Source: `Partition.effectiveMinIsr`, `getTopicEffectiveMinIsr`.
    #[must_use]
    pub fn min_isr(&self, id: PartitionId, default: u64) -> usize {
        let topic = self.topics.get(&id.topic).and_then(|topic| topic.min_isr).unwrap_or(default);
        let replicas = self.partitions.get(&id).map_or(0, |partition| partition.replicas.len());
        (topic as usize).min(replicas)
    }

    #[must_use]
    pub fn topic_named(&self, name: &str) -> Option<TopicId> {
        self.topics.iter().find(|(_, topic)| topic.name == name).map(|(id, _)| *id)
    }

    /// `orders-0`
    #[must_use]
    pub fn partition_name(&self, id: PartitionId) -> String {
        let name = self.topics.get(&id.topic).map_or("?", |topic| topic.name.as_str());
        format!("{name}-{}", id.index)
    }

    #[must_use]
    pub fn partition_named(&self, name: &str) -> Option<PartitionId> {
        let (topic, index) = name.rsplit_once('-')?;
        let id = PartitionId { topic: self.topic_named(topic)?, index: index.parse().ok()? };
        self.partitions.contains_key(&id).then_some(id)
    }
}
