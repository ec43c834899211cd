//! What stands in the way on a link: walls, holds, delays, losses; one direction at a time.
//!
//! Knows wires and their states; refuses to know messages.

use super::shape::{Shape, group, line, path, polyline, rect, text};
use super::span::brief;
use super::text::{name_of, say, width};
use super::wire::Wire;
use super::{Point, Rect, glyph};
use replicascope::Lang;
use replicascope::scene::{LinkState, Scene, Span};

/// How far from its sender a mark stands, as a share of the wire.
const PLACE: f64 = 0.4;

/// How far a message comes that is stopped by a mark on a wire of this length.
#[must_use]
pub fn stopped_at(length: f64) -> f64 {
    (PLACE - 14.0 / length.max(1.0)).max(0.0)
}

/// Where the marks of one direction of a link stand: nearer to the sender.
fn mark_place(wire: &Wire, state: &LinkState) -> (Point, Point) {
    let forward = state.from == wire.a;
    let t = if forward { PLACE } else { 1.0 - PLACE };
    let (at, heading) = (wire.at(t), wire.heading(t));
    (at, if forward { heading } else { Point::new(-heading.x, -heading.y) })
}

/// The places of all marks on wires.
#[must_use]
pub fn places(links: &[LinkState], wires: &[Wire]) -> Vec<Rect> {
    let of = |state: &LinkState| {
        let pair = (state.from.min(state.to), state.from.max(state.to));
        let wire = wires.iter().find(|wire| (wire.a, wire.b) == pair)?;
        let (at, _) = mark_place(wire, state);
        let notes = notes(state).map(|words| note_place(at, state, &words));
        let blocked = (state.cut || state.held).then(|| Rect::around(at, 20.0, 20.0));
        Some(notes.into_iter().chain(blocked))
    };
    links.iter().filter_map(of).flatten().collect()
}

/// Delay and loss in a few characters; none where there is neither.
fn notes(state: &LinkState) -> Option<String> {
    let mut notes = Vec::new();
    if state.extra > Span::ZERO {
        notes.push(format!("+{}", brief(state.extra)));
    }
    if state.loss_permille > 0 {
        let (whole, part) = (state.loss_permille / 10, state.loss_permille % 10);
        let part = if part == 0 { String::new() } else { format!(".{part}") };
        notes.push(format!("−{whole}{part} %"));
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// On the wire; below the wall where there is one too.
fn note_place(at: Point, state: &LinkState, words: &str) -> Rect {
    let down = if state.cut || state.held { 17.0 } else { 0.0 };
    Rect::around(at.moved(0.0, down), width(words, 11.0) + 10.0, 16.0)
}

/// What hinders one direction of a link, drawn with the arrow forward.
#[must_use]
pub fn picture(scene: &Scene, wire: &Wire, state: &LinkState, lang: Lang) -> Vec<Shape> {
    let (at, heading) = mark_place(wire, state);
    let (from, to) = (name_of(scene, state.from), name_of(scene, state.to));
    let ends: [(&str, &str); 2] = [("from", &from), ("to", &to)];
    let mut marks = Vec::new();
    if state.cut {
        let title = say(lang, "stage.cut", &ends);
        marks.push(group("wall", wall(at, heading)).titled(title));
    } else if state.held {
        let title = say(lang, "stage.held", &ends);
        let plate = rect(Rect::around(at, 16.0, 16.0), 4.0, "plate plate-warn");
        marks.push(group("hold", [plate, glyph::pause(at, "glyph glyph-warn")]).titled(title));
    }
    if let Some(words) = notes(state) {
        let area = note_place(at, state, &words);
        let at = area.center().moved(0.0, 4.0);
        let plate = rect(area, 8.0, "plate plate-warn");
        let note = group("worse", [plate, text(at, words, "mid tiny warn")]);
        marks.push(note.titled(say(lang, "stage.worse", &ends)));
    }
    marks
}

/// A wall across the way with the blocked direction running into it.
fn wall(at: Point, heading: Point) -> Vec<Shape> {
    let (hx, hy) = (heading.x, heading.y);
    let side =
        |along: f64, across: f64| at.moved(hx * along - hy * across, hy * along + hx * across);
    let tail = line(side(-15.0, 0.0), side(-5.0, 0.0), "wall-arrow");
    let head = polyline(&[side(-8.5, -3.5), side(-4.5, 0.0), side(-8.5, 3.5)]);
    vec![
        line(side(0.0, -9.0), side(0.0, 9.0), "wall-back"),
        line(side(0.0, -8.0), side(0.0, 8.0), "wall-face"),
        tail,
        path(head, "wall-arrow"),
    ]
}
