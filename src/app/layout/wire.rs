//! Links between nodes: which are drawn, by which way, and what stands in their way.
//!
//! Knows who talks to whom in a scene; refuses to know messages.

use super::map::NodeBox;
use super::shape::{Shape, group, path, pickable, px};
use super::text::{name_of, say};
use super::{Point, hindrance};
use crate::pick::Pick;
use replicascope::Lang;
use replicascope::scene::{Arrange, LinkState, NodeId, Role, Scene};
use std::collections::{BTreeMap, BTreeSet};

/// A link, from `a` to `b`, bent by one control point (in the middle where it is straight).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    pub a: NodeId,
    pub b: NodeId,
    pub from: Point,
    pub bend: Point,
    pub to: Point,
    /// Near enough.
    pub length: f64,
}

impl Wire {
    /// The point at `t` (0 to 1).
    #[must_use]
    pub fn at(&self, t: f64) -> Point {
        self.from.toward(self.bend, t).toward(self.bend.toward(self.to, t), t)
    }

    /// The direction of travel at `t`, of length 1.
    #[must_use]
    pub fn heading(&self, t: f64) -> Point {
        let (p, q) = (self.from.toward(self.bend, t), self.bend.toward(self.to, t));
        let length = p.distance(q).max(1e-6);
        Point::new((q.x - p.x) / length, (q.y - p.y) / length)
    }

    fn measured(mut self) -> Wire {
        let part = |i| self.at(f64::from(i) / 8.0).distance(self.at(f64::from(i + 1) / 8.0));
        self.length = (0..8).map(part).sum();
        self
    }

    fn d(&self) -> String {
        let [from, bend, to] =
            [self.from, self.bend, self.to].map(|p| [px(p.x), px(p.y)].join(" "));
        format!("M{from}Q{bend} {to}")
    }
}

/// Nodes with a link between them, the lesser number first.
pub type Pairs = BTreeSet<(NodeId, NodeId)>;

/// Every pair that is drawn, in a fixed order.
#[must_use]
pub fn pairs(scene: &Scene) -> Pairs {
    let mut pairs = BTreeSet::new();
    let mut add = |a: NodeId, b: NodeId| {
        if a != b {
            pairs.insert((a.min(b), a.max(b)));
        }
    };
    let of = |role: Role| scene.nodes.iter().filter(move |node| node.role == role);
    let active: Vec<NodeId> = of(Role::Controller)
        .filter(|node| node.standing.as_ref().is_some_and(|told| told.key.ends_with(".active")))
        .map(|node| node.id)
        .collect();
    for one in of(Role::Controller) {
        of(Role::Controller).for_each(|other| add(one.id, other.id));
        if active.is_empty() || active.contains(&one.id) {
            of(Role::Broker).for_each(|broker| add(one.id, broker.id));
        }
    }
    for strips in &scene.strips {
        let leaders = strips.replicas.iter().filter(|replica| replica.leads);
        let leaders: Vec<NodeId> =
            leaders.map(|replica| replica.node).chain(strips.leader).collect();
        for replica in &strips.replicas {
            leaders.iter().for_each(|leader| add(*leader, replica.node));
            for client in of(Role::Producer).chain(of(Role::Consumer)) {
                add(client.id, replica.node);
            }
        }
    }
    scene.flights.iter().for_each(|flight| add(flight.from, flight.to));
    scene.links.iter().for_each(|link| add(link.from, link.to));
    pairs
}

/// The ways of all links in the order of the pairs, their ends spread along the edges so that they
/// do not meet.
#[must_use]
pub fn wires(pairs: &Pairs, boxes: &[NodeBox]) -> Vec<Wire> {
    let find = |id: NodeId| boxes.iter().find(|node| node.id == id);
    let drawn: Vec<(&NodeBox, &NodeBox)> =
        pairs.iter().filter_map(|(a, b)| Some((find(*a)?, find(*b)?))).collect();
    let ports = ports(&drawn);
    drawn
        .iter()
        .enumerate()
        .map(|(index, (a, b))| {
            let (from, to) = (ports[&(index, a.id)], ports[&(index, b.id)]);
            let bend = bend(boxes, a, b, from, to);
            Wire { a: a.id, b: b.id, from, bend, to, length: 0.0 }.measured()
        })
        .collect()
}

/// Links within a row hang below it like a rope; others are straight.
fn bend(boxes: &[NodeBox], a: &NodeBox, b: &NodeBox, from: Point, to: Point) -> Point {
    let middle = from.toward(to, 0.5);
    if a.row != b.row {
        return middle;
    }
    let row = boxes.iter().filter(|node| node.row == a.row);
    let between = row.filter(|node| {
        let x = node.rect.center().x;
        x > from.x.min(to.x) + 1.0 && x < from.x.max(to.x) - 1.0
    });
    let depth = 42.0 + 22.0 * (between.count().min(1) as f64);
    middle.moved(0.0, depth)
}

