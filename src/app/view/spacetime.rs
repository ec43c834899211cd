//! The space-time diagram: which event brought about which, walked through by pointer or keys.
//!
//! Draws what the session weaves around the cursor; refuses to know how it is chosen.

use crate::action::{Action, Deed};
use crate::browser;
use crate::layout::shape::{Shape, px};
use crate::layout::spacetime::{self, Plan, order};
use crate::player::Player;
use crate::text::{Names, say};
use crate::view::draw::draw_all;
use crate::view::host::{Part, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::scene::{Cursor, EventId, NodeId, Scene, Told, Weave, Weight, Window};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// Items on both sides of the cursor: some screens to scroll through.
const BEFORE: usize = 70;
const AFTER: usize = 40;

#[derive(PartialEq)]
pub struct Spacetime {
    pub lang: Lang,
    pub narrow: bool,
    pub player: Player,
    pub scene: Part<Scene>,
    pub names: Names,
    pub cursor: Cursor,
    pub end: Cursor,
    pub act: Callback<Action>,
}

view!(Spacetime, hook use_spacetime);

/// What is on the sheet.
struct Sheet {
    weave: Weave,
    plan: Plan,
}

#[hook]
fn use_spacetime(props: &Spacetime) -> Html {
    let about = use_state_eq(|| None::<EventId>);
    let least = use_state_eq(|| Weight::Key);
    let window = Window { least: *least, before: BEFORE, after: AFTER, about: *about };
    let key = (props.cursor.branch, props.cursor.step, props.end.step, *about, *least);
    let sheet = use_memo((key, props.narrow), |_| sheet(props, &window));
    let scroll = use_node_ref();
    use_cursor_in_sight(&scroll, sheet.plan.x(props.cursor.at), sheet.plan.names, props.cursor);
    let choose = {
        let (about, act) = (about.clone(), props.act.clone());
        Callback::from(move |(event, step): (EventId, u64)| {
            about.set(Some(event));
            act.emit(Action::Do(Deed::Seek(step)));
        })
    };
    let lang = props.lang;
    let words = |told: &Told| props.names.tell(lang, told);
    let shapes = spacetime::picture(&sheet.weave, &sheet.plan, props.cursor.at, &words);
    let active = about.map(|event| format!("weave-{}", event.0));
    html! {
        <section class="weave" aria-label={say(lang, "app.weave.name")} data-testid="weave">
            { head(props, &least, about.is_some(), &sheet) }
            <div class="weave-scroll" ref={scroll} role="listbox" tabindex="0"
                aria-label={say(lang, "app.weave.hint")} aria-activedescendant={active}
                onclick={on_click(&choose)} onkeydown={on_key(props, &sheet, &about, &choose)}>
                { svg("weave-sheet", sheet.plan.width, sheet.plan.height, &shapes) }
                { svg("weave-names", sheet.plan.names, sheet.plan.height,
                    &spacetime::names(&sheet.plan)) }
            </div>
        </section>
    }
}

fn sheet(props: &Spacetime, window: &Window) -> Sheet {
    let weave = props.player.look_front(|session| session.weave(window));
    let lanes: Vec<(NodeId, String)> =
        props.scene.nodes.iter().map(|node| (node.id, node.name.clone())).collect();
    let plan = Plan::of(&weave, lanes, if props.narrow { 76.0 } else { 112.0 });
    Sheet { weave, plan }
}

fn svg(class: &'static str, width: f64, height: f64, shapes: &[Shape]) -> Html {
    let (width, height) = (px(width), px(height));
    html! {
        <svg class={classes!("picture", class)} viewBox={format!("0 0 {width} {height}")}
            width={width.clone()} height={height.clone()} role="presentation">
            { draw_all(shapes) }
        </svg>
    }
}

fn head(props: &Spacetime, least: &UseStateHandle<Weight>, asked: bool, sheet: &Rc<Sheet>) -> Html {
    let lang = props.lang;
    let choice = |weight: Weight, key: &str| {
        let on = **least == weight;
        let least = least.clone();
        let onclick = Callback::from(move |_: MouseEvent| least.set(weight));
        html! {
            <button type="button" class="bead" aria-pressed={on.to_string()} {onclick}>
                { say(lang, key) }
            </button>
        }
    };
    let save = {
        let (sheet, names, at) = (sheet.clone(), props.names.clone(), props.cursor.at);
        Callback::from(move |_: MouseEvent| {
            let words = |told: &Told| names.tell(lang, told);
            let (shapes, size) = spacetime::sheet(&sheet.weave, &sheet.plan, at, &words);
            let file = crate::export::file(&shapes, size, &say(lang, "app.weave.name"), lang);
            browser::download("space-time.svg", "image/svg+xml", &file);
        })
    };
    let close = props.act.reform(|_: MouseEvent| Action::Weave(false));
    html! {
        <div class="weave-head">
            if !props.narrow {
                <h2>{ say(lang, "app.weave.name") }</h2>
            }
            <div class="beads" role="group" aria-label={say(lang, "app.weave.filter")}>
                { choice(Weight::Key, "app.story.key") }
                { choice(Weight::Normal, "app.story.all") }
            </div>
            if asked {
                { meaning(lang, "kin-cause", "app.weave.causes") }
                { meaning(lang, "kin-self", "app.weave.chosen") }
                { meaning(lang, "kin-effect", "app.weave.effects") }
            } else if !props.narrow {
                <span class="weave-hint">{ say(lang, "app.weave.hint") }</span>
            }
            <button type="button" class="icon-button" onclick={save} data-testid="weave-save"
                title={say(lang, "app.weave.save")} aria-label={say(lang, "app.weave.save")}>
                { icon(Icon::Download) }
            </button>
            if !props.narrow {
                <button type="button" class="icon-button" onclick={close}
                    title={say(lang, "app.dialog.close")}
                    aria-label={say(lang, "app.dialog.close")}>
                    { icon(Icon::Close) }
                </button>
            }
        </div>
    }
}

fn meaning(lang: Lang, class: &'static str, key: &str) -> Html {
    html! {
        <span class="weave-key">
            <svg class="picture" viewBox="0 0 20 10" aria-hidden="true">
                <line class={classes!("hop", class)} x1="1" y1="5" x2="19" y2="5" />
            </svg>
            { say(lang, key) }
        </span>
    }
}

/// Moves the sheet when the cursor has left the part that is seen, and only then.
#[hook]
fn use_cursor_in_sight(scroll: &NodeRef, x: f64, names: f64, cursor: Cursor) {
    let scroll = scroll.clone();
    use_effect_with((x as i32, cursor.step), move |(x, _)| {
        let Some(element) = scroll.cast::<web_sys::Element>() else { return };
        let (left, wide) = (element.scroll_left(), element.client_width());
        let seen = left + names as i32 + 20..left + wide - 40;
        if !seen.contains(x) {
            element.set_scroll_left((x - wide * 2 / 3).max(0));
        }
    });
}

fn chosen(event: &Event) -> Option<(EventId, u64)> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let item = target.closest("[data-event]").ok()??;
    let number = |name: &str| item.get_attribute(name)?.parse().ok();
    Some((EventId(number("data-event")?), number("data-step")?))
}

