//! The transport bar: where in time the run is, and the ways to move.

use crate::action::{Action, Deed, Time};
use crate::tempo::{RATES, Tempo};
use crate::text::{clock, fill, say};
use crate::view::host::{View, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::scene::{Cursor, Weight};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Bar {
    pub lang: Lang,
    pub playing: bool,
    pub tempo: Tempo,
    pub cursor: Cursor,
    pub end: Cursor,
    /// Only the buttons that a small frame has room for.
    pub small: bool,
    /// Whether charts, diagram and console are open; none where they are no drawers.
    pub drawers: Option<(bool, bool, bool)>,
    pub act: Callback<Action>,
}

view!(Bar, bar);

/// Its parts are views of their own: the clock changes at every scene, the buttons hardly ever.
fn bar(props: &Bar) -> Html {
    let (lang, small, act) = (props.lang, props.small, props.act.clone());
    let steps = Steps { lang, small, playing: props.playing, act: act.clone() };
    let clock = Clock { lang, cursor: props.cursor, live: props.cursor.step >= props.end.step };
    let choices = Choices { lang, small, tempo: props.tempo, drawers: props.drawers, act };
    html! {
        <div class="bar" role="toolbar" aria-label={say(lang, "app.bar.name")}>
            { steps.show() }
            { clock.show() }
            { choices.show() }
        </div>
    }
}

/// Playing, and going from event to event.
#[derive(PartialEq)]
struct Steps {
    lang: Lang,
    small: bool,
    playing: bool,
    act: Callback<Action>,
}

view!(Steps, steps);

fn steps(props: &Steps) -> Html {
    let deed = |forward, weight| Deed::Event { forward, weight };
    let button =
        |sign, key, testid, deed| button((props.lang, &props.act), sign, key, testid, deed);
    let (previous, next) = (deed(false, Weight::Normal), deed(true, Weight::Normal));
    html! {
        <div class="bar-group">
            if !props.small {
                { button(Icon::PreviousKey, "app.bar.previous-key", "", deed(false, Weight::Key)) }
            }
            { button(Icon::Previous, "app.bar.previous", "step-back", previous) }
            { play(props) }
            { button(Icon::Next, "app.bar.next", "step-forward", next) }
            if !props.small {
                { button(Icon::NextKey, "app.bar.next-key", "", deed(true, Weight::Key)) }
            }
        </div>
    }
}

/// How fast, and what is beside the present.
#[derive(PartialEq)]
struct Choices {
    lang: Lang,
    small: bool,
    tempo: Tempo,
    drawers: Option<(bool, bool, bool)>,
    act: Callback<Action>,
}

view!(Choices, choices);

fn choices(props: &Choices) -> Html {
    let button =
        |sign, key, testid, deed| button((props.lang, &props.act), sign, key, testid, deed);
    html! {
        <>
            { tempo(props) }
            if !props.small {
                <div class="bar-group bar-more">
                    { button(Icon::Live, "app.bar.live", "live", Deed::Live) }
                    { button(Icon::Fork, "app.bar.fork", "fork", Deed::Fork) }
                    { drawers(props) }
                </div>
            }
        </>
    }
}

fn button(
    (lang, act): (Lang, &Callback<Action>),
    sign: Icon,
    key: &str,
    testid: &'static str,
    deed: Deed,
) -> Html {
    let name = say(lang, key);
    let onclick = act.reform(move |_: MouseEvent| Action::Do(deed.clone()));
    let class = classes!("icon-button", testid.is_empty().then_some("roomy"));
    let testid = (!testid.is_empty()).then_some(testid);
    html! {
        <button type="button" {class} title={name.clone()} aria-label={name} {onclick}
            data-testid={testid}>
            { icon(sign) }
        </button>
    }
}

fn play(props: &Steps) -> Html {
    let (sign, key) =
        if props.playing { (Icon::Pause, "app.bar.pause") } else { (Icon::Play, "app.bar.play") };
    let name = say(props.lang, key);
    let onclick = props.act.reform(|_: MouseEvent| Action::Time(Time::Toggle));
    html! {
        <button type="button" class="icon-button play" title={name.clone()} aria-label={name}
            data-testid="play" {onclick}>
            { icon(sign) }
        </button>
    }
}

/// The instant at the cursor, and whether more is recorded after it.
#[derive(PartialEq)]
struct Clock {
    lang: Lang,
    cursor: Cursor,
    live: bool,
}

view!(Clock, cursor);

fn cursor(props: &Clock) -> Html {
    let live = props.live;
    let step = props.cursor.step.to_string();
    let place = if live { "app.bar.at-live" } else { "app.bar.in-past" };
    html! {
        <div class="cursor" data-testid="cursor" data-step={step.clone()}
            data-at={props.cursor.at.0.to_string()} data-live={live.to_string()}>
            <output class="cursor-clock">{ clock(props.cursor.at) }</output>
            <span class="cursor-step">
                { fill(props.lang, "app.bar.step", &[("step", &step)]) }
                { " · " }
                { say(props.lang, place) }
            </span>
        </div>
    }
}

fn tempo(props: &Choices) -> Html {
    let lang = props.lang;
    let onchange = props.act.reform(|event: Event| {
        let value = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
        Action::Time(Time::Tempo(value.parse().map_or(Tempo::Auto, Tempo::Fixed)))
    });
    let option = |tempo: Tempo| {
        let value = match tempo {
            Tempo::Auto => "auto".to_owned(),
            Tempo::Fixed(step) => step.to_string(),
        };
        let name = tempo.label().unwrap_or_else(|| say(lang, "app.bar.auto"));
        html! { <option {value} selected={tempo == props.tempo}>{ name }</option> }
    };
    html! {
        <label class="tempo">
            <span class="tempo-name">{ say(lang, "app.bar.tempo") }</span>
            <select {onchange} data-testid="tempo" aria-label={say(lang, "app.bar.tempo")}>
                { option(Tempo::Auto) }
                { for (0..RATES.len()).map(|step| option(Tempo::Fixed(step))) }
            </select>
        </label>
    }
}

fn drawers(props: &Choices) -> Html {
    let Some((charts, weave, console)) = props.drawers else { return Html::default() };
    html! {
        <>
            { drawer(props, Icon::Charts, "app.bar.charts", "charts-toggle",
                Action::Charts(!charts)) }
            { drawer(props, Icon::Weave, "app.bar.weave", "weave-toggle", Action::Weave(!weave)) }
            { drawer(props, Icon::Console, "app.bar.console", "console",
                Action::Console(!console)) }
        </>
    }
}

fn drawer(props: &Choices, sign: Icon, key: &str, testid: &'static str, action: Action) -> Html {
    let name = say(props.lang, key);
    let open =
        matches!(action, Action::Console(false) | Action::Weave(false) | Action::Charts(false));
    let onclick = props.act.reform(move |_: MouseEvent| action.clone());
    html! {
        <button type="button" class="icon-button console-toggle" title={name.clone()}
            aria-label={name} aria-expanded={open.to_string()} data-testid={testid} {onclick}>
            { icon(sign) }
        </button>
    }
}
