//! The metadata quorum: Kafka's Raft, in which followers fetch. Voters and observers alike.
//!
//! It knows records and offsets, not what the records mean; the controller and the broker read
//! what is committed. Source: spec B; `KafkaRaftClient`, `QuorumState`, `LeaderState`; KIP-595,
//! KIP-996 (pre-vote), KIP-1166 (prompt high watermark).

mod fetch;
mod vote;

use crate::config::{Profile, Settings};
use crate::epoch::EpochCache;
use crate::fact::Fact;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::image::MetaRecord;
use crate::message::{MetaEntry, QUORUM, QuorumHint, Reply, Request};
use crate::node::{DiskRecord, File, Out, Timer};
use crate::rpc::{Calls, Part, reply};
use kernel::{Chunked, Closed, NodeId, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How late a raft thread may notice that a timeout has run out. In the recorded run of 4.1.2 two
/// voters noticed the same silence 13 ms apart.
const RAFT_POLL: Span = Span::millis(20);

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
    Resigned,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ballot {
    pub granted: BTreeSet<NodeId>,
    pub refused: BTreeSet<NodeId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leading {
    /// End of the log when it took the epoch: nothing is committed before more than this is.
    pub start: Offset,
    /// How far each other voter has the log.
    pub ends: BTreeMap<NodeId, Offset>,
    /// Voters that fetched since the check of the quorum was last satisfied.
    heard: BTreeSet<NodeId>,
    /// Voters that have fetched in this epoch.
    joined: BTreeSet<NodeId>,
    /// Records that wait for the linger to pass.
    batch: Vec<MetaRecord>,
    parked: Vec<ParkedFetch>,
}

/// A fetch that waits for records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ParkedFetch {
    from: NodeId,
    correlation: u32,
    offset: Offset,
    high_watermark: Offset,
    ticket: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    Vote { epoch: LeaderEpoch, pre_vote: bool },
    Begin,
    End,
    Fetch,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quorum {
    me: NodeId,
    pub voters: Rc<[NodeId]>,
    profile: Profile,
    settings: Rc<Settings>,
    epoch: LeaderEpoch,
    voted: Option<NodeId>,
    leader: Option<NodeId>,
    pub role: Role,
    log: Chunked<MetaEntry>,
    epochs: EpochCache,
    high_watermark: Offset,
    calls: Calls<Purpose>,
    /// It has fetched from the leader of this epoch.
    fetched: bool,
    next_ticket: u32,
    /// Observers ask the voters in turn while they know no leader.
    next_voter: usize,
}

impl Quorum {
    #[must_use]
    pub fn new(
        me: NodeId,
        voters: Rc<[NodeId]>,
        profile: Profile,
        settings: Rc<Settings>,
    ) -> Quorum {
        Quorum {
            me,
            voters,
            profile,
            settings,
            epoch: 0,
            voted: None,
            leader: None,
            role: Role::Unattached,
            log: Chunked::default(),
            epochs: EpochCache::default(),
            high_watermark: 0,
            calls: Calls::new(Part::Quorum),
            fetched: false,
            next_ticket: 0,
            next_voter: 0,
        }
    }

    /// Begins with the state that was on disk. Source: `QuorumState.initialize`.
    pub fn start(&mut self, durable: &kernel::Durable<'_, crate::node::Node>, out: &mut Out<'_>) {
        self.calls.start(out);
        for record in durable.read(File::Metadata) {
            if let DiskRecord::Metadata(entry) = record {
                self.store(entry.clone());
            }
        }
        let stored = durable.read(File::QuorumState).find_map(|record| match record {
            DiskRecord::QuorumState { epoch, voted, leader } => Some((*epoch, *voted, *leader)),
            _ => None,
        });
        let (epoch, voted, leader) = stored.unwrap_or_default();
        self.epoch = epoch;
        self.voted = voted;
        let log_epoch = self.epochs.latest().unwrap_or(0);
        if !self.is_voter() {
            self.next_voter = out.draw("bootstrap", self.voters.len() as u64) as usize;
            self.look_for_leader(out);
        } else if log_epoch > epoch {
            self.unattached(log_epoch, out);
        } else if leader == Some(self.me) {
            self.role = Role::Resigned;
            self.set_election_timer(out);
            self.say_role(out);
        } else if voted == Some(self.me) {
            self.stand(out);
        } else if let Some(leader) = leader {
            self.follow(leader, epoch, out);
        } else {
            self.unattached(epoch, out);
        }
    }

    #[must_use]
    pub fn is_voter(&self) -> bool {
        self.voters.contains(&self.me)
    }

    #[must_use]
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    #[must_use]
    pub fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    #[must_use]
    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    #[must_use]
    pub fn voted(&self) -> Option<NodeId> {
        self.voted
    }

    #[must_use]
    pub fn end(&self) -> Offset {
        self.log.len() as Offset
    }

    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    #[must_use]
    pub fn entry(&self, offset: Offset) -> Option<&MetaEntry> {
        self.log.get(offset as usize)
    }

    /// Where the leader's epoch began; a leader acts only once this is committed and applied.
    #[must_use]
    pub fn epoch_start(&self) -> Option<Offset> {
        match &self.role {
            Role::Leader(leading) => Some(leading.start),
            _ => None,
        }
    }

    #[must_use]
    pub fn role_name(&self) -> &'static str {
        match self.role {
            Role::Unattached if !self.is_voter() => "observer",
            Role::Follower if !self.is_voter() => "observer",
            Role::Unattached => "unattached",
            Role::Prospective(_) => "prospective",
            Role::Candidate(_) => "candidate",
            Role::Leader(_) => "leader",
            Role::Follower => "follower",
            Role::Resigned => "resigned",
        }
    }

    #[must_use]
    pub fn owns(&self, correlation: u32) -> bool {
        self.calls.owns(correlation)
    }

    // ---- inputs ----

    pub fn request(&mut self, from: NodeId, correlation: u32, body: Request, out: &mut Out<'_>) {
        match body {
            Request::Vote(vote) => self.on_vote(from, correlation, &vote, out),
            Request::BeginQuorumEpoch { epoch, leader } => {
                let error = self.on_begin(epoch, leader, out);
                let body = Reply::BeginQuorumEpoch { hint: self.hint(), error };
                reply(from, correlation, body, out);
            }
            Request::EndQuorumEpoch { epoch, leader, successors } => {
                let error = self.on_end(epoch, leader, &successors, out);
                let body = Reply::EndQuorumEpoch { hint: self.hint(), error };
                reply(from, correlation, body, out);
            }
            Request::QuorumFetch(fetch) => self.on_fetch(from, correlation, &fetch, out),
            _ => {}
        }
    }

    pub fn reply(&mut self, from: NodeId, correlation: u32, body: Reply, out: &mut Out<'_>) {
        let Some(call) = self.calls.answered(correlation) else { return };
        match (body, call.what) {
            (Reply::Vote { granted, hint, error, .. }, Purpose::Vote { epoch, pre_vote }) => {
                self.on_vote_reply(from, epoch, pre_vote, granted && error.is_none(), hint, out);
            }
            (Reply::QuorumFetch { hint, result }, Purpose::Fetch) => {
                self.on_fetched(from, hint, result, out);
            }
            (Reply::BeginQuorumEpoch { hint, .. } | Reply::EndQuorumEpoch { hint, .. }, _) => {
                self.heed(hint, out);
            }
            _ => {}
        }
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Requests(_) => {
                for call in self.calls.expired(out) {
                    self.on_call_failed(call.what, out);
                }
            }
            Timer::Election => self.on_election_timeout(out),
            Timer::QuorumFetchTimeout => self.on_fetch_timeout(out),
            Timer::QuorumRetry => self.fetch_again(out),
            Timer::CheckQuorum => self.resign(true, out),
            Timer::BeginQuorum => self.announce(out),
            Timer::AppendLinger => self.append_batch(out),
            Timer::QuorumParked(ticket) => self.answer_parked(Some(ticket), out),
            _ => {}
        }
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        if let Role::Leader(leading) = &mut self.role
            && closed.from_peer(QUORUM)
        {
            leading.parked.retain(|fetch| fetch.from != peer);
        }
        for call in self.calls.hung_up(peer, closed) {
            self.on_call_failed(call.what, out);
        }
    }

    fn on_call_failed(&mut self, what: Purpose, out: &mut Out<'_>) {
        match what {
            Purpose::Fetch => self.retry_fetch(out),
            // An unanswered vote counts neither way; the next round asks again.
            Purpose::Vote { .. } | Purpose::Begin | Purpose::End => {}
        }
    }

    // ---- epochs and roles ----

    fn hint(&self) -> QuorumHint {
        QuorumHint { epoch: self.epoch, leader: self.leader }
    }

    /// Takes note of a newer epoch, or of the leader of this one.
    fn heed(&mut self, hint: QuorumHint, out: &mut Out<'_>) {
        let news = hint.epoch > self.epoch
            || (hint.epoch == self.epoch && self.leader.is_none() && !self.is_leader());
        match hint.leader {
            Some(leader) if news && leader != self.me => self.follow(leader, hint.epoch, out),
            _ if hint.epoch > self.epoch => self.unattached(hint.epoch, out),
            _ => {}
        }
    }

    fn on_begin(
        &mut self,
        epoch: LeaderEpoch,
        leader: NodeId,
        out: &mut Out<'_>,
    ) -> Option<ErrorCode> {
        if epoch < self.epoch {
            return Some(ErrorCode::FencedLeaderEpoch);
        }
        let known = self.leader == Some(leader) && epoch == self.epoch;
        if !known || !matches!(self.role, Role::Follower) {
            self.follow(leader, epoch, out);
        }
        None
    }

    /// The leader resigned: the first of its successors stands at once, the others a little later.
    /// Source: `endEpochElectionBackoff`.
    fn on_end(
        &mut self,
        epoch: LeaderEpoch,
        leader: NodeId,
        successors: &[NodeId],
        out: &mut Out<'_>,
    ) -> Option<ErrorCode> {
        if epoch < self.epoch {
            return Some(ErrorCode::FencedLeaderEpoch);
        }
        if epoch > self.epoch {
            self.follow(leader, epoch, out);
        }
        if matches!(self.role, Role::Follower) && self.leader == Some(leader) {
            let max = self.settings.quorum_election_backoff_max.0;
            let wait = match successors.iter().position(|node| *node == self.me) {
                Some(0) => 0,
                Some(at) => ((max >> (successors.len() - 1)) << (at - 1)).min(max),
                None => max,
            };
            out.set(Timer::QuorumFetchTimeout, Span(wait));
        }
        None
    }

    fn persist(&self, out: &mut Out<'_>) {
        let leader = self.leader;
        let state = DiskRecord::QuorumState { epoch: self.epoch, voted: self.voted, leader };
        out.replace(File::QuorumState, vec![state]);
    }

    fn say_role(&self, out: &mut Out<'_>) {
        out.note(Fact::QuorumRole { role: self.role_name(), epoch: self.epoch });
    }

    /// Leaves the present role: its timers stop, its requests are forgotten.
    fn leave_role(&mut self, out: &mut Out<'_>) {
        for timer in [
            Timer::Election,
            Timer::QuorumFetchTimeout,
            Timer::QuorumRetry,
            Timer::CheckQuorum,
            Timer::BeginQuorum,
            Timer::AppendLinger,
        ] {
            out.cancel(timer);
        }
        self.calls.clear(out);
        if let Role::Leader(leading) = &mut self.role {
            let parked = std::mem::take(&mut leading.parked);
            for fetch in parked {
                out.cancel(Timer::QuorumParked(fetch.ticket));
                let result = Err(ErrorCode::NotLeaderOrFollower);
                let hint = QuorumHint { epoch: self.epoch, leader: None };
                reply(fetch.from, fetch.correlation, Reply::QuorumFetch { hint, result }, out);
            }
        }
    }

    fn enter_epoch(&mut self, epoch: LeaderEpoch) {
        if epoch > self.epoch {
            self.epoch = epoch;
            self.voted = None;
            self.leader = None;
        }
    }

    fn unattached(&mut self, epoch: LeaderEpoch, out: &mut Out<'_>) {
        self.leave_role(out);
        self.enter_epoch(epoch);
        self.role = Role::Unattached;
        if self.is_voter() {
            self.persist(out);
            self.set_election_timer(out);
            self.say_role(out);
        } else {
            self.look_for_leader(out);
        }
    }

    fn follow(&mut self, leader: NodeId, epoch: LeaderEpoch, out: &mut Out<'_>) {
        self.leave_role(out);
        self.enter_epoch(epoch);
        self.leader = Some(leader);
        self.role = Role::Follower;
        self.fetched = false;
        if self.is_voter() {
            self.persist(out);
        }
        out.note(Fact::QuorumFollows { leader, epoch });
        self.set_fetch_timer(out);
        self.fetch(leader, out);
    }

    /// Gives up the leadership. `alone`: because no majority fetched for too long.
    pub fn resign(&mut self, alone: bool, out: &mut Out<'_>) {
        let Role::Leader(leading) = &self.role else { return };
        let mut successors: Vec<(Offset, NodeId)> =
            leading.ends.iter().map(|(node, end)| (*end, *node)).collect();
        successors.sort_by_key(|(end, node)| (std::cmp::Reverse(*end), *node));
        let successors: Vec<NodeId> = successors.into_iter().map(|(_, node)| node).collect();
        self.leave_role(out);
        self.role = Role::Resigned;
        self.leader = None;
        out.note(Fact::QuorumResigned { epoch: self.epoch, alone });
        for peer in self.others() {
            let body = Request::EndQuorumEpoch {
                epoch: self.epoch,
                leader: self.me,
                successors: successors.clone(),
            };
            self.calls.send(peer, body, self.settings.quorum_request_timeout, Purpose::End, out);
        }
        self.set_election_timer(out);
    }

    fn others(&self) -> Vec<NodeId> {
        self.voters.iter().copied().filter(|voter| *voter != self.me).collect()
    }

    fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    /// E plus a random part of E. Source: `randomElectionTimeoutMs`.
    fn set_election_timer(&self, out: &mut Out<'_>) {
        let base = self.settings.quorum_election_timeout;
        let wait = base + Span(out.draw("election-timeout", base.0));
        out.set(Timer::Election, wait);
    }

    /// F without jitter, as configured; but the raft thread notices only when it next polls.
    fn set_fetch_timer(&self, out: &mut Out<'_>) {
        let noticed = Span(out.draw("raft-poll", RAFT_POLL.0));
        out.set(Timer::QuorumFetchTimeout, self.settings.quorum_fetch_timeout + noticed);
    }

    fn store(&mut self, entry: MetaEntry) {
        if self.epochs.latest().is_none_or(|latest| entry.epoch > latest) {
            self.epochs.assign(entry.epoch, self.end());
        }
        self.log.push(entry);
    }

    fn last_epoch(&self) -> LeaderEpoch {
        self.log.last().map_or(0, |entry| entry.epoch)
    }
}
