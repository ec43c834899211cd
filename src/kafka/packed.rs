//! Records as the bytes that they are on the wire and on disk: for tools and for an inspector.
//!
//! The engine itself counts records and needs no bytes; here they are made when somebody looks.
//! A value is its running number, filled up with spaces to its size.

use crate::batch::{Batch, Encoded, Part, Record as Body, Value};
use crate::id::Offset;
use crate::kept::kept;
use crate::message::{Msg, Request};
use crate::names;
use crate::record::Record;
use crate::system::{Kafka, image};
use kernel::World;
use scene::{Carrier, Packed, PackedField};

/// What a message or a log holds of records, a batch each.
pub(crate) fn packed(world: &World<Kafka>, carrier: &Carrier) -> Vec<Packed> {
    match carrier {
        Carrier::Flight(id) => {
            let flight = world.flights().find(|flight| flight.id == *id);
            let Some(Msg::Request { body: Request::Produce(produce), .. }) =
                flight.map(|flight| &flight.msg)
            else {
                return Vec::new();
            };
            // A producer knows neither the offset nor the leader's epoch: the leader fills them in.
            let sent = produce.partitions.iter().map(|(id, records)| {
                shown(names::partition(world, *id), &batch(0, None, records.iter()))
            });
            sent.collect()
        }
        Carrier::Record(name, offset) => stored(world, name, *offset).into_iter().collect(),
    }
}

/// A record as its leader has it; without a leader as the first replica that has it.
fn stored(world: &World<Kafka>, name: &str, offset: Offset) -> Option<Packed> {
    let id = names::find_partition(world, name)?;
    let partition = image(world)?.partitions.get(&id)?;
    let nodes = partition.leader.iter().chain(&partition.replicas);
    let record = nodes.into_iter().find_map(|node| kept(world, *node, id).get(offset).cloned())?;
    Some(shown(name.to_owned(), &batch_of(offset, &record)))
}

/// A record's batch as it lies on disk.
pub(crate) fn batch_of(offset: Offset, record: &Record) -> Batch {
    batch(offset, Some(record.epoch as i32), std::iter::once(record))
}

fn batch<'a>(base: Offset, epoch: Option<i32>, records: impl Iterator<Item = &'a Record>) -> Batch {
    let mut batch = Batch::new(base as i64);
    batch.partition_leader_epoch = epoch.unwrap_or(batch.partition_leader_epoch);
    for (at, record) in records.enumerate() {
        if let (0, Some(stamp)) = (at, record.stamp) {
            batch.producer_id = stamp.producer_id.into();
            batch.producer_epoch = stamp.producer_epoch as i16;
            batch.base_sequence = stamp.sequence as i32;
        }
        let value = format!("{:<w$}", record.value, w = record.size as usize).into_bytes();
        let body = Body { value: Some(value), ..Body::default() };
        batch.push((base + at as Offset) as i64, millis(record), body);
    }
    batch
}

/// `CreateTime`
pub(crate) fn millis(record: &Record) -> i64 {
    (record.timestamp.0 / 1_000) as i64
}

fn shown(title: String, batch: &Batch) -> Packed {
    let Encoded { bytes, fields } = batch.encode();
    let field = |field: &crate::batch::Field| PackedField {
        name: field.name,
        record: match field.part {
            Part::Record(n) | Part::Header(n, _) => Some(n),
            Part::Batch | Part::Marker => None,
        },
        from: field.range.start,
        to: field.range.end,
        value: match &field.value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Bytes => {
                let bytes = bytes.get(field.range.clone()).unwrap_or_default();
                String::from_utf8_lossy(bytes).trim_end().to_owned()
            }
        },
    };
    let fields = fields.iter().map(field).collect();
    Packed { title, bytes, fields }
}
