//! Small marks drawn as paths: no font has to have them.
//!
//! Every glyph stands in a square of 12 around its centre; colour comes from the class.

use super::Point;
use super::shape::{Shape, path, px};
use replicascope::scene::Health;

/// Moves a path written in relative verbs from the origin to `at`.
fn at(center: Point, strokes: &[(f64, f64, &str)], class: &str) -> Shape {
    let d: String = strokes
        .iter()
        .map(|(x, y, rest)| format!("M{} {}{rest}", px(center.x + x), px(center.y + y)))
        .collect();
    path(d, class)
}

#[must_use]
pub fn health(center: Point, health: Health) -> Shape {
    match health {
        Health::Up => at(center, &[(-4.0, 0.5, "l3 3l5 -6.5")], "glyph glyph-ok"),
        Health::Starting => {
            at(center, &[(-3.5, 3.0, "v-6l6.5 3z"), (4.5, -3.5, "v7")], "glyph glyph-warn")
        }
        Health::Fenced => {
            at(center, &[(-5.0, 0.0, RING), (-3.5, 3.5, "l7 -7")], "glyph glyph-danger")
        }
        Health::Stopping => {
            at(center, &[(0.0, -4.5, "v7m-3 -2.8l3 3l3 -3"), (-4.5, 5.0, "h9")], "glyph glyph-warn")
        }
        Health::Paused => {
            at(center, &[(-2.5, -4.0, "v8"), (2.5, -4.0, "v8")], "glyph glyph-heavy glyph-warn")
        }
        Health::Dead => cross(center, "glyph glyph-heavy glyph-danger"),
        Health::PoweredOff => {
            at(center, &[(0.0, -5.0, "v5"), (-3.2, -2.8, POWER)], "glyph glyph-danger")
        }
    }
}

const RING: &str = "a5 5 0 1 0 10 0a5 5 0 1 0 -10 0";
const POWER: &str = "a4.6 4.6 0 1 0 6.4 0";

#[must_use]
pub fn cross(center: Point, class: &str) -> Shape {
    at(center, &[(-4.0, -4.0, "l8 8"), (-4.0, 4.0, "l8 -8")], class)
}

#[must_use]
pub fn tick(center: Point, class: &str) -> Shape {
    at(center, &[(-2.6, 0.2, "l2 2l3.4 -4.4")], class)
}

#[must_use]
pub fn crown(center: Point) -> Shape {
    at(center, &[(-6.0, 4.0, "l-1 -7l3.6 2.6l3.4 -4.6l3.4 4.6l3.6 -2.6l-1 7z")], "crown")
}

#[must_use]
pub fn disk(center: Point, class: &str) -> Shape {
    at(center, &[(-5.0, -3.0, "a5 2 0 1 0 10 0a5 2 0 1 0 -10 0v6a5 2 0 0 0 10 0v-6")], class)
}

/// A small triangle under a line, pointing up at it.
#[must_use]
pub fn pointer(tip: Point, class: &str) -> Shape {
    at(tip, &[(0.0, 0.0, "l5 7h-10z")], class)
}

#[must_use]
pub fn pause(center: Point, class: &str) -> Shape {
    at(center, &[(-2.0, -3.5, "v7"), (2.0, -3.5, "v7")], class)
}
