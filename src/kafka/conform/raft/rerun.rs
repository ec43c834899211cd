//! The same scenario on a cluster of ours: the same settings and the same faults, aimed at whoever
//! is the leader here where they were aimed at the leader there.
//!
//! A fault comes no earlier than in the trace, and not before the cluster has what the real one had
//! then: a leader and something committed.

use super::super::Outcome;
use super::trace::{Fault as Done, Trace, What};
use crate::config::Config;
use crate::quorum::place::Standing;
use crate::system::Kafka;
use kernel::{Fault, Input, Instant, Limits, NodeId, SortedMap, Span, Status, World};

/// A cluster that can come to rest does so within this.
const PATIENCE: Span = Span::secs(60);

/// What became of each row: what differs, if anything.
pub(super) struct Rerun(SortedMap<usize, String>);

impl Rerun {
    pub(super) fn outcome(&self, at: usize) -> Outcome {
        self.0.get(&at).map_or(Outcome::Equal, |flaw| Outcome::Differs(flaw.clone()))
    }
}

struct Run<'a> {
    trace: &'a Trace,
    world: World<Kafka>,
    /// Who plays which node of the trace.
    cast: Vec<NodeId>,
    /// How much later than the trace this run is.
    late: Span,
}

pub(super) fn rerun(trace: &Trace) -> Rerun {
    let mut flaws = SortedMap::new();
    match Run::open(trace) {
        Err(flaw) => drop(flaws.insert(0, flaw)),
        Ok(mut run) => {
            for (at, row) in trace.rows.iter().enumerate() {
                let done = match &row.what {
                    What::Fault(fault, nodes) => run.suffer(at, *fault, nodes),
                    What::Result(ok) => run.ends(row.at, *ok),
                    What::Scenario | What::State(_) => Ok(()),
                };
                if let Err(flaw) = done {
                    flaws.insert(at, flaw);
                }
            }
        }
    }
    Rerun(flaws)
}

