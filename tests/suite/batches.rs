//! Record batches of anything, written and read, and bytes of anything, read. Drawn from a fixed
//! seed. Refuses to know Kafka's bytes; the tables in `oracle/` do.

use crate::robust::cases;
use proptest::collection::vec;
use proptest::prelude::*;
use replicascope_kafka::batch::{Batch, Header, Record, crc32c, decode};

fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop::option::of(vec(any::<u8>(), 0..20))
}

fn record() -> impl Strategy<Value = (i64, i64, Record)> {
    let header = ("[a-z]{0,9}", bytes()).prop_map(|(key, value)| Header { key, value });
    (1..1000_i64, any::<i64>(), bytes(), bytes(), vec(header, 0..3)).prop_map(
        |(gap, timestamp, key, value, headers)| {
            (gap, timestamp, Record { key, value, headers, ..Record::default() })
        },
    )
}

fn batch() -> impl Strategy<Value = Batch> {
    let producer = (any::<i64>(), any::<i16>(), any::<i32>());
    let stamp = prop::option::of(any::<i64>());
    (any::<i64>(), producer, any::<[bool; 3]>(), stamp, vec(record(), 0..6)).prop_map(
        |(base_offset, producer, flags, stamp, records)| {
            let mut batch = Batch::new(base_offset);
            (batch.producer_id, batch.producer_epoch, batch.base_sequence) = producer;
            [batch.transactional, batch.control, batch.delete_horizon] = flags;
            let mut offset = base_offset;
            for (gap, timestamp, record) in records {
                assert!(batch.push(offset, timestamp, record));
                offset = offset.wrapping_add(gap);
            }
            if let Some(time) = stamp {
                batch.stamp(time);
            }
            batch
        },
    )
}

#[test]
fn what_is_written_is_read_back() {
    cases(400, &batch(), |batch| {
        let written = batch.encode().bytes;
        let read = decode(&written).expect("written by us");
        assert_eq!((read.batch, read.size), (batch, written.len()));
    });
}

/// The checksum is made right again, so that what lies behind it is read.
#[test]
fn damaged_batches_are_read_or_refused() {
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    cases(2000, &(batch(), damage), |(batch, damage)| {
        let mut bytes = batch.encode().bytes;
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let crc = crc32c::checksum(&bytes[21..]).to_be_bytes();
        bytes[17..21].copy_from_slice(&crc);
        drop(decode(&bytes));
    });
}

#[test]
fn bytes_of_anything_are_read_or_refused() {
    cases(400, &vec(any::<u8>(), 0..100), |bytes| drop(decode(&bytes)));
}
