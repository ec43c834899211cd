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
    let (words, size) = shortened(&record.label, area.w - 2.0);
    let at = Point::new(area.center().x, area.y + 14.5);
    if !settled {
        let plate = Rect::around(area.center(), width(&words, size) + 3.0, 13.0);
        parts.push(rect(plate, 3.0, format!("pale-{hue}-plain")));
    }
    let class = if size < WORDS { "mid cell-words cell-words-small" } else { "mid cell-words" };
    parts.push(text(at, words, format!("{class} {ink}")));
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

const WORDS: f64 = 11.0;
const SMALL: f64 = 9.5;

/// A record's value with its size: smaller where there is little room, without its producer where
/// there is less. The whole of it is said aloud and in the inspector.
fn shortened(label: &str, room: f64) -> (String, f64) {
    let value = label.rsplit('·').next().unwrap_or(label);
    let tries = [(label, WORDS), (label, SMALL), (value, WORDS), (value, SMALL)];
    let fits = tries.into_iter().find(|(words, size)| width(words, *size) <= room);
    fits.map_or_else(|| (clip(value, SMALL, room), SMALL), |(words, size)| (words.to_owned(), size))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_cut_where_it_could_be_smaller() {
        assert_eq!(shortened("41", 26.0), ("41".to_owned(), WORDS));
        assert_eq!(shortened("3·1204", 26.0), ("1204".to_owned(), SMALL));
        assert_eq!(shortened("3·120", 26.0).0, "120");
    }
}
