//! Batches written, read and damaged. Refuses to trust the encoder: the reference bytes are
//! Kafka's own.

use super::*;

/// One record, of an idempotent producer, at offset 3 under leader epoch 2.
fn batch() -> Batch {
    let mut batch = Batch::new(3);
    batch.partition_leader_epoch = 2;
    batch.producer_id = 7;
    batch.producer_epoch = 0;
    batch.base_sequence = 5;
    let header = Header { key: "trace".to_owned(), value: None };
    let record = Record { key: Some(b"k".to_vec()), headers: vec![header], ..Record::default() };
    assert!(batch.push(3, 1000, record));
    assert!(batch.push(5, 990, Record { value: Some(b"v".to_vec()), ..Record::default() }));
    batch
}

/// Source: a COMMIT marker of Kafka 4.1.2.
#[test]
fn a_commit_marker_has_kafkas_bytes() {
    let mut batch = Batch::end_of_transaction(0, 1_700_000_356_221, Marker::Commit, 6);
    batch.partition_leader_epoch = 38;
    batch.producer_id = 3185;
    batch.producer_epoch = 5;
    let bytes = batch.encode().bytes;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let seen = "00000000000000000000004200000026026fd2b7720030000000000000018bcfead77d\
                0000018bcfead77d0000000000000c710005ffffffff000000012000000008000000010c\
                00000000000600";
    assert_eq!(hex, seen);
    assert_eq!(batch.marker(), Some(Marker::Commit));
}

/// Source: `MemoryRecordsBuilder`.
#[test]
fn the_first_record_gives_the_base_and_the_newest_gives_the_maximum() {
    let batch = batch();
    assert_eq!((batch.base_timestamp, batch.max_timestamp), (1000, 1000));
    assert_eq!((batch.last_offset(), batch.records[1].timestamp_delta), (5, -10));
    assert_eq!(batch.timestamp(&batch.records[1]), 990);
}

#[test]
fn a_broker_that_stamps_gives_all_records_its_time() {
    let mut batch = batch();
    batch.stamp(5000);
    assert_eq!(batch.attributes(), 1 << 3);
    assert!(batch.records.iter().all(|record| batch.timestamp(record) == 5000));
}

#[test]
fn an_offset_that_does_not_grow_is_refused() {
    let mut batch = batch();
    assert!(!batch.push(5, 1000, Record::default()));
    assert!(!batch.push(i64::from(i32::MAX) + 4, 1000, Record::default()));
}

#[test]
fn what_is_written_is_read_back() {
    let encoded = batch().encode();
    let decoded = decode(&encoded.bytes).expect("written by us");
    assert_eq!((decoded.batch, decoded.size), (batch(), encoded.bytes.len()));
    let two = [encoded.bytes.clone(), encoded.bytes].concat();
    assert_eq!(decode(&two).map(|first| first.size), Ok(decoded.size));
}

/// Source: <https://kafka.apache.org/documentation/#recordbatch>
#[test]
fn every_byte_belongs_to_a_field() {
    let Encoded { bytes, fields } = batch().encode();
    let mut next = 0;
    for field in &fields {
        assert_eq!(field.range.start, next, "{field:?}");
        next = field.range.end;
    }
    assert_eq!(next, bytes.len());
    let named = |name: &str| fields.iter().find(|field| field.name == name).expect("a field");
    assert_eq!(named("baseOffset").range, 0..8);
    assert_eq!(named("crc").range, 17..21);
    assert_eq!(named("recordsCount").range, 57..OVERHEAD);
    assert_eq!(named("batchLength").value, Value::Number(bytes.len() as i64 - 12));
    assert_eq!(named("headerKey").value, Value::Text("trace".to_owned()));
}

#[test]
fn the_numbers_of_a_marker_have_names_inside_of_its_key_and_value() {
    let fields = Batch::end_of_transaction(0, 0, Marker::Commit, 6).encode().fields;
    let inside = fields.iter().filter(|field| field.part == Part::Marker);
    let inside: Vec<_> = inside.map(|field| (field.name, &field.value)).collect();
    let numbers = [0, 1, 0, 6].map(Value::Number);
    let names = ["version", "type", "version", "coordinatorEpoch"];
    assert_eq!(inside, names.into_iter().zip(&numbers).collect::<Vec<_>>());
}

#[test]
fn a_flipped_bit_behind_the_checksum_is_found() {
    let bytes = batch().encode().bytes;
    for at in 21..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(matches!(decode(&damaged), Err(Flaw::Crc { .. })), "byte {at}");
    }
}

#[test]
fn a_batch_that_is_cut_anywhere_is_too_short() {
    let bytes = batch().encode().bytes;
    for length in 0..bytes.len() {
        assert_eq!(decode(&bytes[..length]), Err(Flaw::TooShort), "{length} bytes");
    }
}

#[test]
fn claims_that_the_bytes_do_not_keep_are_flaws() {
    let claim = |at: usize, bytes: &[u8]| {
        let mut damaged = batch().encode().bytes;
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        let crc = crc32c::checksum(&damaged[21..]).to_be_bytes();
        damaged[17..21].copy_from_slice(&crc);
        decode(&damaged).map(|_| ())
    };
    assert_eq!(claim(8, &(-1_i32).to_be_bytes()), Err(Flaw::Length));
    assert_eq!(claim(8, &48_i32.to_be_bytes()), Err(Flaw::Length));
    assert_eq!(claim(16, &[1]), Err(Flaw::Magic(1)));
    assert_eq!(claim(22, &[1]), Err(Flaw::Compressed(Compression::Gzip)));
    assert_eq!(claim(22, &[5]), Err(Flaw::Codec(5)));
    assert_eq!(claim(57, &i32::MAX.to_be_bytes()), Err(Flaw::Varint));
    assert_eq!(claim(57, &1_i32.to_be_bytes()), Err(Flaw::RecordsRemain));
    assert_eq!(claim(57, &(-1_i32).to_be_bytes()), Err(Flaw::Length));
    assert_eq!(claim(61, &[0x03]), Err(Flaw::Length));
}
