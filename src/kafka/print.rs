//! Lines that only look: `show`, and the real tools' describing commands in their real shapes.
//! Source: spec I2; `TopicCommand`, `MetadataQuorumCommand`.

mod admin;
mod groups;

use crate::command;
use crate::id::{PartitionId, node_name};
use crate::image::{Image, Partition};
use crate::metadata_quorum;
use crate::strips::strips;
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::{CommandError, Output, Strips, Told, View, Words};
use std::fmt::Write;

pub(crate) const VERBS: [&str; 5] =
    ["show", "kafka-topics.sh", groups::VERB, metadata_quorum::VERB, "kafka-dump-log.sh"];

pub(crate) fn print(view: &View<'_, Kafka>, line: &str) -> Result<Option<Output>, CommandError> {
    let mut words = Words::new(line);
    let text = match words.take() {
        Some("show") => show(view.world, &mut words)?,
        Some("kafka-topics.sh") if !changes(line) => topics(view.world, &mut words)?,
        Some("kafka-configs.sh") if !changes(line) => admin::configs(view.world, &mut words)?,
        Some("kafka-reassign-partitions.sh") if !changes(line) => {
            admin::reassignments(view.world, &mut words)?
        }
        Some("kafka-cluster.sh") if !changes(line) => admin::cluster(view.world, &mut words)?,
        Some(groups::VERB) => groups::describe(view.world, &mut words)?,
        Some("kafka-dump-log.sh") => crate::dump::dump(view.world, &mut words)?,
        Some(metadata_quorum::VERB) => match metadata_quorum::print(view.world, &mut words)? {
            Some(text) => text,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Output { text }))
}

/// Whether a tool's line is an order; orders are read in `command.rs`.
fn changes(line: &str) -> bool {
    const ORDERS: [&str; 5] = ["--create", "--alter", "--execute", "--cancel", "unregister"];
    line.split_whitespace().any(|word| ORDERS.contains(&word))
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
        // What is still being added does not count.
        let settled =
            |partition: &Partition| partition.replicas.len().saturating_sub(partition.adding.len());
        let factor = partitions.first().map_or(0, |(_, partition)| settled(partition));
        let configs = admin::changed(topic.configs).map(|(key, value)| format!("{key}={value}"));
        let configs: Vec<String> = configs.collect();
        let _ = writeln!(
            text,
            "Topic: {}\tPartitionCount: {}\tReplicationFactor: {factor}\tConfigs: {}",
            topic.name,
            partitions.len(),
            configs.join(","),
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
    let moving = if partition.is_reassigning() {
        let (adding, removing) = (plain(&partition.adding), plain(&partition.removing));
        format!("\tAdding Replicas: {adding}\tRemoving Replicas: {removing}")
    } else {
        String::new()
    };
    format!(
        "\tTopic: {name}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}{moving}\t\
         Elr: {}\tLastKnownElr: {}",
        id.index,
        plain(&partition.replicas),
        plain(&partition.isr),
        plain(&partition.elr),
        plain(&partition.last_known_elr),
    )
}
