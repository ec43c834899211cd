//! What a node is in the quorum, and the ways from one role to another.
//!
//! The table of transitions is here; who may vote for whom, and what is committed, is not.
//! Source: spec B2; `QuorumState`; KIP-996 for `Prospective`.

use super::{Leading, Purpose, Quorum, Voter};
use crate::fact::{Fact, Resigned};
use crate::guard::Guard;
use crate::id::{ErrorCode, LeaderEpoch};
use crate::message::{QuorumHint, Reply, Request};
use crate::node::{File, Out, Timer};
use crate::rpc::reply;
use kernel::{NodeId, SortedSet, Span};

/// How late a raft thread may notice that a timeout has run out. In the recorded run of 4.1.2 two
/// voters noticed the same silence 13 ms apart.
const RAFT_POLL: Span = Span::millis(20);
/// How long a voter that stops waits for another leader. Source: `KafkaRaftManager.shutdown`.
const SHUTDOWN_LIMIT: Span = Span::secs(5);

/// What this node is in the quorum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Unattached,
    /// Asking whether it would win, without raising the epoch.
    Prospective(Ballot),
    Candidate(Ballot),
    Leader(Box<Leading>),
    Follower,
    /// Gave up its leadership; may not vote for others in the same epoch.
    Resigned(Resigning),
}

/// What a leader that has resigned still has to say, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resigning {
    untold: Vec<NodeId>,
    successors: Vec<NodeId>,
}

/// The votes of one election. Source: `EpochElection`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ballot {
    pub granted: SortedSet<NodeId>,
    pub refused: SortedSet<NodeId>,
    /// Which attempt in a row this is, from 1.
    pub attempt: u32,
    /// It has lost, and waits before it stands again (before pre-vote).
    pub backing_off: bool,
}

impl Ballot {
    pub(super) fn put(&mut self, from: NodeId, granted: bool) {
        if granted {
            self.granted.insert(from);
        } else {
            self.refused.insert(from);
        }
    }

    #[must_use]
    pub(super) fn has_answer_of(&self, node: NodeId) -> bool {
        self.granted.contains(&node) || self.refused.contains(&node)
    }
}

impl Quorum {
    /// The role that follows from what was on disk. Source: spec B2.2; `QuorumState.initialize`.
    pub(super) fn resume(&mut self, out: &mut Out<'_>) {
        if self.is_voter() && self.log.end() > self.log.start() {
            out.flush(File::Metadata);
        }
        if self.leader == Some(self.me) {
            if self.profile.on(Guard::ResignedAfterRestart) {
                self.take_resigned(out);
            } else {
                self.lead(Vec::new(), out);
            }
        } else if self.is_voter() && self.voted.is_some_and(|voter| voter.node == self.me) {
            self.candidate(1, out);
        } else if let Some(leader) = self.leader {
            self.follow(leader, self.epoch, out);
        } else {
            self.unattached(self.epoch, out);
        }
        if let ([only], false) = (self.voters.set(), self.is_leader())
            && only.node == self.me
        {
            self.campaign(out);
        }
    }

    pub(super) fn on_election_timeout(&mut self, out: &mut Out<'_>) {
        let resigned = matches!(self.role, Role::Resigned(_));
        if self.shutting_down || !(resigned || self.is_voter()) {
            return;
        }
        match &self.role {
            // It was removed from the voters: from here on it looks for a leader to observe.
            Role::Resigned(_) if !self.is_voter() => self.unattached(self.epoch + 1, out),
            Role::Unattached => self.campaign(out),
            Role::Prospective(_) => {
                self.fall_back(out);
                if matches!(self.role, Role::Unattached) {
                    // Nothing is left of its time: it asks again at once.
                    // Source: `ProspectiveState.remainingElectionTimeMs`.
                    out.set(Timer::Election, Span::ZERO);
                }
            }
            Role::Candidate(ballot) if self.profile.pre_vote => {
                let attempt = ballot.attempt + 1;
                self.prospect(attempt, out);
            }
            Role::Candidate(ballot) if ballot.backing_off => {
                let attempt = ballot.attempt + 1;
                self.stand(attempt, out);
            }
            Role::Candidate(_) => self.back_off(out),
            // Source: `pollResigned`: with pre-vote it raises the epoch without standing in it.
            Role::Resigned(_) if self.profile.pre_vote => {
                self.unattached(self.epoch + 1, out);
                out.set(Timer::Election, Span::ZERO);
            }
            Role::Resigned(_) => self.stand(1, out),
            Role::Leader(_) | Role::Follower => {}
        }
    }

    /// Asks for the leadership: with pre-vote first whether it would get it.
    pub(super) fn campaign(&mut self, out: &mut Out<'_>) {
        if self.profile.pre_vote { self.prospect(1, out) } else { self.stand(1, out) }
    }

