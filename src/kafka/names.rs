//! Names of nodes and partitions, both ways.

use crate::group::GroupId;
use crate::id::{PartitionId, TopicId, node_name};
use crate::system::{Kafka, image};
use kernel::{NodeId, World};

/// `orders-0`
pub(crate) fn partition(world: &World<Kafka>, id: PartitionId) -> String {
    image(world).map_or_else(
        || format!("topic-{}-{}", id.topic.0, id.index),
        |image| image.partition_name(id),
    )
}

/// `orders`
pub(crate) fn topic(world: &World<Kafka>, id: TopicId) -> String {
    let known = image(world).and_then(|image| image.topics.get(&id));
    known.map_or_else(|| format!("topic-{}", id.0), |topic| topic.name.clone())
}

pub(crate) fn find_partition(world: &World<Kafka>, name: &str) -> Option<PartitionId> {
    image(world)?.partition_named(name)
}

/// A node by its name (`broker-1`), its number (`1`), or a client's own name (`p1`).
pub(crate) fn find_node(world: &World<Kafka>, word: &str) -> Option<NodeId> {
    if let Ok(number) = word.parse::<u16>() {
        return world.node(NodeId(number)).map(|slot| slot.id);
    }
    world
        .nodes()
        .find(|slot| node_name(slot.id) == word || client_name(&slot.process) == Some(word))
        .map(|slot| slot.id)
}

/// A group, as its members call it.
pub(crate) fn group(world: &World<Kafka>, id: GroupId) -> String {
    let name = world.nodes().find_map(|slot| match &slot.process {
        crate::node::Node::Member(member) if member.config.key.id == id => {
            Some(member.config.group.to_string())
        }
        _ => None,
    });
    name.unwrap_or_else(|| format!("group-{}", id.0))
}

pub(crate) fn client_name(node: &crate::node::Node) -> Option<&str> {
    match node {
        crate::node::Node::Producer(producer) => Some(&producer.config.name),
        crate::node::Node::Consumer(consumer) => Some(&consumer.config.name),
        crate::node::Node::Member(member) => Some(&member.config.reader.name),
        _ => None,
    }
}
