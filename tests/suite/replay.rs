//! A run is its inputs: played again, sought, forked, saved and restored it is the same run, to
//! the digest.
//! Refuses to know the product: only `dyn Session`.

use crate::play::{busy_cluster, played, say};
use replicascope::lesson::Lang;
use replicascope::link::{Place, decode, encode};
use replicascope::scene::{Fault, Instant, NodeId, SavedRun, Weight};
use replicascope::{Session, restore};

const FAILOVER: &str = include_str!("../kafka/leader-killed-acks-all-loses-nothing.txt");
const REJOIN: &str = include_str!("../kafka/old-leader-truncates-and-rejoins.txt");

/// A run with a crash, a cut and a restart in it.
fn eventful() -> Box<dyn Session> {
    let mut session = busy_cluster(11);
    let crash = ["kill broker-1", "wait 4s", "cut broker-2 -> broker-3", "wait 7s"];
    say(&mut *session, &crash);
    say(&mut *session, &["heal all", "restart broker-1", "wait 6s"]);
    session
}

/// Steps spread over the run, the first and the last among them.
fn samples(session: &dyn Session) -> Vec<u64> {
    let end = session.end().step;
    let mut steps: Vec<u64> = (0..=20).map(|part| end * part / 20).collect();
    // The order in which they are visited must not matter.
    steps.extend([end / 3, 1, end / 2, 4_096.min(end), 4_097.min(end), 0, end]);
    steps
}

#[test]
fn the_same_inputs_give_the_same_digest() {
    for text in [FAILOVER, REJOIN] {
        let (one, other) = (played(text), played(text));
        assert_eq!(one.cursor(), other.cursor());
        assert_eq!(one.digest(), other.digest());
    }
}

#[test]
fn a_run_that_stops_at_what_is_told_makes_nothing_beyond_it() {
    let (mut whole, mut stops) = (busy_cluster(11), busy_cluster(11));
    for session in [&mut whole, &mut stops] {
        say(&mut **session, &["kill broker-1"]);
    }
    let until = Instant(whole.cursor().at.0 + 20_000_000);
    whole.run_until(until);
    let mut told = Vec::new();
    while let Some(at) = stops.run_until_told(until, Weight::Key) {
        assert_eq!(stops.cursor(), stops.end(), "nothing lies beyond");
        assert_eq!(stops.cursor().at, at);
        told.push(stops.cursor().step);
    }
    assert_eq!((stops.cursor(), stops.digest()), (whole.cursor(), whole.digest()));
    let first = *told.first().expect("a kill has consequences");
    let keys = whole.trace(first, whole.end().step, Weight::Key);
    let mut steps: Vec<u64> = keys.iter().map(|line| line.step).collect();
    steps.dedup();
    assert_eq!(told, steps);
}

#[test]
fn another_seed_gives_another_run() {
    assert_ne!(busy_cluster(1).digest(), busy_cluster(2).digest());
}

#[test]
fn scene_and_tape_tell_the_same_however_the_run_came_about() {
    let mut session = eventful();
    session.seek(session.end().step / 2);
    say(&mut *session, &["kill broker-2", "wait 15s"]);
    let again = restore(&session.save()).expect("what was saved can be restored");
    assert!(session.tape() == again.tape());
    for step in samples(&*session) {
        session.seek(step);
        let again = restore(&session.save()).expect("what was saved can be restored");
        assert!(session.scene() == again.scene(), "at step {step}");
    }
}

#[test]
fn looking_changes_nothing() {
    let mut session = eventful();
    let before = (session.digest(), session.cursor(), session.end());
    let _ = (session.scene(), session.tape(), session.choices(), session.violations());
    let _ = (session.trace(0, u64::MAX, replicascope::scene::Weight::Routine), session.save());
    say(&mut *session, &["show", "kafka-topics.sh --describe", "help", "expect broken = 0"]);
    let _ = session.duplicate();
    assert_eq!(before, (session.digest(), session.cursor(), session.end()));
}

