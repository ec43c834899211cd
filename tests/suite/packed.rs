//! The bytes that an inspector shows: what a producer sends, and what of it a leader changed.
//! And the files of a log, the same whether the tools print them or an inspector shows them.
//! Refuses to know the format's rules: `src/kafka/batch` tests those.

use replicascope::open;
use replicascope::scene::{Carrier, LogFolder, NodeId, Packed, Session};

fn session() -> Box<dyn Session> {
    let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("a boot line");
    for line in
        ["topic orders partitions=1 replicas=3", "producer p1 topic=orders rate=50", "settle"]
    {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    session
}

fn value<'a>(packed: &'a Packed, name: &str) -> &'a str {
    let field = packed.fields.iter().find(|field| field.name == name);
    &field.unwrap_or_else(|| panic!("{name} is missing")).value
}

#[test]
fn a_producer_knows_neither_offset_nor_epoch_and_the_leader_fills_them_in() {
    let mut session = session();
    let flight = loop {
        let scene = session.scene();
        let produce =
            |flight: &&replicascope::scene::Flight| flight.api == "Produce" && !flight.reply;
        if let Some(flight) = scene.flights.iter().find(produce) {
            break flight.id;
        }
        assert!(session.step());
    };
    let sent = session.packed(&Carrier::Flight(flight)).remove(0);
    assert_eq!((value(&sent, "baseOffset"), value(&sent, "partitionLeaderEpoch")), ("0", "-1"));
    let covered: usize = sent.fields.iter().map(|field| field.to - field.from).sum();
    assert_eq!(covered, sent.bytes.len(), "every byte has its field");

    session.command("wait 1s").expect("time passes");
    let stored = session.packed(&Carrier::Record("orders-0".to_owned(), 5)).remove(0);
    assert_eq!((value(&stored, "baseOffset"), value(&stored, "partitionLeaderEpoch")), ("5", "0"));
    assert!(session.packed(&Carrier::Record("orders-0".to_owned(), 9_999)).is_empty());
}

fn folder(session: &dyn Session, broker: u16) -> LogFolder {
    session.folder("orders-0", NodeId(broker)).expect("it has a replica")
}

/// Source: `LogSegment`, `CheckpointFile`; segments of 14 bytes hold one record each at least.
#[test]
fn the_files_of_a_log_follow_each_other_and_outlive_the_process() {
    let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("a boot line");
    for line in [
        "topic orders partitions=1 replicas=3 segment.bytes=1048576 assignment=1:2:3",
        "kafka-producer-perf-test.sh --topic orders --num-records 2000 --throughput 100",
        "wait 30s",
    ] {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    let before = folder(&*session, 2);
    assert!(before.segments.len() > 1, "a segment is full after a mebibyte");
    assert!(before.segments.windows(2).all(|pair| pair[0].end == pair[1].base));
    assert_eq!(before.segments.iter().map(|it| it.records()).sum::<u64>(), 2_000);
    assert_eq!((before.epochs.as_slice(), before.log_start), (&[(0, 0)][..], None));
    assert_eq!(before.high_watermark, Some(2_000), "written down every five seconds");
    assert!(before.segments.iter().all(|it| it.newest.is_some() && it.flushed <= it.end));

    let dirs = session.command("kafka-log-dirs.sh --describe --broker-list 2").expect("it prints");
    let bytes: u64 = before.segments.iter().map(|it| it.bytes).sum();
    assert!(dirs.text.contains(&format!("\"size\":{bytes},")), "{}", dirs.text);

    session.command("kill broker-2").expect("it runs");
    assert_eq!(folder(&*session, 2), before, "a dead process leaves its files");
    session.command("power-off broker-3").expect("it runs");
    let lost = folder(&*session, 3);
    assert!(lost.segments.iter().all(|it| it.flushed == it.end), "what is left was on the disk");
}
