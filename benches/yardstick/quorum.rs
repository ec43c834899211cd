//! Five raft-rs nodes in memory: a proposal each tick, the leader cut off now and then.
//! It refuses to check anything: it is there to be timed.

use raft::eraftpb::Message;
use raft::storage::MemStorage;
use raft::{Config, RawNode, StateRole};
use std::collections::VecDeque;

const NODES: u64 = 5;
/// The leader is cut off this often, and for so many ticks.
const STORM: u64 = 2_000;
const LASTING: u64 = 60;
/// Logs are cut to this many entries.
const KEPT: u64 = 512;

struct Cluster {
    nodes: Vec<RawNode<MemStorage>>,
    flying: VecDeque<Message>,
    cut: Option<u64>,
    handled: u64,
}

/// Plays so many ticks of the cluster; returns messages and ticks handled by a node.
pub fn play(ticks: u64) -> u64 {
    let logger = slog::Logger::root(slog::Discard, slog::o!());
    let voters: Vec<u64> = (1..=NODES).collect();
    let node = |id| {
        let storage = MemStorage::new_with_conf_state((voters.clone(), vec![]));
        let config = Config { id, election_tick: 10, heartbeat_tick: 3, ..Config::default() };
        RawNode::new(&config, storage, &logger).expect("the configuration is valid")
    };
    let mut cluster = Cluster {
        nodes: voters.iter().map(|id| node(*id)).collect(),
        flying: VecDeque::new(),
        cut: None,
        handled: 0,
    };
    for tick in 0..ticks {
        cluster.tick(tick);
    }
    cluster.handled
}

impl Cluster {
    fn tick(&mut self, tick: u64) {
        match tick % STORM {
            0 if tick > 0 => self.cut = self.leader(),
            LASTING => self.cut = None,
            _ => {}
        }
        for at in 0..self.nodes.len() {
            self.nodes[at].tick();
            self.handled += 1;
            self.settle(at);
        }
        if let Some(leader) = self.leader() {
            let at = (leader - 1) as usize;
            let _ = self.nodes[at].propose(vec![], tick.to_le_bytes().to_vec());
            self.settle(at);
        }
        while let Some(message) = self.flying.pop_front() {
            if self.cut == Some(message.from) || self.cut == Some(message.to) {
                continue;
            }
            let at = (message.to - 1) as usize;
            let _ = self.nodes[at].step(message);
            self.handled += 1;
            self.settle(at);
        }
    }

    fn leader(&self) -> Option<u64> {
        let leads = |node: &&RawNode<MemStorage>| {
            node.raft.state == StateRole::Leader && self.cut != Some(node.raft.id)
        };
        self.nodes.iter().find(leads).map(|node| node.raft.id)
    }

    /// Carries out what a node wants done.
    fn settle(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        if !node.has_ready() {
            return;
        }
        let mut ready = node.ready();
        self.flying.extend(ready.take_messages());
        let storage = node.raft.raft_log.store.clone();
        storage.wl().append(ready.entries()).expect("entries follow on");
        if let Some(state) = ready.hs() {
            storage.wl().set_hardstate(state.clone());
        }
        self.flying.extend(ready.take_persisted_messages());
        let applied = ready.committed_entries().last().map(|entry| entry.index);
        let mut light = node.advance(ready);
        self.flying.extend(light.take_messages());
        let later = light.committed_entries().last().map(|entry| entry.index);
        if let Some(commit) = light.commit_index() {
            storage.wl().mut_hard_state().commit = commit;
        }
        node.advance_apply();
        if let Some(index) = later.or(applied).filter(|index| index % KEPT == 0 && *index > KEPT) {
            // A node that falls behind by more than this would need a snapshot; none does here.
            let _ = storage.wl().compact(index - KEPT / 2);
        }
    }
}
