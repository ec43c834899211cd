//! Whose turn it is to be drawn.
//!
//! While time runs there is a new scene every three frames. What it changes is not drawn at once:
//! each view asks for a turn, and a frame gives turns, in the order in which they were asked for,
//! until its time is up. Nobody waits longer than until the next scene; who asks again while
//! waiting is drawn once, as of the latest asking; who is out of sight waits until it is seen.
//! When time stands still whoever asks has its turn at once, so that what stands still is the run
//! as it is. Refuses to know what is drawn.

use crate::pulse::{self, Pulse};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Drawing that fits into a frame, in milliseconds: style, layout and paint cost as much again.
const FRAME_MS: f64 = 1.2;
/// After so many frames the next scene has come: whoever has waited so long is drawn whatever the
/// frame costs.
const PATIENCE: u32 = 3;

type Job = Box<dyn FnOnce()>;

/// A view's place in the queue; letting go of it takes back what was asked for.
#[derive(Default)]
pub struct Seat {
    unseen: Rc<Cell<bool>>,
}

impl Seat {
    /// Draws at the next turn. A seat has a number of parts that are drawn apart.
    pub fn ask(&self, part: usize, job: impl FnOnce() + 'static) {
        if with(|queue| queue.flows == 0) {
            return job();
        }
        with(|queue| {
            queue.ask((self.unseen.clone(), part), Box::new(job));
            queue.wake();
        });
    }

    /// A seat that is never in sight: its turn comes when time stands still.
    pub fn of_rest() -> Seat {
        Seat { unseen: Rc::new(Cell::new(true)) }
    }

    /// Nothing of it would be drawn now.
    pub fn rests(&self) -> bool {
        self.unseen.get() && with(|queue| queue.flows > 0)
    }

    pub fn see(&self, seen: bool) {
        if self.unseen.replace(!seen) && seen {
            with(Queue::wake);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        with(|queue| queue.waiting.retain(|one| !Rc::ptr_eq(&one.whose.0, &self.unseen)));
    }
}

/// Time runs for as long as somebody holds one of these.
#[derive(Debug)]
pub struct Flow(());

impl Flow {
    pub fn begin() -> Flow {
        with(|queue| queue.flows += 1);
        Flow(())
    }
}

impl Drop for Flow {
    /// Who still waits is drawn at once.
    fn drop(&mut self) {
        let all = with(|queue| {
            queue.flows -= 1;
            if queue.flows == 0 { std::mem::take(&mut queue.waiting) } else { Vec::new() }
        });
        all.into_iter().for_each(|one| (one.job)());
    }
}

struct Waiting {
    whose: (Rc<Cell<bool>>, usize),
    /// The frame before which it was asked for.
    since: u32,
    job: Job,
}

#[derive(Default)]
struct Queue {
    flows: usize,
    /// Counts frames in which anybody was drawn.
    frames: u32,
    waiting: Vec<Waiting>,
    pulse: Option<Pulse>,
}

impl Queue {
    fn ask(&mut self, whose: (Rc<Cell<bool>>, usize), job: Job) {
        let since = self.frames;
        let same =
            |one: &&mut Waiting| Rc::ptr_eq(&one.whose.0, &whose.0) && one.whose.1 == whose.1;
        match self.waiting.iter_mut().find(same) {
            Some(one) => one.job = job,
            None => self.waiting.push(Waiting { whose, since, job }),
        }
    }

    /// The next job of a frame that has drawn for `spent` milliseconds.
    fn next(&mut self, spent: f64) -> Option<Job> {
        let (over, frames) = (spent >= FRAME_MS, self.frames);
        let waited = |one: &Waiting| frames.wrapping_sub(one.since) >= PATIENCE;
        let due = |one: &Waiting| !one.whose.0.get() && (!over || waited(one));
        let place = self.waiting.iter().position(due)?;
        Some(self.waiting.remove(place).job)
    }

    /// Asks for a frame, unless one is on its way or nobody would be drawn in it.
    fn wake(&mut self) {
        if self.pulse.is_none() && self.waiting.iter().any(|one| !one.whose.0.get()) {
            let mut pulse = Pulse::default();
            pulse.beat(|_| frame());
            self.pulse = Some(pulse);
        }
    }
}

/// Everybody in sight has been drawn.
pub fn all_drawn() -> bool {
    with(|queue| queue.waiting.iter().all(|one| one.whose.0.get()))
}

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

fn with<T>(what: impl FnOnce(&mut Queue) -> T) -> T {
    QUEUE.with(|queue| what(&mut queue.borrow_mut()))
}

/// Gives turns until the frame's time is up; the rest come in the frames after it.
fn frame() {
    let began = pulse::now();
    with(|queue| queue.frames = queue.frames.wrapping_add(1));
    while let Some(job) = with(|queue| queue.next(pulse::now() - began)) {
        job();
    }
    // The pulse that is let go of has just beaten.
    let _beaten = with(|queue| queue.pulse.take());
    with(Queue::wake);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = Rc<RefCell<Vec<u32>>>;

    fn job(told: &Told, word: u32) -> Job {
        let told = told.clone();
        Box::new(move || told.borrow_mut().push(word))
    }

    fn seat() -> Rc<Cell<bool>> {
        Rc::default()
    }

    #[test]
    fn first_come_first_drawn_and_each_once() {
        let (told, mut queue) = (Told::default(), Queue::default());
        let (one, other) = (seat(), seat());
        queue.ask((one.clone(), 0), job(&told, 1));
        queue.ask((other, 0), job(&told, 2));
        queue.ask((one.clone(), 1), job(&told, 3));
        queue.ask((one, 0), job(&told, 4));
        while let Some(job) = queue.next(0.0) {
            job();
        }
        assert_eq!(*told.borrow(), [4, 2, 3], "the latest asking in the earliest place");
    }

    #[test]
    fn a_frame_that_is_over_draws_only_who_has_waited_for_a_scene() {
        let (told, mut queue) = (Told::default(), Queue::default());
        queue.ask((seat(), 0), job(&told, 1));
        queue.frames += PATIENCE;
        queue.ask((seat(), 0), job(&told, 2));
        queue.next(FRAME_MS).expect("one has waited long enough")();
        assert!(queue.next(FRAME_MS).is_none());
        assert_eq!((&*told.borrow(), queue.waiting.len()), (&vec![1], 1));
    }

    #[test]
    fn who_is_out_of_sight_waits() {
        let (told, mut queue) = (Told::default(), Queue::default());
        let unseen = seat();
        unseen.set(true);
        queue.ask((unseen.clone(), 0), job(&told, 1));
        queue.frames += PATIENCE;
        assert!(queue.next(0.0).is_none());
        unseen.set(false);
        assert!(queue.next(0.0).is_some());
    }

    #[test]
    fn what_stands_still_is_drawn_at_once() {
        let told = Told::default();
        let (seat, gone) = (Seat::default(), Seat::default());
        seat.see(false);
        seat.ask(0, job(&told, 1));
        let flow = Flow::begin();
        seat.ask(0, job(&told, 2));
        gone.ask(0, job(&told, 3));
        assert_eq!(*told.borrow(), [1]);
        drop(gone);
        drop(flow);
        assert_eq!(*told.borrow(), [1, 2], "in sight or not; but not who has left");
        seat.ask(0, job(&told, 4));
        assert_eq!(told.borrow().len(), 3);
    }
}
