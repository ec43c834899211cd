//! What an eventful run says, said in both languages: no key without words, no hole left open.
//! Refuses to look at the sources: only what a reader would meet counts here.

use replicascope::scene::{Arg, Ask, NodeId, Scene, Session, Tape, Told, Weight};
use replicascope::{Lang, words};
use std::collections::{BTreeMap, BTreeSet};

const BOOT: &str = "cluster kafka brokers=3 controllers=3 seed=7 replica.lag.time.max.ms=4000";

/// A bit of everything that can happen to a cluster.
const LINES: &[&str] = &[
    "topic orders partitions=2 replicas=3 min.insync.replicas=2",
    "topic clicks partitions=1 replicas=3 unclean.leader.election.enable=true",
    "producer p1 topic=orders acks=all rate=20 delivery.timeout.ms=8000 request.timeout.ms=5000",
    "producer p2 topic=clicks acks=1 rate=20",
    "consumer c1 topic=orders",
    "settle",
    "kill leader of orders-0",
    "wait 12s",
    "restart all",
    "wait 8s",
    "pause broker-2",
    "wait 6s",
    "resume broker-2",
    "cut broker-1 <-> broker-3",
    "wait 9s",
    "heal all",
    "slow-disk broker-3 20ms",
    "delay broker-1 -> broker-2 50ms",
    "lose broker-1 -> broker-2 5%",
    "hold broker-2 -> broker-1",
    "wait 1s",
    "release broker-2 -> broker-1",
    "stop broker-1",
    "wait 12s",
    "restart all",
    "wait 8s",
    "kill broker-2",
    "wait 1s",
    "restart broker-2",
    "wait 14s",
    "duplicate broker-1 -> broker-2 5%",
    "heal broker-1 -> broker-2",
    "elect preferred orders-0",
    "elect unclean orders-0",
    "kafka-leader-election.sh --election-type preferred --all-topic-partitions",
    "config orders min.insync.replicas=1",
    "config orders min.insync.replicas=",
    "config * min.insync.replicas=2",
    "config * min.insync.replicas=",
    "partitions clicks 2",
    "partitions clicks 2",
    "reassign orders-0 to 2,3",
    "reassign orders-0 cancel",
    "reassign orders-0 to 3,2",
    "wait 3s",
    "kill controller-101",
    "isolate controller-102",
    "wait 6s",
    "rejoin controller-102",
    "power-off broker-1",
    "fill-disk broker-2",
    "kill broker-3",
    "wait 12s",
    "unregister broker-3",
];

#[test]
fn an_eventful_run_is_said_in_both_languages() {
    let mut session = replicascope::open(BOOT).expect("the line is above");
    let mut ear = Ear::default();
    for line in LINES {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        ear.hear_scene(&session.scene());
    }
    let end = session.cursor().step;
    for line in session.trace(0, end, Weight::Routine) {
        let parts = [Some(&line.what), line.why.as_ref(), line.so_what.as_ref()];
        parts.into_iter().flatten().for_each(|told| ear.hear(told));
    }
    ear.hear_tape(&session.tape());
    ear.hear_reasons(&*session);
    session.promises().iter().for_each(|told| ear.hear(told));
    session.choices().iter().for_each(|choice| ear.hear(&choice.what));
    for broken in session.violations() {
        ear.hear(&broken.promise);
        ear.hear(&broken.detail);
    }
    ear.complain();
}

/// Lines that are wrong, each in its own way.
const WRONG: &[&str] = &[
    "dance",
    "kill",
    "kill broker-9",
    "kill leader orders-0",
    "kill leader of nothing-0",
    "cut broker-1 broker-2",
    "cut broker-1 -> broker-1",
    "delay broker-1 -> broker-2 long",
    "lose broker-1 -> broker-2 much",
    "drop it",
    "drop #999999",
    "restart broker-1",
    "resume broker-1",
    "kill broker-1 now",
    "wait",
    "step many",
    "seek 99999999",
    "expect leader orders-0",
    "expect leader orders-0 = 9",
    "expect tallest orders-0 = 1",
    "expect error broker-1 = none",
    "topic",
    "topic orders",
    "topic a/b",
    "topic other partitions",
    "topic other parts=1",
    "topic other partitions=0",
    "producer",
    "producer broker-1 topic=orders",
    "producer q",
    "producer q topic=none",
    "producer q topic=orders delivery.timeout.ms=1",
    "producer q topic=orders acks=1 enable.idempotence=true",
    "elect some orders-0",
    "elect preferred",
    "reassign orders-0",
    "reassign orders-0 to",
    "reassign orders-0 to 1,1",
    "reassign orders-0 to 1,9",
    "config orders",
    "config orders retention.ms=-2",
    "config orders min.insync.replicas=0",
    "config nothing min.insync.replicas=2",
    "partitions orders many",
    "unregister broker-9",
    "kafka-configs.sh",
    "kafka-configs.sh --alter --topic orders",
    "kafka-configs.sh --alter --topic orders --delete-config compression.type",
    "kafka-reassign-partitions.sh",
    "kafka-reassign-partitions.sh --execute --topic orders --partition 7 --replicas 1",
    "kafka-reassign-partitions.sh --execute --reassignment-json-file {}",
    "kafka-leader-election.sh --topic orders",
    "kafka-cluster.sh",
    "kafka-cluster.sh unregister",
    "kafka-topics.sh --alter --topic orders --partitions none",
    "kafka-topics.sh --topic orders",
    "kafka-topics.sh",
    "kafka-metadata-quorum.sh describe",
];

