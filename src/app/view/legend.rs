//! What the marks of the stage mean: each shown as it is drawn, beside its words.

use super::draw::draw_all;
use crate::layout::shape::{Shape, circle, hatch, line, path, rect};
use crate::layout::span::ring;
use crate::layout::{Point, Rect, glyph, pill, reel};
use crate::view::host::view;
use replicascope::Lang;
use replicascope::scene::{Health, MarkKind};
use replicascope::words::word;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Legend {
    pub lang: Lang,
}

view!(Legend, legend);

fn legend(props: &Legend) -> Html {
    let lang = props.lang;
    html! {
        <div class="legend" role="group" aria-label={word(lang, "stage.legend.name")}>
            { part("stage.legend.records", records(), lang) }
            { part("stage.legend.logs", logs(), lang) }
            { part("stage.legend.messages", messages(), lang) }
            { part("stage.legend.nodes", nodes(), lang) }
            { part("stage.legend.tape", tape(), lang) }
        </div>
    }
}

type Entry = (&'static str, Vec<Shape>);

fn part(title: &str, entries: Vec<Entry>, lang: Lang) -> Html {
    html! {
        <section class="legend-part">
            <h4>{ word(lang, title) }</h4>
            <ul>
                { for entries.iter().map(|(key, shapes)| html! {
                    <li>
                        <svg class="picture" viewBox="0 0 34 24" width="34" height="24"
                            aria-hidden="true">
                            { draw_all(shapes) }
                        </svg>
                        <span>{ word(lang, key) }</span>
                    </li>
                }) }
            </ul>
        </section>
    }
}

const CELL: Rect = Rect::new(4.0, 3.0, 26.0, 18.0);
const MIDDLE: Point = Point::new(17.0, 12.0);

fn across(class: &str) -> Shape {
    line(Point::new(1.0, 12.0), Point::new(33.0, 12.0), class)
}

fn upright(class: &str) -> Shape {
    line(Point::new(17.0, 1.0), Point::new(17.0, 23.0), class)
}

fn records() -> Vec<Entry> {
    let halves = [Rect::new(2.0, 3.0, 14.0, 18.0), Rect::new(18.0, 3.0, 14.0, 18.0)];
    let solid = rect(CELL, 4.0, "cell epoch-0");
    vec![
        (
            "stage.legend.epoch",
            vec![rect(halves[0], 3.0, "cell epoch-0"), rect(halves[1], 3.0, "cell epoch-1")],
        ),
        (
            "stage.legend.appended",
            vec![
                rect(CELL, 4.0, "cell pale-0"),
                path(hatch(CELL.grown(-1.5), 6.0), "hatch hue-line-0"),
            ],
        ),
        ("stage.legend.committed", vec![solid.clone()]),
        (
            "stage.legend.acked",
            vec![
                solid,
                circle(Point::new(26.0, 5.5), 5.5, "acked edge-of-0"),
                glyph::tick(Point::new(26.0, 5.5), "acked-tick hue-line-0"),
            ],
        ),
        (
            "stage.legend.lost",
            vec![
                rect(CELL, 4.0, "cell-lost"),
                line(Point::new(7.0, 17.0), Point::new(27.0, 7.0), "ghost-strike"),
            ],
        ),
        (
            "stage.legend.unflushed",
            vec![
                rect(CELL, 4.0, "cell pale-0"),
                line(Point::new(8.0, 17.0), Point::new(26.0, 17.0), "unflushed hue-line-0"),
            ],
        ),
    ]
}

fn logs() -> Vec<Entry> {
    vec![
        ("stage.legend.bracket", vec![rect(CELL, 6.0, "isr")]),
        ("stage.legend.out", vec![rect(CELL, 6.0, "out")]),
        ("stage.legend.leo", vec![upright("leo")]),
        ("stage.legend.hw", vec![upright("hw-line")]),
        ("stage.legend.hw-own", vec![glyph::pointer(Point::new(17.0, 8.0), "hw-tick")]),
        ("stage.legend.crown", vec![glyph::crown(MIDDLE)]),
    ]
}

fn messages() -> Vec<Entry> {
    let body = Rect::new(2.0, 4.0, 30.0, 16.0);
    let pill = |plate: &str, ink: &str| {
        let nose = Point::new(11.0, 12.0);
        vec![rect(body, 8.0, plate), path(pill::arrow(nose, Point::new(1.0, 0.0)), ink)]
    };
    let tail = Point::new(23.0, 12.0);
    let mut refused = pill("pill-refused", "pill-refused-ink");
    refused.push(glyph::cross(tail, "pill-mark pill-refused-ink-line"));
    let mut doomed = pill("pill-doomed", "pill-doomed-ink");
    doomed.push(glyph::cross(tail, "pill-mark pill-doomed-ink-line"));
    let mut held = pill("pill-request", "pill-request-ink");
    held.push(glyph::pause(tail, "pill-mark pill-request-ink-line"));
    vec![
        ("stage.legend.request", pill("pill-request", "pill-request-ink")),
        ("stage.legend.reply", pill("pill-reply", "pill-reply-ink")),
        ("stage.legend.refused", refused),
        ("stage.legend.doomed", doomed),
        ("stage.legend.held", held),
        (
            "stage.legend.parked",
            vec![
                rect(body, 8.0, "chip chip-parked"),
                ring(Point::new(11.0, 12.0), 4.5, 0.6, "ring-left"),
            ],
        ),
    ]
}

fn nodes() -> Vec<Entry> {
    let health = |state: Health| vec![glyph::health(MIDDLE, state)];
    vec![
        ("stage.health.up", health(Health::Up)),
        ("stage.health.starting", health(Health::Starting)),
        ("stage.health.stopping", health(Health::Stopping)),
        ("stage.health.fenced", health(Health::Fenced)),
        ("stage.health.paused", health(Health::Paused)),
        ("stage.health.dead", health(Health::Dead)),
        ("stage.health.powered-off", health(Health::PoweredOff)),
        ("stage.disk.slow", vec![glyph::disk(MIDDLE, "glyph glyph-warn")]),
        (
            "stage.legend.wall",
            vec![
                across("wire"),
                upright("wall-face"),
                path("M4 12h9M10 9l3.5 3l-3.5 3", "wall-arrow"),
            ],
        ),
    ]
}

fn tape() -> Vec<Entry> {
    let mark = |kind: MarkKind| vec![reel::mark(MIDDLE, kind)];
    vec![
        ("stage.legend.fault", mark(MarkKind::Fault)),
        ("stage.legend.election", mark(MarkKind::Election)),
        ("stage.legend.isr", mark(MarkKind::Isr)),
        ("stage.legend.ack", mark(MarkKind::Ack)),
        ("stage.legend.error", mark(MarkKind::Error)),
        ("stage.legend.gone", mark(MarkKind::Lost)),
        ("stage.legend.step", mark(MarkKind::Step)),
        (
            "stage.legend.broken",
            vec![rect(CELL, 3.0, "broken"), path(hatch(CELL.grown(-1.0), 6.0), "broken-hatch")],
        ),
    ]
}
