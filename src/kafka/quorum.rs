//! The metadata quorum: Kafka's Raft, in which followers fetch. Voters and observers alike.
//!
//! It knows records and offsets, not what the records mean; the controller and the broker read
//! what is committed. Source: spec B1-B5; `KafkaRaftClient`, `QuorumState`; KIP-595, KIP-853,
//! KIP-996 (pre-vote), KIP-1166 (prompt high watermark).

#[cfg(any(test, feature = "conform"))]
pub(crate) mod desk;
mod fetch;
mod leader;
mod log;
#[cfg(any(test, feature = "conform"))]
pub(crate) mod place;
mod reconfigure;
mod rules;
mod serve;
mod snapshot;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod vote;
mod voters;

use crate::config::{Profile, Settings};
use crate::fact::Resigned;
use crate::guard::Guard;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::message::{MetaEntry, QUORUM, QuorumHint, Reply, Request};
use crate::node::{DiskRecord, File, Out, Timer};
use crate::rpc::{Calls, Part, reply};
use kernel::{Closed, NodeId, Span};
pub(crate) use leader::Leading;
use log::MetaLog;
pub(crate) use log::Snapshot;
pub(crate) use state::{Ballot, Role};
use std::rc::Rc;
use voters::Voters;
pub(crate) use voters::{Directory, Voter};

/// How long a failed connection is left alone, at first and at most.
/// Source: `KafkaRaftManager.buildNetworkClient`.
const RECONNECT: Span = Span::millis(50);
const RECONNECT_MAX: Span = Span::millis(500);

