//! Histories of a classic group: joins, syncs, heartbeats, departures, silence.
//!
//! The tables call members `m1`, `m2`... in the order in which they got their ids, and hide the
//! ids. Kafka takes the next leader from a hash map, so in an order that hangs on the hidden,
//! random ids. This asks: are there ids with which every answer is the table's? Each choice that
//! the table shows narrows them down; a choice that contradicts an earlier one is a difference.

use super::histories::{completed, histories, sleep};
use super::{Outcome, Report, compare};
use crate::group::classic::{Heartbeat, Join, JoinRefused, Joined, Leaving, Protocols, Sync};
use crate::group::rehearsal::Stage;
use crate::group::{
    Answer, Assigned, AssignorName, Config, InstanceId, MemberId, Request, Subscription, Timer,
};
use crate::id::{ErrorCode, PartitionId, TopicId};
use kernel::{SortedMap, SortedSet, Span};
use serde::Deserialize;
use serde_json::{Value, json};
use std::rc::Rc;

#[derive(Deserialize)]
struct Header {
    initial_rebalance_delay_ms: u64,
    clients: Vec<Settings>,
}

#[derive(Deserialize)]
struct Settings {
    client: u16,
    instance: Option<String>,
    session_ms: u64,
    rebalance_ms: u64,
    protocols: Vec<String>,
}

#[derive(Deserialize)]
struct Step {
    action: String,
    client: Option<u16>,
    member: Option<String>,
    generation: Option<i32>,
    ms: Option<u64>,
    result: Option<String>,
    group: Value,
}

pub(super) fn table(rows: &[(usize, Value)], report: &mut Report) {
    for history in histories(rows) {
        let mut order = Order::new(history);
        let outcomes = loop {
            match play(history, &order) {
                Ok(outcomes) => break outcomes,
                Err(choice) => order.learn(choice),
            }
        };
        for ((line, _), outcome) in history.iter().zip(outcomes) {
            report.put(*line, outcome);
        }
    }
}

/// `m3` without its letter.
type Alias = u64;
/// The first comes before the second in the order of ids.
type Choice = (Alias, Alias);

/// What is known of the hidden ids: how they compare.
struct Order {
    choices: SortedSet<Choice>,
    /// Lowest id first.
    aliases: Vec<Alias>,
}

impl Order {
    /// Members that no row names can be no more than rows.
    fn new(history: &[(usize, Value)]) -> Order {
        Order { choices: SortedSet::new(), aliases: (1..=history.len() as u64).collect() }
    }

    fn knows(&self, (first, second): Choice) -> bool {
        self.reaches(first, second) || self.reaches(second, first)
    }

    fn reaches(&self, from: Alias, to: Alias) -> bool {
        let next = self.choices.iter().filter(|(first, _)| *first == from);
        from == to || next.clone().any(|(_, second)| self.reaches(*second, to))
    }

    fn learn(&mut self, choice: Choice) {
        self.choices.insert(choice);
        let mut left: SortedSet<Alias> = self.aliases.iter().copied().collect();
        self.aliases.clear();
        while !left.is_empty() {
            let behind = |alias| self.choices.iter().any(|(a, b)| left.contains(a) && *b == alias);
            let next = left.iter().copied().find(|alias| !behind(*alias));
            let Some(next) = next else { break };
            left.remove(&next);
            self.aliases.push(next);
        }
    }

    fn id(&self, alias: Alias) -> MemberId {
        let place = self.aliases.iter().position(|known| *known == alias).unwrap_or(0);
        MemberId((place as u64) << 32 | alias)
    }

    fn ids(&self) -> Vec<MemberId> {
        (1..=self.aliases.len() as u64).rev().map(|alias| self.id(alias)).collect()
    }
}

fn alias(id: MemberId) -> Alias {
    id.0 & 0xffff_ffff
}

fn word(id: MemberId) -> String {
    format!("m{}", alias(id))
}

/// A client as it was when the table was taken: it remembers its last join.
struct Client {
    instance: Option<InstanceId>,
    session: Span,
    rebalance: Span,
    protocols: Protocols,
    member: Option<MemberId>,
    /// Whom it has to assign for.
    roll: Vec<MemberId>,
}

struct Run<'a> {
    stage: Stage,
    clients: SortedMap<u16, Client>,
    order: &'a Order,
}

