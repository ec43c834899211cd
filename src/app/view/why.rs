//! The chain of causes: nearest first, back to a fault, an input or a setting.

use crate::action::{Action, Deed};
use crate::text::{Names, clock, fill, say};
use crate::view::host::{Part, view};
use replicascope::Lang;
use replicascope::scene::{Ask, Reason};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Why {
    pub lang: Lang,
    pub names: Names,
    pub asked: Option<(Ask, Part<Vec<Reason>>)>,
    pub act: Callback<Action>,
}

view!(Why, why);

fn why(props: &Why) -> Html {
    let lang = props.lang;
    let Some((ask, reasons)) = &props.asked else {
        return html! { <p class="quiet">{ say(lang, "app.why.nothing-asked") }</p> };
    };
    html! {
        <section class="why" aria-label={say(lang, "app.why.name")} data-testid="why">
            <h3 class="why-question">{ question(props, ask) }</h3>
            if reasons.is_empty() {
                <p class="quiet">{ say(lang, "app.why.no-reason") }</p>
            }
            <ol class="why-chain">
                { for reasons.iter().map(|reason| link(props, reason)) }
            </ol>
        </section>
    }
}

/// The question in words.
fn question(props: &Why, ask: &Ask) -> String {
    let lang = props.lang;
    match ask {
        Ask::Event(_) => say(lang, "app.why.event"),
        Ask::Leader(p) => fill(lang, "app.why.leader", &[("partition", p)]),
        Ask::Isr(p) => fill(lang, "app.why.isr", &[("partition", p)]),
        Ask::HighWatermark(p, node) => {
            let node = props.names.name(*node);
            fill(lang, "app.why.high-watermark", &[("partition", p), ("node", &node)])
        }
        Ask::Record(p, offset) => {
            let offset = offset.to_string();
            fill(lang, "app.why.record", &[("partition", p), ("offset", &offset)])
        }
        Ask::Node(node) => fill(lang, "app.why.node", &[("node", &props.names.name(*node))]),
    }
}

fn link(props: &Why, reason: &Reason) -> Html {
    let step = reason.step;
    let seek = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Seek(step)));
    html! {
        <li class="why-link">
            <button type="button" class="story-seek" onclick={seek}>
                <span class="story-at">
                    <time>{ clock(reason.at) }</time>
                    { reason.node.map(|node| format!(" · {}", props.names.name(node))) }
                </span>
                <span>{ props.names.tell(props.lang, &reason.what) }</span>
            </button>
            if let Some(rule) = &reason.rule {
                <p class="why-rule">
                    { say(props.lang, rule.key) }
                    <cite class="why-source">{ rule.source }</cite>
                </p>
            }
            { for reason.settings.iter().map(|setting| html! {
                <code class="why-setting">{ format!("{}={}", setting.key, setting.value) }</code>
            }) }
        </li>
    }
}
