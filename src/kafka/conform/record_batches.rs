//! Record batches: from their fields to bytes, and back. The bytes of a compressed body depend on
//! the compressor, so such a batch is only read.

use super::decompress::decompress;
use super::{Outcome, bytes, compare, hex};
use crate::batch::{Batch, Compression, Decoded, Header, Marker, Record, decode_with};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Row {
    base_offset: i64,
    partition_leader_epoch: i32,
    compression: String,
    producer_id: i64,
    producer_epoch: i16,
    #[serde(flatten)]
    content: Content,
    bytes_hex: String,
    crc32c: u32,
    size: usize,
    last_offset: i64,
    max_timestamp: i64,
    attributes: i16,
    records_count: usize,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Data {
        timestamp_type: String,
        log_append_time: i64,
        base_sequence: i32,
        transactional: bool,
        records: Vec<RecordRow>,
    },
    Control {
        control: String,
        coordinator_epoch: i32,
        timestamp: i64,
    },
}

#[derive(Deserialize)]
struct RecordRow {
    offset: i64,
    timestamp: i64,
    key_hex: Option<String>,
    value_hex: Option<String>,
    headers: Vec<HeaderRow>,
}

#[derive(Deserialize)]
struct HeaderRow {
    k: String,
    v_hex: Option<String>,
}

/// What the table says of a batch besides its bytes: checksum, size, last offset, newest
/// timestamp, attributes, records.
type Figures = (u32, usize, i64, i64, i16, usize);

pub(super) fn row(row: &Value) -> Result<Outcome, String> {
    let row = Row::deserialize(row).map_err(|error| error.to_string())?;
    let codec = Compression::ALL.into_iter().find(|known| known.name() == row.compression);
    let codec = codec.ok_or_else(|| format!("no codec `{}`", row.compression))?;
    let batch = batch(&row)?;
    let decoded = decode_with(&bytes(&row.bytes_hex)?, decompress);
    let decoded = decoded.map_err(|flaw| format!("{flaw:?}"))?;
    let figures = figures(&decoded, codec);
    let written = match codec {
        Compression::None => hex(&batch.encode().bytes),
        _ => row.bytes_hex.clone(),
    };
    let Row { crc32c, size, last_offset, max_timestamp, attributes, records_count, .. } = row;
    let theirs = (crc32c, size, last_offset, max_timestamp, attributes, records_count);
    Ok(compare(&(written, batch, figures), &(row.bytes_hex, decoded.batch, theirs)))
}

fn figures(decoded: &Decoded, codec: Compression) -> Figures {
    let batch = &decoded.batch;
    let attributes = batch.attributes() | codec.number();
    let count = batch.records.len();
    (decoded.crc, decoded.size, batch.last_offset(), batch.max_timestamp, attributes, count)
}

fn batch(row: &Row) -> Result<Batch, String> {
    let mut batch = match &row.content {
        Content::Data {
            timestamp_type,
            log_append_time,
            base_sequence,
            transactional,
            records,
        } => {
            let mut batch = data(row.base_offset, records)?;
            if timestamp_type == "LogAppendTime" {
                batch.stamp(*log_append_time);
            }
            batch.transactional = *transactional;
            batch.base_sequence = *base_sequence;
            batch
        }
        Content::Control { control, coordinator_epoch, timestamp } => {
            let marker = match control.as_str() {
                "COMMIT" => Marker::Commit,
                "ABORT" => Marker::Abort,
                other => return Err(format!("no marker `{other}`")),
            };
            Batch::end_of_transaction(row.base_offset, *timestamp, marker, *coordinator_epoch)
        }
    };
    batch.partition_leader_epoch = row.partition_leader_epoch;
    batch.producer_id = row.producer_id;
    batch.producer_epoch = row.producer_epoch;
    Ok(batch)
}

fn data(base_offset: i64, rows: &[RecordRow]) -> Result<Batch, String> {
    let mut batch = Batch::new(base_offset);
    for row in rows {
        let record = Record {
            key: row.key_hex.as_deref().map(bytes).transpose()?,
            value: row.value_hex.as_deref().map(bytes).transpose()?,
            headers: row.headers.iter().map(header).collect::<Result<_, _>>()?,
            ..Record::default()
        };
        if !batch.push(row.offset, row.timestamp, record) {
            return Err(format!("offset {} does not fit", row.offset));
        }
    }
    Ok(batch)
}

fn header(row: &HeaderRow) -> Result<Header, String> {
    let value = row.v_hex.as_deref().map(bytes).transpose()?;
    Ok(Header { key: row.k.clone(), value })
}
