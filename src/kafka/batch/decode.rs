//! Bytes to a batch. Total: whatever the bytes are, the answer is a batch or a flaw.
//!
//! Refuses to allocate what the bytes only claim, and to know a codec.
//! Source: `DefaultRecordBatch.ensureValid`, `DefaultRecord.readFrom` (4.1).

use super::{
    Batch, CODEC, Compression, FLAGS, Header, LOG_OVERHEAD, MAGIC, OVERHEAD, Record, TimestampType,
    crc32c, varint,
};

/// A batch, and how it stood in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub batch: Batch,
    pub compression: Compression,
    /// Bytes that it took; the next batch of a log follows.
    pub size: usize,
    pub crc: u32,
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Fewer bytes than a field needs, or than the batch says it has.
    TooShort,
    /// A length that cannot be.
    Length,
    /// Not format v2.
    Magic(i8),
    Crc {
        stored: u32,
        computed: u32,
    },
    /// A codec's number that nobody has.
    Codec(i16),
    /// Compressed, and no decompressor for it; or one that gave up.
    Compressed(Compression),
    /// A number that does not end.
    Varint,
    /// A record that is longer or shorter than it says.
    RecordLength,
    /// A name that is no UTF-8.
    HeaderKey,
    /// More bytes behind the last record.
    RecordsRemain,
}

/// Reads the uncompressed batch that the bytes begin with.
///
/// # Errors
/// What is wrong with the bytes.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Flaw> {
    decode_with(bytes, |_, _| None)
}

/// Reads the batch that the bytes begin with, with a decompressor for what is compressed.
///
/// # Errors
/// What is wrong with the bytes.
pub fn decode_with(
    bytes: &[u8],
    decompress: impl Fn(Compression, &[u8]) -> Option<Vec<u8>>,
) -> Result<Decoded, Flaw> {
    let mut reader = Reader(bytes);
    let base_offset = reader.int64()?;
    let length = usize::try_from(reader.int32()?).map_err(|_| Flaw::Length)?;
    if length < OVERHEAD - LOG_OVERHEAD {
        return Err(Flaw::Length);
    }
    let mut reader = Reader(reader.take(length)?);
    let partition_leader_epoch = reader.int32()?;
    let magic = reader.int8()?;
    if magic != MAGIC {
        return Err(Flaw::Magic(magic));
    }
    let stored = reader.int32()? as u32;
    let computed = crc32c::checksum(reader.0);
    if stored != computed {
        return Err(Flaw::Crc { stored, computed });
    }
    let (mut batch, compression, count) = header(&mut reader)?;
    batch.base_offset = base_offset;
    batch.partition_leader_epoch = partition_leader_epoch;
    batch.records = match compression {
        Compression::None => records(reader, count)?,
        codec => {
            let body = decompress(codec, reader.0).ok_or(Flaw::Compressed(codec))?;
            records(Reader(&body), count)?
        }
    };
    Ok(Decoded { batch, compression, size: LOG_OVERHEAD + length, crc: stored })
}

/// From the attributes to the count of the records.
fn header(reader: &mut Reader<'_>) -> Result<(Batch, Compression, usize), Flaw> {
    let attributes = reader.int16()?;
    let codec = attributes & CODEC;
    let compression = Compression::ALL.into_iter().find(|known| known.number() == codec);
    let compression = compression.ok_or(Flaw::Codec(codec))?;
    let [log_append_time, transactional, control, delete_horizon] =
        FLAGS.map(|bit| attributes & bit != 0);
    let batch = Batch {
        timestamp_type: match log_append_time {
            true => TimestampType::LogAppendTime,
            false => TimestampType::CreateTime,
        },
        transactional,
        control,
        delete_horizon,
        last_offset_delta: reader.int32()?,
        base_timestamp: reader.int64()?,
        max_timestamp: reader.int64()?,
        producer_id: reader.int64()?,
        producer_epoch: reader.int16()?,
        base_sequence: reader.int32()?,
        ..Batch::new(0)
    };
    let count = usize::try_from(reader.int32()?).map_err(|_| Flaw::Length)?;
    Ok((batch, compression, count))
}

fn records(mut reader: Reader<'_>, count: usize) -> Result<Vec<Record>, Flaw> {
    let mut records = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(reader.varint()?).map_err(|_| Flaw::Length)?;
        let mut body = Reader(reader.take(length)?);
        records.push(record(&mut body)?);
        if !body.0.is_empty() {
            return Err(Flaw::RecordLength);
        }
    }
    if reader.0.is_empty() { Ok(records) } else { Err(Flaw::RecordsRemain) }
}

fn record(reader: &mut Reader<'_>) -> Result<Record, Flaw> {
    let _attributes = reader.int8()?;
    let timestamp_delta = varint::read64(&mut reader.0).ok_or(Flaw::Varint)?;
    let mut record = Record {
        timestamp_delta: varint::unzigzag64(timestamp_delta),
        offset_delta: reader.varint()?,
        key: reader.sized()?.map(<[u8]>::to_vec),
        value: reader.sized()?.map(<[u8]>::to_vec),
        headers: Vec::new(),
    };
    let count = usize::try_from(reader.varint()?).map_err(|_| Flaw::Length)?;
    for _ in 0..count {
        let key = reader.sized()?.ok_or(Flaw::Length)?;
        let key = String::from_utf8(key.to_vec()).map_err(|_| Flaw::HeaderKey)?;
        record.headers.push(Header { key, value: reader.sized()?.map(<[u8]>::to_vec) });
    }
    Ok(record)
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Flaw> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Flaw::TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Flaw::TooShort)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn int8(&mut self) -> Result<i8, Flaw> {
        self.array().map(i8::from_be_bytes)
    }

    fn int16(&mut self) -> Result<i16, Flaw> {
        self.array().map(i16::from_be_bytes)
    }

    fn int32(&mut self) -> Result<i32, Flaw> {
        self.array().map(i32::from_be_bytes)
    }

    fn int64(&mut self) -> Result<i64, Flaw> {
        self.array().map(i64::from_be_bytes)
    }

    fn varint(&mut self) -> Result<i32, Flaw> {
        varint::read32(&mut self.0).map(varint::unzigzag32).ok_or(Flaw::Varint)
    }

    /// A length and so many bytes; none for a null, whose length is negative.
    fn sized(&mut self) -> Result<Option<&'a [u8]>, Flaw> {
        match usize::try_from(self.varint()?) {
            Ok(length) => self.take(length).map(Some),
            Err(_) => Ok(None),
        }
    }
}
