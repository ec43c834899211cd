//! The lesson's tab: the steps as a path, the prose of the present one, its questions, the way on.

use crate::action::{Action, Time};
use crate::flow::{Flow, Phase};
use crate::paper::Reading;
use crate::state::State;
use crate::text::{fill, say};
use crate::view::host::view;
use crate::view::icon::{Icon, icon};
use crate::view::prose::{Around, Figures, blocks, waiting};
use crate::view::questions::{Asking, question};
use crate::view::stage;
use replicascope::Lang;
use replicascope::lesson::{Block, Inline, Lesson, Step, step_of};
use std::rc::Rc;
use yew::prelude::*;

pub struct Course {
    pub lang: Lang,
    pub content: Rc<Lesson>,
    /// One of this build's own, so that its moments have addresses.
    pub own: bool,
    /// There is something to read and do behind the last step.
    pub closes: bool,
    pub prose: Reading,
    pub state: Rc<State>,
    pub act: Callback<Action>,
    pub run: Callback<()>,
    pub next: Callback<()>,
    pub again: Callback<()>,
    /// Above what is read, in the place of the interviewer's question: what the page has to say.
    pub opening: Html,
    /// Below what is read.
    pub tail: Html,
}

/// Prose changes with the lesson, not with time; figures show counts once time stands still.
impl PartialEq for Course {
    fn eq(&self, other: &Course) -> bool {
        let (mine, theirs) = (&self.state.seen, &other.state.seen);
        let counts = other.state.playing || mine.scene.ledger == theirs.scene.ledger;
        self.lang == other.lang
            && Rc::ptr_eq(&self.content, &other.content)
            && self.tail == other.tail
            && self.opening == other.opening
            && self.prose == other.prose
            && self.state.flow == other.state.flow
            && self.state.playing == other.state.playing
            && mine.names == theirs.names
            && mine.scene.phases == theirs.scene.phases
            && mine.scene.decisions == theirs.scene.decisions
            && counts
    }
}

view!(Course, hook use_course);

#[hook]
fn use_course(props: &Course) -> Html {
    let Some(flow) = &props.state.flow else { return Html::default() };
    let around = around(props, flow);
    let first = flow.at == 0 && flow.phase == Phase::Asking;
    let top = use_node_ref();
    {
        let top = top.clone();
        use_effect_with((flow.at, flow.phase), move |_| {
            if let Some(top) = top.cast::<web_sys::Element>() {
                // Only the panel goes to its start; the window must not move.
                if let Ok(Some(panel)) = top.closest(".panel") {
                    panel.set_scroll_top(0);
                }
            }
        });
    }
    html! {
        <article class="course" data-testid="lesson" ref={top}
            data-step={flow.step().map(|step| step.name.clone())}
            data-phase={phase_name(flow.phase)}>
            { path(props, flow) }
            { props.opening.clone() }
            if first && props.opening == Html::default() {
                <p class="interview">
                    <b>{ say(props.lang, "app.lesson.interview") }</b>{ " " }
                    { &props.content.front(props.lang).question }
                </p>
            }
            if props.prose == Reading::Coming {
                { waiting(props.lang, &props.prose) }
            } else {
                if props.prose == Reading::Missing {
                    { waiting(props.lang, &props.prose) }
                }
                if first {
                    { blocks(&around, intro(props.blocks())) }
                }
                { body(props, flow, &around) }
                { props.tail.clone() }
                <div class="course-acts">{ acts(props, flow) }</div>
            }
        </article>
    }
}

impl Course {
    /// The prose; none where it did not come, so that the questions are asked by their bare probes.
    fn blocks(&self) -> &[Block] {
        match &self.prose {
            Reading::Here(blocks) => blocks,
            Reading::Coming | Reading::Missing => &[],
        }
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Asking => "asking",
        Phase::Running => "running",
        Phase::Told => "told",
    }
}

/// What stands before the first step.
fn intro(list: &[Block]) -> &[Block] {
    let end = list.iter().position(|block| matches!(block, Block::Step { .. }));
    &list[..end.unwrap_or(list.len())]
}

/// What stands after the last step: the task, cards, sources.
fn outro(list: &[Block]) -> &[Block] {
    let last = list.iter().rposition(|block| matches!(block, Block::Step { .. }));
    &list[last.map_or(0, |at| at + 1)..]
}

fn path(props: &Course, flow: &Flow) -> Html {
    let all = flow.script.steps.len() + usize::from(props.closes);
    let place = (flow.at + 1).to_string();
    let label = fill(props.lang, "app.lesson.place", &[("at", &place), ("of", &all.to_string())]);
    let (right, of) = flow.score();
    let score = [("right", right.to_string()), ("of", of.to_string())];
    let score = score.each_ref().map(|(name, value)| (*name, value.as_str()));
    let name = say(props.lang, "app.lesson.again");
    let again = props.again.reform(|_: MouseEvent| ());
    html! {
        <div class="path">
            <ol class="path-steps" aria-hidden="true">
                { for (0..all).map(|index| html! {
                    <li class={classes!(
                        "path-step",
                        (index < flow.at).then_some("is-done"),
                        (index == flow.at).then_some("is-now"),
                    )}></li>
                }) }
            </ol>
            <span>{ label }</span>
            <span class="path-score">{ fill(props.lang, "app.lesson.score", &score) }</span>
            <button type="button" class="icon-button bare" data-testid="again" onclick={again}
                title={name.clone()} aria-label={name}>
                { icon(Icon::Restart) }
            </button>
        </div>
    }
}

