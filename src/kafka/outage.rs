//! What a fault did to a partition, phase by phase: from the fault to the full ISR.

use crate::fact::Fact;
use crate::id::{PartitionId, is_producer};
use crate::system::Kafka;
use kernel::{Event, Fault, Input, Instant, NodeId, Span, What};
use scene::View;
use std::collections::BTreeMap;

/// The phases, in order. Each ends with the event that its name says.
pub(crate) const PHASES: [&str; 7] =
    ["fault", "detected", "elected", "leading", "client-knows", "first-ack", "full-isr"];

/// Instants and steps of what has happened since the fault.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage {
    hit: Option<NodeId>,
    led_by: Option<NodeId>,
    new_leader: Option<NodeId>,
    pub(crate) marks: BTreeMap<usize, (Instant, u64)>,
}

#[derive(Default)]
struct Known {
    leader: Option<NodeId>,
    replicas: Vec<NodeId>,
}

/// The latest outage of every partition that had one.
pub(crate) fn outages(view: &View<'_, Kafka>) -> BTreeMap<PartitionId, Outage> {
    let mut known: BTreeMap<PartitionId, Known> = BTreeMap::new();
    let mut outages: BTreeMap<PartitionId, Outage> = BTreeMap::new();
    for event in view.events() {
        match &event.what {
            What::Input(Input::Fault(fault)) => {
                if let Some(node) = struck(fault) {
                    begin(&known, &mut outages, node, event);
                }
            }
            What::Noted(fact) => learn(&mut known, &mut outages, fact, event),
            _ => {}
        }
    }
    outages
}

/// The node that a fault takes away, if it takes one away.
pub(crate) fn struck(fault: &Fault) -> Option<NodeId> {
    match *fault {
        Fault::Kill(node)
        | Fault::PowerOff(node)
        | Fault::Pause(node)
        | Fault::Stop(node)
        | Fault::Isolate(node)
        | Fault::FillDisk(node) => Some(node),
        Fault::Cut { from, .. } => Some(from),
        _ => None,
    }
}

fn begin(
    known: &BTreeMap<PartitionId, Known>,
    outages: &mut BTreeMap<PartitionId, Outage>,
    node: NodeId,
    event: &Event<Kafka>,
) {
    for (id, partition) in known.iter().filter(|(_, p)| p.replicas.contains(&node)) {
        let outage = Outage {
            hit: Some(node),
            led_by: partition.leader,
            new_leader: None,
            marks: BTreeMap::from([(0, (event.at, event.step))]),
        };
        outages.insert(*id, outage);
    }
}

fn learn(
    known: &mut BTreeMap<PartitionId, Known>,
    outages: &mut BTreeMap<PartitionId, Outage>,
    fact: &Fact,
    event: &Event<Kafka>,
) {
    match fact {
        Fact::PartitionCreated { id, replicas, leader } => {
            known.insert(*id, Known { leader: Some(*leader), replicas: replicas.clone() });
        }
        Fact::BrokerFenced { broker, .. } | Fact::BrokerStopping { broker } => {
            for outage in outages.values_mut().filter(|outage| outage.hit == Some(*broker)) {
                outage.mark(1, event);
            }
        }
        Fact::LeaderChosen(chosen) => {
            if let Some(partition) = known.get_mut(&chosen.id) {
                partition.leader = chosen.to;
            }
            if let Some(outage) = outages.get_mut(&chosen.id)
                && chosen.to.is_some()
                && chosen.from != chosen.to
            {
                outage.new_leader = chosen.to;
                outage.mark(2, event);
            }
        }
        Fact::BecameLeader { id, .. } => {
            if let Some(outage) = outages.get_mut(id)
                && outage.new_leader == event.node
            {
                outage.mark(3, event);
            }
        }
        Fact::MetadataLearned { id, leader, .. } => {
            if let Some(outage) = outages.get_mut(id)
                && outage.new_leader.is_some()
                && outage.new_leader == *leader
                && event.node.is_some_and(is_producer)
            {
                outage.mark(4, event);
            }
        }
        Fact::Acked(acked) => {
            if let Some(outage) = outages.get_mut(&acked.id) {
                outage.acked(event);
            }
        }
        Fact::IsrChanged(changed) => {
            if let Some(outage) = outages.get_mut(&changed.id)
                && changed.to.len() == changed.replicas
                && outage.marks.contains_key(&1)
            {
                outage.mark(6, event);
            }
        }
        _ => {}
    }
}

impl Outage {
    fn mark(&mut self, phase: usize, event: &Event<Kafka>) {
        self.marks.entry(phase).or_insert((event.at, event.step));
    }

    /// The first acknowledgement after the outage: of the new leader where there must be one,
    /// otherwise after the dead broker was taken out of the ISR.
    fn acked(&mut self, event: &Event<Kafka>) {
        let led = self.led_by == self.hit;
        let over = if led { self.marks.contains_key(&3) } else { self.marks.contains_key(&1) };
        if over {
            self.mark(5, event);
        }
    }

    /// The phase before the first acknowledgement that took longest, by the name of its end.
    pub(crate) fn slowest(&self) -> Option<&'static str> {
        let marks: Vec<(usize, Instant)> = self
            .marks
            .iter()
            .filter(|(phase, _)| **phase < 6)
            .map(|(p, (at, _))| (*p, *at))
            .collect();
        let phases = marks.windows(2).map(|pair| (pair[1].1.since(pair[0].1), pair[1].0));
        phases
            .max_by_key(|(span, phase)| (*span, std::cmp::Reverse(*phase)))
            .map(|(_, phase)| PHASES[phase])
    }
}

/// The longest stretch without an acknowledgement of the partition since the latest fault; what is
/// still going on counts up to now. Zero before any acknowledgement.
pub(crate) fn gap(view: &View<'_, Kafka>, id: PartitionId) -> Span {
    let mut last: Option<Instant> = None;
    let mut longest = Span::ZERO;
    for event in view.events() {
        match &event.what {
            What::Input(Input::Fault(fault)) if struck(fault).is_some() => longest = Span::ZERO,
            What::Noted(Fact::Acked(acked)) if acked.id == id => {
                if let Some(last) = last {
                    longest = longest.max(event.at.since(last));
                }
                last = Some(event.at);
            }
            _ => {}
        }
    }
    let open = last.map_or(Span::ZERO, |last| view.world.now().since(last));
    longest.max(open)
}
