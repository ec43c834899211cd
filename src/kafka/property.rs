//! The promises, each with its source. Checked after every step in which a node told something.

use crate::broker::Broker;
use crate::image::Image;
use crate::ledger::Loss;
use crate::node::Node;
use crate::system::{Kafka, broker_of, image};
use kernel::{Expectation, NodeId, Property, World};
use scene::Told;
use std::rc::Rc;

type Broken = Option<Told>;

const fn always(
    name: &'static str,
    source: &'static str,
    broken: fn(&World<Kafka>) -> Broken,
) -> Property<Kafka> {
    Property { name, expectation: Expectation::Always, source, broken }
}

pub(crate) static PROMISES: [Property<Kafka>; 11] = [
    always("promise.acks-all-survives", "INV-02; KIP-966", acks_all_survives),
    Property {
        name: "promise.acked-survives",
        expectation: Expectation::Hoped,
        source: "spec J1: acks=1 promises nothing beyond the leader's life",
        broken: acked_survives,
    },
    always("promise.one-leader-per-epoch", "INV-01", one_leader_per_epoch),
    always("promise.leader-in-isr", "INV-06", leader_in_isr),
    always("promise.isr-within-replicas", "spec J2 (controller state)", isr_within_replicas),
    always("promise.committed-is-replicated", "INV-03; Kafka TLA+ WeakIsr", committed_replicated),
    always("promise.logs-agree", "INV-04; spec J2 (log matching)", logs_agree),
    always("promise.reads-committed-only", "INV-05", reads_committed_only),
    always("promise.one-controller-per-epoch", "INV-11; KIP-595", one_controller_per_epoch),
    always("promise.metadata-agrees", "INV-12; spec J3 (log matching)", metadata_agrees),
    always("promise.no-duplicates", "INV-13; KIP-98", no_duplicates),
];

fn loss(world: &World<Kafka>, counts: fn(&Loss) -> bool) -> Broken {
    let accounts = world.ledger().accounts.iter();
    let lost = accounts.filter_map(|(id, account)| {
        let first = account.losses.iter().find(|loss| counts(loss))?;
        Some((*id, *first))
    });
    let (id, first) = lost.into_iter().next()?;
    Some(
        Told::new("broken.lost")
            .with("partition", crate::names::partition(world, id))
            .with("offset", first.offset)
            .with("node", first.by),
    )
}

/// Without unclean elections, and while fewer machines than min ISR lose unflushed data, a record
/// that acks=all acknowledged stays.
fn acks_all_survives(world: &World<Kafka>) -> Broken {
    loss(world, |loss| loss.acks_all)
}

fn acked_survives(world: &World<Kafka>) -> Broken {
    loss(world, |loss| !loss.acks_all)
}

fn one_leader_per_epoch(world: &World<Kafka>) -> Broken {
    let mut accounts = world.ledger().accounts.iter();
    let (id, epoch) = accounts.find_map(|(id, account)| Some((*id, account.twice_led?)))?;
    let partition = crate::names::partition(world, id);
    Some(Told::new("broken.two-leaders").with("partition", partition).with("epoch", epoch))
}

fn on_partitions(
    world: &World<Kafka>,
    broken: impl Fn(&Image, &crate::image::Partition) -> bool,
    key: &'static str,
) -> Broken {
    let image = image(world)?;
    let (id, _) = image.partitions.iter().find(|(_, partition)| broken(image, partition))?;
    Some(Told::new(key).with("partition", crate::names::partition(world, *id)))
}

fn leader_in_isr(world: &World<Kafka>) -> Broken {
    let outside = |_: &Image, partition: &crate::image::Partition| {
        partition.leader.is_some_and(|leader| !partition.isr.contains(&leader))
    };
    on_partitions(world, outside, "broken.leader-outside-isr")
}

fn isr_within_replicas(world: &World<Kafka>) -> Broken {
    let wrong = |_: &Image, partition: &crate::image::Partition| {
        let foreign = |node: &NodeId| !partition.replicas.contains(node);
        partition.isr.iter().chain(&partition.elr).any(foreign)
            || partition.isr.iter().any(|node| partition.elr.contains(node))
    };
    on_partitions(world, wrong, "broken.isr-outside-replicas")
}

