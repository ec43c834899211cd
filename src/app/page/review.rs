//! The deck: cards that are due, one after the other, by hand or by keyboard.

use crate::page::frame::Head;
use crate::page::use_reader;
use crate::paper::{Reading, use_paper};
use crate::recall::{Grade, Memory};
use crate::route::{Route, href};
use crate::study::{self, Memories, Today};
use crate::text::{fill, say};
use crate::view::host::{View, view};
use crate::view::prose::{Around, blocks, moment_of, waiting};
use crate::view::takeout::Takeout;
use replicascope::Lang;
use replicascope::catalogue;
use replicascope::lesson::{Card, DECK, read_deck};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Review;

view!(Review, hook use_review);

#[hook]
fn use_review(_review: &Review) -> Html {
    let lang = use_reader().lang;
    let paper = use_paper(DECK, lang);
    let cards = use_memo(paper.clone(), |paper| match paper {
        Reading::Here(blocks) => read_deck(blocks).into_iter().map(Rc::new).collect(),
        _ => Vec::new(),
    });
    let all = use_state_eq(|| false);
    let open = use_state_eq(|| false);
    let turn = use_state_eq(|| 0_u32);
    let (now, memories) = (study::this_day(), study::memories());
    let plan = study::today(catalogue::bundle(), &memories, now);
    let card = plan.queue(*all).find_map(|key| cards.iter().find(|card| card.key == *key)).cloned();
    let grade = {
        let (card, open, turn) = (card.clone(), open.clone(), turn.clone());
        Callback::from(move |grade: Grade| {
            if let Some(card) = &card {
                study::answer(&card.key, grade, study::this_day());
                open.set(false);
                turn.set(*turn + 1);
            }
        })
    };
    let show = {
        let open = open.clone();
        Callback::from(move |()| open.set(true))
    };
    use_hands(*open, card.is_some(), &show, &grade);
    let renew = {
        let turn = turn.clone();
        Callback::from(move |()| turn.set(*turn + 1))
    };
    let body = match (&paper, card) {
        (Reading::Here(_), Some(card)) => {
            let memory = memories.get(&card.key).copied();
            let memory = memory.unwrap_or_else(|| Memory::fresh(now));
            asked(lang, &card, memory, *open, &show, &grade)
        }
        (Reading::Here(_), None) => nothing(lang, &plan, &memories, &all),
        (other, _) => waiting(lang, other),
    };
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.review.title")).show() }
            <main id="main" class="paper course review" tabindex="-1" data-testid="review"
                data-due={plan.due.len().to_string()} data-fresh={plan.fresh.len().to_string()}>
                { account(lang, &plan, &all) }
                { body }
                { Takeout { lang, renew }.show() }
            </main>
        </div>
    }
}

/// Space shows the answer; 1 to 4 grade it.
#[hook]
fn use_hands(open: bool, there: bool, show: &Callback<()>, grade: &Callback<Grade>) {
    let (show, grade) = (show.clone(), grade.clone());
    use_effect_with((open, there, grade.clone()), move |_| {
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.expect("a page has a document");
        let options = gloo::events::EventListenerOptions::enable_prevent_default();
        let listener = gloo::events::EventListener::new_with_options(
            &document,
            "keydown",
            options,
            move |event| {
                let event: &KeyboardEvent = wasm_bindgen::JsCast::unchecked_ref(event);
                let busy = event.ctrl_key() || event.alt_key() || event.meta_key();
                if !there || busy || is_taken(event) {
                    return;
                }
                let key = event.key();
                let place = ["1", "2", "3", "4"].iter().position(|it| *it == key);
                match (open, place) {
                    (false, _) if key == " " => show.emit(()),
                    (true, Some(place)) => grade.emit(Grade::ALL[place]),
                    _ => return,
                }
                event.prevent_default();
            },
        );
        move || drop(listener)
    });
}

/// The key belongs to what has the focus.
fn is_taken(event: &KeyboardEvent) -> bool {
    let target: Option<web_sys::Element> =
        event.target().and_then(|it| wasm_bindgen::JsCast::dyn_into(it).ok());
    let own = if event.key() == " " { "button, a, summary, input, textarea" } else { "input" };
    target.is_some_and(|it| it.closest(own).ok().flatten().is_some())
}

