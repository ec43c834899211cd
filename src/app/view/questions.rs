//! One question: how the learner replies, and how the engine marked it.
//!
//! Refuses to know the right answer before the step has run: it is not in the page's state.

use crate::action::{Action, Tab};
use crate::flow::{Phase, Question, Turn};
use crate::reply;
use crate::text::{Names, say};
use crate::view::host::Part;
use crate::view::icon::{Icon, icon};
use crate::view::prose::{self, Around, blocks, inlines};
use replicascope::lesson::{Block, Form, Inline, Kind, Lang, Marking, Predict, Reply};
use replicascope::scene::{Arrange, Node, NodeId, Role, Scene};
use yew::prelude::*;

/// The question in the reader's language.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub text: &'a [Block],
    pub options: &'a [Vec<Inline>],
    pub because: &'a [Block],
}

/// What a question needs to be drawn.
#[derive(Clone)]
pub struct Asking {
    pub lang: Lang,
    pub scene: Part<Scene>,
    pub names: Names,
    pub phase: Phase,
    pub predict: Predict,
    pub question: Question,
    pub act: Callback<Action>,
}

pub fn question(around: &Around, words: Words<'_>, asking: &Asking) -> Html {
    let told = asking.phase == Phase::Told;
    let id = format!("question-{}", asking.predict.id);
    html! {
        <section class={classes!("predict", told.then_some("is-told"))} data-testid="predict"
            data-id={asking.predict.id.clone()} aria-labelledby={id.clone()}>
            <p class="predict-label">{ say(asking.lang, "app.lesson.predict") }</p>
            <div class="predict-text" {id}>{ blocks(around, words.text) }</div>
            { replies(around, words, asking) }
            if told {
                { result(around, words, asking) }
            } else if !asking.question.locked {
                { hand_in(asking) }
            } else {
                { locked(asking) }
            }
        </section>
    }
}

fn replies(around: &Around, words: Words<'_>, asking: &Asking) -> Html {
    match (&asking.predict.form, asking.question.kind) {
        (Form::Ranges(_) | Form::Words(_), _) => options(around, words, asking),
        (Form::Value, Some(Kind::Node)) => one_node(asking),
        (Form::Value, Some(Kind::Nodes)) => many_nodes(asking),
        (Form::Value, Some(kind @ (Kind::Number | Kind::Span | Kind::Word))) => field(asking, kind),
        (Form::Value, _) => given(asking),
    }
}

/// A reply whose kind is not known any more, as text.
fn given(asking: &Asking) -> Html {
    let text = asking.question.reply.as_ref().map(|reply| spoken(asking, reply));
    html! { <p class="quiet">{ text.unwrap_or_default() }</p> }
}

fn options(around: &Around, words: Words<'_>, asking: &Asking) -> Html {
    let plain = asking.predict.form.options();
    let option = |(index, text): (usize, &String)| {
        let label = match words.options.get(index) {
            Some(words) => prose::words(around, words),
            None => html! { { text } },
        };
        choice(asking, Reply::Choice(index), index.to_string(), label)
    };
    group(asking, html! { <>{ for plain.iter().enumerate().map(option) }</> })
}

fn group(asking: &Asking, inside: Html) -> Html {
    let labelled = format!("question-{}", asking.predict.id);
    html! { <div class="choices" role="group" aria-labelledby={labelled}>{ inside }</div> }
}

/// A button for one reply. Pressed again it is taken back.
fn choice(asking: &Asking, reply: Reply, name: String, label: Html) -> Html {
    let chosen = asking.question.reply.as_ref() == Some(&reply);
    let right = right_reply(asking, &reply);
    let class = classes!(
        "choice",
        chosen.then_some("is-chosen"),
        (right == Some(true)).then_some("is-right"),
        (chosen && right == Some(false)).then_some("is-wrong"),
    );
    let onclick = {
        let (id, reply) = (asking.predict.id.clone(), (!chosen).then_some(reply));
        asking.act.reform(move |_: MouseEvent| Action::Flow(Turn::Reply(id.clone(), reply.clone())))
    };
    html! {
        <button type="button" {class} data-choice={name} aria-pressed={chosen.to_string()}
            disabled={asking.question.locked} {onclick}>
            if right == Some(true) {
                { icon(Icon::Check) }
            } else if chosen && right == Some(false) {
                { icon(Icon::Cross) }
            }
            <span>{ label }</span>
        </button>
    }
}

