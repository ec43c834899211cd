//! What a person has a consumer's application do: `handler c1 500ms`,
//! `consumer-seek c1 orders-0 end`, `consumer-pause c1 orders-0`, `consumer-resume c1 orders-0`.
//! Refuses to do it: the application does, when it next asks for records.

use super::{Act, partition, subscribe};
use crate::client::order::{Order, SeekTo};
use crate::config::number;
use crate::id::PartitionId;
use crate::message::Place;
use crate::names;
use crate::node::Node;
use crate::system::Kafka;
use kernel::{NodeId, World};
use scene::{CommandError, Told, Words};

#[inline(never)]
pub(super) fn order(
    world: &World<Kafka>,
    verb: &str,
    words: &mut Words<'_>,
) -> Result<Act, CommandError> {
    let node = consumer(world, verb, words)?;
    if verb == "handler" {
        let column = words.next_column();
        let value = words.take().unwrap_or_default();
        let handler = subscribe::handler("handler", value).map_err(|error| error.at(column))?;
        return Ok(Act::Application { node, order: Order::Handler(handler) });
    }
    let column = words.next_column();
    let id = partition(world, words)?;
    if !has(world, node, id) {
        let client = names::client_name(&world.node(node).expect("it was found").process);
        let what = Told::new("error.not-assigned").with("client", client.unwrap_or_default());
        return Err(
            CommandError::new(what.with("partition", names::partition(world, id))).at(column)
        );
    }
    let order = match verb {
        "consumer-seek" => Order::Seek { id, to: place(words)? },
        "consumer-pause" => Order::Pause(id),
        _ => Order::Resume(id),
    };
    Ok(Act::Application { node, order })
}

/// A consumer that runs, by its name; one of a group, where it is about the handler.
fn consumer(
    world: &World<Kafka>,
    verb: &str,
    words: &mut Words<'_>,
) -> Result<NodeId, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    let is_one = |node: &NodeId| match world.node(*node).map(|slot| &slot.process) {
        Some(Node::Member(_)) => true,
        Some(Node::Consumer(_)) => verb != "handler",
        _ => false,
    };
    let node = names::find_node(world, word).filter(is_one).ok_or_else(|| {
        CommandError::new(Told::new("error.no-member").with("client", word)).at(column)
    })?;
    if world.node(node).is_some_and(|slot| slot.status.is_running()) {
        return Ok(node);
    }
    Err(CommandError::new(Told::new("error.not-running").with("node", node)).at(column))
}

fn has(world: &World<Kafka>, node: NodeId, id: PartitionId) -> bool {
    match world.node(node).map(|slot| &slot.process) {
        Some(Node::Member(member)) => member.owned.contains(&id),
        Some(Node::Consumer(consumer)) => consumer.has(id),
        _ => false,
    }
}

/// `120`, `beginning`, `end`
fn place(words: &mut Words<'_>) -> Result<SeekTo, CommandError> {
    let column = words.next_column();
    match words.take() {
        Some("beginning") => Ok(SeekTo::Place(Place::Earliest)),
        Some("end") => Ok(SeekTo::Place(Place::Latest)),
        Some(word) => {
            let offset = number("offset", word, 0, 1 << 40).map_err(|error| error.at(column))?;
            Ok(SeekTo::Offset(offset))
        }
        None => {
            let what = Told::new("error.expected-offset");
            Err(CommandError::new(what).at(column).expected(["120", "beginning", "end"]))
        }
    }
}
