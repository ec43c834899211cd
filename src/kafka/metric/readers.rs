//! How far consumers and their groups are behind, and how often a group was shared out anew.
//! Source: `FetchMetricsManager`, `SubscriptionState.partitionLag`, `ConsumerGroupCommand`,
//! `GroupCoordinatorMetrics`.

use super::few;
use super::record::Gauge;
use crate::broker::groups::GroupChanged;
use crate::client::order::SeekTo;
use crate::fact::Fact;
use crate::group::{GroupId, Kind};
use crate::id::{Offset, PartitionId};
use crate::names;
use crate::node::Node;
use crate::system::Kafka;
use kernel::{Event, Instant, NodeId, SortedMap, World};
use scene::{Chart, Series, Told, Unit, Whose};

type Offsets = SortedMap<PartitionId, Offset>;

/// Someone who is somewhere in partitions, and may be behind.
#[derive(Clone, Debug, Default)]
struct Reader {
    name: String,
    at: Offsets,
    lag: Gauge,
}

impl Reader {
    /// How far behind in each partition of which both ends are known.
    fn lags<'a>(&'a self, marks: &'a Offsets) -> impl Iterator<Item = u64> {
        let lag = |(id, at): (&PartitionId, &Offset)| Some(marks.get(id)?.saturating_sub(*at));
        self.at.iter().filter_map(lag)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    /// High watermarks as the leaders have them.
    marks: Offsets,
    consumers: SortedMap<NodeId, Reader>,
    groups: SortedMap<GroupId, Reader>,
    classic: Gauge,
    modern: Gauge,
}

impl Readers {
    pub(super) fn film(&mut self, world: &World<Kafka>, event: &Event<Kafka>, fact: &Fact) {
        let node = event.node.unwrap_or_default();
        match fact {
            Fact::HighWatermark { id, to, leads: true, .. } => {
                self.marks.insert(*id, *to);
                self.moved(*id, event.at);
                return;
            }
            Fact::BecameLeader { id, start, .. } => {
                // What it does not have, nobody can be behind.
                self.marks.entry(*id).and_modify(|mark| *mark = (*mark).min(*start));
                self.moved(*id, event.at);
                return;
            }
            Fact::OffsetsCommitted { offsets } => {
                let Some(group) = group_of(world, node) else { return };
                return self.committed(world, group, offsets, event.at);
            }
            Fact::OffsetsReset { group, offsets } => {
                return self.committed(world, *group, offsets, event.at);
            }
            Fact::OffsetsExpired { group, gone } => return self.expired(*group, gone, event.at),
            Fact::GroupChanged(changed) => return self.rebalanced(event.at, changed),
            Fact::Consumed { id, base, records } => {
                self.consumer(world, node).at.insert(*id, base + records.len() as Offset);
            }
            Fact::PositionReset { id, to }
            | Fact::Sought { id, to: SeekTo::Offset(to) }
            | Fact::ReadTruncated { id, to, .. }
            | Fact::Placed { id, at: Some(to) } => {
                self.consumer(world, node).at.insert(*id, *to);
            }
            Fact::PartitionsAssigned { all, .. } => {
                self.consumer(world, node).at.retain(|id, _| all.contains(id));
            }
            Fact::PartitionsRevoked { gone } | Fact::PartitionsLost { gone } => {
                self.consumer(world, node).at.retain(|id, _| !gone.contains(id));
            }
            _ => return,
        }
        self.report(node, event.at);
    }

    /// A process is gone, and with it what it reported.
    pub(super) fn ended(&mut self, node: NodeId, at: Instant) {
        if let Some(reader) = self.consumers.get_mut(&node) {
            reader.at.clear();
            self.report(node, at);
        }
    }

    pub(super) fn forget(&mut self, at: Instant) {
        let readers = self.consumers.values_mut().chain(self.groups.values_mut());
        readers.for_each(|reader| reader.lag.forget(at));
    }

    fn consumer(&mut self, world: &World<Kafka>, node: NodeId) -> &mut Reader {
        self.consumers.entry(node).or_insert_with(|| {
            let name = world.node(node).and_then(|slot| names::client_name(&slot.process));
            Reader { name: name.unwrap_or_default().to_owned(), ..Reader::default() }
        })
    }

