//! What lies in the logs, as the real tools print it: directories, batches, records.
//! It refuses to change anything and to know who reads.
//! Source: spec I2; `LogDirsCommand`, `DumpLogSegments`, `ConsoleConsumer`.

use crate::broker::replica::Replica;
use crate::command::{Options, partition};
use crate::config::number;
use crate::folder::folder;
use crate::id::{Offset, PartitionId, is_broker, node_name};
use crate::kept::replica_of;
use crate::names;
use crate::packed::{batch_of, millis};
use crate::record::Record;
use crate::system::{Kafka, broker_of, image};
use kernel::{NodeId, World};
use scene::{CommandError, LogFolder, Told, Words};
use std::fmt::Write;

/// Batches of a log that are printed: the newest.
const SHOWN: Offset = 40;

/// `kafka-log-dirs.sh --describe [--broker-list 1,2] [--topic-list orders]`: two lines of text,
/// then one of JSON.
#[inline(never)]
pub(super) fn log_dirs(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<String, CommandError> {
    let column = words.next_column();
    let options = Options::read(
        words,
        &["--broker-list", "--topic-list", "--bootstrap-server"],
        &["--describe"],
    )?;
    if !options.has("--describe") {
        let what = Told::new("error.expected-describe");
        return Err(CommandError::new(what).at(column).expected(["--describe"]));
    }
    let among = |list: Option<&str>, name: &str| {
        list.is_none_or(|list| list.split(',').any(|one| one == name))
    };
    let asked = world.nodes().filter(|slot| {
        is_broker(slot.id) && among(options.value("--broker-list"), &slot.id.to_string())
    });
    let topics = options.value("--topic-list");
    let answers: Vec<(NodeId, String)> = asked
        .filter_map(|slot| {
            let replicas = broker_of(slot)?.replicas.iter();
            let of_topic = |id: &PartitionId| among(topics, &names::topic(world, id.topic));
            let shown = replicas.filter(|(id, _)| of_topic(id));
            let shown: Vec<String> =
                shown.map(|(id, replica)| replica_json(world, slot.id, *id, replica)).collect();
            Some((slot.id, broker_json(slot.id, &shown)))
        })
        .collect();
    let brokers: Vec<String> = answers.iter().map(|(node, _)| node.to_string()).collect();
    let answers: Vec<String> = answers.into_iter().map(|(_, json)| json).collect();
    Ok(format!(
        "Querying brokers for log directories information\n\
         Received log directory information from brokers {}\n\
         {{\"version\":1,\"brokers\":[{}]}}\n",
        brokers.join(","),
        answers.join(",")
    ))
}

fn broker_json(node: NodeId, partitions: &[String]) -> String {
    format!(
        "{{\"broker\":{node},\"logDirs\":[{{\"logDir\":\"/var/lib/kafka/{}\",\"error\":null,\
         \"partitions\":[{}]}}]}}",
        node_name(node),
        partitions.join(",")
    )
}

fn replica_json(world: &World<Kafka>, node: NodeId, id: PartitionId, replica: &Replica) -> String {
    let files = folder(world, node, id).map_or_else(Vec::new, |folder| folder.segments);
    let size: u64 = files.iter().map(|segment| segment.bytes).sum();
    // Behind the high watermark that its leader has told it of; a leader is not behind itself.
    let leader = image(world).and_then(|image| image.partitions.get(&id)?.leader);
    let leading = leader.filter(|leader| *leader != node);
    let mark = leading.and_then(|leader| replica_of(world, leader, id));
    let lag = mark.map_or(0, |led| led.log.high_watermark().saturating_sub(replica.log.end()));
    format!(
        "{{\"partition\":\"{}\",\"size\":{size},\"offsetLag\":{lag},\"isFuture\":false}}",
        names::partition(world, id)
    )
}

/// `kafka-dump-log.sh --files broker-1/orders-0 [--print-data-log]`, with or without folders before
/// and a file's name behind.
pub(crate) fn dump(
    world: &World<Kafka>,
    file: &str,
    payload: bool,
    column: usize,
) -> Result<String, CommandError> {
    let parts: Vec<&str> = file.split('/').filter(|part| !part.is_empty()).collect();
    let unknown = || {
        let what = Told::new("error.no-log").with("file", file);
        let known = crate::command::values(world, "LOG");
        CommandError::new(what).at(column).expected(known)
    };
    let at = parts.iter().position(|part| names::find_node(world, part).is_some_and(is_broker));
    let at = at.ok_or_else(unknown)?;
    let node = names::find_node(world, parts[at]).ok_or_else(unknown)?;
    let name = parts.get(at + 1).ok_or_else(unknown)?;
    let id = names::find_partition(world, name).ok_or_else(unknown)?;
    let replica = replica_of(world, node, id).ok_or_else(unknown)?;
    let folder = folder(world, node, id).ok_or_else(unknown)?;
    Ok(dumped(&folder, replica, payload))
}

/// The segment that is written to.
fn dumped(folder: &LogFolder, replica: &Replica, payload: bool) -> String {
    let log = &replica.log;
    let last = folder.segments.last().map_or(0, |segment| segment.base);
    let mut text = format!("Dumping {}/{last:020}.log\nLog starting offset: {last}\n", folder.path);
    let first = last.max(log.end().saturating_sub(SHOWN));
    if first > last {
        text += "…\n";
    }
    let mut position: u64 = log.read(last, first).map(Record::bytes).sum();
    for offset in first..log.end() {
        let Some(record) = log.get(offset) else { continue };
        text += &batch_line(offset, position, record);
        if payload {
            text += &record_line(offset, record);
        }
        position += record.bytes();
    }
    text
}

fn batch_line(offset: Offset, position: u64, record: &Record) -> String {
    let batch = batch_of(offset, record);
    let encoded = batch.encode();
    let crc = encoded.fields.iter().find(|field| field.name == "crc");
    let crc = crc.map_or(0, |field| match field.value {
        crate::batch::Value::Number(crc) => crc,
        _ => 0,
    });
    let last = batch.base_sequence;
    format!(
        "baseOffset: {offset} lastOffset: {offset} count: 1 baseSequence: {last} lastSequence: \
         {last} producerId: {} producerEpoch: {} partitionLeaderEpoch: {} isTransactional: false \
         isControl: false deleteHorizonMs: OptionalLong.empty position: {position} CreateTime: {} \
         size: {} magic: 2 compresscodec: none crc: {crc} isvalid: true\n",
        batch.producer_id,
        batch.producer_epoch,
        batch.partition_leader_epoch,
        millis(record),
        record.bytes(),
    )
}

fn record_line(offset: Offset, record: &Record) -> String {
    let sequence = record.stamp.map_or(-1, |stamp| i64::from(stamp.sequence));
    format!(
        "| offset: {offset} CreateTime: {} keySize: -1 valueSize: {} sequence: {sequence} \
         headerKeys: [] payload: {}\n",
        millis(record),
        record.size,
        record.value
    )
}

/// `kafka-console-consumer.sh --topic orders --partition 0 --offset 5 --max-messages 10`: with a
/// number of messages it ends by itself, so it is answered at once, with what may be read now.
#[inline(never)]
pub(super) fn consume(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let options = Options::read(
        words,
        &[
            "--topic",
            "--partition",
            "--offset",
            "--max-messages",
            "--property",
            "--bootstrap-server",
        ],
        &["--from-beginning"],
    )?;
    let column = words.next_column();
    let at = |error: CommandError| error.at(column);
    let index = options.value("--partition").unwrap_or("0");
    let name = format!("{}-{index}", options.value("--topic").unwrap_or_default());
    let id = partition(world, &mut Words::new(&name)).map_err(at)?;
    let most = options.value("--max-messages").unwrap_or_default();
    let most = number("max-messages", most, 1, 1_000).map_err(at)?;
    let leader = image(world).and_then(|image| image.partitions.get(&id)?.leader);
    let Some(replica) = leader.and_then(|leader| replica_of(world, leader, id)) else {
        let what = Told::new("error.no-leader").with("partition", name);
        return Err(CommandError::new(what).at(column));
    };
    let log = &replica.log;
    let from = match options.value("--offset") {
        None | Some("earliest") => log.start(),
        Some("latest") => log.high_watermark(),
        Some(word) => number("offset", word, 0, u64::MAX).map_err(at)?,
    };
    let to = log.high_watermark().min(from.saturating_add(most));
    let with_offset = options.values("--property").any(|pair| pair == "print.offset=true");
    let mut text = String::new();
    for offset in from.max(log.start())..to {
        let Some(record) = log.get(offset) else { continue };
        if with_offset {
            let _ = write!(text, "Offset:{offset}\t");
        }
        let _ = writeln!(text, "{}", record.value);
    }
    let count = to.saturating_sub(from.max(log.start()));
    let _ = writeln!(text, "Processed a total of {count} messages");
    Ok(text)
}