fn body(props: &Course, flow: &Flow, around: &Around) -> Html {
    let Some(step) = flow.step() else { return closing(props, flow, around) };
    let (before, after) = step_of(props.blocks(), &step.name).unwrap_or_default();
    let before = &completed(before, step);
    match flow.phase {
        Phase::Asking => blocks(around, before),
        Phase::Running => html! { <>{ running(props) }{ blocks(around, before) }</> },
        // The questions stay in sight with their marks; the rest of what was read before folds.
        Phase::Told => {
            html! { <>{ blocks(around, &questions(before)) }{ blocks(around, after) }</> }
        }
    }
}

fn questions(before: &[Block]) -> Vec<Block> {
    before.iter().filter(|block| matches!(block, Block::Predict { .. })).cloned().collect()
}

/// A question that the prose forgot is asked by its bare probe: no step may be impossible to pass.
fn completed(before: &[Block], step: &Step) -> Vec<Block> {
    let asked = |id: &str| {
        before.iter().any(|block| matches!(block, Block::Predict { id: asked, .. } if asked == id))
    };
    let forgotten = step.predicts.iter().filter(|predict| !asked(&predict.id));
    let bare = forgotten.map(|predict| Block::Predict {
        id: predict.id.clone(),
        text: vec![Block::Para(vec![Inline::Code(predict.probe.clone())])],
        options: Vec::new(),
        because: Vec::new(),
    });
    before.iter().cloned().chain(bare).collect()
}

fn running(props: &Course) -> Html {
    let skip = props.act.reform(|_: MouseEvent| Action::Time(Time::Skip));
    html! {
        <div class="running" role="status">
            <p>{ say(props.lang, "app.lesson.running") }</p>
            <button type="button" class="button primary" data-testid="skip" onclick={skip}>
                { icon(Icon::Live) }{ say(props.lang, "app.lesson.skip") }
            </button>
        </div>
    }
}

fn closing(props: &Course, flow: &Flow, around: &Around) -> Html {
    let lang = props.lang;
    let outro = outro(props.blocks());
    // What is still to be done stands right below the task.
    let task =
        outro.iter().position(|block| matches!(block, Block::Goal(_))).map_or(0, |at| at + 1);
    let (task, rest) = outro.split_at(task);
    html! {
        <>
            { blocks(around, task) }
            if !flow.script.goals.is_empty() {
                <ul class="goals" data-testid="goals">
                    { for flow.script.goals.iter().enumerate().map(|(i, goal)| {
                        let met = flow.goals.get(i).copied().unwrap_or(false);
                        let key = if met { "app.lesson.goal-met" } else { "app.lesson.goal-open" };
                        html! {
                            <li class={classes!(met.then_some("is-right"))}
                                data-met={met.to_string()}>
                                { icon(if met { Icon::Check } else { Icon::Arrow }) }
                                <code>{ format!("{} = {}", goal.probe, goal.value) }</code>
                                { " " }{ say(lang, key) }
                            </li>
                        }
                    }) }
                </ul>
            }
            if flow.is_done() {
                <p class="done" role="status">{ say(lang, "app.lesson.done") }</p>
            }
            { blocks(around, rest) }
        </>
    }
}

fn acts(props: &Course, flow: &Flow) -> Html {
    let lang = props.lang;
    let run = props.run.reform(|_: MouseEvent| ());
    let next = props.next.reform(|_: MouseEvent| ());
    match (flow.step(), flow.phase) {
        (None, _) | (_, Phase::Running) => Html::default(),
        (Some(_), Phase::Asking) => html! {
            <>
                <button type="button" class="button primary big" data-testid="continue"
                    disabled={!flow.is_ready()} onclick={run}>
                    { icon(Icon::Play) }{ say(lang, "app.lesson.run") }
                </button>
                if !flow.is_ready() {
                    <p class="quiet">{ say(lang, "app.lesson.answer-first") }</p>
                }
            </>
        },
        (Some(_), Phase::Told) if !props.closes && flow.at + 1 == flow.script.steps.len() => {
            Html::default()
        }
        (Some(_), Phase::Told) => html! {
            <button type="button" class="button primary big" data-testid="continue" onclick={next}>
                { say(lang, "app.lesson.next") }{ icon(Icon::Arrow) }
            </button>
        },
    }
}

fn around(props: &Course, flow: &Flow) -> Around {
    let (lang, state, act) = (props.lang, props.state.clone(), props.act.clone());
    let flow = flow.clone();
    let asking = {
        let state = state.clone();
        move |id: &str| {
            let predict = flow.step()?.predict(id)?.clone();
            let question = flow.questions.get(&flow.key(id)).cloned().unwrap_or_default();
            let (scene, names) = (state.seen.scene.clone(), state.seen.names.clone());
            let act = act.clone();
            Some(Asking { lang, scene, names, phase: flow.phase, predict, question, act })
        }
    };
    let figure: Figures = {
        let act = props.act.clone();
        Rc::new(move |kind, of| stage::figure((kind, of), &state, lang, &act))
    };
    let lesson = props.own.then(|| props.content.id.as_str().into());
    let plain = Around { figure, lesson, ..Around::plain(lang) };
    let inner = plain.clone();
    let draw = move |id: &str, words: crate::view::questions::Words<'_>| {
        asking(id).map_or_else(Html::default, |asking| question(&inner, words, &asking))
    };
    Around { question: Rc::new(draw), ..plain }
}
