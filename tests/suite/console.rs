//! The console as a tool to find one's way with: forms, help, completion by place.
//! Refuses to know what the lines do.

use replicascope::scene::Weight;
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

#[test]
fn the_tools_that_read_logs_print_in_their_real_shapes() {
    let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("a boot line");
    let mut say =
        |line: &str| session.command(line).unwrap_or_else(|error| panic!("{line}: {error}")).text;
    say("topic orders partitions=1 replicas=3 assignment=1:2:3");
    say("kafka-producer-perf-test.sh --topic orders --num-records 2 --throughput 10");
    say("settle");
    say("wait 2s");

    let dirs = say("kafka-log-dirs.sh --describe --broker-list 1");
    let lines: Vec<&str> = dirs.lines().collect();
    assert_eq!(
        lines,
        [
            "Querying brokers for log directories information",
            "Received log directory information from brokers 1",
            "{\"version\":1,\"brokers\":[{\"broker\":1,\"logDirs\":[{\"logDir\":\
             \"/var/lib/kafka/broker-1\",\"error\":null,\"partitions\":[{\"partition\":\
             \"orders-0\",\"size\":2140,\"offsetLag\":0,\"isFuture\":false}]}]}]}",
        ]
    );
    let file = "/var/lib/kafka/broker-2/orders-0/00000000000000000000.log";
    let dump = say(&format!("kafka-dump-log.sh --files {file} --print-data-log"));
    let lines: Vec<&str> = dump.lines().collect();
    assert_eq!(lines[0], format!("Dumping {file}"));
    assert_eq!(lines[1], "Log starting offset: 0");
    assert!(lines[2].starts_with("baseOffset: 0 lastOffset: 0 count: 1 baseSequence: 0"));
    assert!(lines[2].contains("partitionLeaderEpoch: 0 isTransactional: false isControl: false"));
    assert!(lines[2].ends_with("isvalid: true"));
    assert!(lines[3].starts_with("| offset: 0 CreateTime: ") && lines[3].ends_with("payload: 0"));
    assert!(lines[4].contains(" position: 1070 "), "one batch behind the other: {}", lines[4]);

    let all = say("kafka-configs.sh --describe --entity-type brokers --entity-name 1 --all");
    let lag = "  replica.lag.time.max.ms=30000 sensitive=false \
               synonyms={DEFAULT_CONFIG:replica.lag.time.max.ms=30000}";
    assert!(all.starts_with("All configs for broker 1 are:\n") && all.contains(lag), "{all}");
}

/// What is wrong at once is an error of the line; what goes wrong by the next poll is told, with
/// its reason.
#[test]
fn an_order_about_a_partition_that_is_lost_is_never_dropped() {
    let mut session = open("cluster kafka brokers=3 seed=7").expect("a boot line");
    let slow = "consumer c1 topic=orders group=g commit=after handler=4s max.poll.records=1";
    let before = [
        "topic orders partitions=2 replicas=3",
        "producer p1 topic=orders rate=4",
        slow,
        "wait 20s",
        "consumer c2 topic=orders group=g",
        "wait 1s",
        "consumer-seek c1 orders-1 beginning",
    ];
    let run = |session: &mut Box<dyn Session>, line: &str| {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    };
    for line in before {
        run(&mut session, line);
    }
    let refused = session.command("consumer-pause c2 orders-1").map_err(|error| error.what.key);
    assert_eq!(refused.err(), Some("error.not-assigned"));
    run(&mut session, "wait 10s");
    let told = session.trace(0, u64::MAX, Weight::Routine);
    let told: Vec<_> = told.iter().filter(|line| line.what.key == "fact.not-assigned").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    let why = told[0].why.as_ref().map(|why| why.key);
    assert_eq!(why, Some("why.not-assigned"));
    run(&mut session, "kill c1");
    let refused = session.command("consumer-pause c1 orders-0").map_err(|error| error.what.key);
    assert_eq!(refused.err(), Some("error.not-running"));
}
