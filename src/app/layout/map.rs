//! Where the nodes of a cluster stand: the control plane above, brokers, clients below.
//!
//! Knows roles and how wide the stage is; refuses to know what happens in the cluster, except for
//! which pairs of nodes have something to say to each other.

use super::hindrance;
use super::wire::{Pairs, Wire, pairs, wires};
use super::{Point, Rect};
use replicascope::scene::{LinkState, NodeId, Role, Scene};

/// The whole map.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<NodeBox>,
    pub wires: Vec<Wire>,
    /// What stands on wires (walls and the like): labels keep off it.
    pub marks: Vec<Rect>,
    /// Directions in which nothing passes, or nothing until it is released.
    pub stops: Vec<(NodeId, NodeId)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeBox {
    pub id: NodeId,
    pub role: Role,
    pub rect: Rect,
    /// Rows from above: wires between different rows are straight, within a row they are arcs.
    pub row: usize,
}

const MARGIN: f64 = 8.0;
const NARROW: f64 = 560.0;

/// What the map has to fit into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    pub width: f64,
    /// The window is low: the logs below need the height more than the map does.
    pub low: bool,
}

impl Stage {
    fn narrow(self) -> bool {
        self.width < NARROW
    }

    /// Brokers take more than one row of a low and narrow window: everything is drawn closer, so
    /// that all of them are in sight.
    fn crowded(self, brokers: usize) -> bool {
        self.low && self.narrow() && brokers > self.most_in_row(self.size(Role::Broker, false).1)
    }

    fn between(self) -> f64 {
        if self.narrow() { 8.0 } else { 24.0 }
    }

    fn room(self) -> f64 {
        self.width - 2.0 * MARGIN
    }

    fn most_in_row(self, least: f64) -> usize {
        (((self.room() + self.between()) / (least + self.between())) as usize).max(1)
    }

    /// Above the brokers flies the control plane, below them the data plane.
    fn gap(self, below: Role, crowded: bool) -> f64 {
        match (below, self.low) {
            (Role::Broker, true) if crowded => 20.0,
            (Role::Broker, false) => 54.0,
            (Role::Broker, true) => 30.0,
            (_, false) => 74.0,
            (_, true) => 46.0,
        }
    }

    /// Height and width limits of a box, by what it has to say: a line or two, and rows of chips.
    fn size(self, role: Role, crowded: bool) -> (f64, f64, f64) {
        match (role, self.narrow()) {
            (Role::Controller | Role::Broker, true) if crowded => (64.0, 96.0, 160.0),
            (Role::Controller, false) => (50.0, 132.0, 236.0),
            (Role::Broker, false) => (64.0, 132.0, 236.0),
            (Role::Producer | Role::Consumer, false) => (30.0, 132.0, 236.0),
            (Role::Controller, true) => (66.0, 96.0, 160.0),
            (Role::Broker, true) => (84.0, 96.0, 160.0),
            (Role::Producer | Role::Consumer, true) => (44.0, 96.0, 160.0),
        }
    }
}

/// Boxes narrower than this are small.
pub const SMALL: f64 = 140.0;

/// All of a scene that a map depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    nodes: Vec<(NodeId, Role)>,
    /// Who has something to say to whom.
    pairs: Pairs,
    links: Vec<LinkState>,
}

impl Plan {
    #[must_use]
    pub fn of(scene: &Scene) -> Plan {
        Plan {
            nodes: scene.nodes.iter().map(|node| (node.id, node.role)).collect(),
            pairs: pairs(scene),
            links: scene.links.clone(),
        }
    }

    #[must_use]
    pub fn map(&self, stage: Stage) -> Map {
        let width = stage.width;
        let crowded = stage.crowded(self.members(&[Role::Broker]).len());
        let mut boxes: Vec<NodeBox> = Vec::new();
        let mut y = MARGIN;
        for layer in [&[Role::Controller][..], &[Role::Broker], &[Role::Producer, Role::Consumer]] {
            let members = self.members(layer);
            if members.is_empty() {
                continue;
            }
            if !boxes.is_empty() {
                y += stage.gap(layer[0], crowded);
            }
            let first_row = boxes.last().map_or(0, |last| last.row + 1);
            y = layer_boxes(&mut boxes, &members, (first_row, y), stage, crowded);
        }
        let arcs_below = boxes.last().is_some_and(|last| last.role == Role::Broker);
        let height = y + if arcs_below { 48.0 } else { MARGIN };
        let wires = wires(&self.pairs, &boxes);
        let marks = hindrance::places(&self.links, &wires);
        let stopped = self.links.iter().filter(|link| link.cut || link.held);
        let stops = stopped.map(|link| (link.from, link.to)).collect();
        Map { width, height, boxes, wires, marks, stops }
    }