fn play(history: &[(usize, Value)], order: &Order) -> Result<Vec<Outcome>, Choice> {
    let mut outcomes = Vec::new();
    let mut rows = history.iter();
    let header = rows.next().map(|(_, row)| Header::deserialize(row));
    let Some(Ok(header)) = header else {
        return Ok(vec![
            Outcome::Differs("no description of the history".to_owned());
            history.len()
        ]);
    };
    outcomes.push(Outcome::Skipped("describes a history"));
    let mut run = Run::new(header, order);
    for (_, row) in rows {
        outcomes.push(match Step::deserialize(row) {
            Ok(step) => run.step(row, &step)?,
            Err(flaw) => Outcome::Differs(format!("row: {flaw}")),
        });
    }
    Ok(outcomes)
}

impl Run<'_> {
    fn new(header: Header, order: &Order) -> Run<'_> {
        let initial_rebalance_delay = Span::millis(header.initial_rebalance_delay_ms);
        let config = Config { initial_rebalance_delay, ..Config::default() };
        let clients = header.clients.into_iter().map(|settings| {
            let client = Client {
                instance: settings.instance.map(|_| InstanceId(settings.client)),
                session: Span::millis(settings.session_ms),
                rebalance: Span::millis(settings.rebalance_ms),
                protocols: protocols(&settings.protocols),
                member: None,
                roll: Vec::new(),
            };
            (settings.client, client)
        });
        let clients = clients.collect();
        let mut stage = Stage::new(config);
        stage.fresh = order.ids();
        Run { stage, clients, order }
    }

    fn step(&mut self, row: &Value, step: &Step) -> Result<Outcome, Choice> {
        let (their_timers, their_answers) = completed(row);
        let (mut timers, mut result) = (Vec::new(), None);
        match (step.action.as_str(), step.client) {
            ("sleep", _) => {
                let length = Span::millis(step.ms.unwrap_or(0));
                timers = sleep(&mut self.stage, length, &their_timers, timer_name);
            }
            ("join" | "rejoin", Some(client)) => self.join(client, step),
            ("sync", Some(client)) => self.sync(client, step),
            ("heartbeat", Some(client)) => result = self.heartbeat(client, step),
            ("leave", Some(client)) => result = self.leave(client),
            _ => {}
        }
        let mut answers: Vec<Value> = std::mem::take(&mut self.stage.answers)
            .into_iter()
            .map(|(client, answer)| self.told(client, answer))
            .collect();
        answers.sort_by_key(Value::to_string);
        self.check_leader(&step.group)?;
        let ours = (result, timers, answers, self.group());
        let result = step.result.clone();
        Ok(compare(&ours, &(result, their_timers, their_answers, step.group.clone())))
    }

    /// If the table has another leader, both being members, then its id comes first.
    fn check_leader(&self, theirs: &Value) -> Result<(), Choice> {
        let Some(group) = self.stage.classic_group() else { return Ok(()) };
        let theirs = theirs["leader"].as_str().and_then(parse_alias);
        let (Some(theirs), Some(ours)) = (theirs, group.leader().map(alias)) else { return Ok(()) };
        let member = group.members().any(|(id, _)| alias(id) == theirs);
        let choice = (theirs, ours);
        if member && !self.order.knows(choice) { Err(choice) } else { Ok(()) }
    }

    fn join(&mut self, client: u16, step: &Step) {
        let asked = step.member.as_deref().and_then(parse_alias).map(|alias| self.order.id(alias));
        let Some(known) = self.clients.get_mut(&client) else { return };
        known.member = asked;
        let join = Join {
            member: asked,
            instance: known.instance,
            session_timeout: known.session,
            rebalance_timeout: known.rebalance,
            protocols: Rc::clone(&known.protocols),
        };
        self.stage.ask(client, Request::Join(join));
    }

    fn sync(&mut self, client: u16, step: &Step) {
        let Some(known) = self.clients.get(&client) else { return };
        let generation = step.generation.unwrap_or(-1);
        let assignment = |id: &MemberId| (*id, assignment(generation, *id));
        let sync = Sync {
            member: known.member.unwrap_or(MemberId(0)),
            instance: known.instance,
            generation,
            protocol: None,
            assignments: known.roll.iter().map(assignment).collect(),
        };
        self.stage.ask(client, Request::Sync(sync));
    }

    fn heartbeat(&mut self, client: u16, step: &Step) -> Option<String> {
        let known = self.clients.get_mut(&client)?;
        let heartbeat = Heartbeat {
            member: known.member.unwrap_or(MemberId(0)),
            instance: known.instance,
            generation: step.generation.unwrap_or(-1),
        };
        let answer = self.stage.answer_to(client, Request::Heartbeat(heartbeat))?;
        let Answer::Heartbeat(result) = answer else { return None };
        if result == Err(ErrorCode::UnknownMemberId) {
            known.member = None;
        }
        Some(result_name(result.err()))
    }

    fn leave(&mut self, client: u16) -> Option<String> {
        let known = self.clients.get_mut(&client)?;
        let member = Some(known.member.take().unwrap_or(MemberId(0)));
        let leaving = vec![Leaving { member, instance: known.instance }];
        match self.stage.answer_to(client, Request::Leave(leaving))? {
            Answer::Leave(Ok(left)) => Some(result_name(left.first()?.error)),
            Answer::Leave(Err(error)) => Some(result_name(Some(error))),
            _ => None,
        }
    }

    /// An answer in the words of the table; the client takes note of it.
    fn told(&mut self, client: u16, answer: Answer) -> Value {
        match answer {
            Answer::Join(result) => {
                if let Some(known) = self.clients.get_mut(&client) {
                    known.note(&result);
                }
                joined(client, &result)
            }
            Answer::Sync(Ok(synced)) => {
                let assignment = assignment_word(&synced.assignment);
                json!({"client": client, "rpc": "sync", "error": "NONE", "assignment": assignment})
            }
            Answer::Sync(Err(error)) => {
                json!({"client": client, "rpc": "sync", "error": error.name()})
            }
            other => json!({"client": client, "unexpected": format!("{other:?}")}),
        }
    }

    fn group(&self) -> Value {
        let Some(group) = self.stage.classic_group() else { return json!({"state": "none"}) };
        let member = |(id, member): (MemberId, &crate::group::classic::Member)| {
            format!("{}{}", word(id), if member.awaits_join() { "*" } else { "" })
        };
        let mut members: Vec<String> = group.members().map(member).collect();
        members.sort();
        json!({
            "state": group.state().name(),
            "generation": group.generation(),
            "protocol": group.protocol(),
            "leader": group.leader().map(word),
            "members": members,
        })
    }
}

