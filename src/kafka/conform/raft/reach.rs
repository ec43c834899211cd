//! From one state of a node to its next: our program, put into the earlier one, must come to the
//! later one by few inputs, each of which the trace bears out.

use super::trace::{Fault, State, Trace, What, node_id};
use crate::id::{ErrorCode, LeaderEpoch};
use crate::message::{QuorumHint, Reply, Request, Vote};
use crate::node::Timer;
use crate::quorum::desk::Desk;
use crate::quorum::place::{Place, Standing};
use crate::quorum::{Directory, Voter};
use kernel::NodeId;

/// Most inputs between two rows: a poll of the real program may handle several at once.
const INPUTS: usize = 4;

const TIMERS: [Timer; 5] = [
    Timer::Election,
    Timer::QuorumFetchTimeout,
    Timer::CheckQuorum,
    Timer::BeginQuorum,
    Timer::QuorumRetry,
];

pub(super) fn check(trace: &Trace, at: usize) -> Result<(), String> {
    let What::State(now) = &trace.rows[at].what else { return Ok(()) };
    let begin = beginnings(trace, at, now);
    if begin.iter().any(|desk| reaches(trace, at, now, desk, INPUTS)) {
        return Ok(());
    }
    let from = trace.before(at, now.node).map_or("nothing".to_owned(), words);
    Err(format!("no input takes node {} from {from} to {}", now.node, words(now)))
}

fn words(state: &State) -> String {
    let known = |node: Option<u16>| node.map_or("none".to_owned(), |node| node.to_string());
    let (leader, voted) = (known(state.leader), known(state.voted));
    format!("{:?} epoch {} leader {leader} voted {voted}", state.standing, state.epoch)
}

/// The program as it was at the node's last row, or started since.
fn beginnings(trace: &Trace, at: usize, now: &State) -> Vec<Desk> {
    let me = node_id(now.node);
    let faults = trace.faults_before(at, now.node);
    let before = trace.before(at, now.node);
    // The log at the time of a vote is somewhere between the two rows; the shorter one asks least.
    let place = before.map(|state| {
        let (low, _) = state.last_epoch;
        state.place(low, state.end.min(now.end), true)
    });
    let fresh = Place {
        standing: Standing::Unattached,
        epoch: 0,
        leader: None,
        voted: None,
        log: Vec::new(),
        high_watermark: 0,
        fetched: false,
    };
    let mut desks = Vec::new();
    if faults.contains(&Fault::Start) {
        if let Some(place) = &place {
            desks.push(Desk::restarted(&trace.rig, me, place));
        }
        if place.is_none() || trace.loses_disks() {
            desks.push(Desk::restarted(&trace.rig, me, &fresh));
        }
    } else if let Some(place) = &place {
        let mut desk = Desk::placed(&trace.rig, me, place);
        if faults.contains(&Fault::Stop) {
            desk.input(|quorum, out| quorum.shut_down(out));
        }
        desks.push(desk);
    }
    desks
}

fn is(desk: &Desk, goal: &State) -> bool {
    desk.quorum.standing() == goal.standing
        && desk.quorum.epoch() == goal.epoch
        && desk.quorum.leader() == goal.leader.map(node_id)
        && desk.quorum.voted() == goal.voted.map(node_id)
}

fn reaches(trace: &Trace, at: usize, goal: &State, desk: &Desk, inputs: usize) -> bool {
    if is(desk, goal) {
        return true;
    }
    if inputs == 0 || desk.quorum.epoch() > goal.epoch {
        return false;
    }
    next(trace, at, goal, desk).iter().any(|next| reaches(trace, at, goal, next, inputs - 1))
}

