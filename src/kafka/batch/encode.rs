//! A batch to bytes, each with its field. Innermost first, since every length stands before what
//! it counts.
//!
//! Refuses to judge: what a batch says is written, whether or not a broker would take it.

use super::field::{Field, Part, Writer};
use super::{Batch, Header, MAGIC, Record, crc32c};

/// Bytes, and what each of them means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub fields: Vec<Field>,
}

impl Batch {
    /// The batch, uncompressed.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        let checked = self.checked_part();
        let length = UNCHECKED + checked.bytes.len();
        let mut writer = Writer::default();
        writer.int64(Part::Batch, "baseOffset", self.base_offset);
        writer.int32(Part::Batch, "batchLength", length as i32);
        writer.int32(Part::Batch, "partitionLeaderEpoch", self.partition_leader_epoch);
        writer.int8(Part::Batch, "magic", MAGIC);
        writer.uint32(Part::Batch, "crc", crc32c::checksum(&checked.bytes));
        writer.append(checked);
        Encoded { bytes: writer.bytes, fields: writer.fields }
    }

    /// What the checksum covers. The leader epoch stands before it: a broker writes that one
    /// without a new checksum.
    fn checked_part(&self) -> Writer {
        let mut writer = Writer::default();
        writer.int16(Part::Batch, "attributes", self.attributes());
        writer.int32(Part::Batch, "lastOffsetDelta", self.last_offset_delta);
        writer.int64(Part::Batch, "baseTimestamp", self.base_timestamp);
        writer.int64(Part::Batch, "maxTimestamp", self.max_timestamp);
        writer.int64(Part::Batch, "producerId", self.producer_id);
        writer.int16(Part::Batch, "producerEpoch", self.producer_epoch);
        writer.int32(Part::Batch, "baseSequence", self.base_sequence);
        writer.int32(Part::Batch, "recordsCount", self.records.len() as i32);
        for (n, record) in self.records.iter().enumerate() {
            let body = self.record(n, record);
            writer.varint(Part::Record(n), "length", body.bytes.len() as i32);
            writer.append(body);
        }
        writer
    }

    fn record(&self, n: usize, record: &Record) -> Writer {
        let part = Part::Record(n);
        let mut writer = Writer::default();
        writer.int8(part, "attributes", 0);
        writer.varlong(part, "timestampDelta", record.timestamp_delta);
        writer.varint(part, "offsetDelta", record.offset_delta);
        sized(&mut writer, part, ["keyLength", "key"], record.key.as_deref());
        if let (true, Some(key)) = (self.control, &record.key) {
            name_numbers(&mut writer, &[("version", 2), ("type", 2)], key);
        }
        sized(&mut writer, part, ["valueLength", "value"], record.value.as_deref());
        if let (true, Some(value)) = (self.control, &record.value) {
            name_numbers(&mut writer, &[("version", 2), ("coordinatorEpoch", 4)], value);
        }
        writer.varint(part, "headersCount", record.headers.len() as i32);
        for (m, header) in record.headers.iter().enumerate() {
            self::header(&mut writer, Part::Header(n, m), header);
        }
        writer
    }
}

/// Bytes that the length counts and the checksum does not: leader epoch, magic and checksum.
const UNCHECKED: usize = 4 + 1 + 4;

fn header(writer: &mut Writer, part: Part, header: &Header) {
    writer.varint(part, "headerKeyLength", header.key.len() as i32);
    writer.text(part, "headerKey", &header.key);
    sized(writer, part, ["headerValueLength", "value"], header.value.as_deref());
}

/// A length and what it counts; -1 and nothing for a null.
fn sized(writer: &mut Writer, part: Part, names: [&'static str; 2], bytes: Option<&[u8]>) {
    writer.varint(part, names[0], bytes.map_or(-1, |bytes| bytes.len() as i32));
    if let Some(bytes) = bytes {
        writer.bytes(part, names[1], bytes);
    }
}

/// Names the numbers that the bytes just written begin with, as far as they are there.
fn name_numbers(writer: &mut Writer, numbers: &[(&'static str, usize)], bytes: &[u8]) {
    let mut start = 0;
    for (name, length) in numbers {
        let Some(number) = bytes.get(start..start + length) else { return };
        let number = number.iter().fold(0, |number, byte| (number << 8) | i64::from(*byte));
        writer.inside(name, bytes.len() - start, number, *length);
        start += length;
    }
}
