//! Questions about consumer groups.

use super::{number, set};
use crate::client::group::GroupConsumer;
use crate::command;
use crate::group::coordinator::{Coordinator, Group};
use crate::group::{GroupId, GroupName};
use crate::id::PartitionId;
use crate::kept::kept;
use crate::ledger::{Delivery, Read};
use crate::node::Node;
use crate::system::{Kafka, broker_of, image};
use kernel::SortedSet;
use kernel::{NodeId, Span, World};
use scene::{Answer, CommandError, Told, View, Words};

pub(crate) const PROBES: [&str; 21] = [
    "group-state GROUP",
    "group-type GROUP",
    "generation GROUP",
    "members GROUP",
    "idle GROUP",
    "coordinator GROUP",
    "lag GROUP",
    "worked GROUP",
    "repeated GROUP",
    "skipped GROUP",
    "dead-letters GROUP",
    "distinct GROUP",
    "rebalances GROUP",
    "evicted GROUP",
    "late GROUP",
    "refused-commits GROUP",
    "stopped GROUP",
    "owner PARTITION GROUP",
    "owned CONSUMER",
    "committed PARTITION GROUP",
    "work-gap PARTITION GROUP",
];

/// The answer, if the question is one of these.
#[inline(never)]
pub(super) fn probe(
    view: &View<'_, Kafka>,
    word: &str,
    words: &mut Words<'_>,
) -> Result<Option<Answer>, CommandError> {
    let known = PROBES.iter().find(|probe| probe.split(' ').next() == Some(word));
    let Some(known) = known else { return Ok(None) };
    let world = view.world;
    if known.contains("CONSUMER") {
        return owned(world, words).map(Some);
    }
    let partition = known.contains("PARTITION").then(|| command::partition(world, words));
    let partition = partition.transpose()?;
    let group = group(world, words)?;
    Ok(Some(match partition {
        Some(id) => of_partition(world, word, id, group),
        None => of_group(world, word, group),
    }))
}

fn group(world: &World<Kafka>, words: &mut Words<'_>) -> Result<GroupId, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    named(world, word).map(|group| group.id).ok_or_else(|| {
        let what = Told::new("error.unknown-group").with("group", word);
        CommandError::new(what).at(column).expected(names(world))
    })
}

/// The names of all groups.
pub(crate) fn names(world: &World<Kafka>) -> Vec<String> {
    let all: SortedSet<String> =
        members_of_all(world).map(|(_, member)| member.config.group.to_string()).collect();
    all.into_iter().collect()
}

/// A group by its name.
pub(crate) fn named(world: &World<Kafka>, name: &str) -> Option<GroupName> {
    let found = members_of_all(world).find(|(_, member)| &*member.config.group == name);
    found.map(|(_, member)| member.config.key)
}

fn members_of_all(world: &World<Kafka>) -> impl Iterator<Item = (NodeId, &GroupConsumer)> {
    world.nodes().filter_map(|slot| match &slot.process {
        Node::Member(member) => Some((slot.id, &**member)),
        _ => None,
    })
}

/// Running members of a group.
pub(crate) fn members(
    world: &World<Kafka>,
    group: GroupId,
) -> impl Iterator<Item = (NodeId, &GroupConsumer)> {
    let runs = |node: NodeId| world.node(node).is_some_and(|slot| slot.status.is_running());
    let of = move |member: &GroupConsumer| member.config.key.id == group;
    members_of_all(world).filter(move |(node, member)| of(member) && runs(*node))
}

/// Who coordinates a group, with the coordinator: of those that believe they do, the one that has
/// written most.
pub(crate) fn coordinator(world: &World<Kafka>, group: GroupId) -> Option<(NodeId, &Coordinator)> {
    let hosts = world.nodes().filter_map(|slot| {
        let shards = broker_of(slot)?.shards.values();
        let found = shards.filter(|shard| shard.coordinator.group(group).is_some());
        found.map(|shard| (shard.written(), slot.id, &shard.coordinator)).next()
    });
    hosts.max_by_key(|(written, ..)| *written).map(|(_, node, coordinator)| (node, coordinator))
}

