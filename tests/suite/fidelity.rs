//! Recordings of real clusters are played again, and every fact equals or lies within what the
//! settings allow. Refuses to know what a recording shows: a further one only has to be put there.

use crate::files::root;
use replicascope::fidelity::{Finding, Verdict, replay};

const SEEDS: [u64; 3] = [1, 2, 3];

fn recordings() -> Vec<(String, String)> {
    let folder = root().join("tests/oracle/traces");
    let entries = std::fs::read_dir(&folder).expect("the recordings are part of the checkout");
    let files = entries.flatten().map(|entry| entry.path());
    let mut all: Vec<(String, String)> = files
        .map(|file| {
            let text = std::fs::read_to_string(&file).expect("a recording is text");
            (file.display().to_string(), text)
        })
        .collect();
    all.sort();
    all
}

fn differs(text: &str, seed: u64, settings: &[String]) -> Vec<Finding> {
    let mut findings = replay(text, seed, settings).expect("the recording can be played");
    findings.retain(|finding| finding.verdict == Verdict::Differs);
    findings
}

#[test]
fn the_model_does_what_the_recorded_clusters_did() {
    for (file, text) in recordings() {
        for seed in SEEDS {
            let wrong = differs(&text, seed, &[]);
            assert!(wrong.is_empty(), "{file}, seed {seed}: {wrong:#?}");
        }
    }
}

#[test]
fn a_broken_rule_is_noticed() {
    for guard in ["fence-leaves-isr", "unclean-restart-leaves-elr", "eager-revokes-first"] {
        let settings = [format!("without={guard}")];
        let noticed = recordings().iter().any(|(_, text)| !differs(text, 1, &settings).is_empty());
        assert!(noticed, "without {guard} all recordings still look right");
    }
}
