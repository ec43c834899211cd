//! Histories of a group of the consumer protocol: heartbeats, departures, slow members, silence.
//! Every heartbeat is a full one, and goes to the group past the checks of a request's form.
//!
//! The tables call members `m1`, `m2`... by client, and hide their ids, which are random. The
//! assignors walk members in the order of their ids. This asks: is there an order of ids with which
//! every answer is the table's?

use super::histories::{completed, histories, sleep};
use super::{Outcome, Report, compare};
use crate::assign::server::Assignor;
use crate::group::consumer::{ConsumerGroup, Heartbeat, Member, Reply};
use crate::group::rehearsal::{GROUP, Stage};
use crate::group::{Config, InstanceId, MemberId, Partitions, Timer};
use crate::id::{ErrorCode, TopicId};
use kernel::{SortedMap, Span};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Header {
    assignor: String,
    topics: SortedMap<String, u16>,
    clients: Vec<Settings>,
    session_timeout_ms: u64,
    heartbeat_interval_ms: u64,
}

#[derive(Deserialize)]
struct Settings {
    client: u16,
    instance: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    action: String,
    client: Option<u16>,
    member: Option<String>,
    member_epoch: Option<i32>,
    topics: Option<Vec<String>>,
    owned: Option<SortedMap<String, Vec<u16>>>,
    ms: Option<u64>,
    result: Option<String>,
    response: Option<Value>,
    group: Value,
}

/// `max.poll.interval.ms` of every client in the tables.
const REBALANCE_TIMEOUT: Span = Span::secs(30);

pub(super) fn table(rows: &[(usize, Value)], report: &mut Report) {
    for history in histories(rows) {
        for ((line, _), outcome) in history.iter().zip(play_best(history)) {
            report.put(*line, outcome);
        }
    }
}

/// With the ids that fit the table longest.
fn play_best(history: &[(usize, Value)]) -> Vec<Outcome> {
    let (header, steps) = match parse(history) {
        Ok(parsed) => parsed,
        Err(flaw) => return vec![Outcome::Differs(format!("row: {flaw}")); history.len()],
    };
    let play = |order: Vec<usize>| {
        let mut run = Run::new(&header, order);
        steps.iter().zip(&history[1..]).map(move |(step, (_, row))| run.step(row, step))
    };
    let agreement = |order: &Vec<usize>| {
        play(order.clone()).take_while(|outcome| *outcome == Outcome::Equal).count()
    };
    let (mut best, mut longest) = (Vec::new(), 0);
    for order in orders(header.clients.len()) {
        let length = agreement(&order);
        if best.is_empty() || length > longest {
            (best, longest) = (order, length);
        }
        if longest == steps.len() {
            break;
        }
    }
    [Outcome::Skipped("describes a history")].into_iter().chain(play(best)).collect()
}

fn parse(history: &[(usize, Value)]) -> Result<(Header, Vec<Step>), serde_json::Error> {
    let steps = history[1..].iter().map(|(_, row)| Step::deserialize(row));
    Ok((Header::deserialize(&history[0].1)?, steps.collect::<Result<_, _>>()?))
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![Vec::new()], |shorter, next| {
        let insert = |order: &Vec<usize>, at| {
            let mut longer = order.clone();
            longer.insert(at, next);
            longer
        };
        let places = |order: &Vec<usize>| -> Vec<Vec<usize>> {
            (0..=order.len()).rev().map(|at| insert(order, at)).collect()
        };
        shorter.iter().flat_map(places).collect()
    })
}

struct Run {
    stage: Stage,
    /// Clients by their ids, lowest first.
    order: Vec<usize>,
    instances: SortedMap<u16, InstanceId>,
    /// By number.
    topics: Vec<String>,
}

impl Run {
    fn new(header: &Header, order: Vec<usize>) -> Run {
        let named = |assignor: &Assignor| assignor.name() == header.assignor;
        let config = Config {
            consumer_session_timeout: Span::millis(header.session_timeout_ms),
            consumer_heartbeat_interval: Span::millis(header.heartbeat_interval_ms),
            assignors: Assignor::ALL.into_iter().filter(named).collect(),
            ..Config::default()
        };
        let mut stage = Stage::new(config);
        let counts = header.topics.values().enumerate();
        stage.topics = counts.map(|(at, count)| (TopicId(at as u16), *count)).collect();
        let instance = |settings: &Settings| {
            settings.instance.as_ref().map(|_| (settings.client, InstanceId(settings.client)))
        };
        let instances = header.clients.iter().filter_map(instance).collect();
        Run { stage, order, instances, topics: header.topics.keys().cloned().collect() }
    }

