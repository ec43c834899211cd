//! Nothing that a user can type, paste or damage makes the program panic: it is carried out or
//! refused with a message. Every case is drawn from a fixed seed.
//! Refuses to judge the messages; only that there is one.

use crate::play::{busy_cluster, say};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use replicascope::lesson::{Lang, Scenario};
use replicascope::link::{LINK_LIMIT, LinkError, Place, decode, encode};
use replicascope::{Session, restore, words};
use std::fmt::Debug;
use std::rc::Rc;

/// Runs a bounded number of cases, the same ones every time.
pub(crate) fn cases<T: Strategy>(count: u32, strategy: &T, test: impl Fn(T::Value))
where
    T::Value: Debug,
{
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let tested = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
        test(value);
        Ok(())
    });
    match tested {
        Ok(()) => {}
        Err(TestError::Fail(why, value)) => panic!("{why}\nwith {value:?}"),
        Err(other) => panic!("{other}"),
    }
}

/// Words that mean something somewhere. No span among them is long and no count is large: a long
/// run would be no mistake, but it would take its time.
const WORDS: [&str; 112] = [
    "wait",
    "until",
    "step",
    "settle",
    "cluster",
    "kafka",
    "profile=kraft-4.1",
    "brokers=3",
    "brokers=0",
    "brokers=99",
    "seed=7",
    "controllers=2",
    "seed=-1",
    "latency=1ms",
    "jitter=0ms",
    "boot=1s",
    "kill",
    "power-off",
    "restart",
    "pause",
    "resume",
    "stop",
    "cut",
    "heal",
    "isolate",
    "rejoin",
    "delay",
    "lose",
    "duplicate",
    "hold",
    "release",
    "drop",
    "slow-disk",
    "fill-disk",
    "free-disk",
    "seek",
    "fork",
    "help",
    "expect",
    "show",
    "topic",
    "producer",
    "consumer",
    "elect",
    "preferred",
    "unclean",
    "kafka-topics.sh",
    "--describe",
    "--topic",
    "reassign",
    "to",
    "1,2",
    "2,3,4",
    "cancel",
    "config",
    "*",
    "min.insync.replicas=2",
    "min.insync.replicas=",
    "unclean.leader.election.enable=true",
    "partitions",
    "unregister",
    "kafka-leader-election.sh",
    "--election-type",
    "--all-topic-partitions",
    "kafka-reassign-partitions.sh",
    "--execute",
    "--cancel",
    "--list",
    "--partition",
    "--replicas",
    "kafka-configs.sh",
    "--alter",
    "--add-config",
    "kafka-cluster.sh",
    "--id",
    "kafka-metadata-quorum.sh",
    "describe",
    "--status",
    "leader",
    "followers",
    "of",
    "all",
    "orders",
    "orders-0",
    "orders-1",
    "broker-1",
    "broker-2",
    "broker-9",
    "controller-101",
    "p1",
    "1",
    "0",
    "->",
    "<->",
    "=",
    "==",
    "50ms",
    "1us",
    "0s",
    "5%",
    "0.5%",
    "100%",
    "101%",
    "#1",
    "#99999999999999999999",
    "isr",
    "leo",
    "gap",
    "partitions=2",
    "replicas=0",
    "assignment=1:1",
    "\"",
];

/// Lines of known words with some noise in between.
fn lines() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(WORDS.to_vec()).prop_map(str::to_owned);
    let word = prop_oneof![8 => known, 1 => "\\PC{0,6}", 1 => "[a-z-]{1,8}=[0-9a-z:,.-]{0,9}"];
    proptest::collection::vec(word, 0..8).prop_map(|words| words.join(" "))
}

/// Anything at all, or something that nearly makes sense.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![3 => lines(), 1 => "\\PC{0,80}", 1 => any::<String>()]
}

fn base() -> Rc<dyn Session> {
    Rc::from(busy_cluster(3))
}

#[test]
fn any_line_of_the_console_is_carried_out_or_refused() {
    let base = base();
    cases(600, &proptest::collection::vec(texts(), 1..4), |lines| {
        let mut session = base.duplicate();
        for line in &lines {
            if let Err(error) = session.command(line) {
                let _ = (error.to_string(), words::tell(Lang::Zh, &error.what, &|n| n.to_string()));
                assert!(error.column <= line.chars().count(), "`{line}`: column {}", error.column);
            }
            let _ = session.complete(line);
        }
        let until = session.cursor().at + replicascope::scene::Span::millis(20);
        session.run_until(until);
        let _ = (session.scene(), session.digest());
    });
}

#[test]
fn any_boot_line_opens_a_cluster_or_is_refused() {
    cases(800, &texts(), |line| {
        for boot in [line.clone(), format!("cluster kafka {line}")] {
            if let Ok(mut session) = replicascope::open(&boot) {
                session.step();
                let _ = session.scene();
            }
        }
    });
}

#[test]
fn any_question_is_answered_or_refused() {
    let base = base();
    let asked = ["leader", "isr", "leo", "gap", "error", "expect", "slowest-phase", "version"];
    let asked = proptest::sample::select(asked.to_vec());
    let question = prop_oneof![texts(), (asked, texts()).prop_map(|(ask, t)| format!("{ask} {t}"))];
    cases(1_500, &question, |question| {
        let _ = base.probe(&question).map(|answer| answer.to_string());
    });
}