impl Client {
    fn note(&mut self, result: &Result<Joined, JoinRefused>) {
        match result {
            Ok(joined) => {
                self.member = Some(joined.member);
                self.roll = joined.members.iter().map(|(id, ..)| *id).collect();
            }
            Err(refused) if refused.error == ErrorCode::MemberIdRequired => {
                self.member = refused.member;
            }
            Err(_) => self.member = None,
        }
    }
}

fn joined(client: u16, result: &Result<Joined, JoinRefused>) -> Value {
    match result {
        Ok(joined) => {
            let mut value = json!({
                "client": client, "rpc": "join", "error": "NONE",
                "member": word(joined.member), "generation": joined.generation,
                "leader": joined.leader.map(word), "protocol": joined.protocol,
                "skip_assignment": joined.skip_assignment,
            });
            if !joined.members.is_empty() {
                let mut roll: Vec<String> =
                    joined.members.iter().map(|(id, ..)| word(*id)).collect();
                roll.sort();
                value["member_list"] = json!(roll);
            }
            value
        }
        Err(JoinRefused { member: Some(id), error: ErrorCode::MemberIdRequired }) => {
            let error = ErrorCode::MemberIdRequired.name();
            json!({"client": client, "rpc": "join", "error": error, "member": word(*id)})
        }
        Err(refused) => json!({"client": client, "rpc": "join", "error": refused.error.name()}),
    }
}

fn result_name(error: Option<ErrorCode>) -> String {
    error.map_or("NONE", ErrorCode::name).to_owned()
}

fn parse_alias(word: &str) -> Option<Alias> {
    word.strip_prefix('m')?.parse().ok()
}

fn timer_name(timer: Timer) -> String {
    match timer {
        Timer::Join(_) => "join-g".to_owned(),
        Timer::Sync(_) => "sync-g".to_owned(),
        Timer::Heartbeat(_, id) => format!("heartbeat-g-{}", word(id)),
        other => format!("{other:?}"),
    }
}

/// The table's leaders assign `a2-m3`: their generation and the member.
fn assignment(generation: i32, id: MemberId) -> Assigned {
    let topic = TopicId(generation as u16);
    Assigned::from([PartitionId { topic, index: alias(id) as u16 }])
}

fn assignment_word(assigned: &Assigned) -> String {
    assigned.first().map_or(String::new(), |id| format!("a{}-m{}", id.topic.0, id.index))
}

const PROTOCOLS: [AssignorName; 4] = ["range", "roundrobin", "sticky", "cooperative-sticky"];

fn protocols(names: &[String]) -> Protocols {
    let known = |name: &String| PROTOCOLS.into_iter().find(|known| known == name);
    let names = names.iter().filter_map(known);
    names.map(|name| (name, Rc::new(Subscription::default()))).collect()
}
