//! What waits in a node, as chips with emptying rings: parked requests and running timers.
//!
//! Knows waits and the room in a box; refuses to know the rest of the box.

use super::node::PAD;
use super::shape::{Shape, group, rect, text};
use super::span::{brief, ring, share_left};
use super::text::{clip, name_of, tell, width};
use super::{Point, Rect};
use replicascope::Lang;
use replicascope::scene::{Arg, Node, NodeId, Role, Scene, Told};

const SIZE: f64 = 11.0;

/// Something that waits in a node.
pub struct Chip {
    pub left: f64,
    pub label: String,
    /// The label where there is little room, and where there is hardly any.
    pub short: String,
    pub tiny: String,
    pub title: String,
    pub parked: bool,
}

/// All that waits in a node, requests first.
#[must_use]
pub fn waiting(scene: &Scene, node: &Node, lang: Lang) -> Vec<Chip> {
    let parked = scene.parked.iter().filter(|p| p.node == node.id).map(|parked| Chip {
        left: share_left(parked.since, parked.until, scene.at),
        label: format!("{} ← {}", parked.api, asker(scene, parked.from)),
        short: format!("{}←{}", parked.api, asker(scene, parked.from)),
        tiny: parked.api.clone(),
        title: format!(
            "{} ← {}: {} ({})",
            parked.api,
            name_of(scene, parked.from),
            tell(lang, &parked.why, scene),
            brief(parked.until.since(scene.at))
        ),
        parked: true,
    });
    let timers = scene.timers.iter().filter(|t| t.node == node.id).map(|timer| {
        let what = tell(lang, &timer.label, scene);
        let rest = brief(timer.due.since(scene.at));
        Chip {
            left: share_left(timer.set, timer.due, scene.at),
            title: format!("{what}: {rest} ({}={})", timer.setting.key, timer.setting.value),
            short: about(&timer.label).map_or(rest.clone(), |node| format!("{node}: {rest}")),
            tiny: rest.clone(),
            label: format!("{rest} {what}"),
            parked: false,
        }
    });
    parked.chain(timers).collect()
}

/// Who asks, in few letters: a client by its name, a broker by its number.
fn asker(scene: &Scene, from: NodeId) -> String {
    let client = |node: &Node| matches!(node.role, Role::Producer | Role::Consumer);
    let known = scene.nodes.iter().find(|node| node.id == from && client(node));
    known.map_or_else(|| from.to_string(), |node| node.name.clone())
}

/// The node that a message is about.
fn about(told: &Told) -> Option<NodeId> {
    told.args.iter().find_map(|(_, arg)| match arg {
        Arg::Node(node) => Some(*node),
        _ => None,
    })
}

/// Chips flow into the box from `top` on; what finds no room is counted.
#[must_use]
pub fn chips(area: Rect, top: f64, mut chips: Vec<Chip>) -> Vec<Shape> {
    let rows = ((area.h - top + 0.5) / 20.0).floor().max(0.0) as usize;
    let room = area.w - 2.0 * PAD + 8.0;
    let needed: f64 =
        chips.iter().map(|chip| (width(&chip.label, SIZE) + 27.0).max(room / 2.0)).sum();
    if needed > room * rows as f64 {
        chips.iter_mut().for_each(|chip| chip.label = chip.short.clone());
    }
    let left = area.x + PAD - 4.0;
    let mut shapes = Vec::new();
    let (mut x, mut row) = (0.0, 0);
    for (index, chip) in chips.iter().enumerate() {
        let rest = chips.len() - index - 1;
        // The last row keeps room for the count of what comes after.
        let kept = |row: usize| if row + 1 == rows && rest > 0 { 25.0 } else { 0.0 };
        let natural = |label: &str| width(label, SIZE) + 20.0;
        if x > 0.0 && x + natural(&chip.label) > room - kept(row) && row + 1 < rows {
            (x, row) = (0.0, row + 1);
        }
        let free = room - x - kept(row);
        let label = if natural(&chip.label) <= free { &chip.label } else { &chip.tiny };
        let wide = natural(label).min(free);
        if row >= rows || wide < natural(label).min(52.0) {
            shapes.push(more(
                Point::new(left + x, area.y + top + 20.0 * row as f64),
                &chips[index..],
            ));
            break;
        }
        let at = Rect::new(left + x, area.y + top + 20.0 * row as f64, wide, 17.0);
        shapes.push(chip_shape(chip, label, at));
        x += wide + 5.0;
    }
    if rows == 0 { Vec::new() } else { shapes }
}

fn chip_shape(chip: &Chip, label: &str, at: Rect) -> Shape {
    let class = if chip.parked { "chip chip-parked" } else { "chip" };
    let label = clip(label, SIZE, at.w - 19.0);
    group(
        "chip-group",
        [
            rect(at, 8.5, class),
            ring(Point::new(at.x + 9.0, at.y + 8.5), 4.5, chip.left, "ring-left"),
            text(Point::new(at.x + 16.5, at.y + 12.5), label, "tiny"),
        ],
    )
    .titled(&chip.title)
}

fn more(at: Point, rest: &[Chip]) -> Shape {
    let titles: Vec<&str> = rest.iter().map(|chip| chip.title.as_str()).collect();
    text(at.moved(3.0, 12.5), format!("+{}", rest.len()), "tiny muted").titled(titles.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::map::Map;
    use super::super::{fixture, node};
    use super::*;

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut scene = fixture::outage();
        let sample = scene.parked[0].clone();
        scene.parked = vec![sample; 30];
        let map = Map::of(&scene, 880.0);
        let all = format!("{:?}", node::picture(&scene, &map, None, Lang::En));
        assert!(all.contains("\"+2"), "a count of more than twenty");
    }
}