    fn step(&mut self, row: &Value, step: &Step) -> Outcome {
        let (their_timers, _) = completed(row);
        let (mut timers, mut result, mut response) = (Vec::new(), None, None);
        if step.action == "sleep" {
            let length = Span::millis(step.ms.unwrap_or(0));
            timers = sleep(&mut self.stage, length, &their_timers, timer_name);
        } else if let Some(beat) = self.heartbeat(step) {
            let answer = self.ask(&beat);
            result = Some(answer.as_ref().map_or_else(|error| error.name(), |_| "NONE").to_owned());
            response = answer.ok().map(|reply| self.reply(&reply));
        }
        let ours = (result, response, timers, self.group());
        let theirs = (step.result.clone(), step.response.clone(), their_timers, step.group.clone());
        compare(&ours, &theirs)
    }

    fn ask(&mut self, beat: &Heartbeat) -> Result<Reply, ErrorCode> {
        let mut answer = Err(ErrorCode::InvalidRequest);
        self.stage.act(|coordinator, input, out| {
            answer = coordinator.consumer_heartbeat(&input, GROUP, beat, out);
        });
        answer
    }

    /// A step with an epoch is a heartbeat; the others pass in silence.
    fn heartbeat(&self, step: &Step) -> Option<Heartbeat> {
        let topic = |name: &String| self.topics.iter().position(|known| known == name);
        let topic = |name: &String| topic(name).map(|at| TopicId(at as u16));
        let owned = step.owned.as_ref().map(|owned| {
            let all = owned.iter().filter_map(|(name, all)| Some((topic(name)?, all)));
            all.map(|(topic, all)| (topic, all.iter().copied().collect())).collect()
        });
        Some(Heartbeat {
            member: self.id(step.member.as_deref()?.strip_prefix('m')?.parse().ok()?),
            epoch: step.member_epoch?,
            instance: self.instances.get(&step.client?).copied(),
            rebalance_timeout: Some(REBALANCE_TIMEOUT),
            topics: Some(step.topics.as_ref()?.iter().filter_map(topic).collect()),
            assignor: None,
            owned,
        })
    }

    fn id(&self, alias: u64) -> MemberId {
        let place = self.order.iter().position(|client| *client as u64 + 1 == alias);
        MemberId((place.unwrap_or(0) as u64) << 32 | alias)
    }

    fn reply(&self, reply: &Reply) -> Value {
        let mut value = json!({"member_epoch": reply.epoch});
        if let Some(assignment) = &reply.assignment {
            value["assignment"] = self.told(assignment);
        }
        value
    }

    fn told(&self, partitions: &Partitions) -> Value {
        let named =
            |(topic, all): (&TopicId, _)| (self.topics[usize::from(topic.0)].clone(), json!(all));
        Value::Object(partitions.iter().map(named).collect())
    }

    fn group(&self) -> Value {
        let Some(group) = self.stage.consumer_group() else { return json!({"state": "none"}) };
        let members: Map<String, Value> = group
            .members()
            .iter()
            .map(|(id, member)| (word(*id), self.member(group, *id, member)))
            .collect();
        json!({
            "state": group.state().name(),
            "epoch": group.epoch(),
            "assignment_epoch": group.target_epoch(),
            "members": members,
        })
    }

    fn member(&self, group: &ConsumerGroup, id: MemberId, member: &Member) -> Value {
        let current = &member.current;
        let target = group.target(id).map_or(json!({}), |target| self.told(target));
        json!({
            "state": current.state.name(),
            "epoch": current.epoch,
            "previous_epoch": current.previous_epoch,
            "assigned": self.told(&current.assigned),
            "pending_revocation": self.told(&current.pending_revocation),
            "target": target,
        })
    }
}

/// `m3`
fn word(id: MemberId) -> String {
    format!("m{}", id.0 & 0xffff_ffff)
}

fn timer_name(timer: Timer) -> String {
    match timer {
        Timer::Session(_, id) => format!("session-timeout-g-{}", word(id)),
        Timer::Rebalance(_, id) => format!("rebalance-timeout-g-{}", word(id)),
        other => format!("{other:?}"),
    }
}
