//! Votes: who may give one to whom, and who has won. Source: spec B3.1, B3.2; KIP-595, KIP-996.

use super::rules::{is_lost, majority};
use super::{Ballot, Purpose, Quorum, Role, Voter};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::{ErrorCode, LeaderEpoch};
use crate::message::{Reply, Request, Vote};
use crate::node::Out;
use crate::rpc::reply;
use kernel::NodeId;

impl Quorum {
    /// Asks every voter that has not answered in this election and is not being asked.
    pub(super) fn ask_votes(&mut self, out: &mut Out<'_>) {
        let (Role::Prospective(ballot) | Role::Candidate(ballot)) = &self.role else { return };
        let pre_vote = matches!(self.role, Role::Prospective(_));
        let purpose = Purpose::Vote { epoch: self.epoch, pre_vote };
        let absent = self.voters.set().iter().filter(|voter| {
            let node = voter.node;
            node != self.me && !ballot.has_answer_of(node) && !self.is_asking(node, purpose)
        });
        let absent: Vec<Voter> = absent.copied().collect();
        for voter in absent {
            let vote = Vote {
                epoch: self.epoch,
                last_epoch: self.log.last_epoch(),
                end: self.log.end(),
                pre_vote,
                candidate: self.myself(),
                voter: Some(voter),
            };
            self.calls.send(
                voter.node,
                Request::Vote(Box::new(vote)),
                self.request_timeout(),
                purpose,
                out,
            );
        }
    }

    pub(super) fn on_vote(
        &mut self,
        from: NodeId,
        correlation: u32,
        vote: &Vote,
        out: &mut Out<'_>,
    ) {
        if self.is_old(vote.epoch) {
            let error = Some(ErrorCode::FencedLeaderEpoch);
            self.answer_vote(from, correlation, vote, false, error, out);
            return;
        }
        if vote.epoch > self.epoch {
            self.unattached(vote.epoch, out);
        }
        if let Err(error) = self.is_meant(vote.voter) {
            self.answer_vote(from, correlation, vote, false, Some(error), out);
            return;
        }
        let granted = self.may_grant(vote);
        if granted && !vote.pre_vote {
            self.give_vote(vote.candidate, out);
        }
        self.answer_vote(from, correlation, vote, granted, None, out);
    }

    /// Source: spec B3.1 and B3.2; `canGrantVote` of each state.
    fn may_grant(&self, vote: &Vote) -> bool {
        let own = (self.log.last_epoch(), self.log.end());
        let up_to_date = (vote.last_epoch, vote.end) >= own;
        if !up_to_date && self.profile.on(Guard::VoteUpToDate) {
            return false;
        }
        match &self.role {
            Role::Unattached | Role::Prospective(_) if vote.pre_vote => true,
            Role::Unattached | Role::Prospective(_) => match self.voted {
                Some(voted) if self.profile.on(Guard::OneVote) => voted == vote.candidate,
                _ => self.leader.is_none(),
            },
            Role::Candidate(_) => vote.pre_vote,
            // Its leader is fine as long as it has heard from it.
            Role::Follower => vote.pre_vote && !self.fetched,
            Role::Leader(_) | Role::Resigned(_) => false,
        }
    }

    /// The vote is on disk before the answer leaves; who has voted waits from the beginning.
    /// Source: spec B2.3; `unattachedAddVotedState`, `prospectiveAddVotedState`.
    fn give_vote(&mut self, candidate: Voter, out: &mut Out<'_>) {
        if self.voted == Some(candidate) {
            return;
        }
        self.voted = Some(candidate);
        if self.profile.on(Guard::DurableVote) {
            self.persist(out);
        }
        match &self.role {
            Role::Prospective(ballot) => {
                let attempt = ballot.attempt;
                self.prospect(attempt, out);
            }
            _ => self.set_election_timer(out),
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

    /// Votes of an election that is over count for nothing.
    pub(super) fn on_vote_reply(
        &mut self,
        from: NodeId,
        epoch: LeaderEpoch,
        pre_vote: bool,
        granted: bool,
        out: &mut Out<'_>,
    ) {
        match &mut self.role {
            _ if epoch != self.epoch => return,
            Role::Prospective(ballot) if pre_vote => ballot.put(from, granted),
            Role::Candidate(ballot) if !pre_vote => ballot.put(from, granted),
            _ => return,
        }
        self.count(out);
    }

    pub(super) fn count(&mut self, out: &mut Out<'_>) {
        let enough = majority(self.voters.set().len());
        match &self.role {
            Role::Prospective(ballot) if ballot.granted.len() >= enough => {
                let attempt = ballot.attempt;
                self.stand(attempt, out);
            }
            Role::Prospective(ballot) if self.is_lost(ballot) => self.fall_back(out),
            Role::Candidate(ballot) if ballot.granted.len() >= enough && !ballot.backing_off => {
                let votes = ballot.granted.iter().copied().collect();
                self.lead(votes, out);
            }
            // Who is refused waits until its time runs out; before there was a pre-vote, for a
            // backoff instead. (Of three candidates in Kafka's own simulation of 4.1.2, refused by
            // a majority within 3 ms, none moved for 1.5 s.) Source: `pollCandidate`.
            Role::Candidate(ballot)
                if self.is_lost(ballot) && !ballot.backing_off && !self.profile.pre_vote =>
            {
                self.back_off(out);
            }
            _ => {}
        }
    }

    pub(super) fn is_lost(&self, ballot: &Ballot) -> bool {
        is_lost(ballot.refused.len(), self.voters.set().len())
    }
}