/// What a request of this part was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    Vote {
        epoch: LeaderEpoch,
        pre_vote: bool,
    },
    Begin,
    End,
    Fetch,
    FetchSnapshot,
    /// Whether a voter that is to be added is there.
    ApiVersions,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quorum {
    me: NodeId,
    directory: Directory,
    /// It ran before: a directory that is empty now was formatted anew.
    ran_before: bool,
    profile: Profile,
    settings: Rc<Settings>,
    /// Whom to ask who knows no leader. Source: `controller.quorum.bootstrap.servers`.
    bootstrap: Rc<[NodeId]>,
    voters: Voters,
    epoch: LeaderEpoch,
    voted: Option<Voter>,
    leader: Option<NodeId>,
    pub role: Role,
    log: MetaLog,
    /// What this node knows to be committed ends here.
    high_watermark: Offset,
    calls: Calls<Purpose>,
    /// It has fetched from the leader of this epoch.
    fetched: bool,
    /// An observer's leader has not answered for the fetch timeout.
    silent: bool,
    /// Connections that failed in a row.
    failures: u32,
    /// How late this node notices that its leader is silent.
    poll_lag: Span,
    /// Whose turn it is to be asked by a node that knows no leader.
    next_bootstrap: usize,
    /// It stops in good order, and stays only to hand over.
    shutting_down: bool,
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
            directory: Directory::first(me),
            ran_before: false,
            profile,
            settings,
            voters: Voters::formatted(&voters, profile.reconfigures()),
            bootstrap: voters,
            epoch: 0,
            voted: None,
            leader: None,
            role: Role::Unattached,
            log: MetaLog::default(),
            high_watermark: 0,
            calls: Calls::new(Part::Quorum),
            fetched: false,
            silent: false,
            failures: 0,
            poll_lag: Span::ZERO,
            next_bootstrap: 0,
            shutting_down: false,
        }
    }

    // ---- what there is to see ----

    #[must_use]
    pub fn is_voter(&self) -> bool {
        self.voters.set().iter().any(|voter| voter.is(self.me, self.directory))
    }

    #[must_use]
    pub fn voters(&self) -> &[Voter] {
        self.voters.set()
    }

    #[must_use]
    pub fn directory(&self) -> Directory {
        self.directory
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
        self.voted.map(|voter| voter.node)
    }

    #[must_use]
    pub fn start_offset(&self) -> Offset {
        self.log.start()
    }

    #[must_use]
    pub fn end(&self) -> Offset {
        self.log.end()
    }

    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    #[must_use]
    pub fn entry(&self, offset: Offset) -> Option<&MetaEntry> {
        self.log.get(offset).map(|entry| &**entry)
    }

    /// The state before the first entry that is still there, for who has not applied that much.
    #[must_use]
    pub fn snapshot_beyond(&self, applied: Offset) -> Option<&Rc<Snapshot>> {
        self.log.snapshot().filter(|snapshot| snapshot.end > applied)
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
            Role::Unattached | Role::Follower if !self.is_voter() => "observer",
            Role::Unattached => "unattached",
            Role::Prospective(_) => "prospective",
            Role::Candidate(_) => "candidate",
            Role::Leader(_) => "leader",
            Role::Follower => "follower",
            Role::Resigned(_) => "resigned",
        }
    }

    #[must_use]
    pub fn owns(&self, correlation: u32) -> bool {
        self.calls.owns(correlation)
    }

    // ---- inputs ----

    /// Begins with what was on disk. Source: spec B2.2; `QuorumState.initialize`.
    pub fn start(&mut self, durable: &kernel::Durable<'_, crate::node::Node>, out: &mut Out<'_>) {
        self.load(durable);
        self.format(durable, out);
        self.begin(out);
    }

    /// Of a process that ran before.
    pub(crate) fn starts_again(&mut self) {
        self.ran_before = true;
    }

    fn begin(&mut self, out: &mut Out<'_>) {
        self.calls.start(out);
        self.next_bootstrap = out.draw("bootstrap", self.bootstrap.len() as u64) as usize;
        if self.log.last_epoch() > self.epoch {
            self.epoch = self.log.last_epoch();
            (self.voted, self.leader) = (None, None);
        }
        self.resume(out);
    }

    pub fn request(&mut self, from: NodeId, correlation: u32, body: Request, out: &mut Out<'_>) {
        match body {
            Request::Vote(vote) => self.on_vote(from, correlation, &vote, out),
            Request::BeginQuorumEpoch { epoch, leader, voter } => {
                let error = self.on_begin(epoch, leader, voter, out);
                let body = Reply::BeginQuorumEpoch { hint: self.hint(), error };
                reply(from, correlation, body, out);
            }
            Request::EndQuorumEpoch { epoch, leader, successors } => {
                let error = self.on_end(epoch, leader, &successors, out);
                let body = Reply::EndQuorumEpoch { hint: self.hint(), error };
                reply(from, correlation, body, out);
            }
            Request::QuorumFetch(fetch) => self.on_fetch(from, correlation, &fetch, out),
            Request::FetchSnapshot(fetch) => self.on_fetch_snapshot(from, correlation, fetch, out),
            Request::ApiVersions => reply(from, correlation, Reply::ApiVersions, out),
            _ => {}
        }
    }

    pub fn reply(&mut self, from: NodeId, correlation: u32, body: Reply, out: &mut Out<'_>) {
        let Some(call) = self.calls.answered(correlation) else { return };
        self.failures = 0;
        match (body, call.what) {
            (Reply::Vote { granted, hint, error, .. }, Purpose::Vote { epoch, pre_vote }) => {
                // Whatever it says of its leader and epoch comes first; then the vote, if the
                // election that it was asked in is still on.
                self.heed_reply(hint, error, out);
                self.on_vote_reply(from, epoch, pre_vote, granted && error.is_none(), out);
            }
            (Reply::QuorumFetch { hint, result }, Purpose::Fetch) => {
                self.on_fetched(from, hint, result, out);
            }
            (Reply::FetchSnapshot { hint, result }, Purpose::FetchSnapshot) => {
                self.on_snapshot(from, hint, result, out);
            }
            (Reply::BeginQuorumEpoch { hint, error }, what)
            | (Reply::EndQuorumEpoch { hint, error }, what) => {
                let heard = self.heed_reply(hint, error, out);
                match what {
                    Purpose::Begin if heard => self.acknowledged(from),
                    Purpose::End if heard => self.end_was_heard(from),
                    _ => {}
                }
            }
            (Reply::ApiVersions, Purpose::ApiVersions) => self.add_known_voter(true, out),
            _ => {}
        }
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Requests(_) => {
                for call in self.calls.expired(out) {
                    self.on_call_failed(call.to, call.what, out);
                }
            }
            Timer::Election => self.on_election_timeout(out),
            Timer::QuorumFetchTimeout => self.on_fetch_timeout(out),
            Timer::QuorumRetry => self.retry(out),
            Timer::CheckQuorum => self.resign(Resigned::Alone, out),
            Timer::BeginQuorum => self.announce(out),
            Timer::AppendLinger => self.append_batch(out),
            Timer::QuorumParked => self.answer_late(out),
            Timer::QuorumShutdown => out.exit(),
            _ => {}
        }
    }

    /// The metadata log's first `count` records are on the platter.
    pub fn flushed(&mut self, count: usize, out: &mut Out<'_>) {
        self.log.flush_done(count);
        match self.role {
            Role::Leader(_) => self.advance_high_watermark(out),
            // What the next fetch acknowledges is there now.
            Role::Follower => self.fetch_on(out),
            _ => {}
        }
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        if let Role::Leader(leading) = &mut self.role
            && closed.from_peer(QUORUM)
        {
            leading.forget_parked(peer);
        }
        for call in self.calls.hung_up(peer, closed) {
            self.on_call_failed(call.to, call.what, out);
        }
    }

    fn on_call_failed(&mut self, to: NodeId, what: Purpose, out: &mut Out<'_>) {
        match what {
            Purpose::Fetch | Purpose::FetchSnapshot => self.fetch_failed(to, out),
            Purpose::Vote { .. } | Purpose::End => self.reconnect_later(out),
            // Sent again when its timer says so.
            Purpose::Begin => {}
            Purpose::ApiVersions => self.add_known_voter(false, out),
        }
    }

    /// After a while, whatever is still to be asked is asked again.
    fn retry_later(&mut self, out: &mut Out<'_>) {
        out.set(Timer::QuorumRetry, self.settings.quorum_retry_backoff);
    }

    /// The same where the connection failed: it is not built up again at once, and later each time.
    fn reconnect_later(&mut self, out: &mut Out<'_>) {
        let wait = Span(RECONNECT.0 << self.failures.min(8)).min(RECONNECT_MAX);
        self.failures = self.failures.saturating_add(1);
        out.set(Timer::QuorumRetry, wait.max(self.settings.quorum_retry_backoff));
    }

    fn retry(&mut self, out: &mut Out<'_>) {
        match self.role {
            Role::Prospective(_) | Role::Candidate(_) => self.ask_votes(out),
            Role::Resigned(_) => self.say_end(out),
            Role::Unattached | Role::Follower => self.fetch_on(out),
            Role::Leader(_) => {}
        }
    }

    /// Whether something of this kind is under way to this node.
    fn is_asking(&self, to: NodeId, what: Purpose) -> bool {
        self.calls.iter().any(|call| call.to == to && call.what == what)
    }

    // ---- disk ----

    /// A directory without `meta.properties` gets them; it is another one than was there before.
    /// Source: KIP-853; `kafka-storage.sh format --no-initial-controllers`.
    fn format(&mut self, durable: &kernel::Durable<'_, crate::node::Node>, out: &mut Out<'_>) {
        if durable.read(File::MetaProperties).next().is_some() {
            return;
        }
        if self.ran_before {
            self.directory = Directory(out.draw("directory", u64::MAX));
        }
        out.replace(File::MetaProperties, vec![DiskRecord::Directory(self.directory)]);
    }

    fn load(&mut self, durable: &kernel::Durable<'_, crate::node::Node>) {
        if let Some(DiskRecord::Directory(directory)) = durable.read(File::MetaProperties).last() {
            self.directory = *directory;
        }
        if let Some(DiskRecord::Snapshot(snapshot)) = durable.read(File::Snapshot).last() {
            self.adopt(Rc::clone(snapshot));
        }
        for record in durable.read(File::Metadata) {
            if let DiskRecord::Metadata(entry) = record {
                self.store(Rc::clone(entry));
            }
        }
        if let Some(DiskRecord::QuorumState { epoch, voted, leader }) =
            durable.read(File::QuorumState).last()
        {
            (self.epoch, self.voted, self.leader) = (*epoch, *voted, *leader);
        }
    }

    /// Writes `quorum-state`, durable before anything that is sent after it.
    fn persist(&self, out: &mut Out<'_>) {
        let (epoch, voted, leader) = (self.epoch, self.voted, self.leader);
        out.replace(File::QuorumState, vec![DiskRecord::QuorumState { epoch, voted, leader }]);
    }

    /// Appends to the log in memory; a set of voters counts from here on.
    fn store(&mut self, entry: Rc<MetaEntry>) {
        if let crate::image::MetaRecord::Voters(set) = &entry.record {
            self.voters.append(self.log.end(), Rc::clone(set));
        }
        self.log.push(entry);
    }

    /// The same, and on disk.
    fn append(&mut self, entry: Rc<MetaEntry>, out: &mut Out<'_>) {
        out.append(File::Metadata, DiskRecord::Metadata(Rc::clone(&entry)));
        self.store(entry);
    }

    // ---- what others know ----

    fn hint(&self) -> QuorumHint {
        QuorumHint { epoch: self.epoch, leader: self.leader }
    }

    /// Takes note of a newer epoch, or of the leader of this one.
    /// Source: `KafkaRaftClient.maybeTransition`.
    fn heed(&mut self, hint: QuorumHint, out: &mut Out<'_>) {
        let unknown = hint.epoch == self.epoch && self.leader.is_none();
        match hint.leader.filter(|leader| *leader != self.me) {
            Some(leader) if unknown || hint.epoch > self.epoch => {
                self.follow(leader, hint.epoch, out);
            }
            _ if hint.epoch > self.epoch => self.unattached(hint.epoch, out),
            _ => {}
        }
    }

    /// The same for an answer. True when the answer itself still means something.
    /// Source: `KafkaRaftClient.maybeHandleCommonResponse`.
    fn heed_reply(
        &mut self,
        hint: QuorumHint,
        error: Option<ErrorCode>,
        out: &mut Out<'_>,
    ) -> bool {
        let before = self.epoch;
        if hint.epoch < before || error == Some(ErrorCode::UnknownLeaderEpoch) {
            return false;
        }
        self.heed(hint, out);
        error.is_none() && hint.epoch == before
    }

    /// Whether a request of this epoch comes too late.
    fn is_old(&self, epoch: LeaderEpoch) -> bool {
        epoch < self.epoch && self.profile.on(Guard::QuorumEpochFence)
    }

    fn peers(&self) -> impl Iterator<Item = NodeId> {
        let voters = self.voters.set().iter().map(|voter| voter.node);
        voters.filter(|node| *node != self.me)
    }

    fn request_timeout(&self) -> Span {
        self.settings.quorum_request_timeout
    }
}
