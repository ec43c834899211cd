//! The tape: tracks of the whole run, a playhead to drag, and the branches below.
//!
//! Draws what it is given; refuses to know how seeking is done.

use super::draw::draw_all;
use super::picture::{Sketch, use_picture};
use super::sight::use_seat;
use super::size::use_width;
use crate::action::{Action, Deed};
use crate::layout::shape::{line, px, rect, text};
use crate::layout::span::clock;
use crate::layout::tape::{FORK, Fork, Ruler, forks, height, nearest};
use crate::layout::text::{say, width as words_width};
use crate::layout::{Point, Rect};
use crate::layout::{focus, reel};
use crate::state::State;
use crate::text::Names;
use crate::view::host::{Part, View, view};
use crate::view::turn::{Flow, Seat};
use replicascope::Lang;
use replicascope::scene::{Branch, Instant, Tape};
use replicascope::words::word;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct TapeView {
    pub tape: Part<Tape>,
    pub cursor_at: Instant,
    pub lang: Lang,
    pub branches: Part<Vec<Branch>>,
    pub current: usize,
    pub names: Names,
    /// What is played again and again.
    pub range: Option<(Instant, Instant)>,
    /// The partition that stands out, if one does.
    pub focus: Option<String>,
    /// Where the run beside it parted: at all, and between key events.
    pub flags: Vec<Instant>,
    pub act: Callback<Action>,
}

impl TapeView {
    /// The run's own branches under the tracks of whatever is in front.
    pub fn of(
        lang: Lang,
        state: &State,
        range: Option<(Instant, Instant)>,
        focus: Option<String>,
        act: &Callback<Action>,
    ) -> TapeView {
        let seen = &state.seen;
        let found = state.other.as_ref().map(|other| [&other.partings.first, &other.partings.key]);
        let found = found.into_iter().flatten();
        let mut flags: Vec<Instant> = found.filter_map(|it| it.as_ref()?.at()).collect();
        flags.dedup();
        TapeView {
            lang,
            tape: state.front().tape.clone(),
            flags,
            cursor_at: seen.cursor.at,
            branches: seen.branches.clone(),
            current: seen.cursor.branch,
            names: seen.names.clone(),
            range,
            focus,
            act: act.clone(),
        }
    }

    fn seek(&self) -> Callback<Instant> {
        self.act.reform(|at| Action::Do(Deed::SeekTime(at)))
    }

    fn switch(&self) -> Callback<usize> {
        self.act.reform(|branch| Action::Do(Deed::Switch(branch)))
    }
}

view!(TapeView, hook use_tape_view);

#[hook]
fn use_tape_view(props: &TapeView) -> Html {
    let place = use_node_ref();
    let width = use_width(&place, 880.0);
    let tape = use_memo((props.tape.clone(), props.focus.clone()), |(tape, focus)| match focus {
        Some(partition) => Part::new(focus::tape(tape, partition)),
        None => tape.clone(),
    });
    let tape: &Part<Tape> = &tape;
    let ruler = Ruler::of(tape, props.cursor_at, width);
    let end = props.tape.to.max(props.cursor_at);
    let position = say(
        props.lang,
        "stage.tape.position",
        &[("at", &clock(props.cursor_at)), ("end", &clock(end))],
    );
    let (lang, names) = (props.lang, props.names.clone());
    let reel = Reel { seat: use_seat(&place), tape: tape.clone(), ruler, lang, names };
    let lines = forks(&props.branches, &props.tape, &ruler);
    let high = height(tape.tracks.len());
    let drag = use_mut_ref(|| None);
    let over = use_state_eq(|| None::<Instant>);
    let peek = (*over).filter(|at| *at != props.cursor_at);
    let (onpointerdown, onpointermove, onpointerup) =
        pointers(&place, ruler, end, &props.seek(), &drag, &over);
    let onpointerleave = Callback::from(move |_: PointerEvent| over.set(None));
    let (wide, tall) = (px(width), px(high));
    // The playhead moves all the time, the tracks below it seldom: a sheet for each.
    let sheet = |class: &'static str, shapes: Html| {
        html! {
            <svg {class} viewBox={format!("0 0 {wide} {tall}")} width={wide.clone()}
                height={tall.clone()} aria-hidden="true">
                { shapes }
            </svg>
        }
    };
    html! {
        <div class="tape" ref={place}>
            <div class="tape-tracks" role="slider" tabindex="0" data-testid="tape"
                aria-label={word(props.lang, "stage.tape.name")} aria-valuemin="0"
                aria-valuemax={(end.0 / 1000).to_string()}
                aria-valuenow={(props.cursor_at.0 / 1000).to_string()}
                aria-valuetext={position} onkeydown={on_key(props, end)}
                {onpointerdown} {onpointermove} {onpointerleave}
                onpointercancel={onpointerup.clone()} {onpointerup}>
                { sheet("picture reel", reel.show()) }
                { sheet("picture reel-over", html! {
                    <>
                        { draw_all(&reel::range(props.range, &ruler, high)) }
                        { draw_all(&reel::flags(&props.flags, &ruler, high)) }
                        { draw_all(&preview(props, &ruler, peek, high)) }
                        { playhead(&ruler, props.cursor_at, high) }
                    </>
                }) }
            </div>
            if let Some((from, to)) = props.range {
                { range_row(props, from, to) }
            }
            if !props.flags.is_empty() {
                { flag_row(props) }
            }
            if !lines.is_empty() {
                { branches(props, &lines, &ruler) }
            }
        </div>
    }
}

