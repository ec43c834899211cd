//! One decision about one partition: who leads, who is in the ISR, who stays eligible.

use super::{Outcome, compare};
use crate::election::{Election, Request, decide};
use crate::guard::Guards;
use crate::id::{PartitionId, TopicId};
use crate::image::{Partition, PartitionChange};
use kernel::NodeId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Row {
    before: State,
    alive: Vec<u16>,
    election: String,
    min_isr: usize,
    elr_enabled: bool,
    epoch_bump_on_shrink: bool,
    target_isr: Option<Vec<u16>>,
    #[serde(default)]
    unclean_shutdown: Vec<u16>,
    record: Option<Value>,
    after: Option<State>,
}

/// A partition as the tables write it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct State {
    replicas: Vec<u16>,
    isr: Vec<u16>,
    elr: Vec<u16>,
    last_known_elr: Vec<u16>,
    removing: Vec<u16>,
    adding: Vec<u16>,
    /// -1 when nobody leads.
    leader: i32,
    recovery: String,
    leader_epoch: u32,
    partition_epoch: u32,
}

impl State {
    pub(super) fn replicas(&self) -> Vec<NodeId> {
        nodes(&self.replicas)
    }

    pub(super) fn of(partition: &Partition) -> State {
        State {
            replicas: numbers(&partition.replicas),
            isr: numbers(&partition.isr),
            elr: numbers(&partition.elr),
            last_known_elr: numbers(&partition.last_known_elr),
            removing: numbers(&partition.removing),
            adding: numbers(&partition.adding),
            leader: leader_number(partition.leader),
            recovery: recovery(partition.recovering).to_owned(),
            leader_epoch: partition.leader_epoch,
            partition_epoch: partition.partition_epoch,
        }
    }

    pub(super) fn partition(&self) -> Partition {
        Partition {
            replicas: nodes(&self.replicas),
            removing: nodes(&self.removing),
            adding: nodes(&self.adding),
            isr: nodes(&self.isr),
            elr: nodes(&self.elr),
            last_known_elr: nodes(&self.last_known_elr),
            leader: u16::try_from(self.leader).ok().map(NodeId),
            recovering: self.recovery == recovery(true),
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
        }
    }
}

pub(super) fn numbers(list: &[NodeId]) -> Vec<u16> {
    list.iter().map(|node| node.0).collect()
}

pub(super) fn nodes(list: &[u16]) -> Vec<NodeId> {
    list.iter().copied().map(NodeId).collect()
}

pub(super) fn leader_number(leader: Option<NodeId>) -> i32 {
    leader.map_or(-1, |leader| i32::from(leader.0))
}

fn recovery(recovering: bool) -> &'static str {
    if recovering { "RECOVERING" } else { "RECOVERED" }
}

pub(super) fn row(row: &Value) -> Result<Outcome, String> {
    let row = Row::deserialize(row).map_err(|error| error.to_string())?;
    let partition = row.before.partition();
    let (alive, unclean_shutdown) = (nodes(&row.alive), nodes(&row.unclean_shutdown));
    let outcome = decide(&Request {
        id: PartitionId { topic: TopicId(0), index: 0 },
        partition: &partition,
        election: election(&row.election)?,
        min_isr: row.min_isr,
        elr_enabled: row.elr_enabled,
        epoch_bump_on_shrink: row.epoch_bump_on_shrink,
        last_known_leader_must_live: true,
        guards: Guards::all_on(),
        manager: None,
        target_isr: row.target_isr.as_deref().map_or_else(|| partition.isr.clone(), nodes),
        target: None,
        unclean_shutdown: &unclean_shutdown,
        target_recovering: None,
        acceptable: &|node| alive.contains(&node),
    });
    let record = outcome.as_ref().map(|outcome| record(&outcome.change));
    let after = outcome.map(|outcome| {
        let mut after = partition.clone();
        after.merge(&outcome.change, Guards::all_on());
        State::of(&after)
    });
    Ok(compare(&(record, after), &(row.record, row.after)))
}

pub(super) fn election(name: &str) -> Result<Election, String> {
    match name {
        "ONLINE" => Ok(Election::Online),
        "PREFERRED" => Ok(Election::Preferred),
        "UNCLEAN" => Ok(Election::Unclean),
        _ => Err(format!("election `{name}`")),
    }
}

/// The fields that a change carries.
fn record(change: &PartitionChange) -> Value {
    let mut fields = Map::new();
    let lists = [
        ("replicas", &change.replicas),
        ("removing", &change.removing),
        ("adding", &change.adding),
        ("isr", &change.isr),
        ("elr", &change.elr),
        ("last_known_elr", &change.last_known_elr),
    ];
    for (name, list) in lists {
        if let Some(list) = list {
            fields.insert(name.to_owned(), json!(numbers(list)));
        }
    }
    if let Some(leader) = change.leader {
        fields.insert("leader".to_owned(), json!(leader_number(leader)));
    }
    if let Some(recovering) = change.recovering {
        fields.insert("recovery".to_owned(), json!(recovery(recovering)));
    }
    Value::Object(fields)
}
