//! Groups of the coordinator for tests, written as one reads them.
//!
//! Refuses to check what is written: a flaw in a test's group is a panic.

use super::{Assignor, Group, Member, Target};
use crate::assign::{PartitionId, TopicId};

/// Partitions of the topics 0, 1…; members `id = topics; target`, `id/instance` for static ones.
/// A partition is `topic-number`.
pub(super) fn group(topics: &[u16], members: &[&str]) -> Group {
    let topics = topics.iter().enumerate().map(|(n, count)| (TopicId(n as u16), *count));
    Group { topics: topics.collect(), members: members.iter().map(|text| member(text)).collect() }
}

/// `id: partitions | id: partitions`
pub(super) fn assign(assignor: Assignor, group: &Group) -> String {
    show(&assignor.assign(group))
}

fn show(target: &Target) -> String {
    let name = |id: &PartitionId| format!("{}-{}", id.topic.0, id.index);
    let share =
        |ids: &kernel::SortedSet<PartitionId>| ids.iter().map(name).collect::<Vec<_>>().join(" ");
    let lines = target.iter().map(|(member, ids)| format!("{member}: {}", share(ids)));
    lines.collect::<Vec<_>>().join(" | ")
}

fn member(text: &str) -> (String, Member) {
    let (id, rest) = text.split_once(" = ").expect("id = topics");
    let (topics, target) = rest.split_once("; ").unwrap_or((rest, ""));
    let (id, instance) = id.split_once('/').map_or((id, None), |(id, name)| (id, Some(name)));
    let number = |text: &str| text.parse().expect("a number");
    let partition = |text: &str| {
        let (topic, index) = text.split_once('-').expect("topic-number");
        PartitionId { topic: TopicId(number(topic)), index: number(index) }
    };
    let member = Member {
        instance: instance.map(str::to_owned),
        topics: topics.split_whitespace().map(|topic| TopicId(number(topic))).collect(),
        target: target.split_whitespace().map(partition).collect(),
    };
    (id.to_owned(), member)
}
