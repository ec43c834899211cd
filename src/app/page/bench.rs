//! The workbench: one run with its stage, its panels and its keys; lesson and sandbox share it.

use crate::action::{Action, Deed, Dialog, Face, Tab, Time};
use crate::flow::Flow;
use crate::keep::Keep;
use crate::layout::compare::Differences;
use crate::mate::Other;
use crate::page::frame::Head;
use crate::page::use_reader;
use crate::player::Player;
use crate::state::{Seen, State, reduce};
use crate::text::say;
use crate::view::bar::Bar;
use crate::view::charts::Charts;
use crate::view::console::Console;
use crate::view::dialog;
use crate::view::host::{Part, View, view};
use crate::view::icon::{Icon, icon};
use crate::view::narration::Voice;
use crate::view::pair::Pair;
use crate::view::panel::Panel;
use crate::view::share::Share;
use crate::view::spacetime::Spacetime;
use crate::view::stage::{Stage, focus as focus_of};
use crate::view::tape::TapeView;
use crate::view::toast::Toasts;
use replicascope::link::Place;
use replicascope::scene::{Cursor, Instant, Session, Weight};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// A run that was opened for a page.
pub struct Opened {
    pub session: Box<dyn Session>,
    pub keep: Keep,
    pub flow: Option<Flow>,
    /// A message key to show at once: what could not be opened as it was.
    pub note: Option<&'static str>,
}

impl Opened {
    /// A run without a lesson.
    pub fn plain(session: Box<dyn Session>, keep: Keep) -> Opened {
        Opened { session, keep, flow: None, note: None }
    }
}

/// The run of a page: what is shown, who plays it, and the way to act.
#[derive(Clone)]
pub struct Bench {
    pub state: Rc<State>,
    pub player: Player,
    pub act: Callback<Action>,
}

/// Opens the run once, for as long as the component stands.
#[hook]
pub fn use_bench(open: impl FnOnce() -> Opened) -> Bench {
    let opened = use_memo((), |()| {
        let opened = open();
        let seen = Seen::of(opened.session.as_ref());
        let mut state = State::new(seen, opened.flow.clone());
        if let Some(key) = opened.note {
            state = reduce(state, Action::Toast(key));
        }
        (RefCell::new(Some(opened)), state)
    });
    let state = use_reducer(|| opened.1.clone());
    let dispatcher = state.dispatcher();
    let player = use_memo((), |()| {
        let opened = opened.0.take().expect("the run is taken once");
        let report = Callback::from(move |action| dispatcher.dispatch(action));
        Player::new(opened.session, opened.keep, report)
    });
    let player = (*player).clone();
    {
        let player = player.clone();
        use_effect_with((), move |()| move || player.leave());
    }
    let act = {
        let player = player.clone();
        use_callback((), move |action: Action, ()| player.act(action))
    };
    Bench { state: Rc::new((*state).clone()), player, act }
}

/// Keys of the whole page. Fields, sliders and open dialogs keep theirs.
#[hook]
pub fn use_keys(act: &Callback<Action>, state: &State, narrow: bool) {
    let act = act.clone();
    let focus = match (&state.focus, focus_of(state)) {
        (None, picked) => picked,
        (Some(_), _) => None,
    };
    let beside = state.other.is_some().then_some(state.front);
    let place = (state.seen.cursor, state.seen.end, state.range, focus, beside);
    // The place changes often, the listener need not.
    let now = use_mut_ref(|| place.clone());
    *now.borrow_mut() = place;
    use_effect_with(narrow, move |narrow| {
        let narrow = *narrow;
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.expect("a page has a document");
        let options = gloo::events::EventListenerOptions::enable_prevent_default();
        let listener = gloo::events::EventListener::new_with_options(
            &document,
            "keydown",
            options,
            move |event| {
                let event: &KeyboardEvent = wasm_bindgen::JsCast::unchecked_ref(event);
                if let Some(action) = key(event, narrow, now.borrow().clone()) {
                    event.prevent_default();
                    act.emit(action);
                }
            },
        );
        move || drop(listener)
    });
}

/// Cursor, end, loop, the partition that `F` brings into focus, and which of two runs is in front.
type Now = (Cursor, Cursor, Option<(Instant, Instant)>, Option<String>, Option<bool>);

