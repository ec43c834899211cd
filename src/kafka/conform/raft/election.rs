//! Elections of a trace: every other voter is asked, as it was at the time, by our program; the
//! election must have gone as the answers make it go.
//!
//! What a row does not say (how long a log was in between, whether a follower had fetched) is
//! asked both ways: an answer is certain only where it is the same in every way.

use super::reach::voter;
use super::trace::{Fault, State, Trace, What, node_id};
use crate::id::Offset;
use crate::message::{Reply, Request, Vote};
use crate::quorum::desk::Desk;
use crate::quorum::place::Standing;

/// Within this the simulation delivers a message, in milliseconds.
const DELIVERED: u64 = 20;

/// What a voter may have answered.
#[derive(Clone, Copy, Default)]
struct Answers {
    yes: bool,
    no: bool,
}

pub(super) fn check(trace: &Trace, at: usize) -> Result<(), String> {
    let What::State(now) = &trace.rows[at].what else { return Ok(()) };
    let Some(asked_at) = election_before(trace, at, now.node) else { return Ok(()) };
    let What::State(candidate) = &trace.rows[asked_at].what else { return Ok(()) };
    let pre_vote = candidate.standing == Standing::Prospective;
    let answers: Vec<(u16, Answers)> = (0..trace.voters)
        .filter(|voter| *voter != candidate.node)
        .map(|voter| (voter, answers(trace, candidate, voter, (asked_at, at))))
        .collect();
    let majority = usize::from(trace.voters / 2 + 1);
    let possible = 1 + answers.iter().filter(|(_, answers)| answers.yes).count();
    let certain = 1 + answers.iter().filter(|(_, answers)| answers.yes && !answers.no).count();
    let what = if pre_vote { "pre-vote" } else { "vote" };
    let (node, epoch) = (candidate.node, candidate.epoch);
    match outcome(trace, asked_at, at, candidate, now) {
        Some(true) if possible < majority => {
            Err(format!("node {node} won the {what} of epoch {epoch}; here only {possible} grant"))
        }
        Some(false) if certain >= majority => {
            Err(format!("node {node} lost the {what} of epoch {epoch}; here {certain} grant"))
        }
        _ if pre_vote => Ok(()),
        _ => given(trace, asked_at, candidate, &answers),
    }
}

/// The row in which this node began the election that it was in before a row.
fn election_before(trace: &Trace, at: usize, node: u16) -> Option<usize> {
    let before = trace.rows[..at].iter().rposition(|row| match &row.what {
        What::State(state) => state.node == node,
        What::Fault(_, nodes) => nodes.contains(&node),
        _ => false,
    })?;
    let What::State(state) = &trace.rows[before].what else { return None };
    matches!(state.standing, Standing::Prospective | Standing::Candidate).then_some(before)
}

/// Won, lost by refusals, or neither: broken off by a newer epoch, or by time.
fn outcome(trace: &Trace, from: usize, to: usize, candidate: &State, now: &State) -> Option<bool> {
    let in_time = trace.rows[to].at - trace.rows[from].at < trace.election_timeout;
    match (candidate.standing, now.standing) {
        (Standing::Prospective, Standing::Candidate) => Some(true),
        (Standing::Candidate, Standing::Leader) => Some(true),
        _ if now.epoch > candidate.epoch || !in_time => None,
        (Standing::Prospective, Standing::Unattached | Standing::Follower) => {
            // Also the way of one that learns of a leader.
            (now.leader == candidate.leader).then_some(false)
        }
        (Standing::Candidate, Standing::Prospective) => Some(false),
        _ => None,
    }
}

