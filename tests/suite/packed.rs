//! The bytes that an inspector shows: what a producer sends, and what of it a leader changed.
//! Refuses to know the format's rules: `src/kafka/batch` tests those.

use replicascope::open;
use replicascope::scene::{Carrier, Packed, Session};

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
