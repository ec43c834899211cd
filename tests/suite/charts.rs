//! The charts: what monitoring would have shown of a run, whichever way the run is looked at.
//! Refuses to know how they are drawn.

use crate::play::{busy_cluster, say};
use replicascope::Session;
use replicascope::scene::{Instant, Series, Span, Whose};

/// The number of this name, of the one who is named if there are several.
fn series(session: &dyn Session, name: &str, of: &str) -> Series {
    let all = session.charts().into_iter().flat_map(|chart| chart.series);
    let is = |series: &Series| match &series.of {
        Whose::One(owner) => owner == of,
        Whose::All | Whose::Worst(_) => of.is_empty(),
    };
    let mut own = all.filter(|series| series.name == name && is(series));
    own.next().unwrap_or_else(|| panic!("no {name} {of}"))
}

/// Every value that it had for any time, in order.
fn values(session: &dyn Session, name: &str, of: &str) -> Vec<Option<u64>> {
    series(session, name, of).samples.iter().map(|sample| sample.value).collect()
}

fn most(session: &dyn Session, name: &str, of: &str) -> u64 {
    let samples = series(session, name, of).samples;
    samples.iter().filter_map(|sample| sample.range).map(|(_, most)| most).max().unwrap_or(0)
}

/// The leader is killed and comes back; a consumer reads along.
fn outage() -> Box<dyn Session> {
    let mut session = busy_cluster(7);
    say(&mut *session, &["consumer c1 topic=orders", "wait 5s", "kill broker-1", "wait 20s"]);
    say(&mut *session, &["restart broker-1", "wait 10s"]);
    session
}

#[test]
fn a_failover_as_monitoring_shows_it() {
    let session = outage();
    let of = |name| values(&*session, name, "");
    assert_eq!(of("UnderReplicatedPartitions"), [0, 1, 0].map(Some));
    assert_eq!(of("UnderMinIsrPartitionCount"), [Some(0)], "two are enough");
    assert_eq!(of("OfflinePartitionsCount"), [Some(0)], "the next leader is chosen at once");
    let isr = values(&*session, "InSyncReplicasCount", "orders-0");
    assert_eq!(isr, [Some(3), None, Some(2), Some(3)], "nobody reports for a dead leader");
    assert_eq!(of("IsrShrinksPerSec"), [Some(0)], "the controller's own doing is not counted");
    assert_eq!(of("IsrExpandsPerSec"), [0, 1].map(Some));
    let lag = values(&*session, "records-lag-max", "c1");
    let behind = most(&*session, "records-lag-max", "c1");
    assert!(behind > 10, "what waited comes at once: {behind}");
    assert_eq!(lag.last(), Some(&Some(0)), "and is read");
    let queued = Span(most(&*session, "record-queue-time-max", ""));
    assert!(queued > Span::secs(6) && queued < Span::secs(12), "{queued}");
    let answered = Span(most(&*session, "request-latency-max", ""));
    assert!(answered < Span::secs(1), "no request took as long as the outage: {answered}");
}

#[test]
fn nothing_is_stored_between_two_leaders() {
    let session = outage();
    let rate = series(&*session, "MessagesInPerSec", "");
    let gap = series(&*session, "InSyncReplicasCount", "orders-0");
    let (died, led) = (gap.samples[1].at, gap.samples[2].at);
    assert!(led.since(died) > Span::secs(6), "{}", led.since(died));
    let within = |at: Instant| at > died + Span::secs(2) && at < led;
    let known = rate.samples.iter().rposition(|sample| sample.at < died + Span::secs(2));
    assert_eq!(known.and_then(|known| rate.samples[known].value), Some(0));
    assert!(rate.samples.iter().all(|sample| !within(sample.at)), "and it stays so");
}

#[test]
fn the_same_charts_wherever_one_looks_from() {
    let mut session = outage();
    let charts = session.charts();
    for part in [0, 3, 7, 8] {
        session.seek(session.end().step * part / 8);
        assert!(session.charts() == charts, "the cursor does not change them");
    }
    let again = replicascope::restore(&session.save()).expect("what was saved can be restored");
    assert!(again.charts() == charts);
}

#[test]
fn a_branch_has_its_own_history() {
    let mut session = outage();
    let charts = session.charts();
    let killed = series(&*session, "InSyncReplicasCount", "orders-0").samples[1].at;
    session.seek_time(killed + Span::secs(1));
    session.fork("kinder");
    say(&mut *session, &["restart broker-1", "wait 30s"]);
    assert_eq!(most(&*session, "InSyncReplicasCount", "orders-0"), 3);
    let isr = values(&*session, "InSyncReplicasCount", "orders-0");
    assert_eq!(isr[..2], [Some(3), None], "what was before the branch is there");
    assert!(session.charts() != charts);
    assert!(session.switch(0));
    assert!(session.charts() == charts, "the old branch stays as it was");
}

#[test]
fn a_group_without_its_member_falls_behind() {
    let mut session = busy_cluster(3);
    let join = "consumer g1 topic=orders group=billing session.timeout.ms=6000";
    say(&mut *session, &[join, "wait 12s", "kill g1", "wait 10s"]);
    let lag = values(&*session, "LAG", "billing");
    assert!(lag.last().copied().flatten() > Some(150), "20 a second, and nobody reads: {lag:?}");
    let own = values(&*session, "records-lag-max", "g1");
    assert_eq!(own.last(), Some(&None), "the consumer's own number ended with it");
    say(&mut *session, &["restart g1", "wait 20s"]);
    let lag = values(&*session, "LAG", "billing");
    assert!(lag.last().copied().flatten() < Some(150), "{lag:?}");
    assert!(most(&*session, "group-completed-rebalance-count", "") >= 1);
}

#[test]
fn a_long_run_has_few_samples() {
    let mut session = busy_cluster(5);
    say(&mut *session, &["consumer c1 topic=orders", "wait 150s"]);
    for series in session.charts().iter().flat_map(|chart| &chart.series) {
        assert!(series.samples.len() <= 490, "{} has {}", series.name, series.samples.len());
    }
}
