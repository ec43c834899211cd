//! Kafka as something to be watched, spoken to and asked.

use crate::config::Config;
use crate::id::node_name;
use crate::system::{Kafka, image, is_ready, is_settled};
use crate::{command, names, print, probe, stage, tape, told, why};
use kernel::{Event, EventId, Instant, NodeId, Status, World};
use scene::{
    Answer, Ask, Carrier, Cast, Chart, CommandError, Forms, LogFolder, Observable, Output, Packed,
    Reason, Scene, Tape, Telling, Told, View, Weight, Words,
};

struct Players<'a>(&'a World<Kafka>);

impl Cast for Players<'_> {
    fn node(&self, word: &str) -> Option<NodeId> {
        names::find_node(self.0, word)
    }

    fn names(&self) -> Vec<String> {
        self.0.nodes().map(|slot| node_name(slot.id)).collect()
    }

    fn leader_and_followers(&self, name: &str) -> Result<(NodeId, Vec<NodeId>), CommandError> {
        let id = command::partition(self.0, &mut Words::new(name))?;
        let partition = image(self.0).and_then(|image| image.partitions.get(&id));
        let found = partition.and_then(|partition| {
            let leader = partition.leader?;
            let others = partition.replicas.iter().filter(|node| **node != leader);
            Some((leader, others.copied().collect()))
        });
        found.ok_or_else(|| CommandError::new(Told::new("error.no-leader").with("partition", name)))
    }

    fn name(&self, node: NodeId) -> String {
        node_name(node)
    }

    fn ended(&self) -> Vec<NodeId> {
        self.with(|status| matches!(status, Status::Dead | Status::PoweredOff))
    }

    fn paused(&self) -> Vec<NodeId> {
        self.with(|status| status == Status::Paused)
    }
}

impl Players<'_> {
    fn with(&self, is: impl Fn(Status) -> bool) -> Vec<NodeId> {
        self.0.nodes().filter(|slot| is(slot.status)).map(|slot| slot.id).collect()
    }
}

impl Observable for Kafka {
    const NAME: &'static str = "kafka";
    type Reel = tape::Reel;

    fn open(words: &mut Words<'_>) -> Result<(Config, u64), CommandError> {
        let config = Config::parse(words)?;
        let seed = config.seed;
        Ok((config, seed))
    }

    fn profile(config: &Config) -> String {
        config.profile.name.to_owned()
    }

    fn cast<'a>(world: &'a World<Kafka>) -> Box<dyn Cast + 'a> {
        Box::new(Players(world))
    }

    fn parse(world: &World<Kafka>, line: &str) -> Result<Option<command::Command>, CommandError> {
        command::parse(world, line)
    }

    fn recipe(world: &World<Kafka>, line: &str) -> Result<Option<Vec<String>>, CommandError> {
        command::recipe::recipe(world, line)
    }

    fn command_line(command: &command::Command) -> String {
        command.line.clone()
    }

    fn answer(world: &World<Kafka>, command: &command::Command) -> String {
        command::answer(world, command)
    }

    fn print(view: &View<'_, Kafka>, line: &str) -> Result<Option<Output>, CommandError> {
        print::print(view, line)
    }

    fn forms() -> &'static [Forms] {
        &command::FORMS
    }

    fn values(world: &World<Kafka>, kind: &str) -> Vec<String> {
        command::values(world, kind)
    }

    fn is_ready(world: &World<Kafka>) -> bool {
        is_ready(world)
    }

    fn is_settled(world: &World<Kafka>) -> bool {
        is_settled(world)
    }

    fn weight(event: &Event<Kafka>) -> Weight {
        told::weight(event)
    }

    fn tell(view: &View<'_, Kafka>, event: &Event<Kafka>) -> Telling {
        told::tell(view.world, event)
    }

    fn scene(view: &View<'_, Kafka>) -> Scene {
        stage::scene(view)
    }

    fn film(reel: &mut tape::Reel, world: &World<Kafka>, event: &Event<Kafka>) {
        reel.film(world, event);
    }

    fn tape(reel: &tape::Reel, to: Instant) -> Tape {
        reel.tape(to)
    }

    fn charts(reel: &tape::Reel, to: Instant) -> Vec<Chart> {
        reel.charts(to)
    }

    fn why(view: &View<'_, Kafka>, ask: &Ask) -> Vec<Reason> {
        why::why(view, ask)
    }

    fn cause(view: &View<'_, Kafka>, event: &Event<Kafka>) -> Option<EventId> {
        why::cause(view, event)
    }

    fn packed(world: &World<Kafka>, carrier: &Carrier) -> Vec<Packed> {
        crate::packed::packed(world, carrier)
    }

    fn folder(world: &World<Kafka>, strip: &str, node: NodeId) -> Option<LogFolder> {
        crate::folder::folder(world, node, names::find_partition(world, strip)?)
    }

    fn probe(view: &View<'_, Kafka>, query: &str) -> Result<Answer, CommandError> {
        probe::probe(view, query)
    }

    fn probes() -> &'static [&'static str] {
        &probe::PROBES
    }

    fn timer(timer: crate::node::Timer) -> Told {
        told::timer_told(timer)
    }

    fn node_name(node: NodeId) -> String {
        node_name(node)
    }
}
