//! The stage of a run: cluster map, log matrix, latest decision and outage, and the text twin.

use crate::action::{Action, Face, Tab};
use crate::layout::compare::Differences;
use crate::pick::{Pick, Playhead};
use crate::state::State;
use crate::text::say;
use crate::view::cluster::Cluster;
use crate::view::decision::DecisionCard;
use crate::view::groups::Groups;
use crate::view::host::{Part, View, view};
use crate::view::legend::Legend;
use crate::view::matrix::Matrix;
use crate::view::phases::PhaseBar;
use crate::view::twin::TextTwin;
use replicascope::Lang;
use replicascope::scene::{Arg, Decision, NodeId, Phases, Scene, Strips, Told};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Stage {
    pub lang: Lang,
    pub calm: bool,
    pub low: bool,
    pub state: Rc<State>,
    pub playhead: Playhead,
    pub act: Callback<Action>,
    /// In a small frame: no legend, no cards.
    pub bare: bool,
    /// Beside the run that the panels are about: no options and no tables of its own.
    pub aside: bool,
    /// What the run beside it shows otherwise.
    pub differs: Part<Differences>,
    /// No room for both halves: one at a time.
    pub narrow: bool,
    /// The space-time diagram, where it is a face of the stage.
    pub weave: Option<Html>,
    /// The charts, where they are one.
    pub charts: Option<Html>,
}

view!(Stage, stage);

fn stage(props: &Stage) -> Html {
    let (lang, state) = (props.lang, &props.state);
    let scene = state.seen.scene.clone();
    let matrix = Matrix {
        lang,
        scene: scene.clone(),
        picked: state.picked.clone(),
        act: props.act.clone(),
        focus: focus(state),
        alone: state.focus.is_some(),
        differs: props.differs.clone(),
    };
    let seen = |face| !props.narrow || state.face == face;
    html! {
        <div class="stage">
            if props.narrow {
                { faces(props) }
            }
            if seen(Face::Map) {
                <div class="stage-map">
                    { cluster(props) }
                </div>
            }
            if props.narrow && state.face == Face::Weave {
                { props.weave.clone().unwrap_or_default() }
            }
            if props.narrow && state.face == Face::Charts {
                { props.charts.clone().unwrap_or_default() }
            }
            if seen(Face::Log) {
                <div class="stage-log">
                    { matrix.show() }
                    { Groups { lang, scene: scene.clone() }.show() }
                    if !props.bare {
                        { cards(props, &scene) }
                    }
                    if !props.bare && !props.aside {
                        { Options { lang, routine: state.routine, act: props.act.clone() }.show() }
                        { TextTwin { lang, scene }.show() }
                    }
                </div>
            }
        </div>
    }
}

fn cluster(props: &Stage) -> Html {
    Cluster {
        lang: props.lang,
        scene: props.state.seen.scene.clone(),
        picked: props.state.picked.clone(),
        act: props.act.clone(),
        calm: props.calm,
        low: props.low,
        show_routine: props.state.routine,
        focus: props.state.focus.clone(),
        differs: props.differs.clone(),
        playhead: props.playhead.clone(),
    }
    .show()
}

fn faces(props: &Stage) -> Html {
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
            if props.weave.is_some() {
                { choice(Face::Weave, "app.weave.short") }
            }
            if props.charts.is_some() {
                { choice(Face::Charts, "app.charts.name") }
            }
        </div>
    }
}

/// The partition in focus; else the one that was picked, if one was.
pub fn focus(state: &State) -> Option<String> {
    if state.focus.is_some() {
        return state.focus.clone();
    }
    match &state.picked {
        Some(Pick::Partition(name) | Pick::Replica(name, _) | Pick::Record(name, _)) => {
            Some(name.clone())
        }
        _ => None,
    }
}

fn cards(props: &Stage, scene: &Scene) -> Html {
    let lang = props.lang;
    let phases = scene
        .phases
        .iter()
        .map(|phases| PhaseBar { lang, phases: phases.clone() }.keyed(&phases.subject));
    let decisions = scene.decisions.iter().take(2).map(|decision| {
        let names = props.state.seen.names.clone();
        let (decision, act) = (decision.clone(), props.act.clone());
        let event = decision.event.0;
        DecisionCard { lang, decision, names, act }.keyed(event)
    });
    html! { <div class="stage-cards">{ for phases }{ for decisions }</div> }
}

#[derive(PartialEq)]
struct Options {
    lang: Lang,
    routine: bool,
    act: Callback<Action>,
}

view!(Options, options);

fn options(props: &Options) -> Html {
    let (lang, on) = (props.lang, props.routine);
    let onchange = props.act.reform(move |_: Event| Action::Routine(!on));
    html! {
        <div class="stage-options">
            <label class="check">
                <input type="checkbox" checked={on} {onchange} data-testid="routine" />
                { say(lang, "app.stage.routine") }
            </label>
            <details class="fold">
                <summary>{ say(lang, "app.stage.legend") }</summary>
                { Legend { lang }.show() }
            </details>
        </div>
    }
}

