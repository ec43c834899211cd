//! Kafka as a system of the kernel: its nodes, its commands, its promises.

use crate::broker::{Broker, State};
use crate::client::consumer::Consumer;
use crate::client::group::GroupConsumer;
use crate::client::producer::Producer;
use crate::combined::Combined;
use crate::command::{Act, Command};
use crate::config::Config;
use crate::controller::Controller;
use crate::fact::Fact;
use crate::id::{is_broker, is_controller};
use crate::image::Image;
use crate::ledger::Ledger;
use crate::message::{Msg, Operator};
use crate::node::Node;
use crate::probe::groups::coordinator;
use kernel::{
    Channel, Doing, Event, Fault, Instant, Latency, NodeId, Property, Seen, Slot, Span, Status,
    System, World,
};
use scene::Told;
use std::rc::Rc;

/// The product.
#[derive(Clone, Copy, Debug)]
pub struct Kafka;

impl System for Kafka {
    type Config = Config;
    type Node = Node;
    type Command = Command;
    type Ledger = Ledger;
    type Detail = Told;

    fn nodes(config: &Config) -> Vec<NodeId> {
        let mut nodes = voters(config);
        nodes.extend(brokers(config).into_iter().filter(|node| !is_voter_too(config, *node)));
        nodes
    }

    fn process(config: &Config, node: NodeId) -> Node {
        let voters: Rc<[NodeId]> = voters(config).into();
        let settings = Rc::new(config.settings.clone());
        let controller =
            || Controller::new(node, Rc::clone(&voters), config.profile, Rc::clone(&settings));
        let broker = || {
            let (voters, settings) = (Rc::clone(&voters), Rc::clone(&settings));
            let rack = config.rack(node);
            Broker::new(node, rack, voters, config.profile, settings, config.log_dirs)
        };
        if is_voter_too(config, node) {
            Node::Combined(Box::new(Combined::new(controller(), broker())))
        } else if is_controller(node) {
            Node::Controller(Box::new(controller()))
        } else {
            Node::Broker(Box::new(broker()))
        }
    }

    fn afresh(config: &Config, node: NodeId, dead: &Node) -> Node {
        match dead {
            Node::Producer(dead) => {
                let config_of = Rc::clone(&dead.config);
                let mut next = Producer::new(node, config_of, brokers(config));
                // The application goes on with new records.
                next.made = dead.made;
                Node::Producer(Box::new(next))
            }
            Node::Consumer(dead) => {
                let config_of = Rc::clone(&dead.config);
                Node::Consumer(Box::new(Consumer::new(config_of, brokers(config))))
            }
            Node::Member(dead) => {
                let config_of = Rc::clone(&dead.config);
                let next = GroupConsumer::new(node, config_of, brokers(config));
                Node::Member(Box::new(next))
            }
            Node::Controller(_) | Node::Broker(_) | Node::Combined(_) => {
                let mut next = Kafka::process(config, node);
                next.starts_again();
                next
            }
        }
    }

    fn latency(config: &Config) -> Latency {
        Latency { base: config.latency, jitter: config.jitter }
    }

    /// Clients are there at once; servers take their time, each a little different.
    fn boot_time(config: &Config, node: NodeId) -> Span {
        if is_broker(node) || is_controller(node) {
            let part = u64::from(node.0 % 100) * 7_919 % 100;
            Span(config.boot.0 + config.boot.0 * part / 500)
        } else {
            Span::ZERO
        }
    }

