//! What members of a group must not do to each other. Source: spec J4; INV-09.

use super::{Broken, on};
use crate::client::group::{GroupConsumer, Protocol, Standing};
use crate::fact::Fact;
use crate::node::Node;
use crate::probe::groups::coordinator;
use crate::system::Kafka;
use kernel::{NodeId, World};

fn member(world: &World<Kafka>, node: NodeId) -> Option<&GroupConsumer> {
    match &world.node(node)?.process {
        Node::Member(member) => Some(member),
        _ => None,
    }
}

/// No two members of a group have a partition at once: of the same generation under the classic
/// protocol, and of those that the coordinator still counts under the consumer protocol. Who was
/// put out and does not know it yet may go on for a while; its commits are refused.
pub(super) fn one_owner(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let Fact::PartitionsAssigned { added, .. } = fact else { return None };
    let own = member(world, node)?;
    let others = world.nodes().filter(|slot| slot.id != node && slot.status.is_running());
    let others = others.filter_map(|slot| match &slot.process {
        Node::Member(other) if other.config.key == own.config.key => Some((slot.id, other)),
        _ => None,
    });
    for (other_node, other) in others {
        let shared = added.iter().find(|id| other.owned.contains(id));
        let Some(id) = shared else { continue };
        if both_count(world, own, other) {
            let told = on(world, "broken.two-owners", *id).with("node", node);
            return Some(told.with("other", other_node));
        }
    }
    None
}

/// A member hands its application records of partitions that it has, and of no others.
pub(super) fn reads_its_own(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let Fact::Consumed { id, .. } = fact else { return None };
    let foreign = !member(world, node)?.owned.contains(id);
    foreign.then(|| on(world, "broken.reads-foreign", *id).with("node", node))
}

/// Whether both have a right to what they have. A generation is given out once; under the consumer
/// protocol whoever the coordinator counts on, in the epoch in which it is. So too in a group that
/// may have changed its protocol: one of the other kind that begins anew counts from the start.
fn both_count(world: &World<Kafka>, own: &GroupConsumer, other: &GroupConsumer) -> bool {
    if is_modern(world, own) {
        return is_known(world, own) && is_known(world, other);
    }
    // A static member that was replaced goes on until it hears of it.
    let twins = own.config.instance.is_some() && own.config.instance == other.config.instance;
    other.epoch == own.epoch && other.standing == Standing::Member && !twins
}

/// Whether somebody in its group speaks the consumer protocol, or has.
fn is_modern(world: &World<Kafka>, own: &GroupConsumer) -> bool {
    world.nodes().any(|slot| match &slot.process {
        Node::Member(it) => {
            it.config.key == own.config.key && it.config.protocol == Protocol::Consumer
        }
        _ => false,
    })
}

fn is_known(world: &World<Kafka>, member: &GroupConsumer) -> bool {
    let group = member.config.key.id;
    let epochs = coordinator(world, group).zip(member.member);
    epochs.is_some_and(|((_, coordinator), id)| {
        coordinator.epochs_of(group, id).first() == Some(&member.epoch)
    })
}
