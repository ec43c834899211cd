//! Practice without end: the questions of a lesson about a run that nobody has seen yet.

use crate::action::{Action, Deed};
use crate::browser;
use crate::flow::{Flow, Phase, Turn};
use crate::keep::Keep;
use crate::page::bench::{Bench, Opened, Workbench, use_bench};
use crate::page::lesson::{act_on, begin, return_to, run_step, use_kinds};
use crate::page::lost::Failure;
use crate::page::use_reader;
use crate::paper::{Reading, use_paper, use_text};
use crate::route::{Route, href};
use crate::text::{fill, say};
use crate::view::course::Course;
use crate::view::host::{Part, View, view};
use crate::view::icon::{Icon, icon};
use crate::view::share::base;
use replicascope::Lang;
use replicascope::catalogue;
use replicascope::lesson::{Block, Lesson, Template, Variant, moments, practice_file};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Practice {
    pub id: String,
    /// Which variant: the same number is the same variant for everybody.
    pub number: u32,
}

view!(Practice, hook use_practice);

#[hook]
fn use_practice(props: &Practice) -> Html {
    let lang = use_reader().lang;
    let file = use_text(&practice_file(&props.id));
    let content = catalogue::bundle().lesson(&props.id).filter(|lesson| lesson.practice);
    let content = use_memo((), |()| content.cloned().map(Rc::new));
    let number = props.number;
    let variant = use_memo(file.clone(), |file| {
        let text = file.as_ref()?.as_ref().ok()?;
        Template::parse(text).and_then(|template| template.draw(number)).ok().map(Rc::new)
    });
    match (&*content, &file, &*variant) {
        (None, ..) => {
            let title = say(lang, "app.practice.none");
            let text = fill(lang, "app.practice.none-text", &[("id", &props.id)]);
            Failure { title, text, children: Html::default() }.show()
        }
        (_, Some(_), None) => {
            let (title, text) = (say(lang, "app.practice.none"), say(lang, "app.paper.missing"));
            Failure { title, text, children: Html::default() }.show()
        }
        (Some(content), _, Some(variant)) => {
            Lively { content: content.clone(), variant: variant.clone() }.show()
        }
        (_, None, None) => html! {
            <main id="main" class="paper" aria-busy="true">
                <div class="shell-block"></div>
            </main>
        },
    }
}

struct Lively {
    content: Rc<Lesson>,
    variant: Rc<Variant>,
}

impl PartialEq for Lively {
    fn eq(&self, other: &Lively) -> bool {
        Rc::ptr_eq(&self.variant, &other.variant)
    }
}

view!(Lively, hook use_lively);

#[hook]
fn use_lively(props: &Lively) -> Html {
    let look = use_reader();
    let (lang, content) = (look.lang, &props.content);
    let script = use_memo((), |()| Rc::new(props.variant.scenario.clone()));
    let bench = use_bench(|| {
        let session = begin(&script).unwrap_or_else(|_| crate::page::lesson::empty());
        let flow = Flow::new(&content.id, (*script).clone(), session.cursor());
        Opened { session, keep: Keep::nothing(), flow: Some(flow), note: None }
    });
    let start = use_memo((), |()| bench.player.look(|session| session.cursor().step));
    let Some(flow) = bench.state.flow.clone() else { return Html::default() };
    use_kinds(&bench, &flow);
    let paper = use_paper(&content.id, lang);
    let asked = use_memo((paper.clone(), lang), |(paper, _)| questions(paper, &props.variant));
    let marked = (flow.at, flow.phase == Phase::Told);
    let places = use_memo(
        marked,
        |(_, told)| if *told { places(&bench, &flow, *start) } else { Vec::new() },
    );
    let run = act_on(&bench, run_step);
    let next = act_on(&bench, |bench: &Bench, flow: &Flow| {
        return_to(&bench.player, flow);
        bench.act.emit(Action::Flow(Turn::Next));
    });
    let again = Callback::from(|()| {
        if let Some(window) = web_sys::window() {
            let _ = window.location().reload();
        }
    });
    let course = Course {
        lang,
        content: content.clone(),
        own: true,
        closes: false,
        prose: (*asked).clone(),
        state: bench.state.clone(),
        act: bench.act.clone(),
        run,
        next,
        again,
        opening: settings(lang, &props.variant),
        tail: tail(lang, props, &bench, &flow, &places),
    };
    Workbench {
        title: fill(lang, "app.practice.title", &[("id", &content.id)]),
        lesson: Some((content.id.clone(), None)),
        banner: Html::default(),
        acts: Html::default(),
        course: Some(course.show()),
        bench,
    }
    .show()
}

