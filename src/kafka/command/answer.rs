//! What the tools print of an order, in the shapes of the real ones; a short verb is answered only
//! when it is refused. An order reaches the active controller at once, so its answer is what the
//! controller's rules say of it at that instant.
//! It refuses to change anything. Source: spec I2; the classes named at each.

use super::{Act, Command};
use crate::controller::Replication;
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId, node_name};
use crate::image::Image;
use crate::message::{Move, Operator};
use crate::quorum::{Quorum, Voter};
use crate::system::{Kafka, active_controller};
use kernel::{Arrange, Input, NodeId, Span, What, World};
use std::fmt::Write;

pub(crate) fn answer(world: &World<Kafka>, command: &Command) -> String {
    let active = active_controller(world).and_then(|slot| slot.process.controller());
    match (&command.act, active) {
        (Act::Operator(Operator::AddVoter(voter)), Some(_)) if is_tool(command) => {
            voter_changed(world, command, *voter, true)
        }
        (Act::Operator(Operator::RemoveVoter(voter)), Some(_)) if is_tool(command) => {
            voter_changed(world, command, *voter, false)
        }
        (Act::Operator(Operator::Reassign(moves)), Some(_)) if moves.is_empty() => {
            nothing_to_move(&command.line)
        }
        (Act::Operator(order), Some(controller)) => {
            let rules = controller.replication();
            let speaks = is_tool(command) || is_refused(&rules, order);
            if speaks { tool(&rules, order) } else { String::new() }
        }
        (Act::ResetOffsets { group, offsets }, _) => {
            crate::print::groups::planned(world, *group, offsets)
        }
        _ => String::new(),
    }
}

fn is_tool(command: &Command) -> bool {
    command.line.starts_with("kafka-")
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
        Operator::Reassign(moves) => reassignments(rules, moves),
        Operator::Unregister(broker) => match result {
            Ok(()) => format!("Broker {broker} is no longer registered.\n"),
            Err(error) => format!("Broker {broker} cannot be unregistered: {error}\n"),
        },
        // Elections and voters are answered above; a short word for a voter says nothing.
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
fn reassignments(rules: &Replication<'_>, moves: &[Move]) -> String {
    let image = rules.image;
    let mut sorted: Vec<&Move> = moves.iter().collect();
    sorted.arrange_by_key(|one| one.id);
    let refused: Vec<String> = sorted
        .iter()
        .filter_map(|one| {
            let error = rules.reassign(one.id, one.target.as_deref()).err()?;
            Some(format!("{}: {error}\n", image.partition_name(one.id)))
        })
        .collect();
    let names: Vec<String> = sorted.iter().map(|one| image.partition_name(one.id)).collect();
    let names = names.join(",");
    let plural = if moves.len() == 1 { "" } else { "s" };
    let Some(first) = sorted.first() else { return String::new() };
    match (first.target.is_some(), refused.is_empty()) {
        (true, true) => format!(
            "Current partition replica assignment\n\n{}\n\n\
             Save this to use as the --reassignment-json-file option during rollback\n\
             Successfully started partition reassignment{plural} for {names}\n",
            assignment_json(image, &sorted),
        ),
        (true, false) => format!("Error reassigning partition(s):\n{}", refused.concat()),
        (false, true) => {
            format!("Successfully cancelled partition reassignment{plural} for: {names}\n")
        }
        (false, false) => {
            let plural = if refused.len() == 1 { "" } else { "s" };
            let refused = refused.concat();
            format!("Error cancelling partition reassignment{plural} for:\n{refused}")
        }
    }
}

/// Nothing was ordered. Source: `ReassignPartitionsCommand`.
fn nothing_to_move(line: &str) -> String {
    if line.contains("--cancel") {
        return "None of the specified partition reassignments are active.\n".to_owned();
    }
    "Cannot execute because there is an existing partition assignment.  Use --additional to \
     override this and create a new partition assignment in addition to the existing one. The \
     --additional flag can also be used to change the throttle by resubmitting the current \
     reassignment.\n"
        .to_owned()
}

fn assignment_json(image: &Image, moves: &[&Move]) -> String {
    let part = |one: &&Move| {
        let topic = image.topics.get(&one.id.topic).map_or("?", |topic| topic.name.as_str());
        let partition = image.partitions.get(&one.id);
        let replicas = partition.map_or(&[][..], |partition| &partition.replicas);
        let list: Vec<String> = replicas.iter().map(NodeId::to_string).collect();
        let dirs = vec!["\"any\""; list.len()].join(",");
        format!(
            "{{\"topic\":\"{topic}\",\"partition\":{},\"replicas\":[{}],\"log_dirs\":[{dirs}]}}",
            one.id.index,
            list.join(","),
        )
    };
    let parts: Vec<String> = moves.iter().map(part).collect();
    format!("{{\"version\":1,\"partitions\":[{}]}}", parts.join(","))
}

// ---- voters ----

/// How long the tool waits for its answer. Source: `AdminClientConfig`, `default.api.timeout.ms`.
const PATIENCE: Span = Span::secs(60);

/// What becomes of a voter is known only later, and the tool waits for it: a copy of the world is
/// played until the leader has said so. Source: `MetadataQuorumCommand`.
fn voter_changed(world: &World<Kafka>, command: &Command, voter: Voter, joins: bool) -> String {
    let Voter { node, directory } = voter;
    let directory = directory.unwrap_or_default();
    match outcome(world, command) {
        Ok(()) if joins => format!(
            "Added controller {node} with directory id {directory} and endpoints: \
             CONTROLLER://{}:9093\n",
            node_name(node)
        ),
        // Two spaces, as the real tool prints it.
        Ok(()) => format!("Removed  KRaft controller {node} with directory id {directory}\n"),
        Err(error) => format!("org.apache.kafka.common.errors.{}\n", exception(error)),
    }
}

fn outcome(world: &World<Kafka>, command: &Command) -> Result<(), ErrorCode> {
    let mut ahead = world.clone();
    ahead.watch(false);
    let (limit, mut log, mut proposed) = (world.now() + PATIENCE, Vec::new(), None);
    let begun = ahead.input(&Input::Command(command.clone()), &mut log);
    begun.map_err(|_| ErrorCode::NotController)?;
    loop {
        for event in log.drain(..) {
            match event.what {
                What::Noted(Fact::VoterRefused { error, .. }) => return Err(error),
                What::Noted(Fact::VotersProposed { .. }) => {
                    let quorum = event.node.and_then(|node| ahead.node(node)?.process.quorum());
                    proposed = quorum.map(Quorum::end);
                }
                What::Noted(Fact::MetadataCommitted { to })
                    if proposed.is_some_and(|end| to >= end) =>
                {
                    return Ok(());
                }
                _ => {}
            }
        }
        if ahead.now() > limit || !ahead.step(&mut log) {
            return Err(ErrorCode::RequestTimedOut);
        }
    }
}

/// Its name among Kafka's exceptions. Source: `Errors`.
fn exception(error: ErrorCode) -> &'static str {
    match error {
        ErrorCode::DuplicateVoter => "DuplicateVoterException",
        ErrorCode::VoterNotFound => "VoterNotFoundException",
        ErrorCode::UnsupportedVersion => "UnsupportedVersionException",
        ErrorCode::InvalidRequest => "InvalidRequestException",
        ErrorCode::NotLeaderOrFollower => "NotLeaderOrFollowerException",
        ErrorCode::NotController => "NotControllerException",
        _ => "TimeoutException",
    }
}