    fn api(msg: &Msg) -> &'static str {
        msg.api()
    }

    fn channel(msg: &Msg) -> Channel {
        msg.channel()
    }

    fn command(world: &mut World<Kafka>, command: &Command, doing: &mut Doing<Kafka>) {
        let Some(active) = active_controller(world).map(|slot| slot.id) else { return };
        let brokers = brokers(world.config());
        match &command.act {
            Act::DeleteRecords { id, before } => {
                let leader = image(world).and_then(|image| image.partitions.get(id)?.leader);
                if let Some(leader) = leader {
                    let order = Operator::DeleteRecords { id: *id, before: *before };
                    doing.tell(leader, Msg::Operator(order));
                }
            }
            Act::Operator(order) => doing.tell(active, Msg::Operator(order.clone())),
            Act::Controller(node) => doing.join(*node, Kafka::process(world.config(), *node)),
            Act::Producer { node, config } => {
                let producer = Producer::new(*node, Rc::clone(config), brokers);
                doing.join(*node, Node::Producer(Box::new(producer)));
            }
            Act::Member { node, config } => {
                let member = GroupConsumer::new(*node, Rc::clone(config), brokers);
                doing.join(*node, Node::Member(Box::new(member)));
            }
            Act::ResetOffsets { group, offsets } => {
                let coordinator = coordinator(world, group.id).map(|(node, _)| node);
                if let Some(node) = coordinator {
                    let (group, offsets) = (*group, offsets.clone());
                    doing.tell(node, Msg::Operator(Operator::ResetOffsets { group, offsets }));
                }
            }
            Act::Application { node, order } => doing.tell(*node, Msg::Application(*order)),
            Act::Consumer { node, config } => {
                let consumer = Consumer::new(Rc::clone(config), brokers);
                doing.join(*node, Node::Consumer(Box::new(consumer)));
            }
        }
    }

    fn ledger(config: &Config) -> Ledger {
        Ledger::new(config)
    }

    fn observe(ledger: &mut Ledger, seen: Seen, fact: &Fact, teller: &Node) {
        ledger.observe(seen, fact, teller);
    }

    fn observe_fault(ledger: &mut Ledger, fault: &Fault, at: Instant, step: u64) {
        ledger.suffer(fault, at, step);
    }

    fn observe_end(ledger: &mut Ledger, node: NodeId, lost_power: bool, at: Instant) {
        ledger.observe_end(node, lost_power, at);
    }

    fn lasts(event: &Event<Kafka>) -> bool {
        crate::told::lasts(event)
    }

    fn properties() -> &'static [Property<Kafka>] {
        &crate::property::PROMISES
    }

    fn suspects(ledger: &Ledger) -> u64 {
        crate::property::suspects(ledger)
    }
}

pub(crate) fn voters(config: &Config) -> Vec<NodeId> {
    let first = if config.combined { 1 } else { 101 };
    (first..first + config.controllers).map(NodeId).collect()
}

/// Whether this broker runs a controller as well.
fn is_voter_too(config: &Config, node: NodeId) -> bool {
    config.combined && is_broker(node) && node.0 <= config.controllers
}

pub(crate) fn brokers(config: &Config) -> Vec<NodeId> {
    (1..=config.brokers).map(NodeId).collect()
}

/// The active controller: of those that believe they are, the one of the latest epoch.
pub(crate) fn active_controller(world: &World<Kafka>) -> Option<&Slot<Kafka>> {
    let active = |slot: &&Slot<Kafka>| {
        let controller = slot.process.controller().filter(|_| slot.status.is_running());
        controller.filter(|known| known.active.is_some()).map(|known| known.quorum.epoch())
    };
    let found = world.nodes().filter_map(|slot| Some((active(&slot)?, slot)));
    found.max_by_key(|(epoch, _)| *epoch).map(|(_, slot)| slot)
}

/// The cluster's metadata as the active controller has it; without one, the newest that any
/// running controller has.
pub(crate) fn image(world: &World<Kafka>) -> Option<&Image> {
    let controllers = || {
        let running = world.nodes().filter(|slot| slot.status.is_running());
        running.filter_map(|slot| slot.process.controller())
    };
    let active = controllers().filter(|controller| controller.active.is_some());
    active
        .max_by_key(|controller| controller.quorum.epoch())
        .or_else(|| controllers().max_by_key(|controller| controller.quorum.high_watermark()))
        .map(Controller::image)
}

