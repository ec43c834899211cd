//! Fields with names and places: the bytes of a batch as an inspector shows them.
//!
//! Refuses to lay out: it says which bytes a field has, not where they are drawn.

use super::varint;
use std::ops::Range;

/// What a field belongs to; records and headers are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Batch,
    Record(usize),
    /// Of a record, and which of its headers.
    Header(usize, usize),
    /// Inside of a control record's key and value, whose fields hold these bytes too.
    Marker,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Number(i64),
    Text(String),
    /// The bytes themselves are those of the range.
    Bytes,
}

/// A field in the order of the bytes. A null has no field of its own: its length is -1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in Kafka's description of the format.
    pub name: &'static str,
    pub part: Part,
    pub range: Range<usize>,
    pub value: Value,
}

/// Writes fields one behind the other and remembers where each of them went.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    pub(super) fields: Vec<Field>,
}

impl Writer {
    fn put(&mut self, part: Part, name: &'static str, value: Value, bytes: &[u8]) {
        let range = self.bytes.len()..self.bytes.len() + bytes.len();
        self.bytes.extend(bytes);
        self.fields.push(Field { name, part, range, value });
    }

    pub(super) fn int8(&mut self, part: Part, name: &'static str, number: i8) {
        self.put(part, name, Value::Number(number.into()), &number.to_be_bytes());
    }

    pub(super) fn int16(&mut self, part: Part, name: &'static str, number: i16) {
        self.put(part, name, Value::Number(number.into()), &number.to_be_bytes());
    }

    pub(super) fn int32(&mut self, part: Part, name: &'static str, number: i32) {
        self.put(part, name, Value::Number(number.into()), &number.to_be_bytes());
    }

    pub(super) fn uint32(&mut self, part: Part, name: &'static str, number: u32) {
        self.put(part, name, Value::Number(number.into()), &number.to_be_bytes());
    }

    pub(super) fn int64(&mut self, part: Part, name: &'static str, number: i64) {
        self.put(part, name, Value::Number(number), &number.to_be_bytes());
    }

    pub(super) fn varint(&mut self, part: Part, name: &'static str, number: i32) {
        let mut bytes = Vec::new();
        varint::write(varint::zigzag32(number).into(), &mut bytes);
        self.put(part, name, Value::Number(number.into()), &bytes);
    }

    pub(super) fn varlong(&mut self, part: Part, name: &'static str, number: i64) {
        let mut bytes = Vec::new();
        varint::write(varint::zigzag64(number), &mut bytes);
        self.put(part, name, Value::Number(number), &bytes);
    }

    pub(super) fn text(&mut self, part: Part, name: &'static str, text: &str) {
        self.put(part, name, Value::Text(text.to_owned()), text.as_bytes());
    }

    pub(super) fn bytes(&mut self, part: Part, name: &'static str, bytes: &[u8]) {
        self.put(part, name, Value::Bytes, bytes);
    }

    /// Names a part of what was just written; `at` counts back from the end.
    pub(super) fn inside(&mut self, name: &'static str, at: usize, number: i64, length: usize) {
        let start = self.bytes.len() - at;
        let (range, value) = (start..start + length, Value::Number(number));
        self.fields.push(Field { name, part: Part::Marker, range, value });
    }

    /// Puts another writer's bytes and fields at the end.
    pub(super) fn append(&mut self, other: Writer) {
        let shift = self.bytes.len();
        self.bytes.extend(other.bytes);
        self.fields.extend(other.fields.into_iter().map(|field| Field {
            range: field.range.start + shift..field.range.end + shift,
            ..field
        }));
    }
}