fn on_click(choose: &Callback<(EventId, u64)>) -> Callback<MouseEvent> {
    let choose = choose.clone();
    Callback::from(move |event: MouseEvent| {
        if let Some(item) = chosen(&event) {
            choose.emit(item);
        }
    })
}

/// Left and right walk in the order of happening, up goes to the cause, Enter asks why.
fn on_key(
    props: &Spacetime,
    sheet: &Rc<Sheet>,
    about: &UseStateHandle<Option<EventId>>,
    choose: &Callback<(EventId, u64)>,
) -> Callback<KeyboardEvent> {
    let (sheet, about, choose, act) =
        (sheet.clone(), about.clone(), choose.clone(), props.act.clone());
    let here = props.cursor.step;
    Callback::from(move |event: KeyboardEvent| {
        let items = order(&sheet.weave);
        let at = items.iter().position(|(id, ..)| Some(*id) == *about);
        let before = items.iter().rposition(|(_, step, _)| *step <= here).unwrap_or(0);
        let next = match (event.key().as_str(), at) {
            ("ArrowRight", Some(at)) => at + 1,
            ("ArrowLeft", Some(at)) if at > 0 => at - 1,
            ("ArrowLeft" | "ArrowRight", None) => before,
            ("ArrowUp", Some(at)) => {
                let cause = items[at].2;
                items.iter().position(|(id, ..)| Some(*id) == cause).unwrap_or(at)
            }
            ("Enter" | " ", Some(at)) => {
                let ask = replicascope::scene::Ask::Event(items[at].0);
                act.emit(Action::Do(Deed::Ask(ask)));
                at
            }
            ("Escape", Some(_)) => {
                about.set(None);
                usize::MAX
            }
            ("Escape", None) => {
                act.emit(Action::Weave(false));
                usize::MAX
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some((event, step, _)) = items.get(next).filter(|_| Some(next) != at) {
            choose.emit((*event, *step));
        }
    })
}
