//! Plays a transcript from its text: what several tests below need.
//! Refuses to know what a transcript is about.

use replicascope::Session;
use replicascope::lesson::{Report, Runner, Scenario};

/// Reads a scenario that is known to be well written.
pub(crate) fn read(text: &str) -> Scenario {
    Scenario::parse(text).unwrap_or_else(|flaw| panic!("{flaw}"))
}

/// A fresh cluster, as the first line of the scenario opens it.
pub(crate) fn open(scenario: &Scenario) -> Box<dyn Session> {
    let boot = &scenario.boot.text;
    replicascope::open(boot).unwrap_or_else(|error| panic!("{boot}: {error}"))
}

/// The run at the end of its last step.
pub(crate) fn played(text: &str) -> Box<dyn Session> {
    let scenario = read(text);
    let mut session = open(&scenario);
    let _: Report = Runner::new(&mut *session, &scenario)
        .play_all()
        .unwrap_or_else(|stop| panic!("line {}: {stop}", stop.line()));
    session
}

/// Carries out lines of the console; each must be understood.
pub(crate) fn say(session: &mut dyn Session, lines: &[&str]) {
    for line in lines {
        session.command(line).unwrap_or_else(|error| panic!("`{line}`: {error}"));
    }
}

/// A cluster of three with one topic and a producer, after two seconds of traffic.
pub(crate) fn busy_cluster(seed: u64) -> Box<dyn Session> {
    let boot = format!("cluster kafka brokers=3 controllers=3 seed={seed}");
    let mut session = replicascope::open(&boot).expect("the boot line is well formed");
    let topic = "topic orders partitions=1 replicas=3 min.insync.replicas=2 assignment=1:2:3";
    say(&mut *session, &[topic, "producer p1 topic=orders rate=20", "settle", "wait 2s"]);
    session
}
