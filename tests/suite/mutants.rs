//! What `cargo run -- mutants` does in full, as far as it is quick: each directed schedule breaks a
//! promise without the line of defence that it is for, and none with it.
//! Refuses to run seeds: the verb does.

use replicascope::swarm::{Orders, SCHEDULES};
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
        let names = schedule.guards().chain(schedule.together()).count();
        assert!(names > 0, "{}: for whom is it?", schedule.name);
        for guard in schedule.guards() {
            let orders = Orders { without: Some(guard.to_owned()), ..Orders::default() };
            assert!(schedule.play(&orders).is_err(), "{}: nobody misses {guard}", schedule.name);
        }
    }
}

#[test]
fn lines_that_stand_behind_one_another_are_missed_when_all_are_gone() {
    for schedule in SCHEDULES.iter().filter(|schedule| schedule.together().next().is_some()) {
        assert!(schedule.together().all(|name| Guards::named(name).is_some()), "{}", schedule.name);
        if let Err(error) = schedule.play_without_all() {
            panic!("{error}");
        }
    }
}