#[test]
fn seeking_a_step_is_having_been_there() {
    let text = eventful();
    let recorded = text.save();
    // The digest after each sampled step, noted while the run was made for the first time.
    let mut fresh = restore(&recorded).expect("it was saved just now");
    let samples = samples(&*fresh);
    let mut sorted = samples.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert!(fresh.seek(0));
    let mut noted = Vec::new();
    for step in sorted {
        while fresh.cursor().step < step {
            assert!(fresh.step());
        }
        noted.push((step, fresh.digest()));
    }
    for step in samples {
        assert!(fresh.seek(step), "step {step} is recorded");
        let wanted = noted.iter().find(|(at, _)| *at == step).map(|(_, digest)| *digest);
        assert_eq!(Some(fresh.digest()), wanted, "after seeking step {step}");
    }
    assert!(!fresh.seek(fresh.end().step + 1));
}

#[test]
fn stepping_back_and_forward_comes_to_the_same_states() {
    let mut session = eventful();
    let end = session.end().step;
    for step in (end - 200..end).rev() {
        assert!(session.seek(step));
    }
    let there: Vec<u64> = (0..200)
        .map(|_| {
            assert!(session.step());
            session.digest()
        })
        .collect();
    assert_eq!(session.cursor().step, end);
    for (back, digest) in there.iter().enumerate().rev() {
        assert!(session.seek(end - 199 + back as u64));
        assert_eq!(session.digest(), *digest);
    }
}

#[test]
fn a_cursor_between_two_events_is_a_place_of_its_own() {
    let mut session = eventful();
    let middle = session.end().step / 2;
    assert!(session.seek(middle));
    let (here, next) = (session.cursor().at, session.scene().next_at.expect("more is due"));
    let between = replicascope::scene::Instant(here.0 + (next.0 - here.0) / 2);
    assert!(session.seek_time(between));
    assert_eq!((session.cursor().step, session.cursor().at), (middle, between));
    let digest = session.digest();
    assert!(session.seek(0));
    assert!(session.seek_time(between));
    assert_eq!(session.digest(), digest);
}

#[test]
fn a_fork_leaves_its_parent_alone() {
    let mut session = eventful();
    let (parent, end, digest) = (session.cursor().branch, session.end(), session.digest());
    assert!(session.seek(end.step / 2));
    let child = session.fork("other");
    assert_ne!(child, parent);
    say(&mut *session, &["kill broker-2", "wait 12s"]);
    assert_ne!(session.digest(), digest);
    assert!(session.switch(parent));
    assert_eq!((session.end(), session.digest()), (end, digest));
    let branches = session.branches();
    assert_eq!(branches[child].parent, Some((parent, end.step / 2)));
    assert_eq!(branches[child].name, "other");
}

#[test]
fn an_edit_in_the_past_begins_a_branch() {
    let mut session = eventful();
    let end = session.end();
    for (number, edit) in [(1, "kill broker-2"), (2, "topic clicks")] {
        assert!(session.switch(0) && session.seek(end.step / 3));
        say(&mut *session, &[edit]);
        assert_eq!(session.branches().len(), number + 1);
        assert_eq!(session.cursor().branch, number);
        assert_eq!(session.branches()[number].parent, Some((0, end.step / 3)));
    }
    assert!(session.switch(0) && session.seek(end.step / 3));
    session.inject(&Fault::Pause(NodeId(3))).expect("broker-3 runs");
    assert_eq!((session.branches().len(), session.cursor().branch), (4, 3));
    // A refused edit and a line that only looks begin none.
    assert!(session.switch(0) && session.seek(end.step / 3));
    assert!(session.command("resume broker-2").is_err());
    say(&mut *session, &["show"]);
    assert_eq!((session.branches().len(), session.cursor().branch), (4, 0));
    assert_eq!(session.end(), end);
}

