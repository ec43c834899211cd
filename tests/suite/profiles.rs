//! The versions of Kafka differ where the table of profiles says so, and nowhere else: each test
//! here plays one schedule under every version. Rows that are not here have transcripts.
//! Refuses to read the table: what a version does is asked of its runs.

use crate::play::say;
use replicascope::Session;
use replicascope::scene::{Answer, Weight};
use replicascope_kafka::PROFILES;

fn open(profile: &str, more: &str) -> Box<dyn Session> {
    let boot = format!("cluster kafka profile={profile} brokers=3 controllers=3 seed=7 {more}");
    replicascope::open(&boot).unwrap_or_else(|error| panic!("`{boot}`: {error}"))
}

/// What each version answers, oldest first.
fn of_each<T>(answer: impl Fn(&str) -> T) -> Vec<T> {
    PROFILES.iter().map(|profile| answer(profile.name)).collect()
}

const TOPIC: &str = "topic orders partitions=1 replicas=3 min.insync.replicas=2 assignment=1:2:3";

/// Row `truncation`. Source: KIP-101 (0.11), before every version here.
#[test]
fn every_version_cuts_logs_where_their_epochs_part() {
    let lost = |profile: &str, truncation: &str| {
        let mut session = open(profile, truncation);
        let two_failovers = [
            TOPIC,
            "settle",
            "producer p1 topic=orders acks=all rate=1 count=2",
            "wait 2200ms",
            "kill broker-1",
            "hold broker-2 -> broker-3",
            "wait 20s",
            "kill broker-2",
            "wait 25s",
        ];
        say(&mut *session, &two_failovers);
        session.probe("lost orders-0").expect("it is a question")
    };
    assert_eq!(of_each(|profile| lost(profile, "")), vec![Answer::Number(0); 4]);
    let at_the_mark = of_each(|profile| lost(profile, "truncation=high-watermark"));
    assert_eq!(at_the_mark, vec![Answer::Number(1); 4], "the schedule puts it to the test");
}

/// Row `min_segment_bytes`. Source: KIP-1030 (4.0).
#[test]
fn a_segment_of_less_than_a_megabyte_is_refused_since_4_0() {
    let takes = |bytes: u64| {
        of_each(|profile| {
            let boot = format!("cluster kafka profile={profile} log.segment.bytes={bytes}");
            replicascope::open(&boot).is_ok()
        })
    };
    assert_eq!(takes(13), [false; 4]);
    assert_eq!(takes(14), [true, true, false, false]);
    assert_eq!(takes(1_048_575), [true, true, false, false]);
    assert_eq!(takes(1_048_576), [true; 4]);
}

/// Row `current_leader_in_errors`. Source: KIP-951 (3.7).
#[test]
fn a_refused_producer_knows_the_new_leader_from_the_answer_since_3_7() {
    let told_by_the_refusal = of_each(|profile| {
        let mut session = open(profile, "");
        let moved = [
            TOPIC,
            "producer p1 topic=orders rate=50",
            "settle",
            "wait 2s",
            "reassign orders-0 to 2,1,3",
            "elect preferred orders-0",
            "wait 3s",
        ];
        say(&mut *session, &moved);
        let text = session.text(0, session.cursor().step, Weight::Routine);
        let line = |what: &str| {
            text.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}"))
        };
        let learned = line("fact.metadata-learned partition=orders-0 leader=2");
        let refused = line("fact.send-failed partition=orders-0");
        let asked_at = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains("event.received api=Metadata from=201"))
            .find_map(|(at, _)| (at > refused).then_some(at));
        learned < asked_at.expect("it asks for metadata in any case")
    });
    assert_eq!(told_by_the_refusal, [false, true, true, true]);
}