pub(crate) fn broker_of(slot: &Slot<Kafka>) -> Option<&Broker> {
    slot.process.broker().filter(|_| slot.status.is_running())
}

/// Whether a command can be carried out: somebody decides, and the brokers of the first start are
/// all in service. Later nobody waits for a broker that is away.
pub(crate) fn is_ready(world: &World<Kafka>) -> bool {
    let Some(image) = active_controller(world).and(image(world)) else { return false };
    let begins = |slot: &&Slot<Kafka>| {
        is_broker(slot.id)
            && slot.incarnation == 1
            && matches!(slot.status, Status::Booting | Status::Up)
            && broker_of(slot).is_some_and(|broker| broker.state == State::Starting)
    };
    world.nodes().filter(begins).all(|slot| image.is_active(slot.id))
}

/// Whether the cluster has come to rest: every live replica is in its ISR, everybody knows who
/// leads, and every broker that is awake is in service.
pub(crate) fn is_settled(world: &World<Kafka>) -> bool {
    let Some(image) = image(world).filter(|_| is_ready(world)) else { return false };
    // A frozen broker neither comes nor goes.
    let awake = |slot: &&Slot<Kafka>| {
        is_broker(slot.id) && matches!(slot.status, Status::Booting | Status::Up)
    };
    if !world.nodes().filter(awake).all(|slot| image.is_active(slot.id)) {
        return false;
    }
    let alive = |node: &NodeId| world.node(*node).is_some_and(|slot| slot.status == Status::Up);
    let whole = image.partitions.iter().all(|(id, partition)| {
        let live = partition.replicas.iter().filter(|node| alive(node));
        let live = live.filter(|node| !image.is_offline(**node, *id));
        partition.leader.is_some() && live.into_iter().all(|node| partition.isr.contains(node))
    });
    let known = world.nodes().filter(awake).filter_map(broker_of).all(|broker| {
        image.partitions.iter().all(|(id, partition)| {
            broker.image.partitions.get(id).is_some_and(|own| own == partition)
        })
    });
    whole && known
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Bounds, Explored, Fault, History, Input, Instant, Limits, Move, Status, explore};

    fn history(until: u64) -> History<Kafka> {
        let mut history = History::new(Config::default(), 7, Limits::DEFAULT);
        while history.next_step_at().is_some_and(|next| next < Instant(until)) && history.step() {}
        history
    }

    fn bounds(depth: usize, faults: Vec<Fault>) -> Bounds {
        Bounds { depth, states: 2_000, width: 3, faults, fault_count: 1 }
    }

    #[test]
    fn the_search_finds_the_shortest_way_to_a_goal() {
        let history = history(5_000_000);
        let kill = Fault::Kill(NodeId(1));
        let dead = |world: &World<Kafka>| {
            world.node(NodeId(1)).is_some_and(|slot| slot.status == Status::Dead)
        };
        let found = explore(history.world(), &bounds(4, vec![kill]), &dead);
        assert!(
            matches!(&found, Explored::Found { path, .. } if path[..] == [Move::Fault(kill)]),
            "{found:?}"
        );
        let without = explore(history.world(), &bounds(3, Vec::new()), &dead);
        assert!(matches!(without, Explored::None { complete: true, .. }), "{without:?}");
    }

    #[test]
    fn branches_are_compared_from_where_they_part() {
        let mut history = history(5_000_000);
        let parted = history.branch().events.len();
        history.fork("other").expect("there is room");
        assert_eq!(history.first_difference(0, 1), None);
        history.input(Input::Fault(Fault::Kill(NodeId(1))), "unused").expect("it is running");
        history.switch(0);
        history.input(Input::Fault(Fault::Pause(NodeId(1))), "unused").expect("it is running");
        assert_eq!(history.first_difference(0, 1), Some(parted));
    }
}
