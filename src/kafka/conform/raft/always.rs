//! What must hold of every row of a trace, whoever wins.
//! Source: spec J3; `RaftEventSimulationTest`.

use super::trace::{State, Trace, What};
use crate::quorum::place::Standing;

pub(super) fn check(trace: &Trace, at: usize) -> Result<(), String> {
    let What::State(now) = &trace.rows[at].what else { return Ok(()) };
    one_leader(trace, at, now)?;
    one_vote(trace, at, now)?;
    forward(trace, at, now)?;
    complete(trace, at, now)
}

fn states(trace: &Trace, until: usize) -> impl Iterator<Item = &State> {
    trace.rows[..until].iter().filter_map(|row| match &row.what {
        What::State(state) => Some(state),
        _ => None,
    })
}

/// One leader in an epoch, whoever speaks of it.
fn one_leader(trace: &Trace, at: usize, now: &State) -> Result<(), String> {
    let other = |state: &&State| {
        state.epoch == now.epoch
            && state.leader.is_some()
            && now.leader.is_some()
            && state.leader != now.leader
    };
    match states(trace, at).find(other) {
        Some(_) => Err(format!("two leaders in epoch {}", now.epoch)),
        None => Ok(()),
    }
}

/// One vote of a voter in an epoch; a leader's own is no longer told.
fn one_vote(trace: &Trace, at: usize, now: &State) -> Result<(), String> {
    let other = |state: &&State| {
        state.node == now.node
            && state.epoch == now.epoch
            && state.voted.is_some()
            && now.voted.is_some()
            && state.voted != now.voted
    };
    let twice = !trace.loses_disks() && states(trace, at).any(|state| other(&state));
    if twice {
        Err(format!("node {} voted twice in epoch {}", now.node, now.epoch))
    } else {
        Ok(())
    }
}

/// Epochs do not go back; no log ends before what is known to be committed in it.
fn forward(trace: &Trace, at: usize, now: &State) -> Result<(), String> {
    if now.high_watermark > now.end {
        return Err(format!("high watermark {} beyond the end {}", now.high_watermark, now.end));
    }
    let Some(before) = trace.before(at, now.node) else { return Ok(()) };
    let started = !trace.faults_before(at, now.node).is_empty();
    if now.epoch < before.epoch && !(started && trace.loses_disks()) {
        return Err(format!("epoch went back from {} to {}", before.epoch, now.epoch));
    }
    // A new leader does not say what it knew before: it has no high watermark yet.
    let says = |state: &State| !matches!(state.standing, Standing::Leader | Standing::Resigned);
    let kept = !started && says(before) && says(now);
    if kept && now.high_watermark < before.high_watermark {
        return Err(format!("high watermark back from {}", before.high_watermark));
    }
    Ok(())
}

/// Who takes an epoch has everything that anybody knows to be committed.
fn complete(trace: &Trace, at: usize, now: &State) -> Result<(), String> {
    let committed = states(trace, at).map(|state| state.high_watermark).max().unwrap_or(0);
    if now.standing == Standing::Leader && now.end < committed {
        return Err(format!("the leader ends at {}, {committed} was committed", now.end));
    }
    Ok(())
}
