//! Classic groups over random histories: members come, sync, forget, vanish, come back and change
//! their minds, and coordinators fail. Whatever happens, some things hold.

use super::{ClassicGroup, Heartbeat, Join, Joined, Leaving, State, Sync};
use crate::group::rehearsal::Stage;
use crate::group::{Answer, Assigned, Config, InstanceId, MemberId, Request, Subscription};
use crate::guard::{Guard, Guards};
use crate::id::{PartitionId, TopicId};
use kernel::{Dice, SortedMap, Span, Stream};
use std::rc::Rc;

/// Of topic 0.
const PARTITIONS: u16 = 6;

#[derive(Clone, Default)]
struct Client {
    member: Option<MemberId>,
    generation: i32,
    /// Who is to be assigned for, by a leader.
    roll: Vec<MemberId>,
    /// What it believes is its own.
    owned: Assigned,
}

struct Run {
    stage: Stage,
    dice: Stream,
    clients: SortedMap<u16, Client>,
    generation: i32,
}

impl Run {
    fn new(seed: u64, guards: Guards) -> Run {
        let mut stage = Stage::new(Config { guards, ..Config::default() });
        stage.fresh =
            (1..=500).rev().map(|n: u64| MemberId(n.wrapping_mul(2_654_435_761) % 4_093)).collect();
        Run { stage, dice: Stream::new(Dice { seed }, 0), clients: SortedMap::new(), generation: 0 }
    }

    fn step(&mut self) {
        let who = 1 + self.dice.draw("who", 5) as u16;
        match self.dice.draw("what", 12) {
            0 => self.stage.sleep(Span::millis(500 + self.dice.draw("sleep", 9_000))),
            1 => drop(self.clients.remove(&who)),
            2 => self.leave(who),
            3 if self.dice.draw("failure", 3) == 0 => self.fail_over(),
            3..=6 => self.join(who),
            7..=9 => self.sync(who),
            _ => self.heartbeat(who),
        }
        self.listen();
    }

    /// Odd clients are static members.
    fn instance(who: u16) -> Option<InstanceId> {
        (who % 2 == 1).then_some(InstanceId(who))
    }

    fn fail_over(&mut self) {
        self.stage.fail_over();
        self.generation = self.stage.classic_group().map_or(0, ClassicGroup::generation);
    }

    fn join(&mut self, who: u16) {
        let mut names = ["range", "roundrobin"];
        names.rotate_left(self.dice.draw("liking", 2) as usize);
        let subscription = Rc::new(Subscription::default());
        let join = Join {
            member: self.clients.entry(who).or_default().member,
            instance: Run::instance(who),
            session_timeout: Span::secs(10),
            rebalance_timeout: Span::secs(20),
            protocols: names.iter().map(|name| (*name, Rc::clone(&subscription))).collect(),
        };
        self.stage.ask(who, Request::Join(join));
    }

    fn sync(&mut self, who: u16) {
        let Some(client) = self.clients.get(&who) else { return };
        let Some(member) = client.member else { return };
        let share = |at: usize| -> Assigned {
            let mine =
                (0..PARTITIONS).filter(|index| usize::from(*index) % client.roll.len() == at);
            mine.map(|index| PartitionId { topic: TopicId(0), index }).collect()
        };
        let sync = Sync {
            member,
            instance: Run::instance(who),
            generation: client.generation,
            protocol: None,
            assignments: client.roll.iter().enumerate().map(|(at, id)| (*id, share(at))).collect(),
        };
        self.stage.ask(who, Request::Sync(sync));
    }

    fn heartbeat(&mut self, who: u16) {
        let Some(client) = self.clients.get(&who) else { return };
        let Some(member) = client.member else { return };
        let (instance, generation) = (Run::instance(who), client.generation);
        self.stage.ask(who, Request::Heartbeat(Heartbeat { member, instance, generation }));
    }

    fn leave(&mut self, who: u16) {
        let Some(client) = self.clients.remove(&who) else { return };
        let leaving = vec![Leaving { member: client.member, instance: Run::instance(who) }];
        self.stage.ask(who, Request::Leave(leaving));
    }

    /// What clients make of their answers.
    fn listen(&mut self) {
        for (who, answer) in std::mem::take(&mut self.stage.answers) {
            let Some(client) = self.clients.get_mut(&who) else { continue };
            match answer {
                Answer::Join(Ok(Joined { member, generation, members, .. })) => {
                    let roll = members.into_iter().map(|(id, ..)| id).collect();
                    let owned = std::mem::take(&mut client.owned);
                    *client = Client { member: Some(member), generation, roll, owned };
                }
                Answer::Join(Err(refused)) => client.member = refused.member,
                Answer::Sync(Ok(synced)) => client.owned = synced.assignment,
                Answer::Sync(Err(_)) | Answer::Heartbeat(Err(_)) => client.owned = Rc::default(),
                _ => {}
            }
        }
    }

    fn state(&self) -> State {
        self.stage.classic_group().map_or(State::Empty, ClassicGroup::state)
    }

    /// Source: spec J4, E2.2.
    fn check(&mut self) -> Result<(), String> {
        let Some(group) = self.stage.classic_group() else { return Ok(()) };
        let leader = group.leader().map(|id| group.members().any(|(known, _)| known == id));
        let empty = group.members().next().is_none();
        if leader != (!empty).then_some(true) {
            return Err(format!("the leader is no member: {group:?}"));
        }
        if group.generation() < self.generation {
            return Err(format!("back from generation {} in {group:?}", self.generation));
        }
        self.generation = group.generation();
        let mut holders = SortedMap::new();
        for (id, member) in group.members() {
            for partition in member.assignment().iter() {
                if let Some(other) = holders.insert(*partition, id) {
                    return Err(format!("{other:?} and {id:?} both hold {partition:?}"));
                }
            }
        }
        if group.state() == State::Stable && empty {
            return Err("stable without members".to_owned());
        }
        Ok(())
    }
}

/// Gives how many steps found the group stable.
fn play(seed: u64, guards: Guards) -> Result<usize, String> {
    let mut run = Run::new(seed, guards);
    let mut stable = 0;
    for _ in 0..150 {
        run.step();
        run.check()?;
        stable += usize::from(run.state() == State::Stable);
    }
    // Everybody is gone: sessions run out, and nobody is left waiting.
    run.stage.sleep(Span::secs(1_000));
    match run.state() {
        State::Empty => Ok(stable),
        state => Err(format!("not at rest, but {}", state.name())),
    }
}

#[test]
fn whatever_happens_a_group_keeps_its_promises_and_comes_to_rest() {
    let mut stable = 0;
    for seed in 0..150 {
        stable += play(seed, Guards::all_on()).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
    assert!(stable > 1_000, "the histories are too poor: {stable} steps in a stable group");
}

#[test]
fn a_switched_off_guard_misbehaves_quietly() {
    for guard in [Guard::GenerationFence, Guard::AssignmentsStored, Guard::CommitFence] {
        for seed in 0..50 {
            let _ = play(seed, Guards::all_on().without(guard));
        }
    }
}
