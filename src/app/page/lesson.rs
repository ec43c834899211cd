//! A lesson: read, predict, run, see who was right, go on; at the end a task of one's own.

use crate::action::{Action, Deed, Entry, Tab, Time};
use crate::flow::{Flow, Phase, Turn};
use crate::keep::Keep;
use crate::page::bench::{Bench, Opened, Workbench, use_bench};
use crate::page::lost::Failure;
use crate::page::use_reader;
use crate::paper::use_paper;
use crate::player::Player;
use crate::progress;
use crate::route::{Route, href};
use crate::tempo::Tempo;
use crate::text::{fill, say};
use crate::view::course::Course;
use crate::view::host::{View, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::catalogue;
use replicascope::lesson::{self, Lesson as Content, Runner, Scenario};
use replicascope::scene::{CommandError, Session};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Lesson {
    pub id: String,
}

view!(Lesson, hook use_lesson);

#[hook]
fn use_lesson(props: &Lesson) -> Html {
    let lang = use_reader().lang;
    let content = catalogue::bundle().lesson(&props.id);
    let script = use_memo(props.id.clone(), |_| {
        content.and_then(|it| catalogue::script(it).ok()).map(Rc::new)
    });
    let fresh = use_state_eq(|| 0_u32);
    let again = {
        let fresh = fresh.clone();
        Callback::from(move |()| fresh.set(*fresh + 1))
    };
    let content = use_memo(props.id.clone(), |_| content.cloned().map(Rc::new));
    match (&*content, &*script) {
        (Some(content), Some(script)) => {
            let (content, script) = (content.clone(), script.clone());
            html! { { Lively { content, script, again }.keyed(*fresh) } }
        }
        _ => {
            let title = say(lang, "app.lesson.unknown");
            let text = fill(lang, "app.lesson.unknown-text", &[("id", &props.id)]);
            Failure { title, text, children: Html::default() }.show()
        }
    }
}

struct Lively {
    content: Rc<Content>,
    script: Rc<Scenario>,
    /// Forgets the run and begins anew.
    again: Callback<()>,
}

impl PartialEq for Lively {
    fn eq(&self, other: &Lively) -> bool {
        Rc::ptr_eq(&self.content, &other.content) && self.again == other.again
    }
}

view!(Lively, hook use_lively);

#[hook]
fn use_lively(props: &Lively) -> Html {
    let look = use_reader();
    let keep = Keep::lesson(&props.content.id);
    let bench = use_bench(|| open(&props.content, &props.script, keep.clone()));
    let Some(flow) = bench.state.flow.clone() else { return Html::default() };
    use_kept_place(&flow, &keep);
    use_kinds(&bench, &flow);
    use_goals(&bench, &flow);
    let prose = use_paper(&props.content.id, look.lang);
    let run = act_on(&bench, run_step);
    let next = act_on(&bench, |bench: &Bench, flow: &Flow| {
        return_to(&bench.player, flow);
        bench.act.emit(Action::Flow(Turn::Next));
    });
    let again = {
        let again = props.again.clone();
        Callback::from(move |()| {
            keep.forget();
            again.emit(());
        })
    };
    let step = flow.step().map(|step| step.name.clone());
    let course = Course {
        lang: look.lang,
        content: props.content.clone(),
        own: true,
        closes: true,
        prose,
        state: bench.state.clone(),
        act: bench.act.clone(),
        run,
        next,
        again,
        opening: Html::default(),
        tail: on_from_here(look.lang, &props.content, &flow),
    };
    Workbench {
        title: props.content.front(look.lang).title.clone(),
        lesson: Some((props.content.id.clone(), step)),
        banner: Html::default(),
        acts: Html::default(),
        course: Some(course.show()),
        bench,
    }
    .show()
}

/// At a lesson's end: the next one in the order of learning, practice without end, and its cards.
fn on_from_here(lang: Lang, content: &Content, flow: &Flow) -> Html {
    if flow.step().is_some() {
        return Html::default();
    }
    let practice = Route::Practice { id: content.id.clone() };
    let mut rest = catalogue::lessons().iter().skip_while(|it| it.id != content.id);
    let next = rest.nth(1).map(|it| {
        let to = href(&Route::Lesson { id: it.id.clone() });
        let named = [("id", it.id.as_str()), ("title", it.front(lang).title.as_str())];
        html! {
            <a class="button primary" href={to} data-testid="to-next">
                { fill(lang, "app.lesson.next-lesson", &named) }{ icon(Icon::Arrow) }
            </a>
        }
    });
    html! {
        <nav class="on-from-here" aria-label={say(lang, "app.lesson.on")}>
            { for next }
            if content.practice {
                <a class="button" href={href(&practice)} data-testid="to-practice">
                    { icon(Icon::Restart) }{ say(lang, "app.practice.start") }
                </a>
            }
            <a class="button" href={href(&Route::Review)}>{ say(lang, "app.review.title") }</a>
            <a class="button" href={href(&Route::Home)}>{ say(lang, "app.lost.home") }</a>
        </nav>
    }
}

pub(super) fn act_on(bench: &Bench, does: impl Fn(&Bench, &Flow) + 'static) -> Callback<()> {
    let bench = bench.clone();
    Callback::from(move |()| {
        if let Some(flow) = &bench.state.flow {
            does(&bench, flow);
        }
    })
}

/// The kept run and place, or the lesson's beginning.
fn open(content: &Content, script: &Rc<Scenario>, keep: Keep) -> Opened {
    let kept = keep.kept_run();
    let note = kept.is_some().then_some("app.toast.not-restored");
    if let Some(session) = kept.and_then(|run| replicascope::restore(&run).ok()) {
        let flow = Flow::new(&content.id, script.clone(), session.cursor());
        let place = keep.kept_place();
        if let Some(flow) = place.and_then(|text| flow.read(&text)) {
            return Opened { session, keep, flow: Some(flow), note: None };
        }
    }
    let session = begin(script).unwrap_or_else(|_| empty());
    let flow = Flow::new(&content.id, script.clone(), session.cursor());
    Opened { session, keep, flow: Some(flow), note }
}

/// Opens the cluster and does the set-up lines.
pub fn begin(script: &Scenario) -> Result<Box<dyn Session>, CommandError> {
    let mut session = replicascope::open(&script.boot.text)?;
    // What the set-up prints is compared by the author's check, not in the page.
    let _ = Runner::new(session.as_mut(), script).setup();
    Ok(session)
}

/// Stands in when a lesson's own boot line is refused, which the author's check forbids.
pub(super) fn empty() -> Box<dyn Session> {
    replicascope::open(crate::page::sandbox::BOOT).expect("the sandbox's own boot line is sound")
}

#[hook]
fn use_kept_place(flow: &Flow, keep: &Keep) {
    let keep = keep.clone();
    use_effect_with(flow.clone(), move |flow| {
        keep.place(&flow.write());
        let (right, of) = flow.score();
        let steps = flow.script.steps.len() + usize::from(!flow.script.goals.is_empty());
        let told = usize::from(flow.phase == Phase::Told || flow.is_done());
        let done = (flow.at + told).min(steps);
        progress::keep(&flow.lesson, progress::Progress { done, steps, right, of });
    });
}

/// Asks the session what kinds of reply the questions of the step want.
#[hook]
pub(super) fn use_kinds(bench: &Bench, flow: &Flow) {
    let (player, act, flow) = (bench.player.clone(), bench.act.clone(), flow.clone());
    use_effect_with((flow.at, flow.phase), move |_| {
        let Some(step) = flow.step() else { return };
        let kinds = player.look(|session| {
            let kind =
                |it: &lesson::Predict| Some((it.id.clone(), lesson::kind(session, it).ok()?));
            step.predicts.iter().filter_map(kind).collect()
        });
        act.emit(Action::Flow(Turn::Kinds(kinds)));
    });
}

/// At the closing task: which goals hold, looked at whenever time stands still.
#[hook]
pub(super) fn use_goals(bench: &Bench, flow: &Flow) {
    let (player, act, flow) = (bench.player.clone(), bench.act.clone(), flow.clone());
    let standing = (!bench.state.playing).then_some(bench.state.seen.cursor);
    use_effect_with((flow.at, standing), move |(at, standing)| {
        if *at < flow.script.steps.len() || standing.is_none() {
            return;
        }
        let holds = |session: &dyn Session| {
            let met = |goal| lesson::met(session, goal).unwrap_or(false);
            flow.script.goals.iter().map(met).collect::<Vec<bool>>()
        };
        let goals = player.look(holds);
        if goals != flow.goals {
            act.emit(Action::Flow(Turn::Goals(goals)));
        }
    });
}

/// Back to where the lesson's own run stands; what the learner tried stays on its branch.
pub(super) fn return_to(player: &Player, flow: &Flow) {
    let here = player.look(|session| session.cursor());
    if here.branch != flow.resume.branch {
        player.act(Action::Do(Deed::Switch(flow.resume.branch)));
    }
    if here != flow.resume {
        player.act(Action::Do(Deed::Seek(flow.resume.step)));
        player.act(Action::Do(Deed::SeekTime(flow.resume.at)));
    }
}

/// Looks ahead for the right answers, then plays the step in time.
pub(super) fn run_step(bench: &Bench, flow: &Flow) {
    let Some(step) = flow.step() else { return };
    bench.act.emit(Action::Time(Time::Pause));
    return_to(&bench.player, flow);
    match bench.player.look(|session| lesson::foresee_all(session, step)) {
        Ok(answers) => {
            let lines = step.lines().map(|line| line.text.clone()).collect();
            bench.act.emit(Action::Flow(Turn::Run(answers)));
            bench.act.emit(Action::Time(Time::Tempo(Tempo::Auto)));
            bench.act.emit(Action::Time(Time::Script(lines)));
        }
        Err(stop) => {
            bench.act.emit(Action::Logged(Entry::Output(stop.to_string())));
            bench.act.emit(Action::Toast("app.toast.refused"));
        }
    }
    bench.act.emit(Action::Tab(Tab::Lesson));
}
