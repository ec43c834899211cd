//! Answers the tables that were taken from real Kafka, row by row, with the rules that the engine
//! runs on; says where an answer differs.
//!
//! A table is a file of JSON lines; its kind is its file name's stem. Each kind has a file here,
//! which reads a row, asks the engine, and words the answer as the table does. It refuses to know
//! a right answer: those stand in the tables.

mod client_assignors;
mod controller_sequences;
mod decompress;
mod group_classic_sequences;
mod group_kip848_sequences;
mod histories;
mod murmur2;
mod partition_change;
mod raft;
mod record_batches;
mod server_assignors;
mod varints_crc32c;
mod zk_leader_elections;

use serde_json::Value;

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Equal,
    /// What differs, in one line.
    Differs(String),
    /// It says nothing that this kind can be asked, and why.
    Skipped(&'static str),
}

/// What became of a table.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub equal: usize,
    /// Line number, from 1, and what differs there.
    pub differs: Vec<(usize, String)>,
    /// Reasons for which rows were left out, each with its count.
    pub skipped: Vec<(&'static str, usize)>,
}

impl Report {
    fn put(&mut self, line: usize, outcome: Outcome) {
        match outcome {
            Outcome::Equal => self.equal += 1,
            Outcome::Differs(how) => self.differs.push((line, how)),
            Outcome::Skipped(why) => match self.skipped.iter_mut().find(|(known, _)| *known == why)
            {
                Some((_, count)) => *count += 1,
                None => self.skipped.push((why, 1)),
            },
        }
    }

    /// Rows that were asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.equal + self.differs.len()
    }

    /// `KIND: equal N of M (skipped S: why)`
    #[must_use]
    pub fn summary(&self, kind: &str) -> String {
        let mut text = format!("{kind}: equal {} of {}", self.equal, self.asked());
        for (why, count) in &self.skipped {
            text += &format!(" (skipped {count}: {why})");
        }
        text
    }
}

/// The tables that can be read, by kind.
pub const KINDS: [&str; 11] = [
    "client_assignors",
    "controller_sequences",
    "group_classic_sequences",
    "group_kip848_sequences",
    "murmur2",
    "partition_change",
    "raft",
    "record_batches",
    "server_assignors",
    "varints_crc32c",
    "zk_leader_elections",
];

/// Answers a table.
///
/// # Errors
/// A kind that is not known, or a line that is no JSON: which line, and why.
pub fn conform(kind: &str, table: &str) -> Result<Report, String> {
    let rows = rows(table)?;
    let mut report = Report::default();
    match kind {
        "client_assignors" => each(&rows, &mut report, client_assignors::row),
        "controller_sequences" => controller_sequences::table(&rows, &mut report),
        "group_classic_sequences" => group_classic_sequences::table(&rows, &mut report),
        "group_kip848_sequences" => group_kip848_sequences::table(&rows, &mut report),
        "murmur2" => each(&rows, &mut report, murmur2::row),
        "partition_change" => each(&rows, &mut report, partition_change::row),
        "raft" => raft::table(&rows, &mut report),
        "record_batches" => each(&rows, &mut report, record_batches::row),
        "server_assignors" => each(&rows, &mut report, server_assignors::row),
        "varints_crc32c" => each(&rows, &mut report, varints_crc32c::row),
        "zk_leader_elections" => zk_leader_elections::table(&rows, &mut report),
        _ => return Err(format!("no table of kind `{kind}`; known: {}", KINDS.join(", "))),
    }
    Ok(report)
}

/// Rows with their line numbers.
fn rows(table: &str) -> Result<Vec<(usize, Value)>, String> {
    let lines = table.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(n, line)| match serde_json::from_str(line) {
            Ok(row) => Ok((n + 1, row)),
            Err(error) => Err(format!("line {}: {error}", n + 1)),
        })
        .collect()
}

/// Rows that stand for themselves.
fn each(
    rows: &[(usize, Value)],
    report: &mut Report,
    answer: impl Fn(&Value) -> Result<Outcome, String>,
) {
    for (line, row) in rows {
        let outcome = answer(row).unwrap_or_else(|flaw| Outcome::Differs(format!("row: {flaw}")));
        report.put(*line, outcome);
    }
}

/// Equal, or how the answer differs from the table's.
fn compare<T: PartialEq + std::fmt::Debug>(ours: &T, theirs: &T) -> Outcome {
    if ours == theirs {
        Outcome::Equal
    } else {
        Outcome::Differs(format!("table {theirs:?}, engine {ours:?}"))
    }
}

/// Bytes of a hexadecimal text.
fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(pair).collect();
    bytes.ok_or_else(|| format!("`{hex}` is not hexadecimal"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
