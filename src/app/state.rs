//! What is shown, and how each action changes it. Pure: the same state and action give the same.
//!
//! The session itself is not here; [`Seen`] is what it showed last. Refuses to know time, storage
//! and the document.

use crate::action::{Action, Dialog, Entry, Face, Tab};
use crate::flow::Flow;
use crate::mate::Other;
use crate::pick::Pick;
use crate::tempo::Tempo;
use crate::text::Names;
use crate::view::host::Part;
use replicascope::scene::{
    Ask, Branch, Cursor, Instant, Line, Reason, Scene, Session, Tape, Told, Violation, Weight,
};
use std::rc::Rc;

/// Entries that the console keeps.
const LOG_LIMIT: usize = 400;
const TOAST_LIMIT: usize = 3;
/// Lines about data that the story keeps; those about key events are all kept.
const DATA_LINES: usize = 600;
/// Steps that are searched for lines about data; before them only key events are asked for.
const DATA_STEPS: u64 = 3_000;

/// What a session showed at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub boot: Rc<str>,
    pub scene: Part<Scene>,
    pub tape: Part<Tape>,
    /// What was told up to the cursor, routine left out.
    pub lines: Part<Vec<Rc<Line>>>,
    pub branches: Part<Vec<Branch>>,
    pub violations: Part<Vec<Violation>>,
    pub promises: Part<Vec<Told>>,
    pub names: Names,
    pub cursor: Cursor,
    pub end: Cursor,
}

impl Seen {
    /// Everything, from nothing.
    pub fn of(session: &dyn Session) -> Seen {
        let scene = session.scene();
        Seen {
            boot: session.about().boot.as_str().into(),
            names: Names::of(&scene),
            scene: Part::new(scene),
            tape: Part::new(session.tape()),
            lines: Part::new(told(session, 0, session.cursor().step)),
            branches: Part::new(session.branches()),
            violations: Part::new(session.violations()),
            promises: Part::new(session.promises()),
            cursor: session.cursor(),
            end: session.end(),
        }
    }

    /// What changed since `before`: parts that did not change stay the same ones. The tape changes
    /// only where the run has become longer or another, and in passing only now and then.
    pub fn after(before: &Seen, session: &dyn Session, with_tape: bool) -> Seen {
        let (scene, cursor, end) = (session.scene(), session.cursor(), session.end());
        let grown = scene.nodes.len() != before.scene.nodes.len();
        let filmed = before.tape.to == end.at && before.end.branch == end.branch;
        Seen {
            boot: before.boot.clone(),
            names: if grown { Names::of(&scene) } else { before.names.clone() },
            scene: Part::new(scene),
            tape: if filmed || !with_tape {
                before.tape.clone()
            } else {
                Part::new(session.tape())
            },
            lines: follow(before, session),
            branches: before.branches.renewed(session.branches()),
            violations: before.violations.renewed(session.violations()),
            promises: before.promises.clone(),
            cursor,
            end,
        }
    }
}

/// The story up to the cursor: only what is new is asked for, unless the branch is another.
fn follow(before: &Seen, session: &dyn Session) -> Part<Vec<Rc<Line>>> {
    let (old, new) = (before.cursor, session.cursor());
    if old.branch != new.branch {
        return Part::new(told(session, 0, new.step));
    }
    if new.step < old.step {
        let kept = before.lines.partition_point(|line| line.step <= new.step);
        if kept == before.lines.len() {
            return before.lines.clone();
        }
        return Part::new(before.lines[..kept].to_vec());
    }
    let fresh = told(session, old.step + 1, new.step);
    if fresh.is_empty() {
        return before.lines.clone();
    }
    Part::new(capped(before.lines.iter().cloned().chain(fresh).collect()))
}

/// What was told in these steps: all key events, and the latest lines about data.
fn told(session: &dyn Session, from: u64, to: u64) -> Vec<Rc<Line>> {
    let data = from.max(to.saturating_sub(DATA_STEPS));
    let mut lines = Vec::new();
    if data > from {
        lines = session.trace(from, data - 1, Weight::Key);
    }
    lines.extend(session.trace(data, to, Weight::Normal));
    capped(lines.into_iter().map(Rc::new).collect())
}

/// Leaves out the oldest lines about data beyond the limit.
fn capped(mut lines: Vec<Rc<Line>>) -> Vec<Rc<Line>> {
    let data = lines.iter().filter(|line| line.weight < Weight::Key).count();
    let mut excess = data.saturating_sub(DATA_LINES);
    if excess > 0 {
        lines.retain(|line| {
            let goes = excess > 0 && line.weight < Weight::Key;
            excess -= usize::from(goes);
            !goes
        });
    }
    lines
}

