//! What the operator's tools say of settings, reassignments and brokers, in their real shapes.
//! It refuses to change anything: orders are the console's (`command.rs`).
//! Source: spec I2; `ConfigCommand`, `ReassignPartitionsCommand`, `ClusterTool`.

use crate::command::{self, Options};
use crate::config::{KEYS, Settings};
use crate::id::{PartitionId, node_name};
use crate::image::{Changed, Image, Partition, Registration};
use crate::message::Move;
use crate::system::{Kafka, image};
use kernel::{Arrange, NodeId, World};
use scene::{CommandError, Told, Words};
use std::fmt::Write;

fn numbers(nodes: &[NodeId]) -> String {
    let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    list.join(",")
}

/// The settings of `configs` that were changed.
pub(super) fn changed(
    configs: Changed,
    of_topic: bool,
) -> impl Iterator<Item = (&'static str, String)> {
    let changes = configs.all().into_iter();
    changes.filter_map(move |change| Some((change.key(of_topic), change.value()?)))
}

/// `kafka-configs.sh --describe --topic orders`, `--entity-type brokers --entity-default`
#[inline(never)]
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
        return Ok(head.to_owned() + &config_lines(image.defaults, false));
    }
    if options.has("--all") {
        return Ok(all_configs(world, options.value("--entity-name").unwrap_or_default()));
    }
    let only = options.value("--topic").or(options.value("--entity-name"));
    let mut text = String::new();
    for topic in image.topics.values() {
        if only.is_none_or(|only| only == topic.name) {
            let _ = writeln!(text, "Dynamic configs for topic {} are:", topic.name);
            text += &config_lines(topic.configs, true);
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

fn config_lines(configs: Changed, of_topic: bool) -> String {
    let source = if of_topic { "DYNAMIC_TOPIC_CONFIG" } else { "DYNAMIC_DEFAULT_BROKER_CONFIG" };
    let line = |(key, value)| {
        format!("  {key}={value} sensitive=false synonyms={{{source}:{key}={value}}}\n")
    };
    changed(configs, of_topic).map(line).collect()
}

/// `kafka-reassign-partitions.sh --list`, `--verify --reassignment-json-file {…}`,
/// `--verify [--topic orders --partition 0]`
#[inline(never)]
pub(super) fn reassignments(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<String, CommandError> {
    let column = words.next_column();
    let options = Options::read(
        words,
        &["--reassignment-json-file", "--topic", "--partition", "--bootstrap-server"],
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
    if let Some(file) = options.value("--reassignment-json-file") {
        let mut moves = command::moves(world, file, column)?;
        moves.arrange_by_key(|one| one.id);
        text.extend(moves.iter().map(|one| verified(image, one)));
        let moving = image.partitions.values().any(Partition::is_reassigning);
        let cleared = if moving { String::new() } else { throttles_cleared(image, &moves) };
        return Ok(text + "\n" + &cleared);
    }
    for (id, partition) in image.partitions.iter().filter(|(id, _)| only(**id)) {
        let name = image.partition_name(*id);
        let state = if partition.is_reassigning() { "still in progress" } else { "completed" };
        let _ = writeln!(text, "Reassignment of partition {name} is {state}.");
    }
    Ok(text)
}

/// When nothing moves any more the tool takes the throttles away, whether there were any or not.
/// Source: `clearAllThrottles`.
fn throttles_cleared(image: &Image, moves: &[Move]) -> String {
    let there = image.brokers.iter().filter(|(_, broker)| !broker.fenced);
    let mut brokers: Vec<NodeId> = there.map(|(node, _)| *node).collect();
    brokers.extend(moves.iter().flat_map(|one| one.target.iter().flatten()));
    brokers.arrange();
    brokers.dedup();
    let topics = moves.iter().filter_map(|one| image.topics.get(&one.id.topic));
    let mut topics: Vec<&str> = topics.map(|topic| topic.name.as_str()).collect();
    topics.dedup();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    format!(
        "Clearing broker-level throttles on broker{} {}\n\
         Clearing topic-level throttles on topic{} {}\n",
        plural(brokers.len()),
        numbers(&brokers),
        plural(topics.len()),
        topics.join(",")
    )
}

/// How far a move has come. Source: `partitionReassignmentStatesToString`.
fn verified(image: &Image, one: &Move) -> String {
    let name = image.partition_name(one.id);
    let target = one.target.as_deref().unwrap_or_default();
    match image.partitions.get(&one.id) {
        Some(partition) if partition.is_reassigning() => {
            format!("Reassignment of partition {name} is still in progress.\n")
        }
        Some(partition) if partition.replicas != target => format!(
            "There is no active reassignment of partition {name}, but replica set is {} rather \
             than {}.\n",
            numbers(&partition.replicas),
            numbers(target)
        ),
        _ => format!("Reassignment of partition {name} is completed.\n"),
    }
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
#[inline(never)]
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
