//! A trace as rows, and what it says of a node at a row.

use crate::config::{Profile, Settings};
use crate::id::{LeaderEpoch, Offset};
use crate::quorum::desk::Rig;
use crate::quorum::place::{Place, Standing};
use kernel::NodeId;
use serde::Deserialize;
use serde_json::Value;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    /// Milliseconds.
    pub(super) at: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Scenario,
    State(State),
    Fault(Fault, Vec<u16>),
    Result(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Start,
    Kill,
    Stop,
    /// Everything to and from the node is dropped.
    Isolate,
    /// What it asks of some others is dropped. The trace does not say whom.
    CutSome,
    Rejoin,
}

/// What a node was when it changed.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) node: u16,
    pub(super) standing: Standing,
    pub(super) epoch: LeaderEpoch,
    pub(super) leader: Option<u16>,
    pub(super) voted: Option<u16>,
    pub(super) end: Offset,
    pub(super) high_watermark: Offset,
    /// The epoch of its last record lies between these.
    pub(super) last_epoch: (LeaderEpoch, LeaderEpoch),
}

#[derive(Deserialize)]
struct Scenario {
    scenario: String,
    seed: u64,
    voters: u16,
    observers: u16,
    election_timeout_ms: u64,
    election_backoff_max_ms: u64,
    fetch_timeout_ms: u64,
    retry_backoff_ms: u64,
    request_timeout_ms: u64,
}

#[derive(Deserialize)]
struct RawState {
    t: u64,
    node: u16,
    state: String,
    epoch: LeaderEpoch,
    leader: i32,
    voted: i32,
    leo: Offset,
    hw: Offset,
}

#[derive(Deserialize)]
struct RawFault {
    t: u64,
    ev: String,
    node: i32,
    arg: Option<String>,
}

#[derive(Deserialize)]
struct RawResult {
    result: String,
    t_end: u64,
}

pub(super) struct Trace {
    pub(super) scenario: String,
    pub(super) seed: u64,
    pub(super) voters: u16,
    pub(super) observers: u16,
    /// Milliseconds.
    pub(super) election_timeout: u64,
    /// Real keys with values.
    pub(super) settings: Vec<(&'static str, u64)>,
    pub(super) rig: Rig,
    pub(super) rows: Vec<Row>,
}

/// Voters and observers are numbered from 0 in a trace; the engine's controllers from 101.
pub(super) fn node_id(node: u16) -> NodeId {
    NodeId(node + 101)
}

impl Trace {
    pub(super) fn read(rows: &[(usize, Value)]) -> Result<Trace, (usize, String)> {
        let Some((line, head)) = rows.first() else { return Err((1, "no rows".to_owned())) };
        let bad = |line: &usize| {
            let line = *line;
            move |flaw: serde_json::Error| (line, flaw.to_string())
        };
        let head = Scenario::deserialize(head).map_err(bad(line))?;
        let settings = vec![
            ("controller.quorum.election.timeout.ms", head.election_timeout_ms),
            ("controller.quorum.election.backoff.max.ms", head.election_backoff_max_ms),
            ("controller.quorum.fetch.timeout.ms", head.fetch_timeout_ms),
            ("controller.quorum.retry.backoff.ms", head.retry_backoff_ms),
            ("controller.quorum.request.timeout.ms", head.request_timeout_ms),
        ];
        let mut own = Settings::default();
        for (key, value) in &settings {
            own.set(key, &value.to_string()).map_err(|_| (*line, format!("{key}={value}")))?;
        }
        let voters: Rc<[NodeId]> = (0..head.voters).map(node_id).collect();
        let profile = Profile::default();
        let mut trace = Trace {
            scenario: head.scenario,
            seed: head.seed,
            voters: head.voters,
            observers: head.observers,
            election_timeout: head.election_timeout_ms,
            settings,
            rig: Rig { voters, profile, settings: Rc::new(own) },
            rows: vec![Row { line: *line, at: 0, what: What::Scenario }],
        };
        for (line, value) in &rows[1..] {
            let row = trace.row(*line, value).map_err(|flaw| (*line, flaw))?;
            trace.rows.push(row);
        }
        Ok(trace)
    }