/// The upper or the lower edge of a node's box.
type Side = (NodeId, bool);
/// Which link touches here, its box, and the box at its other end.
type End<'a> = (usize, &'a NodeBox, &'a NodeBox);

/// Where each link touches each of its boxes.
fn ports(drawn: &[(&NodeBox, &NodeBox)]) -> BTreeMap<(usize, NodeId), Point> {
    let mut sides: BTreeMap<Side, Vec<End>> = BTreeMap::new();
    for (index, (a, b)) in drawn.iter().enumerate() {
        for (one, other) in [(*a, *b), (*b, *a)] {
            let below = other.row >= one.row;
            sides.entry((one.id, below)).or_default().push((index, one, other));
        }
    }
    let mut ports = BTreeMap::new();
    for ((id, below), mut ends) in sides {
        ends.arrange_by(|p, q| order(p.1, p.2).total_cmp(&order(q.1, q.2)).then(p.0.cmp(&q.0)));
        let count = ends.len() as f64;
        for (place, (index, one, _)) in ends.into_iter().enumerate() {
            let share = 0.12 + 0.76 * (place as f64 + 0.5) / count;
            let y = if below { one.rect.bottom() } else { one.rect.y };
            ports.insert((index, id), Point::new(one.rect.x + one.rect.w * share, y));
        }
    }
    ports
}

/// Links are ordered along an edge as the other ends stand; arcs leave at the corners.
fn order(one: &NodeBox, other: &NodeBox) -> f64 {
    let dx = other.rect.center().x - one.rect.center().x;
    if one.row == other.row { dx * 1000.0 } else { dx }
}

/// All links of a map, and the walls, clocks and sieves that stand on them.
#[must_use]
pub fn picture(scene: &Scene, wires: &[Wire], picked: Option<&Pick>, lang: Lang) -> Vec<Shape> {
    let mut lines = Vec::new();
    let mut marks = Vec::new();
    for wire in wires {
        let states: Vec<&LinkState> = scene
            .links
            .iter()
            .filter(|s| [(wire.a, wire.b), (wire.b, wire.a)].contains(&(s.from, s.to)))
            .collect();
        let class = class(scene, wire, &states, picked);
        let label = say(
            lang,
            "stage.link",
            &[("from", &name_of(scene, wire.a)), ("to", &name_of(scene, wire.b))],
        );
        let pick = Pick::Link(wire.a, wire.b).mark();
        let target = path(wire.d(), "wire-target");
        lines.push(pickable(group("link", [path(wire.d(), class), target]), &pick, label));
        for state in states {
            marks.extend(hindrance::picture(scene, wire, state, lang));
        }
    }
    lines.push(group("hindrances", marks));
    lines
}

fn class(scene: &Scene, wire: &Wire, states: &[&LinkState], picked: Option<&Pick>) -> &'static str {
    let is = |pair: (NodeId, NodeId)| [(wire.a, wire.b), (wire.b, wire.a)].contains(&pair);
    let role = |id| scene.nodes.iter().find(|node| node.id == id).map(|node| node.role);
    if matches!(picked, Some(Pick::Link(from, to)) if is((*from, *to))) {
        "wire wire-picked"
    } else if states.iter().filter(|state| state.cut).count() == 2 {
        "wire wire-cut"
    } else if role(wire.a) == Some(Role::Controller) || role(wire.b) == Some(Role::Controller) {
        "wire wire-control"
    } else {
        "wire"
    }
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, map::Map};
    use super::*;

    #[test]
    fn a_wire_runs_from_edge_to_edge() {
        let map = Map::of(&fixture::outage(), 880.0);
        assert!(!map.wires.is_empty());
        for wire in &map.wires {
            for (id, end) in [(wire.a, wire.at(0.0)), (wire.b, wire.at(1.0))] {
                let node = map.node(id).expect("both ends are on the map");
                assert!(node.rect.grown(0.5).contains(end), "{wire:?}");
                assert!(!node.rect.grown(-0.5).contains(end), "{wire:?}");
            }
        }
    }

    #[test]
    fn no_two_wires_share_an_end() {
        let map = Map::of(&fixture::outage(), 880.0);
        let ends: Vec<Point> = map.wires.iter().flat_map(|w| [w.from, w.to]).collect();
        for (index, one) in ends.iter().enumerate() {
            assert!(ends[index + 1..].iter().all(|other| one.distance(*other) > 2.0), "{one:?}");
        }
    }

    #[test]
    fn arcs_stay_out_of_the_boxes() {
        let map = Map::of(&fixture::cluster(5), 1100.0);
        for wire in &map.wires {
            for step in 1..20 {
                let at = wire.at(f64::from(step) / 20.0);
                let (a, b) = (map.node(wire.a).expect("a"), map.node(wire.b).expect("b"));
                if a.row.abs_diff(b.row) <= 1 {
                    assert!(map.boxes.iter().all(|n| !n.rect.grown(-1.0).contains(at)), "{wire:?}");
                }
            }
        }
    }
}
