//! What a learner takes along: progress and deck as one file, read strictly.
//!
//! Refuses to know pages; a file that cannot be read says why, and changes nothing.

use crate::progress::{self, Progress};
use crate::study::{self, Memories};
use replicascope::catalogue;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: &str = "replicascope-learner";
const VERSION: u32 = 1;
/// Larger files are not ours.
pub const LIMIT: usize = 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learner {
    pub progress: BTreeMap<String, Progress>,
    pub memories: Memories,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    progress: BTreeMap<String, Progress>,
    review: Memories,
}

/// Only what tells whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

/// Why a file was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadFile {
    TooLarge,
    /// No JSON; line and column.
    NotJson(usize, usize),
    NotOurs,
    Version(u32),
    /// The entry that cannot be.
    Entry(String),
    /// What the reader said.
    Damaged(String),
}

impl BadFile {
    /// The key of its sentence, and what fills the hole in it.
    pub fn told(&self) -> (&'static str, String) {
        match self {
            BadFile::TooLarge => ("app.learner.too-large", (LIMIT / 1024).to_string()),
            BadFile::NotJson(line, column) => ("app.learner.not-json", format!("{line}:{column}")),
            BadFile::NotOurs => ("app.learner.not-ours", String::new()),
            BadFile::Version(version) => ("app.learner.version", version.to_string()),
            BadFile::Entry(name) => ("app.learner.entry", name.clone()),
            BadFile::Damaged(why) => ("app.learner.damaged", why.clone()),
        }
    }
}

/// What this browser has kept.
pub fn kept() -> Learner {
    let lessons = &catalogue::bundle().lessons;
    let of = |id: &String| Some((id.clone(), progress::of(id))).filter(|(_, it)| it.is_begun());
    let progress = lessons.iter().filter_map(|lesson| of(&lesson.id)).collect();
    Learner { progress, memories: study::memories() }
}

pub fn write(learner: &Learner) -> String {
    let Learner { progress, memories } = learner.clone();
    let file = File { format: FORMAT.to_owned(), version: VERSION, progress, review: memories };
    serde_json::to_string(&file).unwrap_or_default() + "\n"
}

pub fn read(text: &str) -> Result<Learner, BadFile> {
    if text.len() > LIMIT {
        return Err(BadFile::TooLarge);
    }
    let head: Head = serde_json::from_str(text).map_err(|error| match error.is_data() {
        true => BadFile::NotOurs,
        false => BadFile::NotJson(error.line(), error.column()),
    })?;
    match (head.format.as_deref(), head.version) {
        (Some(FORMAT), Some(VERSION)) => {}
        (Some(FORMAT), Some(version)) => return Err(BadFile::Version(version)),
        _ => return Err(BadFile::NotOurs),
    }
    let file: File =
        serde_json::from_str(text).map_err(|error| BadFile::Damaged(error.to_string()))?;
    let bad = file.review.iter().find(|(_, memory)| !memory.is_sound()).map(|(name, _)| name);
    let over = file.progress.iter().find(|(_, it)| it.done > it.steps || it.right > it.of);
    match bad.or(over.map(|(name, _)| name)) {
        Some(name) => Err(BadFile::Entry(name.clone())),
        None => Ok(Learner { progress: file.progress, memories: file.review }),
    }
}

/// Both together: the further progress, the later plan. What belongs to lessons that this build
/// does not know is left out, and counted.
pub fn merge(mine: &Learner, theirs: Learner) -> (Learner, usize) {
    let bundle = catalogue::bundle();
    let (mut merged, mut strange) = (mine.clone(), 0);
    for (id, progress) in theirs.progress {
        if bundle.lesson(&id).is_none() {
            strange += 1;
            continue;
        }
        let own = merged.progress.entry(id).or_insert(progress);
        if progress.done > own.done {
            *own = progress;
        }
    }
    let known = |card: &String| bundle.lessons.iter().any(|lesson| lesson.cards.contains(card));
    for (card, memory) in theirs.memories {
        if !known(&card) {
            strange += 1;
            continue;
        }
        let own = merged.memories.entry(card).or_insert(memory);
        if memory.due > own.due {
            *own = memory;
        }
    }
    (merged, strange)
}

/// Keeps it in this browser.
pub fn keep(learner: &Learner) {
    learner.progress.iter().for_each(|(lesson, it)| progress::keep(lesson, *it));
    study::keep(&learner.memories);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::Memory;

    fn learner() -> Learner {
        let progress = Progress { done: 2, steps: 5, right: 1, of: 4 };
        let memory = Memory { streak: 2, easiness: 2_500, interval: 6, due: 20_800 };
        Learner {
            progress: [("LF-1".to_owned(), progress)].into(),
            memories: [("LF-1/gap".to_owned(), memory)].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(read(&write(&learner())), Ok(learner()));
    }

    #[test]
    fn bad_files_say_why() {
        let good = write(&learner());
        assert_eq!(read("{"), Err(BadFile::NotJson(1, 1)));
        assert_eq!(read("[1]"), Err(BadFile::NotOurs));
        assert_eq!(read("{\"format\":\"else\",\"version\":1}"), Err(BadFile::NotOurs));
        assert_eq!(read(&good.replace("\"version\":1", "\"version\":2")), Err(BadFile::Version(2)));
        let easy = good.replace("2500", "7");
        assert_eq!(read(&easy), Err(BadFile::Entry("LF-1/gap".to_owned())));
        let done = good.replace("\"done\":2", "\"done\":9");
        assert_eq!(read(&done), Err(BadFile::Entry("LF-1".to_owned())));
        assert!(matches!(read(&good.replace("streak", "strike")), Err(BadFile::Damaged(_))));
        assert_eq!(read(&" ".repeat(LIMIT + 1)), Err(BadFile::TooLarge));
    }

    #[test]
    fn merging_keeps_the_further_and_counts_what_is_strange() {
        let mut theirs = learner();
        theirs.progress.insert("ZZ-9".to_owned(), Progress::default());
        theirs.memories.insert("ZZ-9/x".to_owned(), Memory::fresh(3));
        theirs.progress.get_mut("LF-1").expect("there").done = 4;
        theirs.memories.get_mut("LF-1/gap").expect("there").due = 5;
        let (merged, strange) = merge(&learner(), theirs);
        assert_eq!(strange, 2);
        assert_eq!(merged.progress["LF-1"].done, 4);
        assert_eq!(merged.memories["LF-1/gap"].due, 20_800);
    }
}
