//! The log matrix of one partition as two pictures: the names, which stay, and the logs, which
//! scroll.
//!
//! Knows what promises look like; refuses to know the browser and the other partitions.

use super::block::{Block, Row};
use super::shape::{Shape, group, line, pickable, px, rect, text};
use super::text::{clip, name_of, say, width};
use super::{Point, Rect, edge, glyph, record};
use crate::pick::Pick;
use replicascope::Lang;
use replicascope::scene::{Cell, NodeId, Scene, Strip, Strips};
use replicascope::words::word;

/// What a block is drawn from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub scene: &'a Scene,
    pub strips: &'a Strips,
    pub block: &'a Block,
    pub picked: Option<&'a Pick>,
    pub lang: Lang,
    /// Width that the logs may fill without scrolling.
    pub room: f64,
    /// What stands on the page: records that are in it just so are kept.
    pub before: Option<&'a View<'a>>,
}

impl View<'_> {
    /// What was drawn of this replica, if its records would be in the same places.
    fn stands(&self, node: NodeId, row: &Row) -> Option<&Strip> {
        let before = self.before?;
        let place = before.block.rows.iter().position(|old| old == row)?;
        let same = before.strips.name == self.strips.name
            && before.picked == self.picked
            && before.lang == self.lang
            && before.block.form == self.block.form
            && before.block.lap() == self.block.lap();
        before.strips.replicas.get(place).filter(|strip| same && strip.node == node)
    }
}

/// The column of names, with the left half of each bracket.
#[must_use]
pub fn names(view: &View) -> Vec<Shape> {
    let wide = view.block.form.names;
    let mut shapes = brackets(view, 5.0, wide + 40.0);
    for (strip, row) in view.strips.replicas.iter().zip(&view.block.rows) {
        shapes.extend(outside(view, strip, row, 5.0, wide + 40.0));
        shapes.push(name(view, strip, row));
    }
    let tag = word(view.lang, "stage.isr");
    for (from, to) in view.block.brackets() {
        if to > from {
            let plate = Rect::new(14.0, from - 7.0, width(&tag, 10.5) + 8.0, 14.0);
            shapes.push(rect(plate, 4.0, "isr-tag"));
            shapes.push(text(Point::new(18.0, from + 4.0), &tag, "tiny accent strong"));
        }
    }
    shapes
}

/// The logs, with the right half of each bracket.
#[must_use]
pub fn logs(view: &View) -> Vec<Shape> {
    let wide = logs_width(view);
    let mut shapes = brackets(view, -40.0, wide - 3.0);
    for (strip, row) in view.strips.replicas.iter().zip(&view.block.rows) {
        shapes.extend(outside(view, strip, row, -40.0, wide - 3.0));
    }
    // A leader that is gone counts nothing as committed any more; its disk knows an old mark.
    let leads = |strip: &&Strip| strip.online && Some(strip.node) == view.strips.leader;
    let leader = view.strips.replicas.iter().find(leads);
    let flag = leader.map(|strip| flag_place(view, strip));
    shapes.push(ruler(view, flag));
    shapes.extend(leader.map(|strip| watermark(view, strip)));
    for (strip, row) in view.strips.replicas.iter().zip(&view.block.rows) {
        shapes.push(log(view, strip, row));
    }
    shapes.extend(leader.zip(flag).map(|(strip, place)| watermark_flag(view, strip, place)));
    shapes
}

/// How wide the picture of the logs is, the words after the cells included.
#[must_use]
pub fn logs_width(view: &View) -> f64 {
    let replicas = view.strips.replicas.iter();
    let after = replicas.map(|strip| view.block.x(strip.end) + edge::room(view, strip));
    after.fold(view.room.max(view.block.columns_end + 12.0), f64::max).floor()
}

fn brackets(view: &View, from: f64, to: f64) -> Vec<Shape> {
    let spans = view.block.brackets().into_iter();
    let shapes = spans.map(|(top, bottom)| {
        let class = if bottom > top { "isr" } else { "isr isr-none" };
        rect(Rect::new(from, top, to - from, bottom - top), 9.0, class)
    });
    vec![group("brackets", shapes)]
}

/// The frame of a row that is out of the set, or on its way in.
fn outside(view: &View, strip: &Strip, row: &Row, from: f64, to: f64) -> Option<Shape> {
    let area = Rect::new(from, row.y, to - from, row.h).grown(-1.0);
    let joining = view.strips.proposed.as_ref().is_some_and(|set| set.contains(&strip.node));
    match (strip.in_isr, joining) {
        (true, _) => None,
        (false, true) => Some(rect(area, 8.0, "joining")),
        (false, false) => Some(rect(area, 8.0, "out")),
    }
}

