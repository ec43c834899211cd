//! A moment as a picture file: the cluster, the logs and a caption, with its colours inside.
//!
//! Same geometry and same looks as the page (the style sheets are the only source of both);
//! refuses to know the browser, so that it can be made and tested anywhere.

mod looks;

use crate::layout::Point;
use crate::layout::block::Block;
use crate::layout::map::Map;
use crate::layout::pill::{self, Habits, Pill};
use crate::layout::shape::{Shape, group, line, path, px, rect, text};
use crate::layout::span::clock;
use crate::layout::text::{clip, say, width};
use crate::layout::{facts, glyph, node, strip, wire};
use looks::Looks;
use replicascope::Lang;
use replicascope::scene::{Fate, Scene, Strips};
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const MARGIN: f64 = 20.0;

/// The moment as a standalone SVG file.
#[must_use]
pub fn svg(scene: &Scene, lang: Lang) -> String {
    let (shapes, size) = picture(scene, lang);
    file(&shapes, size, &caption(scene, lang), lang)
}

/// Shapes as a standalone SVG file, with the looks of their classes inside.
#[must_use]
pub fn file(shapes: &[Shape], size: Point, title: &str, lang: Lang) -> String {
    let looks = Looks::light();
    let mut file = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
         height=\"{h}\" font-family=\"{}\" lang=\"{}\">",
        escape(looks.font()),
        lang.tag(),
        w = px(size.x),
        h = px(size.y),
    );
    let _ = write!(file, "<title>{}</title>", escape(title));
    shapes.iter().for_each(|shape| write_shape(&mut file, shape, &looks));
    file.push_str("</svg>\n");
    file
}

fn caption(scene: &Scene, lang: Lang) -> String {
    let (at, step) = (clock(scene.at), scene.step.to_string());
    say(lang, "stage.caption", &[("at", &at), ("step", &step)])
}

/// Everything on one sheet, and the sheet's size.
fn picture(scene: &Scene, lang: Lang) -> (Vec<Shape>, Point) {
    let map = Map::of(scene, WIDTH - 2.0 * MARGIN);
    let mut sheet =
        vec![group("", cluster(scene, &map, lang)).attr("transform", moved(MARGIN, 10.0))];
    let mut y = map.height + 36.0;
    let mut wide = WIDTH;
    for strips in &scene.strips {
        let (shapes, size) = partition(scene, strips, lang);
        sheet.push(group("", shapes).attr("transform", moved(MARGIN, y)));
        y += size.y + 16.0;
        wide = wide.max(size.x + 2.0 * MARGIN);
    }
    let foot = Point::new(MARGIN, y + 12.0);
    sheet.push(text(foot, caption(scene, lang), "small muted"));
    let size = Point::new(wide, y + 28.0);
    sheet.insert(0, rect(crate::layout::Rect::new(0.0, 0.0, size.x, size.y), 0.0, "sheet"));
    (sheet, size)
}

fn moved(x: f64, y: f64) -> String {
    format!("translate({} {})", px(x), px(y))
}

fn cluster(scene: &Scene, map: &Map, lang: Lang) -> Vec<Shape> {
    let mut shapes = wire::picture(scene, &map.wires, None, lang);
    shapes.extend(node::picture(scene, map, None, lang));
    let mut habits = Habits::new();
    let now = scene.at.0 as f64;
    let pills = pill::place(map, &scene.flights, false, (now, false), &mut habits, &mut |words| {
        width(words, 11.0)
    });
    let leashes = pills.iter().filter_map(Pill::leash);
    shapes.extend(leashes.map(|(from, to)| line(from, to, "pill-leash")));
    shapes.extend(pills.iter().map(pill_shape));
    shapes
}

/// A message as a still: the same looks as on the canvas.
fn pill_shape(pill: &Pill) -> Shape {
    let (plate, ink) = match (pill.reply, pill.is_bad()) {
        (false, false) => ("pill-request", "pill-request-ink"),
        (false, true) => ("pill-doomed", "pill-doomed-ink"),
        (true, false) => ("pill-reply", "pill-reply-ink"),
        (true, true) => ("pill-refused", "pill-refused-ink"),
    };
    let mut parts = Vec::new();
    if pill.leash().is_some() || pill.label.is_none() {
        parts.push(path(pill::arrow(pill.at, pill.heading), plate));
    }
    if let Some(label) = pill.label {
        let middle = label.center().y;
        parts.push(rect(label, label.h / 2.0, plate));
        let nose = Point::new(label.x + 11.0, middle);
        parts.push(path(pill::arrow(nose, pill.heading), ink));
        let words = clip(&pill.words, 11.0, label.w - pill.sides() + 2.0);
        parts.push(text(Point::new(label.x + 20.0, middle + 4.0), words, format!("tiny {ink}")));
        let tail = Point::new(label.right() - 11.0, middle);
        if pill.is_bad() {
            parts.push(glyph::cross(tail, &format!("pill-mark {ink}-line")));
        } else if pill.fate == Fate::Held {
            parts.push(glyph::pause(tail, &format!("pill-mark {ink}-line")));
        }
    }
    group("pill", parts)
}

