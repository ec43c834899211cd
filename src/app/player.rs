//! The only place with real time: turns animation frames into virtual time of the session.
//!
//! It holds the session, does deeds to it, plays it, and reports what it shows as actions; a run
//! beside it, if there is one, is kept at the same instant.
//! Refuses to know any component: it gets one callback and one playhead.

use crate::action::{Action, Deed, Entry, Time};
use crate::deed;
use crate::keep::Keep;
use crate::mate::{Mate, follow};
use crate::pick::Playhead;
use crate::pulse::{self, Pulse};
use crate::script::Script;
use crate::state::Seen;
use crate::tempo::Tempo;
use crate::view::turn::{self, Flow};
use gloo::timers::callback::Timeout;
use replicascope::scene::{CommandError, Instant, SavedRun, Session, Span, Weight};
use replicascope::twin::Beside;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use yew::Callback;

/// Engine time that a frame may take, in milliseconds; the rest is the page's.
const SLICE_MS: f64 = 4.0;
/// Virtual time between two looks at the clock, in microseconds.
const SLICE_US: f64 = 20_000.0;
/// A frame that came late (a hidden tab) counts as this much.
const LONGEST_FRAME_MS: f64 = 100.0;
const KEEP_AFTER_MS: u32 = 400;
const PANELS_EVERY_MS: f64 = 50.0;
/// Where drawing takes long, the next scene waits for the end of it, but no longer than this.
const PANELS_LATEST_MS: f64 = 66.0;
const TAPE_EVERY_MS: f64 = 250.0;

/// What drives one run. Cheap to clone; all clones are the same run.
#[derive(Clone)]
pub struct Player(Rc<Inner>);

struct Inner {
    session: RefCell<Box<dyn Session>>,
    mate: RefCell<Option<Mate>>,
    /// The panels are about the run beside it.
    front: Cell<bool>,
    report: Callback<Action>,
    keep: Keep,
    playhead: Playhead,
    run: RefCell<Running>,
    /// Keeps the place once it has not been left for a while: a scrub passes through many.
    later: RefCell<Option<Timeout>>,
}

/// What changes while time runs.
struct Running {
    seen: Seen,
    pulse: Pulse,
    /// While it plays, what a new scene changes is drawn turn by turn.
    playing: Option<Flow>,
    tempo: Tempo,
    /// Virtual now, finer than the cursor: a slow frame is less than a microsecond.
    at_us: f64,
    script: Script,
    last_frame: Option<f64>,
    last_panels: f64,
    last_tape: f64,
    quiet_since: f64,
    /// What has been looked at and is reported one by one, each in a frame of its own: the frame
    /// in which the engine ran and its scene was taken has done enough.
    late: VecDeque<Action>,
}

