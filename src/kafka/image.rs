//! The cluster's metadata: records of the metadata log, and the state that they add up to.
//!
//! Controllers and brokers hold the same image; a broker's may be older. Source: `ClusterImage`,
//! `TopicsImage`, `PartitionRegistration`; the records under `metadata/.../message`.

use crate::config::Truncation;
use crate::guard::{Guard, Guards};
use crate::homemade::{Manager, Recovery};
use crate::id::{BrokerEpoch, LeaderEpoch, PartitionId, TopicId};
use crate::quorum::Voter;
use kernel::{NodeId, SortedMap};
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
        rack: Option<Rc<str>>,
        fenced: bool,
        stopping: bool,
    },
    UnregisterBroker {
        broker: NodeId,
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
    },
    /// A setting of a topic, or, without one, of every topic that does not set it itself.
    Config {
        topic: Option<TopicId>,
        change: Change,
    },
    /// Nobody of a topic, or of all topics, is eligible any more.
    ClearElr {
        topic: Option<TopicId>,
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
    /// Which replicas of a broker lie on log directories that have failed.
    /// Source: `BrokerRegistrationChangeRecord.logDirs`.
    OfflineReplicas {
        broker: NodeId,
        epoch: BrokerEpoch,
        replicas: Vec<PartitionId>,
    },
}

/// A setting that can change while the cluster runs; none takes the change back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    MinIsr(Option<u64>),
    Unclean(Option<bool>),
    /// In milliseconds; no limit is Kafka's −1.
    Retention(Option<i64>),
    RetentionBytes(Option<i64>),
    SegmentBytes(Option<u64>),
    /// Ours, of a topic only: a home-made manager in the controller's place.
    Manager(Option<Manager>),
    /// Ours, of a topic only: how its followers make up for what they missed.
    Recovery(Option<Recovery>),
}

impl Change {
    /// Its key in Kafka: a topic's own, or the one that holds for every topic.
    /// Source: `TopicConfig`, `ServerTopicConfigSynonyms`.
    #[must_use]
    pub fn key(self, of_topic: bool) -> &'static str {
        match (self, of_topic) {
            (Change::MinIsr(_), _) => "min.insync.replicas",
            (Change::Unclean(_), _) => "unclean.leader.election.enable",
            (Change::Retention(_), true) => "retention.ms",
            (Change::Retention(_), false) => "log.retention.ms",
            (Change::RetentionBytes(_), true) => "retention.bytes",
            (Change::RetentionBytes(_), false) => "log.retention.bytes",
            (Change::SegmentBytes(_), true) => "segment.bytes",
            (Change::SegmentBytes(_), false) => "log.segment.bytes",
            (Change::Manager(_), _) => "manager",
            (Change::Recovery(_), _) => "recovery",
        }
    }

    /// Its value in Kafka; none when the change is taken back.
    #[must_use]
    pub fn value(self) -> Option<String> {
        match self {
            Change::MinIsr(value) | Change::SegmentBytes(value) => value.map(|n| n.to_string()),
            Change::Unclean(value) => value.map(|allowed| allowed.to_string()),
            Change::Manager(value) => value.map(|manager| manager.name().to_owned()),
            Change::Recovery(value) => value.map(|recovery| recovery.name().to_owned()),
            Change::Retention(value) | Change::RetentionBytes(value) => {
                value.map(|n| n.to_string())
            }
        }
    }
}

/// Settings that were changed: of one topic, or for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Changed {
    pub min_isr: Option<u64>,
    pub unclean: Option<bool>,
    pub retention: Option<i64>,
    pub retention_bytes: Option<i64>,
    pub segment_bytes: Option<u64>,
    pub manager: Option<Manager>,
    pub recovery: Option<Recovery>,
}

impl Changed {
    fn apply(&mut self, change: Change) {
        match change {
            Change::MinIsr(value) => self.min_isr = value,
            Change::Unclean(value) => self.unclean = value,
            Change::Retention(value) => self.retention = value,
            Change::RetentionBytes(value) => self.retention_bytes = value,
            Change::SegmentBytes(value) => self.segment_bytes = value,
            Change::Manager(value) => self.manager = value,
            Change::Recovery(value) => self.recovery = value,
        }
    }

