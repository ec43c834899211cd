//! The canvas itself: colours of the theme, widths of words, and how a message is painted.
//!
//! Knows pixels; refuses to know where messages come from.

use super::Sheet;
use crate::layout::map::Map;
use crate::layout::pill::{self, Habits, Pill};
use crate::layout::{Point, Rect};
use replicascope::scene::{Fate, FlightId};
use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, PI};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, MediaQueryList, Window};

/// Colours by the names that the style sheet gives them.
#[derive(Default)]
struct Paints {
    request: String,
    request_ink: String,
    reply: String,
    surface: String,
    danger: String,
    danger_ink: String,
    leash: String,
    focus: String,
    font: String,
}

/// What a frame looked like; equal looks need no new painting.
#[derive(Clone, PartialEq, Default)]
struct Look {
    now: f64,
    size: (f64, f64, f64),
    theme: (Option<String>, bool),
}

pub(super) struct Brush {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    window: Window,
    dark: Option<MediaQueryList>,
    paints: Paints,
    widths: BTreeMap<String, f64>,
    habits: Habits,
    /// Label places on their way to where they belong.
    eased: BTreeMap<FlightId, Point>,
    unsettled: bool,
    look: Look,
    /// The canvas's own size; none of its settings hold before there is one.
    fitted: (u32, u32),
}

/// Share of the remaining way that a label makes in one frame.
const EASE: f64 = 0.3;

