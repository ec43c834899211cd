//! What must come true once nothing fails any more; and, if it does not, whether it could have.
//! Source: spec J2 (liveness); TigerBeetle's second phase.

use super::Failure;
use super::storm::Storm;
use scene::{Answer, Span};

/// How long clients may take until they have noticed that all is well: a request that hangs on a
/// dead connection is given up after 30 s.
const PATIENCE: Span = Span::secs(60);

/// The cluster becomes whole, and every partition is written and read again.
pub(super) fn recovers(storm: &mut Storm) -> Result<(), Failure> {
    if storm.say("settle").is_err() {
        return stuck(storm);
    }
    let limit = storm.now() + PATIENCE;
    let before = progress(storm)?;
    while storm.now() < limit {
        storm.wait(2_000)?;
        storm.promises_hold()?;
        let moved = |(before, now): (&i64, &i64)| now > before;
        if before.iter().zip(&progress(storm)?).all(moved) {
            groups_rest(storm)?;
            return verdict(storm);
        }
    }
    let now = progress(storm)?;
    let names = questions(storm);
    let still = names.iter().zip(before.iter().zip(&now)).find(|(_, (before, now))| now <= before);
    let what = still.map_or_else(String::new, |(name, (n, _))| format!("{name} stays at {n}"));
    Err(storm.failure("liveness.clients-go-on", &what))
}

/// It did not come to rest. That is no fault of anybody if some partition has nobody left who may
/// lead it.
fn stuck(storm: &mut Storm) -> Result<(), Failure> {
    storm.promises_hold()?;
    let ask = |question: &str| storm.session.probe(question);
    if let Ok(Answer::Node(None)) = ask("active-controller") {
        return Err(storm.failure("liveness.controller-elected", "nobody is the controller"));
    }
    if let Ok(Answer::Nodes(fenced)) = ask("fenced")
        && !fenced.is_empty()
    {
        let what = format!("still fenced: {fenced:?}");
        return Err(storm.failure("liveness.brokers-in-service", &what));
    }
    let empty = |question: String| matches!(ask(&question), Ok(Answer::Nodes(n)) if n.is_empty());
    for partition in &storm.plan.partitions {
        if empty(format!("isr {partition}")) && empty(format!("elr {partition}")) {
            return Ok(());
        }
    }
    Err(storm.failure("liveness.isr-whole", "a replica does not come back, or is not told"))
}

/// What grows on every partition while clients go on.
fn questions(storm: &Storm) -> Vec<String> {
    let both = |partition: &String| [format!("acked {partition}"), format!("consumed {partition}")];
    storm.plan.partitions.iter().flat_map(both).collect()
}

fn progress(storm: &Storm) -> Result<Vec<i64>, Failure> {
    let ask = |question: &String| match storm.session.probe(question) {
        Ok(Answer::Number(n)) => Ok(n),
        other => Err(storm.failure("swarm.obeys", &format!("{question}: {other:?}"))),
    };
    questions(storm).iter().map(ask).collect()
}

/// How long a group may take: dead members, sessions and rebalances have to run out one after the
/// other, and a slow application first has to come back.
const GROUP_PATIENCE: Span = Span::secs(90);

/// Every group comes to rest, with an owner for every partition that it reads.
fn groups_rest(storm: &mut Storm) -> Result<(), Failure> {
    let limit = storm.now() + GROUP_PATIENCE;
    loop {
        let Some(what) = restless(storm) else { return Ok(()) };
        if storm.now() >= limit {
            return Err(storm.failure("liveness.groups-rest", &what));
        }
        storm.wait(2_000)?;
        storm.promises_hold()?;
    }
}

/// What is not as it should be in some group.
fn restless(storm: &Storm) -> Option<String> {
    let ask = |question: String| (storm.session.probe(&question), question);
    for group in &storm.plan.groups {
        match ask(format!("group-state {group}")) {
            (Ok(Answer::Word(state)), _) if state == "Stable" => {}
            (answer, question) => return Some(format!("{question}: {answer:?}")),
        }
        for partition in storm.plan.partitions.iter().filter(|name| name.starts_with("orders")) {
            match ask(format!("owner {partition} {group}")) {
                (Ok(Answer::Node(Some(_))), _) => {}
                (answer, question) => return Some(format!("{question}: {answer:?}")),
            }
        }
    }
    None
}

/// What the clients saw, in Jepsen's words, is nothing that Kafka does not allow.
fn verdict(storm: &Storm) -> Result<(), Failure> {
    match storm.session.probe("verdict") {
        Ok(Answer::Word(verdict)) if !verdict.contains(":bad") => Ok(()),
        other => Err(storm.failure("history.sound", &format!("{other:?}"))),
    }
}