/// What is played again and again, and the way out of it.
fn range_row(props: &TapeView, from: Instant, to: Instant) -> Html {
    let text = [("from", clock(from)), ("to", clock(to))];
    let text: Vec<(&str, &str)> = text.iter().map(|(name, at)| (*name, at.as_str())).collect();
    let end = props.act.reform(|_: MouseEvent| Action::Loop(None));
    html! {
        <p class="tape-range" data-testid="range">
            { say(props.lang, "stage.tape.range", &text) }
            <button type="button" class="bead" onclick={end}>
                { word(props.lang, "stage.tape.range-end") }
            </button>
        </p>
    }
}

/// Where both runs parted, and the way there.
fn flag_row(props: &TapeView) -> Html {
    let one = |(at, key): (&Instant, &str)| {
        let onclick = props.seek().reform({
            let at = *at;
            move |_: MouseEvent| at
        });
        let text = say(props.lang, key, &[("at", &clock(*at))]);
        let go = word(props.lang, "app.twins.go");
        html! {
            <>
                <span>{ text }</span>
                <button type="button" class="bead" {onclick} data-testid="go-difference">
                    { go }
                </button>
            </>
        }
    };
    let keys = ["app.twins.first", "app.twins.first-key"];
    html! {
        <p class="tape-range" data-testid="flags">
            { for props.flags.iter().zip(keys).map(one) }
        </p>
    }
}

/// What a press would lead to: the instant under the pointer, and what happened there.
fn preview(
    props: &TapeView,
    ruler: &Ruler,
    at: Option<Instant>,
    high: f64,
) -> Vec<crate::layout::shape::Shape> {
    let Some(at) = at else { return Vec::new() };
    let near = nearest(&props.tape, ruler, at);
    let words = match near {
        Some(mark) => {
            format!("{} {}", clock(mark.at), props.names.tell(props.lang, &mark.label))
        }
        None => clock(at),
    };
    reel::preview(ruler, near.map_or(at, |mark| mark.at), words, high)
}

fn branches(props: &TapeView, lines: &[Fork], ruler: &Ruler) -> Html {
    let high = lines.len() as f64 * FORK + 4.0;
    let shapes = reel::forks(lines, &props.branches, props.current, ruler, props.lang);
    let on_switch = props.switch();
    let onclick = Callback::from(move |event: MouseEvent| {
        branch_of(&event).into_iter().for_each(|branch| on_switch.emit(branch));
    });
    let on_switch = props.switch();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if let ("Enter" | " ", Some(branch)) = (event.key().as_str(), branch_of(&event)) {
            event.prevent_default();
            event.stop_propagation();
            on_switch.emit(branch);
        }
    });
    html! {
        <div class="tape-branches" role="group" {onclick} {onkeydown}
            aria-label={word(props.lang, "stage.tape.branches")}>
            <svg class="picture" viewBox={format!("0 0 {} {}", px(ruler.width), px(high))}
                width={px(ruler.width)} height={px(high)}>
                { draw_all(&shapes) }
            </svg>
        </div>
    }
}

fn branch_of(event: &Event) -> Option<usize> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-branch]").ok()??.get_attribute("data-branch")?.parse().ok()
}

