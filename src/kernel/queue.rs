//! Pending events by (instant, sequence): ties are never accidental.
//!
//! The heap holds small keys only; the events lie in a slab beside it. Taking an event back leaves
//! its key in the heap, where the sequence number tells that it is stale; before stale keys
//! outnumber the others they are swept out. (Most timers of a network are taken back.)

use crate::arrange::Arrange;
use crate::clock::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{Hash, Hasher};

/// Names a pending event until it happens or is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket {
    pub at: Instant,
    seq: u64,
    slot: u32,
}

/// A queue of events of type `E`.
#[derive(Clone, Debug)]
pub(crate) struct Queue<E> {
    heap: BinaryHeap<Reverse<Ticket>>,
    slab: Vec<Option<(u64, E)>>,
    free: Vec<u32>,
    seq: u64,
    /// Keys in the heap whose events are gone.
    stale: usize,
}

/// Stale keys below this number are not worth a sweep.
const SWEEP: usize = 64;

impl<E> Default for Queue<E> {
    fn default() -> Queue<E> {
        Queue { heap: BinaryHeap::new(), slab: Vec::new(), free: Vec::new(), seq: 0, stale: 0 }
    }
}

impl<E> Queue<E> {
    pub(crate) fn push(&mut self, at: Instant, event: E) -> Ticket {
        self.seq += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slab.push(None);
            (self.slab.len() - 1) as u32
        });
        self.slab[slot as usize] = Some((self.seq, event));
        let ticket = Ticket { at, seq: self.seq, slot };
        self.heap.push(Reverse(ticket));
        ticket
    }

    /// Takes an event out of turn (or back); none when it has gone already.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<E> {
        let entry = self.slab.get_mut(ticket.slot as usize)?;
        if entry.as_ref().is_none_or(|(seq, _)| *seq != ticket.seq) {
            return None;
        }
        self.free.push(ticket.slot);
        let event = entry.take().map(|(_, event)| event);
        self.stale += 1;
        self.drop_stale();
        event
    }

    /// The earliest key always belongs to an event that is still pending.
    fn drop_stale(&mut self) {
        while let Some(Reverse(ticket)) = self.heap.peek()
            && !self.holds(*ticket)
        {
            self.heap.pop();
            self.stale -= 1;
        }
        if self.stale > SWEEP.max(self.heap.len() / 2) {
            let slab = &self.slab;
            self.heap.retain(|Reverse(ticket)| holds(slab, *ticket));
            self.stale = 0;
        }
    }

    /// The earliest event, with its ticket.
    pub(crate) fn pop(&mut self) -> Option<(Ticket, E)> {
        let Reverse(ticket) = *self.heap.peek()?;
        self.take(ticket).map(|event| (ticket, event))
    }

    /// When the earliest event is due.
    #[must_use]
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(ticket)| ticket.at)
    }

    #[must_use]
    pub(crate) fn holds(&self, ticket: Ticket) -> bool {
        holds(&self.slab, ticket)
    }

    #[must_use]
    pub(crate) fn get(&self, ticket: Ticket) -> Option<&E> {
        match self.slab.get(ticket.slot as usize) {
            Some(Some((seq, event))) if *seq == ticket.seq => Some(event),
            _ => None,
        }
    }

    /// Every pending event in the order in which they will happen.
    #[must_use]
    pub(crate) fn in_order(&self) -> Vec<(Ticket, &E)> {
        let mut tickets: Vec<Ticket> = self.heap.iter().map(|Reverse(ticket)| *ticket).collect();
        tickets.arrange();
        tickets.into_iter().filter_map(|ticket| Some((ticket, self.get(ticket)?))).collect()
    }
}

fn holds<E>(slab: &[Option<(u64, E)>], ticket: Ticket) -> bool {
    matches!(slab.get(ticket.slot as usize), Some(Some((seq, _))) if *seq == ticket.seq)
}

/// By meaning, not by layout: stale keys and slab positions do not count.
impl<E: Hash> Hash for Queue<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (ticket, event) in self.in_order() {
            ticket.at.hash(state);
            event.hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_keep_the_order_of_arrival_and_stale_keys_are_skipped() {
        let mut queue = Queue::default();
        let first = queue.push(Instant(5), 'a');
        queue.push(Instant(5), 'b');
        queue.push(Instant(1), 'c');
        assert_eq!(queue.take(first), Some('a'));
        queue.push(Instant(5), 'd');
        assert_eq!(queue.take(first), None, "its slot has another tenant now");
        let order: String = std::iter::from_fn(|| queue.pop().map(|(_, event)| event)).collect();
        assert_eq!(order, "cbd");
    }
}