fn account(lang: Lang, plan: &Today, all: &UseStateHandle<bool>) -> Html {
    let onchange = {
        let all = all.clone();
        Callback::from(move |_: Event| all.set(!*all))
    };
    let (due, fresh, closed) = (plan.due.len(), plan.fresh.len(), plan.closed.len());
    let count = |key: &str, n: usize| fill(lang, key, &[("n", &n.to_string())]);
    html! {
        <div class="review-account">
            <p role="status">
                <b>{ count("app.review.due", due) }</b>{ " · " }{ count("app.review.fresh", fresh) }
            </p>
            if closed > 0 {
                <label class="check">
                    <input type="checkbox" checked={**all} {onchange} data-testid="all-cards" />
                    <span>{ count("app.review.all", closed) }</span>
                </label>
            }
            <a class="button" href={href(&Route::Interview)} data-testid="to-interview">
                { say(lang, "app.interview.title") }
            </a>
        </div>
    }
}

fn asked(
    lang: Lang,
    card: &Card,
    memory: Memory,
    open: bool,
    show: &Callback<()>,
    grade: &Callback<Grade>,
) -> Html {
    let around = Around { lesson: Some(card.lesson.as_str().into()), ..Around::plain(lang) };
    let onclick = show.reform(|_: MouseEvent| ());
    html! {
        <article class="flashcard" data-testid="flashcard" data-card={card.key.clone()}
            aria-label={say(lang, "app.review.card")}>
            <p class="flashcard-from">
                <a href={href(&Route::Lesson { id: card.lesson.clone() })}>{ &card.lesson }</a>
            </p>
            <div class="flashcard-front">{ blocks(&around, &card.front) }</div>
            if open {
                <div class="flashcard-back" aria-live="polite" data-testid="answer">
                    { blocks(&around, &card.back) }
                    <p>
                        <a href={moment_of(&card.lesson, &card.at)} data-testid="card-moment">
                            { say(lang, "app.review.moment") }
                        </a>
                    </p>
                </div>
                { grades(lang, memory, grade) }
            } else {
                <button type="button" class="button primary big" {onclick} data-testid="show">
                    { say(lang, "app.review.show") }<kbd>{ say(lang, "app.review.space") }</kbd>
                </button>
            }
        </article>
    }
}

fn grades(lang: Lang, memory: Memory, grade: &Callback<Grade>) -> Html {
    let today = study::this_day();
    let button = |(index, it): (usize, Grade)| {
        let days = memory.after(it, today).interval;
        let when = match days {
            0 => say(lang, "app.review.today"),
            days => fill(lang, "app.review.days", &[("n", &days.to_string())]),
        };
        let onclick = grade.reform(move |_: MouseEvent| it);
        let key = ["app.grade.again", "app.grade.hard", "app.grade.good", "app.grade.easy"][index];
        html! {
            <button type="button" class="grade" {onclick} data-grade={(index + 1).to_string()}>
                <b>{ say(lang, key) }</b><kbd>{ index + 1 }</kbd>
                <span class="quiet">{ when }</span>
            </button>
        }
    };
    html! {
        <div class="grades" role="group" aria-label={say(lang, "app.review.how")}>
            { for Grade::ALL.into_iter().enumerate().map(button) }
        </div>
    }
}

/// No card now: because none was opened, or because all is done.
fn nothing(lang: Lang, plan: &Today, memories: &Memories, all: &UseStateHandle<bool>) -> Html {
    let onclick = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(true))
    };
    let when = plan.next.map(|day| fill(lang, "app.review.next", &[("date", &study::date(day))]));
    let key = if memories.is_empty() { "app.review.begin" } else { "app.review.done" };
    html! {
        <section class="empty" data-testid="no-cards">
            <p class="lead">{ say(lang, key) }</p>
            if let Some(when) = when { <p class="quiet">{ when }</p> }
            <p class="row">
                <a class="button primary" href={href(&Route::Home)}>
                    { say(lang, "app.lost.home") }
                </a>
                if !plan.closed.is_empty() && !**all {
                    <button type="button" class="button" {onclick} data-testid="open-all">
                        { say(lang, "app.review.open-all") }
                    </button>
                }
            </p>
        </section>
    }
}
