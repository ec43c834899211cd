//! A recorded run: what was done to the cluster, and what its controller wrote down.
//! It refuses to know our engine.

use scene::Span;
use serde_json::Value;
use std::collections::BTreeMap;

/// A recorded run.
#[derive(Clone, Debug)]
pub struct Trace {
    pub name: String,
    /// Version of Kafka.
    pub kafka: String,
    /// What the recorder says of it; settings stand in it.
    pub about: String,
    pub acts: Vec<Act>,
    pub log: Vec<Logged>,
    /// When a controller became leader of the quorum, and which.
    pub elected: Vec<(Span, u16)>,
    pub last: BTreeMap<String, State>,
}

/// Something done from outside, at a distance from the beginning of the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub at: Span,
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Start(u16),
    Kill(u16),
    Stop(u16),
    Pause(u16),
    Resume(u16),
    /// The state was looked at.
    Look(BTreeMap<String, State>),
}

/// A partition as the recorder saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// None without a leader.
    pub leader: Option<u16>,
    /// In ascending order.
    pub isr: Vec<u16>,
    pub elr: Vec<u16>,
    pub leader_epoch: i64,
    pub partition_epoch: i64,
}

/// A record of the metadata log that tells of brokers or partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Register(u16),
    Fence(u16),
    Unfence(u16),
    Stopping(u16),
    Setting { topic: String, key: String, value: String },
    Partition { name: String, replicas: Vec<u16> },
    Change { name: String, change: Change },
}

/// The fields that a change carries; lists in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub isr: Option<Vec<u16>>,
    pub elr: Option<Vec<u16>>,
    pub last_known: Option<Vec<u16>>,
    pub leader: Option<i64>,
    pub recovering: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Records with the same instant were one batch.
    pub at: Span,
    pub record: Record,
}

impl Trace {
    /// Reads a recording.
    ///
    /// # Errors
    /// Names the part that is missing or not understood.
    pub fn read(text: &str) -> Result<Trace, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let word = |key: &str| json[key].as_str().map(ToOwned::to_owned);
        let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
        let acts = list("driver_events").iter().filter_map(act).collect();
        let log = list("metadata_log").iter().filter_map(logged).collect();
        let leads = |event: &&Value| event["state"] == "Leader";
        let elected = list("raft_transitions")
            .iter()
            .filter(leads)
            .filter_map(|event| Some((at(event)?, number(&event["node"])?)))
            .collect();
        Ok(Trace {
            name: word("name").ok_or("the recording has no `name`")?,
            kafka: word("kafka").ok_or("the recording has no `kafka` version")?,
            about: word("what").unwrap_or_default(),
            acts,
            log,
            elected,
            last: states(&json["final"]),
        })
    }
}

fn at(event: &Value) -> Option<Span> {
    event["t_ms"].as_u64().map(Span::millis)
}

fn number(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|n| u16::try_from(n).ok())
}

fn act(event: &Value) -> Option<Act> {
    let node = number(&event["node"]);
    let deed = match (event["what"].as_str()?, node) {
        ("start", Some(node)) => Deed::Start(node),
        ("kill -9", Some(node)) => Deed::Kill(node),
        ("SIGTERM", Some(node)) => Deed::Stop(node),
        ("SIGSTOP", Some(node)) => Deed::Pause(node),
        ("SIGCONT", Some(node)) => Deed::Resume(node),
        _ if event["st"].is_object() => Deed::Look(states(&event["st"])),
        _ => return None,
    };
    Some(Act { at: at(event)?, deed })
}

fn states(value: &Value) -> BTreeMap<String, State> {
    let state = |value: &Value| State {
        leader: number(&value["leader"]),
        isr: nodes(&value["isr"]).unwrap_or_default(),
        elr: nodes(&value["elr"]).unwrap_or_default(),
        leader_epoch: value["leader_epoch"].as_i64().unwrap_or(-1),
        partition_epoch: value["partition_epoch"].as_i64().unwrap_or(-1),
    };
    let all = value.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), state(value))).collect()
}

/// In ascending order: in which order members joined is a matter of milliseconds.
fn nodes(value: &Value) -> Option<Vec<u16>> {
    let mut nodes: Vec<u16> = value.as_array()?.iter().filter_map(number).collect();
    nodes.sort_unstable();
    Some(nodes)
}

fn logged(event: &Value) -> Option<Logged> {
    Some(Logged { at: at(event)?, record: record(event["type"].as_str()?, &event["data"])? })
}

/// A record in the words of Kafka's schemas, if it tells of brokers or partitions.
pub(super) fn record(kind: &str, data: &Value) -> Option<Record> {
    let broker = || number(&data["brokerId"]);
    let partition = || {
        let topic = data["topic"].as_str()?;
        Some(format!("{topic}-{}", data["partitionId"].as_u64()?))
    };
    match kind {
        "REGISTER_BROKER_RECORD" => broker().map(Record::Register),
        "BROKER_REGISTRATION_CHANGE_RECORD" => {
            match (data["fenced"].as_i64(), data["inControlledShutdown"].as_i64()) {
                (Some(1), _) => broker().map(Record::Fence),
                (Some(-1), _) => broker().map(Record::Unfence),
                (_, Some(1)) => broker().map(Record::Stopping),
                _ => None,
            }
        }
        "CONFIG_RECORD" if data["resourceType"] == 2 => Some(Record::Setting {
            topic: data["resourceName"].as_str()?.to_owned(),
            key: data["name"].as_str()?.to_owned(),
            value: data["value"].as_str()?.to_owned(),
        }),
        "PARTITION_RECORD" => {
            let replicas = data["replicas"].as_array()?.iter().filter_map(number).collect();
            Some(Record::Partition { name: partition()?, replicas })
        }
        "PARTITION_CHANGE_RECORD" => {
            let change = Change {
                isr: nodes(&data["isr"]),
                elr: nodes(&data["eligibleLeaderReplicas"]),
                last_known: nodes(&data["lastKnownElr"]),
                leader: data["leader"].as_i64(),
                recovering: data["leaderRecoveryState"].as_i64().map(|state| state == 1),
            };
            Some(Record::Change { name: partition()?, change })
        }
        _ => None,
    }
}
