//! The tape as a picture: hue bands, broken stretches, marks by shape, the axis and the forks.
//!
//! Knows tracks and looks; refuses to know the playhead and the pointer.

use super::shape::{Shape, circle, group, hatch, line, path, polyline, px, rect, text};
use super::span::{brief, clock};
use super::tape::{Fork, Ruler, TRACK, height, spread, track_y};
use super::text::{clip, width};
use super::{Point, Rect, glyph};
use replicascope::Lang;
use replicascope::scene::{Branch, Instant, Mark, MarkKind, Stretch, Tape, Told, Track};

/// Turns a message into words.
pub type Words<'a> = &'a dyn Fn(&Told) -> String;

/// One part of the picture: the axis, then each track.
#[must_use]
pub fn part(tape: &Tape, part: usize, ruler: &Ruler, words: Words) -> Shape {
    match part.checked_sub(1).and_then(|index| Some((index, tape.tracks.get(index)?))) {
        Some((index, track)) => self::track(track, track_y(index), ruler, words),
        None => axis(tape, ruler),
    }
}

/// How many parts there are.
#[must_use]
pub fn parts(tape: &Tape) -> usize {
    tape.tracks.len() + 1
}

fn axis(tape: &Tape, ruler: &Ruler) -> Shape {
    let bottom = height(tape.tracks.len()) - super::tape::AXIS + 2.0;
    let mut parts = Vec::new();
    for at in ruler.ticks() {
        let x = ruler.x(at);
        parts.push(line(Point::new(x, 2.0), Point::new(x, bottom), "grid"));
        let words = brief(at.since(Instant::ZERO));
        let half = width(&words, 11.0) / 2.0;
        let center = x.min(ruler.width - half - 2.0);
        parts.push(text(Point::new(center, bottom + 15.0), words, "mid tiny muted"));
    }
    group("axis", parts)
}

fn track(track: &Track, y: f64, ruler: &Ruler, words: Words) -> Shape {
    let title = words(&track.title);
    let middle = y + TRACK / 2.0;
    let shown = clip(&title, 11.5, ruler.left - 14.0);
    let mut parts = vec![
        text(Point::new(4.0, middle + 4.0), shown, "small muted").titled(title),
        line(Point::new(ruler.left, middle), Point::new(ruler.right(), middle), "grid"),
    ];
    parts.extend(track.stretches.iter().map(|stretch| band(stretch, y, ruler, words)));
    parts.extend(spread(track, ruler).into_iter().map(|(x, mark)| {
        self::mark(Point::new(x, middle), mark.kind).titled(mark_words(mark, words))
    }));
    group("track", parts)
}

fn mark_words(mark: &Mark, words: Words) -> String {
    format!("{} {}", clock(mark.at), words(&mark.label))
}

/// A stretch: as high as the ISR is large, hatched while nobody is in charge.
fn band(stretch: &Stretch, y: f64, ruler: &Ruler, words: Words) -> Shape {
    let (from, to) = (ruler.x(stretch.from), ruler.x(stretch.to));
    let h = (TRACK * f64::from(stretch.height.min(1000)) / 1000.0).max(4.0);
    let area = Rect::new(from, y + TRACK - h, (to - from).max(1.5), h);
    let label = words(&stretch.label);
    let hue = stretch.epoch % 8;
    let mut parts = if stretch.broken {
        let area = Rect { y, h: TRACK, ..area };
        vec![rect(area, 3.0, "broken"), path(hatch(area.grown(-1.0), 6.0), "broken-hatch")]
    } else {
        vec![rect(area, 3.0, format!("band epoch-{hue}"))]
    };
    if width(&label, 10.5) + 16.0 <= area.w && (stretch.broken || h >= 12.0) {
        let class = if stretch.broken {
            "tiny danger strong".to_owned()
        } else {
            format!("tiny ink-{hue}")
        };
        let at = Point::new(area.x + 9.0, y + TRACK - 4.0);
        if stretch.broken {
            let plate = Rect::new(at.x - 2.0, y + 2.0, width(&label, 11.0) + 4.0, TRACK - 4.0);
            parts.push(rect(plate, 3.0, "broken-plate"));
        }
        parts.push(text(at, &label, class));
    }
    group("stretch", parts).titled(format!(
        "{label} ({} – {})",
        clock(stretch.from),
        clock(stretch.to)
    ))
}