/// What may become of the node by one input.
fn next(trace: &Trace, at: usize, goal: &State, desk: &Desk) -> Vec<Desk> {
    let mut found = Vec::new();
    let mut attempt = |input: &dyn Fn(&mut Desk)| {
        let mut next = desk.clone();
        input(&mut next);
        found.push(next);
    };
    for timer in TIMERS.into_iter().filter(|timer| desk.timers.contains_key(timer)) {
        attempt(&|desk| desk.fire(timer));
    }
    let known: Vec<&State> = trace.known(at).filter(|state| state.epoch <= goal.epoch).collect();
    for state in known.iter().filter(|state| state.node != goal.node) {
        if let Some(body) = said_by(state, goal) {
            attempt(&|desk| desk.request(node_id(state.node), body.clone()));
        }
    }
    for granted in [true, false] {
        attempt(&|desk| answer_votes(desk, &known, goal.node, granted));
    }
    for hint in hints(&known, desk.quorum.epoch()) {
        if !desk.asked.is_empty() {
            attempt(&|desk| answer_with(desk, hint));
        }
    }
    found
}

/// What a node in this state sends to the others.
fn said_by(state: &State, goal: &State) -> Option<Request> {
    let (epoch, leader) = (state.epoch, node_id(state.node));
    let pre_vote = state.standing == Standing::Prospective;
    match state.standing {
        Standing::Candidate | Standing::Prospective => Some(Request::Vote(Box::new(Vote {
            epoch,
            last_epoch: state.last_epoch.1,
            end: state.end,
            pre_vote,
            candidate: voter(leader),
            voter: Some(voter(node_id(goal.node))),
        }))),
        Standing::Leader => {
            let voter = Some(voter(node_id(goal.node)));
            Some(Request::BeginQuorumEpoch { epoch, leader, voter })
        }
        Standing::Resigned => {
            Some(Request::EndQuorumEpoch { epoch, leader, successors: Vec::new() })
        }
        Standing::Unattached | Standing::Follower => None,
    }
}

pub(super) fn voter(node: NodeId) -> Voter {
    Voter { node, directory: Some(Directory::first(node)) }
}

/// Every vote that it waits for comes, all alike. A vote is given only where the trace shows it.
fn answer_votes(desk: &mut Desk, known: &[&State], me: u16, granted: bool) {
    let epoch = desk.quorum.epoch();
    let gave = |voter: NodeId| {
        let shows = |state: &&State| {
            node_id(state.node) == voter && state.epoch == epoch && state.voted == Some(me)
        };
        known.iter().any(shows)
    };
    let mut at = 0;
    while let Some((from, _, Request::Vote(vote))) = desk.asked.get(at) {
        if granted && !vote.pre_vote && !gave(*from) {
            at += 1;
            continue;
        }
        let pre_vote = vote.pre_vote;
        let hint = QuorumHint { epoch, leader: desk.quorum.leader() };
        desk.answer(at, Reply::Vote { granted, pre_vote, hint, error: None });
        if desk.quorum.epoch() != epoch {
            return;
        }
    }
}

/// Every epoch and leader that somebody knows of.
fn hints(known: &[&State], from: LeaderEpoch) -> Vec<QuorumHint> {
    let mut hints = Vec::new();
    for state in known.iter().filter(|state| state.epoch >= from) {
        let QuorumHint { epoch, leader } =
            QuorumHint { epoch: state.epoch, leader: state.leader.map(node_id) };
        for hint in [QuorumHint { epoch, leader }, QuorumHint { epoch, leader: None }] {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    hints
}

/// Somebody whom it asked says who leads, in place of an answer.
fn answer_with(desk: &mut Desk, hint: QuorumHint) {
    let own = desk.quorum.epoch();
    let error = if hint.epoch > own {
        ErrorCode::FencedLeaderEpoch
    } else {
        ErrorCode::NotLeaderOrFollower
    };
    let body = match &desk.asked[0].2 {
        Request::Vote(vote) => {
            let pre_vote = vote.pre_vote;
            Reply::Vote { granted: false, pre_vote, hint, error: Some(error) }
        }
        Request::BeginQuorumEpoch { .. } => Reply::BeginQuorumEpoch { hint, error: Some(error) },
        Request::EndQuorumEpoch { .. } => Reply::EndQuorumEpoch { hint, error: Some(error) },
        _ => Reply::QuorumFetch { hint, result: Err(error) },
    };
    desk.answer(0, body);
}
