//! The right column, on a phone the bottom sheet: tabs over story, causes, fields and faults.

use crate::action::{Action, Tab};
use crate::layout::compare::Differences;
use crate::player::Player;
use crate::state::State;
use crate::text::{Names, fill, say};
use crate::view::console::Console;
use crate::view::faults::Faults;
use crate::view::host::{Part, View, view};
use crate::view::inspector::Inspector;
use crate::view::narration::Narration;
use crate::view::twins::Twins;
use crate::view::why::Why;
use replicascope::Lang;
use replicascope::scene::{Told, Violation};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Panel {
    pub lang: Lang,
    pub narrow: bool,
    pub state: Rc<State>,
    pub player: Player,
    pub act: Callback<Action>,
    /// The lesson's own tab; none in the sandbox.
    pub course: Option<Html>,
    /// What the run beside this one shows otherwise.
    pub differs: Part<Differences>,
}

view!(Panel, panel);

fn panel(props: &Panel) -> Html {
    let tabs = tabs(props);
    let shown = if tabs.contains(&props.state.tab) { props.state.tab } else { tabs[0] };
    html! {
        <aside class="side" aria-label={say(props.lang, "app.panel.name")}>
            if props.narrow {
                { handle(props) }
            }
            { promises(props).show() }
            { Tabs { lang: props.lang, tabs, shown, act: props.act.clone() }.show() }
            <div class="panel" role="tabpanel" id="panel" tabindex="0"
                aria-labelledby={tab_id(shown)}>
                { content(props, shown) }
            </div>
        </aside>
    }
}

#[derive(PartialEq)]
struct Tabs {
    lang: Lang,
    tabs: Vec<Tab>,
    shown: Tab,
    act: Callback<Action>,
}

view!(Tabs, tab_row);

fn tab_row(props: &Tabs) -> Html {
    html! {
        <div class="tabs" role="tablist" onkeydown={arrows(props)}>
            { for props.tabs.iter().map(|tab| tab_button(props, *tab)) }
        </div>
    }
}

/// On a phone: lowers the sheet to its tabs, or raises it.
fn handle(props: &Panel) -> Html {
    let high = props.state.sheet;
    let onclick = props.act.reform(move |_: MouseEvent| Action::Sheet(!high));
    let key = if high { "app.panel.lower" } else { "app.panel.raise" };
    html! {
        <button type="button" class="handle" aria-expanded={high.to_string()} {onclick}
            data-testid="sheet" aria-label={say(props.lang, key)}></button>
    }
}

fn tabs(props: &Panel) -> Vec<Tab> {
    let mut tabs = Vec::new();
    if props.course.is_some() {
        tabs.push(Tab::Lesson);
    }
    tabs.extend([Tab::Story, Tab::Why, Tab::Inspect, Tab::Faults, Tab::Twins]);
    if props.narrow {
        tabs.push(Tab::Console);
    }
    tabs
}

fn tab_id(tab: Tab) -> &'static str {
    match tab {
        Tab::Lesson => "tab-lesson",
        Tab::Story => "tab-story",
        Tab::Why => "tab-why",
        Tab::Inspect => "tab-inspect",
        Tab::Faults => "tab-faults",
        Tab::Console => "tab-console",
        Tab::Twins => "tab-twins",
    }
}

fn tab_key(tab: Tab) -> &'static str {
    match tab {
        Tab::Lesson => "app.tab.lesson",
        Tab::Story => "app.tab.story",
        Tab::Why => "app.tab.why",
        Tab::Inspect => "app.tab.inspect",
        Tab::Faults => "app.tab.faults",
        Tab::Console => "app.tab.console",
        Tab::Twins => "app.tab.twins",
    }
}

fn tab_button(props: &Tabs, tab: Tab) -> Html {
    let on = tab == props.shown;
    let onclick = props.act.reform(move |_: MouseEvent| Action::Tab(tab));
    html! {
        <button type="button" role="tab" id={tab_id(tab)} aria-selected={on.to_string()}
            aria-controls="panel" tabindex={if on { "0" } else { "-1" }} class="tab"
            data-testid={tab_id(tab)} {onclick}>
            { say(props.lang, tab_key(tab)) }
        </button>
    }
}

