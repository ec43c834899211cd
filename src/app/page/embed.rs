//! The stage without the chrome, for a frame in somebody's notes: one caption, back, next, tape.

use crate::action::{Action, Deed, Time};
use crate::embed::{self as door, Asked};
use crate::keep::Keep;
use crate::page::bench::{Bench, Opened, use_bench, use_keys};
use crate::page::run::{Slot, failure, reopen, use_dress};
use crate::page::use_reader;
use crate::route::{Params, Route, href};
use crate::text::say;
use crate::view::bar::Bar;
use crate::view::host::{Part, View, view};
use crate::view::stage::Stage;
use crate::view::tape::TapeView;
use replicascope::catalogue;
use replicascope::lesson::{Lesson, Runner, stand_at};
use replicascope::scene::{Instant, Span, Weight};
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Embed {
    /// The text of a link, or the name of a lesson.
    pub what: String,
    pub params: Params,
}

view!(Embed, hook use_embed);

#[hook]
fn use_embed(props: &Embed) -> Html {
    let lang = use_reader().lang;
    let step = props.params.get("step").map(str::to_owned);
    let opened = use_memo((props.what.clone(), step), |(what, step)| match lesson_of(what) {
        Some(lesson) => Ok((None, play(lesson, step.as_deref()))),
        None => reopen(what).map(|(place, slot)| (Some(place), Some(slot))),
    });
    let place = opened.as_ref().as_ref().ok().and_then(|(place, _)| place.as_deref());
    use_dress(place, props.params.has("lang"));
    let what = props.what.clone();
    match &*opened {
        Ok((place, Some(slot))) => {
            let route = match place {
                Some(_) => Route::Run { link: what },
                None => Route::Lesson { id: what },
            };
            let (from, to) = (moment(&props.params, "from"), moment(&props.params, "to"));
            Frame { slot: slot.clone(), route, from, to }.show()
        }
        Ok((_, None)) => crate::page::lost::Lost.show(),
        Err(broken) => failure(lang, broken),
    }
}

/// `from=3s` in the address.
fn moment(params: &Params, name: &str) -> Option<Instant> {
    Some(Instant::ZERO + Span::parse(params.get(name)?)?)
}

fn lesson_of(what: &str) -> Option<&'static Lesson> {
    catalogue::bundle().lesson(what)
}

/// One step (or the moment of one question) where the address names it; otherwise all of it.
fn play(lesson: &Lesson, step: Option<&str>) -> Option<Slot> {
    let Some(step) = step else { return play_through(lesson) };
    let script = catalogue::script(lesson).ok()?;
    let mut session = replicascope::open(&script.boot.text).ok()?;
    stand_at(session.as_mut(), &script, step).ok()?;
    Some(Slot::new(session))
}

/// The whole scenario, so that the tape holds all of it; shown from its beginning.
fn play_through(lesson: &Lesson) -> Option<Slot> {
    let script = catalogue::script(lesson).ok()?;
    let mut session = replicascope::open(&script.boot.text).ok()?;
    let mut runner = Runner::new(session.as_mut(), &script);
    runner.setup().ok()?;
    let start = session.cursor().step;
    let mut runner = Runner::new(session.as_mut(), &script);
    for step in &script.steps {
        runner.play_step(&step.name).ok()?;
    }
    session.seek(start);
    Some(Slot::new(session))
}

#[derive(PartialEq)]
struct Frame {
    slot: Slot,
    route: Route,
    /// The range that is looped, where there is one.
    from: Option<Instant>,
    to: Option<Instant>,
}

view!(Frame, hook use_frame);

