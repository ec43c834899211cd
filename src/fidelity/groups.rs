//! A recording of consumer groups, played again: what each member's callbacks were told, in which
//! order, and how long each change took. It refuses to compare which of equal partitions moves
//! where the recording's client library breaks the tie in its own way.

use super::compare::{Finding, Item};
use crate::Session;
use scene::{Arg, Instant, NodeId, Span, Weight};
use serde_json::Value;
use std::collections::BTreeMap;

/// Until clients have found their coordinator and the broker has answered.
const SLACK: u64 = 1_000;
/// How long the cluster runs before the first member comes.
const QUIET: Span = Span::secs(2);

/// A recorded run of groups.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub name: String,
    pub kafka: String,
    config: BTreeMap<String, Value>,
    acts: Vec<Act>,
    calls: Vec<Call>,
}

#[derive(Clone, Debug)]
struct Act {
    at: Span,
    what: Deed,
    member: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Join,
    Close,
    Kill,
    Pause,
    Resume,
}

/// A callback of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    at: Span,
    member: String,
    what: &'static str,
    partitions: Vec<u64>,
}

fn group_of(member: &str) -> &str {
    member.rsplit_once('-').map_or(member, |(group, _)| group)
}

/// Whether a recording is one of groups.
pub(super) fn is_one(text: &str) -> bool {
    text.contains("\"client_events\"")
}

impl Recording {
    pub(super) fn read(text: &str) -> Result<Recording, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let word = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
        let (mut acts, mut calls) = (Vec::new(), Vec::new());
        for event in list("client_events") {
            let (at, member) = (time(&event)?, event["name"].as_str().unwrap_or_default());
            let member = member.to_owned();
            match event["ev"].as_str().unwrap_or_default() {
                "subscribe" => acts.push(Act { at, what: Deed::Join, member }),
                "close" => acts.push(Act { at, what: Deed::Close, member }),
                "assign" => calls.push(call(at, member, "assign", &event)),
                "revoke" => calls.push(call(at, member, "revoke", &event)),
                "lost" => calls.push(call(at, member, "lost", &event)),
                _ => {}
            }
        }
        let groups: Vec<String> = acts.iter().map(|act| group_of(&act.member).to_owned()).collect();
        for event in list("driver_events") {
            drive(&event, &groups, &mut acts)?;
        }
        acts.sort_by_key(|act| act.at);
        // A callback without partitions says nothing that is compared.
        calls.retain(|call| !call.partitions.is_empty());
        let config = json["config"].as_object().cloned().unwrap_or_default().into_iter().collect();
        Ok(Recording { name: word("name"), kafka: word("kafka"), config, acts, calls })
    }

    pub(super) fn about(&self) -> String {
        let one = |(key, value): (&String, &Value)| format!("{key}={value}");
        self.config.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn millis(&self, key: &str) -> u64 {
        self.config.get(key).and_then(Value::as_u64).unwrap_or(0)
    }
}

fn time(event: &Value) -> Result<Span, String> {
    event["t_ms"].as_u64().map(Span::millis).ok_or_else(|| format!("no t_ms in {event}"))
}

fn call(at: Span, member: String, what: &'static str, event: &Value) -> Call {
    let parts = event["parts"].as_array().into_iter().flatten();
    Call { at, member, what, partitions: parts.filter_map(Value::as_u64).collect() }
}

/// `consumer 3 is killed -9`, in every group at once.
fn drive(event: &Value, groups: &[String], acts: &mut Vec<Act>) -> Result<(), String> {
    let words = event["what"].as_str().unwrap_or_default();
    let number = words.strip_prefix("consumer ").and_then(|rest| rest.split(' ').next());
    let what = match words {
        _ if words.contains("is killed") => Deed::Kill,
        _ if words.contains("SIGSTOP") => Deed::Pause,
        "SIGCONT" => Deed::Resume,
        _ => return Ok(()),
    };
    let paused = acts.iter().rev().find(|act| act.what == Deed::Pause);
    let paused = paused.and_then(|act| act.member.rsplit_once('-').map(|(_, n)| n.to_owned()));
    let number = number.map(str::to_owned).or(paused).unwrap_or_default();
    let mut named: Vec<&String> = groups.iter().collect();
    named.dedup();
    named.sort_unstable();
    named.dedup();
    for group in named {
        acts.push(Act { at: time(event)?, what, member: format!("{group}-{number}") });
    }
    Ok(())
}

