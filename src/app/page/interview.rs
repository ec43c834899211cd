//! Interview: a question, a minute for one's own answer, then the claims of a good one.

use crate::interview::{Interview, SECONDS, Turn};
use crate::page::frame::Head;
use crate::page::use_reader;
use crate::paper::{Reading, use_paper};
use crate::route::{Route, href};
use crate::storage;
use crate::study;
use crate::text::{fill, say};
use crate::view::host::{View, view};
use crate::view::icon::{Icon, icon};
use crate::view::prose::{Around, blocks, moment_of, waiting};
use gloo::timers::callback::Interval;
use replicascope::Lang;
use replicascope::lesson::{Card, Claim, DECK, claims, read_deck};
use std::rc::Rc;
use yew::prelude::*;

/// Under which name it is kept that the countdown is hidden.
const CALM: &str = "interview.calm";

#[derive(PartialEq)]
pub struct Interviews;

view!(Interviews, hook use_interviews);

#[hook]
fn use_interviews(_interviews: &Interviews) -> Html {
    let lang = use_reader().lang;
    let paper = use_paper(DECK, lang);
    let cards = use_memo(paper.clone(), |paper| match paper {
        Reading::Here(blocks) => questions(read_deck(blocks)),
        _ => Vec::new(),
    });
    let at = use_state_eq(|| 0_usize);
    let (go, count) = (at.setter(), cards.len().max(1));
    let choose = Callback::from(move |place: usize| go.set(place % count));
    let body = match (&paper, cards.get(*at)) {
        (Reading::Here(_), Some(card)) => html! {
            <>
                { list(lang, &cards, *at, &choose) }
                { Asked { lang, card: card.clone(), next: choose.reform({
                    let at = *at;
                    move |()| at + 1
                }) }.keyed(&card.key) }
            </>
        },
        (Reading::Here(_), None) => html! {
            <p class="lead" data-testid="no-cards">{ say(lang, "app.interview.none") }</p>
        },
        (other, _) => waiting(lang, other),
    };
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.interview.title")).show() }
            <main id="main" class="paper course interview-page" tabindex="-1"
                data-testid="interview">
                <p class="quiet">{ say(lang, "app.interview.lead") }</p>
                { body }
            </main>
        </div>
    }
}

/// What interviewers ask first, then every other card whose answer says more than one thing.
fn questions(cards: Vec<Card>) -> Vec<Rc<Card>> {
    let (asked, other): (Vec<Card>, Vec<Card>) =
        cards.into_iter().partition(|card| card.row.is_some());
    let rich = other.into_iter().filter(|card| claims(&card.back).len() > 1);
    asked.into_iter().chain(rich).map(Rc::new).collect()
}

fn list(lang: Lang, cards: &[Rc<Card>], at: usize, choose: &Callback<usize>) -> Html {
    let onchange = choose.reform(|event: Event| {
        let value = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
        value.parse().unwrap_or(0)
    });
    let words = |card: &Card| {
        let text = card.front.iter().find_map(|block| match block {
            replicascope::lesson::Block::Para(text) => Some(replicascope::lesson::plain(text)),
            _ => None,
        });
        format!("{} · {}", card.lesson, text.unwrap_or_default())
    };
    html! {
        <label class="interview-list">
            <span>{ fill(lang, "app.interview.question", &[
                ("n", &(at + 1).to_string()), ("of", &cards.len().to_string()),
            ]) }</span>
            <select {onchange} data-testid="interview-question">
                { for cards.iter().enumerate().map(|(index, card)| html! {
                    <option value={index.to_string()} selected={index == at}>
                        { words(card) }
                    </option>
                }) }
            </select>
        </label>
    }
}

struct Asked {
    lang: Lang,
    card: Rc<Card>,
    next: Callback<()>,
}

impl PartialEq for Asked {
    fn eq(&self, other: &Asked) -> bool {
        self.lang == other.lang && self.card == other.card && self.next == other.next
    }
}

view!(Asked, hook use_asked);

#[derive(PartialEq)]
struct Held(Interview);

impl Reducible for Held {
    type Action = Turn;

    fn reduce(self: Rc<Self>, turn: Turn) -> Rc<Self> {
        Rc::new(Held(self.0.clone().turn(turn)))
    }
}

