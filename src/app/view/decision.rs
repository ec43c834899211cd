//! A decision as a card: who stood, who was passed over and why, who was taken, by which rule.
//!
//! Not a vote: pips are for votes. Refuses to know what decides.

use crate::layout::span::clock;
use crate::layout::text::{name_of, say};
use crate::pick::Pick;
use replicascope::Lang;
use replicascope::scene::{Candidate, Decision, NodeId, Scene, Told};
use replicascope::words::{tell, word};
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub decision: Decision,
    pub lang: Lang,
    pub on_pick: Callback<Pick>,
    /// Gives nodes their names; numbers stand in for them otherwise.
    #[prop_or_default]
    pub scene: Option<Rc<Scene>>,
}

#[function_component(DecisionCard)]
pub fn decision_card(props: &Props) -> Html {
    let (lang, decision) = (props.lang, &props.decision);
    let name = |node: NodeId| {
        props.scene.as_ref().map_or_else(|| node.to_string(), |scene| name_of(scene, node))
    };
    let words = |told: &Told| tell(lang, told, &name);
    let pick = Pick::Decision(decision.event);
    let onclick = props.on_pick.reform(move |_: MouseEvent| pick.clone());
    html! {
        <article class="decision" data-testid="decision" data-event={decision.event.0.to_string()}>
            <header class="decision-head">
                <h4>{ words(&decision.title) }</h4>
                <button type="button" class="decision-when" {onclick}
                    title={word(lang, "stage.decision.seek")}>
                    { clock(decision.at) }
                </button>
            </header>
            <p class="decision-by">
                { say(lang, "stage.decision.by", &[("node", &name(decision.node))]) }
            </p>
            <ol class="candidates">
                { for decision.candidates.iter().map(|one| candidate(one, lang, &name, &words)) }
            </ol>
            <p class="decision-rule">
                <b>{ word(lang, "stage.decision.rule") }</b>{ " " }{ words(&decision.rule) }
            </p>
        </article>
    }
}

fn candidate(
    one: &Candidate,
    lang: Lang,
    name: &dyn Fn(NodeId) -> String,
    words: &dyn Fn(&Told) -> String,
) -> Html {
    let (class, key) = if one.picked {
        ("candidate candidate-picked", "stage.decision.picked")
    } else {
        ("candidate", "stage.decision.passed")
    };
    let label = html! { { name(one.node) } };
    html! {
        <li {class} data-node={one.node.to_string()}>
            <span class="candidate-name">
                if one.picked { <b>{ label }</b> } else { <s>{ label }</s> }
            </span>
            <span class="candidate-mark" title={word(lang, key)}>
                <svg class="picture" viewBox="0 0 14 14" width="14" height="14" role="img"
                    aria-label={word(lang, key)}>
                    if one.picked {
                        <path class="glyph glyph-ok glyph-heavy" d="M2 8l3.5 3.5L12 3.5" />
                    } else {
                        <path class="glyph glyph-danger" d="M3.5 3.5l7 7M10.5 3.5l-7 7" />
                    }
                </svg>
            </span>
            <span class="candidate-why">{ words(&one.reason) }</span>
        </li>
    }
}
