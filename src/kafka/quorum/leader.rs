//! The leader: its appends, what it knows of the others, what is committed, whether it may go on.
//! Source: spec B4; `LeaderState`, `KafkaRaftClient`.

use super::rules::{majority, majority_end};
use super::{Purpose, Quorum, Role, Voter};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::Offset;
use crate::image::MetaRecord;
use crate::message::{MetaEntry, Request};
use crate::node::{File, Out, Timer};
use kernel::{Arrange, Instant, NodeId, Span};
use std::rc::Rc;

/// The leader resigns when no majority fetched for this many tenths of the fetch timeout.
/// Source: `CHECK_QUORUM_TIMEOUT_FACTOR` 1.5.
const CHECK_QUORUM_TENTHS: u64 = 15;
/// An observer that has not fetched for so long is forgotten.
/// Source: spec B4.6; `OBSERVER_SESSION_TIMEOUT_MS`.
const OBSERVER_SESSION: Span = Span::secs(300);
/// Most voters there can be.
pub(crate) const MAX_VOTERS: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leading {
    /// End of the log when it took the epoch: nothing is committed before more than this is.
    pub start: Offset,
    /// What a majority has, once that is known in this epoch.
    pub high_watermark: Option<Offset>,
    /// What is known of the other voters and of the observers.
    pub peers: Vec<Peer>,
    /// Records that wait for the linger to pass.
    pub(super) batch: Vec<MetaRecord>,
    /// In the order in which their time is up.
    pub(super) parked: Vec<ParkedFetch>,
    /// Whether the timer of the parked fetches runs.
    pub(super) parked_timer: bool,
    /// A voter that is to be added, while it is asked whether it is there.
    pub(super) adding: Option<Voter>,
}

/// Another node, as the leader knows it from its fetches. Source: `LeaderState.ReplicaState`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub voter: Voter,
    pub votes: bool,
    /// How far it has the log.
    pub end: Option<Offset>,
    pub last_fetch: Option<Instant>,
    pub last_caught_up: Option<Instant>,
    /// End of the leader's log at its last fetch.
    leader_end: Offset,
    /// It knows that this is the leader.
    acknowledged: bool,
    /// It has fetched since the check of the quorum was last satisfied.
    heard: bool,
}

/// A fetch that waits for records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ParkedFetch {
    pub(super) from: NodeId,
    pub(super) correlation: u32,
    pub(super) offset: Offset,
    pub(super) high_watermark: Offset,
    pub(super) until: Instant,
}

impl Peer {
    fn new(voter: Voter, votes: bool) -> Peer {
        Peer {
            voter,
            votes,
            end: None,
            last_fetch: None,
            last_caught_up: None,
            leader_end: 0,
            acknowledged: false,
            heard: false,
        }
    }

    /// Source: `ReplicaState.updateFollowerState`.
    /// A fetch of a snapshot acknowledges nothing of the log.
    fn fetched(&mut self, offset: Option<Offset>, leader_end: Offset, now: Instant) {
        if let Some(offset) = offset {
            if offset >= leader_end {
                self.last_caught_up = Some(now);
            } else if self.leader_end > 0 && offset >= self.leader_end {
                self.last_caught_up = self.last_caught_up.max(self.last_fetch);
            }
            self.leader_end = leader_end;
            self.end = Some(offset);
        }
        self.last_fetch = Some(now);
        self.acknowledged = true;
        self.heard = true;
    }

    fn is_gone(&self, now: Instant) -> bool {
        !self.votes && self.last_fetch.is_none_or(|last| now.since(last) >= OBSERVER_SESSION)
    }
}

impl Leading {
    pub(super) fn take_parked(&mut self) -> Vec<ParkedFetch> {
        std::mem::take(&mut self.parked)
    }

    pub(super) fn forget_parked(&mut self, of: NodeId) {
        self.parked.retain(|fetch| fetch.from != of);
    }

    /// Voters and those observers that are still there.
    pub fn present(&self, now: Instant) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(move |peer| !peer.is_gone(now))
    }

    /// The voters are these now. Source: `updateVoterAndObserverStates`.
    pub(super) fn seat(&mut self, me: NodeId, voters: &[Voter]) {
        for peer in &mut self.peers {
            let key = peer.voter;
            peer.votes = voters.iter().any(|voter| voter.node == key.node && peer_is(key, *voter));
        }
        for voter in voters.iter().filter(|voter| voter.node != me) {
            if !self.peers.iter().any(|peer| peer.votes && peer.voter.node == voter.node) {
                self.peers.push(Peer::new(*voter, true));
            }
        }
    }
}

