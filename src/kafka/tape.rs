//! The run at a glance: controller, partitions, faults and clients along virtual time.

use crate::fact::Fact;
use crate::id::PartitionId;
use crate::names;
use crate::system::Kafka;
use crate::told::tell;
use kernel::{Event, Fault, Input, Instant, NodeId, Span, What};
use scene::{Mark, MarkKind, Stretch, Tape, Told, Track, View};
use std::collections::BTreeMap;

/// Acknowledgements closer together than this are one mark.
const ACK_FOLD: Span = Span::millis(250);
/// Most errors that are marked, so that a long outage stays readable.
const ERROR_FOLD: Span = Span::millis(250);

/// A track that is being drawn: what is open goes on until it is closed.
struct Drawing {
    title: Told,
    stretches: Vec<Stretch>,
    marks: Vec<Mark>,
}

impl Drawing {
    fn new(title: Told) -> Drawing {
        Drawing { title, stretches: Vec::new(), marks: Vec::new() }
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

    fn mark(&mut self, view: &View<'_, Kafka>, event: &Event<Kafka>, kind: MarkKind) {
        let (at, step, event_id) = (event.at, event.step, event.id);
        let label = tell(view.world, event).what;
        self.marks.push(Mark { at, step, event: event_id, kind, label });
    }

    /// Marks only if the last mark of the kind is not too near.
    fn mark_folded(
        &mut self,
        view: &View<'_, Kafka>,
        event: &Event<Kafka>,
        kind: MarkKind,
        fold: Span,
    ) {
        let last = self.marks.iter().rev().find(|mark| mark.kind == kind);
        if last.is_none_or(|last| event.at.since(last.at) >= fold) {
            self.mark(view, event, kind);
        }
    }

    fn finish(mut self, to: Instant) -> Track {
        self.close(to);
        Track { title: self.title, stretches: self.stretches, marks: self.marks }
    }
}

struct Reel<'a> {
    view: &'a View<'a, Kafka>,
    controller: Drawing,
    faults: Drawing,
    clients: Drawing,
    partitions: BTreeMap<PartitionId, (Drawing, Shape)>,
}

/// A partition's state as the tape follows it.
#[derive(Clone, Copy)]
struct Shape {
    leader: Option<NodeId>,
    epoch: u32,
    isr: usize,
    replicas: usize,
}

pub(crate) fn tape(view: &View<'_, Kafka>, to: Instant) -> Tape {
    let mut reel = Reel {
        view,
        controller: Drawing::new(Told::new("track.controller")),
        faults: Drawing::new(Told::new("track.faults")),
        clients: Drawing::new(Told::new("track.clients")),
        partitions: BTreeMap::new(),
    };
    for event in view.events() {
        match &event.what {
            What::Input(Input::Fault(fault)) => reel.fault(event, fault),
            What::Broken { .. } => reel.clients.mark(view, event, MarkKind::Lost),
            What::Ended => reel.ended(event),
            What::Noted(fact) => reel.fact(event, fact),
            _ => {}
        }
    }
    let mut tracks = vec![reel.controller.finish(to)];
    tracks.extend(reel.partitions.into_values().map(|(drawing, _)| drawing.finish(to)));
    tracks.push(reel.faults.finish(to));
    tracks.push(reel.clients.finish(to));
    Tape { from: Instant::ZERO, to, tracks }
}

impl Reel<'_> {
    fn ended(&mut self, event: &Event<Kafka>) {
        let leading = self.controller.stretches.last();
        if leading.is_some_and(|last| last.to == Instant::NEVER && last.node == event.node) {
            self.controller.close(event.at);
        }
    }

    fn fault(&mut self, event: &Event<Kafka>, fault: &Fault) {
        self.faults.mark(self.view, event, MarkKind::Fault);
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
                label: tell(self.view.world, event).what,
            });
        }
    }

    fn fact(&mut self, event: &Event<Kafka>, fact: &Fact) {
        let view = self.view;
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
                self.controller.mark(view, event, MarkKind::Election);
            }
            Fact::QuorumResigned { .. } => self.controller.close(event.at),
            Fact::PartitionCreated { id, replicas, leader } => {
                let shape = Shape {
                    leader: Some(*leader),
                    epoch: 0,
                    isr: replicas.len(),
                    replicas: replicas.len(),
                };
                let partition = names::partition(view.world, *id);
                let title = Told::new("track.partition").with("partition", partition);
                self.partitions.insert(*id, (Drawing::new(title), shape));
                self.stretch(event, *id);
            }
            Fact::LeaderChosen(chosen) => {
                if let Some((drawing, shape)) = self.partitions.get_mut(&chosen.id) {
                    shape.leader = chosen.to;
                    shape.epoch = chosen.epoch;
                    drawing.mark(view, event, MarkKind::Election);
                    self.stretch(event, chosen.id);
                }
            }
            Fact::IsrChanged(changed) => {
                if let Some((drawing, shape)) = self.partitions.get_mut(&changed.id) {
                    shape.isr = changed.to.len();
                    drawing.mark(view, event, MarkKind::Isr);
                    self.stretch(event, changed.id);
                }
            }
            Fact::Acked(_) => {
                self.clients.mark_folded(view, event, MarkKind::Ack, ACK_FOLD);
            }
            Fact::SendFailed { .. } | Fact::GaveUp { .. } => {
                self.clients.mark_folded(view, event, MarkKind::Error, ERROR_FOLD);
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
