//! A coordinator without a cluster: its timers, its answers and its log in virtual time, for tests
//! and for the tables of real Kafka. Refuses to choose among timers that run out at the same
//! instant: whoever lets time pass says which comes first.

use super::classic::{ClassicGroup, Stored};
use super::consumer::ConsumerGroup;
use super::coordinator::{Coordinator, Group, Input};
use super::record::Record;
use super::{Answer, Caller, Config, Effect, Effects, GroupId, MemberId, Request, Timer};
use crate::id::{ErrorCode, TopicId};
use kernel::{Instant, NodeId, SortedMap};
use std::rc::Rc;

pub(crate) const GROUP: GroupId = GroupId(0);

/// One coordinator of one group, and what it has answered since it was last asked.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) now: Instant,
    pub(crate) config: Rc<Config>,
    pub(crate) coordinator: Coordinator,
    pub(crate) topics: SortedMap<TopicId, u16>,
    pub(crate) timers: SortedMap<Timer, Instant>,
    /// By the client that waited.
    pub(crate) answers: Vec<(u16, Answer)>,
    /// Everything that was written.
    pub(crate) log: Vec<Record>,
    /// Ids to be handed out, the last one first.
    pub(crate) fresh: Vec<MemberId>,
    /// What becomes of records that somebody waits for.
    pub(crate) storing: Result<(), ErrorCode>,
}

impl Stage {
    pub(crate) fn new(config: Config) -> Stage {
        let config = Rc::new(config);
        Stage {
            now: Instant::ZERO,
            coordinator: Coordinator::new(Rc::clone(&config)),
            config,
            topics: SortedMap::new(),
            timers: SortedMap::new(),
            answers: Vec::new(),
            log: Vec::new(),
            fresh: Vec::new(),
            storing: Ok(()),
        }
    }

    pub(crate) fn ask(&mut self, client: u16, request: Request) {
        let from = Caller { from: NodeId(client), correlation: 0 };
        self.act(|coordinator, input, out| coordinator.handle(input, from, GROUP, request, out));
    }

    /// Asks what is answered at once.
    pub(crate) fn answer_to(&mut self, client: u16, request: Request) -> Option<Answer> {
        let mark = self.answers.len();
        self.ask(client, request);
        let at = self.answers[mark..].iter().position(|(who, _)| *who == client)?;
        Some(self.answers.remove(mark + at).1)
    }

    pub(crate) fn fire(&mut self, timer: Timer) {
        self.timers.remove(&timer);
        self.act(|coordinator, input, out| coordinator.fire(input, timer, out));
    }

    /// The timers that have run out, those of the earliest instant.
    pub(crate) fn due(&self) -> Option<Vec<Timer>> {
        let earliest = self.timers.values().copied().min().filter(|at| *at <= self.now)?;
        let due = self.timers.iter().filter(|(_, at)| **at == earliest);
        Some(due.map(|(timer, _)| *timer).collect())
    }

    pub(crate) fn classic_group(&self) -> Option<&ClassicGroup> {
        match self.coordinator.group(GROUP)? {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    pub(crate) fn consumer_group(&self) -> Option<&ConsumerGroup> {
        match self.coordinator.group(GROUP)? {
            Group::Consumer(group) => Some(group),
            Group::Classic(_) => None,
        }
    }

    pub(crate) fn act(&mut self, what: impl FnOnce(&mut Coordinator, Input<'_>, &mut Effects)) {
        let mut out = Effects::default();
        let fresh = &mut self.fresh;
        // Ids beyond those that were given are like no other.
        let mut next = |_| fresh.pop().unwrap_or(MemberId(u64::MAX));
        let input = Input { now: self.now, topics: &self.topics, fresh: &mut next };
        what(&mut self.coordinator, input, &mut out);
        self.carry_out(out);
    }

    fn carry_out(&mut self, effects: Effects) {
        for effect in effects.0 {
            match effect {
                Effect::Answer { to, answer } => self.answers.push((to.from.0, answer)),
                Effect::Set { timer, after } => {
                    self.timers.insert(timer, self.now + after);
                }
                Effect::Cancel(timer) => {
                    self.timers.remove(&timer);
                }
                Effect::Write(records) => self.log.extend(records),
                Effect::WhenWritten(group, stored) => self.stored(group, stored),
            }
        }
    }

    fn stored(&mut self, group: GroupId, stored: Stored) {
        let mut out = Effects::default();
        self.coordinator.written(self.now, group, stored, self.storing, &mut out);
        self.carry_out(out);
    }
}

/// For tests, where equal instants do not matter.
#[cfg(test)]
impl Stage {
    /// Lets time pass, to the instant of each timer.
    pub(crate) fn sleep(&mut self, length: kernel::Span) {
        let end = self.now + length;
        while let Some(next) = self.timers.values().copied().min().filter(|at| *at <= end) {
            self.now = self.now.max(next);
            for timer in self.due().unwrap_or_default() {
                self.fire(timer);
            }
        }
        self.now = end;
    }

    /// Another broker takes over, with nothing but what was written.
    pub(crate) fn fail_over(&mut self) {
        self.timers.clear();
        self.coordinator = Coordinator::new(Rc::clone(&self.config));
        for record in &self.log {
            self.coordinator.replay(record);
        }
        self.act(|coordinator, input, out| coordinator.loaded(input.now, out));
    }
}