#[test]
fn any_scenario_is_read_or_refused() {
    let grammar = ["step one", "predict a: leader orders-0 of 1 | 2", "goal isr x = 1", "solution"];
    let line = prop_oneof![
        texts(),
        proptest::sample::select(grammar.to_vec()).prop_map(str::to_owned),
        Just("----".to_owned()),
        Just(String::new()),
        Just("cluster kafka".to_owned()),
    ];
    cases(1_500, &proptest::collection::vec(line, 0..10), |lines| {
        match Scenario::parse(&lines.join("\n")) {
            // What can be written out can be read again.
            Ok(scenario) => {
                let again = Scenario::parse(&scenario.to_string());
                assert!(again.is_ok(), "{scenario}\n{again:?}");
            }
            Err(flaw) => drop(flaw.to_string()),
        }
    });
}

fn place() -> Place {
    let mut session = busy_cluster(3);
    say(&mut *session, &["kill broker-1", "wait 1s", "restart broker-1", "wait 1s"]);
    Place {
        run: session.save(),
        lesson: None,
        step: None,
        lang: Lang::En,
        theme: None,
        beside: Some("branch 0".into()),
    }
}

#[test]
fn any_text_is_a_link_or_refused() {
    cases(1_500, &texts(), |text| {
        for link in [text.clone(), format!("1{text}")] {
            if let Err(error) = decode(&link) {
                let _ = words::tell(Lang::Zh, &error.told(), &|node| node.to_string());
            }
        }
    });
}

#[test]
fn a_cut_link_is_refused() {
    let link = encode(&place());
    assert_eq!(decode(""), Err(LinkError::Empty));
    for end in 1..link.len() {
        assert_eq!(decode(&link[..end]), Err(LinkError::Damaged), "cut after {end}");
    }
    assert_eq!(decode(&"1".repeat(LINK_LIMIT + 1)), Err(LinkError::TooLong));
}

#[test]
fn a_foreign_character_is_named_by_its_place() {
    let link = encode(&place());
    for at in 1..link.len() {
        let mut bytes = link.clone().into_bytes();
        bytes[at] = b'!';
        let damaged = String::from_utf8(bytes).expect("it is ASCII");
        assert_eq!(decode(&damaged), Err(LinkError::Character(at)));
    }
    assert_eq!(decode(&link.replacen('1', "2", 1)), Err(LinkError::Version('2')));
}

#[test]
fn a_flipped_bit_is_noticed() {
    let place = place();
    let link = encode(&place);
    for at in 0..link.len() {
        for bit in 0..7 {
            let mut bytes = link.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let damaged = String::from_utf8(bytes).expect("the eighth bit is left alone");
            // The last bits of a compressed stream may mean nothing: then nothing is lost.
            if let Ok(read) = decode(&damaged) {
                assert_eq!(read, place, "character {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_link_that_unpacks_to_too_much_is_refused() {
    let mut place = place();
    let line = "x".repeat(1_000);
    let input = place.run.branches[0].inputs[0].clone();
    let more =
        (0..1_200).map(|_| replicascope::scene::SavedInput { line: line.clone(), ..input.clone() });
    place.run.branches[0].inputs.extend(more);
    assert_eq!(decode(&encode(&place)), Err(LinkError::TooLarge));
}

/// What may be put in the place of a value, the absurd included.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let numbers = proptest::sample::select(vec![-1_i64, 0, 1, 2, 3, 63, 64, 65, 900, 5_000_000]);
    prop_oneof![
        numbers.prop_map(Into::into),
        lines().prop_map(Into::into),
        Just(serde_json::Value::Null),
        Just(serde_json::json!([])),
        Just(serde_json::json!([0, 5])),
        Just(u64::MAX.into()),
    ]
}

/// Every place in a value, in order.
fn places(value: &mut serde_json::Value) -> Vec<&mut serde_json::Value> {
    match value {
        serde_json::Value::Array(list) => list.iter_mut().flat_map(places).collect(),
        serde_json::Value::Object(map) => map.values_mut().flat_map(places).collect(),
        leaf => vec![leaf],
    }
}

#[test]
fn an_edited_saved_run_is_restored_or_refused() {
    let mut session = busy_cluster(3);
    say(&mut *session, &["kill broker-1", "wait 200ms", "restart broker-1", "wait 200ms"]);
    let half = session.end().step / 2;
    assert!(session.seek(half));
    say(&mut *session, &["pause broker-2", "wait 100ms"]);
    let saved = serde_json::to_value(session.save()).expect("a saved run is plain data");
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), values()), 1..3);
    cases(150, &edits, |edits| {
        let mut edited = saved.clone();
        for (index, value) in edits {
            let mut places = places(&mut edited);
            let at = index.index(places.len());
            *places[at] = value;
        }
        if let Ok(run) = serde_json::from_value(edited) {
            let _ = restore(&run).map(|session| session.digest());
        }
    });
}