/// What our program answers for a voter in every state that it was in while the question was out.
fn answers(trace: &Trace, candidate: &State, voter: u16, (from, to): (usize, usize)) -> Answers {
    let until = (trace.rows[from].at + DELIVERED).max(trace.rows[to].at);
    let mut answers = Answers::default();
    if is_cut(trace, from, candidate.node) || is_cut(trace, from, voter) {
        answers.no = true;
    }
    let mut state = trace.before(from, voter);
    let mut down = is_down(trace, from, voter);
    for row in &trace.rows[from..] {
        if row.at > until {
            break;
        }
        match &row.what {
            What::State(next) if next.node == voter => {
                ask(trace, candidate, state.filter(|_| !down), next.end, &mut answers);
                (state, down) = (Some(next), false);
            }
            What::Fault(_, nodes) if nodes.contains(&voter) || nodes.contains(&candidate.node) => {
                answers.no = true;
                down |= matches!(row.what, What::Fault(Fault::Kill, _));
            }
            _ => {}
        }
    }
    let end = state.map_or(0, |state| later_end(trace, from, state, voter));
    ask(trace, candidate, state.filter(|_| !down), end, &mut answers);
    answers
}

/// How long a voter's log can have been while it was in its last state of the window.
fn later_end(trace: &Trace, from: usize, state: &State, voter: u16) -> Offset {
    let later = trace.rows[from..].iter().find_map(|row| match &row.what {
        What::State(next) if next.node == voter && !std::ptr::eq(next, state) => Some(next.end),
        _ => None,
    });
    later.unwrap_or(state.end).max(state.end)
}

fn ask(
    trace: &Trace,
    candidate: &State,
    state: Option<&State>,
    later_end: Offset,
    answers: &mut Answers,
) {
    let Some(state) = state else {
        answers.no = true;
        return;
    };
    let (low, high) = state.last_epoch;
    let high = match state.standing {
        Standing::Follower | Standing::Leader if later_end > state.end => high.max(state.epoch),
        _ => high,
    };
    // The shortest log that it can have had, asked by the longest, and the other way round.
    for (own, end, theirs) in
        [(low, state.end, candidate.last_epoch.1), (high, later_end, candidate.last_epoch.0)]
    {
        for fetched in [false, true] {
            let place = state.place(own, end, fetched);
            let mut desk = Desk::placed(&trace.rig, node_id(state.node), &place);
            let node = node_id(candidate.node);
            let pre_vote = candidate.standing == Standing::Prospective;
            let vote = Vote {
                epoch: candidate.epoch,
                last_epoch: theirs,
                end: candidate.end,
                pre_vote,
                candidate: voter(node),
                voter: Some(voter(node_id(state.node))),
            };
            desk.request(node, Request::Vote(Box::new(vote)));
            match desk.answers.last() {
                Some((_, Reply::Vote { granted: true, .. })) => answers.yes = true,
                _ => answers.no = true,
            }
        }
    }
}

/// A vote that our program gives for certain must stand in the trace.
fn given(
    trace: &Trace,
    from: usize,
    candidate: &State,
    answers: &[(u16, Answers)],
) -> Result<(), String> {
    for (voter, answers) in answers.iter().filter(|(_, answers)| answers.yes) {
        let shows = trace.rows[from..].iter().any(|row| match &row.what {
            What::State(state) => {
                state.node == *voter
                    && state.epoch == candidate.epoch
                    && state.voted == Some(candidate.node)
            }
            _ => false,
        });
        if !answers.no && !shows {
            let (node, epoch) = (candidate.node, candidate.epoch);
            return Err(format!(
                "here {voter} votes for {node} in epoch {epoch}; there it does not"
            ));
        }
    }
    Ok(())
}

/// Whether something of this node's traffic may be dropped at a row.
fn is_cut(trace: &Trace, at: usize, node: u16) -> bool {
    let last = trace.rows[..at].iter().rev().find_map(|row| match &row.what {
        What::Fault(fault @ (Fault::Isolate | Fault::CutSome | Fault::Rejoin), nodes) => {
            nodes.contains(&node).then_some(*fault)
        }
        _ => None,
    });
    matches!(last, Some(Fault::Isolate | Fault::CutSome))
}

fn is_down(trace: &Trace, at: usize, node: u16) -> bool {
    let last = trace.rows[..at].iter().rev().find_map(|row| match &row.what {
        What::Fault(fault @ (Fault::Kill | Fault::Start), nodes) => {
            nodes.contains(&node).then_some(*fault)
        }
        _ => None,
    });
    last != Some(Fault::Start)
}
