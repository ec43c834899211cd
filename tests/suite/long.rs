//! A run that has become long: old events are let go and old keyframes thinned, and yet every
//! place in it is there as it was, with what was told there.
//! Refuses to know the product: only `dyn Session`.

use crate::play::say;
use replicascope::scene::{Instant, Span, Weight};
use replicascope::{Session, open};

/// What there is to see at a step.
#[derive(Debug, PartialEq)]
struct Sight {
    step: u64,
    at: Instant,
    digest: u64,
    told: String,
}

fn sight(session: &dyn Session) -> Sight {
    let (step, at) = (session.cursor().step, session.cursor().at);
    let told = session.text(step.saturating_sub(40), step, Weight::Routine);
    Sight { step, at, digest: session.digest(), told }
}

#[test]
fn every_place_of_a_long_run_is_there_as_it_was() {
    let mut session = open("cluster kafka brokers=3 controllers=1 seed=5").expect("a boot line");
    say(&mut *session, &["topic t partitions=2 replicas=3", "producer p topic=t rate=1000"]);
    say(&mut *session, &["consumer c topic=t", "settle", "kill broker-3"]);
    let mut seen = Vec::new();
    while session.end().step < 300_000 {
        let next = session.cursor().at + Span::micros(1_234_567);
        session.run_until(next);
        // A place in a run is a step: what passed since is taken back.
        let step = session.cursor().step;
        assert!(session.seek(step));
        seen.push(sight(&*session));
    }
    let key = session.text(0, u64::MAX, Weight::Key);
    let order = [0, seen.len() - 1, 3, seen.len() / 2, 1, seen.len() / 3, 2, 0];
    for place in order {
        assert!(session.seek(seen[place].step));
        assert_eq!(sight(&*session), seen[place]);
        assert!(session.seek_time(seen[place].at));
        assert_eq!(sight(&*session), seen[place]);
    }
    assert_eq!(session.text(0, u64::MAX, Weight::Key), key, "what it turned on is never let go");
    assert!(session.seek(seen[1].step));
    session.fork("another");
    assert_eq!(sight(&*session), seen[1], "a branch begins with what was told before it");
}