    fn row(&self, line: usize, value: &Value) -> Result<Row, String> {
        let text = |flaw: serde_json::Error| flaw.to_string();
        if value.get("state").is_some() {
            let raw = RawState::deserialize(value).map_err(text)?;
            self.nodes(i32::from(raw.node))?;
            let at = raw.t;
            return Ok(Row { line, at, what: What::State(self.state(&raw)?) });
        }
        if value.get("result").is_some() {
            let raw = RawResult::deserialize(value).map_err(text)?;
            return Ok(Row { line, at: raw.t_end, what: What::Result(raw.result == "ok") });
        }
        let raw = RawFault::deserialize(value).map_err(text)?;
        let arg = raw.arg.as_deref().unwrap_or("");
        let fault = match raw.ev.as_str() {
            "start" => Fault::Start,
            "kill" | "kill_all" => Fault::Kill,
            "graceful_shutdown" => Fault::Stop,
            "filter" if arg.contains("DropAllTraffic") => Fault::Isolate,
            "filter" if arg.contains("DropOutboundRequestsTo") => Fault::CutSome,
            "filter" if arg.contains("PermitAllTraffic") => Fault::Rejoin,
            other => return Err(format!("no such event: {other} {arg}")),
        };
        Ok(Row { line, at: raw.t, what: What::Fault(fault, self.nodes(raw.node)?) })
    }

    /// The node of a row; all of them where the row says -1.
    fn nodes(&self, node: i32) -> Result<Vec<u16>, String> {
        let all = 0..self.voters + self.observers;
        match u16::try_from(node) {
            Ok(node) if all.contains(&node) => Ok(vec![node]),
            Err(_) => Ok(all.collect()),
            Ok(node) => Err(format!("no node {node}")),
        }
    }

    fn state(&self, raw: &RawState) -> Result<State, String> {
        let standing = match raw.state.as_str() {
            "unattached" => Standing::Unattached,
            "prospective" => Standing::Prospective,
            "candidate" => Standing::Candidate,
            "leader" => Standing::Leader,
            "follower" => Standing::Follower,
            "resigned" => Standing::Resigned,
            other => return Err(format!("no such state: {other}")),
        };
        let known = |node: i32| u16::try_from(node).ok();
        let mut state = State {
            node: raw.node,
            standing,
            epoch: raw.epoch,
            leader: known(raw.leader),
            voted: known(raw.voted),
            end: raw.leo,
            high_watermark: raw.hw,
            last_epoch: (0, 0),
        };
        state.last_epoch = last_epoch(self.before(self.rows.len(), raw.node), &state);
        Ok(state)
    }

    /// The last state of a node before a row, whatever happened to it in between.
    pub(super) fn before(&self, at: usize, node: u16) -> Option<&State> {
        self.rows[..at].iter().rev().find_map(|row| match &row.what {
            What::State(state) if state.node == node => Some(state),
            _ => None,
        })
    }

    /// What happened to a node between its last state and a row.
    pub(super) fn faults_before(&self, at: usize, node: u16) -> Vec<Fault> {
        let mut faults = Vec::new();
        for row in self.rows[..at].iter().rev() {
            match &row.what {
                What::State(state) if state.node == node => break,
                What::Fault(fault, nodes) if nodes.contains(&node) => faults.insert(0, *fault),
                _ => {}
            }
        }
        faults
    }

    /// States of all nodes up to the instant of a row.
    pub(super) fn known(&self, at: usize) -> impl Iterator<Item = &State> {
        let until = self.rows[at].at;
        self.rows.iter().take_while(move |row| row.at <= until).filter_map(|row| match &row.what {
            What::State(state) => Some(state),
            _ => None,
        })
    }

    /// Whether the disk of a node is lost with its process: only one scenario does that.
    pub(super) fn loses_disks(&self) -> bool {
        self.scenario == "canRecoverFromSingleNodeCommittedDataLoss"
    }
}

/// Which epoch the last record of a node can have, from its last state and the present one.
fn last_epoch(before: Option<&State>, now: &State) -> (LeaderEpoch, LeaderEpoch) {
    if now.end == 0 {
        return (0, 0);
    }
    let Some(before) = before else { return (1, now.epoch) };
    let took = |state: &State| match state.standing {
        Standing::Leader | Standing::Follower | Standing::Resigned => state.epoch,
        _ => 0,
    };
    let (low, high) = before.last_epoch;
    match now.end.cmp(&before.end) {
        std::cmp::Ordering::Equal => (low, high),
        std::cmp::Ordering::Greater => (low.max(1), high.max(took(before)).max(took(now))),
        std::cmp::Ordering::Less => (1, high.max(took(now))),
    }
}

impl State {
    /// The same, for the engine; with the last epoch and the end of its log chosen.
    pub(super) fn place(&self, last_epoch: LeaderEpoch, end: Offset, fetched: bool) -> Place {
        Place {
            standing: self.standing,
            epoch: self.epoch,
            leader: self.leader.map(node_id),
            voted: self.voted.map(node_id),
            log: if end == 0 { Vec::new() } else { vec![(last_epoch, end)] },
            high_watermark: 0,
            fetched,
        }
    }
}