fn delivery(world: &World<Kafka>, group: GroupId) -> Option<&Delivery> {
    world.ledger().deliveries.of(group)
}

fn of_group(world: &World<Kafka>, word: &str, group: GroupId) -> Answer {
    let standing = || coordinator(world, group).and_then(|(_, it)| it.standing(group));
    let count = |of: fn(&Delivery) -> u64| number(delivery(world, group).map_or(0, of));
    match word {
        "group-state" => Answer::Word(standing().map_or("none", |it| it.state).to_owned()),
        "group-type" => Answer::Word(standing().map_or("none", |it| it.kind.name()).to_owned()),
        "generation" => Answer::Number(standing().map_or(0, |it| i64::from(it.epoch))),
        "members" => set(&present(world, group)),
        "idle" => number(
            members(world, group).filter(|(_, member)| member.owned.is_empty()).count() as u64,
        ),
        "coordinator" => Answer::Node(coordinator(world, group).map(|(node, _)| node)),
        "lag" => number(lag(world, group)),
        "worked" => count(|delivery| delivery.worked),
        "repeated" => count(|delivery| delivery.repeated),
        "skipped" => count(Delivery::skipped),
        "dead-letters" => count(Delivery::parked),
        "distinct" => count(Delivery::distinct),
        "rebalances" => count(|delivery| delivery.rebalances),
        "evicted" => count(|delivery| delivery.evicted),
        "late" => count(|delivery| delivery.late),
        "refused-commits" => count(|delivery| delivery.refused),
        _ => {
            let stopped = delivery(world, group).map(|delivery| delivery.stopped(world.now()));
            Answer::Span(stopped.unwrap_or(Span::ZERO))
        }
    }
}

/// The clients of whom the coordinator knows as members.
fn present(world: &World<Kafka>, id: GroupId) -> Vec<NodeId> {
    match coordinator(world, id).and_then(|(_, coordinator)| coordinator.group(id)) {
        Some(Group::Classic(group)) => group.members().map(|(id, _)| id.client()).collect(),
        Some(Group::Consumer(group)) => group.members().keys().map(|id| id.client()).collect(),
        None => Vec::new(),
    }
}

/// Up to the high watermark, over all partitions that the group has committed.
fn lag(world: &World<Kafka>, group: GroupId) -> u64 {
    let Some(delivery) = delivery(world, group) else { return 0 };
    let partitions = delivery.reads.iter();
    let behind = partitions
        .map(|(id, read)| high_watermark(world, *id).saturating_sub(read.committed().unwrap_or(0)));
    behind.sum()
}

pub(crate) fn high_watermark(world: &World<Kafka>, id: PartitionId) -> u64 {
    let partition = image(world).and_then(|image| image.partitions.get(&id));
    let leader = partition.and_then(|partition| partition.leader);
    leader.map_or(0, |leader| kept(world, leader, id).high_watermark())
}

fn of_partition(world: &World<Kafka>, word: &str, id: PartitionId, group: GroupId) -> Answer {
    let read = || delivery(world, group).and_then(|delivery| delivery.reads.get(&id));
    match word {
        "owner" => {
            let owner = members(world, group).find(|(_, member)| member.owned.contains(&id));
            Answer::Node(owner.map(|(node, _)| node))
        }
        "committed" => {
            let committed = read().and_then(Read::committed);
            Answer::Number(committed.map_or(-1, |at| at as i64))
        }
        _ => Answer::Span(read().map_or(Span::ZERO, |read| read.gap(world.now()))),
    }
}

/// The partitions that a member has, by name.
fn owned(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Answer, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    let node = crate::names::find_node(world, word);
    let member = node.and_then(|node| members_of_all(world).find(|(id, _)| *id == node));
    let (_, member) = member.ok_or_else(|| {
        CommandError::new(Told::new("error.no-member").with("client", word)).at(column)
    })?;
    let names: Vec<String> =
        member.owned.iter().map(|id| crate::names::partition(world, *id)).collect();
    Ok(Answer::Word(if names.is_empty() { "none".to_owned() } else { names.join(",") }))
}