/// A figure of a lesson's prose, drawn from the run as it is now.
pub fn figure(
    (kind, of): (&str, Option<&str>),
    state: &State,
    lang: Lang,
    act: &Callback<Action>,
) -> Option<Html> {
    let scene = &state.seen.scene;
    match kind {
        "phases" => {
            let meant = |phases: &&Phases| of.is_none_or(|of| phases.subject == of);
            let phases = scene.phases.iter().rev().find(meant)?.clone();
            Some(PhaseBar { lang, phases }.show())
        }
        "decision" => {
            let meant = |it: &&Decision| of.is_none_or(|of| is_about(&it.title, of));
            let decision = scene.decisions.iter().find(meant)?.clone();
            let names = state.seen.names.clone();
            Some(DecisionCard { lang, decision, names, act: act.clone() }.show())
        }
        "ledger" => Some(ledger(lang, state)),
        "beside" => Some(beside(of.unwrap_or_default(), state, lang, act)),
        // These stand beside the prose: drawing them again teaches nothing. On a phone they are
        // behind a face of the stage, or under the sheet.
        "matrix" => {
            // What is picked stands first; the reader stays in the lesson.
            let first = of.map(|of| Action::Pick(Some(Pick::Partition(of.to_owned()))));
            let there = [first, Some(Action::Face(Face::Log)), Some(Action::Tab(Tab::Lesson))];
            Some(elsewhere(lang, "matrix", there.into_iter().flatten().collect(), act))
        }
        "tape" => Some(elsewhere(lang, "tape", vec![Action::Sheet(false)], act)),
        _ => None,
    }
}

/// Two partitions at the same instant: what came of each in one table, and how it was decided.
fn beside(of: &str, state: &State, lang: Lang, act: &Callback<Action>) -> Html {
    let names: Vec<&str> = of.split(' ').collect();
    let strips = |name: &&str| state.seen.scene.strips.iter().find(|strips| strips.name == **name);
    let both: Vec<Option<&Strips>> = names.iter().map(strips).collect();
    let row = |key: &str, value: &dyn Fn(&Strips) -> Html| {
        html! {
            <tr>
                <th scope="row">{ say(lang, key) }</th>
                { for both.iter().map(|it| html! { <td>{ for it.map(value) }</td> }) }
            </tr>
        }
    };
    let nodes = |nodes: &[NodeId]| {
        nodes.iter().map(|node| state.seen.names.name(*node)).collect::<Vec<_>>().join(", ")
    };
    let leader = |it: &Strips| match it.leader {
        Some(leader) => html! { { nodes(&[leader]) } },
        None => html! { <b class="is-lost">{ say(lang, "app.lesson.nobody") }</b> },
    };
    let lost = |it: &Strips| {
        let class = (it.ledger.lost > 0).then_some("is-lost");
        html! { <b {class}>{ it.ledger.lost }</b> }
    };
    let decision = |name: &&str| figure(("decision", Some(*name)), state, lang, act);
    html! {
        <div class="beside" data-testid="beside">
            <table>
                <thead>
                    <tr>
                        <td></td>
                        { for names.iter().map(|it| html! {
                            <th scope="col"><code>{ *it }</code></th>
                        }) }
                    </tr>
                </thead>
                <tbody>
                    { row("app.beside.leader", &leader) }
                    { row("app.beside.isr", &|it| html! { { nodes(&it.isr) } }) }
                    { row("app.ledger.acked", &|it| html! { { it.ledger.acked } }) }
                    { row("app.ledger.lost", &lost) }
                </tbody>
            </table>
            { for names.iter().filter_map(decision) }
        </div>
    }
}

fn is_about(told: &Told, name: &str) -> bool {
    told.args.iter().any(|(_, arg)| *arg == Arg::Name(name.to_owned()))
}

/// In words, and on a phone a way there.
fn elsewhere(lang: Lang, name: &str, there: Vec<Action>, act: &Callback<Action>) -> Html {
    let act = act.clone();
    let show =
        Callback::from(move |_: MouseEvent| there.iter().for_each(|it| act.emit(it.clone())));
    html! {
        <>
            <p class="quiet">{ say(lang, &format!("app.lesson.see-{name}")) }</p>
            <button type="button" class="button on-phone" onclick={show}
                data-show={name.to_owned()}>
                { say(lang, &format!("app.lesson.show-{name}")) }
            </button>
        </>
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
        <>
            <dl class="fields">
                { for rows.iter().map(|(key, count)| html! {
                    <><dt>{ say(lang, key) }</dt><dd>{ *count }</dd></>
                }) }
            </dl>
            { each(lang, state) }
        </>
    }
}

/// What was promised of each partition that was written, and what of it is lost.
fn each(lang: Lang, state: &State) -> Html {
    let written = state.seen.scene.strips.iter().filter(|strips| strips.ledger.sent > 0);
    let row = |strips: &Strips| {
        let lost = strips.ledger.lost;
        html! {
            <tr key={strips.name.clone()} class={classes!((lost > 0).then_some("is-lost"))}>
                <th scope="row"><code>{ &strips.name }</code></th>
                <td>{ strips.ledger.acked }</td>
                <td>{ lost }</td>
            </tr>
        }
    };
    html! {
        <table>
            <thead>
                <tr>
                    <th scope="col">{ say(lang, "app.ledger.partition") }</th>
                    <th scope="col">{ say(lang, "app.ledger.acked") }</th>
                    <th scope="col">{ say(lang, "app.ledger.lost") }</th>
                </tr>
            </thead>
            <tbody>{ for written.map(row) }</tbody>
        </table>
    }
}
