//! The run as a space-time diagram has it: what nodes did, the messages between them, and what
//! brought about what. It refuses to know lanes, distances and words.

use crate::observable::{Observable, View};
use crate::run::Run;
use crate::story::{Told, Weight};
use kernel::{Event, EventId, Fault, FlightId, Input, Instant, NodeId, Trail, What};
use serde::Serialize;
use std::collections::BTreeSet;

/// Links of a chain of causes that are followed; before them lies the ordinary course of things.
const CHAIN: usize = 12;
/// Events that are looked through for items, on each side of the cursor.
const SCAN: usize = 8_000;

/// Which part of the run is wanted: so many items on both sides of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Items of less weight are folded away, unless they led to what is asked about.
    pub least: Weight,
    pub before: usize,
    pub after: usize,
    /// The event whose causes and effects are marked.
    pub about: Option<EventId>,
}

/// How an item is related to the event that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Kin {
    None,
    /// It led there.
    Cause,
    Itself,
    /// It came of it.
    Effect,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Weave {
    pub knots: Vec<Knot>,
    pub hops: Vec<Hop>,
    pub gaps: Vec<Gap>,
}

/// Something that happened at a node, or from outside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Knot {
    pub event: EventId,
    pub step: u64,
    pub at: Instant,
    pub node: Option<NodeId>,
    pub weight: Weight,
    pub what: Told,
    pub cause: Option<EventId>,
    pub kin: Kin,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum End {
    Arrived,
    /// It found nobody.
    Lost,
    /// It is still on its way, or waits on its link.
    Open,
}

/// A message from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hop {
    pub flight: FlightId,
    pub api: &'static str,
    pub from: NodeId,
    pub to: NodeId,
    /// The instant of what caused it; from a slow disk it left a little later.
    pub sent: Instant,
    pub cause: Option<EventId>,
    /// Its arrival as an event; what caused it while it is on its way.
    pub event: EventId,
    pub step: u64,
    /// When it arrived or was lost; when it is due.
    pub at: Instant,
    pub end: End,
    pub weight: Weight,
    pub kin: Kin,
}

/// A stretch in which a node did nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    pub node: NodeId,
    pub from: Instant,
    /// None while it lasts.
    pub to: Option<Instant>,
    /// Frozen rather than gone.
    pub frozen: bool,
}

impl<S: Observable> Run<S> {
    pub(crate) fn weave_around(&self, window: &Window) -> Weave {
        let events = self.recorded();
        let here = self.first_after_cursor();
        let all = View::new(self.world(), events, events.len());
        let loom = Loom::<S> { events, all, least: window.least };
        let (low, high) = (loom.back(here, window.before), loom.on(here, window.after));
        let causes = window.about.map_or_else(BTreeSet::new, |about| loom.causes(about));
        let effects = window.about.map_or_else(BTreeSet::new, |about| loom.effects(about, high));
        let kin = |id: EventId| match () {
            () if Some(id) == window.about => Kin::Itself,
            () if causes.contains(&id) => Kin::Cause,
            () if effects.contains(&id) => Kin::Effect,
            () => Kin::None,
        };
        let mut weave = Weave { gaps: loom.gaps(high), ..Weave::default() };
        let led = causes.iter().chain(&window.about).filter_map(|id| loom.place(*id));
        let mut shown: BTreeSet<usize> = led.collect();
        shown.extend((low..high).filter(|at| loom.weight(*at) >= window.least));
        for at in shown {
            let Some(event) = events.get(at) else { continue };
            match loom.hop(at, kin(event.id)) {
                Some(hop) => weave.hops.push(hop),
                None => weave.knots.push(self.knot(event, kin(event.id))),
            }
        }
        if self.is_at_end() {
            weave.hops.extend(self.open_hops(&loom, &kin));
        }
        weave
    }

    fn knot(&self, event: &Event<S>, kin: Kin) -> Knot {
        Knot {
            event: event.id,
            step: event.step,
            at: event.at,
            node: event.node,
            weight: S::weight(event),
            what: S::tell(&self.view(), event).what,
            cause: event.cause,
            kin,
        }
    }

    /// Messages on their way, at the end of what is recorded.
    fn open_hops<'a>(
        &'a self,
        loom: &'a Loom<'_, S>,
        kin: &'a impl Fn(EventId) -> Kin,
    ) -> impl Iterator<Item = Hop> + 'a {
        self.world().flights().filter_map(move |flight| {
            let cause = loom.events.get(loom.place(flight.cause)?)?;
            let weight = S::weight(cause);
            // What its cause is to the event that is asked about, it is too.
            let kin = match kin(cause.id) {
                Kin::Itself => Kin::Effect,
                other => other,
            };
            (weight >= loom.least || kin != Kin::None).then(|| Hop {
                flight: flight.id,
                api: S::api(&flight.msg),
                from: flight.from,
                to: flight.to,
                sent: flight.sent,
                cause: Some(cause.id),
                event: cause.id,
                step: cause.step,
                at: flight.due,
                end: End::Open,
                weight,
                kin,
            })
        })
    }
}