impl PartialEq for Player {
    fn eq(&self, other: &Player) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Player {
    pub fn new(session: Box<dyn Session>, keep: Keep, report: Callback<Action>) -> Player {
        let seen = Seen::of(session.as_ref());
        let at_us = micros(seen.cursor.at);
        let playhead = Playhead::default();
        playhead.at_us.set(at_us);
        let run = Running {
            seen,
            pulse: Pulse::default(),
            playing: None,
            tempo: Tempo::Auto,
            at_us,
            script: Script::default(),
            last_frame: None,
            last_panels: 0.0,
            last_tape: 0.0,
            quiet_since: 0.0,
            late: VecDeque::new(),
        };
        let session = RefCell::new(session);
        Player(Rc::new(Inner {
            session,
            mate: RefCell::default(),
            front: Cell::default(),
            report,
            keep,
            playhead,
            run: RefCell::new(run),
            later: RefCell::default(),
        }))
    }

    pub fn playhead(&self) -> Playhead {
        self.0.playhead.clone()
    }

    /// Looks at the session without changing it.
    pub fn look<T>(&self, with: impl FnOnce(&dyn Session) -> T) -> T {
        with(self.0.session.borrow().as_ref())
    }

    /// Looks at the run that the panels are about.
    pub fn look_front<T>(&self, with: impl FnOnce(&dyn Session) -> T) -> T {
        match self.0.mate.borrow().as_ref().filter(|_| self.0.front.get()) {
            Some(mate) => with(mate.watched()),
            None => self.look(with),
        }
    }

    /// Puts a run beside this one, in lock-step.
    ///
    /// # Errors
    /// When the run cannot be made.
    pub fn beside(&self, with: Beside) -> Result<(), CommandError> {
        self.pause();
        let mate = Mate::new(with, self.0.session.borrow().as_ref())?;
        *self.0.mate.borrow_mut() = Some(mate);
        self.refresh(false);
        Ok(())
    }

    /// The run beside this one leaves.
    fn alone(&self) {
        *self.0.mate.borrow_mut() = None;
        self.0.front.set(false);
        self.0.run.borrow_mut().late.clear();
        self.0.report.emit(Action::Beside(None));
    }

    pub fn save(&self) -> SavedRun {
        self.0.session.borrow().save()
    }

    /// Does what the action asks of the session and passes on what comes of it.
    pub fn act(&self, action: Action) {
        match action {
            Action::Do(deed) => self.deed(&deed),
            Action::Time(time) => self.time(time),
            Action::Beside(None) => self.alone(),
            Action::Front(other) => {
                self.0.front.set(other && self.0.mate.borrow().is_some());
                self.0.report.emit(Action::Front(other));
            }
            other => self.0.report.emit(other),
        }
    }

    fn deed(&self, deed: &Deed) {
        if let Deed::Line(line) = deed
            && self.expand(line)
        {
            return self.go_on();
        }
        if !matches!(deed, Deed::Fault(_) | Deed::Line(_) | Deed::Ask(_)) {
            self.pause();
        }
        let results = self.perform(deed);
        if !matches!(deed, Deed::Ask(_)) {
            self.refresh(false);
        }
        for action in results {
            self.0.report.emit(action);
        }
        if deed::alters(deed) {
            self.0.keep.run(&self.save());
        } else if !matches!(deed, Deed::Ask(_)) {
            let player = self.clone();
            let keep = Timeout::new(KEEP_AFTER_MS, move || player.0.keep.run(&player.save()));
            *self.0.later.borrow_mut() = Some(keep);
        }
    }

    /// Steps and questions are those of the run in front; everything else is done to this one.
    fn perform(&self, deed: &Deed) -> Vec<Action> {
        let mut session = self.0.session.borrow_mut();
        let mut mate = self.0.mate.borrow_mut();
        let Some(beside) = mate.as_mut() else { return deed::perform(session.as_mut(), deed) };
        if self.0.front.get() && !deed::alters(deed) {
            let results = deed::perform(beside.session(), deed);
            follow(session.as_mut(), beside.watched().cursor().at);
            return results;
        }
        let mut results = deed::perform(session.as_mut(), deed);
        if deed::alters(deed) && beside.renew(session.as_ref()).is_err() {
            *mate = None;
            results.extend([Action::Beside(None), Action::Toast("app.toast.no-twin")]);
        }
        results
    }

    fn time(&self, time: Time) {
        let tempo = self.0.run.borrow().tempo;
        match time {
            Time::Play => self.play(),
            Time::Pause => self.pause(),
            Time::Toggle if self.is_playing() => self.pause(),
            Time::Toggle => self.play(),
            Time::Tempo(tempo) => self.set_tempo(tempo),
            Time::Faster => self.set_tempo(tempo.faster()),
            Time::Slower => self.set_tempo(tempo.slower()),
            Time::Script(lines) => {
                self.0.run.borrow_mut().script = Script::new(lines);
                self.go_on();
            }
            Time::Skip => self.skip(),
        }
    }

    fn set_tempo(&self, tempo: Tempo) {
        self.0.run.borrow_mut().tempo = tempo;
        self.0.report.emit(Action::TempoIs(tempo));
    }

    fn play(&self) {
        {
            let mut run = self.0.run.borrow_mut();
            if run.playing.is_some() {
                return;
            }
            run.playing = Some(Flow::begin());
            run.last_frame = None;
        }
        self.0.report.emit(Action::Playing(true));
        self.next_frame();
    }

    fn pause(&self) {
        let flow = {
            let mut run = self.0.run.borrow_mut();
            run.pulse.stop();
            run.playing.take()
        };
        if flow.is_none() {
            return;
        }
        drop(flow);
        self.0.report.emit(Action::Playing(false));
        self.refresh(false);
        self.0.keep.run(&self.save());
    }

    fn is_playing(&self) -> bool {
        self.0.run.borrow().playing.is_some()
    }

    fn next_frame(&self) {
        let player = self.clone();
        self.0.run.borrow_mut().pulse.beat(move |now| player.frame(now));
    }

    fn frame(&self, now: f64) {
        if !self.is_playing() {
            return;
        }
        let late = self.0.run.borrow_mut().late.pop_front();
        late.into_iter().for_each(|late| self.0.report.emit(late));
        let arrived = self.advance(now);
        self.show_passing(now);
        if arrived {
            self.0.run.borrow_mut().script.arrived();
            self.go_on();
        }
        if self.is_playing() {
            self.next_frame();
        }
    }

    /// Carries the session forward by one frame; true when the script's waiting is over.
    fn advance(&self, now: f64) -> bool {
        let mut run = self.0.run.borrow_mut();
        let dt = run.last_frame.map_or(0.0, |last| (now - last).clamp(0.0, LONGEST_FRAME_MS));
        if run.last_frame.is_none() {
            run.quiet_since = now;
        }
        run.last_frame = Some(now);
        let mut mate = self.0.mate.borrow_mut();
        let in_air = pulse::key_in_air(&run.seen.scene)
            || mate.as_ref().is_some_and(|mate| pulse::key_in_air(&mate.seen().scene));
        let goal = run.script.goal().map_or(f64::MAX, micros);
        let want = run.at_us + run.tempo.advance(dt, now - run.quiet_since, in_air);
        let want = want.min(goal);
        let mut session = self.0.session.borrow_mut();
        let started = pulse::now();
        while run.at_us < want {
            let to = want.min(run.at_us + SLICE_US);
            let watch = run.tempo == Tempo::Auto;
            let told = match mate.as_mut() {
                Some(mate) => both(session.as_mut(), mate, to, watch),
                None => slice(session.as_mut(), to, watch),
            };
            run.at_us = told.map_or(to, micros);
            if told.is_some() {
                run.quiet_since = now;
                break;
            }
            if pulse::now() - started > SLICE_MS {
                break;
            }
        }
        self.0.playhead.at_us.set(run.at_us);
        run.at_us >= goal
    }

    /// Reports what changed, the panels not at every frame.
    fn show_passing(&self, now: f64) {
        let due = {
            let since = now - self.0.run.borrow().last_panels;
            since >= PANELS_LATEST_MS || since >= PANELS_EVERY_MS && turn::all_drawn()
        };
        if due {
            self.0.run.borrow_mut().last_panels = now;
            self.refresh(true);
        }
    }

    /// Shows the session as it is now. In passing, the dear parts wait.
    fn refresh(&self, passing: bool) {
        let (action, other) = {
            let session = self.0.session.borrow();
            let mut run = self.0.run.borrow_mut();
            let mut mate = self.0.mate.borrow_mut();
            let cursor = session.cursor();
            if !passing {
                run.at_us = micros(cursor.at);
                self.0.playhead.at_us.set(run.at_us);
            }
            if let Some(mate) = mate.as_mut() {
                mate.follow(cursor.at);
            }
            let beside = mate.as_mut();
            let still = beside
                .as_ref()
                .is_none_or(|mate| mate.watched().cursor().step == mate.seen().cursor.step);
            let same = cursor.step == run.seen.cursor.step && session.end() == run.seen.end;
            if passing && same && still && cursor.branch == run.seen.cursor.branch {
                run.seen.cursor.at = cursor.at;
                (Action::Ticked(cursor.at), None)
            } else {
                let now = pulse::now();
                let with_tape = !passing || now - run.last_tape >= TAPE_EVERY_MS;
                if with_tape {
                    run.last_tape = now;
                }
                run.seen = Seen::after(&run.seen, session.as_ref(), with_tape);
                let other = beside.map(|mate| mate.show(session.as_ref(), &run.seen, !with_tape));
                (Action::Seen(Box::new(run.seen.clone())), other.map(Box::new))
            }
        };
        let actions = std::iter::once(action).chain(other.map(|it| Action::Beside(Some(it))));
        // Where frames are slow, what was to wait for one more is due now.
        let late = std::mem::take(&mut self.0.run.borrow_mut().late);
        if passing {
            late.into_iter().for_each(|action| self.0.report.emit(action));
            self.0.run.borrow_mut().late.extend(actions);
        } else {
            actions.for_each(|action| self.0.report.emit(action));
        }
    }

    /// Does lines of the script until one waits; then time runs until it is over.
    fn go_on(&self) {
        loop {
            let now = self.0.session.borrow().cursor().at;
            let line = self.0.run.borrow_mut().script.next(now);
            match line {
                Some(line) => self.line(&line),
                None => break,
            }
        }
        if self.0.run.borrow().script.goal().is_some() {
            self.play();
        } else if self.0.run.borrow_mut().script.finish() {
            self.pause();
            self.refresh(false);
            self.0.report.emit(Action::Flow(crate::flow::Turn::Ran(Box::new(self.place()))));
        }
    }

    fn line(&self, line: &str) {
        if deed::wait_of(line, Instant::ZERO).is_some() {
            self.0.report.emit(Action::Logged(Entry::Line(line.to_owned())));
            return;
        }
        if !self.expand(line) {
            self.deed(&Deed::Line(line.to_owned()));
        }
    }

    /// A line that stands for others becomes part of the script; true if it was one.
    fn expand(&self, line: &str) -> bool {
        let Ok(Some(lines)) = self.0.session.borrow().recipe(line) else { return false };
        self.0.report.emit(Action::Logged(Entry::Line(line.to_owned())));
        self.0.run.borrow_mut().script.prepend(lines);
        true
    }

    fn place(&self) -> replicascope::scene::Cursor {
        self.0.session.borrow().cursor()
    }

    fn skip(&self) {
        loop {
            let goal = self.0.run.borrow().script.goal();
            if let Some(goal) = goal {
                self.0.session.borrow_mut().run_until(goal);
                self.0.run.borrow_mut().script.arrived();
            }
            let now = self.0.session.borrow().cursor().at;
            let line = self.0.run.borrow_mut().script.next(now);
            match line {
                Some(line) => self.line(&line),
                None if self.0.run.borrow().script.goal().is_some() => {}
                None => break,
            }
        }
        self.go_on();
    }

    /// Stops time for good: the reader has left this run.
    pub fn leave(&self) {
        let flow = {
            let mut run = self.0.run.borrow_mut();
            run.pulse.stop();
            run.playing.take()
        };
        drop(flow);
        self.0.later.take();
    }
}

fn micros(at: Instant) -> f64 {
    at.0 as f64
}

/// Carries both runs to `to`, or where `watch`ed, to the first key event of either.
fn both(session: &mut dyn Session, mate: &mut Mate, to: f64, watch: bool) -> Option<Instant> {
    let theirs = slice(mate.session(), to, watch);
    let mine = slice(session, theirs.map_or(to, micros), watch);
    if let Some(at) = mine {
        mate.follow(at);
    }
    mine.or(theirs)
}

/// Carries the session to `to`; where `watch`ed, only to the first key event on the way, whose
/// instant is returned.
fn slice(session: &mut dyn Session, to: f64, watch: bool) -> Option<Instant> {
    let to = Instant::ZERO + Span(to as u64);
    if watch {
        return session.run_until_told(to, Weight::Key);
    }
    session.run_until(to);
    None
}
