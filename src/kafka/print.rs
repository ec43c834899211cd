//! Lines that only look: `show`, and the real tools' describing commands in their real shapes.
//! Source: spec I2; `TopicCommand`, `MetadataQuorumCommand`.

use crate::command;
use crate::id::{PartitionId, node_name};
use crate::image::{Image, Partition};
use crate::node::Node;
use crate::strips::strips;
use crate::system::{Kafka, active_controller, image};
use kernel::{NodeId, World};
use scene::{CommandError, Output, Strips, Told, View, Words};
use std::fmt::Write;

pub(crate) const VERBS: [&str; 3] = ["show", "kafka-topics.sh", "kafka-metadata-quorum.sh"];

pub(crate) fn print(view: &View<'_, Kafka>, line: &str) -> Result<Option<Output>, CommandError> {
    let mut words = Words::new(line);
    let text = match words.take() {
        Some("show") => show(view.world, &mut words)?,
        Some("kafka-topics.sh") => topics(view.world, &mut words)?,
        Some("kafka-metadata-quorum.sh") => quorum(view.world, &mut words)?,
        _ => return Ok(None),
    };
    Ok(Some(Output { text }))
}

fn show(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let only = match words.peek() {
        None => None,
        Some(_) => {
            let id = command::partition(world, words)?;
            Some(crate::names::partition(world, id))
        }
    };
    let blocks = strips(world).into_iter();
    let shown = blocks.filter(|block| only.as_ref().is_none_or(|only| block.name == *only));
    Ok(shown.map(|block| show_block(&block)).collect())
}

fn numbers(nodes: &[NodeId]) -> String {
    if nodes.is_empty() {
        return "-".to_owned();
    }
    let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    list.join(",")
}

fn show_block(block: &Strips) -> String {
    let leader = block.leader.map_or("none".to_owned(), |node| node.to_string());
    let (isr, elr) = (numbers(&block.isr), numbers(&block.elr));
    let mut text = format!("{}  leader {leader}  epoch {}  isr {isr}", block.name, block.epoch);
    if !block.elr.is_empty() {
        let _ = write!(text, "  elr {elr}");
    }
    text.push('\n');
    for strip in &block.replicas {
        let role = match (strip.online, strip.leads) {
            (false, _) => "gone",
            (true, true) => "leader",
            (true, false) => "follower",
        };
        let (mark, end) = (strip.high_watermark, strip.end);
        let name = node_name(strip.node);
        let _ = writeln!(text, "  {name}  {role:<8}  hw {mark}  leo {end}");
    }
    let ledger = &block.ledger;
    let _ = writeln!(text, "  acked {}  lost {}", ledger.acked, ledger.lost);
    text
}

/// `kafka-topics.sh --describe [--topic T]`
fn topics(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let mut describe = false;
    let mut only = None;
    while let Some(word) = words.take() {
        match word {
            "--describe" => describe = true,
            "--topic" => only = words.take().map(ToOwned::to_owned),
            "--bootstrap-server" => drop(words.take()),
            _ => {
                let what = Told::new("error.unknown-option").with("option", word);
                let known = ["--describe", "--topic", "--bootstrap-server"];
                return Err(CommandError::new(what).at(words.column()).expected(known));
            }
        }
    }
    if !describe {
        let what = Told::new("error.expected-describe");
        return Err(CommandError::new(what).at(words.next_column()).expected(["--describe"]));
    }
    let Some(image) = image(world) else { return Ok(String::new()) };
    let mut text = String::new();
    for (id, topic) in &image.topics {
        if only.as_ref().is_some_and(|only| *only != topic.name) {
            continue;
        }
        let partitions: Vec<(&PartitionId, &Partition)> =
            image.partitions.iter().filter(|(partition, _)| partition.topic == *id).collect();
        let factor = partitions.first().map_or(0, |(_, partition)| partition.replicas.len());
        let min =
            topic.configs.min_isr.map_or(String::new(), |n| format!("min.insync.replicas={n}"));
        let _ = writeln!(
            text,
            "Topic: {}\tPartitionCount: {}\tReplicationFactor: {factor}\tConfigs: {min}",
            topic.name,
            partitions.len(),
        );
        for (id, partition) in partitions {
            let _ = writeln!(text, "{}", describe_partition(image, *id, partition));
        }
    }
    Ok(text)
}

fn describe_partition(image: &Image, id: PartitionId, partition: &Partition) -> String {
    let name = image.topics.get(&id.topic).map_or("?", |topic| topic.name.as_str());
    let leader = partition.leader.map_or("none".to_owned(), |node| node.to_string());
    let plain = |nodes: &[NodeId]| match nodes {
        [] => String::new(),
        _ => numbers(nodes),
    };
    format!(
        "\tTopic: {name}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}\tElr: {}\t\
         LastKnownElr: {}",
        id.index,
        plain(&partition.replicas),
        plain(&partition.isr),
        plain(&partition.elr),
        plain(&partition.last_known_elr),
    )
}

/// `kafka-metadata-quorum.sh describe --status`
fn quorum(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    let mut asked = Vec::new();
    while let Some(word) = words.take() {
        match word {
            "--bootstrap-server" | "--bootstrap-controller" => drop(words.take()),
            word => asked.push(word),
        }
    }
    if asked != ["describe", "--status"] {
        let what = Told::new("error.expected-status");
        return Err(CommandError::new(what).at(column).expected(["describe --status"]));
    }
    let Some(slot) = active_controller(world) else {
        return Err(CommandError::new(Told::new("error.no-controller")));
    };
    let Node::Controller(controller) = &slot.process else { return Ok(String::new()) };
    let voters: Vec<String> = controller.quorum.voters.iter().map(ToString::to_string).collect();
    let observers: Vec<String> = world
        .nodes()
        .filter(|slot| crate::id::is_broker(slot.id))
        .map(|slot| slot.id.to_string())
        .collect();
    Ok(format!(
        "LeaderId:              {}\nLeaderEpoch:           {}\nHighWatermark:         {}\n\
         CurrentVoters:         [{}]\nCurrentObservers:      [{}]\n",
        slot.id,
        controller.quorum.epoch(),
        controller.quorum.high_watermark(),
        voters.join(","),
        observers.join(","),
    ))
}
