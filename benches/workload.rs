//! The cluster that every figure of the engine is about, here once for `bench` and the yardstick.

use replicascope::{CommandError, Session};

/// Five brokers, twelve partitions, three producers and a consumer: the full cluster.
const BOOT: &str = "cluster kafka brokers=5 controllers=3 seed=7";
const SETUP: [&str; 7] = [
    "topic orders partitions=12 replicas=3 min.insync.replicas=2",
    "producer p1 topic=orders acks=all rate=100 partitioner.class=RoundRobinPartitioner",
    "producer p2 topic=orders acks=all rate=100 partitioner.class=RoundRobinPartitioner",
    "producer p3 topic=orders acks=1 rate=100 partitioner.class=RoundRobinPartitioner",
    "consumer c1 topic=orders",
    "settle",
    "wait 1s",
];

/// A way to open a run: with a past or without.
pub(crate) type Open = fn(&str) -> Result<Box<dyn Session>, CommandError>;

/// The cluster at work.
///
/// # Errors
/// Says which line the engine does not take any more.
pub(crate) fn prepared(open: Open) -> Result<Box<dyn Session>, String> {
    let mut session = open(BOOT).map_err(|error| error.to_string())?;
    for line in SETUP {
        session.command(line).map_err(|error| format!("{line}: {error}"))?;
    }
    Ok(session)
}
