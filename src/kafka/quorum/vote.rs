//! Elections of the metadata quorum: pre-vote, vote, and winning. Source: spec B2, B3; KIP-996.

use super::{Ballot, Leading, Purpose, Quorum, Role};
use crate::fact::Fact;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::image::MetaRecord;
use crate::message::{QuorumHint, Reply, Request, Vote};
use crate::node::{Out, Timer};
use crate::rpc::reply;
use kernel::{NodeId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The leader resigns when no majority fetched for this many tenths of the fetch timeout.
/// Source: `CHECK_QUORUM_TIMEOUT_FACTOR` 1.5.
const CHECK_QUORUM_TENTHS: u64 = 15;

impl Quorum {
    pub(super) fn on_election_timeout(&mut self, out: &mut Out<'_>) {
        match self.role {
            Role::Unattached | Role::Candidate(_) => self.campaign(out),
            Role::Prospective(_) => self.fall_back(out),
            Role::Resigned => self.unattached(self.epoch + 1, out),
            Role::Leader(_) | Role::Follower => {}
        }
    }

    /// Asks for the leadership: with pre-vote first whether it would get it.
    pub(super) fn campaign(&mut self, out: &mut Out<'_>) {
        if self.profile.pre_vote { self.prospect(out) } else { self.stand(out) }
    }

    fn prospect(&mut self, out: &mut Out<'_>) {
        self.leave_role(out);
        self.role = Role::Prospective(self.own_ballot());
        self.say_role(out);
        self.set_election_timer(out);
        self.ask_votes(true, out);
        self.count(out);
    }

    /// Raises the epoch, votes for itself, asks the others.
    pub(super) fn stand(&mut self, out: &mut Out<'_>) {
        self.leave_role(out);
        self.enter_epoch(self.epoch + 1);
        self.voted = Some(self.me);
        self.role = Role::Candidate(self.own_ballot());
        self.persist(out);
        self.say_role(out);
        self.set_election_timer(out);
        self.ask_votes(false, out);
        self.count(out);
    }

    /// A prospective candidate that would not win: back to the leader it knew, if any.
    fn fall_back(&mut self, out: &mut Out<'_>) {
        match self.leader {
            Some(leader) => self.follow(leader, self.epoch, out),
            None => self.unattached(self.epoch, out),
        }
    }

    fn own_ballot(&self) -> Ballot {
        Ballot { granted: BTreeSet::from([self.me]), refused: BTreeSet::new() }
    }

    fn ask_votes(&mut self, pre_vote: bool, out: &mut Out<'_>) {
        for peer in self.others() {
            self.ask_vote(peer, pre_vote, out);
        }
    }

    fn ask_vote(&mut self, peer: NodeId, pre_vote: bool, out: &mut Out<'_>) {
        let vote =
            Vote { epoch: self.epoch, last_epoch: self.last_epoch(), end: self.end(), pre_vote };
        let purpose = Purpose::Vote { epoch: self.epoch, pre_vote };
        let timeout = self.settings.quorum_request_timeout;
        self.calls.send(peer, Request::Vote(vote), timeout, purpose, out);
    }

    pub(super) fn on_vote(
        &mut self,
        from: NodeId,
        correlation: u32,
        vote: &Vote,
        out: &mut Out<'_>,
    ) {
        if vote.epoch < self.epoch {
            let error = Some(ErrorCode::FencedLeaderEpoch);
            self.answer_vote(from, correlation, vote, false, error, out);
            return;
        }
        if vote.epoch > self.epoch {
            self.unattached(vote.epoch, out);
        }
        let fresh = (vote.last_epoch, vote.end) >= (self.last_epoch(), self.end());
        let granted = fresh && self.may_grant(from, vote.pre_vote);
        if granted && !vote.pre_vote {
            self.voted = Some(from);
            self.persist(out);
            self.set_election_timer(out);
        }
        self.answer_vote(from, correlation, vote, granted, None, out);
    }

    /// Source: spec B3.1 and B3.2.
    fn may_grant(&self, candidate: NodeId, pre_vote: bool) -> bool {
        if pre_vote {
            return match self.role {
                Role::Unattached | Role::Prospective(_) | Role::Candidate(_) => true,
                Role::Follower => !self.fetched,
                Role::Leader(_) | Role::Resigned => false,
            };
        }
        match (&self.role, self.voted) {
            (Role::Unattached | Role::Prospective(_), Some(voted)) => voted == candidate,
            (Role::Unattached | Role::Prospective(_), None) => self.leader.is_none(),
            _ => false,
        }
    }

    fn answer_vote(
        &self,
        from: NodeId,
        correlation: u32,
        vote: &Vote,
        granted: bool,
        error: Option<ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let (epoch, pre_vote) = (vote.epoch, vote.pre_vote);
        out.note(Fact::VoteAnswered { candidate: from, epoch, granted, pre_vote });
        let body = Reply::Vote { granted, pre_vote, hint: self.hint(), error };
        reply(from, correlation, body, out);
    }

    pub(super) fn on_vote_reply(
        &mut self,
        from: NodeId,
        epoch: LeaderEpoch,
        pre_vote: bool,
        granted: bool,
        hint: QuorumHint,
        out: &mut Out<'_>,
    ) {
        if hint.epoch > self.epoch {
            self.heed(hint, out);
            return;
        }
        if epoch != self.epoch {
            return;
        }
        match &mut self.role {
            Role::Prospective(ballot) if pre_vote => ballot.put(from, granted),
            Role::Candidate(ballot) if !pre_vote => ballot.put(from, granted),
            _ => return,
        }
        self.count(out);
    }

    fn count(&mut self, out: &mut Out<'_>) {
        let (majority, voters) = (self.majority(), self.voters.len());
        let lost = |ballot: &Ballot| ballot.refused.len() > voters - majority;
        match &self.role {
            Role::Prospective(ballot) if ballot.granted.len() >= majority => self.stand(out),
            Role::Prospective(ballot) if lost(ballot) => self.fall_back(out),
            Role::Candidate(ballot) if ballot.granted.len() >= majority => {
                let votes = ballot.granted.iter().copied().collect();
                self.win(votes, out);
            }
            // Source: `pollCandidate`: a rejected candidate asks again without raising the epoch.
            Role::Candidate(ballot) if lost(ballot) && self.profile.pre_vote => self.prospect(out),
            _ => {}
        }
    }

    fn win(&mut self, votes: Vec<NodeId>, out: &mut Out<'_>) {
        self.leave_role(out);
        let ends: BTreeMap<NodeId, Offset> =
            self.others().into_iter().map(|voter| (voter, 0)).collect();
        self.leader = Some(self.me);
        self.role = Role::Leader(Box::new(Leading {
            start: self.end(),
            ends,
            heard: BTreeSet::new(),
            joined: BTreeSet::new(),
            batch: vec![MetaRecord::LeaderChange { leader: self.me }],
            parked: Vec::new(),
        }));
        self.persist(out);
        out.note(Fact::QuorumElected { epoch: self.epoch, votes });
        self.append_batch(out);
        self.announce(out);
        if self.voters.len() > 1 {
            out.set(Timer::CheckQuorum, self.check_quorum_timeout());
        }
    }

    pub(super) fn check_quorum_timeout(&self) -> Span {
        Span(self.settings.quorum_fetch_timeout.0 * CHECK_QUORUM_TENTHS / 10)
    }

    /// Tells voters that have not fetched yet who leads; again every half fetch timeout.
    pub(super) fn announce(&mut self, out: &mut Out<'_>) {
        let Role::Leader(leading) = &self.role else { return };
        let absent: Vec<NodeId> =
            leading.ends.keys().copied().filter(|node| !leading.joined.contains(node)).collect();
        for peer in absent {
            let body = Request::BeginQuorumEpoch { epoch: self.epoch, leader: self.me };
            self.calls.send(peer, body, self.settings.quorum_request_timeout, Purpose::Begin, out);
        }
        out.set(Timer::BeginQuorum, Span(self.settings.quorum_fetch_timeout.0 / 2));
    }
}

impl Ballot {
    fn put(&mut self, from: NodeId, granted: bool) {
        if granted {
            self.granted.insert(from);
        } else {
            self.refused.insert(from);
        }
    }
}
