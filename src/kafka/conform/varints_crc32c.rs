//! Numbers of variable length, both ways, and checksums.

use super::{Outcome, bytes, compare, hex};
use crate::batch::{crc32c, varint};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Row {
    long: i64,
    zigzag_varlong_hex: String,
    int: i32,
    zigzag_varint_hex: String,
    unsigned_varint_hex: String,
    data_hex: String,
    crc32c: u32,
}

pub(super) fn row(row: &Value) -> Result<Outcome, String> {
    let row = Row::deserialize(row).map_err(|error| error.to_string())?;
    let read32 = |hex: &str| Ok::<_, String>(varint::read32(&mut bytes(hex)?.as_slice()));
    let read64 = |hex: &str| Ok::<_, String>(varint::read64(&mut bytes(hex)?.as_slice()));
    let written = [
        write(varint::zigzag64(row.long)),
        write(varint::zigzag32(row.int).into()),
        write((row.int as u32).into()),
    ];
    let read = (
        read64(&row.zigzag_varlong_hex)?.map(varint::unzigzag64),
        read32(&row.zigzag_varint_hex)?.map(varint::unzigzag32),
        read32(&row.unsigned_varint_hex)?.map(|number| number as i32),
    );
    let ours = (written, read, crc32c::checksum(&bytes(&row.data_hex)?));
    let written = [row.zigzag_varlong_hex, row.zigzag_varint_hex, row.unsigned_varint_hex];
    let read = (Some(row.long), Some(row.int), Some(row.int));
    Ok(compare(&ours, &(written, read, row.crc32c)))
}

fn write(number: u64) -> String {
    let mut bytes = Vec::new();
    varint::write(number, &mut bytes);
    hex(&bytes)
}
