//! The runs whose final states are pinned, natively and in every place where wasm runs.
//! Refuses to know what they show; their transcripts do.

use replicascope::lesson::{Runner, Scenario};

/// Name and text of a transcript.
macro_rules! transcript {
    ($name:literal) => {
        ($name, include_str!(concat!("../kafka/", $name, ".txt")))
    };
}

/// Name and text of a lesson's run.
macro_rules! lesson {
    ($name:literal) => {
        ($name, include_str!(concat!("../../lessons/kafka/", $name, "/scenario.txt")))
    };
}

/// Name and text of each: every lesson, and runs of every kind.
pub(crate) const RUNS: [(&str, &str); 47] = [
    lesson!("01-leader-failover"),
    lesson!("02-anatomy-of-a-cluster"),
    lesson!("03-life-of-a-record"),
    lesson!("04-who-leaves-the-isr"),
    lesson!("05-acks-and-min-isr"),
    lesson!("06-three-acks-three-ways-to-lose"),
    lesson!("07-who-becomes-leader"),
    lesson!("07b-hunt-the-failover-manager"),
    lesson!("08-unclean-election"),
    lesson!("09-three-ways-to-leave"),
    lesson!("10-electing-the-controller"),
    lesson!("11-divergent-logs"),
    lesson!("12-sharing-partitions"),
    lesson!("13-commit-timing"),
    lesson!("14-rebalance-storm"),
    lesson!("15-keys-order-against-skew"),
    transcript!("leader-killed-acks-all-loses-nothing"),
    transcript!("leader-killed-acks-1-followers-lag-loses-the-tail"),
    transcript!("leader-cut-from-controllers-only-keeps-acks-1-writes-and-loses-them"),
    transcript!("leader-cut-from-followers-only-no-election-isr-shrinks"),
    transcript!("follower-paused-leaves-the-isr-after-lag"),
    transcript!("isr-grows-only-by-the-controllers-word"),
    transcript!("isr-shrinks-only-by-the-controllers-word"),
    transcript!("min-isr-refuses-acks-all"),
    transcript!("new-leader-by-list-order-not-by-log-length"),
    transcript!("old-leader-truncates-and-rejoins"),
    transcript!("elr-three-kills"),
    transcript!("unclean-election-loses"),
    transcript!("operator-elects-unclean-leader"),
    transcript!("preferred-leader-returns-with-the-imbalance-check"),
    transcript!("graceful-stop-has-no-detection-delay"),
    transcript!("fast-restart-waits-for-the-old-session"),
    transcript!("kill-whole-cluster-loses-nothing"),
    transcript!("power-off-whole-cluster-loses-unflushed"),
    transcript!("slow-disk-follower-lags"),
    transcript!("full-disk-stops-the-broker"),
    transcript!("duplicate-message-is-harmless"),
    transcript!("retry-without-idempotence-duplicates"),
    transcript!("consumer-reads-only-committed"),
    transcript!("quorum-lost-data-plane-goes-on"),
    transcript!("controller-killed-new-one-elected-sessions-restart"),
    transcript!("isolated-controller-resigns-and-follows"),
    transcript!("paused-leader-zombie-is-fenced"),
    transcript!("as-recorded-from-kafka-4-1-2"),
    transcript!("group-cooperative-keeps-what-stays"),
    transcript!("group-of-the-consumer-protocol-has-no-barrier"),
    transcript!("group-coordinator-killed-keeps-its-commits"),
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
