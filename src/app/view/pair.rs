//! Two stages side by side, or on a phone one of them at a time: two runs at one instant.
//!
//! Refuses to know how they are kept together; a touch of either brings it to the front.

use crate::action::Action;
use crate::layout::compare::Differences;
use crate::mate::Other;
use crate::pick::Playhead;
use crate::state::State;
use crate::text::say;
use crate::view::host::{Part, View, view};
use crate::view::stage::Stage;
use replicascope::Lang;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Pair {
    pub lang: Lang,
    pub calm: bool,
    pub narrow: bool,
    pub state: Rc<State>,
    pub differs: Part<Differences>,
    pub playhead: Playhead,
    pub act: Callback<Action>,
    /// The space-time diagram, where it is a face of the stage.
    pub weave: Option<Html>,
    /// The charts, where they are one.
    pub charts: Option<Html>,
}

view!(Pair, hook use_pair);

#[hook]
fn use_pair(props: &Pair) -> Html {
    // What is done to a stage that is behind brings it to the front first. The same callbacks at
    // every frame: with new ones everything would be drawn anew.
    let acts = use_memo(props.act.clone(), |act| {
        [false, true].map(|side| {
            let act = act.clone();
            Callback::from(move |action: Action| {
                act.emit(Action::Front(side));
                act.emit(action);
            })
        })
    });
    let Some(other) = &props.state.other else { return Html::default() };
    let front = props.state.front;
    let names = [(false, &other.names.0), (true, &other.names.1)];
    let shown = names.into_iter().filter(|(side, _)| !props.narrow || *side == front);
    html! {
        <div class="pair" data-testid="pair">
            if props.narrow {
                <div class="pair-flip" role="group" aria-label={say(props.lang, "app.twins.name")}>
                    { for names.into_iter().map(|(side, name)| button(props, side, name)) }
                </div>
            }
            { for shown.map(|(side, name)| html! {
                <section class={classes!("pair-side", (side == front).then_some("is-front"))}
                    key={u8::from(side)} data-at={at(props, other, side)}
                    aria-label={name.clone()}>
                    if !props.narrow {
                        { button(props, side, name) }
                    }
                    { stage(props, other, side, &acts).keyed(side) }
                </section>
            }) }
        </div>
    }
}

fn at(props: &Pair, other: &Other, side: bool) -> String {
    let seen = if side { &other.seen } else { &props.state.seen };
    seen.cursor.at.0.to_string()
}

/// Names a run, and brings it to the front.
fn button(props: &Pair, side: bool, name: &str) -> Html {
    let on = props.state.front == side;
    let onclick = props.act.reform(move |_: MouseEvent| Action::Front(side));
    let key = if side { "app.twins.other" } else { "app.twins.this" };
    html! {
        <button type="button" class="pair-name" aria-pressed={on.to_string()} {onclick}
            data-testid={if side { "pair-other" } else { "pair-this" }}>
            <span>{ say(props.lang, key) }</span>{ " " }<code>{ name }</code>
        </button>
    }
}

fn stage(props: &Pair, other: &Other, side: bool, acts: &[Callback<Action>; 2]) -> Stage {
    let mut state = (*props.state).clone();
    if side {
        state.seen = other.seen.clone();
    }
    let front = props.state.front == side;
    let act = if front { &props.act } else { &acts[usize::from(side)] };
    Stage {
        lang: props.lang,
        calm: props.calm,
        low: true,
        state: Rc::new(state),
        playhead: props.playhead.clone(),
        act: act.clone(),
        bare: false,
        aside: !front,
        differs: props.differs.clone(),
        narrow: props.narrow,
        weave: props.weave.clone(),
        charts: props.charts.clone(),
    }
}