/// Does the same to a fresh cluster, and compares.
pub(super) fn replay(
    recording: &Recording,
    seed: u64,
    settings: &[String],
) -> Result<Vec<Finding>, String> {
    let ours = play(recording, seed, settings)?;
    Ok(compare(recording, &ours))
}

fn play(recording: &Recording, seed: u64, more: &[String]) -> Result<Vec<Call>, String> {
    let mut boot = format!(
        "cluster kafka brokers=1 controllers=1 seed={seed} offsets.topic.replication.factor=1"
    );
    for (key, value) in recording.config.iter().filter(|(key, _)| key.starts_with("group.")) {
        boot += &format!(" {key}={value}");
    }
    for setting in more {
        boot += &format!(" {setting}");
    }
    let mut session = crate::open(&boot).map_err(|error| format!("{boot}: {error}"))?;
    let say = |line: &str, session: &mut Box<dyn Session>| {
        session.command(line).map(drop).map_err(|error| format!("{line}: {error}"))
    };
    let partitions =
        recording.calls.iter().flat_map(|call| &call.partitions).max().unwrap_or(&0) + 1;
    say(&format!("topic t partitions={partitions} replicas=1"), &mut session)?;
    say("producer p topic=t rate=60 partitioner.class=RoundRobinPartitioner", &mut session)?;
    say("settle", &mut session)?;
    let begun = Span(session.cursor().at.0) + QUIET;
    let first = recording.acts.first().map_or(Span::ZERO, |act| act.at);
    let ours = |at: Span| begun + Span(at.0.saturating_sub(first.0));
    for act in &recording.acts {
        session.run_until(Instant(ours(act.at).0));
        say(&line(recording, act), &mut session)?;
    }
    let last = recording.calls.iter().map(|call| call.at).max().unwrap_or(first);
    session.run_until(Instant((ours(last) + Span::secs(10)).0));
    let names: BTreeMap<NodeId, String> =
        session.scene().nodes.iter().map(|node| (node.id, node.name.clone())).collect();
    let lines = session.trace(0, session.cursor().step, Weight::Normal);
    let calls = lines.iter().filter_map(|line| told(line, &names));
    let recorded = |at: Span| Span((first + at).0.saturating_sub(begun.0));
    Ok(calls.map(|call| Call { at: recorded(call.at), ..call }).collect())
}

fn line(recording: &Recording, act: &Act) -> String {
    let Act { member, .. } = act;
    match act.what {
        Deed::Close => format!("stop {member}"),
        Deed::Kill => format!("kill {member}"),
        Deed::Pause => format!("pause {member}"),
        Deed::Resume => format!("resume {member}"),
        Deed::Join => {
            let group = group_of(member);
            let how = match group {
                "eager" => "partition.assignment.strategy=range",
                "coop" => "partition.assignment.strategy=cooperative-sticky",
                _ => "group.protocol=consumer",
            };
            let (session, beat) = (
                recording.millis("classic session.timeout.ms"),
                recording.millis("classic heartbeat.interval.ms"),
            );
            format!(
                "consumer {member} topic=t group={group} {how} session.timeout.ms={session} \
                 heartbeat.interval.ms={beat}"
            )
        }
    }
}

