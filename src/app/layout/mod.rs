//! Where things stand: pure geometry and pictures as lists of shapes, tested natively.
//!
//! Knows scenes and pixels; refuses to know the browser, time on the wall and who is watching.

pub mod block;
pub mod chart;
pub mod chip;
pub mod compare;
pub mod edge;
pub mod facts;
#[cfg(test)]
pub mod fixture;
pub mod focus;
pub mod glyph;
pub mod hindrance;
pub mod map;
pub mod node;
pub mod pill;
pub mod record;
pub mod reel;
pub mod shape;
pub mod spacetime;
pub mod span;
pub mod strip;
pub mod tape;
pub mod text;
pub mod wire;

/// A place, in pixels from the upper left.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[must_use]
    pub fn moved(self, dx: f64, dy: f64) -> Point {
        Point { x: self.x + dx, y: self.y + dy }
    }

    #[must_use]
    pub fn distance(self, other: Point) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point at `t` (0 to 1) of the way to `other`.
    #[must_use]
    pub fn toward(self, other: Point, t: f64) -> Point {
        Point { x: self.x + (other.x - self.x) * t, y: self.y + (other.y - self.y) * t }
    }
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    #[must_use]
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    #[must_use]
    pub fn around(center: Point, w: f64, h: f64) -> Rect {
        Rect { x: center.x - w / 2.0, y: center.y - h / 2.0, w, h }
    }

    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    #[must_use]
    pub fn center(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// Larger by `by` on every side; smaller where it is negative.
    #[must_use]
    pub fn grown(&self, by: f64) -> Rect {
        Rect { x: self.x - by, y: self.y - by, w: self.w + 2.0 * by, h: self.h + 2.0 * by }
    }

    #[must_use]
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        (self.x..=self.right()).contains(&point.x) && (self.y..=self.bottom()).contains(&point.y)
    }

    /// True when `other` lies wholly within.
    #[must_use]
    pub fn holds(&self, other: &Rect) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }
}
