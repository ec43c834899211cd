//! What an operator may type, beyond faults and time: topics, clients, and (in [`admin`]) what the
//! real tools ask of a controller.

mod admin;
mod answer;
mod application;
mod clients;
mod forms;
mod moves;
mod options;
mod producer;
pub(crate) mod recipe;
pub(crate) mod reset;
mod subscribe;

use crate::client::consumer::ConsumerConfig;
use crate::client::group::MemberConfig;
use crate::client::order::Order;
use crate::client::producer::ProducerConfig;
use crate::config::number;
use crate::group::GroupName;
use crate::id::{Offset, PartitionId, TopicId};
use crate::message::{NewTopic, Operator};
use crate::system::{Kafka, image};
use crate::{metadata_quorum, names};
pub(crate) use answer::answer;
pub(crate) use forms::{FORMS, values};
use kernel::{Arrange, NodeId, Span, World};
pub(crate) use moves::moves;
pub(crate) use options::Options;
use scene::{CommandError, Told, Words};
use std::rc::Rc;

/// A command with the line that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub line: String,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Operator(Operator),
    /// An order to the partition's leader.
    DeleteRecords {
        id: PartitionId,
        before: Option<Offset>,
    },
    /// A controller that does not vote yet.
    Controller(NodeId),
    Producer {
        node: NodeId,
        config: Rc<ProducerConfig>,
    },
    Consumer {
        node: NodeId,
        config: Rc<ConsumerConfig>,
    },
    Member {
        node: NodeId,
        config: Rc<MemberConfig>,
    },
    /// Offsets of a group are set, at its coordinator.
    ResetOffsets {
        group: GroupName,
        offsets: Vec<(PartitionId, Offset)>,
    },
    /// What an application is to do.
    Application {
        node: NodeId,
        order: Order,
    },
}

/// Reads a line; none when its verb is not one of these.
pub(crate) fn parse(world: &World<Kafka>, line: &str) -> Result<Option<Command>, CommandError> {
    let mut words = Words::new(line);
    let act = match words.take() {
        Some("producer") => producer::producer(world, &mut words)?,
        Some("consumer") => subscribe::consumer(world, &mut words)?,
        Some("join") => subscribe::join(world, &mut words)?,
        Some(verb @ ("handler" | "consumer-seek" | "consumer-pause" | "consumer-resume")) => {
            application::order(world, verb, &mut words)?
        }
        Some(reset::VERB) if line.contains("--execute") => reset::reset(world, &mut words)?,
        Some("kafka-console-producer.sh") => clients::console_producer(world, &mut words)?,
        Some("kafka-console-consumer.sh") => clients::console_consumer(world, &mut words)?,
        Some("kafka-producer-perf-test.sh") => clients::perf_test(world, &mut words)?,
        Some("delete-records") => delete_records(world, &mut words)?,
        Some("controller") => metadata_quorum::start(world, &mut words)?,
        Some("voter") => metadata_quorum::voter(world, &mut words)?,
        Some(metadata_quorum::VERB) => metadata_quorum::change(world, &mut words)?,
        Some(verb) => match order(world, verb, &mut words)? {
            Some(order) => Act::Operator(order),
            None => return Ok(None),
        },
        None => return Ok(None),
    };
    if let Some(word) = words.take() {
        let what = Told::new("error.too-many-words").with("word", word);
        return Err(CommandError::new(what).at(words.column()));
    }
    Ok(Some(Command { line: line.trim().to_owned(), act }))
}

/// What a verb asks of the controller; none when it is not one of those.
#[inline(never)]
fn order(
    world: &World<Kafka>,
    verb: &str,
    words: &mut Words<'_>,
) -> Result<Option<Operator>, CommandError> {
    Ok(Some(match verb {
        "topic" => Operator::CreateTopic(Box::new(topic(world, words)?)),
        "elect" => admin::elect(world, words)?,
        "reassign" => admin::reassign(world, words)?,
        "config" => admin::config(world, words)?,
        "partitions" => admin::partitions(world, words)?,
        "unregister" => admin::unregister(world, words)?,
        "kafka-topics.sh" => admin::topics(world, words)?,
        "kafka-leader-election.sh" => admin::leader_election(world, words)?,
        "kafka-reassign-partitions.sh" => admin::reassign_partitions(world, words)?,
        "kafka-configs.sh" => admin::configs(world, words)?,
        "kafka-cluster.sh" => admin::cluster(world, words)?,
        _ => return Ok(None),
    }))
}

fn name(words: &mut Words<'_>, what: &'static str) -> Result<String, CommandError> {
    let column = words.next_column();
    let word = words.take().ok_or_else(|| CommandError::new(Told::new(what)).at(column))?;
    let fine = word.len() <= 40
        && !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !fine {
        let what = Told::new("error.bad-name").with("name", word);
        return Err(CommandError::new(what).at(column));
    }
    Ok(word.to_owned())
}

fn millis(key: &str, value: &str) -> Result<Span, CommandError> {
    number(key, value, 0, 3_600_000).map(Span::millis)
}

/// Calls `set` for each `key=value` that follows; an unknown key names the known ones.
fn pairs(
    words: &mut Words<'_>,
    known: &[&str],
    mut set: impl FnMut(&str, &str) -> Result<bool, CommandError>,
) -> Result<(), CommandError> {
    while let Some(word) = words.take() {
        let column = words.column();
        let Some((key, value)) = word.split_once('=') else {
            let what = Told::new("error.expected-key-value").with("word", word);
            return Err(CommandError::new(what).at(column).expected(known.iter().copied()));
        };
        if !set(key, value).map_err(|error| error.at(column))? {
            let what = Told::new("error.unknown-key").with("key", key);
            return Err(CommandError::new(what).at(column).expected(known.iter().copied()));
        }
    }
    Ok(())
}