/// A callback as the narration tells it.
fn told(line: &scene::Line, names: &BTreeMap<NodeId, String>) -> Option<Call> {
    let (what, list) = match line.what.key {
        "fact.assigned" => ("assign", "added"),
        "fact.revoked" => ("revoke", "partitions"),
        "fact.partitions-lost" => ("lost", "partitions"),
        _ => return None,
    };
    let text = line.what.args.iter().find_map(|(name, arg)| match arg {
        Arg::Name(text) if *name == list => Some(text.to_string()),
        _ => None,
    })?;
    let number = |name: &str| name.trim().rsplit('-').next()?.parse().ok();
    let partitions: Vec<u64> = text.split(',').filter_map(number).collect();
    let member = names.get(&line.node?)?.clone();
    (!partitions.is_empty()).then_some(Call { at: Span(line.at.0), member, what, partitions })
}

fn compare(recording: &Recording, ours: &[Call]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let joins = recording.acts.iter().filter(|act| act.what == Deed::Join);
    let mut members: Vec<&String> = joins.map(|act| &act.member).collect();
    members.sort_unstable();
    for member in members {
        let shown = |calls: &[Call]| calls_of(calls, member);
        let item = Item::Callbacks(member.clone());
        findings.push(Finding::of(item, &shown(&recording.calls), &shown(ours), Clone::clone));
    }
    for (at, act) in recording.acts.iter().enumerate() {
        let group = group_of(&act.member);
        let next = recording.acts[at + 1..].iter().find(|next| group_of(&next.member) == group);
        let until = next.map_or(Span(u64::MAX), |next| next.at);
        let took = |calls: &[Call]| {
            let within = calls.iter().filter(|call| group_of(&call.member) == group);
            let within = within.filter(|call| call.at >= act.at && call.at < until);
            let last = within.filter(|call| call.what == "assign").map(|call| call.at).max();
            last.map(|last| Span(last.0 - act.at.0))
        };
        let recorded = took(&recording.calls);
        if recorded.is_none() {
            continue;
        }
        let (low, high) = allowed(recording, act, at);
        let item = Item::Rebalance(verb(act.what), act.member.clone());
        findings.push(Finding::span(item, recorded, took(ours), low, high));
    }
    findings
}

/// What the callbacks of a member were told, in order. Which of equal partitions moves is the
/// client library's choice under the cooperative assignor: there only their number counts.
fn calls_of(calls: &[Call], member: &str) -> String {
    let own = calls.iter().filter(|call| call.member == member);
    let one = |call: &Call| match group_of(member) {
        "coop" => format!("{} {}", call.what, call.partitions.len()),
        _ => format!("{} {:?}", call.what, call.partitions),
    };
    own.map(one).collect::<Vec<_>>().join(", ")
}

fn verb(deed: Deed) -> &'static str {
    match deed {
        Deed::Join => "join",
        Deed::Close => "close",
        Deed::Kill => "kill -9",
        Deed::Pause => "SIGSTOP",
        Deed::Resume => "SIGCONT",
    }
}

/// From the act to the last assignment that it leads to: what the settings allow.
fn allowed(recording: &Recording, act: &Act, nth: usize) -> (u64, u64) {
    let group = group_of(&act.member);
    let first = !recording.acts[..nth].iter().any(|earlier| group_of(&earlier.member) == group);
    let delay = recording.millis("group.initial.rebalance.delay.ms");
    let (session, beat, rounds) = match group {
        "eager" | "coop" => (
            recording.millis("classic session.timeout.ms"),
            recording.millis("classic heartbeat.interval.ms"),
            if group == "coop" { 2 } else { 1 },
        ),
        _ => (
            recording.millis("group.consumer.session.timeout.ms"),
            recording.millis("group.consumer.heartbeat.interval.ms"),
            2,
        ),
    };
    let classic = matches!(group, "eager" | "coop");
    match act.what {
        Deed::Join if first && classic => (delay, 2 * delay + SLACK),
        Deed::Join if first => (0, SLACK),
        Deed::Resume => (delay, delay + beat + SLACK),
        Deed::Kill => (session - beat, session + rounds * beat + SLACK),
        _ => (0, rounds * beat + SLACK),
    }
}