/// The lesson's words for the questions of the variant; its options and explanations belong to the
/// lesson's own run and are left out.
fn questions(paper: &Reading, variant: &Variant) -> Reading {
    let Reading::Here(blocks) = paper else { return paper.clone() };
    let words = |id: &str| {
        let inside = blocks.iter().filter_map(|block| match block {
            Block::Step { before, .. } => Some(before),
            _ => None,
        });
        inside.flatten().find_map(|block| match block {
            Block::Predict { id: found, text, .. } if found == id => Some(text.clone()),
            _ => None,
        })
    };
    let step = |step: &replicascope::lesson::Step| {
        let ask = |id: &str| {
            let (options, because) = (Vec::new(), Vec::new());
            Some(Block::Predict { id: id.to_owned(), text: words(id)?, options, because })
        };
        let lines: Vec<&str> = step.lines().map(|line| line.text.as_str()).collect();
        let mut before = vec![Block::Code { lang: String::new(), text: lines.join("\n") }];
        before.extend(step.predicts.iter().filter_map(|predict| ask(&predict.id)));
        Block::Step { name: step.name.clone(), before, after: Vec::new() }
    };
    Reading::Here(Part::new(variant.scenario.steps.iter().map(step).collect()))
}

/// Where each question came to its answer: the run is played again to look.
fn places(bench: &Bench, flow: &Flow, start: u64) -> Vec<(String, u64)> {
    let Some(step) = flow.step() else { return Vec::new() };
    let Ok(mut session) = replicascope::restore(&bench.player.save()) else { return Vec::new() };
    moments(session.as_mut(), step, start)
}

fn tail(lang: Lang, props: &Lively, bench: &Bench, flow: &Flow, places: &[(String, u64)]) -> Html {
    let told = flow.phase == Phase::Told || flow.step().is_none();
    html! {
        <>
            if told {
                <section class="explained" data-testid="explained">
                    <h3>{ say(lang, "app.practice.look") }</h3>
                    <ul>{ for places.iter().map(|place| look_there(lang, bench, flow, place)) }</ul>
                </section>
            }
            { ways_on(lang, props, told) }
        </>
    }
}

/// What is different in this variant: nothing else than what was drawn.
fn settings(lang: Lang, variant: &Variant) -> Html {
    html! {
        <section class="drawn">
            <h3>{ fill(lang, "app.practice.drawn", &[("n", &variant.number.to_string())]) }</h3>
            <pre class="code">{ setup(variant) }</pre>
        </section>
    }
}

/// The cluster of this variant as the console would make it.
fn setup(variant: &Variant) -> String {
    let lines = variant.scenario.setup.iter().flat_map(|part| &part.lines);
    let mut text = variant.scenario.boot.text.clone();
    for line in lines.filter(|line| line.asserts.is_none()) {
        text.push('\n');
        text.push_str(&line.text);
    }
    text
}

fn look_there(lang: Lang, bench: &Bench, flow: &Flow, (id, step): &(String, u64)) -> Html {
    let marking = flow.questions.get(&flow.key(id)).and_then(|question| question.marking.clone());
    let right = marking.as_ref().is_some_and(|marking| marking.right);
    let probe = flow.step().and_then(|step| step.predict(id)).map(|it| it.probe.clone());
    let step = *step;
    let go = bench.act.reform(move |_: MouseEvent| Action::Do(Deed::Seek(step)));
    html! {
        <li class={if right { "is-right" } else { "is-wrong" }}>
            { icon(if right { Icon::Check } else { Icon::Cross }) }
            <code>{ probe.unwrap_or_default() }</code>
            <button type="button" class="button" onclick={go} data-testid="to-moment">
                { say(lang, "app.practice.go") }
            </button>
        </li>
    }
}

fn ways_on(lang: Lang, props: &Lively, told: bool) -> Html {
    let (id, number) = (props.content.id.clone(), props.variant.number);
    let to = |n: u32| format!("{}?n={n}", href(&Route::Practice { id: id.clone() }));
    let address = format!("{}{}", base(), to(number));
    let copy = Callback::from(move |_: MouseEvent| browser::copy(&address, |_| {}));
    let class = classes!("button", told.then_some("primary"));
    html! {
        <nav class="on-from-here" aria-label={say(lang, "app.lesson.on")}>
            <a {class} href={to(number.wrapping_add(1))} data-testid="next-variant">
                { say(lang, "app.practice.next") }
            </a>
            <button type="button" class="button bare" onclick={copy}>
                { icon(Icon::Copy) }{ say(lang, "app.practice.share") }
            </button>
            <a class="button bare" href={href(&Route::Lesson { id: id.clone() })}>
                { fill(lang, "app.practice.back", &[("id", &id)]) }
            </a>
        </nav>
    }
}
