//! The runs whose final states are pinned, natively and in every place where wasm runs.
//! Refuses to know what they show; their transcripts do.

use replicascope::lesson::{Runner, Scenario};

/// Name and text of each.
pub(crate) const RUNS: [(&str, &str); 10] = [
    ("lesson-leader-failover", include_str!("../../lessons/kafka/01-leader-failover/scenario.txt")),
    ("leader-killed", include_str!("../kafka/leader-killed-acks-all-loses-nothing.txt")),
    ("old-leader-truncates", include_str!("../kafka/old-leader-truncates-and-rejoins.txt")),
    ("elr-three-kills", include_str!("../kafka/elr-three-kills.txt")),
    ("graceful-stop", include_str!("../kafka/graceful-stop-has-no-detection-delay.txt")),
    ("power-off", include_str!("../kafka/power-off-whole-cluster-loses-unflushed.txt")),
    ("slow-disk", include_str!("../kafka/slow-disk-follower-lags.txt")),
    ("duplicates", include_str!("../kafka/duplicate-message-is-harmless.txt")),
    ("quorum-lost", include_str!("../kafka/quorum-lost-data-plane-goes-on.txt")),
    ("paused-leader", include_str!("../kafka/paused-leader-zombie-is-fenced.txt")),
];

/// One line a run: name and digest, as `digest.txt` has them.
pub(crate) fn digests() -> String {
    RUNS.iter().map(|(name, text)| format!("{name} {:016x}\n", digest(name, text))).collect()
}

/// The state at the end of the run. A line that stops it stops it everywhere at the same place, so
/// it is left to the transcripts to say what is wrong.
fn digest(name: &str, text: &str) -> u64 {
    let scenario = Scenario::parse(text).unwrap_or_else(|flaw| panic!("{name}: {flaw}"));
    let mut session =
        replicascope::open(&scenario.boot.text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let _ = Runner::new(&mut *session, &scenario).play_all();
    session.digest()
}
