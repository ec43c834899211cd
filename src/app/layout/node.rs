//! The box of one node: how it is, what it stands for, what waits in it.
//!
//! Knows the node's part of a scene; refuses to know links, logs and the browser.

use super::map::{Map, NodeBox};
use super::shape::{Shape, circle, group, pickable, rect, text};
use super::span::{brief, ring, share_left};
use super::text::{clip, clip_name, name_of, say, tell, width};
use super::{Point, Rect, glyph};
use crate::pick::Pick;
use replicascope::Lang;
use replicascope::scene::{Disk, Health, Node, Pips, Role, Scene};
use replicascope::words::word;

const NAME: f64 = 13.0;
const SMALL: f64 = 11.5;
const CHIP: f64 = 11.0;
const PAD: f64 = 10.0;

/// The boxes of all nodes.
#[must_use]
pub fn picture(scene: &Scene, map: &Map, picked: Option<&Pick>, lang: Lang) -> Vec<Shape> {
    map.boxes
        .iter()
        .filter_map(|place| Some((place, scene.nodes.iter().find(|node| node.id == place.id)?)))
        .map(|(place, node)| {
            let chosen = picked == Some(&Pick::Node(node.id));
            node_group(scene, place, node, chosen, lang)
        })
        .collect()
}

fn node_group(scene: &Scene, place: &NodeBox, node: &Node, chosen: bool, lang: Lang) -> Shape {
    let area = place.rect;
    let mut parts = vec![frame(area, node, chosen)];
    parts.extend(header(area, node));
    parts.extend(standing(scene, area, node, lang));
    if node.role != Role::Controller {
        let words = badges(scene, node, lang);
        let at = Point::new(area.x + PAD, area.y + 50.0);
        parts.push(text(at, clip(&words, SMALL, area.w - 2.0 * PAD), "small").titled(words));
    }
    parts.extend(chips(scene, area, node, lang));
    let label = spoken(scene, node, lang);
    pickable(group("node", parts), &Pick::Node(node.id).mark(), label)
        .attr("data-testid", "node")
        .attr("data-node", node.id.to_string())
        .attr("tabindex", "0")
}

fn leads_peers(node: &Node) -> bool {
    node.standing.as_ref().is_some_and(|told| told.key.ends_with(".active"))
}

fn frame(area: Rect, node: &Node, chosen: bool) -> Shape {
    let state = match node.health {
        Health::Dead | Health::PoweredOff => "box box-dead",
        Health::Fenced => "box box-fenced",
        Health::Paused => "box box-paused",
        Health::Starting | Health::Stopping => "box box-passing",
        Health::Up if leads_peers(node) => "box box-active",
        Health::Up => "box",
    };
    let frame = rect(area, 9.0, state);
    if chosen {
        group("", [rect(area.grown(3.5), 12.0, "picked-frame"), frame])
    } else {
        frame
    }
}

fn header(area: Rect, node: &Node) -> Vec<Shape> {
    let mut right = area.right() - PAD;
    let mut parts = vec![glyph::health(Point::new(area.x + PAD + 5.0, area.y + 16.0), node.health)];
    if leads_peers(node) {
        parts.push(glyph::crown(Point::new(right - 6.0, area.y + 15.5)));
        right -= 18.0;
    }
    if node.disk != Disk::Ok {
        let class = if node.disk == Disk::Full { "glyph glyph-danger" } else { "glyph glyph-warn" };
        parts.push(glyph::disk(Point::new(right - 5.0, area.y + 15.5), class));
        right -= 16.0;
    }
    let left = area.x + PAD + 15.0;
    let name = clip_name(&node.name, NAME * 1.06, right - left);
    parts.push(text(Point::new(left, area.y + 20.5), name, "name").titled(&node.name));
    parts
}

