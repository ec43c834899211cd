//! What stands at the end of a log: LEO, the replica's own high watermark, its lag, what it lost.
//!
//! Knows one replica and its row; refuses to know records.

use super::block::{ABOVE, CELL, Row};
use super::shape::{Shape, group, line, rect, text};
use super::span::{brief, ring, share_left};
use super::strip::View;
use super::text::{say, width};
use super::{Point, Rect, glyph};
use replicascope::Lang;
use replicascope::scene::{Instant, Strip};
use replicascope::words::word;

/// The word after what was lost: red alone would not tell.
#[must_use]
pub fn lost_word(view: &View, strip: &Strip, row: &Row) -> Option<Shape> {
    let last = strip.ghosts.iter().map(|record| record.offset).max()?;
    let area = view.block.ghost(row, last)?;
    let words = word(view.lang, "stage.lost");
    let plate = Rect::new(area.right() + 4.0, area.y + 1.0, width(&words, 11.0) + 8.0, 17.0);
    let at = Point::new(plate.x + 4.0, area.y + 13.5);
    Some(group("", [rect(plate, 4.0, "label-plate"), text(at, words, "tiny danger strong")]))
}

/// The log's end with its label, the replica's own high watermark, how far it lags.
#[must_use]
pub fn edges(view: &View, strip: &Strip, row: &Row) -> Vec<Shape> {
    let block = view.block;
    let top = row.y + ABOVE - 4.0;
    let bottom = row.y + ABOVE + CELL + 4.0;
    let mut parts = Vec::new();
    if strip.start > block.first {
        let x = block.x(strip.start);
        parts.push(line(Point::new(x, top), Point::new(x, bottom), "log-start"));
    }
    let x = block.x(strip.end);
    parts.push(line(Point::new(x, top), Point::new(x, bottom), "leo"));
    let hw = Point::new(block.x(strip.high_watermark), bottom - 3.0);
    let hw_words = format!("HW {}", strip.high_watermark);
    parts.push(group("hw-own", [glyph::pointer(hw, "hw-tick")]).titled(&hw_words));
    let middle = row.y + ABOVE + 14.5;
    let wide = ends_width(strip);
    // Of a log that ended long ago the words stay in sight, where the cells in sight begin.
    let x = x.max(block.hidden(view.room));
    let after_leo = x + 16.0 + width(&leo_words(strip), 11.0);
    parts.push(rect(Rect::new(x + 4.0, middle - 13.0, wide + 8.0, 18.0), 4.0, "label-plate"));
    parts.push(text(Point::new(x + 8.0, middle), leo_words(strip), "tiny strong"));
    parts.push(text(Point::new(after_leo, middle), hw_words, "tiny hw-words"));
    parts.extend(lag(view, strip, Point::new(x + wide + 22.0, middle)));
    parts
}

/// Room that the words after a log's end need.
#[must_use]
pub fn room(view: &View, strip: &Strip) -> f64 {
    let lag = match strip.lag {
        Some(_) if strip.in_isr => 14.0,
        Some(_) => width(&lag_words(strip, view.scene.at, view.lang), 11.0) + 30.0,
        None => 0.0,
    };
    36.0 + ends_width(strip) + lag
}

/// Width of both labels at the end of a log.
fn ends_width(strip: &Strip) -> f64 {
    let hw = format!("HW {}", strip.high_watermark);
    width(&leo_words(strip), 11.0) + width(&hw, 11.0) + 8.0
}

fn leo_words(strip: &Strip) -> String {
    format!("LEO {}", strip.end)
}

/// In words when it matters; for a member of the ISR a ring is enough, and the words rest on it.
fn lag(view: &View, strip: &Strip, at: Point) -> Option<Shape> {
    let lag = strip.lag.as_ref()?;
    let left = share_left(lag.caught_up, lag.caught_up + lag.limit, view.scene.at);
    let (left, class) = if left > 0.0 { (left, "ring-left") } else { (1.0, "ring-over") };
    let mut parts = vec![ring(at.moved(5.0, -4.0), 5.5, left, class)];
    if !strip.in_isr {
        let words = lag_words(strip, view.scene.at, view.lang);
        let plate = Rect::new(at.x - 3.0, at.y - 13.0, width(&words, 11.0) + 24.0, 18.0);
        parts.insert(0, rect(plate, 4.0, "label-plate"));
        parts.push(text(at.moved(16.0, 0.0), words, "tiny muted"));
    }
    let title = lag_in(strip, view.scene.at, view.lang, "stage.lag-title")?;
    Some(group("lag", parts).titled(title))
}

fn lag_words(strip: &Strip, now: Instant, lang: Lang) -> String {
    lag_in(strip, now, lang, "stage.lag").unwrap_or_default()
}

/// How far a replica lags, in the words of this key.
#[must_use]
pub fn lag_in(strip: &Strip, now: Instant, lang: Lang, key: &str) -> Option<String> {
    let lag = strip.lag.as_ref()?;
    Some(say(
        lang,
        key,
        &[
            ("records", &lag.records.to_string()),
            ("since", &brief(now.since(lag.caught_up))),
            ("limit", &brief(lag.limit)),
        ],
    ))
}
