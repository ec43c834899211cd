//! What members of a group must not do to each other. Source: spec J4; INV-09.

use super::{Broken, on};
use crate::client::group::{GroupConsumer, Protocol};
use crate::fact::Fact;
use crate::group::coordinator::Group;
use crate::id::PartitionId;
use crate::node::Node;
use crate::system::{Kafka, broker_of};
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
        if counts(world, own, other, *id) {
            let told = on(world, "broken.two-owners", *id).with("node", node);
            return Some(told.with("other", other_node));
        }
    }
    None
}

/// Whether the other has a right to the partition, too.
fn counts(world: &World<Kafka>, own: &GroupConsumer, other: &GroupConsumer, _: PartitionId) -> bool {
    match own.config.protocol {
        Protocol::Classic => other.epoch == own.epoch,
        Protocol::Consumer => {
            let group = own.coordinator.and_then(|node| {
                let broker = world.node(node).and_then(broker_of)?;
                broker.shards.values().find_map(|shard| shard.coordinator.group(own.config.key.id))
            });
            match (group, other.member) {
                (Some(Group::Consumer(group)), Some(id)) => {
                    let known = group.members().get(&id);
                    known.is_some_and(|known| known.current.epoch == other.epoch)
                }
                _ => false,
            }
        }
    }
}
