//! Replication of the metadata log: the leader's appends, the followers' fetches, and what is
//! committed. Source: spec B3, B4; KIP-595.

use super::{ParkedFetch, Purpose, Quorum, Role};
use crate::fact::Fact;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::image::MetaRecord;
use crate::message::{MetaEntry, QuorumFetch, QuorumFetched, QuorumHint, Reply, Request};
use crate::node::{DiskRecord, File, Out, Timer};
use crate::rpc::reply;
use kernel::{NodeId, Span};

/// How long a fetch waits for records. Source: `MAX_FETCH_WAIT_MS` 500.
const MAX_FETCH_WAIT: Span = Span::millis(500);
/// Most records in one answer (the real limit is 8 MiB).
const MAX_FETCH_RECORDS: usize = 1_000;

impl Quorum {
    // ---- leader ----

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
        self.end() + waiting as Offset
    }

    pub(super) fn append_batch(&mut self, out: &mut Out<'_>) {
        let epoch = self.epoch;
        let Role::Leader(leading) = &mut self.role else { return };
        for record in std::mem::take(&mut leading.batch) {
            let entry = MetaEntry { epoch, record };
            out.append(File::Metadata, DiskRecord::Metadata(entry.clone()));
            self.store(entry);
        }
        out.cancel(Timer::AppendLinger);
        out.flush(File::Metadata);
        self.advance_high_watermark(out);
        self.answer_parked(None, out);
    }

    pub(super) fn on_fetch(
        &mut self,
        from: NodeId,
        correlation: u32,
        fetch: &QuorumFetch,
        out: &mut Out<'_>,
    ) {
        if let Some(error) = self.fetch_error(fetch) {
            let body = Reply::QuorumFetch { hint: self.hint(), result: Err(error) };
            reply(from, correlation, body, out);
            if fetch.epoch > self.epoch {
                self.unattached(fetch.epoch, out);
            }
            return;
        }
        if let Some(diverging) = self.diverging(fetch) {
            self.answer_fetch(from, correlation, fetch.offset, Some(diverging), out);
            return;
        }
        self.heard_from(from, fetch.offset, out);
        let news = self.profile.prompt_high_watermark
            && self.high_watermark.min(self.end()) > fetch.high_watermark;
        if fetch.offset < self.end() || news {
            self.answer_fetch(from, correlation, fetch.offset, None, out);
            return;
        }
        let ticket = self.next_ticket;
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let (offset, high_watermark) = (fetch.offset, fetch.high_watermark);
        if let Role::Leader(leading) = &mut self.role {
            // A node has one fetch under way: an older one was given up.
            leading.parked.retain(|parked| parked.from != from);
            let parked = ParkedFetch { from, correlation, offset, high_watermark, ticket };
            leading.parked.push(parked);
            out.set(Timer::QuorumParked(ticket), MAX_FETCH_WAIT);
        }
    }

    fn fetch_error(&self, fetch: &QuorumFetch) -> Option<ErrorCode> {
        if fetch.epoch < self.epoch {
            Some(ErrorCode::FencedLeaderEpoch)
        } else if fetch.epoch > self.epoch {
            Some(ErrorCode::UnknownLeaderEpoch)
        } else if !self.is_leader() {
            Some(ErrorCode::NotLeaderOrFollower)
        } else {
            None
        }
    }

    /// Where the fetching log parts from this one, if it does.
    fn diverging(&self, fetch: &QuorumFetch) -> Option<(LeaderEpoch, Offset)> {
        if fetch.offset == 0 {
            return None;
        }
        let (epoch, end) =
            self.epochs.end_offset_for(fetch.last_epoch, self.end()).unwrap_or((0, 0));
        (epoch != fetch.last_epoch || end < fetch.offset).then_some((epoch, end))
    }

    /// A voter's fetch says how far it has the log, and that it is there.
    fn heard_from(&mut self, from: NodeId, offset: Offset, out: &mut Out<'_>) {
        let needed = self.majority() - 1;
        let timeout = self.check_quorum_timeout();
        let Role::Leader(leading) = &mut self.role else { return };
        let Some(end) = leading.ends.get_mut(&from) else { return };
        *end = offset;
        leading.joined.insert(from);
        leading.heard.insert(from);
        if leading.heard.len() >= needed {
            leading.heard.clear();
            out.set(Timer::CheckQuorum, timeout);
        }
        self.advance_high_watermark(out);
        self.answer_parked(None, out);
    }

    /// Committed is what a majority has, once that is more than what the epoch began with.
    /// Source: `LeaderState.maybeUpdateHighWatermark`.
    fn advance_high_watermark(&mut self, out: &mut Out<'_>) {
        let Role::Leader(leading) = &self.role else { return };
        let mut ends: Vec<Offset> = leading.ends.values().copied().collect();
        ends.push(self.end());
        ends.sort_unstable_by(|a, b| b.cmp(a));
        let reached = ends[ends.len() / 2];
        if reached > leading.start && reached > self.high_watermark {
            self.high_watermark = reached;
            out.note(Fact::MetadataCommitted { to: reached });
        }
    }

    /// Answers the parked fetches that have something to hear, and the one whose time is up.
    pub(super) fn answer_parked(&mut self, expired: Option<u32>, out: &mut Out<'_>) {
        let (end, high_watermark) = (self.end(), self.high_watermark);
        let prompt = self.profile.prompt_high_watermark;
        let Role::Leader(leading) = &mut self.role else { return };
        let ready = |parked: &ParkedFetch| {
            parked.offset < end
                || Some(parked.ticket) == expired
                || (prompt && high_watermark > parked.high_watermark)
        };
        let (answer, wait) = std::mem::take(&mut leading.parked).into_iter().partition(ready);
        leading.parked = wait;
        let answer: Vec<ParkedFetch> = answer;
        for parked in answer {
            out.cancel(Timer::QuorumParked(parked.ticket));
            self.answer_fetch(parked.from, parked.correlation, parked.offset, None, out);
        }
    }

    fn answer_fetch(
        &self,
        to: NodeId,
        correlation: u32,
        offset: Offset,
        diverging: Option<(LeaderEpoch, Offset)>,
        out: &mut Out<'_>,
    ) {
        let entries = match diverging {
            Some(_) => Vec::new(),
            None => self.log.iter_from(offset as usize).take(MAX_FETCH_RECORDS).cloned().collect(),
        };
        let fetched = QuorumFetched { high_watermark: self.high_watermark, entries, diverging };
        let body = Reply::QuorumFetch { hint: self.hint(), result: Ok(fetched) };
        reply(to, correlation, body, out);
    }

    // ---- follower and observer ----

    pub(super) fn fetch(&mut self, from: NodeId, out: &mut Out<'_>) {
        let body = Request::QuorumFetch(QuorumFetch {
            epoch: self.epoch,
            offset: self.end(),
            last_epoch: self.last_epoch(),
            high_watermark: self.high_watermark,
        });
        self.calls.send(from, body, self.settings.quorum_request_timeout, Purpose::Fetch, out);
    }

    /// An observer without a leader asks any voter, which names the leader.
    pub(super) fn look_for_leader(&mut self, out: &mut Out<'_>) {
        let voter = self.voters[self.next_voter % self.voters.len()];
        self.next_voter = self.next_voter.wrapping_add(1);
        self.fetch(voter, out);
    }

    pub(super) fn retry_fetch(&mut self, out: &mut Out<'_>) {
        out.set(Timer::QuorumRetry, self.settings.quorum_retry_backoff);
    }

    pub(super) fn fetch_again(&mut self, out: &mut Out<'_>) {
        let busy = self.calls.iter().any(|call| call.what == Purpose::Fetch);
        match self.leader {
            _ if busy => {}
            Some(leader) if matches!(self.role, Role::Follower) => self.fetch(leader, out),
            _ if !self.is_voter() => self.look_for_leader(out),
            _ => {}
        }
    }

    /// Nothing was fetched for too long: a voter stands, an observer looks around.
    pub(super) fn on_fetch_timeout(&mut self, out: &mut Out<'_>) {
        if self.is_voter() {
            self.campaign(out);
        } else {
            self.leader = None;
            self.unattached(self.epoch, out);
        }
    }

    pub(super) fn on_fetched(
        &mut self,
        from: NodeId,
        hint: QuorumHint,
        result: Result<QuorumFetched, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let news = hint.epoch > self.epoch
            || (hint.leader.is_some() && hint.epoch == self.epoch && hint.leader != self.leader);
        let Ok(fetched) = result else {
            match hint.leader {
                Some(leader) if news => self.follow(leader, hint.epoch, out),
                _ if hint.epoch > self.epoch => self.unattached(hint.epoch, out),
                _ => self.retry_fetch(out),
            }
            return;
        };
        if self.leader != Some(from) || !matches!(self.role, Role::Follower) {
            // An observer that asked around has found the leader.
            self.heed(hint, out);
            return;
        }
        self.fetched = true;
        self.set_fetch_timer(out);
        if let Some((epoch, end)) = fetched.diverging {
            self.truncate_to(epoch, end, out);
            self.fetch(from, out);
            return;
        }
        let news = !fetched.entries.is_empty();
        for entry in fetched.entries {
            out.append(File::Metadata, DiskRecord::Metadata(entry.clone()));
            self.store(entry);
        }
        self.high_watermark = self.high_watermark.max(fetched.high_watermark.min(self.end()));
        // A voter's next fetch acknowledges what it has: it must be on the platter first.
        if news && self.is_voter() {
            out.flush(File::Metadata);
        } else {
            self.fetch(from, out);
        }
    }

    pub fn flushed(&mut self, out: &mut Out<'_>) {
        if matches!(self.role, Role::Follower) {
            self.fetch_again(out);
        }
    }

    fn truncate_to(&mut self, epoch: LeaderEpoch, end: Offset, out: &mut Out<'_>) {
        let own = self.epochs.end_offset_for(epoch, self.end()).map_or(end, |(_, own)| own);
        let to = own.min(end).min(self.end());
        self.log.truncate(to as usize);
        self.epochs.truncate(to);
        out.truncate(File::Metadata, to as usize);
        out.note(Fact::QuorumTruncated { to });
    }
}
