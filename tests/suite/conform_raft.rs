//! Traces of Kafka's own raft simulation, held against the engine: two that stand here, and all of
//! them where the folder of tables is beside the project.

use crate::files::root;
use replicascope::conform::conform;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn traces_of_the_raft_simulation_are_borne_out() {
    let own = root().join("tests/oracle/raft");
    assert!(compare(&own) > 0, "there are traces under {}", own.display());
    let shared = root().join("../shared/oracle/raft");
    if compare(&shared) == 0 {
        println!("skipped: no tables in {}", shared.display());
    }
}

/// How many traces of a folder are equal to the last row.
fn compare(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "jsonl"));
    files.sort();
    for file in &files {
        let text = fs::read_to_string(file).expect("it was just listed");
        let report = conform("raft", &text).expect("it is a trace");
        assert!(report.differs.is_empty(), "{}: {:?}", file.display(), report.differs);
        assert!(report.skipped.is_empty() && report.equal > 0, "{}", file.display());
    }
    files.len()
}

/// A trace with one row changed is no longer borne out.
#[test]
fn a_false_row_is_found() {
    let file =
        root().join("tests/oracle/raft/canMakeProgressAfterBackToBackLeaderFailures-1.jsonl");
    let text = fs::read_to_string(file).expect("it stands beside this test");
    let wrong = [
        (
            r#""node":3,"state":"unattached","epoch":2,"leader":-1,"voted":0"#,
            r#""voted":0"#,
            r#""voted":1"#,
        ),
        (
            r#""node":2,"state":"leader","epoch":3,"leader":2,"voted":-1"#,
            r#""leader":2"#,
            r#""leader":1"#,
        ),
        (r#""node":4,"state":"unattached","epoch":3"#, "unattached", "candidate"),
    ];
    for (row, from, to) in wrong {
        assert!(text.contains(row), "{row}");
        let changed = text.replace(row, &row.replace(from, to));
        let report = conform("raft", &changed).expect("it can still be read");
        assert!(!report.differs.is_empty(), "{row}");
    }
}
