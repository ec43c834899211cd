//! A decision as a card: who stood, who was passed over and why, who was taken, by which rule.
//!
//! Not a vote: pips are for votes. Refuses to know what decides.

use crate::action::{Action, Deed};
use crate::layout::span::clock;
use crate::layout::text::say;
use crate::pick::Pick;
use crate::text::Names;
use crate::view::host::view;
use replicascope::Lang;
use replicascope::scene::{Ask, Candidate, Decision, NodeId, Told};
use replicascope::words::word;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct DecisionCard {
    pub decision: Decision,
    pub lang: Lang,
    pub names: Names,
    pub act: Callback<Action>,
}

view!(DecisionCard, decision_card);

fn decision_card(props: &DecisionCard) -> Html {
    let (lang, decision) = (props.lang, &props.decision);
    let name = |node: NodeId| props.names.name(node);
    let words = |told: &Told| props.names.tell(lang, told);
    let pick = Pick::Decision(decision.event);
    let onclick = props.act.reform(move |_: MouseEvent| Action::Pick(Some(pick.clone())));
    let ask = Ask::Event(decision.event);
    let why = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Ask(ask.clone())));
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
            <button type="button" class="button ask" onclick={why}>
                { word(lang, "app.why.ask-event") }
            </button>
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
