//! What an operator's tools ask of the controller: as short verbs, and as the real tools' own
//! lines. It refuses to know what becomes of it: that is the controller's, and `answer`'s to say.
//! Source: spec I2; `TopicCommand`, `ConfigCommand`, `LeaderElectionCommand`,
//! `ReassignPartitionsCommand`, `ClusterTool`.

use super::moves::moves;
use super::options::Options;
use super::{assignment, flag, known_topic, pairs, partition, topic};
use crate::config::number;
use crate::homemade::{Manager, Recovery};
use crate::id::{PartitionId, TopicId, is_broker};
use crate::image::{Change, Partition};
use crate::message::{Move, NewPartitions, Operator};
use crate::names;
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::{CommandError, Told, Words};

/// Settings of a topic that can be changed while the cluster runs.
pub(super) const CHANGEABLE: [&str; 7] = [
    "min.insync.replicas=",
    "unclean.leader.election.enable=",
    "retention.ms=",
    "retention.bytes=",
    "segment.bytes=",
    "manager=",
    "recovery=",
];
/// The same for every topic that has none of its own.
const CHANGEABLE_FOR_ALL: [&str; 5] = [
    "min.insync.replicas=",
    "unclean.leader.election.enable=",
    "log.retention.ms=",
    "log.retention.bytes=",
    "log.segment.bytes=",
];

/// Its text stands for the file.
const JSON_FILE: &str = "--reassignment-json-file";

fn changeable(of_topic: bool) -> &'static [&'static str] {
    if of_topic { &CHANGEABLE } else { &CHANGEABLE_FOR_ALL }
}

/// `elect preferred orders-0`, `elect unclean orders-0`
#[inline(never)]
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
#[inline(never)]
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
#[inline(never)]
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
    Ok(Operator::Reassign(vec![Move { id, target }]))
}

/// `kafka-reassign-partitions.sh --execute --reassignment-json-file {"version":1,…}`, with the
/// file's text in place of its name; or, for one partition, `--topic orders --partition 0
/// --replicas 2,3,4`.
///
/// An order without moves: while a reassignment is under way the tool begins none unless it is told
/// `--additional`, and it cancels only what is under way.
#[inline(never)]
pub(super) fn reassign_partitions(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    const VALUES: [&str; 5] =
        [JSON_FILE, "--topic", "--partition", "--replicas", "--bootstrap-server"];
    let options = Options::read(words, &VALUES, &["--execute", "--cancel", "--additional"])?;
    let column = words.next_column();
    let cancels = options.has("--cancel");
    let mut asked = match options.value(JSON_FILE) {
        Some(text) => moves(world, text, column)?,
        None => {
            let id = partition_of(world, &options, words)?;
            let list = options.value("--replicas").unwrap_or_default();
            let target = (!cancels).then(|| replicas(world, list, column)).transpose()?;
            vec![Move { id, target }]
        }
    };
    let moving = |id: &PartitionId| {
        let partition = image(world).and_then(|image| image.partitions.get(id));
        partition.is_some_and(Partition::is_reassigning)
    };
    if cancels {
        asked.retain(|one| moving(&one.id));
        asked.iter_mut().for_each(|one| one.target = None);
    } else if !options.has("--additional") {
        let any = image(world).is_some_and(|image| image.partitions.keys().any(moving));
        asked.retain(|_| !any);
    }
    Ok(Operator::Reassign(asked))
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
#[inline(never)]
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
    pairs(words, changeable(topic.is_some()), |key, value| {
        let change = change(world, topic.is_some(), key, value)?;
        changes.extend(change);
        Ok(change.is_some())
    })?;
    some(changes, topic, words.next_column())
}

/// `kafka-configs.sh --alter --topic orders --add-config min.insync.replicas=2`, or
/// `--delete-config KEY`; `--entity-type brokers --entity-default` for every topic.
#[inline(never)]
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
    let (of_topic, known) = (topic.is_some(), changeable(topic.is_some()));
    pairs(&mut Words::new(&added.unwrap_or_default()), known, |key, value| {
        let change = change(world, of_topic, key, value)?;
        changes.extend(change);
        Ok(change.is_some())
    })
    .map_err(|error| error.at(column))?;
    for key in options.value("--delete-config").into_iter().flat_map(|list| list.split(',')) {
        let back = change(world, of_topic, key, "")?;
        changes.push(back.ok_or_else(|| unknown_key(key, of_topic, column))?);
    }
    some(changes, topic, column)
}

fn unknown_key(key: &str, of_topic: bool, column: usize) -> CommandError {
    CommandError::new(Told::new("error.unknown-key").with("key", key))
        .at(column)
        .expected(changeable(of_topic).iter().copied())
}

fn some(
    changes: Vec<Change>,
    topic: Option<TopicId>,
    column: usize,
) -> Result<Operator, CommandError> {
    if changes.is_empty() {
        let what = Told::new("error.expected-setting");
        let known = changeable(topic.is_some()).iter().copied();
        return Err(CommandError::new(what).at(column).expected(known));
    }
    Ok(Operator::AlterConfigs { topic, changes })
}

/// A change of a setting, taken back by an empty value; none for a key that cannot be changed.
/// Source: `LogConfig`.
pub(super) fn change(
    world: &World<Kafka>,
    of_topic: bool,
    key: &str,
    value: &str,
) -> Result<Option<Change>, CommandError> {
    let set = !value.is_empty();
    let whole = |low, high| set.then(|| number(key, value, low, high)).transpose();
    let log = |name: &str| key.strip_prefix(if of_topic { "" } else { "log." }) == Some(name);
    Ok(Some(if key == "min.insync.replicas" {
        Change::MinIsr(whole(1, 15)?)
    } else if key == "unclean.leader.election.enable" {
        Change::Unclean(set.then(|| flag(key, value)).transpose()?)
    } else if log("retention.ms") {
        Change::Retention(limit(key, value)?)
    } else if log("retention.bytes") {
        Change::RetentionBytes(limit(key, value)?)
    } else if log("segment.bytes") {
        let least = world.config().profile.min_segment_bytes;
        Change::SegmentBytes(whole(least, (1 << 31) - 1)?)
    } else if of_topic && key == "manager" {
        Change::Manager(set.then(|| one_of(key, value, &Manager::ALL, Manager::name)).transpose()?)
    } else if of_topic && key == "recovery" {
        Change::Recovery(
            set.then(|| one_of(key, value, &Recovery::ALL, Recovery::name)).transpose()?,
        )
    } else {
        return Ok(None);
    }))
}

/// A home-made rule by its name.
fn one_of<T: Copy>(
    key: &str,
    value: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, CommandError> {
    all.iter().copied().find(|one| name(*one) == value).ok_or_else(|| {
        let what = Told::new("error.bad-value").with("key", key).with("value", value);
        CommandError::new(what).expected(all.iter().map(|one| name(*one)))
    })
}

/// A number, or −1 for no limit.
fn limit(key: &str, value: &str) -> Result<Option<i64>, CommandError> {
    match value {
        "" => Ok(None),
        "-1" => Ok(Some(-1)),
        _ => number(key, value, 0, 1 << 50).map(|n| Some(n as i64)),
    }
}

/// `partitions orders 6`
#[inline(never)]
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
#[inline(never)]
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
#[inline(never)]
pub(super) fn unregister(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Operator, CommandError> {
    let column = words.next_column();
    broker(world, words.take().unwrap_or_default(), column)
}

/// `kafka-cluster.sh unregister --id 3`
#[inline(never)]
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
