//! What an operator's tools ask of the controller: as short verbs, and as the real tools' own
//! lines. It refuses to know what becomes of it: that is the controller's, and `answer`'s to say.
//! Source: spec I2; `TopicCommand`, `ConfigCommand`, `LeaderElectionCommand`,
//! `ReassignPartitionsCommand`, `ClusterTool`.

use super::options::Options;
use super::{assignment, flag, known_topic, pairs, partition, topic};
use crate::config::number;
use crate::id::{PartitionId, TopicId, is_broker};
use crate::image::Change;
use crate::message::{NewPartitions, Operator};
use crate::names;
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::{CommandError, Told, Words};

/// Settings that can be changed while the cluster runs.
const CHANGEABLE: [&str; 2] = ["min.insync.replicas=", "unclean.leader.election.enable="];

/// `elect preferred orders-0`, `elect unclean orders-0`
pub(super) fn elect(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Operator, CommandError> {
    let column = words.next_column();
    let unclean = unclean(words.take(), column)?;
    let ids = vec![partition(world, words)?];
    Ok(Operator::ElectLeaders { ids, unclean })
}

fn unclean(word: Option<&str>, column: usize) -> Result<bool, CommandError> {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("preferred") => Ok(false),
        Some("unclean") => Ok(true),
        _ => {
            let what = Told::new("error.expected-election");
            Err(CommandError::new(what).at(column).expected(["preferred", "unclean"]))
        }
    }
}

/// `kafka-leader-election.sh --election-type preferred --topic orders --partition 0`
pub(super) fn leader_election(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let options = Options::read(
        words,
        &["--election-type", "--topic", "--partition", "--bootstrap-server"],
        &["--all-topic-partitions"],
    )?;
    let unclean = unclean(options.value("--election-type"), words.next_column())?;
    let ids = if options.has("--all-topic-partitions") {
        let image = image(world);
        image.map_or_else(Vec::new, |image| image.partitions.keys().copied().collect())
    } else {
        vec![partition_of(world, &options, words)?]
    };
    Ok(Operator::ElectLeaders { ids, unclean })
}

/// `--topic orders --partition 0`
fn partition_of(
    world: &World<Kafka>,
    options: &Options<'_>,
    words: &Words<'_>,
) -> Result<PartitionId, CommandError> {
    let topic = topic_of(world, options, words)?;
    let index = options.value("--partition").unwrap_or_default();
    let name = format!("{}-{index}", names::topic(world, topic));
    partition(world, &mut Words::new(&name)).map_err(|error| error.at(words.next_column()))
}

fn topic_of(
    world: &World<Kafka>,
    options: &Options<'_>,
    words: &Words<'_>,
) -> Result<TopicId, CommandError> {
    let name = options.value("--topic").or(options.value("--entity-name"));
    known_topic(world, name.unwrap_or_default()).map_err(|error| error.at(words.next_column()))
}

/// `reassign orders-0 to 2,3,4`, `reassign orders-0 cancel`
pub(super) fn reassign(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let id = partition(world, words)?;
    let column = words.next_column();
    let target = match words.take() {
        Some("cancel") => None,
        Some("to") => {
            let column = words.next_column();
            Some(replicas(world, words.take().unwrap_or_default(), column)?)
        }
        _ => {
            let what = Told::new("error.expected-target");
            return Err(CommandError::new(what).at(column).expected(["to 2,3,4", "cancel"]));
        }
    };
    Ok(Operator::Reassign { id, target })
}

/// `kafka-reassign-partitions.sh --execute --topic orders --partition 0 --replicas 2,3,4`. The
/// real tool reads its partitions from a JSON file.
pub(super) fn reassign_partitions(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let options = Options::read(
        words,
        &["--topic", "--partition", "--replicas", "--bootstrap-server"],
        &["--execute", "--cancel"],
    )?;
    let id = partition_of(world, &options, words)?;
    let column = words.next_column();
    let target = if options.has("--cancel") {
        None
    } else {
        Some(replicas(world, options.value("--replicas").unwrap_or_default(), column)?)
    };
    Ok(Operator::Reassign { id, target })
}

/// `2,3,4`, the preferred leader first.
fn replicas(world: &World<Kafka>, list: &str, column: usize) -> Result<Vec<NodeId>, CommandError> {
    let wrong = |word: &str| {
        let what = Told::new("error.bad-value").with("key", "replicas").with("value", word);
        CommandError::new(what).at(column).expected(["2,3,4"])
    };
    let broker = |word: &str| {
        let node = names::find_node(world, word).filter(|node| is_broker(*node));
        node.ok_or_else(|| wrong(word))
    };
    let nodes: Vec<NodeId> = list.split(',').map(broker).collect::<Result<_, _>>()?;
    let twice = nodes.iter().enumerate().any(|(at, node)| nodes[..at].contains(node));
    if twice { Err(wrong(list)) } else { Ok(nodes) }
}

/// `config orders min.insync.replicas=2`; `*` stands for every topic that does not set it itself,
/// and a key without a value takes the change back.
pub(super) fn config(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let column = words.next_column();
    let topic = match words.take() {
        Some("*") => None,
        word => {
            let topic = known_topic(world, word.unwrap_or_default());
            Some(topic.map_err(|error| error.at(column))?)
        }
    };
    let mut changes = Vec::new();
    pairs(words, &CHANGEABLE, |key, value| {
        let change = change(key, value)?;
        changes.extend(change);
        Ok(change.is_some())
    })?;
    some(changes, words.next_column()).map(|changes| Operator::AlterConfigs { topic, changes })
}

