//! The story: what happened, why, and what follows; each line leads to its moment.

use crate::action::{Action, Deed};
use crate::text::{Names, clock, say};
use crate::view::host::{Part, view};
use replicascope::Lang;
use replicascope::scene::{Ask, Line, Weight};
use std::rc::Rc;
use yew::prelude::*;

/// Lines that are in the page at once; the rest is a click away.
const SHOWN: usize = 80;

#[derive(PartialEq)]
pub struct Narration {
    pub lang: Lang,
    pub lines: Part<Vec<Rc<Line>>>,
    pub names: Names,
    pub filter: Weight,
    /// Of the step at the cursor, to mark its lines.
    pub step: u64,
    pub act: Callback<Action>,
}

view!(Narration, hook use_narration);

#[hook]
fn use_narration(props: &Narration) -> Html {
    let shown = use_state_eq(|| SHOWN);
    let fits = |line: &&Line| line.weight >= props.filter;
    let total = props.lines.iter().map(|line| &**line).filter(fits).count();
    let lines: Vec<&Line> =
        props.lines.iter().rev().map(|line| &**line).filter(fits).take(*shown).collect();
    let more = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(*shown + SHOWN))
    };
    html! {
        <section class="story" aria-label={say(props.lang, "app.story.name")}>
            { filter(props) }
            if lines.is_empty() {
                <p class="quiet">{ say(props.lang, "app.story.empty") }</p>
            }
            <ol class="story-lines">
                { for lines.iter().map(|line| told(props, line)) }
            </ol>
            if total > *shown {
                <button type="button" class="button" onclick={more}>
                    { say(props.lang, "app.story.more") }
                </button>
            }
        </section>
    }
}

fn filter(props: &Narration) -> Html {
    let choice = |weight: Weight, key: &str| {
        let on = props.filter == weight;
        let onclick = props.act.reform(move |_: MouseEvent| Action::Filter(weight));
        html! {
            <button type="button" class="bead" aria-pressed={on.to_string()} {onclick}>
                { say(props.lang, key) }
            </button>
        }
    };
    html! {
        <div class="beads" role="group" aria-label={say(props.lang, "app.story.filter")}>
            { choice(Weight::Key, "app.story.key") }
            { choice(Weight::Normal, "app.story.all") }
        </div>
    }
}

fn told(props: &Narration, line: &Line) -> Html {
    let step = line.step;
    let event = line.event;
    let seek = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Seek(step)));
    let why = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Ask(Ask::Event(event))));
    let tell = |told| props.names.tell(props.lang, told);
    let class = classes!(
        "story-line",
        (line.weight == Weight::Key).then_some("is-key"),
        (line.step == props.step).then_some("is-now"),
    );
    html! {
        <li key={event.0.to_string()} {class}>
            <button type="button" class="story-seek" onclick={seek}>
                <span class="story-at">
                    <time>{ clock(line.at) }</time>
                    { line.node.map(|node| format!(" · {}", props.names.name(node))) }
                </span>
                <span class="story-what">{ tell(&line.what) }</span>
            </button>
            { part(props, "app.story.why", line.why.as_ref().map(tell)) }
            { part(props, "app.story.so-what", line.so_what.as_ref().map(tell)) }
            <button type="button" class="story-why" onclick={why}>
                { say(props.lang, "app.story.ask") }
            </button>
        </li>
    }
}

fn part(props: &Narration, key: &str, text: Option<String>) -> Html {
    text.map_or_else(Html::default, |text| {
        html! {
            <p class="story-part">
                <b>{ say(props.lang, key) }</b>{ " " }{ text }
            </p>
        }
    })
}

#[derive(PartialEq)]
pub struct Voice {
    pub lang: Lang,
    pub lines: Part<Vec<Rc<Line>>>,
    pub names: Names,
    /// While time runs fast nothing is said: nobody could follow.
    pub silent: bool,
}

view!(Voice, voice);

/// Says each new key line to those who listen.
fn voice(props: &Voice) -> Html {
    let last = props.lines.iter().rev().find(|line| line.weight == Weight::Key);
    let text = match last {
        Some(line) if !props.silent => props.names.tell(props.lang, &line.what),
        _ => String::new(),
    };
    html! { <p class="unseen" aria-live="polite" data-testid="voice">{ text }</p> }
}