impl Brush {
    pub(super) fn new(canvas: HtmlCanvasElement) -> Option<Brush> {
        let window = web_sys::window()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Brush {
            dark: window.match_media("(prefers-color-scheme: dark)").ok().flatten(),
            canvas,
            context,
            window,
            paints: Paints::default(),
            widths: BTreeMap::new(),
            habits: Habits::new(),
            eased: BTreeMap::new(),
            unsettled: false,
            look: Look::default(),
            fitted: (0, 0),
        })
    }

    /// Paints the sheet, unless it looks just as it did.
    pub(super) fn draw(&mut self, sheet: &Sheet, replaced: bool) {
        let look = self.look_of(sheet);
        if look == self.look && !replaced && !self.unsettled {
            return;
        }
        if look.theme != self.look.theme || self.paints.font.is_empty() {
            self.read_paints();
        }
        self.fit(&look);
        self.look = look;
        let now = self.look.now;
        let (context, widths) = (&self.context, &mut self.widths);
        let mut measure = |words: &str| measured(context, widths, words);
        let mut pills = pill::place(
            &sheet.map,
            &sheet.scene.flights,
            sheet.routine,
            (now, sheet.calm),
            &mut self.habits,
            &mut measure,
        );
        self.ease(&mut pills, &sheet.map, sheet.calm);
        // The loudest are placed first and painted last, on top.
        pills.iter().for_each(|pill| self.leash(pill));
        self.crowd(&pills);
        pills.iter().rev().for_each(|pill| self.pill(pill, sheet.picked == Some(pill.id)));
        *sheet.drawn.borrow_mut() = pills;
    }

    fn look_of(&self, sheet: &Sheet) -> Look {
        let root = self.window.document().and_then(|document| document.document_element());
        let theme = root.and_then(|root| root.get_attribute("data-theme"));
        Look {
            // Nothing moves in calm, so the playhead's motion is no change either.
            now: if sheet.calm { 0.0 } else { sheet.playhead.at_us.get() },
            size: (sheet.map.width, sheet.map.height, self.window.device_pixel_ratio()),
            theme: (theme, self.dark.as_ref().is_some_and(MediaQueryList::matches)),
        }
    }

    fn read_paints(&mut self) {
        let root = self.window.document().and_then(|document| document.document_element());
        let style = root.and_then(|root| self.window.get_computed_style(&root).ok().flatten());
        let read = |name: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(name).ok());
            value.unwrap_or_default().trim().to_owned()
        };
        self.paints = Paints {
            request: read("--request"),
            request_ink: read("--request-ink"),
            reply: read("--reply"),
            surface: read("--surface"),
            danger: read("--danger"),
            danger_ink: read("--danger-ink"),
            leash: read("--ink-2"),
            focus: read("--focus"),
            font: format!("500 11px {}", read("--font")),
        };
        self.widths.clear();
        self.fitted = (0, 0);
    }

    /// Clears the canvas, made as large as the map in real pixels; a new size forgets the rest.
    fn fit(&mut self, look: &Look) {
        let (w, h, ratio) = look.size;
        let (wide, high) = ((w * ratio).round() as u32, (h * ratio).round() as u32);
        if self.fitted != (wide, high) {
            self.fitted = (wide, high);
            self.canvas.set_width(wide);
            self.canvas.set_height(high);
            let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
            self.context.set_font(&self.paints.font);
            self.context.set_text_baseline("middle");
        }
        self.context.clear_rect(0.0, 0.0, w, h);
    }

    /// Labels glide to a new place instead of jumping there, unless something is in the way.
    fn ease(&mut self, pills: &mut [Pill], map: &Map, calm: bool) {
        let mut kept = BTreeMap::new();
        let mut taken: Vec<Rect> = Vec::new();
        let stage = Rect::new(0.0, 0.0, map.width, map.height);
        self.unsettled = false;
        for pill in pills {
            let Some(label) = &mut pill.label else { continue };
            let wanted = Point::new(label.x - pill.at.x, label.y - pill.at.y);
            let before = self.eased.get(&pill.id).filter(|_| !calm).copied().unwrap_or(wanted);
            let mut offset = before.toward(wanted, EASE);
            let moved =
                |offset: Point| Rect { x: pill.at.x + offset.x, y: pill.at.y + offset.y, ..*label };
            let place = moved(offset);
            let free = stage.holds(&place)
                && !taken.iter().any(|other| other.overlaps(&place))
                && !map.boxes.iter().any(|node| node.rect.overlaps(&place));
            if !free || offset.distance(wanted) < 0.6 {
                offset = wanted;
            } else {
                self.unsettled = true;
            }
            *label = moved(offset);
            taken.push(*label);
            kept.insert(pill.id, offset);
        }
        self.eased = kept;
    }

    /// Joins a message with its label, below everything else.
    fn leash(&self, pill: &Pill) {
        if let Some((from, to)) = pill.leash() {
            self.context.set_stroke_style_str(&self.paints.leash);
            self.context.set_line_width(1.0);
            self.stroke(&[from, to]);
        }
    }

    /// Messages without a label are as many as there are, and alike: one path for all of a kind.
    fn crowd(&self, pills: &[Pill]) {
        let paints = &self.paints;
        let kinds =
            [(false, 0, &paints.request), (true, 0, &paints.reply), (true, 1, &paints.surface)];
        for (reply, rim, paint) in kinds {
            self.context.set_fill_style_str(paint);
            self.context.begin_path();
            for pill in pills.iter().filter(|pill| is_plain(pill) && pill.reply == reply) {
                self.trace(&pill::arrow_rims(pill.at, pill.heading)[rim]);
                self.context.close_path();
            }
            self.context.fill();
        }
    }

    fn pill(&self, pill: &Pill, picked: bool) {
        if is_plain(pill) {
            return;
        }
        let paints = &self.paints;
        let (fill, edge, ink) = match (pill.reply, pill.is_bad()) {
            (false, false) => (&paints.request, &paints.surface, &paints.request_ink),
            (false, true) => (&paints.danger, &paints.surface, &paints.danger_ink),
            (true, false) => (&paints.surface, &paints.reply, &paints.reply),
            (true, true) => (&paints.surface, &paints.danger, &paints.danger),
        };
        let context = &self.context;
        context.set_fill_style_str(fill);
        context.set_stroke_style_str(if pill.reply { edge } else { fill });
        context.set_line_width(1.5);
        if pill.leash().is_some() || pill.label.is_none() {
            self.arrow(pill.at, pill.heading);
            context.stroke();
        }
        let Some(label) = pill.label else { return };
        context.set_stroke_style_str(edge);
        self.round(label);
        context.fill();
        context.stroke();
        if picked {
            context.set_stroke_style_str(&paints.focus);
            context.set_line_width(2.5);
            self.round(label.grown(3.0));
            context.stroke();
        }
        self.words(pill, label, ink);
    }

    /// Arrow, words and mark inside a label.
    fn words(&self, pill: &Pill, label: Rect, ink: &str) {
        let (context, middle) = (&self.context, label.center().y);
        context.set_fill_style_str(ink);
        self.arrow(Point::new(label.x + 11.0, middle), pill.heading);
        let room = label.w - pill.sides();
        let whole = self.widths.get(&pill.words).copied().unwrap_or_default();
        let cut;
        let words = if whole > room + 1.0 {
            cut = crate::layout::text::clip(&pill.words, 11.0, room);
            &cut
        } else {
            &pill.words
        };
        let _ = context.fill_text(words, label.x + 20.0, middle + 0.5);
        context.set_stroke_style_str(ink);
        context.set_line_width(1.8);
        let tail = Point::new(label.right() - 11.0, middle);
        if pill.is_bad() {
            self.stroke(&[tail.moved(-3.5, -3.5), tail.moved(3.5, 3.5)]);
            self.stroke(&[tail.moved(-3.5, 3.5), tail.moved(3.5, -3.5)]);
        } else if pill.fate == Fate::Held {
            self.stroke(&[tail.moved(-2.0, -3.5), tail.moved(-2.0, 3.5)]);
            self.stroke(&[tail.moved(2.0, -3.5), tail.moved(2.0, 3.5)]);
        }
    }

    fn stroke(&self, points: &[Point]) {
        self.context.begin_path();
        self.trace(points);
        self.context.stroke();
    }

    fn trace(&self, points: &[Point]) {
        for (index, point) in points.iter().enumerate() {
            if index == 0 {
                self.context.move_to(point.x, point.y);
            } else {
                self.context.line_to(point.x, point.y);
            }
        }
    }

    fn arrow(&self, at: Point, heading: Point) {
        self.context.begin_path();
        self.trace(&pill::arrow_corners(at, heading));
        self.context.close_path();
        self.context.fill();
    }

    fn round(&self, area: Rect) {
        let r = area.h / 2.0;
        let y = area.y + r;
        self.context.begin_path();
        let _ = self.context.arc(area.x + r, y, r, FRAC_PI_2, 3.0 * FRAC_PI_2);
        let _ = self.context.arc(area.right() - r, y, r, -FRAC_PI_2, PI - FRAC_PI_2);
        self.context.close_path();
    }
}

/// An arrow and nothing else.
fn is_plain(pill: &Pill) -> bool {
    pill.label.is_none() && !pill.is_bad()
}

fn measured(
    context: &CanvasRenderingContext2d,
    widths: &mut BTreeMap<String, f64>,
    words: &str,
) -> f64 {
    if let Some(width) = widths.get(words) {
        return *width;
    }
    // Words carry offsets, so there is no end of them: start over rather than grow for ever.
    if widths.len() > 500 {
        widths.clear();
    }
    let width = context.measure_text(words).map_or(60.0, |metrics| metrics.width());
    widths.insert(words.to_owned(), width);
    width
}