/// The events of a branch, and what is made of them.
struct Loom<'a, S: Observable> {
    events: &'a Trail<S>,
    /// With the future that is recorded.
    all: View<'a, S>,
    least: Weight,
}

impl<S: Observable> Loom<'_, S> {
    fn place(&self, id: EventId) -> Option<usize> {
        let (mut low, mut high) = (0, self.events.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.events.get(middle)?.id < id { low = middle + 1 } else { high = middle }
        }
        self.events.get(low).filter(|event| event.id == id).map(|_| low)
    }

    /// A message weighs as much as what it carried on: the event that sent it, and all that came
    /// of it at once.
    fn weight(&self, at: usize) -> Weight {
        let Some(event) = self.events.get(at) else { return Weight::Routine };
        let own = S::weight(event);
        if !matches!(event.what, What::Received { .. } | What::Lost { .. }) {
            return own;
        }
        let cause = event.cause.and_then(|id| self.events.get(self.place(id)?)).map(S::weight);
        let rest = self.events.iter_from(at + 1).take_while(|next| next.step == event.step);
        rest.map(S::weight).chain(cause).chain([own]).max().unwrap_or(own)
    }

    /// Where the last `count` items before `here` begin.
    fn back(&self, here: usize, count: usize) -> usize {
        let kept = (0..here).rev().take(SCAN).filter(|at| self.weight(*at) >= self.least);
        kept.take(count).last().unwrap_or(here)
    }

    /// Where the next `count` items from `here` on end.
    fn on(&self, here: usize, count: usize) -> usize {
        let kept = (here..self.events.len()).take(SCAN).filter(|at| self.weight(*at) >= self.least);
        kept.take(count).last().map_or(here, |last| last + 1)
    }

    /// The chain of causes from an event back, nearest first.
    fn chain(&self, about: EventId) -> impl Iterator<Item = EventId> {
        let cause = |id: EventId| S::cause(&self.all, self.events.get(self.place(id)?)?);
        std::iter::successors(cause(about), move |id| cause(*id)).take(CHAIN)
    }

    fn causes(&self, about: EventId) -> BTreeSet<EventId> {
        self.chain(about).collect()
    }

    /// What came of an event at once, and what was done because of it later.
    fn effects(&self, about: EventId, high: usize) -> BTreeSet<EventId> {
        let mut known = BTreeSet::from([about]);
        let from = self.place(about).map_or(high, |at| at + 1);
        for event in (from..high).filter_map(|at| self.events.get(at)) {
            let at_once = event.cause.is_some_and(|cause| known.contains(&cause));
            let later = || S::weight(event) >= self.least && self.is_due_to(event, &known);
            if at_once || later() {
                known.insert(event.id);
            }
        }
        known.remove(&about);
        known
    }

    fn is_due_to(&self, event: &Event<S>, known: &BTreeSet<EventId>) -> bool {
        S::cause(&self.all, event).is_some_and(|cause| known.contains(&cause))
    }

    /// The message that ended with this event, if one did.
    fn hop(&self, at: usize, kin: Kin) -> Option<Hop> {
        let event = self.events.get(at)?;
        let (from, flight, api, end) = match event.what {
            What::Received { from, flight, api } => (from, flight, api, End::Arrived),
            What::Lost { from, flight, api } => (from, flight, api, End::Lost),
            _ => return None,
        };
        let cause = event.cause.and_then(|id| self.events.get(self.place(id)?));
        Some(Hop {
            flight,
            api,
            from,
            to: event.node?,
            sent: cause.map_or(event.at, |cause| cause.at),
            cause: event.cause,
            event: event.id,
            step: event.step,
            at: event.at,
            end,
            weight: self.weight(at),
            kin,
        })
    }

    fn gaps(&self, high: usize) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        for event in (0..high).filter_map(|at| self.events.get(at)) {
            let (node, frozen) = match (&event.what, event.node) {
                (What::Ended, Some(node)) => (node, Some(false)),
                (What::Began, Some(node)) => (node, None),
                (What::Input(Input::Fault(Fault::Pause(node))), _) => (*node, Some(true)),
                (What::Input(Input::Fault(Fault::Resume(node))), _) => (*node, None),
                _ => continue,
            };
            let open = gaps.iter_mut().find(|gap| gap.node == node && gap.to.is_none());
            if let Some(gap) = open {
                gap.to = Some(event.at);
            }
            if let Some(frozen) = frozen {
                gaps.push(Gap { node, from: event.at, to: None, frozen });
            }
        }
        gaps
    }
}
