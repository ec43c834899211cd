//! The events of a branch: every one of the latest, and of those long past the lasting ones only.
//! What was let go comes back by replay, for as long as the run is shown there. Refuses to know
//! what makes an event lasting: that is the system's to say.

use crate::chunked::Chunked;
use crate::system::System;
use crate::trace::{Event, EventId};

/// Of the latest events at least so many are kept whole, and at most twice as many.
const RECENT: usize = 1 << 17;

/// Events in the order of happening; some places change when old ones are let go or come back.
#[derive(Clone, Debug)]
pub struct Trail<S: System> {
    /// Of the steps before `whole_from`: the lasting ones.
    lasting: Chunked<Event<S>>,
    recent: Chunked<Event<S>>,
    /// The first step of which every event is kept.
    whole_from: u64,
    recalled: Recalled<S>,
}

/// Events that were let go and are there again, of the steps up to `upto` without a gap. They
/// stand in for the lasting ones at places `from..to`.
#[derive(Clone, Debug)]
struct Recalled<S: System> {
    events: Vec<Event<S>>,
    upto: u64,
    from: usize,
    to: usize,
}

impl<S: System> Default for Trail<S> {
    fn default() -> Trail<S> {
        Trail {
            lasting: Chunked::default(),
            recent: Chunked::default(),
            whole_from: 0,
            recalled: Recalled { events: Vec::new(), upto: 0, from: 0, to: 0 },
        }
    }
}

impl<S: System> Trail<S> {
    #[must_use]
    pub fn len(&self) -> usize {
        let Recalled { events, from, to, .. } = &self.recalled;
        self.lasting.len() - (to - from) + events.len() + self.recent.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Event<S>> {
        let Recalled { events, from, to, .. } = &self.recalled;
        let Some(after) = place.checked_sub(*from) else { return self.lasting.get(place) };
        let Some(after) = after.checked_sub(events.len()) else { return events.get(after) };
        match after.checked_sub(self.lasting.len() - to) {
            None => self.lasting.get(to + after),
            Some(after) => self.recent.get(after),
        }
    }

    /// The events from this place on.
    pub fn iter_from(&self, from: usize) -> impl Iterator<Item = &Event<S>> {
        (from..self.len()).map_while(|place| self.get(place))
    }

    /// How many events at the beginning are `before`.
    pub fn partition_point(&self, before: impl Fn(&Event<S>) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle).is_some_and(&before) { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub fn iter(&self) -> impl Iterator<Item = &Event<S>> {
        self.iter_from(0)
    }

    /// The events from this number on, of which there are few.
    pub fn since(&self, next: EventId) -> impl Iterator<Item = &Event<S>> {
        let old = |place: usize| self.get(place - 1).is_none_or(|event| event.id < next);
        let from = (1..=self.len()).rev().find(|place| old(*place)).unwrap_or(0);
        self.iter_from(from)
    }

    pub(crate) fn push(&mut self, event: Event<S>) {
        self.recent.push(event);
        if self.recent.len() >= 2 * RECENT {
            self.let_go();
        }
    }

    /// Of the older half, only what lasts remains.
    fn let_go(&mut self) {
        let Some(first) = self.recent.get(RECENT).map(|event| event.step) else { return };
        let count = self.recent.partition_point(|event| event.step < first);
        for event in self.recent.iter().take(count).filter(|event| S::lasts(event)) {
            self.lasting.push(event.clone());
        }
        self.recent.drop_front(count);
        self.whole_from = first;
    }

    /// A recorded step was taken again: what had been let go of it is kept for now.
    pub(crate) fn recall(&mut self, step: u64, events: &[Event<S>]) {
        if step >= self.whole_from {
            return;
        }
        let recalled = &mut self.recalled;
        if step != recalled.upto + 1 || recalled.events.len() >= RECENT {
            let from = self.lasting.partition_point(|event| event.step < step);
            *recalled = Recalled { events: Vec::new(), upto: step, from, to: from };
        }
        recalled.upto = step;
        recalled.events.extend_from_slice(events);
        while self.lasting.get(recalled.to).is_some_and(|event| event.step <= step) {
            recalled.to += 1;
        }
    }

    /// The same up to a step, for a branch that begins there.
    pub(crate) fn until(&self, step: u64) -> Trail<S> {
        let mut trail = self.clone();
        if step >= self.whole_from {
            trail.recent.truncate(self.recent.partition_point(|event| event.step <= step));
            return trail;
        }
        let Recalled { events, upto, from, .. } = &self.recalled;
        let there = !events.is_empty() && *upto >= step && events[0].step <= step;
        let old = self.lasting.partition_point(|event| event.step <= step);
        trail.lasting.truncate(if there { *from } else { old });
        let again = events.iter().filter(|event| there && event.step <= step);
        trail.recent = again.cloned().collect();
        trail.whole_from = trail.recent.get(0).map_or(step + 1, |event| event.step);
        trail.recalled = Trail::default().recalled;
        trail
    }
}
