//! The running timers of one node, in order; a node has a few dozen at most, so a plain sorted list
//! beats a tree. It refuses to know what a timer means.

use crate::clock::Instant;
use crate::queue::Ticket;

/// A timer with its ticket in the queue and the instant at which it was set.
#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    timer: T,
    ticket: Ticket,
    set: Instant,
}

#[derive(Clone, Debug)]
pub(crate) struct Timers<T> {
    entries: Vec<Entry<T>>,
}

impl<T> Default for Timers<T> {
    fn default() -> Timers<T> {
        Timers { entries: Vec::new() }
    }
}

impl<T: Copy + Ord> Timers<T> {
    fn find(&self, timer: T) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.timer.cmp(&timer))
    }

    /// The ticket of a timer, and when it was set.
    pub(crate) fn get(&self, timer: T) -> Option<(Ticket, Instant)> {
        self.find(timer).ok().map(|at| (self.entries[at].ticket, self.entries[at].set))
    }

    /// Sets a timer; gives the ticket of its earlier setting, if it was running.
    pub(crate) fn insert(&mut self, timer: T, ticket: Ticket, set: Instant) -> Option<Ticket> {
        let entry = Entry { timer, ticket, set };
        match self.find(timer) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at], entry).ticket),
            Err(at) => {
                self.entries.insert(at, entry);
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, timer: T) -> Option<Ticket> {
        self.find(timer).ok().map(|at| self.entries.remove(at).ticket)
    }

    /// Every running timer in order: itself, its ticket, when it was set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (T, Ticket, Instant)> {
        self.entries.iter().map(|entry| (entry.timer, entry.ticket, entry.set))
    }
}