/// Whether what is known of a node is known of this voter.
fn peer_is(known: Voter, voter: Voter) -> bool {
    voter.directory.is_none() || known.directory == voter.directory
}

impl Quorum {
    /// Takes the leadership of its epoch: a record of it at once, so that something of this epoch
    /// can be committed. Source: spec B4.1; `appendLeaderChangeMessageAndBootstrapRecords`.
    pub(super) fn lead(&mut self, votes: Vec<NodeId>, out: &mut Out<'_>) {
        self.leave_role(out);
        let mut leading = Leading {
            start: self.log.end(),
            high_watermark: None,
            peers: Vec::new(),
            batch: vec![MetaRecord::LeaderChange { leader: self.me }],
            parked: Vec::new(),
            parked_timer: false,
            adding: None,
        };
        leading.seat(self.me, self.voters.set());
        if self.profile.reconfigures() && self.voters.latest().0.is_none() {
            leading.batch.push(MetaRecord::KRaftVersion { version: 1 });
            leading.batch.push(MetaRecord::Voters(Rc::clone(self.voters.latest().1)));
        }
        self.leader = Some(self.me);
        // A leader's own vote is not kept: whoever led does not vote in that epoch anyway.
        self.voted = None;
        self.role = Role::Leader(Box::new(leading));
        self.persist(out);
        out.note(Fact::QuorumElected { epoch: self.epoch, votes });
        self.append_batch(out);
        self.announce(out);
        self.check_quorum_later(out);
    }

    /// Queues records; they are appended when the linger has passed. Gives the first's offset.
    pub fn propose(&mut self, records: Vec<MetaRecord>, out: &mut Out<'_>) -> Offset {
        let first = self.next_offset();
        let linger = self.settings.quorum_append_linger;
        if let Role::Leader(leading) = &mut self.role {
            if leading.batch.is_empty() && !records.is_empty() {
                out.set(Timer::AppendLinger, linger);
            }
            leading.batch.extend(records);
        }
        first
    }

