//! A run with its past: keyframes and inputs. The past is rebuilt by replay, never edited; a change
//! in the past begins a named branch. A run of which only the end is wanted keeps nothing at all.
//!
//! However long a run becomes, its past stays small: old keyframes are thinned, and old events
//! ([`Trail`]) come back by replay.

use crate::clock::Instant;
use crate::limits::{Limit, Limits};
use crate::system::System;
use crate::trace::{Event, Input, What};
use crate::trail::Trail;
use crate::world::{FaultError, World};
use std::rc::Rc;

/// Steps between keyframes: a seek replays at most this many.
const KEYFRAME_EVERY: u64 = 4_096;
/// Further back than this they are sparser, and a seek replays up to `SPARSE_EVERY` steps.
const DENSE: u64 = 1 << 18;
const SPARSE_EVERY: u64 = 4 * KEYFRAME_EVERY;

/// An input of a branch: it was step number `step`, at `at`.
#[derive(Clone, Debug)]
pub struct Recorded<S: System> {
    pub step: u64,
    pub at: Instant,
    pub input: Input<S>,
}

/// One line of history.
#[derive(Clone, Debug)]
pub struct Branch<S: System> {
    pub name: String,
    /// Branch and step where it parted.
    pub parent: Option<(usize, u64)>,
    /// Every input from the beginning of the run on, those of its ancestors included.
    pub inputs: Vec<Recorded<S>>,
    /// How many of the inputs came from its ancestors.
    pub inherited: usize,
    pub events: Trail<S>,
    /// The last recorded step, and the latest instant that was seen.
    pub end: (u64, Instant),
    keyframes: Vec<Rc<World<S>>>,
}

/// All branches of a run, and the world at the cursor.
#[derive(Clone, Debug)]
pub struct History<S: System> {
    branches: Vec<Branch<S>>,
    current: usize,
    world: World<S>,
    log: Vec<Event<S>>,
    /// Whether the past is kept. Without it a run goes forward only, in constant memory.
    recorded: bool,
}

impl<S: System> History<S> {
    #[must_use]
    pub fn new(config: S::Config, seed: u64, limits: Limits) -> History<S> {
        History::of(config, seed, limits, true)
    }

    /// A run without a past: of its events it keeps broken promises only, and no keyframes; so it
    /// costs the world alone, however long it is.
    #[must_use]
    pub fn unrecorded(config: S::Config, seed: u64, limits: Limits) -> History<S> {
        History::of(config, seed, limits, false)
    }

    fn of(config: S::Config, seed: u64, limits: Limits, recorded: bool) -> History<S> {
        let world = World::new(config, seed, limits);
        let root = Branch {
            name: "main".to_owned(),
            parent: None,
            inputs: Vec::new(),
            inherited: 0,
            events: Trail::default(),
            end: (0, Instant::ZERO),
            keyframes: vec![Rc::new(world.clone())],
        };
        History { branches: vec![root], current: 0, world, log: Vec::new(), recorded }
    }

    #[must_use]
    pub fn world(&self) -> &World<S> {
        &self.world
    }

    /// Switches the checking of promises off or on, from the cursor on.
    pub fn watch(&mut self, watched: bool) {
        self.world.watch(watched);
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.world.next_at()
    }

    /// When the next step is taken: at the next event, or at a recorded input before it.
    #[must_use]
    pub fn next_step_at(&self) -> Option<Instant> {
        let next = self.world.steps() + 1;
        let input = self.next_input().filter(|input| input.step == next).map(|input| input.at);
        input.or_else(|| self.world.next_at())
    }

    #[must_use]
    pub fn current(&self) -> usize {
        self.current
    }

    #[must_use]
    pub fn branches(&self) -> &[Branch<S>] {
        &self.branches
    }

    #[must_use]
    pub fn branch(&self) -> &Branch<S> {
        &self.branches[self.current]
    }

    /// Events of this branch up to the cursor.
    pub fn events(&self) -> impl Iterator<Item = &Event<S>> {
        let steps = self.world.steps();
        self.branch().events.iter().take_while(move |event| event.step <= steps)
    }