/// The state in words (colour is never alone), with the standing among peers and the disk.
fn standing(scene: &Scene, area: Rect, node: &Node, lang: Lang) -> Vec<Shape> {
    let mut words = Vec::new();
    if node.health != Health::Up || node.standing.is_none() {
        words.push(health_word(node.health, lang));
    }
    words.extend(node.standing.as_ref().map(|told| tell(lang, told, scene)));
    match node.disk {
        Disk::Ok => {}
        Disk::Slow => words.push(word(lang, "stage.disk.slow")),
        Disk::Full => words.push(word(lang, "stage.disk.full")),
    }
    if node.role == Role::Controller {
        words.extend(node.badges.iter().map(|told| tell(lang, told, scene)));
    }
    let class = match node.health {
        Health::Dead | Health::PoweredOff | Health::Fenced => "small danger",
        Health::Starting | Health::Stopping | Health::Paused => "small warn",
        Health::Up if node.disk != Disk::Ok => "small warn",
        Health::Up => "small muted",
    };
    let pips = node.pips.as_ref().map(|pips| pip_marks(area, pips, lang));
    let room = area.w - 2.0 * PAD - pips.as_ref().map_or(0.0, |(_, wide)| wide + 6.0);
    let whole = words.join(" · ");
    let at = Point::new(area.x + PAD, area.y + 35.0);
    let mut parts = vec![text(at, clip(&whole, SMALL, room), class).titled(whole)];
    parts.extend(pips.map(|(marks, _)| marks));
    parts
}

#[must_use]
pub fn health_word(health: Health, lang: Lang) -> String {
    word(lang, match health {
        Health::Up => "stage.health.up",
        Health::Starting => "stage.health.starting",
        Health::Fenced => "stage.health.fenced",
        Health::Stopping => "stage.health.stopping",
        Health::Paused => "stage.health.paused",
        Health::Dead => "stage.health.dead",
        Health::PoweredOff => "stage.health.powered-off",
    })
}

/// One pip for each voter: granted full with a tick, refused crossed, waiting hollow.
fn pip_marks(area: Rect, pips: &Pips, lang: Lang) -> (Shape, f64) {
    let all: Vec<(u8, String)> = (pips.granted.iter().map(|id| (0, id.to_string())))
        .chain(pips.refused.iter().map(|id| (1, id.to_string())))
        .chain(pips.waiting.iter().map(|id| (2, id.to_string())))
        .collect();
    let step = 15.0;
    let wide = step * all.len() as f64;
    let y = area.y + 31.0;
    let marks = all.iter().enumerate().flat_map(|(index, (kind, _))| {
        let center = Point::new(area.right() - PAD - wide + step * (index as f64 + 0.5), y);
        match kind {
            0 => vec![circle(center, 6.0, "pip pip-granted"), glyph::tick(center, "pip-tick")],
            1 => vec![
                circle(center, 6.0, "pip pip-refused"),
                glyph::cross(center, "glyph glyph-danger"),
            ],
            _ => vec![circle(center, 6.0, "pip")],
        }
    });
    let list = |ids: &[replicascope::scene::NodeId]| super::text::set_of(ids);
    let title = say(lang, "stage.votes", &[
        ("granted", &list(&pips.granted)),
        ("refused", &list(&pips.refused)),
        ("waiting", &list(&pips.waiting)),
    ]);
    (group("pips", marks).titled(title), wide)
}

fn badges(scene: &Scene, node: &Node, lang: Lang) -> String {
    let words: Vec<String> = node.badges.iter().map(|told| tell(lang, told, scene)).collect();
    words.join(" · ")
}

/// Something that waits in a node.
struct Chip {
    left: f64,
    label: String,
    title: String,
    parked: bool,
}

fn waiting(scene: &Scene, node: &Node, lang: Lang) -> Vec<Chip> {
    let parked = scene.parked.iter().filter(|p| p.node == node.id).map(|parked| Chip {
        left: share_left(parked.since, parked.until, scene.at),
        label: format!("{} ← {}", parked.api, parked.from),
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
            label: format!("{rest} {what}"),
            parked: false,
        }
    });
    parked.chain(timers).collect()
}

