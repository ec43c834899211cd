//! Lines that only look: `show`, and the real tools' describing commands in their real shapes.
//! Source: spec I2; `TopicCommand`, `MetadataQuorumCommand`.

mod admin;
pub(crate) mod groups;
mod keys;
pub(crate) mod logs;

use crate::command::{self, Options, reset};
use crate::id::{PartitionId, node_name};
use crate::image::{Image, Partition, Topic};
use crate::metadata_quorum;
use crate::strips::strips;
use crate::system::{Kafka, image};
use crate::uuid::Uuid;
use kernel::{Arrange, NodeId, World};
use scene::{CommandError, Output, Strips, Told, View, Words};
use std::fmt::Write;

/// Every printer is marked to stay a function of its own in the compiled program too, so that a
/// first visit, which prints nothing, need not load it.
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
        Some("kafka-log-dirs.sh") => logs::log_dirs(view.world, &mut words)?,
        Some("kafka-console-consumer.sh") if line.contains("--max-messages") => {
            logs::consume(view.world, &mut words)?
        }
        Some(reset::VERB) if !changes(line) => groups::groups(view.world, &mut words)?,
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

#[inline(never)]
fn show(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    if words.peek() == Some("keys") {
        words.take();
        return keys::show(world, words);
    }
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

/// `kafka-topics.sh --describe [--topic T]`, `--list`; partitions in trouble alone, if asked.
#[inline(never)]
fn topics(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    let bare = [&["--describe", "--list"][..], &TROUBLES].concat();
    let options = Options::read(words, &["--topic", "--bootstrap-server"], &bare)?;
    let Some(image) = image(world) else { return Ok(String::new()) };
    if options.has("--list") {
        let mut names: Vec<&str> = image.topics.values().map(|it| it.name.as_str()).collect();
        names.arrange();
        return Ok(names.into_iter().map(|name| format!("{name}\n")).collect());
    }
    if !options.has("--describe") {
        let what = Told::new("error.expected-describe");
        return Err(CommandError::new(what).at(column).expected(["--describe", "--list"]));
    }
    let trouble = TROUBLES.into_iter().find(|option| options.has(option));
    let only = options.value("--topic");
    let mut text = String::new();
    for (id, topic) in &image.topics {
        if only.is_some_and(|only| only != topic.name) {
            continue;
        }
        let partitions: Vec<(&PartitionId, &Partition)> =
            image.partitions.iter().filter(|(partition, _)| partition.topic == *id).collect();
        if trouble.is_none() {
            let uuid = Uuid::of_topic(world.seed(), *id);
            text += &topic_line(topic, uuid, &partitions);
        }
        for (id, partition) in partitions {
            let min_isr = image.min_isr(*id, world.config().settings.min_insync_replicas);
            if trouble.is_none_or(|trouble| is_in(trouble, partition, min_isr)) {
                let _ = writeln!(text, "{}", describe_partition(image, *id, partition));
            }
        }
    }
    Ok(text)
}

/// Source: `TopicCommand.TopicDescription`, `PartitionDescription`.
const TROUBLES: [&str; 4] = [
    "--under-replicated-partitions",
    "--under-min-isr-partitions",
    "--at-min-isr-partitions",
    "--unavailable-partitions",
];

fn is_in(trouble: &str, partition: &Partition, min_isr: usize) -> bool {
    let isr = partition.isr.len();
    match trouble {
        "--under-replicated-partitions" => isr < settled(partition),
        "--under-min-isr-partitions" => partition.leader.is_none() || isr < min_isr,
        "--at-min-isr-partitions" => isr == min_isr,
        _ => partition.leader.is_none(),
    }
}

/// What is still being added does not count.
fn settled(partition: &Partition) -> usize {
    partition.replicas.len().saturating_sub(partition.adding.len())
}

fn topic_line(topic: &Topic, uuid: Uuid, partitions: &[(&PartitionId, &Partition)]) -> String {
    let factor = partitions.first().map_or(0, |(_, partition)| settled(partition));
    let configs = admin::changed(topic.configs, true).map(|(key, value)| format!("{key}={value}"));
    let configs: Vec<String> = configs.collect();
    format!(
        "Topic: {}\tTopicId: {uuid}\tPartitionCount: {}\tReplicationFactor: {factor}\t\
         Configs: {}\n",
        topic.name,
        partitions.len(),
        configs.join(","),
    )
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