    /// All that it holds, as the changes that would lead to it.
    #[must_use]
    pub fn all(self) -> [Change; 7] {
        [
            Change::MinIsr(self.min_isr),
            Change::Unclean(self.unclean),
            Change::Retention(self.retention),
            Change::RetentionBytes(self.retention_bytes),
            Change::SegmentBytes(self.segment_bytes),
            Change::Manager(self.manager),
            Change::Recovery(self.recovery),
        ]
    }
}

/// The fields of a partition that change; the others stay.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionChange {
    pub id: PartitionId,
    pub replicas: Option<Vec<NodeId>>,
    pub removing: Option<Vec<NodeId>>,
    pub adding: Option<Vec<NodeId>>,
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
            replicas: None,
            removing: None,
            adding: None,
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
    pub rack: Option<Rc<str>>,
    /// Its replicas on log directories that have failed. Kafka keeps which directories work, and
    /// for each replica where it lies.
    pub offline: Vec<PartitionId>,
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
    pub configs: Changed,
}

/// A partition as the controller knows it. Source: `PartitionRegistration`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Partition {
    /// In assignment order; the first is the preferred leader.
    pub replicas: Vec<NodeId>,
    /// Replicas that a reassignment takes away, and those that it brings.
    pub removing: Vec<NodeId>,
    pub adding: Vec<NodeId>,
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
    #[must_use]
    pub fn has_preferred_leader(&self) -> bool {
        self.leader == self.replicas.first().copied()
    }

    #[must_use]
    pub fn is_reassigning(&self) -> bool {
        !self.removing.is_empty() || !self.adding.is_empty()
    }

    /// Applies a change: the partition epoch grows always, the leader epoch when a leader is named.
    /// Source: `PartitionRegistration.merge`.
    pub fn merge(&mut self, change: &PartitionChange, guards: Guards) {
        let lists = [
            (&mut self.replicas, &change.replicas),
            (&mut self.removing, &change.removing),
            (&mut self.adding, &change.adding),
            (&mut self.isr, &change.isr),
            (&mut self.elr, &change.elr),
            (&mut self.last_known_elr, &change.last_known_elr),
        ];
        for (mine, new) in lists {
            if let Some(new) = new {
                mine.clone_from(new);
            }
        }
        if let Some(leader) = change.leader {
            self.leader = leader;
            self.leader_epoch += LeaderEpoch::from(guards.on(Guard::LeaderChangeBumpsEpoch));
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
    /// Under which lines of defence its records were written.
    guards: Guards,
    pub brokers: SortedMap<NodeId, Registration>,
    pub topics: SortedMap<TopicId, Topic>,
    pub partitions: SortedMap<PartitionId, Partition>,
    /// What was changed for every topic at once.
    pub defaults: Changed,
    pub next_producer_id: u32,
}

impl Image {
    #[must_use]
    pub fn under(guards: Guards) -> Image {
        Image { guards, ..Image::default() }
    }

    pub fn apply(&mut self, record: &MetaRecord) {
        match record {
            MetaRecord::LeaderChange { .. }
            | MetaRecord::KRaftVersion { .. }
            | MetaRecord::Voters(_)
            | MetaRecord::NoOp => {}
            MetaRecord::RegisterBroker { broker, incarnation, epoch, rack, fenced, stopping } => {
                let known = self.brokers.get(broker);
                let registration = Registration {
                    offline: known.map_or_else(Vec::new, |known| known.offline.clone()),
                    epoch: *epoch,
                    incarnation: *incarnation,
                    fenced: *fenced,
                    stopping: *stopping,
                    rack: rack.clone(),
                };
                self.brokers.insert(*broker, registration);
            }
            MetaRecord::UnregisterBroker { broker, .. } => drop(self.brokers.remove(broker)),
            MetaRecord::BrokerChange { broker, fenced, stopping, .. } => {
                if let Some(registration) = self.brokers.get_mut(broker) {
                    registration.fenced = fenced.unwrap_or(registration.fenced);
                    registration.stopping |= stopping;
                }
            }
            MetaRecord::OfflineReplicas { broker, replicas, .. } => {
                if let Some(registration) = self.brokers.get_mut(broker) {
                    registration.offline.clone_from(replicas);
                }
            }
            MetaRecord::Topic { id, name } => {
                let topic = Topic { name: name.clone(), configs: Changed::default() };
                self.topics.insert(*id, topic);
            }
            MetaRecord::Config { topic: None, change } => self.defaults.apply(*change),
            MetaRecord::Config { topic: Some(topic), change } => {
                if let Some(topic) = self.topics.get_mut(topic) {
                    topic.configs.apply(*change);
                }
            }
            MetaRecord::ClearElr { topic } => self.clear_elr(*topic),
            MetaRecord::Partition { id, replicas, isr, leader } => {
                let partition = Partition {
                    replicas: replicas.clone(),
                    removing: Vec::new(),
                    adding: Vec::new(),
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
                    partition.merge(change, self.guards);
                }
            }
            MetaRecord::ProducerIds { next } => self.next_producer_id = *next,
        }
    }

    /// Whether a broker's replica lies on a directory that has failed.
    #[must_use]
    pub fn is_offline(&self, broker: NodeId, id: PartitionId) -> bool {
        self.brokers.get(&broker).is_some_and(|known| known.offline.contains(&id))
    }

    #[must_use]
    pub fn is_active(&self, broker: NodeId) -> bool {
        self.brokers.get(&broker).is_some_and(Registration::is_active)
    }

    /// Source: `ReplicationControlManager.replay(ClearElrRecord)`.
    fn clear_elr(&mut self, topic: Option<TopicId>) {
        for (id, partition) in self.partitions.iter_mut() {
            let concerned = topic.is_none_or(|topic| topic == id.topic);
            let eligible = !partition.elr.is_empty() || !partition.last_known_elr.is_empty();
            if concerned && eligible {
                let (elr, last_known_elr) = (Some(Vec::new()), Some(Vec::new()));
                let nothing = PartitionChange::nothing(*id);
                partition.merge(&PartitionChange { elr, last_known_elr, ..nothing }, self.guards);
            }
        }
    }

    /// A topic's own setting, or else the one for every topic, if there is one.
    #[must_use]
    pub fn changed<T>(&self, topic: TopicId, of: fn(&Changed) -> Option<T>) -> Option<T> {
        let own = self.topics.get(&topic).and_then(|topic| of(&topic.configs));
        own.or_else(|| of(&self.defaults))
    }

    fn min_isr_of(&self, topic: TopicId, default: u64) -> usize {
        self.changed(topic, |configs| configs.min_isr).unwrap_or(default) as usize
    }

    /// `min.insync.replicas` of a partition, never more than it has replicas: so a leader counts.
    /// Source: `Partition.effectiveMinIsr`.
    #[must_use]
    pub fn min_isr(&self, id: PartitionId, default: u64) -> usize {
        let replicas = self.partitions.get(&id).map_or(0, |partition| partition.replicas.len());
        self.min_isr_of(id.topic, default).min(replicas)
    }

    /// `min.insync.replicas` of a topic, never more than its first partition has replicas: so the
    /// controller counts. Source: spec A13.1; `getTopicEffectiveMinIsr`.
    #[must_use]
    pub fn topic_min_isr(&self, topic: TopicId, default: u64) -> usize {
        self.min_isr(PartitionId { topic, index: 0 }, default)
    }

    /// Whether elections of a topic may be unclean.
    #[must_use]
    pub fn unclean_allowed(&self, topic: TopicId, default: bool) -> bool {
        self.changed(topic, |configs| configs.unclean).unwrap_or(default)
    }

    /// How followers of a topic make up for what they missed.
    #[must_use]
    pub fn recovery(&self, topic: TopicId, default: Truncation) -> Recovery {
        let own = self.topics.get(&topic).and_then(|topic| topic.configs.recovery);
        own.unwrap_or(Recovery::Cut(default))
    }

    #[must_use]
    pub fn next_topic(&self) -> TopicId {
        TopicId(self.topics.keys().next_back().map_or(0, |last| last.0 + 1))
    }

    #[must_use]
    pub fn partition_count(&self, topic: TopicId) -> usize {
        self.partitions.keys().filter(|id| id.topic == topic).count()
    }

    /// The topics, and how many partitions each has.
    #[must_use]
    pub fn topic_sizes(&self) -> SortedMap<TopicId, u16> {
        let mut sizes: SortedMap<TopicId, u16> = SortedMap::new();
        for id in self.partitions.keys() {
            *sizes.entry(id.topic).or_default() += 1;
        }
        sizes
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