impl<'a> Run<'a> {
    fn open(trace: &'a Trace) -> Result<Run<'a>, String> {
        let mut config = Config {
            controllers: trace.voters,
            brokers: trace.observers,
            boot: Span::ZERO,
            profile: trace.rig.profile,
            ..Config::default()
        };
        for (key, value) in &trace.settings {
            config.settings.set(key, &value.to_string()).map_err(|_| format!("{key}={value}"))?;
        }
        let voters = (0..trace.voters).map(|n| NodeId(101 + n));
        let cast = voters.chain((0..trace.observers).map(|n| NodeId(1 + n))).collect();
        let world = World::new(config, trace.seed, Limits::DEFAULT);
        Ok(Run { trace, world, cast, late: Span::ZERO })
    }

    fn until(&mut self, to: Instant) {
        let mut log = Vec::new();
        while self.world.next_at().is_some_and(|next| next <= to) && self.world.step(&mut log) {
            log.clear();
        }
        self.world.advance(to);
    }

    /// Runs on until it holds; says whether it came to hold.
    fn settles(&mut self, holds: impl Fn(&World<Kafka>) -> bool) -> bool {
        let limit = self.world.now() + PATIENCE;
        while !holds(&self.world) {
            if self.world.now() >= limit {
                return false;
            }
            self.until(self.world.now() + Span::millis(10));
        }
        true
    }

    fn suffer(&mut self, at: usize, fault: Done, nodes: &[u16]) -> Result<(), String> {
        let when = self.trace.rows[at].at;
        if when == 0 {
            // All nodes of a fresh cluster start by themselves.
            return Ok(());
        }
        self.until(Instant(when * 1_000) + self.late);
        if let Some(leader) = self.leader_there(at) {
            let before = self.world.now();
            if !self.settles(|world| leader_here(world).is_some()) {
                return Err("nobody leads here, somebody did there".to_owned());
            }
            self.late = self.late + self.world.now().since(before);
            self.recast(leader);
        }
        for node in nodes {
            for fault in self.faults(at, fault, *node) {
                let mut log = Vec::new();
                let done = self.world.input(&Input::Fault(fault), &mut log);
                // A node that has stopped by itself is as dead as one that was killed.
                let gone = matches!(fault, Fault::Kill(node)
                    if self.world.node(node).is_some_and(|slot| slot.status == Status::Dead));
                if done.is_err() && !gone {
                    return Err(format!("{fault:?} cannot be done here"));
                }
            }
        }
        Ok(())
    }

    fn faults(&self, at: usize, fault: Done, node: u16) -> Vec<Fault> {
        let who = self.cast[usize::from(node)];
        match fault {
            Done::Start => vec![Fault::Restart(who)],
            Done::Kill => vec![Fault::Kill(who)],
            Done::Stop => vec![Fault::Stop(who)],
            Done::Isolate => vec![Fault::Isolate(who)],
            Done::Rejoin => vec![Fault::Rejoin(who)],
            Done::CutSome => {
                let minority = self.minority(at);
                let apart = |other: &u16| minority.contains(other) != minority.contains(&node);
                let others = (0..self.trace.voters).filter(apart);
                others
                    .map(|other| Fault::Cut { from: who, to: self.cast[usize::from(other)] })
                    .collect()
            }
        }
    }

    /// The smaller side of a partition: the trace names its nodes first.
    fn minority(&self, at: usize) -> Vec<u16> {
        let when = self.trace.rows[at].at;
        let cut = self.trace.rows.iter().filter(|row| row.at == when).filter_map(|row| {
            let What::Fault(Done::CutSome, nodes) = &row.what else { return None };
            nodes.first().copied()
        });
        cut.take(usize::from((self.trace.voters - 1) / 2)).collect()
    }

    /// Who led there when this row was written.
    fn leader_there(&self, at: usize) -> Option<u16> {
        let states = self.trace.rows[..at].iter().filter_map(|row| match &row.what {
            What::State(state) if state.standing == Standing::Leader => Some(state),
            _ => None,
        });
        let last = states.max_by_key(|state| state.epoch)?;
        let still = self.trace.before(at, last.node).is_some_and(|now| now.epoch == last.epoch);
        let fell = self.trace.faults_before(at, last.node).contains(&Done::Kill);
        (still && !fell).then_some(last.node)
    }

    /// Whoever leads here plays the one who led there.
    fn recast(&mut self, leader: u16) {
        let Some(here) = leader_here(&self.world) else { return };
        let there = usize::from(leader);
        if let Some(place) = self.cast.iter().position(|node| *node == here) {
            self.cast.swap(place, there);
        }
    }

    /// At the end a leader of a majority leads everybody who is there.
    fn ends(&mut self, at: u64, ok: bool) -> Result<(), String> {
        self.until(Instant(at * 1_000) + self.late);
        let healthy = self.settles(is_whole);
        match (healthy, ok) {
            (true, true) | (false, false) => Ok(()),
            (false, true) => Err("here no leader leads everybody that can be reached".to_owned()),
            (true, false) => Err("here it ends well".to_owned()),
        }
    }
}

/// The latest leader that can reach a majority.
fn leader_here(world: &World<Kafka>) -> Option<NodeId> {
    let leaders = controllers(world).filter(|(_, quorum)| quorum.is_leader());
    let (node, _) = leaders.max_by_key(|(_, quorum)| quorum.epoch())?;
    let reached = controllers(world).filter(|(other, _)| reaches(world, node, *other)).count();
    let all = controllers_of(world);
    (reached > all / 2).then_some(node)
}

fn controllers_of(world: &World<Kafka>) -> usize {
    usize::from(world.config().controllers)
}

fn controllers(world: &World<Kafka>) -> impl Iterator<Item = (NodeId, &crate::quorum::Quorum)> {
    let up = world.nodes().filter(|slot| slot.status == Status::Up);
    up.filter_map(|slot| Some((slot.id, &slot.process.controller()?.quorum)))
}

fn reaches(world: &World<Kafka>, from: NodeId, to: NodeId) -> bool {
    let open = |from, to| world.link(from, to).is_none_or(|link| !link.cut);
    open(from, to) && open(to, from)
}

/// A leader leads every controller that it can reach, and has committed something of its epoch.
fn is_whole(world: &World<Kafka>) -> bool {
    let Some(leader) = leader_here(world) else { return false };
    let Some((_, led)) = controllers(world).find(|(node, _)| *node == leader) else { return false };
    let follows = |quorum: &crate::quorum::Quorum| {
        quorum.epoch() == led.epoch() && quorum.leader() == Some(leader)
    };
    let mut others = controllers(world).filter(|(node, _)| reaches(world, leader, *node));
    others.all(|(_, quorum)| follows(quorum))
        && led.epoch_start().is_some_and(|start| led.high_watermark() > start)
}