fn name(view: &View, strip: &Strip, row: &Row) -> Shape {
    let left = if view.block.form.names < 140.0 { 28.0 } else { 37.0 };
    let room = view.block.form.names - left - 3.0;
    let label = name_of(view.scene, strip.node);
    let top = row.y + ABOVE_NAME;
    let mut parts = vec![rect(
        Rect::new(8.0, row.y + 3.0, view.block.form.names - 12.0, row.h - 6.0),
        7.0,
        if is_picked(view, strip) { "row-target row-picked" } else { "row-target" },
    )];
    if strip.leads {
        parts.push(glyph::crown(Point::new(left - 11.0, top - 4.0)));
    }
    let class = if strip.leads { "name" } else { "name plain" };
    parts.push(text(Point::new(left, top), clip(&label, 13.0, room), class));
    let (words, tone) = standing(view.strips, strip, view.lang);
    let at = Point::new(left, top + 13.5);
    parts.push(text(at, clip(&words, 11.0, room), format!("tiny {tone}")).titled(&words));
    let pick = Pick::Replica(view.strips.name.clone(), strip.node);
    pickable(group("replica", parts), &pick.mark(), spoken(view, strip, &words))
        .attr("tabindex", "0")
}

const ABOVE_NAME: f64 = 16.0;

fn is_picked(view: &View, strip: &Strip) -> bool {
    matches!(view.picked, Some(Pick::Replica(name, node))
        if *name == view.strips.name && *node == strip.node)
}

/// What the replica is, in few words and with their class, the most urgent first.
#[must_use]
pub fn standing(strips: &Strips, strip: &Strip, lang: Lang) -> (String, &'static str) {
    let epoch = say(lang, "stage.epoch-short", &[("epoch", &strip.epoch.to_string())]);
    let proposed = |inside: bool| {
        strips.proposed.as_ref().is_some_and(|set| set.contains(&strip.node) == inside)
    };
    let with_epoch = |key: &str| format!("{} · {epoch}", word(lang, key));
    if !strip.online {
        return (
            word(lang, if strip.eligible { "stage.offline-elr" } else { "stage.offline" }),
            "danger",
        );
    }
    match (strip.leads, strip.in_isr) {
        (true, _) if strips.leader == Some(strip.node) => (with_epoch("stage.leads"), "strong"),
        (true, _) => (with_epoch("stage.believes"), "warn"),
        (false, true) if proposed(false) => (word(lang, "stage.leaving"), "warn"),
        (false, true) => (with_epoch("stage.follows"), "muted"),
        (false, false) if proposed(true) => (word(lang, "stage.joining"), "accent"),
        (false, false) if strip.eligible => (word(lang, "stage.out-elr"), "warn"),
        (false, false) => (word(lang, "stage.out"), "warn"),
    }
}

fn spoken(view: &View, strip: &Strip, standing: &str) -> String {
    say(
        view.lang,
        "stage.replica-aloud",
        &[
            ("node", &name_of(view.scene, strip.node)),
            ("partition", &view.strips.name),
            ("standing", standing),
            ("end", &strip.end.to_string()),
            ("hw", &strip.high_watermark.to_string()),
        ],
    )
}

/// Offsets over the columns, but not under the flag; and a hint that the log began earlier.
fn ruler(view: &View, flag: Option<Rect>) -> Shape {
    let block = view.block;
    let y = super::block::RULER - 8.0;
    let offsets = (block.first..block.last).filter_map(|offset| {
        let words = offset.to_string();
        let middle = block.x(offset) + block.form.step / 2.0;
        let reach = width(&words, 11.0) / 2.0 + 2.0;
        let free = flag.is_none_or(|flag| middle + reach < flag.x || middle - reach > flag.right());
        let at = Point::new(middle - block.shift(), y);
        free.then(|| text(at, words, "mid tiny muted").keyed(offset))
    });
    let mut parts = vec![shifted(view, offsets)];
    if view.strips.replicas.iter().any(|strip| strip.start < block.first) {
        parts.push(text(Point::new(3.0, y), "…", "tiny muted"));
    }
    group("ruler", parts)
}

fn watermark(view: &View, leader: &Strip) -> Shape {
    let x = view.block.x(leader.high_watermark);
    line(Point::new(x, 16.0), Point::new(x, view.block.height - 4.0), "hw-line")
}

fn flag_words(leader: &Strip) -> String {
    format!("HW {}", leader.high_watermark)
}

fn flag_place(view: &View, leader: &Strip) -> Rect {
    let wide = width(&flag_words(leader), 11.0) + 10.0;
    let left = (view.block.x(leader.high_watermark) - wide / 2.0).max(1.0);
    Rect::new(left, 4.0, wide, 17.0)
}

fn watermark_flag(view: &View, leader: &Strip, place: Rect) -> Shape {
    let at = Point::new(place.center().x, place.y + 12.5);
    let words = text(at, flag_words(leader), "mid tiny hw-ink strong");
    group("hw-flag", [rect(place, 4.0, "hw-plate"), words])
        .titled(word(view.lang, "stage.hw-title"))
}

/// What moves as a whole when the window moves along the log, so that none of it is drawn anew.
fn shifted(view: &View, shapes: impl IntoIterator<Item = Shape>) -> Shape {
    let by = format!("translate({},0)", px(view.block.shift()));
    group("", shapes).attr("transform", by)
}

