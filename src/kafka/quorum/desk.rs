//! One node of a quorum on a desk: every input by hand, every effect to look at. No world around.
//!
//! Its disk is fast unless it is told otherwise: what is to be flushed is flushed at once.

use super::place::Place;
use super::{Quorum, Voter};
use crate::config::{Profile, Settings};
use crate::fact::Fact;
use crate::message::{Msg, Reply, Request};
use crate::node::{DiskRecord, Node, Out, Timer};
use kernel::{Dice, Effect, Instant, NodeId, SortedMap, Stream};
use std::rc::Rc;

/// What all desks of one quorum share.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(crate) voters: Rc<[NodeId]>,
    pub(crate) profile: Profile,
    pub(crate) settings: Rc<Settings>,
}

#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) quorum: Quorum,
    pub(crate) now: Instant,
    dice: Stream,
    /// Requests that it has sent and that nobody has answered yet.
    pub(crate) asked: Vec<(NodeId, u32, Request)>,
    /// What it has answered.
    pub(crate) answers: Vec<(NodeId, Reply)>,
    /// When each timer is due.
    pub(crate) timers: SortedMap<Timer, Instant>,
    pub(crate) facts: Vec<Fact>,
    /// The vote in `quorum-state`.
    pub(crate) durable_vote: Option<Voter>,
    pub(crate) ended: bool,
    pub(crate) slow_disk: bool,
}

impl Desk {
    /// A node in the middle of things.
    pub(crate) fn placed(rig: &Rig, me: NodeId, place: &Place) -> Desk {
        Desk::open(rig, me, |out| {
            Quorum::placed(me, &rig.voters, rig.profile, &rig.settings, place, out)
        })
    }

    /// A node that starts again with what it had on disk there.
    pub(crate) fn restarted(rig: &Rig, me: NodeId, place: &Place) -> Desk {
        Desk::open(rig, me, |out| {
            Quorum::restarted(me, &rig.voters, rig.profile, &rig.settings, place, out)
        })
    }

    fn open(rig: &Rig, me: NodeId, make: impl FnOnce(&mut Out<'_>) -> Quorum) -> Desk {
        let voters = Rc::clone(&rig.voters);
        let quorum = Quorum::new(me, voters, rig.profile, Rc::clone(&rig.settings));
        let mut desk = Desk {
            quorum,
            now: Instant::ZERO,
            dice: Stream::new(Dice { seed: 1 }, u64::from(me.0)),
            asked: Vec::new(),
            answers: Vec::new(),
            timers: SortedMap::new(),
            facts: Vec::new(),
            durable_vote: None,
            ended: false,
            slow_disk: false,
        };
        desk.input(|quorum, out| *quorum = make(out));
        desk
    }

    pub(crate) fn input(&mut self, input: impl FnOnce(&mut Quorum, &mut Out<'_>)) {
        let mut effects = Vec::new();
        let me = self.quorum.me;
        input(&mut self.quorum, &mut Out::new(me, self.now, &mut effects, &mut self.dice));
        if self.carry_out(effects) && !self.slow_disk {
            self.flush();
        }
    }

    /// True when something is to be flushed.
    fn carry_out(&mut self, effects: Vec<Effect<Node>>) -> bool {
        let mut flushes = false;
        for effect in effects {
            match effect {
                Effect::Send { to, msg: Msg::Request { correlation, body } } => {
                    self.asked.push((to, correlation, body));
                }
                Effect::Send { to, msg: Msg::Reply { body, .. } } => self.answers.push((to, body)),
                Effect::Set { timer, after } => drop(self.timers.insert(timer, self.now + after)),
                Effect::Cancel { timer } => drop(self.timers.remove(&timer)),
                Effect::Note(fact) => self.facts.push(fact),
                Effect::Exit => self.ended = true,
                Effect::Flush { .. } => flushes = true,
                Effect::Replace { records, .. } => {
                    if let [DiskRecord::QuorumState { voted, .. }] = &records[..] {
                        self.durable_vote = *voted;
                    }
                }
                _ => {}
            }
        }
        let owned = |(_, correlation, _): &(NodeId, u32, Request)| self.quorum.owns(*correlation);
        let asked = std::mem::take(&mut self.asked);
        self.asked = asked.into_iter().filter(owned).collect();
        flushes
    }

    /// Everything written is on the platter now.
    pub(crate) fn flush(&mut self) {
        let count = (self.quorum.end() - self.quorum.start_offset()) as usize;
        self.input(|quorum, out| quorum.flushed(count, out));
    }

    pub(crate) fn request(&mut self, from: NodeId, body: Request) {
        self.input(|quorum, out| quorum.request(from, 7, body, out));
    }

    /// Answers the open request at this place in `asked`.
    pub(crate) fn answer(&mut self, at: usize, body: Reply) {
        let Some((from, correlation, _)) = self.asked.get(at).cloned() else { return };
        self.input(|quorum, out| quorum.reply(from, correlation, body, out));
    }

    /// The timer runs out, now.
    pub(crate) fn fire(&mut self, timer: Timer) {
        self.timers.remove(&timer);
        self.input(|quorum, out| quorum.fire(timer, out));
    }

    /// Lets time pass; timers that are due run out in order.
    #[cfg(test)]
    pub(crate) fn pass(&mut self, span: kernel::Span) {
        let until = self.now + span;
        while let Some((timer, due)) =
            self.timers.iter().map(|(timer, due)| (*timer, *due)).min_by_key(|(_, due)| *due)
            && due <= until
        {
            self.now = due;
            self.fire(timer);
        }
        self.now = until;
    }
}
