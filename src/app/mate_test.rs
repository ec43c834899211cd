//! Two runs stay together, and it is known where they parted and what each has cost.

use super::*;
use replicascope::twin::Change;

fn outage() -> Box<dyn Session> {
    let mut session = replicascope::open("cluster kafka seed=7").expect("opens");
    for line in [
        "topic orders partitions=1 replicas=3 min.insync.replicas=2",
        "producer p1 topic=orders acks=all rate=20",
        "settle",
        "wait 500ms",
        "kill leader of orders-0",
        "wait 12s",
    ] {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    session
}

fn twin(key: &str, value: &str) -> Beside {
    let of = if key == "acks" { "producer p1" } else { "cluster" }.to_owned();
    Beside::Twin(Change { of, key: key.to_owned(), value: value.to_owned() })
}

fn shown(mate: &mut Mate, run: &dyn Session) -> Other {
    mate.follow(run.cursor().at);
    mate.show(run, &Seen::of(run), false)
}

#[test]
fn a_twin_of_the_same_setting_tells_the_same() {
    let run = outage();
    let mut mate = Mate::new(twin("acks", "all"), run.as_ref()).expect("it plays");
    let other = shown(&mut mate, run.as_ref());
    assert_eq!((&other.partings.first, &other.partings.key), (&None, &None));
    assert_eq!(mate.watched().digest(), run.digest());
    assert_eq!(other.tolls.0, other.tolls.1);
    assert_eq!(other.tolls.0.elections, 1);
    assert!(other.tolls.0.strips[0].wait > Span::secs(5));
}

#[test]
fn a_changed_setting_parts_the_stories_and_changes_the_cost() {
    let run = outage();
    let mut mate =
        Mate::new(twin("broker.session.timeout.ms", "4000"), run.as_ref()).expect("it plays");
    let other = shown(&mut mate, run.as_ref());
    assert_eq!(other.names.0, "cluster broker.session.timeout.ms=9000");
    let key = other.partings.key.as_ref().and_then(Parting::at).expect("they part");
    let first = other.partings.first.as_ref().and_then(Parting::at).expect("they part");
    assert!(first <= key);
    let (mine, theirs) = &*other.tolls;
    assert!(theirs.strips[0].wait < mine.strips[0].wait);
}

#[test]
fn the_changed_line_itself_is_no_difference() {
    let run = outage();
    let mut mate = Mate::new(twin("acks", "1"), run.as_ref()).expect("it plays");
    let first = shown(&mut mate, run.as_ref()).partings.first.clone().expect("they part");
    let told = [first.mine, first.theirs].into_iter().flatten();
    assert!(told.clone().all(|line| line.what.key != "input.command"), "{:?}", told.last());
}

#[test]
fn the_other_run_is_always_at_the_same_instant() {
    let mut run = outage();
    let mut mate = Mate::new(twin("acks", "1"), run.as_ref()).expect("it plays");
    let end = run.end().at;
    for at in [Instant(3_000_000), Instant::ZERO, end, end + Span::secs(4), Instant(9_000_000)] {
        follow(run.as_mut(), at);
        assert_eq!(shown(&mut mate, run.as_ref()).seen.cursor.at, at);
    }
}

#[test]
fn what_is_done_to_the_run_is_done_to_its_twin() {
    let mut run = outage();
    let mut mate = Mate::new(twin("acks", "1"), run.as_ref()).expect("it plays");
    run.command("pause broker-1").expect("it runs");
    mate.renew(run.as_ref()).expect("it plays");
    let paused = |session: &dyn Session| {
        session.save().branches[0].inputs.iter().any(|input| input.line == "pause broker-1")
    };
    assert!(paused(mate.watched()));
}

#[test]
fn of_two_branches_the_one_that_was_left_stands_beside() {
    let mut run = outage();
    run.seek(run.cursor().step / 2);
    run.command("pause broker-1").expect("it runs");
    run.run_until(run.cursor().at + Span::secs(3));
    let mut mate = Mate::new(Beside::Branch(0), run.as_ref()).expect("it is there");
    let other = shown(&mut mate, run.as_ref());
    assert!(other.partings.key.is_some(), "a fault is in one of them");
    run.switch(0);
    mate.renew(run.as_ref()).expect("it is there");
    assert_eq!(mate.with, Beside::Branch(1));
}