fn log(view: &View, strip: &Strip, row: &Row) -> Shape {
    let mut parts =
        vec![shifted(view, cells(view, strip, row)), shifted(view, tags(view, strip, row))];
    for one in &strip.ghosts {
        let Some(area) = view.block.ghost(row, one.offset) else { continue };
        parts.push(record::ghost(view, one, area));
    }
    parts.extend(edge::lost_word(view, strip, row));
    parts.extend(edge::edges(view, strip, row));
    group(if strip.online { "log" } else { "log log-offline" }, parts)
}

fn cells(view: &View, strip: &Strip, row: &Row) -> Vec<Shape> {
    let stands = view.stands(strip.node, row).map_or(&[][..], |strip| &strip.cells);
    let draw = |one: &Cell| {
        let area = view.block.shifted(row, one.offset)?;
        // Both are in the order of offsets.
        let place = stands.binary_search_by_key(&one.offset, |cell| cell.offset);
        if place.is_ok_and(|place| stands[place] == *one) {
            return Some(Shape::kept(one.offset));
        }
        Some(record::cell(view, one, area).keyed(one.offset))
    };
    strip.cells.iter().filter_map(draw).collect()
}

/// Where records of another epoch begin.
fn tags(view: &View, strip: &Strip, row: &Row) -> Vec<Shape> {
    let mut epoch = None;
    let mut tags = Vec::new();
    for one in &strip.cells {
        let Some(area) = view.block.shifted(row, one.offset) else { continue };
        if epoch.replace(one.epoch) != Some(one.epoch) {
            let words = say(view.lang, "stage.epoch-short", &[("epoch", &one.epoch.to_string())]);
            let class = format!("micro hue-{}", one.epoch % 8);
            let at = Point::new(area.x + 1.0, area.y - 1.0);
            tags.push(text(at, words, class).keyed(one.offset));
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, shape::KEPT};
    use super::*;

    #[test]
    fn a_record_that_stands_as_it_is_is_kept() {
        let scene = fixture::outage();
        let strips = &scene.strips[0];
        let block = Block::of(strips, 880.0);
        let (picked, lang, room) = (None, Lang::En, 700.0);
        let before =
            View { scene: &scene, strips, block: &block, picked, lang, room, before: None };
        let mut grown = strips.clone();
        let changed = &mut grown.replicas[0].cells[1];
        changed.flushed = !changed.flushed;
        let view = View { strips: &grown, before: Some(&before), ..before };
        let cells = cells(&view, &grown.replicas[0], &block.rows[0]);
        let drawn: Vec<u64> =
            cells.iter().filter(|cell| cell.tag != KEPT).filter_map(|cell| cell.key).collect();
        assert_eq!(drawn, [grown.replicas[0].cells[1].offset]);
        let other = View { lang: Lang::Zh, ..view };
        assert!(
            self::cells(&other, &grown.replicas[0], &block.rows[0])
                .iter()
                .all(|cell| cell.tag != KEPT)
        );
    }

    fn drawn(strips: &Strips) -> String {
        let scene = fixture::outage();
        let block = Block::of(strips, 880.0);
        let view = View {
            scene: &scene,
            strips,
            block: &block,
            picked: None,
            lang: Lang::En,
            room: 700.0,
            before: None,
        };
        format!("{:?}{:?}", names(&view), logs(&view))
    }

    #[test]
    fn every_promise_has_a_look_of_its_own() {
        let picture = drawn(&fixture::outage().strips[0]);
        for class in ["cell pale-5", "hatch hue-line-5", "cell epoch-5", "acked-tick", "cell-lost"]
        {
            assert!(picture.contains(class), "{class}");
        }
    }

    #[test]
    fn words_of_a_log_that_ended_long_ago_stay_in_sight() {
        let mut strips = fixture::outage().strips[0].clone();
        strips.replicas[2].end = strips.window;
        let block = Block::of(&strips, 300.0);
        let scene = fixture::outage();
        let (picked, lang, room) = (None, Lang::En, 120.0);
        let view = View {
            scene: &scene,
            strips: &strips,
            block: &block,
            picked,
            lang,
            room,
            before: None,
        };
        let seen = block.hidden(room);
        assert!(seen > block.x(strips.window), "the fixture leaves nothing out of sight");
        let picture = format!("{:?}", edge::edges(&view, &strips.replicas[2], &block.rows[2]));
        let place = format!("(\"x\", \"{}\")", seen + 8.0);
        assert!(picture.contains(&place), "{place} in {picture}");
    }

    #[test]
    fn every_replica_shows_its_own_high_watermark() {
        let picture = drawn(&fixture::outage().strips[0]);
        for words in ["HW 6", "HW 5", "HW 4", "LEO 8", "LEO 7", "LEO 5"] {
            assert!(picture.contains(words), "{words}");
        }
        assert_eq!(picture.matches("\"hw-tick\"").count(), 3);
    }

    #[test]
    fn without_a_leader_no_line_claims_to_be_the_high_watermark() {
        let mut strips = fixture::partition("orders-0", &[1, 2, 3]);
        assert!(drawn(&strips).contains("hw-line"));
        strips.leader = None;
        assert!(!drawn(&strips).contains("hw-line"));
    }
}
