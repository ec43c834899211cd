//! What a fault did to a partition, phase by phase: from the fault to the full ISR.
//!
//! Knows the rules of one outage; which partitions a fault hits is `chronicle`'s business.

use crate::fact::Fact;
use crate::id::is_producer;
use kernel::{Fault, Instant, NodeId, Seen, SortedMap, Span};

/// The phases, in order. Each ends with the event that its name says.
pub(crate) const PHASES: [&str; 7] =
    ["fault", "detected", "elected", "leading", "client-knows", "first-ack", "full-isr"];

/// Instants and steps of what has happened since the fault.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outage {
    hit: NodeId,
    led_by: Option<NodeId>,
    new_leader: Option<NodeId>,
    pub(crate) marks: SortedMap<usize, (Instant, u64)>,
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

impl Outage {
    /// A fault took `hit` away from a partition that `led_by` leads.
    pub(crate) fn begin(hit: NodeId, led_by: Option<NodeId>, at: Instant, step: u64) -> Outage {
        Outage { hit, led_by, new_leader: None, marks: SortedMap::from_iter([(0, (at, step))]) }
    }

    /// The controller took a broker out of service.
    pub(crate) fn left(&mut self, broker: NodeId, seen: Seen) {
        if self.hit == broker {
            self.mark(1, seen);
        }
    }

    /// Follows a fact about the partition.
    pub(crate) fn learn(&mut self, seen: Seen, fact: &Fact) {
        match fact {
            Fact::LeaderChosen(chosen) if chosen.to.is_some() && chosen.from != chosen.to => {
                self.new_leader = chosen.to;
                self.mark(2, seen);
            }
            Fact::BecameLeader { .. } if self.new_leader == Some(seen.node) => self.mark(3, seen),
            Fact::MetadataLearned { leader, .. }
                if leader.is_some() && self.new_leader == *leader && is_producer(seen.node) =>
            {
                self.mark(4, seen);
            }
            Fact::Acked(_) => self.acked(seen),
            Fact::IsrChanged(changed)
                if changed.to.len() == changed.replicas && self.marks.contains_key(&1) =>
            {
                self.mark(6, seen);
            }
            _ => {}
        }
    }

    fn mark(&mut self, phase: usize, seen: Seen) {
        self.marks.entry(phase).or_insert((seen.at, seen.step));
    }

    /// The first acknowledgement after the outage: of the new leader where there must be one,
    /// otherwise after the dead broker was taken out of the ISR.
    fn acked(&mut self, seen: Seen) {
        let led = self.led_by == Some(self.hit);
        let over = if led { self.marks.contains_key(&3) } else { self.marks.contains_key(&1) };
        if over {
            self.mark(5, seen);
        }
    }

    /// How long a phase took, from the end of the one before it that was seen.
    pub(crate) fn lasted(&self, phase: usize) -> Option<Span> {
        let (end, _) = self.marks.get(&phase)?;
        let before = self.marks.iter().rev().find(|(other, _)| **other < phase);
        before.map(|(_, (at, _))| end.since(*at))
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
