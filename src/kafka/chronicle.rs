//! The course of the run, followed fact by fact: outages, waits, cuts, the latest decisions.
//!
//! It is part of the ledger, so it travels with the world through seeks and branches, and a scene
//! costs the same after an hour as after a second. Refuses to look back at events.

use crate::fact::Fact;
use crate::id::PartitionId;
use crate::outage::{Outage, struck};
use kernel::{EventId, Fault, Instant, NodeId, Seen, SortedMap, Span};
use std::rc::Rc;

/// Decisions that are remembered.
const DECISIONS: usize = 4;

/// What became of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Course {
    leader: Option<NodeId>,
    replicas: Vec<NodeId>,
    /// The latest one.
    pub(crate) outage: Option<Outage>,
    last_ack: Option<Instant>,
    /// Between two acknowledgements since the latest fault.
    longest_wait: Span,
    /// Records that replicas cut off.
    pub(crate) truncated: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Chronicle {
    courses: SortedMap<PartitionId, Rc<Course>>,
    /// Choices of leaders, newest first.
    pub(crate) decisions: Vec<EventId>,
}

impl Course {
    /// The longest stretch without an acknowledgement since the latest fault; what is still going
    /// on counts up to now. Zero before any acknowledgement.
    pub(crate) fn gap(&self, now: Instant) -> Span {
        self.last_ack.map_or(Span::ZERO, |last| self.longest_wait.max(now.since(last)))
    }

    fn learn(&mut self, seen: Seen, fact: &Fact) {
        match fact {
            Fact::PartitionCreated { replicas, leader, .. } => {
                (self.leader, self.replicas) = (Some(*leader), replicas.clone());
            }
            Fact::LeaderChosen(chosen) => self.leader = chosen.to,
            Fact::Truncated { from, to, .. } => self.truncated += from - to,
            Fact::Acked(_) => {
                if let Some(last) = self.last_ack {
                    self.longest_wait = self.longest_wait.max(seen.at.since(last));
                }
                self.last_ack = Some(seen.at);
            }
            _ => {}
        }
        if let Some(outage) = &mut self.outage {
            outage.learn(seen, fact);
        }
    }
}

impl Chronicle {
    /// Every partition that something was told of, in order.
    pub(crate) fn courses(&self) -> impl Iterator<Item = (PartitionId, &Course)> {
        self.courses.iter().map(|(id, course)| (*id, &**course))
    }

    pub(crate) fn course(&self, id: PartitionId) -> Option<&Course> {
        self.courses.get(&id).map(|course| &**course)
    }

    /// Notes down a fault: an outage begins for every partition of the node that it takes away.
    pub(crate) fn suffer(&mut self, fault: &Fault, at: Instant, step: u64) {
        let Some(node) = struck(fault) else { return };
        for course in self.courses.values_mut().map(Rc::make_mut) {
            course.longest_wait = Span::ZERO;
            if course.replicas.contains(&node) {
                course.outage = Some(Outage::begin(node, course.leader, at, step));
            }
        }
    }

    /// Notes down a fact.
    pub(crate) fn learn(&mut self, seen: Seen, fact: &Fact) {
        match fact {
            Fact::BrokerFenced { broker, .. } | Fact::BrokerStopping { broker } => {
                for course in self.courses.values_mut().map(Rc::make_mut) {
                    if let Some(outage) = &mut course.outage {
                        outage.left(*broker, seen);
                    }
                }
            }
            Fact::LeaderChosen(chosen) => {
                self.decisions.insert(0, seen.event);
                self.decisions.truncate(DECISIONS);
                self.of(chosen.id).learn(seen, fact);
            }
            Fact::PartitionCreated { id, .. }
            | Fact::BecameLeader { id, .. }
            | Fact::MetadataLearned { id, .. }
            | Fact::Truncated { id, .. } => self.of(*id).learn(seen, fact),
            Fact::Acked(acked) => self.of(acked.id).learn(seen, fact),
            Fact::IsrChanged(changed) => self.of(changed.id).learn(seen, fact),
            _ => {}
        }
    }

    fn of(&mut self, id: PartitionId) -> &mut Course {
        Rc::make_mut(self.courses.entry(id).or_default())
    }
}