    fn members(&self, roles: &[Role]) -> Vec<(NodeId, Role)> {
        let of = |role: &Role| {
            let role = *role;
            self.nodes.iter().copied().filter(move |(_, own)| *own == role)
        };
        roles.iter().flat_map(of).collect()
    }
}

impl Map {
    #[must_use]
    pub fn of(scene: &Scene, width: f64) -> Map {
        Plan::of(scene).map(Stage { width, low: false })
    }

    #[cfg(test)]
    pub fn node(&self, id: NodeId) -> Option<&NodeBox> {
        self.boxes.iter().find(|node| node.id == id)
    }

    /// The wire between two nodes, and whether it is drawn from `from` to `to`.
    #[must_use]
    pub fn wire(&self, from: NodeId, to: NodeId) -> Option<(&Wire, bool)> {
        // They stand in the order of their pairs, the lesser number first.
        let pair = (from.min(to), from.max(to));
        let place = self.wires.binary_search_by_key(&pair, |wire| (wire.a, wire.b)).ok()?;
        Some((&self.wires[place], from == pair.0))
    }
}

/// Puts one layer into as many rows as it needs; returns where it ends.
fn layer_boxes(
    boxes: &mut Vec<NodeBox>,
    members: &[(NodeId, Role)],
    (first_row, top): (usize, f64),
    stage: Stage,
    crowded: bool,
) -> f64 {
    let width = stage.width;
    let (height, least, most) = stage.size(members[0].1, crowded);
    let (between, room) = (stage.between(), stage.room());
    let rows = members.len().div_ceil(stage.most_in_row(least));
    let in_row = members.len().div_ceil(rows);
    let mut y = top;
    for (index, row) in members.chunks(in_row).enumerate() {
        if index > 0 {
            y += if crowded { 20.0 } else { 40.0 };
        }
        // Slots stay within reach of each other on very wide stages.
        let slot = ((room + between) / row.len() as f64).min(most + 140.0);
        let w = (slot - between).clamp(least.min(room), most);
        // A small box says on a second line what finds no room on the first.
        let height = if w < SMALL { height.max(44.0) } else { height };
        let start = (width - slot * row.len() as f64) / 2.0;
        for (place, (id, role)) in row.iter().enumerate() {
            let center = Point::new(start + slot * (place as f64 + 0.5), y + height / 2.0);
            let rect = Rect::around(center, w, height);
            boxes.push(NodeBox { id: *id, role: *role, rect, row: first_row + index });
        }
        y += height;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn boxes_never_overlap_and_stay_on_the_stage() {
        for brokers in 1..=9 {
            for width in [320.0, 390.0, 560.0, 720.0, 880.0, 1400.0] {
                let map = Map::of(&fixture::cluster(brokers), width);
                let stage = Rect::new(0.0, 0.0, map.width, map.height);
                for (index, one) in map.boxes.iter().enumerate() {
                    assert!(stage.holds(&one.rect), "{brokers} at {width}: {one:?}");
                    for other in &map.boxes[index + 1..] {
                        assert!(
                            !one.rect.grown(3.0).overlaps(&other.rect),
                            "{brokers} at {width}: {one:?} {other:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn three_brokers_stand_in_one_row_on_a_phone() {
        let map = Map::of(&fixture::cluster(3), 390.0);
        let brokers: Vec<_> = map.boxes.iter().filter(|b| b.role == Role::Broker).collect();
        assert_eq!(brokers.len(), 3);
        assert!(brokers.iter().all(|b| b.row == brokers[0].row));
    }

    /// The map of a phone is some 250 points high while the sheet is up.
    #[test]
    fn five_brokers_are_in_sight_on_a_phone() {
        let stage = Stage { width: 374.0, low: true };
        let map = Plan::of(&fixture::cluster(5)).map(stage);
        let brokers = map.boxes.iter().filter(|it| it.role == Role::Broker);
        let lowest = brokers.map(|it| it.rect.y + it.rect.h).fold(0.0, f64::max);
        assert!(lowest <= 240.0, "{lowest}");
    }

    #[test]
    fn an_empty_scene_has_an_empty_map() {
        let mut scene = fixture::cluster(3);
        scene.nodes.clear();
        let map = Map::of(&scene, 880.0);
        assert!(map.boxes.is_empty() && map.wires.is_empty() && map.height > 0.0);
    }
}
