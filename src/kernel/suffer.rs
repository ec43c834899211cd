//! What is done to a world from outside: commands, faults, nodes that join or end.

use crate::clock::Span;
use crate::dice::Stream;
use crate::disk::Disk;
use crate::fault::{Fault, FlightId};
use crate::network::Link;
use crate::process::{Closed, NodeId, Process};
use crate::queue::Ticket;
use crate::slot::{Pending, Slot, Status};
use crate::system::{Doing, System};
use crate::timers::Timers;
use crate::trace::{Event, EventId, What};
use crate::world::{FaultError, World};
use std::rc::Rc;

type Msg<S> = <<S as System>::Node as Process>::Msg;

impl<S: System> World<S> {
    pub(crate) fn obey(&mut self, command: &S::Command, cause: EventId, log: &mut Vec<Event<S>>) {
        let mut doing = Doing::default();
        S::command(self, command, &mut doing);
        for (node, process) in doing.nodes {
            if self.slots.len() < self.limits.nodes {
                self.join(node, process, cause);
            }
        }
        for (node, msg) in doing.messages {
            if let Some(place) = self.place(node)
                && self.slots[place].status == Status::Up
            {
                self.run(place, cause, log, |process, out| {
                    process.receive(NodeId(0), msg, out);
                });
            }
        }
    }

    pub(crate) fn join(&mut self, node: NodeId, process: S::Node, cause: EventId) {
        let place = self.slots.len();
        let dice = Stream::new(self.dice, u64::from(node.0));
        for slot in &mut self.slots {
            Rc::make_mut(slot).links.push(Link::default());
        }
        self.slots.push(Rc::new(Slot {
            id: node,
            status: Status::Booting,
            incarnation: 1,
            process,
            disk: Disk::default(),
            timers: Timers::default(),
            links: (0..=place).map(|_| Link::default()).collect(),
            dice,
            backlog: Vec::new(),
        }));
        Rc::make_mut(&mut self.places).insert(node, place);
        let at = self.now + S::boot_time(&self.config, node);
        self.queue.push(at, Pending::Boot { node, incarnation: 1, cause });
    }

    pub(crate) fn check_fault(&self, fault: &Fault) -> Result<(), FaultError> {
        let status = |node: NodeId| {
            self.node(node).map(|slot| slot.status).ok_or(FaultError::NoSuchNode(node))
        };
        match *fault {
            Fault::Kill(node) | Fault::PowerOff(node) | Fault::Stop(node) => {
                if !status(node)?.is_running() {
                    return Err(FaultError::NotRunning(node));
                }
            }
            Fault::Restart(node) => {
                if status(node)?.is_running() {
                    return Err(FaultError::AlreadyRunning(node));
                }
            }
            Fault::Pause(node) => match status(node)? {
                Status::Up => {}
                Status::Paused => return Err(FaultError::AlreadyPaused(node)),
                _ => return Err(FaultError::NotRunning(node)),
            },
            Fault::Resume(node) => {
                if status(node)? != Status::Paused {
                    return Err(FaultError::NotPaused(node));
                }
            }
            Fault::Isolate(node) | Fault::Rejoin(node) => {
                status(node)?;
            }
            Fault::FillDisk(node)
            | Fault::FreeDisk(node)
            | Fault::SlowDisk { node, .. }
            | Fault::FailDir { node, .. }
            | Fault::ReplaceDir { node, .. } => {
                status(node)?;
            }
            Fault::Cut { from, to }
            | Fault::Heal { from, to }
            | Fault::Hold { from, to }
            | Fault::Release { from, to }
            | Fault::Delay { from, to, .. }
            | Fault::Lose { from, to, .. }
            | Fault::Duplicate { from, to, .. } => {
                status(from)?;
                status(to)?;
                self.link(from, to).ok_or(FaultError::NoSuchLink(from, to))?;
            }
            Fault::Drop(flight) => {
                if !self.flights().any(|f| f.id == flight) {
                    return Err(FaultError::NoSuchFlight(flight));
                }
            }
            Fault::HealAll => {}
        }
        Ok(())
    }

    pub(crate) fn suffer(&mut self, fault: &Fault, cause: EventId, log: &mut Vec<Event<S>>) {
        match *fault {
            Fault::Kill(node) => self.end_node(node, Status::Dead, cause, log),
            Fault::PowerOff(node) => self.end_node(node, Status::PoweredOff, cause, log),
            Fault::Restart(node) => self.restart(node, cause),
            Fault::Pause(node) => self.on(node, |slot| slot.status = Status::Paused),
            Fault::Resume(node) => self.resume(node),
            Fault::Stop(node) => {
                if let Some(place) = self.place(node) {
                    self.run(place, cause, log, |process, out| process.stop(out));
                }
            }
            Fault::Cut { from, to } => self.on_link(from, to, |link| link.cut = true),
            Fault::Heal { from, to } => self.on_link(from, to, |link| link.cut = false),
            Fault::Hold { from, to } => self.on_link(from, to, |link| link.held = true),
            Fault::Release { from, to } => self.on_link(from, to, |link| link.held = false),
            Fault::Delay { from, to, extra } => {
                self.on_link(from, to, |link| link.extra = extra);
            }
            Fault::Lose { from, to, permille } => {
                self.on_link(from, to, |link| link.loss_permille = permille.min(1000));
            }
            Fault::Duplicate { from, to, permille } => {
                self.on_link(from, to, |link| link.duplicate_permille = permille.min(1000));
            }
            Fault::Isolate(node) => self.on_links_of(node, |link| link.cut = true),
            Fault::Rejoin(node) => self.on_links_of(node, |link| link.cut = false),
            Fault::HealAll => {
                for node in self.places.nodes().collect::<Vec<_>>() {
                    self.on_links_of(node, |link| link.cut = false);
                }
            }
            Fault::Drop(flight) => self.drop_flight(flight),
            Fault::SlowDisk { node, extra } => self.on(node, |slot| slot.disk.extra = extra),
            Fault::FillDisk(node) => self.on(node, |slot| slot.disk.full = true),
            Fault::FreeDisk(node) => self.on(node, |slot| slot.disk.full = false),
            Fault::FailDir { node, dir } => self.on(node, |slot| slot.disk.fail(dir)),
            Fault::ReplaceDir { node, dir } => {
                self.on(node, |slot| slot.disk.replace_volume(dir));
            }
        }
    }

