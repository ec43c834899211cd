//! What the learner points at on the stage, and the playhead that pictures move by.
//!
//! Knows names of things; refuses to know how they are drawn and what is done with a pick.

use replicascope::scene::{EventId, FlightId, NodeId};
use std::cell::Cell;
use std::rc::Rc;

/// One thing on the stage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pick {
    Node(NodeId),
    Flight(FlightId),
    Partition(String),
    Replica(String, NodeId),
    Record(String, u64),
    /// Directed, as faults are.
    Link(NodeId, NodeId),
    Decision(EventId),
    Line(EventId),
}

impl Pick {
    /// The pick in one word, for an attribute of the element that stands for it.
    #[must_use]
    pub fn mark(&self) -> String {
        match self {
            Pick::Node(node) => format!("node:{node}"),
            Pick::Flight(flight) => format!("flight:{}", flight.0),
            Pick::Partition(name) => format!("partition:{name}"),
            Pick::Replica(name, node) => format!("replica:{name}:{node}"),
            Pick::Record(name, offset) => format!("record:{name}:{offset}"),
            Pick::Link(from, to) => format!("link:{from}:{to}"),
            Pick::Decision(event) => format!("decision:{}", event.0),
            Pick::Line(event) => format!("line:{}", event.0),
        }
    }

    /// Reads what [`Pick::mark`] wrote.
    #[must_use]
    pub fn read(mark: &str) -> Option<Pick> {
        let mut parts = mark.split(':');
        let kind = parts.next()?;
        let first = parts.next()?;
        let second = parts.next();
        match (kind, second) {
            ("node", None) => Some(Pick::Node(node(first)?)),
            ("flight", None) => Some(Pick::Flight(FlightId(first.parse().ok()?))),
            ("partition", None) => Some(Pick::Partition(first.to_owned())),
            ("replica", Some(id)) => Some(Pick::Replica(first.to_owned(), node(id)?)),
            ("record", Some(at)) => Some(Pick::Record(first.to_owned(), at.parse().ok()?)),
            ("link", Some(to)) => Some(Pick::Link(node(first)?, node(to)?)),
            ("decision", None) => Some(Pick::Decision(EventId(first.parse().ok()?))),
            ("line", None) => Some(Pick::Line(EventId(first.parse().ok()?))),
            _ => None,
        }
    }
}

fn node(text: &str) -> Option<NodeId> {
    text.parse().ok().map(NodeId)
}

/// The instant to draw moving things at, in microseconds of virtual time.
///
/// Between two events it runs on smoothly; whoever plays sets it, the canvas only reads it.
#[derive(Clone, Debug, Default)]
pub struct Playhead {
    pub at_us: Rc<Cell<f64>>,
}

/// Two playheads are equal when they are the same one: its value is no reason to render.
impl PartialEq for Playhead {
    fn eq(&self, other: &Playhead) -> bool {
        Rc::ptr_eq(&self.at_us, &other.at_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_read_back() {
        let picks = [
            Pick::Node(NodeId(1)),
            Pick::Flight(FlightId(77)),
            Pick::Partition("orders-0".to_owned()),
            Pick::Replica("orders-0".to_owned(), NodeId(3)),
            Pick::Record("a.b_c-12".to_owned(), 41),
            Pick::Link(NodeId(1), NodeId(201)),
            Pick::Decision(EventId(9)),
            Pick::Line(EventId(0)),
        ];
        for pick in picks {
            assert_eq!(Pick::read(&pick.mark()), Some(pick));
        }
    }

    #[test]
    fn nonsense_picks_nothing() {
        for mark in ["", "node", "node:x", "link:1", "record:a", "node:1:2", "moon:1"] {
            assert_eq!(Pick::read(mark), None, "{mark}");
        }
    }
}
