//! Histories of a group in virtual time: a coordinator with its timers, as the tables of groups
//! were taken. Each step that is no request is a sleep, in ticks of half a second.
//!
//! Refuses to choose among timers that run out at the same instant: Kafka does not define their
//! order, so the table says which of them came first.

use crate::group::classic::ClassicGroup;
use crate::group::consumer::{ConsumerGroup, Heartbeat, Reply};
use crate::group::coordinator::{Coordinator, Group, Input};
use crate::group::record::Record;
use crate::group::{Answer, Caller, Config, Effect, Effects, GroupId, MemberId, Request, Timer};
use crate::id::{ErrorCode, TopicId};
use kernel::{Instant, NodeId, Span};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) const GROUP: GroupId = GroupId(0);
const TICK: Span = Span::millis(500);

/// One coordinator of one group, and what it has answered since it was last asked.
pub(super) struct Stage {
    pub(super) now: Instant,
    pub(super) coordinator: Coordinator,
    pub(super) topics: BTreeMap<TopicId, u16>,
    timers: BTreeMap<Timer, Instant>,
    /// By client.
    pub(super) answers: Vec<(u64, Answer)>,
    fresh: Vec<MemberId>,
}

impl Stage {
    /// `fresh` are the ids to be handed out, the last one first.
    pub(super) fn new(config: Config, fresh: Vec<MemberId>) -> Stage {
        Stage {
            now: Instant::ZERO,
            coordinator: Coordinator::new(Rc::new(config)),
            topics: BTreeMap::new(),
            timers: BTreeMap::new(),
            answers: Vec::new(),
            fresh,
        }
    }

    pub(super) fn ask(&mut self, client: u64, request: Request) {
        let from = Caller { from: NodeId(client as u16), correlation: 0 };
        self.act(|coordinator, input, out| coordinator.handle(input, from, GROUP, request, out));
    }

    /// Asks what is answered at once.
    pub(super) fn answer_to(&mut self, client: u64, request: Request) -> Option<Answer> {
        let mark = self.answers.len();
        self.ask(client, request);
        let at = self.answers[mark..].iter().position(|(who, _)| *who == client)?;
        Some(self.answers.remove(mark + at).1)
    }

    /// A heartbeat of the consumer protocol, past the checks of its form.
    pub(super) fn consumer_heartbeat(&mut self, beat: &Heartbeat) -> Result<Reply, ErrorCode> {
        let mut out = Effects::default();
        let reply = self.coordinator.consumer_heartbeat(&self.topics, GROUP, beat, &mut out);
        self.carry_out(out);
        reply
    }

    pub(super) fn consumer_group(&self) -> Option<&ConsumerGroup> {
        match self.coordinator.group(GROUP)? {
            Group::Consumer(group) => Some(group),
            Group::Classic(_) => None,
        }
    }

    pub(super) fn classic_group(&self) -> Option<&ClassicGroup> {
        match self.coordinator.group(GROUP)? {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    /// Lets time pass. Gives the timers that ran out, with when; `first` picks among those of one
    /// instant the one that came first.
    ///
    /// Timers of one tick all saw a group of the consumer protocol as it was before the tick, and
    /// their records were replayed after it: so it was where the tables were taken. In a broker
    /// each is an event of its own.
    pub(super) fn sleep(
        &mut self,
        length: Span,
        mut first: impl FnMut(&[Timer]) -> Timer,
    ) -> Vec<(Instant, Timer)> {
        let end = self.now + length;
        let mut fired = Vec::new();
        while self.now < end {
            self.now = end.min(self.now + TICK);
            let before = self.consumer_group().is_some().then(|| self.coordinator.clone());
            let mut after = self.coordinator.clone();
            while let Some(due) = self.due() {
                let timer = first(&due);
                self.timers.remove(&timer);
                fired.push((self.now, timer));
                if let Some(before) = &before {
                    self.coordinator = before.clone();
                }
                let written =
                    self.act(|coordinator, input, out| coordinator.fire(input, timer, out));
                written.iter().for_each(|record| after.replay(record));
            }
            if before.is_some() {
                self.coordinator = after;
            }
        }
        fired
    }

    /// The timers that have run out, those of the earliest instant.
    fn due(&self) -> Option<Vec<Timer>> {
        let earliest = self.timers.values().copied().min().filter(|at| *at <= self.now)?;
        let due = self.timers.iter().filter(|(_, at)| **at == earliest);
        Some(due.map(|(timer, _)| *timer).collect())
    }

    /// Gives the records that were written.
    fn act(&mut self, what: impl FnOnce(&mut Coordinator, Input<'_>, &mut Effects)) -> Vec<Record> {
        let mut out = Effects::default();
        let fresh = &mut self.fresh;
        // Ids beyond those of the table are like no other.
        let mut next = || fresh.pop().unwrap_or(MemberId(u64::MAX));
        let input = Input { now: self.now, topics: &self.topics, fresh: &mut next };
        what(&mut self.coordinator, input, &mut out);
        self.carry_out(out)
    }

    /// Records are committed at once, as where the tables were taken.
    fn carry_out(&mut self, effects: Effects) -> Vec<Record> {
        let mut written = Vec::new();
        for effect in effects.0 {
            match effect {
                Effect::Answer { to, answer } => self.answers.push((to.from.0.into(), answer)),
                Effect::Set { timer, after } => {
                    self.timers.insert(timer, self.now + after);
                }
                Effect::Cancel(timer) => {
                    self.timers.remove(&timer);
                }
                Effect::Write(records) => written.extend(records),
                Effect::WhenWritten(group, stored) => {
                    let mut out = Effects::default();
                    self.coordinator.written(self.now, group, stored, Ok(()), &mut out);
                    written.extend(self.carry_out(out));
                }
            }
        }
        written
    }
}

/// Splits a table into its histories: each begins with a line that describes it.
pub(super) fn histories(rows: &[(usize, Value)]) -> Vec<&[(usize, Value)]> {
    let begins = |row: &Value| row.get("action").is_none();
    let mut histories = Vec::new();
    let mut start = 0;
    for (at, (_, row)) in rows.iter().enumerate().skip(1) {
        if begins(row) {
            histories.push(&rows[start..at]);
            start = at;
        }
    }
    if start < rows.len() {
        histories.push(&rows[start..]);
    }
    histories
}

/// What a step completed: timers in their order, then answers, which have none.
pub(super) fn completed(step: &Value) -> (Vec<Value>, Vec<Value>) {
    let all = step.get("completed").and_then(Value::as_array).cloned().unwrap_or_default();
    let (timers, mut answers): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|entry| entry.get("timer").is_some());
    answers.sort_by_key(Value::to_string);
    (timers, answers)
}