fn brokers(world: &World<Kafka>) -> impl Iterator<Item = (NodeId, &Broker)> {
    world.nodes().filter_map(|slot| Some((slot.id, broker_of(slot)?)))
}

/// The leader of the latest epoch counts nothing as committed that a running member of its own
/// ISR lacks.
fn committed_replicated(world: &World<Kafka>) -> Broken {
    let image = image(world)?;
    for (leader, broker) in brokers(world) {
        for replica in broker.replicas.values() {
            let Some(leadership) = replica.leadership() else { continue };
            let current = image.partitions.get(&replica.id);
            if current.is_none_or(|current| current.leader_epoch != replica.leader_epoch) {
                continue;
            }
            let mark = replica.log.high_watermark();
            let lacks = |node: &NodeId| {
                let member = world.node(*node).and_then(broker_of);
                let own = member.and_then(|member| member.replicas.get(&replica.id));
                *node != leader && own.is_some_and(|own| own.log.end() < mark)
            };
            if let Some(node) = leadership.isr.iter().find(|node| lacks(node)) {
                let partition = crate::names::partition(world, replica.id);
                return Some(
                    Told::new("broken.committed-missing")
                        .with("partition", partition)
                        .with("node", *node)
                        .with("offset", mark),
                );
            }
        }
    }
    None
}

/// Two replicas agree below the lower of their high watermarks. The last such record is compared:
/// if it agrees, so does everything before it, because epochs only grow along a log.
fn logs_agree(world: &World<Kafka>) -> Broken {
    let all: Vec<&Broker> = brokers(world).map(|(_, broker)| broker).collect();
    for (at, one) in all.iter().enumerate() {
        for replica in one.replicas.values() {
            for other in &all[at + 1..] {
                let Some(twin) = other.replicas.get(&replica.id) else { continue };
                let mark = replica.log.high_watermark().min(twin.log.high_watermark());
                let Some(last) = mark.checked_sub(1) else { continue };
                if replica.log.get(last) != twin.log.get(last) {
                    let partition = crate::names::partition(world, replica.id);
                    return Some(
                        Told::new("broken.logs-differ")
                            .with("partition", partition)
                            .with("offset", last),
                    );
                }
            }
        }
    }
    None
}

fn reads_committed_only(world: &World<Kafka>) -> Broken {
    let (id, offset) = world.ledger().read_uncommitted?;
    let partition = crate::names::partition(world, id);
    Some(Told::new("broken.read-uncommitted").with("partition", partition).with("offset", offset))
}

fn one_controller_per_epoch(world: &World<Kafka>) -> Broken {
    let epoch = world.ledger().two_controllers?;
    Some(Told::new("broken.two-controllers").with("epoch", epoch))
}

fn metadata_agrees(world: &World<Kafka>) -> Broken {
    let quorums: Vec<_> = world
        .nodes()
        .filter(|slot| slot.status.is_running())
        .filter_map(|slot| match &slot.process {
            Node::Controller(controller) => Some(&controller.quorum),
            Node::Broker(broker) => Some(&broker.quorum),
            _ => None,
        })
        .collect();
    for pair in quorums.windows(2) {
        let mark = pair[0].high_watermark().min(pair[1].high_watermark());
        let Some(last) = mark.checked_sub(1) else { continue };
        if pair[0].entry(last) != pair[1].entry(last) {
            return Some(Told::new("broken.metadata-differs").with("offset", last));
        }
    }
    None
}

/// An idempotent producer's record stands in the log once.
fn no_duplicates(world: &World<Kafka>) -> Broken {
    let careless = world.nodes().any(|slot| match &slot.process {
        Node::Producer(producer) => !Rc::clone(&producer.config).idempotence,
        _ => false,
    });
    let mut accounts = world.ledger().accounts.iter();
    let (id, _) = accounts.find(|(_, account)| account.duplicates > 0).filter(|_| !careless)?;
    let partition = crate::names::partition(world, *id);
    Some(Told::new("broken.duplicate").with("partition", partition))
}