/// Marks differ by shape, not only by colour.
#[must_use]
pub fn mark(at: Point, kind: MarkKind) -> Shape {
    let shape = match kind {
        MarkKind::Fault => {
            let corners = [at.moved(-5.0, -5.0), at.moved(5.0, -5.0), at.moved(0.0, 5.0)];
            path(polyline(&corners) + "Z", "mark mark-fault")
        }
        MarkKind::Election => {
            let corners =
                [at.moved(0.0, -6.0), at.moved(6.0, 0.0), at.moved(0.0, 6.0), at.moved(-6.0, 0.0)];
            path(polyline(&corners) + "Z", "mark mark-election")
        }
        MarkKind::Isr => rect(Rect::around(at, 6.0, 11.0), 1.5, "mark mark-isr"),
        MarkKind::Ack => circle(at, 2.4, "mark mark-ack"),
        MarkKind::Error => glyph::cross(at, "mark-error"),
        MarkKind::Lost => group(
            "",
            [
                rect(Rect::around(at, 13.0, 13.0), 3.0, "mark mark-lost"),
                glyph::cross(at, "mark-lost-cross"),
            ],
        ),
        MarkKind::Step => line(at.moved(0.0, -6.0), at.moved(0.0, 6.0), "mark-step"),
    };
    group("mark-group", [shape])
}

/// The part that is played again and again.
#[must_use]
pub fn range(range: Option<(Instant, Instant)>, ruler: &Ruler, high: f64) -> Vec<Shape> {
    let Some((from, to)) = range else { return Vec::new() };
    let (left, right) = (ruler.x(from), ruler.x(to));
    let bottom = high - super::tape::AXIS + 2.0;
    let side = |x: f64| line(Point::new(x, 1.0), Point::new(x, bottom), "range-side");
    let area = Rect::new(left, 1.0, right - left, bottom - 1.0);
    vec![rect(area, 0.0, "range"), side(left), side(right)]
}

/// A pennant at each instant at which two runs parted, with a sign: no colour alone.
#[must_use]
pub fn flags(flags: &[Instant], ruler: &Ruler, high: f64) -> Vec<Shape> {
    let bottom = high - super::tape::AXIS + 2.0;
    let flag = |at: &Instant| {
        let x = ruler.x(*at);
        let cloth = [Point::new(x, 1.0), Point::new(x + 20.0, 1.0), Point::new(x + 15.0, 7.5)];
        let cloth = [&cloth[..], &[Point::new(x + 20.0, 14.0), Point::new(x, 14.0)]].concat();
        let parts = [
            line(Point::new(x, 1.0), Point::new(x, bottom), "flag-pole"),
            path(polyline(&cloth) + "Z", "flag"),
            text(Point::new(x + 8.0, 11.5), "≠", "tiny strong mid flag-ink"),
        ];
        group("flag-group", parts)
    };
    flags.iter().map(flag).collect()
}

/// A line where the pointer is, and what a press there leads to.
#[must_use]
pub fn preview(ruler: &Ruler, at: Instant, words: String, high: f64) -> Vec<Shape> {
    let x = ruler.x(at);
    let words = clip(&words, 11.0, 340.0);
    let wide = width(&words, 11.0) + 12.0;
    let left = (x - wide / 2.0).clamp(0.0, (ruler.width - wide).max(0.0));
    let top = high - 20.0;
    vec![
        line(Point::new(x, 2.0), Point::new(x, top), "preview"),
        rect(Rect::new(left, top, wide, 18.0), 4.0, "preview-plate"),
        text(Point::new(left + wide / 2.0, top + 13.0), words, "mid tiny"),
    ]
}

/// Branches under their parents; the present one is strong.
#[must_use]
pub fn forks(
    lines: &[Fork],
    branches: &[Branch],
    current: usize,
    ruler: &Ruler,
    lang: Lang,
) -> Vec<Shape> {
    let draw = |fork: &Fork| {
        let branch = &branches[fork.branch];
        let class = if fork.branch == current { "fork fork-current" } else { "fork" };
        let mut parts = Vec::new();
        if let Some((x, parent)) = fork.parted {
            let d = format!(
                "M{x} {from}C{x} {y} {x} {y} {to} {y}H{end}",
                x = px(x),
                from = px(parent),
                y = px(fork.y),
                to = px((x + 14.0).min(fork.to)),
                end = px(fork.to)
            );
            parts.push(path(d, class));
        } else {
            let (from, to) = (Point::new(fork.from, fork.y), Point::new(fork.to, fork.y));
            parts.push(line(from, to, class));
        }
        let room = ruler.left - 22.0;
        let name = clip(&branch.name, 11.5, room);
        let words = if fork.branch == current { "small strong accent" } else { "small muted" };
        parts.push(circle(Point::new(8.0, fork.y), 4.0, class));
        parts.push(text(Point::new(18.0, fork.y + 4.0), name, words));
        let hit = Rect::new(0.0, fork.y - 11.0, ruler.width, 22.0);
        parts.insert(0, rect(hit, 0.0, "fork-target"));
        let label = super::text::say(lang, "stage.tape.switch", &[("branch", &branch.name)]);
        group("fork-row", parts)
            .attr("role", "button")
            .attr("tabindex", "0")
            .attr("data-branch", fork.branch.to_string())
            .attr("aria-pressed", if fork.branch == current { "true" } else { "false" })
            .attr("aria-label", label)
    };
    lines.iter().map(draw).collect()
}
