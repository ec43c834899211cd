//! Groups for tests, written as one reads them, and assignments printed the same way.
//!
//! Refuses to check what is written: a flaw in a test's group is a panic.

use super::{Assignor, Group, Member, PartitionId, Topic, TopicId};

/// Topics `t0:3 t1:2 t2:2@a,b`, where the last has its partition 0 on rack a and 1 on rack b;
/// members `id = topics; owned @generation`, or `id/instance` for static ones, `id%rack` for racks.
pub(super) fn group(topics: &str, members: &[&str]) -> Group {
    let topics: Vec<Topic> = topics.split_whitespace().map(topic).collect();
    let members = members.iter().map(|text| member(&topics, text)).collect();
    let numbered = topics.into_iter().enumerate().map(|(n, topic)| (TopicId(n as u16), topic));
    Group { topics: numbered.collect(), members }
}

/// `id: partitions | id: partitions`
pub(super) fn assign(assignor: Assignor, group: &Group) -> String {
    let name = |id: &PartitionId| format!("{}-{}", group.topic_name(id.topic), id.index);
    let assignment = assignor.assign(group).into_iter().map(|(member, mut share)| {
        share.sort_by(|a, b| group.compare(*a, *b));
        let share: Vec<String> = share.iter().map(name).collect();
        format!("{member}: {}", share.join(" "))
    });
    assignment.collect::<Vec<_>>().join(" | ")
}

fn topic(text: &str) -> Topic {
    let (name, rest) = text.split_once(':').expect("name:partitions");
    let (partitions, racks) = rest.split_once('@').unwrap_or((rest, ""));
    let racks = racks.split(',').filter(|racks| !racks.is_empty());
    let racks = racks.map(|racks| racks.split('+').map(str::to_owned).collect()).collect();
    Topic { name: name.to_owned(), partitions: partitions.parse().expect("a number"), racks }
}

fn member(topics: &[Topic], text: &str) -> Member {
    let (id, rest) = text.split_once(" = ").expect("id = topics");
    let (wanted, owned) = rest.split_once("; ").unwrap_or((rest, "@-1"));
    let (owned, generation) = owned.split_once('@').expect("owned @generation");
    let (id, rack) = id.split_once('%').map_or((id, None), |(id, rack)| (id, Some(rack)));
    let (id, instance) = id.split_once('/').map_or((id, None), |(id, name)| (id, Some(name)));
    let find = |name: &str| {
        let place = topics.iter().position(|topic| topic.name == name);
        TopicId(place.expect("a topic of the group") as u16)
    };
    let partition = |text: &str| {
        let (name, index) = text.rsplit_once('-').expect("topic-number");
        PartitionId { topic: find(name), index: index.parse().expect("a number") }
    };
    Member {
        id: id.to_owned(),
        instance: instance.map(str::to_owned),
        rack: rack.map(str::to_owned),
        topics: wanted.split_whitespace().map(find).collect(),
        owned: owned.split_whitespace().map(partition).collect(),
        generation: generation.parse().expect("a number"),
    }
}
