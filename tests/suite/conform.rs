//! The engine's rules against the answers of real systems: some rows of each table stand in
//! `tests/oracle`; whole tables are answered where a checkout has them beside it.
//! Refuses to know a right answer, and to pass over a table without saying so.

use crate::files::root;
use replicascope::conform::{KINDS, conform};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the whole tables are, if they are anywhere.
const WHOLE: &str = "../shared/oracle";

/// The tables in a folder, with their kinds; the files in a folder `raft` are one kind.
fn tables(folder: &Path) -> Vec<(String, PathBuf)> {
    let of = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
        paths.sort();
        paths
    };
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let single = of(folder).into_iter().map(|path| (stem(&path), path));
    let raft = of(&folder.join("raft")).into_iter().map(|path| ("raft".to_owned(), path));
    single.chain(raft).collect()
}

fn answer_all(folder: &Path) {
    for (kind, path) in tables(folder) {
        if !KINDS.contains(&kind.as_str()) {
            println!("{}: skipped, no table of kind `{kind}` is answered yet", path.display());
            continue;
        }
        let table = fs::read_to_string(&path).expect("the folder has just listed it");
        let report = conform(&kind, &table).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        println!("{}", report.summary(&kind));
        let first: Vec<_> = report.differs.iter().take(3).collect();
        assert!(first.is_empty(), "{}: {first:#?}", path.display());
        assert!(report.asked() > 0, "{}: no row was asked", path.display());
    }
}

#[test]
fn the_rows_kept_here_are_answered_as_the_real_systems_did() {
    let folder = root().join("tests/oracle");
    assert!(!tables(&folder).is_empty(), "{} holds no table", folder.display());
    answer_all(&folder);
}

#[test]
fn whole_tables_are_answered_where_they_are() {
    let folder = root().join(WHOLE);
    if folder.is_dir() {
        answer_all(&folder);
    } else {
        println!("skipped: {WHOLE} is not here, so only the rows in tests/oracle were answered");
    }
}

#[test]
fn a_wrong_answer_is_noticed() {
    let path = root().join("tests/oracle/partition_change.jsonl");
    let table = fs::read_to_string(path).expect("it stands in the checkout");
    let wrong = table.replacen("\"leader_epoch\":", "\"leader_epoch\":1", 1);
    assert!(wrong != table, "a row names an epoch");
    let report = conform("partition_change", &wrong).expect("it is of the right shape");
    assert_eq!(report.differs.len(), 1);
}