const WRONG_BOOTS: &[&str] = &[
    "",
    "cluster other",
    "cluster kafka brokers",
    "cluster kafka brokers=0",
    "cluster kafka profile=kraft-0.1",
    "cluster kafka size=3",
    "cluster kafka latency=9m",
    "cluster kafka broker.session.timeout.ms=3000",
    "cluster kafka brokers=3 racks=a,b",
];

#[test]
fn every_refusal_is_said_in_both_languages() {
    let mut session = replicascope::open(BOOT).expect("the line is above");
    for line in ["topic orders replicas=3", "settle"] {
        session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    let mut ear = Ear::default();
    for line in WRONG {
        let error = session.command(line).err().unwrap_or_else(|| panic!("`{line}` was done"));
        ear.hear(&error.what);
    }
    for boot in WRONG_BOOTS {
        let error = replicascope::open(boot).err().unwrap_or_else(|| panic!("`{boot}` opened"));
        ear.hear(&error.what);
    }
    for link in ["", "0abc", "1!", "1abcd"] {
        let error = replicascope::link::decode(link).err().unwrap_or_else(|| panic!("{link}"));
        ear.hear(&error.told());
    }
    ear.complain();
}

/// Listens to messages in both languages and keeps what it could not understand.
#[derive(Default)]
struct Ear {
    /// A key is listened to a few times only: its holes are the same every time.
    heard: BTreeMap<&'static str, u32>,
    unclear: BTreeSet<String>,
}

impl Ear {
    fn hear(&mut self, told: &Told) {
        let times = self.heard.entry(told.key).or_default();
        *times += 1;
        if *times > 20 {
            return;
        }
        for lang in Lang::ALL {
            let text = words::tell(lang, told, &|node: NodeId| node.to_string());
            if text.contains("%{") || text == told.key || text.trim().is_empty() {
                self.unclear.insert(format!("{}: {}: {text}", lang.tag(), told.key));
            }
        }
        for (_, arg) in &told.args {
            if let Arg::Told(inner) = arg {
                self.hear(inner);
            }
        }
    }

    fn hear_scene(&mut self, scene: &Scene) {
        for node in &scene.nodes {
            node.standing.iter().chain(&node.badges).for_each(|told| self.hear(told));
        }
        scene.parked.iter().for_each(|parked| self.hear(&parked.why));
        scene.timers.iter().for_each(|timer| self.hear(&timer.label));
        for decision in &scene.decisions {
            self.hear(&decision.title);
            self.hear(&decision.rule);
            decision.candidates.iter().for_each(|one| self.hear(&one.reason));
        }
    }

    fn hear_tape(&mut self, tape: &Tape) {
        for track in &tape.tracks {
            self.hear(&track.title);
            track.stretches.iter().for_each(|stretch| self.hear(&stretch.label));
            track.marks.iter().for_each(|mark| self.hear(&mark.label));
        }
    }

    fn hear_reasons(&mut self, session: &dyn Session) {
        let end = session.cursor().step;
        for line in session.trace(0, end, Weight::Key).iter().rev().take(200) {
            for reason in session.why(&Ask::Event(line.event)) {
                self.hear(&reason.what);
                reason.rule.iter().for_each(|rule| self.hear(&Told::new(rule.key)));
            }
        }
    }

    fn complain(&self) {
        let list: Vec<&str> = self.unclear.iter().map(String::as_str).collect();
        assert!(list.is_empty(), "a reader would meet:\n  {}", list.join("\n  "));
    }
}