fn key(event: &KeyboardEvent, narrow: bool, now: Now) -> Option<Action> {
    let (here, end, range, focus, beside) = now;
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
        return None;
    }
    let target: Option<web_sys::Element> =
        event.target().and_then(|it| wasm_bindgen::JsCast::dyn_into(it).ok());
    let inside = |selector: &str| {
        target.as_ref().is_some_and(|it| it.closest(selector).ok().flatten().is_some())
    };
    if inside("input, textarea, select, [role=slider], [role=dialog]") {
        return None;
    }
    let weight = if event.shift_key() { Weight::Key } else { Weight::Normal };
    let go = |forward| Some(Action::Do(Deed::Event { forward, weight }));
    match event.key().as_str() {
        "ArrowLeft" => go(false),
        "ArrowRight" => go(true),
        " " if !inside("button, a, summary, label") => Some(Action::Time(Time::Toggle)),
        "[" => Some(Action::Time(Time::Slower)),
        "]" => Some(Action::Time(Time::Faster)),
        "l" | "L" => Some(Action::Do(Deed::Live)),
        "f" | "F" => Some(Action::Focus(focus)),
        "i" | "I" => Some(Action::Loop(Some((here.at, range.map_or(end.at, |(_, to)| to))))),
        "o" | "O" => {
            Some(Action::Loop(Some((range.map_or(Instant::ZERO, |(from, _)| from), here.at))))
        }
        "b" | "B" => Some(Action::Do(Deed::Fork)),
        "t" | "T" if beside.is_some() => Some(Action::Beside(None)),
        "t" | "T" => Some(Action::Tab(Tab::Twins)),
        "x" | "X" => beside.map(|front| Action::Front(!front)),
        "d" | "D" if narrow => Some(Action::Face(Face::Weave)),
        "d" | "D" => Some(Action::Weave(true)),
        "m" | "M" if narrow => Some(Action::Face(Face::Charts)),
        "m" | "M" => Some(Action::Charts(true)),
        "?" => Some(Action::Dialog(Some(Dialog::Help))),
        "/" if narrow => Some(Action::Tab(Tab::Console)),
        "/" => Some(Action::Console(true)),
        _ => None,
    }
}

/// At the end of the range, back to its start.
#[hook]
fn use_range(act: &Callback<Action>, state: &State) {
    let (act, range) = (act.clone(), state.range);
    let over = range.filter(|(_, to)| state.playing && state.seen.cursor.at >= *to);
    use_effect_with(over, move |over| {
        if let Some((from, _)) = over {
            act.emit(Action::Do(Deed::SeekTime(*from)));
            act.emit(Action::Time(Time::Play));
        }
    });
}

pub struct Workbench {
    pub bench: Bench,
    pub title: String,
    /// Lesson and step for the link.
    pub lesson: Option<(String, Option<String>)>,
    /// Above the stage: where a shared run comes from.
    pub banner: Html,
    /// More buttons in the head.
    pub acts: Html,
    /// The lesson's tab.
    pub course: Option<Html>,
}

impl PartialEq for Workbench {
    /// Whoever renders a workbench has something new to show.
    fn eq(&self, _: &Workbench) -> bool {
        false
    }
}

view!(Workbench, hook use_workbench);

#[hook]
fn use_workbench(props: &Workbench) -> Html {
    let look = use_reader();
    let Bench { state, player, act } = &props.bench;
    use_keys(act, state, look.narrow);
    use_range(act, state);
    let lang = look.lang;
    let seen = &state.seen;
    let bar = Bar {
        lang,
        playing: state.playing,
        tempo: state.tempo,
        cursor: seen.cursor,
        end: seen.end,
        drawers: (!look.narrow).then_some((state.charts, state.weave, state.console)),
        small: false,
        act: act.clone(),
    };
    let head = use_memo((props.title.clone(), props.acts.clone(), lang, act.clone()), |it| {
        let (title, acts, lang, act) = it;
        let children = html! { <>{ acts.clone() }{ head_buttons(*lang, act) }</> };
        Head { title: Some(title.clone()), children }.show()
    });
    let (names, lines) = (seen.names.clone(), seen.lines.clone());
    let differs = use_differences(state.other.as_ref(), lang);
    let stage = stage(props, &look, &differs);
    let drawer = (!look.narrow).then(|| drawer(props, &look));
    let panel = Panel {
        lang,
        narrow: look.narrow,
        state: state.clone(),
        player: player.clone(),
        act: act.clone(),
        course: props.course.clone(),
        differs,
    };
    let silent = state.playing && state.tempo != crate::tempo::Tempo::Auto;
    html! {
        <div class={classes!("bench", (!state.sheet).then_some("is-low"))}>
            { (*head).clone() }
            { props.banner.clone() }
            <main id="main" class="main" tabindex="-1">
                { stage }
                { for drawer }
            </main>
            <footer class="dock">
                { bar.show() }
                { TapeView::of(lang, state, state.range, state.focus.clone(), act).show() }
            </footer>
            { panel.show() }
            { Voice { lang, lines, names, silent }.show() }
            { Toasts { lang, toasts: state.toasts.clone(), act: act.clone() }.show() }
            { dialogs(props, &look) }
        </div>
    }
}

