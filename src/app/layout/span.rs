//! Lengths of virtual time as pictures: how much of a wait is left, and in which words.
//!
//! Knows instants and circles; refuses to know what is waited for.

use super::Point;
use super::shape::{Shape, circle, group, px};
use replicascope::scene::{Instant, Span};

/// What is left of the wait from `since` to `until`, 1 at its start and 0 at its end.
#[must_use]
pub fn share_left(since: Instant, until: Instant, now: Instant) -> f64 {
    let whole = until.since(since).0;
    if whole == 0 {
        return 0.0;
    }
    (until.since(now).0 as f64 / whole as f64).clamp(0.0, 1.0)
}

/// A length in as few characters as tell it: `4.2 s`, `31 s`, `850 ms`, `3 ms`.
#[must_use]
pub fn brief(span: Span) -> String {
    match span.0 {
        0 => "0 ms".to_owned(),
        1..1_000 => "<1 ms".to_owned(),
        1_000..1_000_000 => format!("{} ms", span.0 / 1_000),
        1_000_000..10_000_000 => format!("{}.{} s", span.0 / 1_000_000, span.0 / 100_000 % 10),
        10_000_000..600_000_000 => format!("{} s", span.0 / 1_000_000),
        _ => format!("{} min", span.0 / 60_000_000),
    }
}

/// An instant to the millisecond: `21.384 s`.
#[must_use]
pub fn clock(at: Instant) -> String {
    format!("{}.{:03} s", at.0 / 1_000_000, at.0 / 1_000 % 1_000)
}

/// Steps in which a ring empties: as many as the eye just sees, so that a picture does not change
/// with every microsecond.
const STEPS: f64 = 40.0;

/// A ring that empties clockwise from its top: the circle's line, dashed once.
#[must_use]
pub fn ring(center: Point, r: f64, left: f64, class: &str) -> Shape {
    let left = (left * STEPS).ceil();
    let rest = circle(center, r, "ring-rest");
    let dash = format!("0 {} {} 0", px(STEPS - left), px(left));
    let drawn = circle(center, r, class)
        .attr("pathLength", px(STEPS))
        .attr("stroke-dasharray", dash)
        .attr("transform", format!("rotate(-90 {} {})", px(center.x), px(center.y)));
    group("ring", if left > 0.0 { vec![rest, drawn] } else { vec![rest] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_empties() {
        let (since, until) = (Instant(1_000), Instant(3_000));
        assert_eq!(share_left(since, until, Instant(1_000)), 1.0);
        assert_eq!(share_left(since, until, Instant(2_000)), 0.5);
        assert_eq!(share_left(since, until, Instant(9_000)), 0.0);
        assert_eq!(share_left(since, since, since), 0.0);
    }

    #[test]
    fn a_ring_shows_what_is_left() {
        let dashes = |left| format!("{:?}", ring(Point::new(5.0, 5.0), 4.0, left, "ring-left"));
        assert!(dashes(1.0).contains("0 0 40 0") && dashes(0.25).contains("0 30 10 0"));
        assert!(!dashes(0.0).contains("ring-left"));
    }

    #[test]
    fn lengths_are_brief() {
        let written: Vec<String> =
            [0, 80, 3_400, 850_000, 4_290_000, 31_000_000, 900_000_000].map(Span).map(brief).into();
        assert_eq!(written, ["0 ms", "<1 ms", "3 ms", "850 ms", "4.2 s", "31 s", "15 min"]);
    }
}