/// Left and right walk along the tabs; they do not move the run.
fn arrows(props: &Tabs) -> Callback<KeyboardEvent> {
    let (act, tabs, shown) = (props.act.clone(), props.tabs.clone(), props.shown);
    Callback::from(move |event: KeyboardEvent| {
        let at = tabs.iter().position(|tab| *tab == shown).unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % tabs.len(),
            "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        act.emit(Action::Tab(tabs[next]));
        focus(tab_id(tabs[next]));
    })
}

fn focus(id: &str) {
    use wasm_bindgen::JsCast;
    let document = web_sys::window().and_then(|window| window.document());
    let element = document.and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

fn content(props: &Panel, tab: Tab) -> Html {
    let (lang, act, state) = (props.lang, props.act.clone(), &props.state);
    let seen = state.front();
    let (names, scene) = (seen.names.clone(), seen.scene.clone());
    match tab {
        Tab::Lesson => props.course.clone().unwrap_or_default(),
        Tab::Story => {
            let (lines, step) = (seen.lines.clone(), seen.cursor.step);
            Narration { lang, lines, names, filter: state.filter, step, act }.show()
        }
        Tab::Why => Why { lang, names, asked: state.asked.clone(), act }.show(),
        Tab::Inspect => {
            let (picked, player) = (state.picked.clone(), props.player.clone());
            let focus = state.focus.clone();
            Inspector { lang, scene, names, picked, player, focus, act }.show()
        }
        Tab::Faults => Faults { lang, scene: state.seen.scene.clone(), names, act }.show(),
        Tab::Console => {
            let (player, log) = (props.player.clone(), state.log.clone());
            Console { lang, player, names, log, focus: false }.show()
        }
        Tab::Twins => Twins {
            lang,
            player: props.player.clone(),
            names: state.seen.names.clone(),
            branches: state.seen.branches.clone(),
            cursor: state.seen.cursor,
            other: state.other.clone(),
            front: state.front,
            differs: props.differs.clone(),
            playing: state.playing,
            act,
        }
        .show(),
    }
}

fn promises(props: &Panel) -> Promises {
    let seen = props.state.front();
    Promises {
        lang: props.lang,
        violations: seen.violations.clone(),
        promises: seen.promises.clone(),
        names: seen.names.clone(),
        act: props.act.clone(),
    }
}

#[derive(PartialEq)]
struct Promises {
    lang: Lang,
    violations: Part<Vec<Violation>>,
    promises: Part<Vec<Told>>,
    names: Names,
    act: Callback<Action>,
}

view!(Promises, promise_light);

/// The light: every promise that is watched after every event, and whether it held.
fn promise_light(props: &Promises) -> Html {
    let lang = props.lang;
    let broken = props.violations.len();
    let bad = props.violations.iter().any(|it| !it.allowed);
    let class = match (broken, bad) {
        (0, _) => "is-ok",
        (_, false) => "is-warn",
        (_, true) => "is-bad",
    };
    let count = broken.to_string();
    let text = if broken == 0 {
        fill(lang, "app.promises.held", &[("count", &props.promises.len().to_string())])
    } else {
        fill(lang, "app.promises.broken", &[("count", &count)])
    };
    html! {
        <details class={classes!("promises", class)} data-testid="promises" data-broken={count}>
            <summary><span class="light" aria-hidden="true"></span>{ text }</summary>
            <ul>
                { for props.violations.iter().map(|it| violation(props, it)) }
                { for props.promises.iter().map(|promise| html! {
                    <li class="quiet">{ props.names.tell(lang, promise) }</li>
                }) }
            </ul>
        </details>
    }
}

fn violation(props: &Promises, violation: &Violation) -> Html {
    use crate::action::Deed;
    use replicascope::scene::Ask;
    let (step, event) = (violation.step, violation.event);
    let seek = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Seek(step)));
    let why = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Ask(Ask::Event(event))));
    let tell = |told| props.names.tell(props.lang, told);
    html! {
        <li class="violation">
            <button type="button" class="story-seek" onclick={seek}>
                <time class="story-at">{ crate::text::clock(violation.at) }</time>
                <span>
                    <b>{ tell(&violation.promise) }</b>{ " " }{ tell(&violation.detail) }
                    if violation.allowed {
                        { " " }{ say(props.lang, "app.promises.allowed") }
                    }
                </span>
            </button>
            <button type="button" class="story-why" onclick={why}>
                { say(props.lang, "app.story.ask") }
            </button>
            <cite class="why-source">{ violation.source }</cite>
        </li>
    }
}
