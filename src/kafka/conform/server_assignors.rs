//! Groups of the KIP-848 protocol, and the target that each of the coordinator's assignors gives.
//! Members are walked in order of their ids, in the table as here, so rows marked
//! `order_sensitive` are no exception.

use super::{Outcome, compare};
use crate::assign::server::{Assignor, Group, Member, Target};
use crate::assign::{PartitionId, TopicId};
use kernel::{SortedMap, SortedSet};
use serde::Deserialize;
use serde_json::Value;

/// Partition numbers by topic name.
type Partitions = SortedMap<String, SortedSet<u16>>;

#[derive(Deserialize)]
struct Row {
    assignor: String,
    subscription_type: String,
    topics: SortedMap<String, u16>,
    members: Vec<MemberRow>,
    target_after: SortedMap<String, Partitions>,
}

#[derive(Deserialize)]
struct MemberRow {
    id: String,
    instance: Option<String>,
    topics: Vec<String>,
    target_before: Partitions,
}

pub(super) fn row(row: &Value) -> Result<Outcome, String> {
    let row = Row::deserialize(row).map_err(|error| error.to_string())?;
    let assignor = Assignor::ALL.into_iter().find(|known| known.name() == row.assignor);
    let assignor = assignor.ok_or_else(|| format!("no assignor `{}`", row.assignor))?;
    // Topic ids of the table follow the names.
    let names: Vec<&str> = row.topics.keys().map(String::as_str).collect();
    let members = row.members.iter().map(|row| Ok((row.id.clone(), member(&names, row)?)));
    let group = Group {
        topics: row.topics.values().enumerate().map(|(n, p)| (TopicId(n as u16), *p)).collect(),
        members: members.collect::<Result<_, String>>()?,
    };
    let kind = if group.is_homogeneous() { "HOMOGENEOUS" } else { "HETEROGENEOUS" };
    let targets = row.target_after.iter();
    let theirs: Result<Target, String> =
        targets.map(|(id, target)| Ok((id.clone(), partitions(&names, target)?))).collect();
    let ours = (kind.to_owned(), assignor.assign(&group));
    Ok(compare(&ours, &(row.subscription_type, theirs?)))
}

fn member(names: &[&str], row: &MemberRow) -> Result<Member, String> {
    let topics: Result<_, _> = row.topics.iter().map(|name| topic(names, name)).collect();
    Ok(Member {
        instance: row.instance.clone(),
        topics: topics?,
        target: partitions(names, &row.target_before)?,
    })
}

fn partitions(names: &[&str], partitions: &Partitions) -> Result<SortedSet<PartitionId>, String> {
    let mut found = SortedSet::new();
    for (name, indexes) in partitions {
        let topic = topic(names, name)?;
        found.extend(indexes.iter().map(|index| PartitionId { topic, index: *index }));
    }
    Ok(found)
}

fn topic(names: &[&str], name: &str) -> Result<TopicId, String> {
    let place = names.iter().position(|known| *known == name);
    place.map(|place| TopicId(place as u16)).ok_or_else(|| format!("no topic `{name}`"))
}