#[test]
fn a_duplicate_goes_its_own_way() {
    let session = eventful();
    let before = session.digest();
    let mut copy = session.duplicate();
    assert_eq!(copy.digest(), before);
    say(&mut *copy, &["kill broker-3", "wait 15s"]);
    assert_ne!(copy.digest(), before);
    assert_eq!(session.digest(), before);
}

#[test]
fn taking_a_choice_is_recorded_like_any_input() {
    let mut session = eventful();
    let last = session.choices().len() - 1;
    session.choose(last).expect("it was offered");
    say(&mut *session, &["wait 1s"]);
    let again = restore(&session.save()).expect("it was saved just now");
    assert_eq!(again.digest(), session.digest());
}

/// Three branches, the second grown out of the first, the third out of the second.
fn branched() -> Box<dyn Session> {
    let mut session = eventful();
    let end = session.end().step;
    assert!(session.seek(end * 2 / 3));
    session.fork("no restart");
    say(&mut *session, &["pause broker-3", "wait 3s", "resume broker-3", "wait 3s"]);
    let end = session.end().step;
    assert!(session.seek(end - 50));
    say(&mut *session, &["power-off broker-2", "wait 2s"]);
    session
}

fn through_json(saved: &SavedRun) -> SavedRun {
    let json = serde_json::to_string(saved).expect("a saved run is plain data");
    serde_json::from_str(&json).expect("it was just written")
}

fn assert_same(one: &dyn Session, other: &dyn Session) {
    assert_eq!(one.cursor(), other.cursor());
    assert_eq!(one.digest(), other.digest());
    let inputs = |session: &dyn Session| session.save().branches;
    assert_eq!(inputs(one), inputs(other));
    let parents = |session: &dyn Session| -> Vec<_> {
        session.branches().into_iter().map(|branch| (branch.name, branch.parent)).collect()
    };
    assert_eq!(parents(one), parents(other));
}

#[test]
fn a_saved_run_is_restored_to_the_digest() {
    let mut session = branched();
    assert_eq!(session.branches().len(), 3);
    for branch in 0..3 {
        assert!(session.switch(branch));
        let end = session.end().step;
        for step in [end, end / 2, 17, 0] {
            assert!(session.seek(step));
            let saved = through_json(&session.save());
            assert_same(&*restore(&saved).expect("it was saved just now"), &*session);
        }
    }
}

#[test]
fn a_saved_cursor_between_two_events_comes_back() {
    let mut session = branched();
    let middle = session.end().step / 2;
    assert!(session.seek(middle));
    let (here, next) = (session.cursor().at, session.scene().next_at.expect("more is due"));
    assert!(session.seek_time(replicascope::scene::Instant(here.0 + (next.0 - here.0) / 3)));
    let saved = through_json(&session.save());
    assert_same(&*restore(&saved).expect("it was saved just now"), &*session);
}

#[test]
fn an_input_between_two_events_comes_back() {
    let mut session = busy_cluster(5);
    for fault in ["pause broker-3", "resume broker-3", "kill broker-1"] {
        say(&mut *session, &["wait 333333us", fault]);
    }
    say(&mut *session, &["wait 1s"]);
    let saved = through_json(&session.save());
    assert_same(&*restore(&saved).expect("it was saved just now"), &*session);
}

#[test]
fn a_link_carries_a_place() {
    let session = branched();
    for lang in Lang::ALL {
        let place = Place {
            run: session.save(),
            lesson: Some("kafka/01-leader-failover".into()),
            step: Some("crash".into()),
            lang,
            theme: Some("dark".into()),
            // Links of before hold nothing there.
            beside: (lang == Lang::En).then(|| "cluster brokers=5".into()),
        };
        let link = encode(&place);
        assert!(link.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
        let back = decode(&link).expect("it was just written");
        assert_eq!(back, place);
        assert_eq!(restore(&back.run).expect("it was saved").digest(), session.digest());
    }
}
