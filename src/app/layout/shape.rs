//! A picture as plain elements: the page turns them into nodes, the export into text.
//!
//! Knows SVG's vocabulary and some of HTML's; refuses to know what is drawn, and any colour: looks
//! come from classes.

use super::{Point, Rect};
use std::fmt::Write;

/// One element.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub tag: &'static str,
    pub class: String,
    pub attrs: Vec<(&'static str, String)>,
    pub text: Option<String>,
    pub children: Vec<Shape>,
    /// Tells it from its neighbours, where all of them have one and come in the same order.
    pub key: Option<u64>,
}

/// The tag of a shape that stands for itself as it was drawn before, found by its key.
pub const KEPT: &str = "";

impl Shape {
    #[must_use]
    pub fn new(tag: &'static str, class: impl Into<String>) -> Shape {
        let (attrs, children) = (Vec::new(), Vec::new());
        Shape { tag, class: class.into(), attrs, text: None, children, key: None }
    }

    /// What has this key stays as it is.
    #[must_use]
    pub fn kept(key: u64) -> Shape {
        Shape::new(KEPT, "").keyed(key)
    }

    #[must_use]
    pub fn keyed(mut self, key: u64) -> Shape {
        self.key = Some(key);
        self
    }

    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Into<String>) -> Shape {
        self.attrs.push((name, value.into()));
        self
    }

    /// The same shape with the words that a pointer resting on it shows.
    #[must_use]
    pub fn titled(mut self, words: impl Into<String>) -> Shape {
        let mut title = Shape::new("title", "");
        title.text = Some(words.into());
        self.children.insert(0, title);
        self
    }

    #[must_use]
    pub fn with(mut self, children: impl IntoIterator<Item = Shape>) -> Shape {
        self.children.extend(children);
        self
    }
}

/// A number as SVG wants it: a tenth of a pixel is enough.
#[must_use]
pub fn px(value: f64) -> String {
    // In whole numbers: writing out a float costs time and code.
    let tenths = (value * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[must_use]
pub fn rect(at: Rect, round: f64, class: impl Into<String>) -> Shape {
    let shape = Shape::new("rect", class)
        .attr("x", px(at.x))
        .attr("y", px(at.y))
        .attr("width", px(at.w.max(0.0)))
        .attr("height", px(at.h.max(0.0)));
    if round > 0.0 { shape.attr("rx", px(round)) } else { shape }
}

#[must_use]
pub fn line(from: Point, to: Point, class: impl Into<String>) -> Shape {
    Shape::new("line", class)
        .attr("x1", px(from.x))
        .attr("y1", px(from.y))
        .attr("x2", px(to.x))
        .attr("y2", px(to.y))
}

#[must_use]
pub fn circle(center: Point, r: f64, class: impl Into<String>) -> Shape {
    Shape::new("circle", class).attr("cx", px(center.x)).attr("cy", px(center.y)).attr("r", px(r))
}

#[must_use]
pub fn path(d: impl Into<String>, class: impl Into<String>) -> Shape {
    Shape::new("path", class).attr("d", d)
}

/// Text standing on `at`; classes `mid` and `end` anchor it otherwise than at its start.
#[must_use]
pub fn text(at: Point, words: impl Into<String>, class: impl Into<String>) -> Shape {
    let mut shape = Shape::new("text", class).attr("x", px(at.x)).attr("y", px(at.y));
    shape.text = Some(words.into());
    shape
}

/// An element with words and nothing else.
#[must_use]
pub fn words(tag: &'static str, class: impl Into<String>, words: impl Into<String>) -> Shape {
    let mut shape = Shape::new(tag, class);
    shape.text = Some(words.into());
    shape
}

#[must_use]
pub fn group(class: impl Into<String>, children: impl IntoIterator<Item = Shape>) -> Shape {
    Shape::new("g", class).with(children)
}

/// Where the pointer acts: what a click on the group picks, and how it is called aloud.
#[must_use]
pub fn pickable(shape: Shape, pick: &str, label: impl Into<String>) -> Shape {
    shape.attr("data-pick", pick).attr("role", "button").attr("aria-label", label)
}

/// A path of straight lines through the points.
#[must_use]
pub fn polyline(points: &[Point]) -> String {
    let mut d = String::new();
    for (index, point) in points.iter().enumerate() {
        let verb = if index == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{verb}{} {}", px(point.x), px(point.y));
    }
    d
}

/// Slanted lines that fill a rectangle: the mark of what is not settled yet.
#[must_use]
pub fn hatch(area: Rect, step: f64) -> String {
    let mut d = String::new();
    let mut offset = step;
    while offset < area.w + area.h {
        let from_x = area.x + (offset - area.h).max(0.0);
        let from_y = area.y + offset.min(area.h);
        let to_x = area.x + offset.min(area.w);
        let to_y = area.y + (offset - area.w).max(0.0);
        let _ = write!(d, "M{} {}L{} {}", px(from_x), px(from_y), px(to_x), px(to_y));
        offset += step;
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(px(12.0), "12");
        assert_eq!(px(12.34), "12.3");
        assert_eq!(px(-0.04), "0");
        assert_eq!(px(-0.26), "-0.3");
    }

    #[test]
    fn hatching_stays_inside() {
        let d = hatch(Rect::new(10.0, 20.0, 30.0, 12.0), 5.0);
        for pair in d.split(['M', 'L']).filter(|part| !part.is_empty()) {
            let (x, y) = pair.split_once(' ').expect("a pair");
            let (x, y): (f64, f64) = (x.parse().expect("x"), y.parse().expect("y"));
            assert!((10.0..=40.0).contains(&x) && (20.0..=32.0).contains(&y), "{pair}");
        }
    }
}