    pub(super) fn prospect(&mut self, attempt: u32, out: &mut Out<'_>) {
        self.leave_role(out);
        self.role = Role::Prospective(self.own_ballot(attempt));
        self.say_role(out);
        self.set_election_timer(out);
        self.ask_votes(out);
        self.count(out);
    }

    /// Raises the epoch, votes for itself, asks the others.
    pub(super) fn stand(&mut self, attempt: u32, out: &mut Out<'_>) {
        self.enter_epoch(self.epoch + 1);
        self.voted = Some(self.myself());
        self.candidate(attempt, out);
    }

    fn candidate(&mut self, attempt: u32, out: &mut Out<'_>) {
        self.leave_role(out);
        self.role = Role::Candidate(self.own_ballot(attempt));
        self.persist(out);
        self.say_role(out);
        self.set_election_timer(out);
        self.ask_votes(out);
        self.count(out);
    }

    fn own_ballot(&self, attempt: u32) -> Ballot {
        let granted = SortedSet::from_iter([self.me]);
        Ballot { granted, refused: SortedSet::new(), attempt, backing_off: false }
    }

    /// A candidate that has lost waits a while, still in its epoch (before pre-vote).
    /// Source: spec B2.4; `binaryExponentialElectionBackoffMs`.
    pub(super) fn back_off(&mut self, out: &mut Out<'_>) {
        let Role::Candidate(ballot) = &mut self.role else { return };
        ballot.backing_off = true;
        let steps = out.draw("election-backoff", 2 << (ballot.attempt - 1).min(20));
        let wait = Span::millis(100 * steps).min(self.settings.quorum_election_backoff_max);
        out.set(Timer::Election, wait);
    }

    /// A prospective candidate that would not win: back to the leader it knew, if any.
    pub(super) fn fall_back(&mut self, out: &mut Out<'_>) {
        match self.leader {
            Some(leader) => self.follow(leader, self.epoch, out),
            None => self.unattached(self.epoch, out),
        }
    }

    pub(super) fn unattached(&mut self, epoch: LeaderEpoch, out: &mut Out<'_>) {
        // Who waits for an election to time out goes on waiting, not from the beginning.
        // Source: `QuorumState.transitionToUnattached`.
        let waits_on = match &self.role {
            Role::Candidate(_) | Role::Resigned(_) => true,
            Role::Unattached => epoch > self.epoch,
            Role::Prospective(ballot) => !self.is_lost(ballot),
            Role::Leader(_) | Role::Follower => false,
        };
        self.leave_role_but_timer(out);
        self.enter_epoch(epoch);
        self.role = Role::Unattached;
        self.persist(out);
        if !self.is_voter() {
            out.cancel(Timer::Election);
        } else if !waits_on {
            self.set_election_timer(out);
        }
        self.say_role(out);
        if !self.is_voter() || self.profile.dynamic_voters {
            self.fetch_on(out);
        }
    }

    pub(super) fn follow(&mut self, leader: NodeId, epoch: LeaderEpoch, out: &mut Out<'_>) {
        self.leave_role(out);
        self.enter_epoch(epoch);
        self.leader = Some(leader);
        self.role = Role::Follower;
        (self.fetched, self.silent) = (false, false);
        self.persist(out);
        out.note(Fact::QuorumFollows { leader, epoch });
        self.poll_lag = Span(out.draw("raft-poll", RAFT_POLL.0));
        self.set_fetch_timer(out);
        self.fetch_on(out);
        if self.shutting_down {
            out.exit();
        }
    }

    /// Gives up the leadership.
    pub fn resign(&mut self, why: Resigned, out: &mut Out<'_>) {
        if self.is_leader() {
            out.note(Fact::QuorumResigned { epoch: self.epoch, why });
            self.take_resigned(out);
        }
    }

    fn take_resigned(&mut self, out: &mut Out<'_>) {
        let resigning = Resigning { untold: self.peers().collect(), successors: self.successors() };
        self.leave_role(out);
        self.role = Role::Resigned(resigning);
        self.leader = Some(self.me);
        self.say_role(out);
        self.set_election_timer(out);
        self.say_end(out);
    }

    /// The process is to stop in good order: a leader hands over first, and a voter without a
    /// leader waits for one. Source: `KafkaRaftClient.maybeCompleteShutdown`.
    pub fn shut_down(&mut self, out: &mut Out<'_>) {
        self.shutting_down = true;
        let alone = self.peers().next().is_none();
        let led = self.leader.is_some_and(|leader| leader != self.me);
        if alone || led || !self.is_voter() {
            out.exit();
            return;
        }
        self.resign(Resigned::Stopping, out);
        out.set(Timer::QuorumShutdown, SHUTDOWN_LIMIT);
    }

    /// Leaves the present role: its timers stop, its requests are forgotten.
    pub(super) fn leave_role(&mut self, out: &mut Out<'_>) {
        out.cancel(Timer::Election);
        self.leave_role_but_timer(out);
    }