    /// Place of the first event of the given step or a later one.
    #[must_use]
    pub fn first_of_step(&self, step: u64) -> usize {
        self.branch().events.partition_point(|event| event.step < step)
    }

    /// Takes the next step: what is recorded, or at the end something new.
    pub fn step(&mut self) -> bool {
        if self.world.steps() < self.branch().end.0 { self.replay() } else { self.extend() }
    }

    /// Lets time pass, not beyond the next event.
    pub fn advance(&mut self, to: Instant) {
        let recorded = self.next_input().map_or(Instant::NEVER, |next| next.at);
        self.world.advance(to.min(recorded));
        let now = self.world.now();
        let end = &mut self.branches[self.current].end;
        end.1 = end.1.max(now);
    }

    /// Moves to just after a recorded step of this branch.
    pub fn seek(&mut self, step: u64) -> bool {
        if step > self.branch().end.0 {
            return false;
        }
        let keyframe = self.keyframe(|world| world.steps() <= step);
        // Time may have passed since the step; a place in a run is a step, so take it back.
        let here = self.world.steps();
        if step <= here || keyframe.steps() > here {
            self.world = (*keyframe).clone();
        }
        while self.world.steps() < step && self.replay() {}
        true
    }

    /// The last keyframe of those at the beginning for which `early` holds; the first in any case.
    fn keyframe(&self, early: impl Fn(&World<S>) -> bool) -> Rc<World<S>> {
        let keyframes = &self.branch().keyframes;
        let after = keyframes.partition_point(|world| early(world));
        Rc::clone(&keyframes[after.saturating_sub(1)])
    }

    /// Moves to an instant of what is recorded.
    pub fn seek_time(&mut self, at: Instant) -> bool {
        let end = self.branch().end;
        if at > end.1 {
            return false;
        }
        let events = &self.branch().events;
        let told = events.partition_point(|event| event.at <= at).checked_sub(1);
        let told = told.and_then(|last| events.get(last)).map_or(0, |event| event.step);
        self.seek(told.max(self.keyframe(|world| world.now() <= at).steps()));
        // Of what was let go nothing tells when it was.
        let due = |history: &History<S>| history.next_step_at().is_some_and(|next| next <= at);
        while self.world.steps() < end.0 && due(self) && self.replay() {}
        self.world.advance(at);
        true
    }

    /// Begins a branch at the cursor and moves onto it.
    pub fn fork(&mut self, name: &str) -> Result<usize, Limit> {
        if self.branches.len() >= self.world.limits().branches {
            return Err(Limit::Branches);
        }
        let step = self.world.steps();
        let parent = self.branch();
        let events = parent.events.until(step);
        let mut inputs = parent.inputs.clone();
        inputs.retain(|input| input.step <= step);
        let branch = Branch {
            name: name.to_owned(),
            parent: Some((self.current, step)),
            inherited: inputs.len(),
            inputs,
            events,
            end: (step, self.world.now()),
            keyframes: {
                let frames = &parent.keyframes;
                frames.iter().take_while(|world| world.steps() <= step).cloned().collect()
            },
        };
        self.branches.push(branch);
        self.current = self.branches.len() - 1;
        Ok(self.current)
    }

    /// Moves to the end of another branch.
    pub fn switch(&mut self, branch: usize) -> bool {
        if branch >= self.branches.len() {
            return false;
        }
        self.current = branch;
        let (step, at) = self.branch().end;
        let first = Rc::clone(&self.branch().keyframes[0]);
        self.world = (*first).clone();
        self.seek(step);
        self.world.advance(at);
        true
    }

    /// Where two branches first tell different stories: the place of the event in both, as far as
    /// both are recorded. None while one is the beginning of the other.
    #[must_use]
    pub fn first_difference(&self, one: usize, other: usize) -> Option<usize> {
        let (one, other) = (self.branches.get(one)?, self.branches.get(other)?);
        let mut pairs = one.events.iter().zip(other.events.iter());
        pairs.position(|(a, b)| {
            (a.at, a.node) != (b.at, b.node) || format!("{:?}", a.what) != format!("{:?}", b.what)
        })
    }

