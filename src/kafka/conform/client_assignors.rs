//! Groups as their leader sees them, and what each classic assignor makes of them. Rows marked
//! `order_sensitive` are no exception: the order in which Java walks a map is part of the rule.

use super::{Outcome, compare};
use crate::assign::{Assignor, Group, Member, PartitionId, Topic, TopicId};
use kernel::{SortedMap, SortedSet};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Row {
    assignor: String,
    topics: Vec<TopicRow>,
    members: Vec<MemberRow>,
    assignment: SortedMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct TopicRow {
    name: String,
    partitions: u16,
    /// Racks of each partition's replicas.
    #[serde(default)]
    replica_racks: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct MemberRow {
    id: String,
    instance: Option<String>,
    rack: Option<String>,
    topics: Vec<String>,
    owned: Vec<String>,
    owned_generation: i32,
}

pub(super) fn row(row: &Value) -> Result<Outcome, String> {
    let row = Row::deserialize(row).map_err(|error| error.to_string())?;
    let assignor = Assignor::ALL.into_iter().find(|known| known.name() == row.assignor);
    let assignor = assignor.ok_or_else(|| format!("no assignor `{}`", row.assignor))?;
    let names: Vec<&str> = row.topics.iter().map(|topic| topic.name.as_str()).collect();
    let group = group(&names, &row)?;
    let assignment = assignor.assign(&group).into_iter();
    let mut ours: SortedMap<String, Vec<String>> = assignment
        .map(|(id, share)| (id, share.iter().map(|id| partition_name(&names, *id)).collect()))
        .collect();
    let mut theirs = row.assignment;
    // The sticky ones follow no order within a member's list; the table sorts it.
    if matches!(assignor, Assignor::Sticky | Assignor::CooperativeSticky) {
        ours.values_mut().chain(theirs.values_mut()).for_each(|list| list.sort());
    }
    Ok(compare(&ours, &theirs))
}

fn group(names: &[&str], row: &Row) -> Result<Group, String> {
    let topics = row.topics.iter().enumerate().map(|(n, topic)| {
        let racks = topic.replica_racks.iter().map(|racks| racks.iter().cloned().collect());
        let racks = racks.collect();
        let topic = Topic { name: topic.name.clone(), partitions: topic.partitions, racks };
        (TopicId(n as u16), topic)
    });
    let members: Result<_, String> = row.members.iter().map(|row| member(names, row)).collect();
    Ok(Group { topics: topics.collect(), members: members? })
}

fn member(names: &[&str], row: &MemberRow) -> Result<Member, String> {
    let topics: Option<SortedSet<TopicId>> = row.topics.iter().map(|t| topic(names, t)).collect();
    let owned: Option<Vec<PartitionId>> = row.owned.iter().map(|p| partition(names, p)).collect();
    Ok(Member {
        id: row.id.clone(),
        instance: row.instance.clone(),
        rack: row.rack.clone(),
        topics: topics.ok_or_else(|| format!("topics of {}", row.id))?,
        owned: owned.ok_or_else(|| format!("partitions of {}", row.id))?,
        generation: row.owned_generation,
    })
}

fn topic(names: &[&str], name: &str) -> Option<TopicId> {
    names.iter().position(|known| *known == name).map(|place| TopicId(place as u16))
}

/// `t0-3`
fn partition(names: &[&str], text: &str) -> Option<PartitionId> {
    let (name, index) = text.rsplit_once('-')?;
    Some(PartitionId { topic: topic(names, name)?, index: index.parse().ok()? })
}

fn partition_name(names: &[&str], id: PartitionId) -> String {
    format!("{}-{}", names[id.topic.0 as usize], id.index)
}