    fn leave_role_but_timer(&mut self, out: &mut Out<'_>) {
        for timer in [Timer::QuorumFetchTimeout, Timer::QuorumRetry] {
            out.cancel(timer);
        }
        self.calls.clear(out);
        let Role::Leader(leading) = &mut self.role else { return };
        for timer in
            [Timer::CheckQuorum, Timer::BeginQuorum, Timer::AppendLinger, Timer::QuorumParked]
        {
            out.cancel(timer);
        }
        let hint = QuorumHint { epoch: self.epoch, leader: None };
        for fetch in leading.take_parked() {
            let result = Err(ErrorCode::NotLeaderOrFollower);
            reply(fetch.from, fetch.correlation, Reply::QuorumFetch { hint, result }, out);
        }
    }

    /// A vote and a leader belong to their epoch. Source: spec B2.3.
    fn enter_epoch(&mut self, epoch: LeaderEpoch) {
        if epoch > self.epoch {
            self.epoch = epoch;
            (self.voted, self.leader) = (None, None);
        }
    }

    pub(super) fn myself(&self) -> Voter {
        let directory = self.profile.reconfigures().then_some(self.directory);
        Voter { node: self.me, directory }
    }

    fn say_role(&self, out: &mut Out<'_>) {
        if self.is_voter() {
            out.note(Fact::QuorumRole { role: self.role_name(), epoch: self.epoch });
        }
    }

    /// E plus a random part of E. Source: spec B2.1; `randomElectionTimeoutMs`.
    pub(super) fn set_election_timer(&self, out: &mut Out<'_>) {
        if self.is_voter() || matches!(self.role, Role::Resigned(_)) {
            let base = self.settings.quorum_election_timeout;
            let more = Span(out.draw("election-timeout", base.0));
            out.set(Timer::Election, base + more);
        }
    }

    /// F without jitter, as configured; but the raft thread notices only when it next polls.
    pub(super) fn set_fetch_timer(&self, out: &mut Out<'_>) {
        out.set(Timer::QuorumFetchTimeout, self.settings.quorum_fetch_timeout + self.poll_lag);
    }

    // ---- what a leader says when it begins and when it ends ----

    pub(super) fn on_begin(
        &mut self,
        epoch: LeaderEpoch,
        leader: NodeId,
        voter: Option<Voter>,
        out: &mut Out<'_>,
    ) -> Option<ErrorCode> {
        if self.is_old(epoch) {
            return Some(ErrorCode::FencedLeaderEpoch);
        }
        self.heed(QuorumHint { epoch: epoch.max(self.epoch), leader: Some(leader) }, out);
        self.is_meant(voter).err()
    }

    /// Whether a request for a voter is for this one. Source: KIP-853; `isValidVoterKey`.
    pub(super) fn is_meant(&self, voter: Option<Voter>) -> Result<(), ErrorCode> {
        match voter {
            Some(voter) if !voter.is(self.me, self.directory) => Err(ErrorCode::InvalidVoterKey),
            _ => Ok(()),
        }
    }

    /// The leader resigned: the first of its successors stands at once, the others a little later.
    pub(super) fn on_end(
        &mut self,
        epoch: LeaderEpoch,
        leader: NodeId,
        successors: &[NodeId],
        out: &mut Out<'_>,
    ) -> Option<ErrorCode> {
        if self.is_old(epoch) {
            return Some(ErrorCode::FencedLeaderEpoch);
        }
        self.heed(QuorumHint { epoch: epoch.max(self.epoch), leader: Some(leader) }, out);
        if matches!(self.role, Role::Follower) && self.leader == Some(leader) && self.is_voter() {
            let max = self.settings.quorum_election_backoff_max;
            let place = successors.iter().position(|node| *node == self.me);
            let wait = super::rules::succession_backoff(place, successors.len(), max);
            out.set(Timer::QuorumFetchTimeout, wait);
        }
        None
    }

    /// Tells voters that have not heard it yet that this leader has resigned.
    pub(super) fn say_end(&mut self, out: &mut Out<'_>) {
        let (epoch, leader, timeout) = (self.epoch, self.me, self.request_timeout());
        let Role::Resigned(Resigning { untold, successors }) = &self.role else { return };
        for peer in untold {
            if !self.calls.iter().any(|call| call.to == *peer && call.what == Purpose::End) {
                let successors = successors.clone();
                let body = Request::EndQuorumEpoch { epoch, leader, successors };
                self.calls.send(*peer, body, timeout, Purpose::End, out);
            }
        }
    }

    pub(super) fn end_was_heard(&mut self, by: NodeId) {
        if let Role::Resigned(resigning) = &mut self.role {
            resigning.untold.retain(|node| *node != by);
        }
    }
}