fn flag(key: &str, value: &str) -> Result<bool, CommandError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => {
            let what = Told::new("error.bad-value").with("key", key).with("value", value);
            Err(CommandError::new(what).expected(["true", "false"]))
        }
    }
}

/// `topic orders partitions=3 replicas=3 min.insync.replicas=2 assignment=1:2:3,2:3:1`
fn topic(world: &World<Kafka>, words: &mut Words<'_>) -> Result<NewTopic, CommandError> {
    let name = name(words, "error.expected-topic")?;
    let column = words.column();
    if image(world).is_some_and(|image| image.topic_named(&name).is_some()) {
        let what = Told::new("error.topic-exists").with("topic", name);
        return Err(CommandError::new(what).at(column));
    }
    let brokers = u64::from(world.config().brokers);
    let mut topic = NewTopic {
        name,
        partitions: 1,
        replication_factor: brokers.min(3) as u16,
        assignment: Vec::new(),
        configs: Vec::new(),
    };
    let own = ["partitions=", "replicas=", "assignment="];
    let keys: Vec<&str> = own.into_iter().chain(admin::CHANGEABLE).collect();
    pairs(words, &keys, |key, value| {
        match key {
            "partitions" => topic.partitions = number(key, value, 1, 36)? as u16,
            "replicas" => topic.replication_factor = number(key, value, 1, brokers)? as u16,
            "assignment" => topic.assignment = assignment(value, brokers)?,
            _ => match admin::change(world, true, key, value)? {
                Some(change) => topic.configs.push(change),
                None => return Ok(false),
            },
        }
        Ok(true)
    })?;
    Ok(topic)
}

/// `1:2:3,2:3:1`: the replicas of each partition, the preferred leader first.
fn assignment(value: &str, brokers: u64) -> Result<Vec<Vec<NodeId>>, CommandError> {
    let wrong = || {
        let what = Told::new("error.bad-value").with("key", "assignment").with("value", value);
        CommandError::new(what).expected(["1:2:3,2:3:1"])
    };
    let read_one = |list: &str| {
        let nodes: Option<Vec<NodeId>> = list
            .split(':')
            .map(|n| n.parse().ok().filter(|n| u64::from(*n) <= brokers && *n > 0).map(NodeId))
            .collect();
        let nodes = nodes.ok_or_else(wrong)?;
        let mut sorted = nodes.clone();
        sorted.arrange();
        sorted.dedup();
        if sorted.len() == nodes.len() { Ok(nodes) } else { Err(wrong()) }
    };
    let lists: Vec<Vec<NodeId>> = value.split(',').map(read_one).collect::<Result<_, _>>()?;
    if lists.len() > 36 { Err(wrong()) } else { Ok(lists) }
}

pub(crate) fn known_topic(world: &World<Kafka>, value: &str) -> Result<TopicId, CommandError> {
    let image = image(world);
    image.and_then(|image| image.topic_named(value)).ok_or_else(|| {
        let names = image.map(|image| image.topics.values().map(|t| t.name.clone()).collect());
        let names: Vec<String> = names.unwrap_or_default();
        CommandError::new(Told::new("error.unknown-topic").with("topic", value)).expected(names)
    })
}

/// The next free number of a kind of client.
fn next_client(world: &World<Kafka>, from: u16) -> NodeId {
    let used = |n: &u16| world.node(NodeId(*n)).is_some();
    NodeId((from..from + 99).find(|n| !used(n)).unwrap_or(from + 99))
}

fn fresh_client_name(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let name = name(words, "error.expected-client")?;
    if names::find_node(world, &name).is_some() {
        let what = Told::new("error.client-exists").with("client", name);
        return Err(CommandError::new(what).at(words.column()));
    }
    if world.nodes().count() >= world.limits().nodes {
        return Err(CommandError::new(Told::new("error.limit").with("limit", "nodes")));
    }
    Ok(name)
}

/// `delete-records orders-0 100`, `delete-records orders-0 all`: what `kafka-delete-records.sh`
/// does.
#[inline(never)]
fn delete_records(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let id = partition(world, words)?;
    let column = words.next_column();
    let before = match words.take() {
        Some("all") => None,
        Some(word) => Some(number("offset", word, 0, u64::MAX).map_err(|e| e.at(column))?),
        None => {
            let what = Told::new("error.expected-offset");
            return Err(CommandError::new(what).at(column).expected(["100", "all"]));
        }
    };
    Ok(Act::DeleteRecords { id, before })
}

/// The next word as a partition.
pub(crate) fn partition(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<PartitionId, CommandError> {
    let column = words.next_column();
    let known = || -> Vec<String> {
        image(world).map_or_else(Vec::new, |image| {
            image.partitions.keys().map(|id| image.partition_name(*id)).collect()
        })
    };
    let Some(word) = words.take() else {
        let what = Told::new("error.expected-partition");
        return Err(CommandError::new(what).at(column).expected(known()));
    };
    names::find_partition(world, word).ok_or_else(|| {
        let what = Told::new("error.unknown-partition").with("partition", word);
        CommandError::new(what).at(column).expected(known())
    })
}
