//! Keys, their hash, and the partition that a producer sends them to.

use super::{Outcome, bytes, compare};
use crate::client::partitioner::{murmur2, partition_for_key};
use kernel::SortedMap;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Row {
    key_hex: String,
    murmur2: i32,
    positive: u32,
    /// Number of partitions to the partition.
    partition: SortedMap<String, u32>,
}

pub(super) fn row(row: &Value) -> Result<Outcome, String> {
    let row = Row::deserialize(row).map_err(|error| error.to_string())?;
    let key = bytes(&row.key_hex)?;
    let hash = murmur2(&key);
    let mut partition = SortedMap::new();
    for count in row.partition.keys() {
        let number: u32 = count.parse().map_err(|_| format!("`{count}` partitions"))?;
        partition.insert(count.clone(), partition_for_key(&key, number));
    }
    let ours = (hash, (hash & i32::MAX) as u32, partition);
    Ok(compare(&ours, &(row.murmur2, row.positive, row.partition)))
}