    fn on(&mut self, node: NodeId, change: impl FnOnce(&mut Slot<S>)) {
        if let Some(place) = self.place(node) {
            change(self.slot(place));
        }
    }

    /// Changes a link, and sends what waited on it on its way if it passes again.
    fn on_link(&mut self, from: NodeId, to: NodeId, change: impl FnOnce(&mut Link<Msg<S>>)) {
        let (Some(from), Some(to)) = (self.place(from), self.place(to)) else { return };
        if from == to {
            return;
        }
        let base = S::latency(&self.config).base;
        let now = self.now;
        let link = &mut self.slot(from).links[to];
        change(link);
        if link.cut || link.held || link.waiting.is_empty() {
            return;
        }
        let latest = link.last_due.into_iter().max().unwrap_or(now);
        let mut due = latest.max(now + base + link.extra);
        let waiting = std::mem::take(&mut link.waiting);
        link.last_due = link.last_due.map(|_| due + Span(waiting.len() as u64));
        for mut flight in waiting {
            due += Span(1);
            flight.due = due;
            self.queue.push(due, Pending::Deliver(flight));
        }
    }

    fn on_links_of(&mut self, node: NodeId, change: impl Fn(&mut Link<Msg<S>>)) {
        for other in self.places.nodes().collect::<Vec<_>>() {
            self.on_link(node, other, &change);
            self.on_link(other, node, &change);
        }
    }

    fn drop_flight(&mut self, id: FlightId) {
        let ticket =
            self.queue.in_order().into_iter().find_map(|(ticket, pending)| match pending {
                Pending::Deliver(flight) if flight.id == id => Some(ticket),
                _ => None,
            });
        if let Some(ticket) = ticket {
            self.queue.take(ticket);
            return;
        }
        for place in 0..self.slots.len() {
            let holds = |link: &Link<Msg<S>>| link.waiting.iter().any(|f| f.id == id);
            if self.slots[place].links.iter().any(holds) {
                for link in &mut self.slot(place).links {
                    link.waiting.retain(|flight| flight.id != id);
                }
            }
        }
    }

    fn end_node(&mut self, node: NodeId, status: Status, cause: EventId, log: &mut Vec<Event<S>>) {
        if let Some(place) = self.place(node) {
            self.end(place, status, cause, log);
        }
    }

    /// The process is gone: its timers stop, its memory is lost, its peers may learn of it.
    pub(crate) fn end(
        &mut self,
        place: usize,
        status: Status,
        cause: EventId,
        log: &mut Vec<Event<S>>,
    ) {
        let node = self.slots[place].id;
        let fresh = S::afresh(&self.config, node, &self.slots[place].process);
        let slot = self.slot(place);
        slot.status = status;
        slot.incarnation += 1;
        slot.process = fresh;
        slot.backlog.clear();
        for link in &mut slot.links {
            link.waiting.clear();
            // A later process makes connections of its own, which owe these no order.
            link.last_due = Default::default();
        }
        if status == Status::PoweredOff {
            slot.disk.lose_power();
        }
        let timers = std::mem::take(&mut slot.timers);
        for (_, ticket, _) in timers.iter() {
            self.queue.take(ticket);
        }
        let at = self.now();
        let lost_power = status == Status::PoweredOff;
        S::observe_end(Rc::make_mut(&mut self.ledger), node, lost_power, at);
        let id = self.tell(log, Some(node), Some(cause), What::Ended);
        if status == Status::Dead {
            for peer in self.places.nodes().collect::<Vec<_>>() {
                if self.talked(place, peer) {
                    self.reset_connection(node, peer, Closed::All, id);
                }
            }
        }
    }

    /// Whether there is a connection between the node at this place and a peer.
    fn talked(&self, place: usize, peer: NodeId) -> bool {
        self.place(peer).is_some_and(|peer| {
            peer != place
                && (self.slots[place].links[peer].sent > 0
                    || self.slots[peer].links[place].sent > 0)
        })
    }

    fn restart(&mut self, node: NodeId, cause: EventId) {
        let Some(place) = self.place(node) else { return };
        let at = self.now + S::boot_time(&self.config, node);
        let slot = self.slot(place);
        slot.status = Status::Booting;
        let incarnation = slot.incarnation;
        self.queue.push(at, Pending::Boot { node, incarnation, cause });
    }

    /// What waited for the frozen node happens to it now, in order.
    fn resume(&mut self, node: NodeId) {
        let Some(place) = self.place(node) else { return };
        let now = self.now;
        let slot = self.slot(place);
        slot.status = Status::Up;
        for pending in std::mem::take(&mut slot.backlog) {
            let timer = match &pending {
                Pending::Fire { timer, .. } => Some(*timer),
                _ => None,
            };
            let ticket: Ticket = self.queue.push(now, pending);
            // A timer that ran out in the meantime is running again, until it fires.
            if let Some(timer) = timer
                && let Some((_, set)) = self.slots[place].timers.get(timer)
            {
                self.slot(place).timers.insert(timer, ticket, set);
            }
        }
    }
}
