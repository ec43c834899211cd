//! One record of a log as a picture: its promise by texture, its epoch by hue.
//!
//! Knows what promises look like; refuses to know rows, replicas and other records.

use super::shape::{Shape, circle, group, hatch, line, path, pickable, rect, text};
use super::strip::View;
use super::text::{clip, say, width};
use super::{Point, Rect, glyph};
use crate::pick::Pick;
use replicascope::scene::{Cell, Promise};
use replicascope::words::word;

/// A record: hatched while it is only appended, solid below the high watermark, ticked when the
/// producer knows, dashed red when the promise was broken.
#[must_use]
pub fn cell(view: &View, record: &Cell, area: Rect) -> Shape {
    let hue = record.epoch % 8;
    let settled = matches!(record.promise, Promise::Committed | Promise::Acked);
    let mut parts = Vec::new();
    match record.promise {
        Promise::Appended => {
            parts.push(rect(area, 4.0, format!("cell pale-{hue}")));
            parts.push(path(hatch(area.grown(-1.5), 6.0), format!("hatch hue-line-{hue}")));
        }
        Promise::Committed | Promise::Acked => {
            parts.push(rect(area, 4.0, format!("cell epoch-{hue}")));
        }
        Promise::Lost => parts.push(rect(area, 4.0, "cell cell-lost")),
    }
    let ink = if settled { format!("ink-{hue}") } else { "cell-ink".to_owned() };
    if !record.flushed {
        let y = area.bottom() - 3.0;
        let (from, to) = (Point::new(area.x + 4.0, y), Point::new(area.right() - 4.0, y));
        parts.push(line(
            from,
            to,
            if settled {
                format!("unflushed edge-{hue}")
            } else {
                format!("unflushed hue-line-{hue}")
            },
        ));
    }
    let words = clip(&record.label, 11.0, area.w - 3.0);
    let at = Point::new(area.center().x, area.y + 14.5);
    if !settled {
        let plate = Rect::around(area.center(), width(&words, 11.0) + 3.0, 13.0);
        parts.push(rect(plate, 3.0, format!("pale-{hue}-plain")));
    }
    parts.push(text(at, words, format!("mid cell-words {ink}")));
    if record.promise == Promise::Acked {
        let center = Point::new(area.right() - 4.5, area.y + 1.0);
        parts.push(circle(center, 5.0, format!("acked edge-of-{hue}")));
        parts.push(glyph::tick(center, &format!("acked-tick hue-line-{hue}")));
    }
    let picked = Pick::Record(view.strips.name.clone(), record.offset);
    if view.picked == Some(&picked) {
        parts.push(rect(area.grown(2.0), 5.0, "picked-frame"));
    }
    pickable(group("record", parts), &picked.mark(), record_words(view, record))
}

fn record_words(view: &View, record: &Cell) -> String {
    let promise = word(view.lang, promise_key(record.promise));
    say(
        view.lang,
        "stage.record-aloud",
        &[
            ("offset", &record.offset.to_string()),
            ("epoch", &record.epoch.to_string()),
            ("value", &record.label),
            ("promise", &promise),
        ],
    )
}

#[must_use]
pub fn promise_key(promise: Promise) -> &'static str {
    match promise {
        Promise::Appended => "stage.promise.appended",
        Promise::Committed => "stage.promise.committed",
        Promise::Acked => "stage.promise.acked",
        Promise::Lost => "stage.promise.lost",
    }
}

/// A record that was promised and thrown away: broken, red, struck through.
#[must_use]
pub fn ghost(view: &View, record: &Cell, area: Rect) -> Shape {
    let middle = area.center().y;
    let words = clip(&record.label, 11.0, area.w - 4.0);
    let from = Point::new(area.x + 3.0, middle + 5.0);
    let to = Point::new(area.right() - 3.0, middle - 5.0);
    let pick = Pick::Record(view.strips.name.clone(), record.offset);
    let lost = Cell { promise: Promise::Lost, ..record.clone() };
    let shape = group(
        "ghost",
        [
            rect(area, 4.0, "cell-lost"),
            text(Point::new(area.center().x, middle + 4.0), words, "mid tiny danger strong"),
            line(from, to, "ghost-strike"),
        ],
    );
    pickable(shape, &pick.mark(), record_words(view, &lost))
}