    /// Whether an input now would change what is recorded.
    #[must_use]
    pub fn in_the_past(&self) -> bool {
        self.world.steps() < self.branch().end.0
    }

    /// Carries out an input at the cursor. In the past it begins a branch of the given name.
    ///
    /// # Errors
    /// An impossible fault, or a limit; then nothing has changed.
    pub fn input(&mut self, input: Input<S>, branch: &str) -> Result<(), InputError> {
        if self.branch().inputs.len() >= self.world.limits().inputs {
            return Err(InputError::Limit(Limit::Inputs));
        }
        let mut world = self.world.clone();
        let mut log = Vec::new();
        world.input(&input, &mut log).map_err(InputError::Fault)?;
        if self.in_the_past() {
            self.fork(branch).map_err(InputError::Limit)?;
        }
        self.world = world;
        self.log = log;
        let recorded = Recorded { step: self.world.steps(), at: self.world.now(), input };
        self.branches[self.current].inputs.push(recorded);
        self.keep();
        Ok(())
    }

    fn next_input(&self) -> Option<&Recorded<S>> {
        let next = self.world.steps() + 1;
        let inputs = &self.branch().inputs;
        // At the end of a run, where time is mostly spent, there is nothing to look for.
        inputs.last().filter(|last| last.step >= next)?;
        inputs.get(inputs.partition_point(|input| input.step < next))
    }

    /// Takes the next recorded step again.
    fn replay(&mut self) -> bool {
        let next = self.world.steps() + 1;
        let mut log = std::mem::take(&mut self.log);
        log.clear();
        let taken = match self.next_input().filter(|input| input.step == next).cloned() {
            Some(Recorded { at, input, .. }) => {
                self.world.advance(at);
                self.world.input(&input, &mut log).is_ok()
            }
            None => self.world.step(&mut log),
        };
        self.branches[self.current].events.recall(next, &log);
        self.log = log;
        taken
    }

    fn extend(&mut self) -> bool {
        self.log.clear();
        let mut log = std::mem::take(&mut self.log);
        let taken = self.world.step(&mut log);
        self.log = log;
        if taken {
            self.keep();
        }
        taken
    }

    /// Records the step that was just taken.
    fn keep(&mut self) {
        let branch = &mut self.branches[self.current];
        let recorded = self.recorded;
        for event in self.log.drain(..) {
            if recorded || matches!(event.what, What::Broken { .. }) {
                branch.events.push(event);
            }
        }
        branch.end = (self.world.steps(), self.world.now());
        if recorded && self.world.steps().is_multiple_of(KEYFRAME_EVERY) {
            branch.keyframes.push(Rc::new(self.world.clone()));
            let end = self.world.steps();
            branch.keyframes.retain(|world| stays(world.steps(), end));
        }
    }
}

/// Whether a keyframe is still kept when the run has come to `end`.
fn stays(step: u64, end: u64) -> bool {
    step + DENSE >= end || step.is_multiple_of(SPARSE_EVERY)
}

/// Why an input was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    Fault(FaultError),
    Limit(Limit),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_run_has_a_bounded_number_of_keyframes_and_no_wide_gap() {
        let mut kept: Vec<u64> = vec![0];
        for end in (1..=Limits::DEFAULT.steps / KEYFRAME_EVERY).map(|n| n * KEYFRAME_EVERY) {
            kept.push(end);
            kept.retain(|step| stays(*step, end));
            let gap = |pair: &[u64]| pair[1] - pair[0];
            assert!(kept.windows(2).all(|pair| gap(pair) <= SPARSE_EVERY), "at {end}");
        }
        let bound = DENSE / KEYFRAME_EVERY + Limits::DEFAULT.steps / SPARSE_EVERY + 2;
        assert!(kept.len() as u64 <= bound, "{} of {bound}", kept.len());
    }
}
