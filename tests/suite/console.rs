//! The console as a tool to find one's way with: forms, help, completion by place.
//! Refuses to know what the lines do.

use replicascope::{Session, open};

fn session() -> Box<dyn Session> {
    let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("a boot line");
    for line in ["topic orders partitions=2 replicas=3", "producer p1 topic=orders", "settle"] {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    session
}

#[test]
fn every_verb_that_help_names_is_known_and_has_its_own_help() {
    let mut session = session();
    for verb in session.complete("") {
        let help = session.command(&format!("help {verb}")).expect("each verb has its forms").text;
        assert!(help.lines().all(|line| line.starts_with(verb.as_str())), "{verb}: {help}");
        let mut copy = session.duplicate();
        let refused = copy.command(&verb).err();
        let unknown = refused.is_some_and(|error| error.what.key == "error.unknown-verb");
        assert!(!unknown, "{verb} is offered and not known");
    }
    let error = session.command("help kafka-moon.sh").expect_err("there is no such tool");
    assert_eq!((error.what.key, error.column), ("error.unknown-verb", 5));
}

#[test]
fn words_are_completed_by_their_place() {
    let session = session();
    for (line, first) in [
        ("kafka-top", "kafka-topics.sh"),
        ("kafka-topics.sh --describe --top", "kafka-topics.sh --describe --topic"),
        ("kafka-topics.sh --describe --topic o", "kafka-topics.sh --describe --topic orders"),
        (
            "kafka-leader-election.sh --election-type u",
            "kafka-leader-election.sh --election-type unclean",
        ),
        ("kafka-dump-log.sh --files ", "kafka-dump-log.sh --files broker-1/orders-0"),
        ("kill broker-", "kill broker-1"),
        ("kill leader of ", "kill leader of orders-0"),
        ("cut broker-1 ", "cut broker-1 ->"),
        ("producer p2 topic=", "producer p2 topic=orders"),
        ("expect lea", "expect leader"),
        ("expect leader orders-1 ", "expect leader orders-1 ="),
        ("help kafka-r", "help kafka-reassign-partitions.sh"),
    ] {
        let offered = session.complete(line);
        assert_eq!(offered.first().map(String::as_str), Some(first), "{line}: {offered:?}");
    }
    assert!(session.complete("kafka-topics.sh --create --topic ").is_empty());
    assert!(session.complete("kill controller-101 ").is_empty(), "the line is whole");
}