/// What is open between stage and dock, if anything is.
fn drawer(props: &Workbench, look: &crate::look::Look) -> Html {
    let Bench { state, player, .. } = &props.bench;
    if state.console {
        let (lang, player, log) = (look.lang, player.clone(), state.log.clone());
        let names = state.seen.names.clone();
        return Console { lang, player, names, log, focus: true }.show();
    }
    match (state.weave, state.charts) {
        (true, _) => diagram(props, look).show(),
        (_, true) => charts(props, look).show(),
        _ => Html::default(),
    }
}

/// What both runs show differently, at the last instant at which both were looked at.
#[hook]
fn use_differences(other: Option<&Other>, lang: replicascope::Lang) -> Part<Differences> {
    let scenes = other.map(|other| (other.mine.clone(), other.seen.scene.clone()));
    let found = use_memo((scenes, lang), |(scenes, lang)| match scenes {
        Some((mine, theirs)) => Part::new(Differences::between(mine, theirs, *lang)),
        None => Part::default(),
    });
    (*found).clone()
}

/// The stage, or both where another run stands beside this one.
fn stage(props: &Workbench, look: &crate::look::Look, differs: &Part<Differences>) -> Html {
    let Bench { state, player, act } = &props.bench;
    let (lang, calm, narrow) = (look.lang, look.calm, look.narrow);
    let (state, playhead, act) = (state.clone(), player.playhead(), act.clone());
    let differs = differs.clone();
    let weave = narrow.then(|| diagram(props, look).show());
    let charts = narrow.then(|| charts(props, look).show());
    if state.other.is_some() {
        return Pair { lang, calm, narrow, state, differs, playhead, act, weave, charts }.show();
    }
    let low = look.low;
    Stage {
        lang,
        calm,
        low,
        state,
        playhead,
        act,
        bare: false,
        aside: false,
        differs,
        narrow,
        weave,
        charts,
    }
    .show()
}

fn diagram(props: &Workbench, look: &crate::look::Look) -> Spacetime {
    let Bench { state, player, act } = &props.bench;
    let seen = state.front();
    Spacetime {
        lang: look.lang,
        narrow: look.narrow,
        player: player.clone(),
        scene: seen.scene.clone(),
        names: seen.names.clone(),
        cursor: seen.cursor,
        end: seen.end,
        act: act.clone(),
    }
}

fn charts(props: &Workbench, look: &crate::look::Look) -> Charts {
    let Bench { state, player, act } = &props.bench;
    let seen = state.front();
    Charts {
        lang: look.lang,
        narrow: look.narrow,
        player: player.clone(),
        names: seen.names.clone(),
        tape: seen.tape.clone(),
        cursor_at: seen.cursor.at,
        still: !state.playing,
        act: act.clone(),
    }
}

fn head_buttons(lang: replicascope::Lang, act: &Callback<Action>) -> Html {
    let share = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| {
            act.emit(Action::Time(Time::Pause));
            act.emit(Action::Dialog(Some(Dialog::Share)));
        })
    };
    let help = act.reform(|_: MouseEvent| Action::Dialog(Some(Dialog::Help)));
    let (share_name, help_name) = (say(lang, "app.share.name"), say(lang, "app.help.name"));
    html! {
        <>
            <button type="button" class="button share-button" data-testid="share" onclick={share}
                aria-label={share_name.clone()}>
                { icon(Icon::Share) }<span class="wide">{ share_name }</span>
            </button>
            <button type="button" class="icon-button" data-testid="help" onclick={help}
                title={help_name.clone()} aria-label={help_name}>
                { icon(Icon::Help) }
            </button>
        </>
    }
}

fn dialogs(props: &Workbench, look: &crate::look::Look) -> Html {
    let Bench { state, player, act } = &props.bench;
    let lang = look.lang;
    let dialog = |key: &str, children: Html| {
        let close = act.reform(|()| Action::Dialog(None));
        dialog::Dialog { lang, title: say(lang, key), close, children }.show()
    };
    match state.dialog {
        None => Html::default(),
        Some(Dialog::Help) => dialog("app.help.name", crate::view::help::help(lang)),
        Some(Dialog::Share) => {
            let (lesson, step) = props.lesson.clone().unzip();
            let place = Place {
                run: player.save(),
                lesson,
                step: step.flatten(),
                lang,
                theme: look.theme.name().map(str::to_owned),
                beside: state.other.as_ref().map(|other| other.with.to_string()),
            };
            let share = Share {
                lang,
                place: Rc::new(place),
                digest: player.look(|session| session.digest()),
                range: state.range,
                scene: state.seen.scene.clone(),
                say: act.reform(Action::Toast),
            };
            dialog("app.share.name", share.show())
        }
    }
}
