//! The run at a glance: controller, partitions, faults and clients along virtual time.
//!
//! The reel of a branch grows with it, event by event; a tape is a copy of it up to an instant.

use crate::fact::Fact;
use crate::id::PartitionId;
use crate::metric::Metrics;
use crate::names;
use crate::system::Kafka;
use crate::told::tell;
use kernel::{Event, Fault, Input, Instant, NodeId, SortedMap, Span, What, World};
use scene::{Chart, Mark, MarkKind, Stretch, Tape, Told, Track};

/// Acknowledgements closer together than this are one mark.
const ACK_FOLD: Span = Span::millis(250);
/// Most errors that are marked, so that a long outage stays readable.
const ERROR_FOLD: Span = Span::millis(250);

/// A track that is being drawn: what is open goes on until it is closed.
#[derive(Clone, Debug)]
struct Drawing {
    title: Told,
    stretches: Vec<Stretch>,
    marks: Vec<Mark>,
    /// When the last mark of each kind was made.
    last: SortedMap<MarkKind, Instant>,
}

impl Drawing {
    fn new(title: Told) -> Drawing {
        Drawing { title, stretches: Vec::new(), marks: Vec::new(), last: SortedMap::new() }
    }

    fn close(&mut self, at: Instant) {
        if let Some(last) = self.stretches.last_mut()
            && last.to == Instant::NEVER
        {
            last.to = at;
        }
    }

    fn open(&mut self, stretch: Stretch) {
        self.close(stretch.from);
        self.stretches.push(stretch);
    }

    fn mark(&mut self, world: &World<Kafka>, event: &Event<Kafka>, kind: MarkKind) {
        let (at, step, event_id) = (event.at, event.step, event.id);
        let label = tell(world, event).what;
        self.marks.push(Mark { at, step, event: event_id, kind, label });
        self.last.insert(kind, at);
    }

    /// Marks only if the last mark of the kind is not too near.
    fn mark_folded(
        &mut self,
        world: &World<Kafka>,
        event: &Event<Kafka>,
        kind: MarkKind,
        fold: Span,
    ) {
        if self.last.get(&kind).is_none_or(|last| event.at.since(*last) >= fold) {
            self.mark(world, event, kind);
        }
    }

    /// As it is at `to`: what is still open ends there.
    fn track(&self, to: Instant) -> Track {
        let mut stretches = self.stretches.clone();
        for stretch in stretches.iter_mut().filter(|stretch| stretch.to == Instant::NEVER) {
            stretch.to = to;
        }
        Track { title: self.title.clone(), stretches, marks: self.marks.clone() }
    }
}

/// The story of one branch so far.
#[derive(Clone, Debug)]
pub struct Reel {
    controller: Drawing,
    faults: Drawing,
    clients: Drawing,
    partitions: SortedMap<PartitionId, (Drawing, Shape)>,
    metrics: Metrics,
}

/// A partition's state as the tape follows it.
#[derive(Clone, Copy, Debug)]
struct Shape {
    leader: Option<NodeId>,
    epoch: u32,
    isr: usize,
    replicas: usize,
}

impl Default for Reel {
    fn default() -> Reel {
        Reel {
            controller: Drawing::new(Told::new("track.controller")),
            faults: Drawing::new(Told::new("track.faults")),
            clients: Drawing::new(Told::new("track.clients")),
            partitions: SortedMap::new(),
            metrics: Metrics::default(),
        }
    }
}

impl Reel {
    pub(crate) fn tape(&self, to: Instant) -> Tape {
        let partitions = self.partitions.values().map(|(drawing, _)| drawing);
        let drawings = [&self.controller].into_iter().chain(partitions);
        let drawings = drawings.chain([&self.faults, &self.clients]);
        let tracks = drawings.map(|drawing| drawing.track(to)).collect();
        Tape { from: Instant::ZERO, to, tracks }
    }

    pub(crate) fn charts(&self, to: Instant) -> Vec<Chart> {
        self.metrics.charts(to)
    }

    /// Adds an event; names are those of the world just after it.
    pub(crate) fn film(&mut self, world: &World<Kafka>, event: &Event<Kafka>) {
        self.metrics.film(world, event);
        match &event.what {
            What::Input(Input::Fault(fault)) => self.fault(world, event, fault),
            What::Broken { .. } => self.clients.mark(world, event, MarkKind::Lost),
            What::Ended => self.ended(event),
            What::Noted(fact) => self.fact(world, event, fact),
            _ => {}
        }
    }

