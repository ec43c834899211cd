//! The box of one node: how it is, what it stands for, what waits in it.
//!
//! Knows the node's part of a scene; refuses to know links, logs and the browser.

use super::chip::{self, Chip};
use super::map::{Map, NodeBox};
use super::shape::{Shape, circle, group, pickable, rect, text};
use super::text::{broken, clip, clip_name, say, tell, width};
use super::{Point, Rect, glyph};
use crate::pick::Pick;
use replicascope::Lang;
use replicascope::scene::{Arg, Disk, Health, Node, Pips, Scene, Told};
use replicascope::words::word;

const SMALL: f64 = 11.5;
const TINY: f64 = 11.0;
/// Between the frame and the words.
pub const PAD: f64 = 10.0;
const SMALL_PAD: f64 = 6.0;

/// The boxes of all nodes.
#[must_use]
pub fn picture(scene: &Scene, map: &Map, picked: Option<&Pick>, lang: Lang) -> Vec<Shape> {
    map.boxes.iter().map(|place| one(scene, place, picked, lang)).collect()
}

/// The box of one node; empty if the scene does not have it.
#[must_use]
pub fn one(scene: &Scene, place: &NodeBox, picked: Option<&Pick>, lang: Lang) -> Shape {
    let Some(node) = scene.nodes.iter().find(|node| node.id == place.id) else {
        return group("node", []);
    };
    let area = place.rect;
    let mut parts = vec![frame(area, node, picked == Some(&Pick::Node(node.id)))];
    let (header, free) = header(area, node);
    parts.extend(header);
    let (standing, below) = standing(scene, area, free, node, lang);
    parts.extend(standing);
    let waiting = chip::waiting(scene, node, lang);
    let label = spoken(scene, node, &waiting, lang);
    parts.extend(chip::chips(area, below, waiting));
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
    if chosen { group("", [rect(area.grown(3.5), 12.0, "picked-frame"), frame]) } else { frame }
}

/// Small boxes keep their first line for the name; the sign of health goes to the second.
fn is_small(area: Rect) -> bool {
    area.w < crate::layout::map::SMALL
}

/// The first line, and what is free of it.
fn header(area: Rect, node: &Node) -> (Vec<Shape>, Rect) {
    let mut parts = Vec::new();
    let pad = if is_small(area) { SMALL_PAD } else { PAD };
    let (mut left, mut right) = (area.x + pad, area.right() - pad);
    if !is_small(area) {
        parts.push(glyph::health(Point::new(left + 5.0, area.y + 16.0), node.health));
        left += 15.0;
    }
    // The crown sits on the frame, where it takes no room from the name.
    if leads_peers(node) {
        parts.push(glyph::crown(Point::new(area.right() - 18.0, area.y - 1.0)));
    }
    if node.disk != Disk::Ok {
        let class = if node.disk == Disk::Full { "glyph glyph-danger" } else { "glyph glyph-warn" };
        parts.push(glyph::disk(Point::new(right - 5.0, area.y + 15.5), class));
        right -= 16.0;
    }
    let (size, class) = if is_small(area) { (11.5, "name name-small") } else { (13.0, "name") };
    let name = clip_name(&node.name, size * 1.04, right - left);
    let begins = left + width(&name, size * 1.04) + 6.0;
    parts.push(text(Point::new(left, area.y + 20.5), name, class).titled(&node.name));
    (parts, Rect::new(begins, area.y, (right + 2.0 - begins).max(0.0), 26.0))
}

/// The state in words (colour is never alone), with the standing among peers and the disk: beside
/// the name where there is room, otherwise below it. Also where the box is free from there on.
fn standing(scene: &Scene, area: Rect, free: Rect, node: &Node, lang: Lang) -> (Vec<Shape>, f64) {
    let words = said(scene, node, lang);
    let class = match node.health {
        Health::Dead | Health::PoweredOff | Health::Fenced => "small danger",
        Health::Starting | Health::Stopping | Health::Paused => "small warn",
        Health::Up if node.disk != Disk::Ok => "small warn",
        Health::Up => "small muted",
    };
    let whole = words.join(" · ");
    if is_small(area) {
        let brief = said_briefly(scene, node, lang);
        return small_standing(area, node, [words, brief], class, lang);
    }
    let pips = node.pips.as_ref().map(|pips| pip_marks(area, pips, lang));
    // A low box keeps its second line for chips, if at least the first phrase finds room above.
    let first = words.first().is_some_and(|first| width(first, SMALL) <= free.w);
    let beside = width(&whole, SMALL) <= free.w || (area.h < LOW && first) || area.h < ONE_LINE;
    if pips.is_none() && beside {
        let shown = as_many_as_fit(&words, free.w);
        let at = Point::new(free.right(), area.y + 20.5);
        return (vec![text(at, shown, format!("{class} end")).titled(whole)], 28.0);
    }
    let room = area.w - 2.0 * PAD - pips.as_ref().map_or(-4.0, |(_, wide)| wide + 6.0);
    let at = Point::new(area.x + PAD, area.y + 35.0);
    let fits = words.first().is_none_or(|first| width(first, SMALL) <= room);
    let words = if fits { words } else { said_briefly(scene, node, lang) };
    let mut parts = vec![text(at, as_many_as_fit(&words, room), class).titled(whole)];
    parts.extend(pips.map(|(marks, _)| marks));
    (parts, 43.0)
}