/// Chips flow into the lower part of the box; what finds no room is counted.
fn chips(scene: &Scene, area: Rect, node: &Node, lang: Lang) -> Vec<Shape> {
    let top = if node.role == Role::Controller { 43.0 } else { 57.0 };
    let rows = ((area.h - top - 2.0) / 20.0).floor().max(0.0) as usize;
    let chips = waiting(scene, node, lang);
    let room = area.w - 2.0 * PAD + 8.0;
    let left = area.x + PAD - 4.0;
    let mut shapes = Vec::new();
    let (mut x, mut row) = (0.0, 0);
    for (index, chip) in chips.iter().enumerate() {
        let rest = chips.len() - index - 1;
        // The last row keeps room for the count of what comes after.
        let kept = |row: usize| if row + 1 == rows && rest > 0 { 30.0 } else { 0.0 };
        let wide = width(&chip.label, CHIP) + 27.0;
        if x > 0.0 && x + wide > room - kept(row) && row + 1 < rows {
            (x, row) = (0.0, row + 1);
        }
        let wide = wide.min(room - x - kept(row));
        if row >= rows || wide < 56.0 {
            shapes.push(more(Point::new(left + x, area.y + top + 20.0 * row as f64), &chips[index..]));
            break;
        }
        let at = Rect::new(left + x, area.y + top + 20.0 * row as f64, wide, 17.0);
        shapes.push(chip_shape(chip, at));
        x += wide + 5.0;
    }
    if rows == 0 { Vec::new() } else { shapes }
}

fn chip_shape(chip: &Chip, at: Rect) -> Shape {
    let class = if chip.parked { "chip chip-parked" } else { "chip" };
    let label = clip(&chip.label, CHIP, at.w - 24.0);
    group("chip-group", [
        rect(at, 8.5, class),
        ring(Point::new(at.x + 10.0, at.y + 8.5), 4.5, chip.left, "ring-left"),
        text(Point::new(at.x + 19.0, at.y + 12.5), label, "tiny"),
    ])
    .titled(&chip.title)
}

fn more(at: Point, rest: &[Chip]) -> Shape {
    let titles: Vec<&str> = rest.iter().map(|chip| chip.title.as_str()).collect();
    text(at.moved(3.0, 12.5), format!("+{}", rest.len()), "tiny muted").titled(titles.join("\n"))
}

/// The box in one sentence, for those who hear it.
fn spoken(scene: &Scene, node: &Node, lang: Lang) -> String {
    let mut words = vec![node.name.clone(), health_word(node.health, lang)];
    words.extend(node.standing.as_ref().map(|told| tell(lang, told, scene)));
    match node.disk {
        Disk::Ok => {}
        Disk::Slow => words.push(word(lang, "stage.disk.slow")),
        Disk::Full => words.push(word(lang, "stage.disk.full")),
    }
    words.extend(node.badges.iter().map(|told| tell(lang, told, scene)));
    words.extend(waiting(scene, node, lang).into_iter().map(|chip| chip.title));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn texts<'a>(shape: &'a Shape, into: &mut Vec<&'a Shape>) {
        if shape.tag == "text" {
            into.push(shape);
        }
        shape.children.iter().for_each(|child| texts(child, into));
    }

    #[test]
    fn words_stay_inside_their_box() {
        let scene = fixture::outage();
        for (stage, lang) in [(390.0, Lang::En), (390.0, Lang::Zh), (880.0, Lang::En)] {
            let map = Map::of(&scene, stage);
            for (place, shape) in map.boxes.iter().zip(picture(&scene, &map, None, lang)) {
                let mut found = Vec::new();
                texts(&shape, &mut found);
                for one in found {
                    let x: f64 = one.attrs[0].1.parse().expect("x");
                    let y: f64 = one.attrs[1].1.parse().expect("y");
                    let words = one.text.as_deref().unwrap_or_default();
                    assert!(x + width(words, 10.5) <= place.rect.right(), "{words} {lang:?}");
                    assert!(y < place.rect.bottom(), "{words} {lang:?}");
                }
            }
        }
    }

    #[test]
    fn every_node_can_be_found_and_spoken() {
        let scene = fixture::outage();
        let map = Map::of(&scene, 880.0);
        for (place, shape) in map.boxes.iter().zip(picture(&scene, &map, None, Lang::En)) {
            let id = place.id.to_string();
            assert!(shape.attrs.contains(&("data-node", id)));
            assert!(shape.attrs.iter().any(|(k, v)| *k == "aria-label" && v.contains(',')));
        }
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut scene = fixture::outage();
        let sample = scene.parked[0].clone();
        scene.parked = vec![sample; 30];
        let map = Map::of(&scene, 880.0);
        let all = format!("{:?}", picture(&scene, &map, None, Lang::En));
        assert!(all.contains("\"+2"), "a count of more than twenty");
    }
}