    fn ended(&mut self, event: &Event<Kafka>) {
        let leading = self.controller.stretches.last();
        if leading.is_some_and(|last| last.to == Instant::NEVER && last.node == event.node) {
            self.controller.close(event.at);
        }
    }

    fn fault(&mut self, world: &World<Kafka>, event: &Event<Kafka>, fault: &Fault) {
        self.faults.mark(world, event, MarkKind::Fault);
        let (begins, node) = match *fault {
            Fault::Kill(node)
            | Fault::PowerOff(node)
            | Fault::Pause(node)
            | Fault::Isolate(node)
            | Fault::Stop(node)
            | Fault::FillDisk(node)
            | Fault::FailDir { node, .. } => (true, node),
            Fault::Cut { from, .. } | Fault::Hold { from, .. } => (true, from),
            Fault::SlowDisk { node, extra } => (extra.0 > 0, node),
            Fault::Restart(node)
            | Fault::Resume(node)
            | Fault::Rejoin(node)
            | Fault::FreeDisk(node)
            | Fault::ReplaceDir { node, .. } => (false, node),
            Fault::Heal { from, .. } | Fault::Release { from, .. } => (false, from),
            Fault::HealAll => {
                for stretch in &mut self.faults.stretches {
                    stretch.to = stretch.to.min(event.at);
                }
                return;
            }
            _ => return,
        };
        for stretch in &mut self.faults.stretches {
            if stretch.node == Some(node) && stretch.to == Instant::NEVER {
                stretch.to = event.at;
            }
        }
        if begins {
            self.faults.stretches.push(Stretch {
                from: event.at,
                to: Instant::NEVER,
                epoch: 0,
                height: 1_000,
                broken: true,
                node: Some(node),
                label: tell(world, event).what,
            });
        }
    }

    fn fact(&mut self, world: &World<Kafka>, event: &Event<Kafka>, fact: &Fact) {
        match fact {
            Fact::ControllerActive { epoch } => {
                self.controller.open(Stretch {
                    from: event.at,
                    to: Instant::NEVER,
                    epoch: *epoch,
                    height: 1_000,
                    broken: false,
                    node: event.node,
                    label: Told::new("stretch.controller").with("epoch", *epoch),
                });
                self.controller.mark(world, event, MarkKind::Election);
            }
            Fact::QuorumResigned { .. } => self.controller.close(event.at),
            Fact::PartitionCreated { id, replicas, leader } => {
                let shape = Shape {
                    leader: Some(*leader),
                    epoch: 0,
                    isr: replicas.len(),
                    replicas: replicas.len(),
                };
                let partition = names::partition(world, *id);
                let title = Told::new("track.partition").with("partition", partition);
                self.partitions.insert(*id, (Drawing::new(title), shape));
                self.stretch(event, *id);
            }
            Fact::LeaderChosen(chosen) => {
                if let Some((drawing, shape)) = self.partitions.get_mut(&chosen.id) {
                    shape.leader = chosen.to;
                    shape.epoch = chosen.epoch;
                    drawing.mark(world, event, MarkKind::Election);
                    self.stretch(event, chosen.id);
                }
            }
            Fact::IsrChanged(changed) => {
                if let Some((drawing, shape)) = self.partitions.get_mut(&changed.id) {
                    shape.isr = changed.to.len();
                    drawing.mark(world, event, MarkKind::Isr);
                    self.stretch(event, changed.id);
                }
            }
            Fact::Acked(_) => {
                self.clients.mark_folded(world, event, MarkKind::Ack, ACK_FOLD);
            }
            Fact::SendFailed { .. } | Fact::GaveUp { .. } | Fact::SendThrew { .. } => {
                self.clients.mark_folded(world, event, MarkKind::Error, ERROR_FOLD);
            }
            _ => {}
        }
    }

    fn stretch(&mut self, event: &Event<Kafka>, id: PartitionId) {
        let Some((drawing, shape)) = self.partitions.get_mut(&id) else { return };
        let label = match shape.leader {
            Some(leader) => Told::new("stretch.partition")
                .with("leader", leader)
                .with("epoch", shape.epoch)
                .with("isr", shape.isr as u64),
            None => Told::new("stretch.offline"),
        };
        drawing.open(Stretch {
            from: event.at,
            to: Instant::NEVER,
            epoch: shape.epoch,
            height: (shape.isr * 1_000 / shape.replicas.max(1)) as u32,
            broken: shape.leader.is_none(),
            node: shape.leader,
            label,
        });
    }
}
