//! What a space-time diagram is given: messages with both ends, losses, and causes and effects.
//! Refuses to know how it is drawn.

use replicascope::open;
use replicascope::scene::{End, Kin, Session, Weave, Weight, Window};

/// A leader that died and came back; the cursor stands well after both.
fn failover() -> Box<dyn Session> {
    let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("a boot line");
    for line in [
        "topic orders partitions=1 replicas=3 min.insync.replicas=2 assignment=1:2:3",
        "producer p1 topic=orders acks=all rate=20",
        "settle",
        "wait 1s",
        "kill broker-1",
        "wait 12s",
        "restart broker-1",
        "wait 8s",
    ] {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    session
}

fn window(least: Weight) -> Window {
    Window { least, before: 60, after: 60, about: None }
}

fn keys(weave: &Weave, kin: Kin) -> Vec<&str> {
    weave.knots.iter().filter(|knot| knot.kin == kin).map(|knot| knot.what.key).collect()
}

#[test]
fn messages_leave_before_they_arrive_and_join_two_nodes() {
    let session = failover();
    let weave = session.weave(&window(Weight::Normal));
    assert!(weave.hops.len() > 20 && !weave.knots.is_empty());
    for hop in &weave.hops {
        assert!(hop.sent <= hop.at && hop.from != hop.to, "{hop:?}");
    }
    let open = weave.hops.iter().filter(|hop| hop.end == End::Open);
    assert!(open.clone().all(|hop| hop.at >= session.cursor().at), "they are on their way");
}

#[test]
fn a_new_leader_has_its_causes_and_effects() {
    let mut session = failover();
    let all = session.weave(&window(Weight::Key));
    let chosen = all.knots.iter().find(|knot| knot.what.key == "fact.leader-chosen");
    let chosen = chosen.expect("a leader was chosen").clone();
    session.seek(chosen.step);
    let weave = session.weave(&Window { about: Some(chosen.event), ..window(Weight::Key) });
    assert_eq!(keys(&weave, Kin::Itself), ["fact.leader-chosen"]);
    assert!(keys(&weave, Kin::Effect).contains(&"fact.became-leader"), "{weave:#?}");
    assert_eq!(keys(&weave, Kin::Cause), ["fault.kill", "event.ended", "fact.fenced"], "silence");
}

#[test]
fn a_dead_node_is_a_gap_and_what_is_sent_to_it_is_lost() {
    let mut session = failover();
    let gap = session.weave(&window(Weight::Key)).gaps;
    let gap = gap.iter().find(|gap| gap.node.0 == 1).expect("broker 1 was gone").clone();
    assert!(!gap.frozen && gap.to.is_some_and(|to| to > gap.from));
    session.seek_time(gap.from);
    let weave = session.weave(&window(Weight::Normal));
    assert!(weave.hops.iter().any(|hop| hop.end == End::Lost && hop.to == gap.node));
}
