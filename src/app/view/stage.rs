//! The stage of a run: cluster map, log matrix, latest decision and outage, and the text twin.

use crate::action::{Action, Deed, Face};
use crate::pick::{Pick, Playhead};
use crate::state::State;
use crate::text::say;
use crate::view::cluster::Cluster;
use crate::view::decision::DecisionCard;
use crate::view::legend::Legend;
use crate::view::matrix::Matrix;
use crate::view::phases::PhaseBar;
use crate::view::tape::TapeView;
use crate::view::twin::TextTwin;
use replicascope::Lang;
use replicascope::scene::Instant;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub lang: Lang,
    pub calm: bool,
    pub state: Rc<State>,
    pub playhead: Playhead,
    pub act: Callback<Action>,
    /// In a small frame: no legend, no cards.
    #[prop_or_default]
    pub bare: bool,
    /// No room for both halves: one at a time.
    #[prop_or_default]
    pub narrow: bool,
}

#[function_component(Stage)]
pub fn stage(props: &Props) -> Html {
    let (lang, state) = (props.lang, &props.state);
    let scene = state.seen.scene.clone();
    let on_pick = on_pick(&props.act);
    let seen = |face| !props.narrow || state.face == face;
    html! {
        <div class="stage">
            if props.narrow {
                { faces(props) }
            }
            if seen(Face::Map) {
                <div class="stage-map">
                    <Cluster {lang} scene={scene.clone()} picked={state.picked.clone()}
                        on_pick={on_pick.clone()} calm={props.calm} show_routine={state.routine}
                        playhead={props.playhead.clone()} />
                </div>
            }
            if seen(Face::Log) {
                <div class="stage-log">
                    <Matrix {lang} scene={scene.clone()} picked={state.picked.clone()}
                        on_pick={on_pick.clone()} focus={focus(state)} />
                    if !props.bare {
                        { cards(props, &on_pick) }
                        { options(props) }
                        <TextTwin {lang} scene={scene} />
                    }
                </div>
            }
        </div>
    }
}

fn faces(props: &Props) -> Html {
    let choice = |face: Face, key: &str| {
        let on = props.state.face == face;
        let onclick = props.act.reform(move |_: MouseEvent| Action::Face(face));
        html! {
            <button type="button" class="bead" aria-pressed={on.to_string()} {onclick}>
                { say(props.lang, key) }
            </button>
        }
    };
    html! {
        <div class="beads faces" role="group" aria-label={say(props.lang, "app.stage.faces")}>
            { choice(Face::Map, "app.stage.map") }
            { choice(Face::Log, "app.stage.log") }
        </div>
    }
}

fn on_pick(act: &Callback<Action>) -> Callback<Pick> {
    act.reform(|pick| Action::Pick(Some(pick)))
}

/// The partition that was picked, if one was.
fn focus(state: &State) -> Option<String> {
    match &state.picked {
        Some(Pick::Partition(name) | Pick::Replica(name, _) | Pick::Record(name, _)) => {
            Some(name.clone())
        }
        _ => None,
    }
}

fn cards(props: &Props, on_pick: &Callback<Pick>) -> Html {
    let (lang, scene) = (props.lang, &props.state.seen.scene);
    html! {
        <div class="stage-cards">
            { for scene.phases.iter().map(|phases| html! {
                <PhaseBar key={phases.subject.clone()} {lang} phases={phases.clone()} />
            }) }
            { for scene.decisions.iter().take(2).map(|decision| html! {
                <DecisionCard key={decision.event.0.to_string()} {lang}
                    decision={decision.clone()} on_pick={on_pick.clone()}
                    scene={scene.clone()} />
            }) }
        </div>
    }
}

fn options(props: &Props) -> Html {
    let (lang, on) = (props.lang, props.state.routine);
    let onchange = props.act.reform(move |_: Event| Action::Routine(!on));
    html! {
        <div class="stage-options">
            <label class="check">
                <input type="checkbox" checked={on} {onchange} data-testid="routine" />
                { say(lang, "app.stage.routine") }
            </label>
            <details class="fold">
                <summary>{ say(lang, "app.stage.legend") }</summary>
                <Legend {lang} />
            </details>
        </div>
    }
}

/// A figure of a lesson's prose, drawn from the run as it is now.
pub fn figure(kind: &str, state: &State, lang: Lang, act: &Callback<Action>) -> Option<Html> {
    let scene = &state.seen.scene;
    match kind {
        "phases" => {
            let phases = scene.phases.last()?.clone();
            Some(html! { <PhaseBar {lang} {phases} /> })
        }
        "decision" => {
            let decision = scene.decisions.first()?.clone();
            Some(html! { <DecisionCard {lang} {decision} on_pick={on_pick(act)}
            scene={scene.clone()} /> })
        }
        "ledger" => Some(ledger(lang, state)),
        // These are always in sight beside the prose: drawing them again teaches nothing.
        "matrix" => Some(html! { <p class="quiet">{ say(lang, "app.lesson.see-matrix") }</p> }),
        "tape" => Some(html! { <p class="quiet">{ say(lang, "app.lesson.see-tape") }</p> }),
        _ => None,
    }
}

fn ledger(lang: Lang, state: &State) -> Html {
    let ledger = state.seen.scene.ledger;
    let rows = [
        ("app.ledger.sent", ledger.sent),
        ("app.ledger.acked", ledger.acked),
        ("app.ledger.lost", ledger.lost),
        ("app.ledger.failed", ledger.failed),
        ("app.ledger.duplicates", ledger.duplicates),
    ];
    html! {
        <dl class="fields">
            { for rows.iter().map(|(key, count)| html! {
                <><dt>{ say(lang, key) }</dt><dd>{ *count }</dd></>
            }) }
        </dl>
    }
}

#[derive(Properties, PartialEq)]
pub struct TrackProps {
    pub lang: Lang,
    pub state: Rc<State>,
    pub act: Callback<Action>,
}

/// The tape with its ways to move.
#[function_component(Track)]
pub fn track(props: &TrackProps) -> Html {
    let seen = &props.state.seen;
    let on_seek = props.act.reform(|at: Instant| Action::Do(Deed::SeekTime(at)));
    let on_switch = props.act.reform(|branch: usize| Action::Do(Deed::Switch(branch)));
    html! {
        <TapeView lang={props.lang} tape={seen.tape.clone()} cursor_at={seen.cursor.at} {on_seek}
            branches={(*seen.branches).clone()} current={seen.cursor.branch} {on_switch}
            scene={seen.scene.clone()} />
    }
}
