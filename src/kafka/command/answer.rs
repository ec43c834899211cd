//! What the tools print of an order, in the shapes of the real ones; a short verb is answered only
//! when it is refused. An order reaches the active controller at once, so its answer is what the
//! controller's rules say of it at that instant.
//! It refuses to change anything. Source: spec I2; the classes named at each.

use super::{Act, Command};
use crate::controller::Replication;
use crate::id::{ErrorCode, PartitionId};
use crate::image::Image;
use crate::message::Operator;
use crate::system::{Kafka, active_controller};
use kernel::{NodeId, World};
use std::fmt::Write;

pub(crate) fn answer(world: &World<Kafka>, command: &Command) -> String {
    let active = active_controller(world).and_then(|slot| slot.process.controller());
    match (&command.act, active) {
        (Act::Operator(order), Some(controller)) => {
            let rules = controller.replication();
            let speaks = command.line.starts_with("kafka-") || is_refused(&rules, order);
            if speaks { tool(&rules, order) } else { String::new() }
        }
        (Act::ResetOffsets { group, offsets }, _) => {
            crate::print::groups::planned(world, *group, offsets)
        }
        _ => String::new(),
    }
}

fn is_refused(rules: &Replication<'_>, order: &Operator) -> bool {
    rules.decided(order, &mut |_| 0).is_err()
}

fn tool(rules: &Replication<'_>, order: &Operator) -> String {
    let image = rules.image;
    if let Operator::ElectLeaders { ids, unclean } = order {
        return elections(rules, ids, *unclean);
    }
    let result = rules.decided(order, &mut |_| 0).map(drop);
    match order {
        Operator::CreateTopic(topic) => match result {
            Ok(()) => format!("Created topic {}.\n", topic.name),
            Err(error) => topic_error(error),
        },
        Operator::CreatePartitions(_) => result.map_or_else(topic_error, |()| String::new()),
        Operator::AlterConfigs { topic, .. } => {
            let name = topic.and_then(|topic| image.topics.get(&topic));
            match (result, name) {
                (Err(error), _) => format!("Error while executing config command: {error}\n"),
                (Ok(()), Some(topic)) => {
                    format!("Completed updating config for topic {}.\n", topic.name)
                }
                (Ok(()), None) => {
                    "Completed updating default config for brokers in the cluster.\n".to_owned()
                }
            }
        }
        Operator::Reassign { id, target } => reassignment(image, *id, target.is_some(), result),
        Operator::Unregister(broker) => match result {
            Ok(()) => format!("Broker {broker} is no longer registered.\n"),
            Err(error) => format!("Broker {broker} cannot be unregistered: {error}\n"),
        },
        // Elections are answered above; what becomes of a voter is known only later.
        Operator::ResetOffsets { .. }
        | Operator::ElectLeaders { .. }
        | Operator::AddVoter(_)
        | Operator::RemoveVoter(_)
        | Operator::DeleteRecords { .. } => String::new(),
    }
}

/// Source: `TopicCommand`.
fn topic_error(error: ErrorCode) -> String {
    format!("Error while executing topic command : {error}\n")
}

/// Source: `LeaderElectionCommand.electLeaders`.
fn elections(rules: &Replication<'_>, ids: &[PartitionId], unclean: bool) -> String {
    let kind = if unclean { "UNCLEAN" } else { "PREFERRED" };
    let (mut done, mut valid, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        let name = rules.image.partition_name(*id);
        match rules.elect(*id, unclean) {
            Ok(_) => done.push(name),
            Err(ErrorCode::ElectionNotNeeded) => valid.push(name),
            Err(error) => failed.push(format!(
                "Error completing leader election ({kind}) for partition: {name}: {error}\n"
            )),
        }
    }
    let mut text = String::new();
    if !done.is_empty() {
        let done = done.join(", ");
        let _ =
            writeln!(text, "Successfully completed leader election ({kind}) for partitions {done}");
    }
    if !valid.is_empty() {
        let valid = valid.join(", ");
        let _ = writeln!(text, "Valid replica already elected for partitions {valid}");
    }
    text.extend(failed);
    text
}

/// Source: `ReassignPartitionsCommand.executeAssignment`, `cancelAssignment`.
fn reassignment(
    image: &Image,
    id: PartitionId,
    begins: bool,
    result: Result<(), ErrorCode>,
) -> String {
    let name = image.partition_name(id);
    match (begins, result) {
        (true, Ok(())) => format!(
            "Current partition replica assignment\n{}\n\
             Save this to use as the --reassignment-json-file option during rollback\n\
             Successfully started partition reassignment for {name}\n",
            assignment_json(image, id),
        ),
        (true, Err(error)) => format!("Error reassigning partition(s):\n{name}: {error}\n"),
        (false, Ok(())) => format!("Successfully cancelled partition reassignment for: {name}\n"),
        (false, Err(error)) => {
            format!("Error cancelling partition reassignment(s) for:\n{name}: {error}\n")
        }
    }
}

fn assignment_json(image: &Image, id: PartitionId) -> String {
    let topic = image.topics.get(&id.topic).map_or("?", |topic| topic.name.as_str());
    let replicas = image.partitions.get(&id).map_or(&[][..], |partition| &partition.replicas);
    let list: Vec<String> = replicas.iter().map(NodeId::to_string).collect();
    let dirs = vec!["\"any\""; list.len()].join(",");
    format!(
        "{{\"version\":1,\"partitions\":[{{\"topic\":\"{topic}\",\"partition\":{},\
         \"replicas\":[{}],\"log_dirs\":[{dirs}]}}]}}",
        id.index,
        list.join(","),
    )
}