    /// Offset of the next record that would be proposed.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        let waiting = match &self.role {
            Role::Leader(leading) => leading.batch.len(),
            _ => 0,
        };
        self.log.end() + waiting as Offset
    }

    /// Source: spec B4.3; `KafkaRaftClient.maybeAppendBatches`, `flushLeaderLog`.
    pub(super) fn append_batch(&mut self, out: &mut Out<'_>) {
        let (epoch, voters) = (self.epoch, self.voters.latest().0);
        let Role::Leader(leading) = &mut self.role else { return };
        for record in std::mem::take(&mut leading.batch) {
            self.append(Rc::new(MetaEntry { epoch, record }), out);
        }
        out.cancel(Timer::AppendLinger);
        out.flush(File::Metadata);
        if self.voters.latest().0 != voters
            && let Role::Leader(leading) = &mut self.role
        {
            leading.seat(self.me, self.voters.set());
        }
        if !self.profile.on(Guard::FlushBeforeCount) {
            self.advance_high_watermark(out);
        }
        self.answer_parked(out);
    }

    /// A fetch says how far a node has the log, and that it is there.
    /// Source: `LeaderState.updateReplicaState`.
    pub(super) fn heard_from(&mut self, from: Voter, offset: Option<Offset>, out: &mut Out<'_>) {
        let (end, now) = (self.log.end(), out.now());
        let Role::Leader(leading) = &mut self.role else { return };
        let known = leading.peers.iter().position(|peer| {
            peer.voter.node == from.node && (peer_is(from, peer.voter) || peer.voter == from)
        });
        let at = known.unwrap_or_else(|| {
            leading.peers.retain(|peer| !peer.is_gone(now));
            leading.peers.push(Peer::new(from, false));
            leading.peers.len() - 1
        });
        let peer = &mut leading.peers[at];
        let moved = offset.is_some() && peer.end != offset;
        peer.fetched(offset, end, now);
        if peer.votes {
            self.satisfy_check(out);
            if moved {
                self.advance_high_watermark(out);
            }
        }
    }

    /// It has answered that it knows this leader. Source: `addAcknowledgementFrom`.
    pub(super) fn acknowledged(&mut self, by: NodeId) {
        let Role::Leader(leading) = &mut self.role else { return };
        if let Some(peer) =
            leading.peers.iter_mut().find(|peer| peer.votes && peer.voter.node == by)
        {
            peer.acknowledged = true;
        }
    }

    /// Whether a majority has been heard from, the leader counted if it votes.
    /// Source: spec B4.5; `updateCheckQuorumForFollowingVoter`.
    fn satisfy_check(&mut self, out: &mut Out<'_>) {
        let needed = majority(self.voters.set().len()) - usize::from(self.is_voter());
        let Role::Leader(leading) = &mut self.role else { return };
        if leading.peers.iter().filter(|peer| peer.votes && peer.heard).count() < needed {
            return;
        }
        for peer in &mut leading.peers {
            peer.heard = false;
        }
        self.check_quorum_later(out);
    }

    fn check_quorum_later(&self, out: &mut Out<'_>) {
        let checks = self.profile.check_quorum && self.profile.on(Guard::CheckQuorum);
        if checks && self.voters.set().len() > 1 {
            let wait = Span(self.settings.quorum_fetch_timeout.0 * CHECK_QUORUM_TENTHS / 10);
            out.set(Timer::CheckQuorum, wait);
        }
    }

    /// Committed is what a majority has, once that is more than what the epoch began with.
    /// Source: spec B4.2; `LeaderState.maybeUpdateHighWatermark`.
    pub(super) fn advance_high_watermark(&mut self, out: &mut Out<'_>) {
        let Role::Leader(leading) = &self.role else { return };
        let mut ends = [0; MAX_VOTERS];
        let mut count = 0;
        if self.is_voter() {
            ends[0] = self.counted_end();
            count = 1;
        }
        for peer in leading.peers.iter().filter(|peer| peer.votes).take(MAX_VOTERS - 1) {
            ends[count] = peer.end.unwrap_or(0);
            count += 1;
        }
        let ends = &mut ends[..count];
        let by_majority = self.profile.on(Guard::CommitByMajority);
        let reached = match by_majority {
            true => majority_end(ends),
            false => ends.iter().copied().max().unwrap_or(0),
        };
        let own_epoch = reached > leading.start || !self.profile.on(Guard::CommitOwnEpoch);
        if own_epoch && leading.high_watermark.is_none_or(|known| reached > known) {
            self.commit(reached, out);
        }
    }

    /// A leader counts its own copy once it is on the platter.
    fn counted_end(&self) -> Offset {
        if self.profile.on(Guard::FlushBeforeCount) { self.log.flushed() } else { self.log.end() }
    }

    fn commit(&mut self, to: Offset, out: &mut Out<'_>) {
        if let Role::Leader(leading) = &mut self.role {
            leading.high_watermark = Some(to);
        }
        if to > self.high_watermark {
            self.high_watermark = to;
            out.note(Fact::MetadataCommitted { to });
        }
        if self.profile.prompt_high_watermark {
            self.answer_parked(out);
        }
        self.voters_committed(out);
    }

    /// Tells voters that do not seem to know it who leads; again every half fetch timeout.
    /// Source: spec B3; `maybeSendBeginQuorumEpochRequests`, `needToSendBeginQuorumRequests`.
    pub(super) fn announce(&mut self, out: &mut Out<'_>) {
        let (interval, now) = (Span(self.settings.quorum_fetch_timeout.0 / 2), out.now());
        let silent = |peer: &Peer| match self.profile.begin_when_silent {
            true => peer.last_fetch.is_none_or(|last| now.since(last) >= interval),
            false => !peer.acknowledged,
        };
        let Role::Leader(leading) = &self.role else { return };
        let absent = leading.peers.iter().filter(|peer| peer.votes && silent(peer));
        let absent: Vec<Voter> = absent.map(|peer| peer.voter).collect();
        for voter in absent {
            let (epoch, leader, node) = (self.epoch, self.me, voter.node);
            let body = Request::BeginQuorumEpoch { epoch, leader, voter: Some(voter) };
            self.calls.send(node, body, self.request_timeout(), Purpose::Begin, out);
        }
        out.set(Timer::BeginQuorum, interval);
    }

    /// Who might lead next: the other voters, those with the longest log first.
    /// Source: `nonLeaderVotersByDescendingFetchOffset`.
    pub(super) fn successors(&self) -> Vec<NodeId> {
        let Role::Leader(leading) = &self.role else { return Vec::new() };
        let mut voters: Vec<&Peer> = leading.peers.iter().filter(|peer| peer.votes).collect();
        voters.arrange_by_key(|peer| (std::cmp::Reverse(peer.end), peer.voter.node));
        voters.into_iter().map(|peer| peer.voter.node).collect()
    }
}
