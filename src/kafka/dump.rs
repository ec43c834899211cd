//! `kafka-dump-log.sh --cluster-metadata-decoder`: the metadata log as text, record by record, in
//! the words of Kafka's own record schemas. It refuses to interpret: that is `image.rs`.
//! Source: `DumpLogSegments`; the schemas under `metadata/.../common/metadata`.

use crate::command::Options;
use crate::image::{Image, MetaRecord, PartitionChange};
use crate::print::logs;
use crate::system::{Kafka, active_controller};
use crate::uuid::Uuid;
use kernel::{NodeId, World};
use scene::{CommandError, Told, Words};
use std::fmt::Write;

/// `kafka-dump-log.sh --cluster-metadata-decoder [--files …]`
#[inline(never)]
pub(crate) fn dump(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    let options =
        Options::read(words, &["--files"], &["--cluster-metadata-decoder", "--print-data-log"])?;
    if !options.has("--cluster-metadata-decoder") {
        let Some(file) = options.value("--files") else {
            let what = Told::new("error.expected-decoder");
            let known = ["--cluster-metadata-decoder", "--files"];
            return Err(CommandError::new(what).at(column).expected(known));
        };
        return logs::dump(world, file, options.has("--print-data-log"), column);
    }
    metadata_log(world).ok_or_else(|| CommandError::new(Told::new("error.no-controller")))
}

/// What the active controller has in its log and knows to be committed.
fn metadata_log(world: &World<Kafka>) -> Option<String> {
    let controller = active_controller(world)?.process.controller()?;
    let quorum = &controller.quorum;
    let mut text = String::new();
    for offset in 0..quorum.high_watermark() {
        let Some(entry) = quorum.entry(offset) else { continue };
        let payload = payload(controller.image(), world.seed(), &entry.record);
        let _ = writeln!(
            text,
            "| offset: {offset} partitionLeaderEpoch: {} payload: {payload}",
            entry.epoch
        );
    }
    Some(text)
}

/// A record as the decoder prints it: its type and its fields as JSON.
fn payload(image: &Image, seed: u64, record: &MetaRecord) -> String {
    let (kind, data) = match record {
        MetaRecord::NoOp => ("NO_OP_RECORD", String::new()),
        MetaRecord::LeaderChange { leader } => ("LEADER_CHANGE", format!("\"leaderId\":{leader}")),
        MetaRecord::KRaftVersion { version } => {
            ("KRAFT_VERSION", format!("\"kRaftVersion\":{version}"))
        }
        MetaRecord::Voters(voters) => {
            let ids: Vec<String> = voters.iter().map(|voter| voter.node.to_string()).collect();
            ("KRAFT_VOTERS", format!("\"voters\":[{}]", ids.join(",")))
        }
        MetaRecord::Partition { id, replicas, isr, leader } => (
            "PARTITION_RECORD",
            format!(
                "\"partitionId\":{},\"topicId\":\"{}\",\"replicas\":{},\"isr\":{},\
                 \"leader\":{leader}",
                id.index,
                Uuid::of_topic(seed, id.topic),
                list(replicas),
                list(isr)
            ),
        ),
        MetaRecord::PartitionChange(change) => ("PARTITION_CHANGE_RECORD", changed(seed, change)),
        MetaRecord::Topic { id, name } => {
            let uuid = Uuid::of_topic(seed, *id);
            ("TOPIC_RECORD", format!("\"name\":\"{name}\",\"topicId\":\"{uuid}\""))
        }
        _ => other(image, record),
    };
    format!("{{\"type\":\"{kind}\",\"data\":{{{data}}}}}")
}

fn other(image: &Image, record: &MetaRecord) -> (&'static str, String) {
    match record {
        MetaRecord::RegisterBroker { broker, epoch, rack, fenced, stopping, .. } => {
            let rack = rack.as_deref().map_or("null".to_owned(), |rack| format!("\"{rack}\""));
            let data = format!(
                "\"brokerId\":{broker},\"brokerEpoch\":{epoch},\"rack\":{rack},\
                 \"fenced\":{fenced},\"inControlledShutdown\":{stopping}"
            );
            ("REGISTER_BROKER_RECORD", data)
        }
        MetaRecord::UnregisterBroker { broker, epoch } => {
            let data = format!("\"brokerId\":{broker},\"brokerEpoch\":{epoch}");
            ("UNREGISTER_BROKER_RECORD", data)
        }
        MetaRecord::BrokerChange { broker, epoch, fenced, stopping } => {
            let mut data = format!("\"brokerId\":{broker},\"brokerEpoch\":{epoch}");
            if let Some(fenced) = fenced {
                let _ = write!(data, ",\"fenced\":{}", if *fenced { 1 } else { -1 });
            }
            if *stopping {
                data += ",\"inControlledShutdown\":1";
            }
            ("BROKER_REGISTRATION_CHANGE_RECORD", data)
        }
        MetaRecord::Config { topic, change } => {
            let name = topic.and_then(|id| image.topics.get(&id)).map_or("", |t| t.name.as_str());
            let kind = if topic.is_some() { 2 } else { 4 };
            let value = change.value().map_or("null".to_owned(), |value| format!("\"{value}\""));
            let data = format!(
                "\"resourceType\":{kind},\"resourceName\":\"{name}\",\"name\":\"{}\",\
                 \"value\":{value}",
                change.key(topic.is_some())
            );
            ("CONFIG_RECORD", data)
        }
        MetaRecord::ClearElr { topic } => {
            let name = topic.and_then(|id| image.topics.get(&id)).map_or("", |t| t.name.as_str());
            ("CLEAR_ELR_RECORD", format!("\"topicName\":\"{name}\""))
        }
        MetaRecord::ProducerIds { next } => {
            ("PRODUCER_IDS_RECORD", format!("\"nextProducerId\":{next}"))
        }
        _ => ("NO_OP_RECORD", String::new()),
    }
}

/// Only the fields that the change carries, as the decoder omits the others.
fn changed(seed: u64, change: &PartitionChange) -> String {
    let (index, topic) = (change.id.index, Uuid::of_topic(seed, change.id.topic));
    let mut data = format!("\"partitionId\":{index},\"topicId\":\"{topic}\"");
    let lists = [
        ("replicas", &change.replicas),
        ("removingReplicas", &change.removing),
        ("addingReplicas", &change.adding),
        ("isr", &change.isr),
        ("eligibleLeaderReplicas", &change.elr),
        ("lastKnownElr", &change.last_known_elr),
    ];
    for (name, nodes) in lists {
        if let Some(nodes) = nodes {
            let _ = write!(data, ",\"{name}\":{}", list(nodes));
        }
    }
    if let Some(leader) = change.leader {
        let leader = leader.map_or("-1".to_owned(), |leader| leader.to_string());
        let _ = write!(data, ",\"leader\":{leader}");
    }
    if let Some(recovering) = change.recovering {
        let _ = write!(data, ",\"leaderRecoveryState\":{}", u8::from(recovering));
    }
    data
}

fn list(nodes: &[NodeId]) -> String {
    let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    format!("[{}]", list.join(","))
}