#[hook]
fn use_asked(props: &Asked) -> Html {
    let (lang, card) = (props.lang, &props.card);
    let good = claims(&card.back);
    let held = use_reducer_eq(|| Held(Interview::new(good.len())));
    let act = {
        let held = held.dispatcher();
        Callback::from(move |turn| held.dispatch(turn))
    };
    let calm = use_state_eq(|| storage::get(CALM).is_some());
    let it = &held.0;
    use_ticks(it.answering, &act);
    let around = Around { lesson: Some(card.lesson.as_str().into()), ..Around::plain(lang) };
    html! {
        <article class="flashcard" data-testid="interview-card" data-card={card.key.clone()}>
            <div class="flashcard-front">{ blocks(&around, &card.front) }</div>
            if it.answering {
                { countdown(lang, it.left, &calm) }
            }
            // It stays in sight, so that claims can be found in it.
            <label class="own-answer">
                <span>{ say(lang, "app.interview.own") }</span>
                <textarea rows="5" maxlength="4000" readonly={!it.answering}
                    data-testid="own-answer" />
            </label>
            if it.answering {
                <button type="button" class="button primary big" data-testid="answered"
                    onclick={act.reform(|_: MouseEvent| Turn::Done)}>
                    { say(lang, "app.interview.done") }
                </button>
            } else {
                { told(lang, &around, card, &good, it, &act) }
                { after(props, it, &act) }
            }
        </article>
    }
}

/// One tick a second for as long as the learner answers.
#[hook]
fn use_ticks(answering: bool, act: &Callback<Turn>) {
    let act = act.clone();
    use_effect_with(answering, move |answering| {
        let ticks = answering.then(|| Interval::new(1_000, move || act.emit(Turn::Tick)));
        move || drop(ticks)
    });
}

fn countdown(lang: Lang, left: u32, calm: &UseStateHandle<bool>) -> Html {
    let toggle = {
        let calm = calm.clone();
        Callback::from(move |_: Event| {
            if *calm {
                storage::remove(CALM);
            } else {
                storage::set(CALM, "1");
            }
            calm.set(!*calm);
        })
    };
    let seconds = left.to_string();
    html! {
        <div class="countdown">
            if !**calm {
                <progress max={SECONDS.to_string()} value={seconds.clone()}
                    aria-label={say(lang, "app.interview.left")}></progress>
                <output class="countdown-left" data-testid="countdown">
                    if left > 0 {
                        { fill(lang, "app.interview.seconds", &[("n", &seconds)]) }
                    } else {
                        { say(lang, "app.interview.over") }
                    }
                </output>
            }
            <label class="check">
                <input type="checkbox" checked={**calm} onchange={toggle} data-testid="calm" />
                <span>{ say(lang, "app.interview.calm") }</span>
            </label>
        </div>
    }
}

fn told(
    lang: Lang,
    around: &Around,
    card: &Card,
    good: &[Claim],
    it: &Interview,
    act: &Callback<Turn>,
) -> Html {
    let claim = |(index, named): (usize, &bool)| {
        let (claim, now) = (&good[index], *named);
        let place = claim.at.as_deref().unwrap_or(&card.at);
        let onchange = act.reform(move |_: Event| Turn::Mark(index, !now));
        html! {
            <li class={classes!("claim", now.then_some("is-named"))} data-testid="claim">
                <div class="claim-words">{ blocks(around, &claim.blocks) }</div>
                <div class="claim-acts">
                    <label class="check">
                        <input type="checkbox" checked={now} {onchange} />
                        <span>{ say(lang, "app.interview.named") }</span>
                    </label>
                    <a href={moment_of(&card.lesson, place)} target="_blank" rel="noopener">
                        { icon(Icon::Play) }{ say(lang, "app.interview.replay") }
                    </a>
                </div>
            </li>
        }
    };
    html! {
        <ol class="claims" aria-live="polite">{ for it.named.iter().enumerate().map(claim) }</ol>
    }
}

fn after(props: &Asked, it: &Interview, act: &Callback<Turn>) -> Html {
    let lang = props.lang;
    if !it.is_over() {
        return html! {
            <button type="button" class="button primary big" data-testid="next-claim"
                onclick={act.reform(|_: MouseEvent| Turn::Show)}>
                { say(lang, "app.interview.claim") }
            </button>
        };
    }
    let (hits, of) = (it.hits().to_string(), it.named.len().to_string());
    // As a review of the card it counts when the learner goes on: until then marks may change.
    let (card, grade) = (props.card.clone(), it.grade());
    let next = props.next.reform(move |_: MouseEvent| {
        study::answer(&card.key, grade, study::this_day());
    });
    html! {
        <>
            <p class="done" role="status" data-testid="interview-score">
                { fill(lang, "app.interview.score", &[("n", &hits), ("of", &of)]) }
            </p>
            <p class="row">
                <button type="button" class="button primary" onclick={next}
                    data-testid="next-question">
                    { say(lang, "app.interview.next") }
                </button>
                <a class="button" href={href(&Route::Review)}>{ say(lang, "app.review.title") }</a>
            </p>
        </>
    }
}
