//! One step further from every row: what would break the promises of Raft is tried on our program,
//! put where the real node stood, and must not succeed. Source: spec B2.2, B2.3, B3.1; J3.

use super::reach::voter;
use super::trace::{State, Trace, What, node_id};
use crate::id::{LeaderEpoch, Offset};
use crate::message::{Reply, Request, Vote};
use crate::quorum::desk::Desk;
use crate::quorum::place::Standing;

pub(super) fn check(trace: &Trace, at: usize) -> Result<(), String> {
    let What::State(now) = &trace.rows[at].what else { return Ok(()) };
    let me = node_id(now.node);
    let place = now.place(now.last_epoch.1, now.end, true);
    let here = Desk::placed(&trace.rig, me, &place);
    let after_restart = Desk::restarted(&trace.rig, me, &place);
    if after_restart.quorum.is_leader() && trace.voters > 1 {
        return Err("a node that starts again still leads".to_owned());
    }
    let other = (0..trace.voters).find(|node| *node != now.node && Some(*node) != now.voted);
    let Some(other) = other else { return Ok(()) };
    let spent = now.voted.is_some()
        || matches!(now.standing, Standing::Leader | Standing::Resigned | Standing::Follower);
    for desk in [here, after_restart] {
        let what = desk.quorum.standing();
        let longest = (now.epoch.saturating_sub(1), Offset::MAX);
        if spent && now.epoch > 0 && votes(desk.clone(), now, other, now.epoch, longest) {
            return Err(format!("as {what:?} it votes once more in epoch {}", now.epoch));
        }
        let shorter = (now.last_epoch.1, now.end.saturating_sub(1));
        if now.end > 0 && votes(desk, now, other, now.epoch + 1, shorter) {
            return Err(format!("as {what:?} it votes for a shorter log"));
        }
    }
    Ok(())
}

/// Whether it votes for this candidate with this log.
fn votes(
    mut desk: Desk,
    now: &State,
    candidate: u16,
    epoch: LeaderEpoch,
    (last_epoch, end): (LeaderEpoch, Offset),
) -> bool {
    let candidate = node_id(candidate);
    desk.request(
        candidate,
        Request::Vote(Box::new(Vote {
            epoch,
            last_epoch: last_epoch.max(desk.quorum.last_epoch()),
            end,
            pre_vote: false,
            candidate: voter(candidate),
            voter: Some(voter(node_id(now.node))),
        })),
    );
    matches!(desk.answers.last(), Some((_, Reply::Vote { granted: true, .. })))
}
