//! What the operator's tools say of settings, reassignments and brokers, in their real shapes.
//! It refuses to change anything: orders are the console's (`command.rs`).
//! Source: spec I2; `ConfigCommand`, `ReassignPartitionsCommand`, `ClusterTool`.

use crate::command::Options;
use crate::config::{KEYS, Settings};
use crate::id::{PartitionId, node_name};
use crate::image::{Change, Changed, Image, Partition, Registration};
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::{CommandError, Told, Words};
use std::fmt::Write;

fn numbers(nodes: &[NodeId]) -> String {
    let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    list.join(",")
}

/// The settings of `configs` that were changed.
pub(super) fn changed(configs: Changed) -> impl Iterator<Item = (&'static str, String)> {
    let changes = [Change::MinIsr(configs.min_isr), Change::Unclean(configs.unclean)];
    changes.into_iter().filter_map(|change| Some((change.key(), change.value()?)))
}

/// `kafka-configs.sh --describe --topic orders`, `--entity-type brokers --entity-default`
pub(super) fn configs(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    let options = Options::read(
        words,
        &["--topic", "--entity-type", "--entity-name", "--bootstrap-server"],
        &["--describe", "--entity-default", "--all"],
    )?;
    if !options.has("--describe") {
        let what = Told::new("error.expected-describe");
        return Err(CommandError::new(what).at(column).expected(["--describe", "--alter"]));
    }
    let Some(image) = image(world) else { return Ok(String::new()) };
    if options.has("--entity-default") {
        let head = "Default configs for brokers in the cluster are:\n";
        return Ok(head.to_owned() + &config_lines(image.defaults, "DYNAMIC_DEFAULT_BROKER_CONFIG"));
    }
    if options.has("--all") {
        return Ok(all_configs(world, options.value("--entity-name").unwrap_or_default()));
    }
    let only = options.value("--topic").or(options.value("--entity-name"));
    let mut text = String::new();
    for topic in image.topics.values() {
        if only.is_none_or(|only| only == topic.name) {
            let _ = writeln!(text, "Dynamic configs for topic {} are:", topic.name);
            text += &config_lines(topic.configs, "DYNAMIC_TOPIC_CONFIG");
        }
    }
    Ok(text)
}

/// Every setting of a broker with its value; what the cluster line gave is static.
fn all_configs(world: &World<Kafka>, broker: &str) -> String {
    let mut text = format!("All configs for broker {broker} are:\n");
    let (settings, plain) = (&world.config().settings, Settings::default());
    for key in &KEYS {
        let (value, default) = (key.value(settings), key.value(&plain));
        let name = key.name;
        let own = if value == default {
            String::new()
        } else {
            format!("STATIC_BROKER_CONFIG:{name}={value}, ")
        };
        let _ = writeln!(
            text,
            "  {name}={value} sensitive=false synonyms={{{own}DEFAULT_CONFIG:{name}={default}}}"
        );
    }
    text
}

fn config_lines(configs: Changed, source: &str) -> String {
    let line = |(key, value)| {
        format!("  {key}={value} sensitive=false synonyms={{{source}:{key}={value}}}\n")
    };
    changed(configs).map(line).collect()
}

/// `kafka-reassign-partitions.sh --list`, `--verify [--topic orders --partition 0]`
pub(super) fn reassignments(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<String, CommandError> {
    let column = words.next_column();
    let options = Options::read(
        words,
        &["--topic", "--partition", "--bootstrap-server"],
        &["--list", "--verify"],
    )?;
    let Some(image) = image(world) else { return Ok(String::new()) };
    if options.has("--list") {
        return Ok(list(image));
    }
    if !options.has("--verify") {
        let known = ["--list", "--verify", "--execute", "--cancel"];
        let what = Told::new("error.expected-tool-option");
        return Err(CommandError::new(what).at(column).expected(known));
    }
    let only = |id: PartitionId| {
        let topic = image.topics.get(&id.topic).map_or("", |topic| topic.name.as_str());
        options.value("--topic").is_none_or(|only| only == topic)
            && options.value("--partition").is_none_or(|only| only == id.index.to_string())
    };
    let mut text = "Status of partition reassignment:\n".to_owned();
    for (id, partition) in image.partitions.iter().filter(|(id, _)| only(**id)) {
        let name = image.partition_name(*id);
        let state = if partition.is_reassigning() { "still in progress" } else { "completed" };
        let _ = writeln!(text, "Reassignment of partition {name} is {state}.");
    }
    Ok(text)
}

fn list(image: &Image) -> String {
    let mut moving = image.partitions.iter().filter(|(_, partition)| partition.is_reassigning());
    let line = |(id, partition): (&PartitionId, &Partition)| {
        let mut text =
            format!("{}: replicas: {}.", image.partition_name(*id), numbers(&partition.replicas));
        let lists = [("adding", &partition.adding), ("removing", &partition.removing)];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            let _ = write!(text, " {name}: {}.", numbers(list));
        }
        text + "\n"
    };
    match moving.next() {
        None => "No partition reassignments found.\n".to_owned(),
        Some(first) => {
            let lines: String = std::iter::once(first).chain(moving).map(line).collect();
            format!("Current partition reassignments:\n{lines}")
        }
    }
}

/// `kafka-cluster.sh list-endpoints --include-fenced-brokers`
pub(super) fn cluster(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    if words.take() != Some("list-endpoints") {
        let what = Told::new("error.expected-tool-option");
        let known = ["list-endpoints", "unregister --id 3"];
        return Err(CommandError::new(what).at(column).expected(known));
    }
    let options = Options::read(words, &["--bootstrap-server"], &["--include-fenced-brokers"])?;
    let Some(image) = image(world) else { return Ok(String::new()) };
    let all = options.has("--include-fenced-brokers");
    let mut text = format!("{:<6}{:<12}{:<8}{:<10}\n", "ID", "HOST", "RACK", "STATE");
    for (broker, known) in &image.brokers {
        if all || !known.fenced {
            let (host, rack) = (node_name(*broker), known.rack.as_deref().unwrap_or("null"));
            let _ = writeln!(text, "{broker:<6}{host:<12}{rack:<8}{:<10}", state(known));
        }
    }
    Ok(text)
}

fn state(known: &Registration) -> &'static str {
    if known.fenced { "fenced" } else { "unfenced" }
}
