//! Every node, disk, link, clock and pending event at one instant. A copy is cheap.
//!
//! A step takes the earliest pending event, or the one that the learner or the search chooses, and
//! hands out what happened. Nodes sit behind shared pointers and are copied when they change.

use crate::clock::{Instant, Span};
use crate::dice::Dice;
use crate::digest::Digest;
use crate::fault::FlightId;
use crate::limits::{Limit, Limits};
use crate::network::{Flight, Link, Verdict};
use crate::places::Places;
use crate::process::{Channel, Closed, Effect, NodeId, Out, Process};
use crate::property::Expectation;
use crate::queue::Queue;
use crate::slot::{Pending, Slot, Status};
use crate::system::{Seen, System};
use crate::trace::{Event, EventId, Input, What};
use std::rc::Rc;

type Msg<S> = <<S as System>::Node as Process>::Msg;

/// Why a fault cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultError {
    NoSuchNode(NodeId),
    /// A link needs two different nodes.
    NoSuchLink(NodeId, NodeId),
    NoSuchFlight(FlightId),
    NotRunning(NodeId),
    AlreadyRunning(NodeId),
    AlreadyPaused(NodeId),
    NotPaused(NodeId),
}

/// The whole cluster.
#[derive(Clone, Debug)]
pub struct World<S: System> {
    pub(crate) config: Rc<S::Config>,
    pub(crate) limits: Limits,
    pub(crate) dice: Dice,
    pub(crate) now: Instant,
    pub(crate) steps: u64,
    pub(crate) steps_at_now: u32,
    pub(crate) next_event: u64,
    pub(crate) next_flight: u64,
    /// Place of each node in `slots`.
    pub(crate) places: Rc<Places>,
    pub(crate) slots: Vec<Rc<Slot<S>>>,
    pub(crate) queue: Queue<Pending<S::Node>>,
    pub(crate) ledger: Rc<S::Ledger>,
    /// Bit per property that has been broken.
    pub(crate) broken: u64,
    /// The events that told of it.
    pub(crate) breaches: Vec<EventId>,
    /// Whether properties are checked.
    pub(crate) watched: bool,
    pub(crate) effects: Vec<Effect<S::Node>>,
}

impl<S: System> World<S> {
    /// A fresh cluster at instant zero; every node begins to boot.
    #[must_use]
    pub fn new(config: S::Config, seed: u64, limits: Limits) -> World<S> {
        let mut world = World {
            ledger: Rc::new(S::ledger(&config)),
            config: Rc::new(config),
            limits,
            dice: Dice { seed },
            now: Instant::ZERO,
            steps: 0,
            steps_at_now: 0,
            next_event: 0,
            next_flight: 0,
            places: Rc::default(),
            slots: Vec::new(),
            queue: Queue::default(),
            broken: 0,
            breaches: Vec::new(),
            watched: true,
            effects: Vec::new(),
        };
        let config = Rc::clone(&world.config);
        for node in S::nodes(&config) {
            world.join(node, S::process(&config, node), EventId(0));
        }
        world
    }

    #[must_use]
    pub fn config(&self) -> &S::Config {
        &self.config
    }

    #[must_use]
    pub fn seed(&self) -> u64 {
        self.dice.seed
    }

    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    #[must_use]
    pub fn ledger(&self) -> &S::Ledger {
        &self.ledger
    }

