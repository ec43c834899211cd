//! Record batches, format v2: what a producer sends, a log keeps and a fetch brings, byte by byte.
//!
//! [`Batch::encode`] says of each byte which field it belongs to, for an inspector; [`decode`]
//! takes what it is given for hostile. Refuses to compress: a codec belongs to the bytes, not to
//! the batch, and whoever must read compressed ones brings a decompressor.
//! Source: `DefaultRecordBatch`, `DefaultRecord`, `MemoryRecordsBuilder` (4.1).

pub mod crc32c;
mod decode;
mod encode;
mod field;
#[cfg(test)]
mod tests;
pub mod varint;

pub use decode::{Decoded, Flaw, decode, decode_with};
pub use encode::Encoded;
pub use field::{Field, Part, Value};

/// Bytes before the records.
pub const OVERHEAD: usize = 61;

/// Of the two first fields, which the batch's length does not count.
const LOG_OVERHEAD: usize = 12;

const MAGIC: i8 = 2;

/// No producer id, no producer epoch, no sequence, no leader epoch.
const NONE: i8 = -1;

/// What the records' bytes were packed with. Source: clients `CompressionType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Compression {
    pub const ALL: [Compression; 5] = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];

    /// Its name in `compression.type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }

    /// Its number in a batch's attributes.
    #[must_use]
    pub fn number(self) -> i16 {
        self as i16
    }
}

/// `message.timestamp.type`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimestampType {
    /// Each record has its producer's time.
    #[default]
    CreateTime,
    /// All records have the broker's time of the append, the batch's maximum.
    LogAppendTime,
}

/// How a transaction ended, as the marker of its end says it. Source: `ControlRecordType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Marker {
    Abort,
    Commit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub key: String,
    pub value: Option<Vec<u8>>,
}

/// A record, as far from its batch's beginning as the batch keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub offset_delta: i32,
    pub timestamp_delta: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Header>,
}

/// What is written, without what follows from it: lengths, counts and the checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub base_offset: i64,
    pub partition_leader_epoch: i32,
    pub timestamp_type: TimestampType,
    pub transactional: bool,
    /// It holds a marker, for brokers and consumers, not data.
    pub control: bool,
    /// The base timestamp is when a compaction may drop its tombstones.
    pub delete_horizon: bool,
    /// Of the last record; stays when a compaction takes that record away.
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub records: Vec<Record>,
}

impl Batch {
    /// Of nobody, with nothing in it.
    #[must_use]
    pub fn new(base_offset: i64) -> Batch {
        Batch {
            base_offset,
            partition_leader_epoch: NONE.into(),
            timestamp_type: TimestampType::CreateTime,
            transactional: false,
            control: false,
            delete_horizon: false,
            last_offset_delta: 0,
            base_timestamp: NONE.into(),
            max_timestamp: NONE.into(),
            producer_id: NONE.into(),
            producer_epoch: NONE.into(),
            base_sequence: NONE.into(),
            records: Vec::new(),
        }
    }

    /// The marker at the end of a transaction. Source: `MemoryRecords.withEndTransactionMarker`.
    #[must_use]
    pub fn end_of_transaction(
        offset: i64,
        timestamp: i64,
        marker: Marker,
        coordinator_epoch: i32,
    ) -> Batch {
        let mut batch = Batch::new(offset);
        batch.transactional = true;
        batch.control = true;
        let version = 0_i16.to_be_bytes();
        let key = [version, (marker as i16).to_be_bytes()].concat();
        let value = [version.as_slice(), &coordinator_epoch.to_be_bytes()].concat();
        batch.push(
            offset,
            timestamp,
            Record { key: Some(key), value: Some(value), ..Record::default() },
        );
        batch
    }

    /// Puts a record at the end; says whether it fits: offsets grow, and by what an `i32` holds.
    /// Its deltas are worked out here. The first record gives the base timestamp, so later ones may
    /// lie before it.
    pub fn push(&mut self, offset: i64, timestamp: i64, record: Record) -> bool {
        let last = self.records.last().map_or(-1, |record| record.offset_delta);
        let offset_delta = match i32::try_from(offset.wrapping_sub(self.base_offset)) {
            Ok(delta) if delta > last => delta,
            _ => return false,
        };
        if self.records.is_empty() {
            self.base_timestamp = timestamp;
        }
        if self.timestamp_type == TimestampType::CreateTime {
            self.max_timestamp = self.max_timestamp.max(timestamp);
        }
        self.last_offset_delta = offset_delta;
        let timestamp_delta = timestamp.wrapping_sub(self.base_timestamp);
        self.records.push(Record { offset_delta, timestamp_delta, ..record });
        true
    }

    /// Stamps the batch as a broker with `message.timestamp.type=LogAppendTime` does.
    pub fn stamp(&mut self, log_append_time: i64) {
        self.timestamp_type = TimestampType::LogAppendTime;
        self.max_timestamp = log_append_time;
    }

    #[must_use]
    pub fn offset(&self, record: &Record) -> i64 {
        self.base_offset.wrapping_add(record.offset_delta.into())
    }

    #[must_use]
    pub fn timestamp(&self, record: &Record) -> i64 {
        match self.timestamp_type {
            TimestampType::CreateTime => self.base_timestamp.wrapping_add(record.timestamp_delta),
            TimestampType::LogAppendTime => self.max_timestamp,
        }
    }

    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(self.last_offset_delta.into())
    }

    /// The header's attributes, without the codec's three bits.
    #[must_use]
    pub fn attributes(&self) -> i16 {
        let log_append_time = self.timestamp_type == TimestampType::LogAppendTime;
        let flags = [log_append_time, self.transactional, self.control, self.delete_horizon];
        let bits = flags.iter().zip(FLAGS).filter(|(set, _)| **set);
        bits.map(|(_, bit)| bit).sum()
    }

    /// The marker of a control batch that holds one.
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        let key = self.records.first()?.key.as_deref()?;
        match (self.control, key.get(2..4)?) {
            (true, [0, 0]) => Some(Marker::Abort),
            (true, [0, 1]) => Some(Marker::Commit),
            _ => None,
        }
    }
}

/// Attribute bits: timestamp type, transactional, control, delete horizon.
const FLAGS: [i16; 4] = [1 << 3, 1 << 4, 1 << 5, 1 << 6];
const CODEC: i16 = 0b111;
