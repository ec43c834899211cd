//! What leaders and controllers report of partitions: who is in sync, and who is short of whom.
//! Source: `Partition`, `ReplicaManager`, `ControllerMetadataMetrics`.

use super::record::Gauge;
use super::{few, is_internal};
use crate::fact::{Fact, IsrChanged, Reason};
use crate::id::{LeaderEpoch, PartitionId, TopicId};
use crate::image::Change;
use crate::names;
use crate::system::Kafka;
use kernel::{Event, Instant, NodeId, SortedMap, World};
use scene::{Chart, Series, Told, Unit, Whose};

#[derive(Clone, Debug)]
struct Partition {
    name: String,
    replicas: usize,
    isr: usize,
    /// Of no interest before the ISR has first been short.
    min_isr: usize,
    /// The broker that says of itself that it leads: no other one reports the partition.
    leads: Option<(NodeId, LeaderEpoch)>,
    /// The controllers know no leader.
    offline: bool,
    in_sync: Gauge,
}

impl Partition {
    fn new(name: String, replicas: usize) -> Partition {
        Partition {
            name,
            replicas,
            isr: replicas,
            min_isr: 0,
            leads: None,
            offline: false,
            in_sync: Gauge::default(),
        }
    }

    /// Source: `Partition.isUnderReplicated`; replicas that a reassignment adds do not count.
    fn is_short(&self) -> bool {
        self.leads.is_some() && self.isr < self.replicas
    }

    /// Source: `Partition.isUnderMinIsr`, `effectiveMinIsr`.
    fn is_below_min(&self) -> bool {
        self.leads.is_some() && self.isr < self.min_isr.min(self.replicas)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Replicas {
    partitions: SortedMap<PartitionId, Partition>,
    under_replicated: Gauge,
    under_min_isr: Gauge,
    offline: Gauge,
    shrinks: Gauge,
    expands: Gauge,
}

impl Replicas {
    pub(super) fn film(&mut self, world: &World<Kafka>, event: &Event<Kafka>, fact: &Fact) {
        let node = event.node.unwrap_or_default();
        match fact {
            Fact::PartitionCreated { id, replicas, .. } => {
                let fresh = Partition::new(names::partition(world, *id), replicas.len());
                self.partitions.insert(*id, fresh);
                for gauge in [&mut self.shrinks, &mut self.expands] {
                    gauge.set(event.at, Some(gauge.value().unwrap_or(0)));
                }
            }
            Fact::LeaderChosen(chosen) => {
                self.of(chosen.id, |it| it.offline = chosen.to.is_none());
            }
            Fact::BecameLeader { id, epoch, .. } => self.of(*id, |it| {
                if it.leads.is_none_or(|(_, known)| known <= *epoch) {
                    it.leads = Some((node, *epoch));
                }
            }),
            Fact::BecameFollower { id, .. } | Fact::ReplicaStopped { id } => self.of(*id, |it| {
                it.leads = it.leads.filter(|(leader, _)| *leader != node);
            }),
            Fact::IsrChanged(changed) => self.isr_changed(event.at, changed),
            // Until then there are to be as many as before it began.
            // Source: `OngoingReassignmentState.replicationFactor`.
            Fact::ReassignmentDone { id, replicas }
            | Fact::ReassignmentCancelled { id, replicas, .. } => {
                self.of(*id, |it| it.replicas = replicas.len());
            }
            Fact::ConfigChanged { topic, change: Change::MinIsr(Some(min)) } => {
                self.min_isr_is(*topic, usize::try_from(*min).unwrap_or(usize::MAX));
            }
            _ => return,
        }
        self.report(event.at);
    }

    /// A process is gone, and with it what it reported.
    pub(super) fn ended(&mut self, node: NodeId, at: Instant) {
        for partition in self.partitions.values_mut() {
            partition.leads = partition.leads.filter(|(leader, _)| *leader != node);
        }
        self.report(at);
    }

    fn of(&mut self, id: PartitionId, change: impl FnOnce(&mut Partition)) {
        if let Some(partition) = self.partitions.get_mut(&id) {
            change(partition);
        }
    }

    /// A leader counts a change that it proposed; what the controller does by itself, when it
    /// fences a broker, nobody counts. Source: `PendingPartitionChange.notifyListener`.
    fn isr_changed(&mut self, at: Instant, changed: &IsrChanged) {
        if matches!(changed.why, Reason::Proposed(_)) {
            // One that comes may end a reassignment, and others go with the same change.
            let grows = changed.to.iter().any(|node| !changed.from.contains(node));
            if grows { &mut self.expands } else { &mut self.shrinks }.count(at);
        }
        self.of(changed.id, |it| (it.isr, it.min_isr) = (changed.to.len(), changed.min_isr));
    }

    fn min_isr_is(&mut self, topic: Option<TopicId>, min: usize) {
        for (id, partition) in self.partitions.iter_mut() {
            if topic.is_none_or(|topic| topic == id.topic) {
                partition.min_isr = min;
            }
        }
    }

    fn report(&mut self, at: Instant) {
        let count = |is: fn(&Partition) -> bool| {
            Some(self.partitions.values().filter(|partition| is(partition)).count() as u64)
        };
        let (short, below, offline) =
            (count(Partition::is_short), count(Partition::is_below_min), count(|it| it.offline));
        self.under_replicated.set(at, short);
        self.under_min_isr.set(at, below);
        self.offline.set(at, offline);
        for partition in self.partitions.values_mut() {
            let reported = partition.leads.map(|_| partition.isr as u64);
            partition.in_sync.set(at, reported);
        }
    }

    pub(super) fn charts(&self) -> Vec<Chart> {
        if self.partitions.is_empty() {
            return Vec::new();
        }
        let one = |name, object, gauge: &Gauge| Series {
            name,
            object,
            of: Whose::All,
            samples: gauge.samples().to_vec(),
        };
        let short = "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions";
        let below = "kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount";
        let offline = "kafka.controller:type=KafkaController,name=OfflinePartitionsCount";
        let shrinks = "kafka.server:type=ReplicaManager,name=IsrShrinksPerSec";
        let expands = "kafka.server:type=ReplicaManager,name=IsrExpandsPerSec";
        vec![
            Chart {
                title: Told::new("chart.partitions"),
                about: Told::new("chart.partitions-about"),
                unit: Unit::Count,
                series: vec![
                    one("UnderReplicatedPartitions", short, &self.under_replicated),
                    one("UnderMinIsrPartitionCount", below, &self.under_min_isr),
                    one("OfflinePartitionsCount", offline, &self.offline),
                ],
            },
            Chart {
                title: Told::new("chart.isr"),
                about: Told::new("chart.isr-about"),
                unit: Unit::Count,
                series: self.in_sync(),
            },
            Chart {
                title: Told::new("chart.isr-changes"),
                about: Told::new("chart.isr-changes-about"),
                unit: Unit::Count,
                series: vec![
                    one("IsrShrinksPerSec", shrinks, &self.shrinks),
                    one("IsrExpandsPerSec", expands, &self.expands),
                ],
            },
        ]
    }

    fn in_sync(&self) -> Vec<Series> {
        let object = "kafka.cluster:type=Partition,name=InSyncReplicasCount,topic=*,partition=*";
        let own = self.partitions.values().filter(|partition| !is_internal(&partition.name));
        let named = own.map(|partition| (partition.name.as_str(), &partition.in_sync)).collect();
        few("InSyncReplicasCount", object, named, u64::min)
    }
}