/// `kafka-configs.sh --alter --topic orders --add-config min.insync.replicas=2`, or
/// `--delete-config KEY`; `--entity-type brokers --entity-default` for every topic.
pub(super) fn configs(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let options = Options::read(
        words,
        &[
            "--topic",
            "--entity-type",
            "--entity-name",
            "--add-config",
            "--delete-config",
            "--bootstrap-server",
        ],
        &["--alter", "--entity-default"],
    )?;
    let column = words.next_column();
    let topic = if options.has("--entity-default") {
        None
    } else {
        Some(topic_of(world, &options, words)?)
    };
    let added = options.value("--add-config").map(|list| list.replace(',', " "));
    let mut changes = Vec::new();
    pairs(&mut Words::new(&added.unwrap_or_default()), &CHANGEABLE, |key, value| {
        let change = change(key, value)?;
        changes.extend(change);
        Ok(change.is_some())
    })
    .map_err(|error| error.at(column))?;
    for key in options.value("--delete-config").into_iter().flat_map(|list| list.split(',')) {
        let back = change(key, "")?;
        changes.push(back.ok_or_else(|| unknown_key(key, column))?);
    }
    some(changes, column).map(|changes| Operator::AlterConfigs { topic, changes })
}

fn unknown_key(key: &str, column: usize) -> CommandError {
    CommandError::new(Told::new("error.unknown-key").with("key", key))
        .at(column)
        .expected(CHANGEABLE)
}

fn some(changes: Vec<Change>, column: usize) -> Result<Vec<Change>, CommandError> {
    if changes.is_empty() {
        let what = Told::new("error.expected-setting");
        return Err(CommandError::new(what).at(column).expected(CHANGEABLE));
    }
    Ok(changes)
}

/// A change of a setting; none for a key that cannot be changed.
fn change(key: &str, value: &str) -> Result<Option<Change>, CommandError> {
    Ok(Some(match (key, value) {
        ("min.insync.replicas", "") => Change::MinIsr(None),
        ("min.insync.replicas", _) => Change::MinIsr(Some(number(key, value, 1, 15)?)),
        ("unclean.leader.election.enable", "") => Change::Unclean(None),
        ("unclean.leader.election.enable", _) => Change::Unclean(Some(flag(key, value)?)),
        _ => return Ok(None),
    }))
}

/// `partitions orders 6`
pub(super) fn partitions(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let column = words.next_column();
    let topic = known_topic(world, words.take().unwrap_or_default());
    let topic = topic.map_err(|error| error.at(column))?;
    let column = words.next_column();
    let count = number("partitions", words.take().unwrap_or_default(), 1, 36);
    let count = count.map_err(|error| error.at(column))? as u16;
    Ok(Operator::CreatePartitions(NewPartitions { topic, count, assignment: Vec::new() }))
}

/// `kafka-topics.sh --create …` and `--alter …`; `--describe` only looks (`print.rs`).
pub(super) fn topics(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let options = Options::read(
        words,
        &[
            "--topic",
            "--partitions",
            "--replication-factor",
            "--replica-assignment",
            "--config",
            "--bootstrap-server",
        ],
        &["--create", "--alter"],
    )?;
    let column = words.next_column();
    if options.has("--create") {
        let mut line = options.value("--topic").unwrap_or_default().to_owned();
        let own = [
            ("--partitions", "partitions"),
            ("--replication-factor", "replicas"),
            ("--replica-assignment", "assignment"),
        ];
        for (option, key) in own {
            line.extend(options.value(option).map(|value| format!(" {key}={value}")));
        }
        line.extend(options.values("--config").map(|config| format!(" {config}")));
        let topic = topic(world, &mut Words::new(&line));
        return topic
            .map(|topic| Operator::CreateTopic(Box::new(topic)))
            .map_err(|error| error.at(column));
    }
    let topic = topic_of(world, &options, words)?;
    let count = options.value("--partitions").unwrap_or_default();
    let count = number("partitions", count, 1, 36).map_err(|error| error.at(column))? as u16;
    let brokers = u64::from(world.config().brokers);
    // The tool is given the replicas of all partitions, and sends those of the new ones.
    let present = image(world).map_or(0, |image| image.partition_count(topic));
    let assignment = match options.value("--replica-assignment") {
        Some(list) => assignment(list, brokers).map_err(|error| error.at(column))?,
        None => Vec::new(),
    };
    let assignment = assignment.into_iter().skip(present).collect();
    Ok(Operator::CreatePartitions(NewPartitions { topic, count, assignment }))
}

/// `unregister broker-3`
pub(super) fn unregister(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let column = words.next_column();
    broker(world, words.take().unwrap_or_default(), column)
}

/// `kafka-cluster.sh unregister --id 3`
pub(super) fn cluster(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let column = words.next_column();
    if words.take() != Some("unregister") {
        let what = Told::new("error.unknown-option").with("option", "kafka-cluster.sh");
        return Err(CommandError::new(what).at(column).expected(["unregister --id 3"]));
    }
    let options = Options::read(words, &["--id", "--bootstrap-server"], &[])?;
    broker(world, options.value("--id").unwrap_or_default(), words.next_column())
}

fn broker(world: &World<Kafka>, word: &str, column: usize) -> Result<Operator, CommandError> {
    let node = names::find_node(world, word).filter(|node| is_broker(*node));
    node.map(Operator::Unregister).ok_or_else(|| {
        let what = Told::new("error.unknown-node").with("node", word);
        let known = (1..=world.config().brokers).map(|n| crate::id::node_name(NodeId(n)));
        CommandError::new(what).at(column).expected(known)
    })
}
