//! A question about a record, a leader or a broker leads back to a fault or a setting.
//! Refuses to know sentences: it looks at keys and settings.

use replicascope::scene::{Ask, Promise, Reason};
use replicascope::{Session, open};

/// The leader acknowledges with acks=1 what its followers never get, and dies.
fn lossy() -> Box<dyn Session> {
    let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("a boot line");
    for line in [
        "topic clicks partitions=1 replicas=3 assignment=1:2:3",
        "producer p1 topic=clicks acks=1 rate=20 count=70",
        "settle",
        "wait 2s",
        "pause followers of clicks-0",
        "wait 1s",
        "kill leader of clicks-0",
        "resume all",
        "wait 15s",
    ] {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    session
}

fn keys(chain: &[Reason]) -> Vec<&str> {
    chain.iter().map(|reason| reason.what.key).collect()
}

#[test]
fn a_lost_record_is_shown_and_leads_back_to_the_kill_and_to_acks() {
    let session = lossy();
    let scene = session.scene();
    assert!(scene.ledger.lost > 0, "the tail is lost");
    let dead = &scene.strips[0].replicas[0];
    let shown = dead.cells.iter().chain(&dead.ghosts);
    let lost = shown.into_iter().find(|cell| cell.promise == Promise::Lost).expect("it is shown");
    let chain = session.why(&Ask::Record("clicks-0".to_owned(), lost.offset));
    let keys = keys(&chain);
    assert_eq!(keys.first(), Some(&"fact.became-leader"), "{keys:?}");
    assert!(keys.contains(&"fault.kill"), "{keys:?}");
    let last = chain.last().expect("a chain");
    assert_eq!(last.what.key, "fact.acked");
    let acks = last.settings.iter().find(|setting| setting.key == "acks");
    assert_eq!(acks.map(|setting| setting.value.as_str()), Some("1"));
}

#[test]
fn a_leader_leads_back_to_the_fault_through_the_session() {
    let session = lossy();
    let chain = session.why(&Ask::Leader("clicks-0".to_owned()));
    let keys = keys(&chain);
    assert_eq!(keys, ["fact.leader-chosen", "fact.fenced", "event.ended", "fault.kill"]);
    assert_eq!(chain[1].settings[0].key, "broker.session.timeout.ms");
    assert!(chain[..2].iter().all(|reason| reason.rule.is_some()), "each decision names its rule");
}