    /// Switches the checking of properties on or off.
    pub fn watch(&mut self, watched: bool) {
        self.watched = watched;
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Slot<S>> {
        self.slots.iter().map(|slot| &**slot)
    }

    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<&Slot<S>> {
        self.place(node).map(|place| &*self.slots[place])
    }

    /// The link from one node to another; none for a node and itself, or a node that is not there.
    #[must_use]
    pub fn link(&self, from: NodeId, to: NodeId) -> Option<&Link<Msg<S>>> {
        let (from, to) = (self.place(from)?, self.place(to)?);
        if from == to { None } else { self.slots[from].links.get(to) }
    }

    /// Messages on their way, in the order of arrival; then those that wait on links.
    pub fn flights(&self) -> impl Iterator<Item = &Flight<Msg<S>>> {
        let flying = self.queue.in_order().into_iter().filter_map(|(_, pending)| match pending {
            Pending::Deliver(flight) => Some(flight),
            _ => None,
        });
        let waiting = self.slots.iter().flat_map(|slot| &slot.links).flat_map(|link| &link.waiting);
        flying.chain(waiting)
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.queue.next_at()
    }

    /// What may happen next, earliest first.
    #[must_use]
    pub fn choices(&self) -> Vec<(Instant, &Pending<S::Node>)> {
        self.queue.in_order().into_iter().map(|(ticket, pending)| (ticket.at, pending)).collect()
    }

    /// Hash of everything that can influence what happens from here on.
    #[must_use]
    pub fn digest(&self) -> u64 {
        Digest::of(&(
            (&*self.config, self.dice, self.now, self.steps),
            (self.next_event, self.next_flight, &self.slots, &self.queue),
            (&*self.ledger, self.broken),
        ))
    }

    /// The limit that keeps the run from going on, if one does.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        if self.steps >= self.limits.steps {
            Some(Limit::Steps)
        } else if self.steps_at_now >= self.limits.steps_at_once {
            Some(Limit::StepsAtOnce)
        } else if self.now >= self.limits.until {
            Some(Limit::Until)
        } else {
            None
        }
    }

    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes the earliest event. False when nothing is left to happen or a limit is reached.
    pub fn step(&mut self, log: &mut Vec<Event<S>>) -> bool {
        if self.limit().is_some() {
            return false;
        }
        let Some((ticket, pending)) = self.queue.pop() else { return false };
        self.begin_step(ticket.at);
        self.carry_out(pending, log);
        self.check(log);
        true
    }

    /// Lets time pass without an event; never beyond the next one.
    pub fn advance(&mut self, to: Instant) {
        let bound = self.queue.next_at().unwrap_or(Instant::NEVER);
        self.set_now(to.min(bound));
    }

    /// Carries out an input from outside, now.
    ///
    /// # Errors
    /// A fault that the world cannot suffer changes nothing.
    pub fn input(
        &mut self,
        input: &Input<S>,
        log: &mut Vec<Event<S>>,
    ) -> Result<EventId, FaultError> {
        if let Input::Fault(fault) = input {
            self.check_fault(fault)?;
        }
        self.begin_step(self.now);
        let id = self.tell(log, None, None, What::Input(input.clone()));
        match input {
            Input::Fault(fault) => {
                S::observe_fault(Rc::make_mut(&mut self.ledger), fault, self.now, self.steps);
                self.suffer(fault, id, log);
            }
            Input::Command(command) => self.obey(command, id, log),
            Input::Choose(index) => self.choose(*index as usize, log),
        }
        self.check(log);
        Ok(id)
    }

    pub(crate) fn choose(&mut self, index: usize, log: &mut Vec<Event<S>>) {
        let ticket = self.queue.in_order().get(index).map(|(ticket, _)| *ticket);
        if let Some(ticket) = ticket
            && let Some(pending) = self.queue.take(ticket)
        {
            self.carry_out(pending, log);
        }
    }

    fn begin_step(&mut self, at: Instant) {
        self.set_now(at);
        self.steps += 1;
        self.steps_at_now += 1;
    }

    fn set_now(&mut self, at: Instant) {
        if at > self.now {
            self.now = at;
            self.steps_at_now = 0;
        }
    }

    pub(crate) fn tell(
        &mut self,
        log: &mut Vec<Event<S>>,
        node: Option<NodeId>,
        cause: Option<EventId>,
        what: What<S>,
    ) -> EventId {
        let id = EventId(self.next_event);
        self.next_event += 1;
        log.push(Event { id, step: self.steps, at: self.now, node, cause, what });
        id
    }

    pub(crate) fn place(&self, node: NodeId) -> Option<usize> {
        self.places.get(node)
    }

    pub(crate) fn slot(&mut self, place: usize) -> &mut Slot<S> {
        Rc::make_mut(&mut self.slots[place])
    }

    // ---- what happens ----

    pub(crate) fn carry_out(&mut self, pending: Pending<S::Node>, log: &mut Vec<Event<S>>) {
        let node = pending.node();
        let Some(place) = self.place(node) else { return };
        if self.slots[place].status == Status::Paused {
            self.wait_at_frozen(place, pending, log);
            return;
        }
        let cause = Some(pending.cause());
        let incarnation = self.slots[place].incarnation;
        match pending {
            Pending::Deliver(flight) => self.deliver(place, flight, log),
            Pending::Fire { timer, .. } => {
                self.slot(place).timers.remove(timer);
                let id = self.tell(log, Some(node), cause, What::Fired(timer));
                self.run(place, id, log, |process, out| process.fire(timer, out));
            }
            Pending::Flushed { file, upto, incarnation: of, .. } if of == incarnation => {
                let id = self.tell(log, Some(node), cause, What::Flushed(file));
                self.slot(place).disk.flush_done(file, upto);
                self.run(place, id, log, |process, out| process.flushed(file, upto, out));
            }
            Pending::HangUp { peer, incarnation: of, closed, .. } if of == incarnation => {
                let id = self.tell(log, Some(node), cause, What::HungUp { peer });
                self.run(place, id, log, |process, out| process.hung_up(peer, closed, out));
            }
            Pending::Boot { incarnation: of, .. } if of == incarnation => {
                let id = self.tell(log, Some(node), cause, What::Began);
                self.slot(place).status = Status::Up;
                self.boot(place, id, log);
            }
            Pending::Flushed { .. } | Pending::HangUp { .. } | Pending::Boot { .. } => {}
        }
    }

    fn wait_at_frozen(&mut self, place: usize, pending: Pending<S::Node>, log: &mut Vec<Event<S>>) {
        if let Pending::Deliver(flight) = &pending {
            let (from, id, api) = (flight.from, flight.id, S::api(&flight.msg));
            let what = What::Waits { from, flight: id, api };
            self.tell(log, Some(flight.to), Some(flight.cause), what);
        }
        self.slot(place).backlog.push(pending);
    }

    fn deliver(&mut self, place: usize, flight: Flight<Msg<S>>, log: &mut Vec<Event<S>>) {
        let Flight { id, from, to, cause, .. } = flight;
        let api = S::api(&flight.msg);
        let link = self.place(from).map(|from| (from, &self.slots[from].links[place]));
        if let Some((from_place, link)) = link
            && (link.cut || link.held)
        {
            self.tell(log, Some(to), Some(cause), What::Waits { from, flight: id, api });
            self.slot(from_place).links[place].waiting.push(flight);
            return;
        }
        let slot = &self.slots[place];
        if slot.status == Status::Up && slot.incarnation == flight.to_incarnation {
            let what = What::Received { from, flight: id, api };
            let event = self.tell(log, Some(to), Some(cause), what);
            self.run(place, event, log, |process, out| process.receive(from, flight.msg, out));
            return;
        }
        let powered = slot.status != Status::PoweredOff;
        let event = self.tell(log, Some(to), Some(cause), What::Lost { from, flight: id, api });
        if powered {
            self.reset_connection(to, from, Closed::All, event);
        }
    }

    /// The machine of `gone` answers for its dead process: `peer` learns it after the latency.
    pub(crate) fn reset_connection(
        &mut self,
        gone: NodeId,
        peer: NodeId,
        closed: Closed,
        cause: EventId,
    ) {
        let (Some(gone_place), Some(peer_place)) = (self.place(gone), self.place(peer)) else {
            return;
        };
        let link = &self.slots[gone_place].links[peer_place];
        let incarnation = self.slots[peer_place].incarnation;
        if link.cut || link.held || !self.slots[peer_place].status.is_running() {
            return;
        }
        let at = self.now + S::latency(&self.config).base + link.extra;
        self.queue.push(at, Pending::HangUp { node: peer, incarnation, peer: gone, closed, cause });
    }

    fn boot(&mut self, place: usize, cause: EventId, log: &mut Vec<Event<S>>) {
        let mut effects = std::mem::take(&mut self.effects);
        let now = self.now;
        let slot = self.slot(place);
        let Slot { id, process, disk, dice, .. } = slot;
        let mut out = Out::new(*id, now, &mut effects, dice).refusing(disk.refusing());
        process.start(&disk.durable(), &mut out);
        self.apply(place, cause, &mut effects, log);
        self.effects = effects;
    }

    /// Gives one input to a process and carries out what it wants done.
    pub(crate) fn run(
        &mut self,
        place: usize,
        cause: EventId,
        log: &mut Vec<Event<S>>,
        input: impl FnOnce(&mut S::Node, &mut Out<'_, S::Node>),
    ) {
        let mut effects = std::mem::take(&mut self.effects);
        let now = self.now;
        let Slot { id, process, disk, dice, .. } = self.slot(place);
        let refusing = disk.refusing();
        input(process, &mut Out::new(*id, now, &mut effects, dice).refusing(refusing));
        self.apply(place, cause, &mut effects, log);
        effects.clear();
        self.effects = effects;
    }

    /// Carries out effects in order. What is sent after a write to a slow disk leaves when the
    /// write lets the process go on; what is sent after a note is caused by the note.
    fn apply(
        &mut self,
        place: usize,
        trigger: EventId,
        effects: &mut Vec<Effect<S::Node>>,
        log: &mut Vec<Event<S>>,
    ) {
        let mut cause = trigger;
        let mut leaves = self.now;
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { to, msg } => self.send(place, to, msg, leaves, cause),
                Effect::Set { timer, after } => self.set_timer(place, timer, after, cause),
                Effect::Cancel { timer } => self.cancel_timer(place, timer),
                Effect::Note(fact) => {
                    cause = self.note(place, trigger, fact, log);
                }
                Effect::Close { peer, closed } => self.close(place, peer, closed, cause),
                Effect::Exit => {
                    self.end(place, Status::Dead, cause, log);
                    return;
                }
                write => {
                    if !self.write(place, write, cause, &mut leaves, log) {
                        return;
                    }
                }
            }
        }
    }

    fn note(
        &mut self,
        place: usize,
        trigger: EventId,
        fact: <S::Node as Process>::Fact,
        log: &mut Vec<Event<S>>,
    ) -> EventId {
        let event = EventId(self.next_event);
        let Slot { id: node, process, .. } = &*self.slots[place];
        let node = *node;
        let seen = Seen { event, step: self.steps, at: self.now, node };
        S::observe(Rc::make_mut(&mut self.ledger), seen, &fact, process);
        self.tell(log, Some(node), Some(trigger), What::Noted(fact))
    }

    /// False when the disk refused and the process was told instead.
    fn write(
        &mut self,
        place: usize,
        effect: Effect<S::Node>,
        cause: EventId,
        leaves: &mut Instant,
        log: &mut Vec<Event<S>>,
    ) -> bool {
        let now = self.now;
        let slot = self.slot(place);
        let file = match &effect {
            Effect::Append { file, .. } | Effect::Replace { file, .. } => Some(*file),
            _ => None,
        };
        if let Some(file) = file
            && slot.disk.refusing() & (1 << S::Node::volume(file)) != 0
        {
            self.run(place, cause, log, |process, out| process.write_failed(file, out));
            return false;
        }
        match effect {
            Effect::Append { file, record } => {
                slot.disk.append(file, record);
                *leaves = slot.disk.write_until(now).max(*leaves);
            }
            Effect::Truncate { file, len } => slot.disk.truncate(file, len),
            Effect::Replace { file, records } => {
                slot.disk.replace(file, records);
                *leaves = slot.disk.write_until(now).max(*leaves);
            }
            Effect::Flush { file } => {
                let (upto, span) = slot.disk.flush(file);
                let (node, incarnation) = (slot.id, slot.incarnation);
                let pending = Pending::Flushed { node, incarnation, file, upto, cause };
                self.queue.push(*leaves + span, pending);
            }
            _ => {}
        }
        true
    }

    fn send(&mut self, from: usize, to: NodeId, msg: Msg<S>, leaves: Instant, cause: EventId) {
        let Some(to_place) = self.place(to) else { return };
        let to_incarnation = self.slots[to_place].incarnation;
        let latency = S::latency(&self.config);
        let dice = self.dice;
        let id = FlightId(self.next_flight);
        self.next_flight += 1;
        let slot = self.slot(from);
        let owner = u64::from(slot.id.0) << 16 | u64::from(to.0);
        let (from_id, from_incarnation) = (slot.id, slot.incarnation);
        let channel = usize::from(S::channel(&msg).0) % Channel::COUNT;
        let link = &mut slot.links[to_place];
        link.sent += 1;
        let mut flight = Flight {
            id,
            from: from_id,
            to,
            to_incarnation,
            from_incarnation,
            msg,
            sent: leaves,
            due: leaves,
            cause,
        };
        match link.judge(dice, owner, latency) {
            Verdict::Hold => link.waiting.push(flight),
            Verdict::Deliver(span) => {
                flight.due = (leaves + span).max(link.last_due[channel] + Span(1));
                link.last_due[channel] = flight.due;
                let again = link.doubles(dice, owner).then(|| flight.clone());
                self.queue.push(flight.due, Pending::Deliver(flight));
                if let Some(copy) = again {
                    self.queue.push(copy.due + latency.base, Pending::Deliver(copy));
                }
            }
        }
    }

    fn set_timer(
        &mut self,
        place: usize,
        timer: <S::Node as Process>::Timer,
        after: Span,
        cause: EventId,
    ) {
        let now = self.now;
        let node = self.slots[place].id;
        let ticket = self.queue.push(now + after, Pending::Fire { node, timer, cause });
        if let Some(old) = self.slot(place).timers.insert(timer, ticket, now) {
            self.queue.take(old);
        }
    }

    fn cancel_timer(&mut self, place: usize, timer: <S::Node as Process>::Timer) {
        if let Some(ticket) = self.slot(place).timers.remove(timer) {
            self.queue.take(ticket);
        }
    }

    /// Closes a connection: what waits on it is lost, and the other side learns of it.
    fn close(&mut self, place: usize, peer: NodeId, closed: Closed, cause: EventId) {
        let Some(peer_place) = self.place(peer) else { return };
        let stays = |flight: &Flight<Msg<S>>| match closed {
            Closed::FromPeer(channel) | Closed::ToPeer(channel) => {
                S::channel(&flight.msg) != channel
            }
            Closed::All => false,
        };
        self.slot(place).links[peer_place].waiting.retain(stays);
        self.slot(peer_place).links[place].waiting.retain(stays);
        self.reset_connection(self.slots[place].id, peer, closed.seen_by_peer(), cause);
    }

    // ---- promises ----

    /// Tells of promises that the facts of the last step broke. A step in which nobody told
    /// anything breaks none, so it costs nothing.
    fn check(&mut self, log: &mut Vec<Event<S>>) {
        if !self.watched {
            return;
        }
        let told = |event: &&Event<S>| event.step == self.steps;
        let fresh = log.iter().rev().take_while(told).count();
        let mut found = Vec::new();
        for event in &log[log.len() - fresh..] {
            let (What::Noted(fact), Some(node)) = (&event.what, event.node) else { continue };
            let mut suspects = S::suspects(&self.ledger) & !self.broken;
            while suspects != 0 {
                let property = suspects.trailing_zeros() as usize;
                suspects &= suspects - 1;
                if let Some(detail) = (S::properties()[property].broken)(self, node, fact) {
                    self.broken |= 1 << property;
                    found.push((event.id, property, detail));
                }
            }
        }
        for (cause, property, detail) in found {
            let told = self.tell(log, None, Some(cause), What::Broken { property, detail });
            self.breaches.push(told);
        }
    }

    /// The events that told of broken promises, oldest first.
    #[must_use]
    pub fn breaches(&self) -> &[EventId] {
        &self.breaches
    }

    /// Whether a promise of this expectation has been broken.
    #[must_use]
    pub fn has_broken(&self, expectation: Expectation) -> bool {
        let broken = |(place, _): &(usize, _)| self.broken & (1 << place) != 0;
        S::properties()
            .iter()
            .enumerate()
            .filter(broken)
            .any(|(_, promise)| promise.expectation == expectation)
    }
}