    /// A partition's high watermark has moved.
    fn moved(&mut self, id: PartitionId, at: Instant) {
        let reads = |reader: &Reader| reader.at.contains_key(&id);
        for reader in self.consumers.values_mut().filter(|reader| reads(reader)) {
            let lag = reader.lags(&self.marks).max();
            reader.lag.set(at, lag);
        }
        for reader in self.groups.values_mut().filter(|reader| reads(reader)) {
            let lag = reader.lags(&self.marks).sum();
            reader.lag.set(at, Some(lag));
        }
    }

    fn report(&mut self, node: NodeId, at: Instant) {
        if let Some(reader) = self.consumers.get_mut(&node) {
            let lag = reader.lags(&self.marks).max();
            reader.lag.set(at, lag);
        }
    }

    fn committed(
        &mut self,
        world: &World<Kafka>,
        group: GroupId,
        offsets: &[(PartitionId, Offset)],
        at: Instant,
    ) {
        let fresh = || Reader { name: names::group(world, group), ..Reader::default() };
        let reader = self.groups.entry(group).or_insert_with(fresh);
        for (id, offset) in offsets {
            reader.at.insert(*id, *offset);
        }
        let lag = reader.lags(&self.marks).sum();
        reader.lag.set(at, Some(lag));
    }

    fn expired(&mut self, group: GroupId, gone: &[PartitionId], at: Instant) {
        let Some(reader) = self.groups.get_mut(&group) else { return };
        reader.at.retain(|id, _| !gone.contains(id));
        let lag = reader.lags(&self.marks).sum();
        reader.lag.set(at, Some(lag));
    }

    /// A classic group counts a rebalance when everybody has been told its share, a group of the
    /// consumer protocol when it begins a new epoch. Source: `GroupMetadataManager`.
    fn rebalanced(&mut self, at: Instant, changed: &GroupChanged) {
        let Some(after) = changed.after else { return };
        let (before, epoch) = changed.before.map_or(("", 0), |before| (before.state, before.epoch));
        match (after.kind, before, after.state) {
            (Kind::Classic, "CompletingRebalance", "Stable") => self.classic.count(at),
            (Kind::Consumer, ..) if after.epoch > epoch => self.modern.count(at),
            _ => {}
        }
    }

    pub(super) fn charts(&self) -> Vec<Chart> {
        let fetches = "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=*";
        let tool = "kafka-consumer-groups.sh --describe";
        let classic =
            "kafka.server:type=group-coordinator-metrics,name=group-completed-rebalance-count";
        let modern =
            "kafka.server:type=group-coordinator-metrics,name=consumer-group-rebalance-count";
        let counted = [
            ("group-completed-rebalance-count", classic, &self.classic),
            ("consumer-group-rebalance-count", modern, &self.modern),
        ];
        let counted = counted.into_iter().filter(|(_, _, gauge)| gauge.is_known());
        let counts = counted.map(|(name, object, gauge)| {
            let samples = gauge.samples().to_vec();
            Series { name, object, of: Whose::All, samples }
        });
        let charts = [
            (
                Told::new("chart.lag"),
                Told::new("chart.lag-about"),
                few("records-lag-max", fetches, lags(&self.consumers), u64::max),
            ),
            (
                Told::new("chart.group-lag"),
                Told::new("chart.group-lag-about"),
                few("LAG", tool, lags(&self.groups), u64::max),
            ),
            (Told::new("chart.rebalances"), Told::new("chart.rebalances-about"), counts.collect()),
        ];
        let charts = charts.into_iter().filter(|(.., series)| !series.is_empty());
        let chart = |(title, about, series)| Chart { title, about, unit: Unit::Count, series };
        charts.map(chart).collect()
    }
}

fn lags<K>(readers: &SortedMap<K, Reader>) -> Vec<(&str, &Gauge)> {
    let known = readers.values().filter(|reader| reader.lag.is_known());
    known.map(|reader| (reader.name.as_str(), &reader.lag)).collect()
}

fn group_of(world: &World<Kafka>, node: NodeId) -> Option<GroupId> {
    match &world.node(node)?.process {
        Node::Member(member) => Some(member.config.key.id),
        _ => None,
    }
}
