//! Home: what this is, where to start, and the courses as a map with one's own progress.

use crate::page::frame::Head;
use crate::page::use_reader;
use crate::progress;
use crate::route::{Route, href};
use crate::study;
use crate::text::{fill, say};
use crate::view::host::{View, view};
use crate::view::icon::{Icon, icon};
use crate::view::takeout::Takeout;
use replicascope::Lang;
use replicascope::catalogue;
use replicascope::lesson::{Course, Lesson};
use yew::prelude::*;

/// The lesson that shows a failover soonest.
const FIRST: &str = "LF-1";

#[derive(PartialEq)]
pub struct Home;

view!(Home, hook use_home);

#[hook]
fn use_home(_home: &Home) -> Html {
    let lang = use_reader().lang;
    let renewed = use_state_eq(|| 0_u32);
    let renew = {
        let renewed = renewed.clone();
        Callback::from(move |()| renewed.set(*renewed + 1))
    };
    let begun = progress::of(FIRST).is_begun();
    let start = if begun { "app.home.go-on" } else { "app.home.start" };
    html! {
        <div class="page" data-testid="home">
            { Head::plain().show() }
            <main id="main" class="home" tabindex="-1">
                <section class="hero">
                    <h1>{ say(lang, "app.home.title") }</h1>
                    <p class="lead">{ say(lang, "app.home.lead") }</p>
                    <p class="row">
                        <a class="button primary big" data-testid="start-here"
                            href={href(&Route::Lesson { id: FIRST.to_owned() })}>
                            { icon(Icon::Play) }{ say(lang, start) }
                        </a>
                        <a class="button big" href={href(&Route::Sandbox)} data-testid="to-sandbox">
                            { say(lang, "app.home.sandbox") }
                        </a>
                    </p>
                    <p class="quiet">{ say(lang, "app.home.first-minute") }</p>
                    { newcomer(lang) }
                </section>
                { study(lang) }
                { ways(lang) }
                <section aria-labelledby="courses">
                    <h2 id="courses">{ say(lang, "app.home.courses") }</h2>
                    <div class="courses">
                        { for catalogue::bundle().courses.iter().map(|it| course(lang, it)) }
                    </div>
                </section>
                <section class="home-keep" aria-labelledby="kept">
                    <h2 id="kept">{ say(lang, "app.learner.name") }</h2>
                    { Takeout { lang, renew }.show() }
                </section>
                <footer class="home-foot">
                    <p>
                        { say(lang, "app.home.honest") }{ " " }
                        <a href={href(&Route::Fidelity)} data-testid="to-fidelity">
                            { say(lang, "app.home.fidelity") }
                        </a>
                    </p>
                    <p>
                        <a href={href(&Route::Foreign)} data-testid="to-foreign">
                            { say(lang, "app.home.foreign") }
                        </a>
                    </p>
                </footer>
            </main>
        </div>
    }
}

/// For those who know no Kafka yet: the first lesson in the order of learning.
fn newcomer(lang: Lang) -> Html {
    let Some(lesson) = catalogue::lessons().first() else { return Html::default() };
    html! {
        <p>
            { say(lang, "app.home.newcomer") }{ " " }
            <a class="button" href={href(&Route::Lesson { id: lesson.id.clone() })}
                data-testid="newcomer">
                { &lesson.id }{ " " }{ &lesson.front(lang).title }
            </a>
        </p>
    }
}

/// What today's review holds, once a lesson was begun.
fn study(lang: Lang) -> Html {
    let day = study::this_day();
    let today = study::today(catalogue::bundle(), &study::memories(), day);
    let count = |key: &str, n: usize| fill(lang, key, &[("n", &n.to_string())]);
    html! {
        <nav class="study-ways" aria-label={say(lang, "app.home.study")}>
            <a href={href(&Route::Review)} data-testid="to-review"
                data-due={today.due.len().to_string()}>
                <b>{ say(lang, "app.review.title") }</b>
                <span>
                    { count("app.review.due", today.due.len()) }{ " · " }
                    { count("app.review.fresh", today.fresh.len()) }
                </span>
            </a>
            <a href={href(&Route::Interview)} data-testid="to-interview">
                <b>{ say(lang, "app.interview.title") }</b>
                <span>{ say(lang, "app.home.interview") }</span>
            </a>
        </nav>
    }
}

fn ways(lang: Lang) -> Html {
    let way = |number: &str, key: &str| {
        html! {
            <li>
                <span class="way-number" aria-hidden="true">{ number }</span>
                <h3>{ say(lang, &format!("{key}.title")) }</h3>
                <p>{ say(lang, &format!("{key}.text")) }</p>
            </li>
        }
    };
    html! {
        <ol class="ways">
            { way("1", "app.home.predict") }
            { way("2", "app.home.break") }
            { way("3", "app.home.ask") }
        </ol>
    }
}

fn course(lang: Lang, course: &Course) -> Html {
    let bundle = catalogue::bundle();
    let coming = bundle.coming.iter().filter(|it| it.course == course.id);
    html! {
        <section class="course-card" key={course.id.clone()}>
            <h3>{ course.text(lang) }</h3>
            <ul>
                { for bundle.of_course(&course.id).map(|it| lesson(lang, it)) }
                { for coming.map(|it| html! {
                    <li class="coming" key={it.id.clone()}>
                        <span class="lesson-id">{ &it.id }</span>
                        <span class="lesson-title">{ it.text(lang) }</span>
                        <span class="lesson-state">{ say(lang, "app.home.coming") }</span>
                    </li>
                }) }
            </ul>
        </section>
    }
}

fn lesson(lang: Lang, lesson: &Lesson) -> Html {
    let front = lesson.front(lang);
    let progress = progress::of(&lesson.id);
    let state = if progress.is_complete() {
        let of = [("right", progress.right.to_string()), ("of", progress.of.to_string())];
        let of = of.each_ref().map(|(name, value)| (*name, value.as_str()));
        fill(lang, "app.home.complete", &of)
    } else if progress.is_begun() {
        let of = [("done", progress.done.to_string()), ("of", progress.steps.to_string())];
        let of = of.each_ref().map(|(name, value)| (*name, value.as_str()));
        fill(lang, "app.home.begun", &of)
    } else {
        fill(lang, "app.home.minutes", &[("minutes", &front.minutes.to_string())])
    };
    let done = progress.is_complete();
    html! {
        <li key={lesson.id.clone()} class={classes!(done.then_some("is-done"))}>
            <a href={href(&Route::Lesson { id: lesson.id.clone() })}
                data-lesson={lesson.id.clone()}>
                <span class="lesson-id">{ &lesson.id }</span>
                <span class="lesson-title">{ &front.title }</span>
                <span class="lesson-state">
                    if done { { icon(Icon::Check) } }
                    { state }
                </span>
            </a>
        </li>
    }
}
