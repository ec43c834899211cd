//! `show keys TOPIC`: where murmur2 puts each key, and what has come of it in the logs.
//! It refuses to know who made the records.

use crate::client::keys::{self, Key};
use crate::client::partitioner::{murmur2, partition_for_key};
use crate::command;
use crate::id::{PartitionId, TopicId};
use crate::names;
use crate::probe::records::{log, partitions, records};
use crate::system::Kafka;
use kernel::World;
use scene::{CommandError, Words};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Keys that are shown: those with most records.
const SHOWN: usize = 6;
/// Signs of the longest bar.
const BAR: u64 = 24;

/// Records of each key in each partition of a topic.
type Counts = BTreeMap<Key, BTreeMap<PartitionId, u64>>;

#[inline(never)]
pub(super) fn show(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    let name = words.take().unwrap_or_default();
    let topic = command::known_topic(world, name).map_err(|error| error.at(column))?;
    let all = partitions(world, topic);
    let counts = counts(world, &all);
    let mut text = bars(world, &all, &counts);
    let mut most: Vec<_> =
        counts.iter().map(|(key, at)| (at.values().sum::<u64>(), *key)).collect();
    most.sort_by_key(|(count, key)| (std::cmp::Reverse(*count), *key));
    let _ = writeln!(text, "partition = (murmur2(key) & 0x7fffffff) % {}", all.len());
    for (_, key) in most.into_iter().take(SHOWN) {
        text += &wheel(world, topic, all.len(), key, &counts[&key]);
    }
    Ok(text)
}

fn counts(world: &World<Kafka>, all: &[PartitionId]) -> Counts {
    let mut counts = Counts::new();
    for id in all {
        for key in records(&log(world, *id)).filter_map(|record| record.key) {
            *counts.entry(key).or_default().entry(*id).or_default() += 1;
        }
    }
    counts
}

/// How full each partition is, and its most frequent key.
fn bars(world: &World<Kafka>, all: &[PartitionId], counts: &Counts) -> String {
    let held = |id: &PartitionId| {
        let log = log(world, *id);
        log.end() - log.start()
    };
    let fullest = all.iter().map(held).max().unwrap_or(0).max(1);
    let mut text = String::new();
    for id in all {
        let name = names::partition(world, *id);
        let bar = "#".repeat(usize::try_from(held(id) * BAR / fullest).unwrap_or_default());
        let here = counts.iter().filter_map(|(key, at)| Some((*at.get(id)?, *key)));
        let most = here.max_by_key(|(count, key)| (*count, std::cmp::Reverse(*key)));
        let most =
            most.map_or(String::new(), |(count, key)| format!("{} {count}", keys::name(key)));
        let line = format!("{name:<12}{:>6}  {bar:<24}  {most}", held(id));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A key's hash, where it leads now, and where its records lie.
fn wheel(
    world: &World<Kafka>,
    topic: TopicId,
    partitions: usize,
    key: Key,
    at: &BTreeMap<PartitionId, u64>,
) -> String {
    let name = keys::name(key);
    let count = u32::try_from(partitions).unwrap_or(u32::MAX);
    let index = partition_for_key(name.as_bytes(), count);
    let index = u16::try_from(index).unwrap_or(u16::MAX);
    let leads = names::partition(world, PartitionId { topic, index });
    let lie = at.iter().map(|(id, count)| format!("{} {count}", names::partition(world, *id)));
    let lie: Vec<String> = lie.collect();
    format!("{name:<4}{:08x} -> {leads:<12}  {}\n", murmur2(name.as_bytes()), lie.join(", "))
}