/// The tracks, each drawn in a turn of its own.
struct Reel {
    seat: Rc<Seat>,
    tape: Part<Tape>,
    ruler: Ruler,
    lang: Lang,
    names: Names,
}

/// A moving cursor redraws nothing of it.
impl PartialEq for Reel {
    fn eq(&self, other: &Reel) -> bool {
        self.tape == other.tape
            && self.ruler == other.ruler
            && self.lang == other.lang
            && self.names == other.names
    }
}

view!(Reel, hook use_reel);

#[hook]
fn use_reel(props: &Reel) -> Html {
    let place = use_node_ref();
    let sketch = |part: usize| -> Sketch {
        let (tape, ruler, lang) = (props.tape.clone(), props.ruler, props.lang);
        let names = props.names.clone();
        Box::new(move |_| reel::part(&tape, part, &ruler, &|told| names.tell(lang, told)))
    };
    let sketches = (0..reel::parts(&props.tape)).map(sketch).collect();
    use_picture(&place, &props.seat, 0, sketches);
    html! { <g ref={place}></g> }
}

fn playhead(ruler: &Ruler, at: Instant, high: f64) -> Html {
    let x = ruler.x(at);
    let words = clock(at);
    let wide = words_width(&words, 11.0) + 12.0;
    let left = (x - wide / 2.0).clamp(0.0, (ruler.width - wide).max(0.0));
    let top = high - 20.0;
    draw_all(&[
        line(Point::new(x, 2.0), Point::new(x, top), "playhead"),
        rect(Rect::new(left, top, wide, 18.0), 4.0, "playhead-plate"),
        text(Point::new(left + wide / 2.0, top + 13.0), words, "mid playhead-words"),
    ])
}

type Pointers = (Callback<PointerEvent>, Callback<PointerEvent>, Callback<PointerEvent>);

/// While the playhead is dragged, time runs as if it played.
type Drag = Rc<std::cell::RefCell<Option<Flow>>>;

/// Pressing seeks, moving while pressed seeks on; works alike for mouse, pen and finger.
pub fn pointers(
    place: &NodeRef,
    ruler: Ruler,
    end: Instant,
    seek: &Callback<Instant>,
    drag: &Drag,
    over: &UseStateHandle<Option<Instant>>,
) -> Pointers {
    let under = {
        let place = place.clone();
        move |event: &PointerEvent| {
            let element = place.cast::<web_sys::Element>()?;
            let x = f64::from(event.client_x()) - element.get_bounding_client_rect().left();
            Some(ruler.at(x).min(end))
        }
    };
    let seek = {
        let (under, on_seek) = (under.clone(), seek.clone());
        move |event: &PointerEvent| under(event).into_iter().for_each(|at| on_seek.emit(at))
    };
    let down = {
        let (drag, seek) = (drag.clone(), seek.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() != 0 {
                return;
            }
            if let Some(target) =
                event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
            seek(&event);
            drag.replace(Some(Flow::begin()));
        })
    };
    let moved = {
        let (drag, over) = (drag.clone(), over.clone());
        Callback::from(move |event: PointerEvent| {
            if drag.borrow().is_some() {
                seek(&event);
            }
            // A finger covers what it points at, and rests nowhere.
            if event.pointer_type() == "mouse" {
                over.set(under(&event).filter(|_| drag.borrow().is_none()));
            }
        })
    };
    let drag = drag.clone();
    let up = Callback::from(move |_: PointerEvent| drop(drag.take()));
    (down, moved, up)
}

/// Home, End and the page keys; the arrows step by events wherever the focus is.
fn on_key(props: &TapeView, end: Instant) -> Callback<KeyboardEvent> {
    let (on_seek, at, from) = (props.seek(), props.cursor_at, props.tape.from);
    Callback::from(move |event: KeyboardEvent| {
        if let Some(to) = paged(&event.key(), from, at, end) {
            event.prevent_default();
            on_seek.emit(to);
        }
    })
}

/// Where a key leads along the run.
pub fn paged(key: &str, from: Instant, at: Instant, end: Instant) -> Option<Instant> {
    let page = replicascope::scene::Span((end.since(from).0 / 10).max(1));
    match key {
        "Home" => Some(from),
        "End" => Some(end),
        "PageUp" => Some((at - page).max(from)),
        "PageDown" => Some((at + page).min(end)),
        _ => None,
    }
}
