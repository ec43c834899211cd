//! A lesson notices when the rule that it teaches is broken: without that line of defence its own
//! checks do not hold. Refuses to judge which check it is.

use crate::files::root;
use replicascope::lesson::{Runner, Scenario};

/// Each lesson, and a line of defence that it is about.
const TAUGHT: [(&str, &str); 16] = [
    ("01-leader-failover", "leader-change-bumps-epoch"),
    ("02-anatomy-of-a-cluster", "isr-only"),
    ("03-life-of-a-record", "acks-all-waits"),
    ("04-who-leaves-the-isr", "fence-leaves-isr"),
    ("05-acks-and-min-isr", "min-isr-at-append"),
    ("06-three-acks-three-ways-to-lose", "acks-all-waits"),
    ("07-who-becomes-leader", "isr-only"),
    ("07b-hunt-the-failover-manager", "isr-only"),
    ("08-unclean-election", "isr-only"),
    ("09-three-ways-to-leave", "acks-all-waits"),
    ("10-electing-the-controller", "check-quorum"),
    ("11-divergent-logs", "divergence-check"),
    ("12-sharing-partitions", "eager-revokes-first"),
    ("13-commit-timing", "commits-worked-only"),
    ("14-rebalance-storm", "silent-go"),
    ("15-keys-order-against-skew", "reassignment-needs-isr"),
];

/// Whether every check of the lesson's run holds.
fn holds(lesson: &str, more: &str) -> bool {
    let file = root().join("lessons/kafka").join(lesson).join("scenario.txt");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{lesson}: {error}"));
    let scenario = Scenario::parse(&text).unwrap_or_else(|flaw| panic!("{lesson}: {flaw}"));
    let boot = format!("{}{more}", scenario.boot.text);
    let mut session = replicascope::open(&boot).unwrap_or_else(|e| panic!("{lesson}: {e}"));
    Runner::new(&mut *session, &scenario)
        .play_all()
        .is_ok_and(|report| report.differences.is_empty())
}

#[test]
fn a_lesson_fails_without_what_it_teaches() {
    for (lesson, guard) in TAUGHT {
        assert!(!holds(lesson, &format!(" without={guard}")), "{lesson} does not miss {guard}");
    }
}

#[test]
fn every_lesson_is_about_some_line_of_defence() {
    let folder = root().join("lessons/kafka");
    let entries = std::fs::read_dir(folder).expect("the lessons are part of the checkout");
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("scenario.txt").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let taught: Vec<&str> = TAUGHT.iter().map(|(lesson, _)| *lesson).collect();
    assert_eq!(names, taught);
}