/// A short message that goes by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub id: u64,
    pub key: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub seen: Seen,
    /// The run in lock-step with it.
    pub other: Option<Other>,
    /// The panels are about that one.
    pub front: bool,
    pub flow: Option<Flow>,
    pub playing: bool,
    pub tempo: Tempo,
    pub picked: Option<Pick>,
    pub asked: Option<(Ask, Part<Vec<Reason>>)>,
    pub tab: Tab,
    pub console: bool,
    pub weave: bool,
    pub charts: bool,
    pub focus: Option<String>,
    pub range: Option<(Instant, Instant)>,
    pub face: Face,
    pub sheet: bool,
    pub dialog: Option<Dialog>,
    /// Heartbeats and empty fetches are drawn.
    pub routine: bool,
    /// The least weight that the story shows.
    pub filter: Weight,
    pub log: Part<Vec<Entry>>,
    pub toasts: Vec<Toast>,
    next_toast: u64,
}

impl State {
    /// Time stands still until the reader starts it.
    pub fn new(seen: Seen, flow: Option<Flow>) -> State {
        let tab = if flow.is_some() { Tab::Lesson } else { Tab::Faults };
        State {
            seen,
            other: None,
            front: false,
            flow,
            playing: false,
            tempo: Tempo::Auto,
            picked: None,
            asked: None,
            tab,
            console: false,
            weave: false,
            charts: false,
            focus: None,
            range: None,
            face: Face::Map,
            sheet: true,
            dialog: None,
            routine: false,
            filter: Weight::Key,
            log: Part::default(),
            toasts: Vec::new(),
            next_toast: 0,
        }
    }

    /// What the panels are about.
    pub fn front(&self) -> &Seen {
        self.other.as_ref().filter(|_| self.front).map_or(&self.seen, |other| &other.seen)
    }
}

/// How an action changes what is shown.
pub fn reduce(mut state: State, action: Action) -> State {
    match action {
        // Done to the session by the player; what comes of it returns as other actions.
        Action::Do(_) | Action::Time(_) => {}
        Action::Flow(turn) => state.flow = state.flow.map(|flow| flow.turn(turn)),
        Action::Pick(pick) => pick_up(&mut state, pick),
        Action::Tab(tab) => (state.tab, state.sheet) = (tab, true),
        Action::Console(open) => drawer(&mut state, open, |state| &mut state.console),
        Action::Weave(open) => drawer(&mut state, open, |state| &mut state.weave),
        Action::Charts(open) => drawer(&mut state, open, |state| &mut state.charts),
        Action::Focus(partition) => state.focus = partition,
        Action::Loop(range) => state.range = range.filter(|(from, to)| from < to),
        Action::Dialog(dialog) => state.dialog = dialog,
        Action::Face(face) => state.face = face,
        Action::Sheet(high) => state.sheet = high,
        Action::Routine(on) => state.routine = on,
        Action::Filter(weight) => state.filter = weight,
        Action::Toast(key) => toast(&mut state, key),
        Action::ToastGone(id) => state.toasts.retain(|toast| toast.id != id),
        Action::Seen(seen) => state.seen = *seen,
        Action::Beside(other) => beside(&mut state, other.map(|other| *other)),
        Action::Front(other) => state.front = other && state.other.is_some(),
        Action::Ticked(at) => state.seen.cursor.at = at,
        Action::Playing(on) => state.playing = on,
        Action::TempoIs(tempo) => state.tempo = tempo,
        Action::Answered(ask, reasons) => {
            state.asked = Some((ask, Part::new(reasons)));
            state.tab = Tab::Why;
        }
        Action::Logged(entry) => log(&mut state, entry),
    }
    state
}

/// One drawer at a time: two would leave no stage.
fn drawer(state: &mut State, open: bool, which: fn(&mut State) -> &mut bool) {
    if open {
        (state.console, state.weave, state.charts) = (false, false, false);
    }
    *which(state) = open;
}

fn pick_up(state: &mut State, pick: Option<Pick>) {
    if pick.is_some() {
        state.tab = Tab::Inspect;
    }
    state.picked = pick;
}

/// Whoever is left alone is in front.
fn beside(state: &mut State, other: Option<Other>) {
    state.front &= other.is_some();
    state.other = other;
}

fn toast(state: &mut State, key: &'static str) {
    state.toasts.retain(|toast| toast.key != key);
    state.toasts.push(Toast { id: state.next_toast, key });
    state.next_toast += 1;
    if state.toasts.len() > TOAST_LIMIT {
        state.toasts.remove(0);
    }
}

fn log(state: &mut State, entry: Entry) {
    let log = state.log.change();
    log.push(entry);
    if log.len() > LOG_LIMIT {
        log.drain(..log.len() - LOG_LIMIT);
    }
}

impl yew::Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(reduce(Rc::unwrap_or_clone(self), action))
    }
}

#[cfg(test)]
#[path = "state_test.rs"]
mod tests;
