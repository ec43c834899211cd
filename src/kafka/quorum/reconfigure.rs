//! Changes of the set of voters, one at a time. Source: spec B5; KIP-853, `AddVoterHandler`,
//! `RemoveVoterHandler`.

use super::leader::MAX_VOTERS;
use super::{Purpose, Quorum, Role, Voter};
use crate::fact::{Fact, Resigned};
use crate::guard::Guard;
use crate::id::ErrorCode;
use crate::image::MetaRecord;
use crate::message::Request;
use crate::node::Out;
use kernel::{Instant, Span};
use std::rc::Rc;

/// Who has been caught up and has fetched within this time is near enough to vote.
/// Source: `LeaderState.isReplicaCaughtUp`.
const CAUGHT_UP_WITHIN: Span = Span::secs(3_600);

impl Quorum {
    /// Begins to add a voter: first it is asked whether it is there.
    pub fn add_voter(&mut self, voter: Voter, out: &mut Out<'_>) {
        let set = self.voters.set();
        let known = set.iter().any(|other| other.node == voter.node);
        let refused = match self.change_error() {
            Some(error) => Some(error),
            None if known => Some(ErrorCode::DuplicateVoter),
            None if set.len() >= MAX_VOTERS => Some(ErrorCode::InvalidRequest),
            None => None,
        };
        match (refused, &mut self.role) {
            (None, Role::Leader(leading)) => {
                leading.adding = Some(voter);
                let timeout = self.settings.quorum_request_timeout;
                let body = Request::ApiVersions;
                self.calls.send(voter.node, body, timeout, Purpose::ApiVersions, out);
            }
            (error, _) => refuse(voter, error.unwrap_or(ErrorCode::NotLeaderOrFollower), out),
        }
    }

    /// The voter has answered, or has not: it must also have the log.
    pub(super) fn add_known_voter(&mut self, answered: bool, out: &mut Out<'_>) {
        let Role::Leader(leading) = &mut self.role else { return };
        let Some(voter) = leading.adding.take() else { return };
        if !answered || !is_caught_up(leading, voter, out.now()) {
            refuse(voter, ErrorCode::RequestTimedOut, out);
            return;
        }
        let set = self.voters.set().iter().copied().chain([voter]).collect();
        self.change_voters(voter, set, out);
    }

    pub fn remove_voter(&mut self, voter: Voter, out: &mut Out<'_>) {
        let set = self.voters.set();
        let rest: Rc<[Voter]> = set.iter().copied().filter(|other| *other != voter).collect();
        match self.change_error() {
            Some(error) => refuse(voter, error, out),
            None if rest.len() == set.len() || rest.is_empty() => {
                refuse(voter, ErrorCode::VoterNotFound, out);
            }
            None => self.change_voters(voter, rest, out),
        }
    }

    /// What keeps the set of voters from being changed now.
    fn change_error(&self) -> Option<ErrorCode> {
        let Role::Leader(leading) = &self.role else { return Some(ErrorCode::NotLeaderOrFollower) };
        let Some(committed) = leading.high_watermark else {
            return Some(ErrorCode::RequestTimedOut);
        };
        if !self.profile.reconfigures() {
            return Some(ErrorCode::UnsupportedVersion);
        }
        let pending = leading.adding.is_some()
            || self.voters.latest().0.is_some_and(|offset| offset >= committed);
        (pending && self.profile.on(Guard::OneVoterChange)).then_some(ErrorCode::RequestTimedOut)
    }

    /// The set counts as soon as it is appended, which is at once.
    fn change_voters(&mut self, voter: Voter, set: Rc<[Voter]>, out: &mut Out<'_>) {
        let nodes = set.iter().map(|voter| voter.node).collect();
        out.note(Fact::VotersProposed { voter: voter.node, voters: nodes });
        self.propose(vec![MetaRecord::Voters(set)], out);
        self.append_batch(out);
    }

    /// After the high watermark has moved: a change of the voters may be committed, and a leader
    /// that removed itself goes. Source: `KafkaRaftClient.onUpdateLeaderHighWatermark`.
    pub(super) fn voters_committed(&mut self, out: &mut Out<'_>) {
        let committed = self.voters.latest().0.is_none_or(|offset| offset < self.high_watermark);
        if committed && !self.is_voter() {
            self.resign(Resigned::Removed, out);
        }
    }
}

fn is_caught_up(leading: &super::Leading, voter: Voter, now: Instant) -> bool {
    let recent = |at: Option<Instant>| at.is_some_and(|at| now.since(at) < CAUGHT_UP_WITHIN);
    let known = leading.peers.iter().find(|peer| peer.voter == voter);
    known.is_some_and(|peer| peer.last_caught_up.is_some() && recent(peer.last_fetch))
}

fn refuse(voter: Voter, error: ErrorCode, out: &mut Out<'_>) {
    out.note(Fact::VoterRefused { voter: voter.node, error });
}