/// Whether this reply is the right one, once that may be known.
fn right_reply(asking: &Asking, reply: &Reply) -> Option<bool> {
    if asking.phase != Phase::Told {
        return None;
    }
    let marking = asking.question.marking.as_ref();
    let Some(answer) = &asking.question.answer else {
        let index = |right: usize| *reply == Reply::Choice(right);
        return marking.and_then(|marking| marking.choice).map(index);
    };
    Some(replicascope::lesson::mark(&asking.predict.form, answer, reply).right)
}

/// Nodes that the question can be about.
fn candidates(asking: &Asking) -> impl Iterator<Item = &Node> {
    let controller = asking.predict.probe.contains("controller");
    let role = if controller { Role::Controller } else { Role::Broker };
    asking.scene.nodes.iter().filter(move |node| node.role == role)
}

fn one_node(asking: &Asking) -> Html {
    let nobody = say(asking.lang, "app.lesson.nobody");
    let node = |node: &Node| {
        let label = html! { { &node.name } };
        choice(asking, Reply::Node(Some(node.id)), node.id.to_string(), label)
    };
    group(
        asking,
        html! {
            <>
                { for candidates(asking).map(node) }
                { choice(asking, Reply::Node(None), "none".to_owned(), html! { { nobody } }) }
            </>
        },
    )
}

fn many_nodes(asking: &Asking) -> Html {
    let chosen: Vec<NodeId> = match &asking.question.reply {
        Some(Reply::Nodes(nodes)) => nodes.clone(),
        _ => Vec::new(),
    };
    let node = |node: &Node| {
        let id = node.id;
        let on = chosen.contains(&id);
        let mut next = chosen.clone();
        if on {
            next.retain(|other| *other != id)
        } else {
            next.push(id)
        }
        next.arrange();
        let question = asking.predict.id.clone();
        let onchange = asking.act.reform(move |_: Event| {
            Action::Flow(Turn::Reply(question.clone(), Some(Reply::Nodes(next.clone()))))
        });
        html! {
            <label class={classes!("choice", on.then_some("is-chosen"))}>
                <input type="checkbox" checked={on} {onchange} disabled={asking.question.locked}
                    value={id.to_string()} data-choice={id.to_string()} />
                <span>{ &node.name }</span>
            </label>
        }
    };
    group(asking, html! { <>{ for candidates(asking).map(node) }</> })
}

fn field(asking: &Asking, kind: Kind) -> Html {
    let key = match kind {
        Kind::Span => "app.lesson.type-span",
        Kind::Number => "app.lesson.type-number",
        _ => "app.lesson.type-word",
    };
    let id = asking.predict.id.clone();
    let oninput = asking.act.reform(move |event: InputEvent| {
        let text = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
        Action::Flow(Turn::Reply(id.clone(), reply::typed(kind, &text)))
    });
    let mode = if kind == Kind::Number { "numeric" } else { "text" };
    html! {
        <input class="reply" type="text" inputmode={mode} {oninput} maxlength="60"
            disabled={asking.question.locked} placeholder={say(asking.lang, key)}
            aria-labelledby={format!("question-{}", asking.predict.id)} />
    }
}

