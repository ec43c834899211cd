//! Bytes with their meaning, for those who look closely. Refuses to know any format.

use kernel::FlightId;
use serde::Serialize;

/// What carries the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A message on the wire.
    Flight(FlightId),
    /// A record of a partition, by its offset, as it is stored.
    Record(String, u64),
}

/// A piece of the wire or of a disk, cut into fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Packed {
    /// What it is about: a partition.
    pub title: String,
    pub bytes: Vec<u8>,
    /// In the order of the bytes.
    pub fields: Vec<PackedField>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackedField {
    /// Its name in the format's own description.
    pub name: &'static str,
    /// Of which record; none for what belongs to all.
    pub record: Option<usize>,
    pub from: usize,
    pub to: usize,
    pub value: String,
}
