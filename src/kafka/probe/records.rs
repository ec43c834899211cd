//! Questions about what lies in a topic's logs: whose keys, in which order, and what is not there.
//! What counts is the log of a partition's leader, or without one that of its preferred replica.

use super::number;
use crate::client::keys::{self, Key};
use crate::command;
use crate::id::{Offset, PartitionId, TopicId};
use crate::kept::{Kept, kept};
use crate::names;
use crate::node::Node;
use crate::record::Record;
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::{Answer, CommandError, Told, View, Words};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const PROBES: [&str; 7] = [
    "key-partitions KEY TOPIC",
    "hottest TOPIC",
    "skew-index TOPIC",
    "key-order TOPIC|PARTITION",
    "made PARTITION",
    "missing PARTITION",
    "unserved TOPIC",
];

/// The answer, if the question is one of these.
#[inline(never)]
pub(super) fn probe(
    view: &View<'_, Kafka>,
    word: &str,
    words: &mut Words<'_>,
) -> Result<Option<Answer>, CommandError> {
    let world = view.world;
    Ok(Some(match word {
        "key-partitions" => {
            let key = key(words)?;
            number(partitions_with(world, key, topic(world, words)?))
        }
        "hottest" => Answer::Word(hottest(world, topic(world, words)?)),
        "skew-index" => number(skew_index(&counts(world, topic(world, words)?))),
        "key-order" => {
            let ordered = is_in_order(world, &topic_or_partition(world, words)?);
            Answer::Word(if ordered { "kept" } else { "broken" }.to_owned())
        }
        "unserved" => number(unserved(world, topic(world, words)?)),
        "made" => number(made(world, command::partition(world, words)?)),
        "missing" => number(missing(world, command::partition(world, words)?)),
        _ => return Ok(None),
    }))
}

/// Partitions of a topic that no running leader serves: nobody leads, or a broker that is gone.
fn unserved(world: &World<Kafka>, topic: TopicId) -> u64 {
    let served = |id: &PartitionId| {
        let partition = image(world).and_then(|image| image.partitions.get(id));
        let leader = partition.and_then(|partition| partition.leader);
        let node = leader.and_then(|leader| world.node(leader));
        node.is_some_and(|slot| slot.status.is_running())
    };
    partitions(world, topic).iter().filter(|id| !served(id)).count() as u64
}

fn key(words: &mut Words<'_>) -> Result<Key, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    keys::named(word).ok_or_else(|| {
        let what = Told::new("error.unknown-key-name").with("key", word);
        CommandError::new(what).at(column).expected(["k1", "k2"])
    })
}

fn topic(world: &World<Kafka>, words: &mut Words<'_>) -> Result<TopicId, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    command::known_topic(world, word).map_err(|error| error.at(column))
}

/// All partitions of a topic, or the one that is named.
fn topic_or_partition(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Vec<PartitionId>, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    if let Some(id) = names::find_partition(world, word) {
        return Ok(vec![id]);
    }
    let topic = command::known_topic(world, word).map_err(|error| error.at(column))?;
    Ok(partitions(world, topic))
}

pub(crate) fn partitions(world: &World<Kafka>, topic: TopicId) -> Vec<PartitionId> {
    let all = image(world).into_iter().flat_map(|image| image.partitions.keys());
    all.copied().filter(|id| id.topic == topic).collect()
}

pub(crate) fn log(world: &World<Kafka>, id: PartitionId) -> Kept<'_> {
    let partition = image(world).and_then(|image| image.partitions.get(&id));
    let node = partition.and_then(|it| it.leader.or(it.replicas.first().copied()));
    node.map_or(Kept::Nowhere, |node| kept(world, node, id))
}

pub(crate) fn records<'a>(log: &'a Kept<'_>) -> impl Iterator<Item = &'a Record> {
    (log.start()..log.end()).filter_map(|offset| log.get(offset))
}

fn partitions_with(world: &World<Kafka>, key: Key, topic: TopicId) -> u64 {
    let holds = |id: &PartitionId| records(&log(world, *id)).any(|it| it.key == Some(key));
    partitions(world, topic).iter().filter(|id| holds(id)).count() as u64
}

/// How many records each partition holds.
fn counts(world: &World<Kafka>, topic: TopicId) -> Vec<u64> {
    let count = |id: &PartitionId| {
        let log = log(world, *id);
        log.end() - log.start()
    };
    partitions(world, topic).iter().map(count).collect()
}

/// The partition with most records, of equals the first.
fn hottest(world: &World<Kafka>, topic: TopicId) -> String {
    let counts = counts(world, topic);
    let most = counts.iter().max();
    let at = most.and_then(|most| counts.iter().position(|count| count == most));
    let index = at.and_then(|at| u16::try_from(at).ok()).unwrap_or_default();
    names::partition(world, PartitionId { topic, index })
}

/// The largest count over the average, in percent; 100 where all are equal.
fn skew_index(counts: &[u64]) -> u64 {
    let (most, sum) = (counts.iter().max().copied().unwrap_or(0), counts.iter().sum::<u64>());
    (most * counts.len() as u64 * 100).checked_div(sum).unwrap_or(0)
}

/// Whether the logs alone give the records of every key in the order in which its producer made
/// them: within a partition none stands behind a later one, and as nothing orders one partition's
/// records against another's, a key lies in one partition only.
fn is_in_order(world: &World<Kafka>, partitions: &[PartitionId]) -> bool {
    let mut latest: BTreeMap<(NodeId, Option<Key>), (PartitionId, u32)> = BTreeMap::new();
    for id in partitions {
        let log = log(world, *id);
        for record in records(&log) {
            let here = (*id, record.value);
            let of_key = latest.entry((record.client, record.key)).or_insert(here);
            let elsewhere = record.key.is_some() && of_key.0 != *id;
            if elsewhere || (of_key.0 == *id && record.value < of_key.1) {
                return false;
            }
            *of_key = here;
        }
    }
    true
}

fn made(world: &World<Kafka>, id: PartitionId) -> u64 {
    world.ledger().accounts.get(&id).map_or(0, |account| account.sent)
}

/// Records that were made for a partition, are not in its log, and that no producer holds any
/// longer: whatever anybody was told, nobody will see them.
fn missing(world: &World<Kafka>, id: PartitionId) -> u64 {
    let log = log(world, id);
    let mut there: BTreeSet<(NodeId, u32)> =
        records(&log).map(|record| (record.client, record.value)).collect();
    for slot in world.nodes() {
        if let Node::Producer(producer) = &slot.process {
            there.extend(producer.holds(id).map(|value| (slot.id, value)));
        }
    }
    let deleted: Offset = log.start();
    made(world, id).saturating_sub(there.len() as u64 + deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_skew_index_compares_the_fullest_with_the_average() {
        assert_eq!(skew_index(&[5, 5, 5, 5]), 100);
        assert_eq!(skew_index(&[20, 0, 0, 0]), 400);
        assert_eq!(skew_index(&[6, 3]), 133);
        assert_eq!(skew_index(&[0, 0]), 0, "nothing is not skewed");
    }
}
