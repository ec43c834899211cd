//! What `cargo run -- mutants` does in full, as far as it is quick: each directed schedule breaks a
//! promise without the line of defence that it is for, and none with it.
//! Refuses to run seeds: the verb does.

use replicascope::swarm::{Orders, SCHEDULES, SECOND_LINES};
use replicascope_kafka::Guards;

#[test]
fn the_whole_engine_keeps_every_promise_on_every_schedule() {
    let played =
        SCHEDULES.iter().map(|schedule| (schedule.name, schedule.play(&Orders::default())));
    let broken = played.filter_map(|(name, result)| Some((name, result.err()?)));
    let broken: Vec<String> = broken
        .map(|(name, failure)| format!("{name}: {} {}", failure.promise, failure.detail))
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_schedule_is_noticed_without_its_line_of_defence() {
    for schedule in SCHEDULES {
        assert!(schedule.guards().next().is_some(), "{}: for whom is it?", schedule.name);
        for guard in schedule.guards() {
            let orders = Orders { without: Some(guard.to_owned()), ..Orders::default() };
            assert!(schedule.play(&orders).is_err(), "{}: nobody misses {guard}", schedule.name);
        }
    }
}

#[test]
fn second_lines_are_lines_of_defence() {
    for line in SECOND_LINES {
        assert!(Guards::named(line.guard).is_some(), "{}", line.guard);
        let first = line.because.split(':').next().unwrap_or_default();
        assert!(Guards::named(first).is_some(), "{}: `{first}` stands before it?", line.guard);
    }
}