/// Boxes lower than this have one line.
const ONE_LINE: f64 = 36.0;
/// Boxes lower than this have two.
const LOW: f64 = 60.0;

/// In a small box: up to two lines under the name, the first after the sign of health.
fn small_standing(
    area: Rect,
    node: &Node,
    [words, brief]: [Vec<String>; 2],
    class: &str,
    lang: Lang,
) -> (Vec<Shape>, f64) {
    let pips = node.pips.as_ref().map(|pips| pip_marks(area, pips, lang));
    let left = area.x + SMALL_PAD;
    let room = area.w - 2.0 * SMALL_PAD;
    let taken = pips.as_ref().map_or(0.0, |(_, wide)| *wide);
    let lines = |words: &[String]| broken(&words.join(" · "), TINY, room - 12.0 - taken, room);
    let whole = |(one, two): &(String, String)| !one.ends_with('…') && !two.ends_with('…');
    let (first, second) = Some(lines(&words)).filter(whole).unwrap_or_else(|| lines(&brief));
    let class = class.replace("small", "tiny");
    let mut parts = vec![
        text(Point::new(left + 12.0, area.y + 35.0), first, class.as_str())
            .titled(words.join(" · ")),
        glyph::health(Point::new(left + 4.5, area.y + 31.0), node.health),
    ];
    parts.extend(pips.map(|(marks, _)| marks));
    if second.is_empty() || area.h < 60.0 {
        return (parts, 43.0);
    }
    parts.push(text(Point::new(left, area.y + 48.0), second, class));
    (parts, 55.0)
}

#[must_use]
pub fn health_word(health: Health, lang: Lang) -> String {
    word(
        lang,
        match health {
            Health::Up => "stage.health.up",
            Health::Starting => "stage.health.starting",
            Health::Fenced => "stage.health.fenced",
            Health::Stopping => "stage.health.stopping",
            Health::Paused => "stage.health.paused",
            Health::Dead => "stage.health.dead",
            Health::PoweredOff => "stage.health.powered-off",
        },
    )
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
    let title = say(
        lang,
        "stage.votes",
        &[
            ("granted", &list(&pips.granted)),
            ("refused", &list(&pips.refused)),
            ("waiting", &list(&pips.waiting)),
        ],
    );
    (group("pips", marks).titled(title), wide)
}

/// Whole phrases rather than a cut one; the first stays, whatever its length.
fn as_many_as_fit(words: &[String], room: f64) -> String {
    let count = (1..=words.len()).rev();
    let mut lines = count.map(|count| words[..count].join(" · "));
    let fits = lines.find(|line| width(line, SMALL) <= room);
    fits.unwrap_or_else(|| clip(words.first().map_or("", String::as_str), SMALL, room))
}

/// What the box says under the name, the most urgent first; "up" only when there is nothing else.
fn said(scene: &Scene, node: &Node, lang: Lang) -> Vec<String> {
    let mut words = Vec::new();
    if node.health != Health::Up {
        words.push(health_word(node.health, lang));
    }
    match node.disk {
        Disk::Ok => {}
        Disk::Slow => words.push(word(lang, "stage.disk.slow")),
        Disk::Full => words.push(word(lang, "stage.disk.full")),
    }
    words.extend(node.standing.iter().chain(&node.badges).map(|told| tell(lang, told, scene)));
    if words.is_empty() {
        words.push(health_word(node.health, lang));
    }
    words
}

/// The same with every list as its length, for a box where the list finds no room.
fn said_briefly(scene: &Scene, node: &Node, lang: Lang) -> Vec<String> {
    let counted = |(name, arg): &(&'static str, Arg)| match arg {
        Arg::Name(list) if list.contains(", ") => {
            (*name, Arg::Number(list.split(", ").count() as i64))
        }
        arg => (*name, arg.clone()),
    };
    let shortened =
        |told: &Told| Told { key: told.key, args: told.args.iter().map(counted).collect() };
    let badges = node.badges.iter().map(shortened).collect();
    said(scene, &Node { badges, ..node.clone() }, lang)
}

/// The box in one sentence, for those who hear it.
fn spoken(scene: &Scene, node: &Node, waiting: &[Chip], lang: Lang) -> String {
    let mut words = vec![node.name.clone()];
    words.extend(said(scene, node, lang));
    words.extend(waiting.iter().map(|chip| chip.title.clone()));
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
                    let wide = width(words, 10.5);
                    let from = if one.class.ends_with(" end") { x - wide } else { x };
                    assert!(from >= place.rect.x, "{words} {lang:?}");
                    assert!(from + wide <= place.rect.right(), "{words} {lang:?}");
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
}