#[hook]
fn use_frame(props: &Frame) -> Html {
    let look = use_reader();
    let bench = use_bench(|| {
        let mut session = props.slot.take();
        if let Some(from) = props.from {
            session.seek_time(from);
        }
        Opened::plain(session, Keep::nothing())
    });
    use_keys(&bench.act, &bench.state, true);
    use_loop(&bench, props);
    use_door(&bench.act);
    let root = use_node_ref();
    use_height(&root);
    let Bench { state, player, act } = &bench;
    let (lang, seen) = (look.lang, &state.seen);
    let bar = Bar {
        lang,
        playing: state.playing,
        tempo: state.tempo,
        cursor: seen.cursor,
        end: seen.end,
        small: true,
        act: act.clone(),
        drawers: None,
    };
    let stage = Stage {
        lang,
        calm: look.calm,
        low: look.low,
        state: state.clone(),
        playhead: player.playhead(),
        act: act.clone(),
        bare: true,
        aside: false,
        differs: Part::default(),
        narrow: false,
        weave: None,
        charts: None,
    };
    html! {
        <div class="embed" data-testid="embed" ref={root}>
            <main id="main" tabindex="-1">
                { stage.show() }
            </main>
            <div class="embed-hands">
                <p class="caption" aria-live="polite">{ caption(&bench, lang) }</p>
                { bar.show() }
            </div>
            { TapeView::of(lang, state, None, None, act).show() }
            <p class="embed-foot">
                <a href={href(&props.route)} target="_blank" rel="noopener">
                    { say(lang, "app.embed.open") }
                </a>
            </p>
        </div>
    }
}

/// The latest line worth a caption.
fn caption(bench: &Bench, lang: replicascope::Lang) -> String {
    let seen = &bench.state.seen;
    let last = seen.lines.iter().rev().find(|line| line.weight == Weight::Key);
    last.map_or_else(|| say(lang, "app.embed.start"), |line| seen.names.tell(lang, &line.what))
}

/// At the end of the range, back to its start.
#[hook]
fn use_loop(bench: &Bench, props: &Frame) {
    let (act, from, to) = (bench.act.clone(), props.from, props.to);
    let over = to.is_some_and(|to| bench.state.playing && bench.state.seen.cursor.at >= to);
    use_effect_with(over, move |over| {
        if *over {
            act.emit(Action::Do(Deed::SeekTime(from.unwrap_or(Instant::ZERO))));
            act.emit(Action::Time(Time::Play));
        }
    });
}

/// Listens to the page around the frame, and to nobody else.
#[hook]
fn use_door(act: &Callback<Action>) {
    let act = act.clone();
    use_effect_with((), move |()| {
        let window = web_sys::window().expect("a page has a window");
        let listener = gloo::events::EventListener::new(&window, "message", move |event| {
            let event: &web_sys::MessageEvent = event.unchecked_ref();
            match heard(event) {
                Some(Asked::Seek(at)) => act.emit(Action::Do(Deed::SeekTime(at))),
                Some(Asked::Play) => act.emit(Action::Time(Time::Play)),
                Some(Asked::Pause) => act.emit(Action::Time(Time::Pause)),
                None => {}
            }
        });
        move || drop(listener)
    });
}

fn parent() -> Option<web_sys::Window> {
    let window = web_sys::window()?;
    let parent = window.parent().ok().flatten()?;
    (parent != window).then_some(parent)
}

fn heard(event: &web_sys::MessageEvent) -> Option<Asked> {
    let source: JsValue = event.source()?.into();
    if source != JsValue::from(parent()?) {
        return None;
    }
    let text = js_sys::JSON::stringify(&event.data()).ok()?.as_string()?;
    door::read(&text)
}

/// Says how tall the stage is whenever that changes. The number is no secret, so it may go to
/// whichever page holds the frame.
#[hook]
fn use_height(root: &NodeRef) {
    let told = use_mut_ref(|| 0_u32);
    let root = root.clone();
    use_effect(move || {
        let height = root.cast::<web_sys::Element>().map_or(0, |it| it.scroll_height());
        let height = u32::try_from(height).unwrap_or(0);
        if height != *told.borrow() {
            *told.borrow_mut() = height;
            say_height(height);
        }
    });
}

fn say_height(height: u32) {
    if let (Some(parent), Ok(message)) = (parent(), js_sys::JSON::parse(&door::height(height))) {
        // A parent that is gone needs no height.
        let _ = parent.post_message(&message, "*");
    }
}