fn hand_in(asking: &Asking) -> Html {
    let (one, other) = (asking.predict.id.clone(), asking.predict.id.clone());
    let submit = asking.act.reform(move |_: MouseEvent| Action::Flow(Turn::Submit(one.clone())));
    let leave = asking.act.reform(move |_: MouseEvent| Action::Flow(Turn::LeaveOut(other.clone())));
    html! {
        <div class="predict-acts">
            <button type="button" class="button primary" data-testid="predict-submit"
                disabled={asking.question.reply.is_none()} onclick={submit}>
                { say(asking.lang, "app.lesson.submit") }
            </button>
            <button type="button" class="button bare" onclick={leave}>
                { say(asking.lang, "app.lesson.leave-out") }
            </button>
        </div>
    }
}

fn locked(asking: &Asking) -> Html {
    let left_out = asking.question.reply.is_none();
    let key = if left_out { "app.lesson.left-out" } else { "app.lesson.locked" };
    html! { <p class="quiet" role="status">{ say(asking.lang, key) }</p> }
}

fn result(around: &Around, words: Words<'_>, asking: &Asking) -> Html {
    let lang = asking.lang;
    let marking = asking.question.marking.as_ref();
    let right = marking.map(|marking| marking.right);
    let (key, class) = match right {
        Some(true) => ("app.lesson.right", "is-right"),
        Some(false) => ("app.lesson.wrong", "is-wrong"),
        None => ("app.lesson.left-out", "is-out"),
    };
    let answer = answer_text(around, words, asking, marking);
    let show = asking.act.reform(|_: MouseEvent| Action::Tab(Tab::Story));
    html! {
        <div class={classes!("predict-result", class)} data-testid="predict-result"
            data-right={right.unwrap_or(false).to_string()}>
            <p>
                <strong>{ say(lang, key) }</strong>
                { " " }
                { say(lang, "app.lesson.the-run-says") }
                { " " }
                <b class="answer">{ answer }</b>
            </p>
            { blocks(around, words.because) }
            <button type="button" class="button bare" onclick={show}>
                { say(lang, "app.lesson.show-me") }
            </button>
        </div>
    }
}

/// The right answer: the option's own words where there are any.
fn answer_text(
    around: &Around,
    words: Words<'_>,
    asking: &Asking,
    marking: Option<&Marking>,
) -> Html {
    let left_out = || {
        let answer = asking.question.answer.as_ref()?;
        Some(replicascope::lesson::mark(&asking.predict.form, answer, &Reply::Choice(usize::MAX)))
    };
    let Some(marking) = marking.cloned().or_else(left_out) else { return Html::default() };
    let exact = pretty(asking, &marking.answer);
    match marking.choice.and_then(|choice| words.options.get(choice)) {
        Some(words) if matches!(asking.predict.form, Form::Words(_)) => inlines(around, words),
        _ => html! { { exact } },
    }
}

/// The engine's spelling as a reader would say it: `2` is `broker-2`, `8400ms` is `8.40 s`.
fn pretty(asking: &Asking, answer: &str) -> String {
    let span = replicascope::scene::Span::parse(answer);
    let node = || matches!(asking.question.kind, Some(Kind::Node)).then(|| answer.parse().ok());
    match (span, node().flatten()) {
        (Some(span), _) => crate::text::span(span),
        (None, Some(id)) => asking.names.name(NodeId(id)),
        (None, None) if answer == "none" => say(asking.lang, "app.lesson.nobody"),
        (None, None) => answer.to_owned(),
    }
}

fn spoken(asking: &Asking, reply: &Reply) -> String {
    match reply {
        Reply::Node(Some(node)) => asking.names.name(*node),
        Reply::Node(None) => say(asking.lang, "app.lesson.nobody"),
        Reply::Nodes(nodes) => {
            nodes.iter().map(|node| asking.names.name(*node)).collect::<Vec<_>>().join(", ")
        }
        Reply::Number(number) => number.to_string(),
        Reply::Span(span) => crate::text::span(*span),
        Reply::Word(word) => word.clone(),
        Reply::Choice(index) => {
            asking.predict.form.options().get(*index).cloned().unwrap_or_default()
        }
    }
}