fn partition(scene: &Scene, strips: &Strips, lang: Lang) -> (Vec<Shape>, Point) {
    let block = Block::of(strips, WIDTH - 2.0 * MARGIN);
    let form = block.form;
    let room = WIDTH - 2.0 * MARGIN - form.names;
    let view = strip::View { scene, strips, block: &block, picked: None, lang, room, before: None };
    let facts: Vec<String> = facts::facts(scene, strips, lang)
        .into_iter()
        .map(|fact| format!("{} {}", fact.label, fact.value))
        .collect();
    let name = width(&strips.name, 15.0) + 14.0;
    let wide = strip::logs_width(&view);
    let facts = clip(&facts.join(" · "), 11.5, WIDTH - 2.0 * MARGIN - name);
    let logs = Shape::new("svg", "")
        .attr("x", px(form.names))
        .attr("y", "22")
        .attr("width", px(wide))
        .attr("height", px(block.height))
        .with(strip::logs(&view));
    let names = Shape::new("svg", "")
        .attr("x", "0")
        .attr("y", "22")
        .attr("width", px(form.names))
        .attr("height", px(block.height))
        .with(strip::names(&view));
    let shapes = vec![
        text(Point::new(0.0, 12.0), &strips.name, "title"),
        text(Point::new(name, 12.0), facts, "small muted"),
        logs,
        names,
    ];
    (shapes, Point::new(form.names + wide, block.height + 22.0))
}

/// Attributes that only the page needs.
const LIVE: [&str; 10] = [
    "data-pick",
    "data-testid",
    "data-node",
    "data-event",
    "data-step",
    "tabindex",
    "role",
    "aria-label",
    "aria-selected",
    "aria-hidden",
];

fn write_shape(file: &mut String, shape: &Shape, looks: &Looks) {
    let _ = write!(file, "<{}", shape.tag);
    for (name, value) in &shape.attrs {
        if !LIVE.contains(name) {
            let _ = write!(file, " {name}=\"{}\"", escape(value));
        }
    }
    for (name, value) in looks.of(&shape.class) {
        let _ = write!(file, " {name}=\"{}\"", escape(&value));
    }
    if shape.text.is_none() && shape.children.is_empty() {
        file.push_str("/>");
        return;
    }
    file.push('>');
    shape.children.iter().for_each(|child| write_shape(file, child, looks));
    file.push_str(&escape(shape.text.as_deref().unwrap_or_default()));
    let _ = write!(file, "</{}>", shape.tag);
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fixture;

    /// Every element is closed, in order.
    fn well_formed(file: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        for part in file.split('<').skip(1) {
            let Some((tag, _)) = part.split_once('>') else { return false };
            let name = tag.split([' ', '/']).find(|word| !word.is_empty()).unwrap_or_default();
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return false;
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        open.is_empty()
    }

    #[test]
    fn the_file_stands_alone() {
        for lang in Lang::ALL {
            let file = svg(&fixture::outage(), lang);
            assert!(well_formed(&file), "{lang:?}");
            assert!(file.contains("orders-0") && file.contains("broker-2"));
            assert!(!file.contains("var(") && !file.contains("class=") && !file.contains("style="));
            assert!(file.contains("fill=\"#"), "colours are inside");
        }
    }

    #[test]
    fn names_from_outside_cannot_break_the_file() {
        let mut scene = fixture::outage();
        scene.nodes[3].name = "<b a=\"1\">&".to_owned();
        scene.strips[0].name = "</svg><script>".to_owned();
        let file = svg(&scene, Lang::En);
        assert!(well_formed(&file) && !file.contains("<script") && !file.contains("<b "));
    }

    #[test]
    fn an_empty_scene_has_a_picture_too() {
        let mut scene = fixture::cluster(1);
        scene.nodes.clear();
        scene.strips.clear();
        assert!(well_formed(&svg(&scene, Lang::Zh)));
    }
}
