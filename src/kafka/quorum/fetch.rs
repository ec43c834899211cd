//! A follower's and an observer's side: fetching from the leader, or looking for one.
//! Source: spec B3; `KafkaRaftClient.handleFetchResponse`, `maybeSendFetchToBestNode`.

use super::{Purpose, Quorum, Role};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::message::{QuorumFetch, QuorumFetched, QuorumHint, Request};
use crate::node::{File, Out};
use kernel::NodeId;

impl Quorum {
    /// Goes on fetching: from the leader, or from any node that may know it.
    pub(super) fn fetch_on(&mut self, out: &mut Out<'_>) {
        if self.is_fetching() {
            return;
        }
        match (&self.role, self.leader) {
            // What it has is not on the platter yet; the next fetch would acknowledge it.
            _ if self.owes_flush() => {}
            (Role::Follower, Some(leader)) if !self.silent => self.fetch(leader, out),
            (Role::Follower, _) => self.look_for_leader(out),
            (Role::Unattached, _) => self.look_for_leader(out),
            _ => {}
        }
    }

    fn is_fetching(&self) -> bool {
        let fetches = |what| matches!(what, Purpose::Fetch | Purpose::FetchSnapshot);
        self.calls.iter().any(|call| fetches(call.what))
    }

    /// Source: spec B4.3; `KafkaRaftClient.appendAsFollower`.
    fn owes_flush(&self) -> bool {
        self.log.flushed() < self.log.end()
            && self.profile.on(Guard::FlushBeforeFetch)
            && self.is_voter()
    }

    fn fetch(&mut self, from: NodeId, out: &mut Out<'_>) {
        let body = Request::QuorumFetch(QuorumFetch {
            epoch: self.epoch,
            offset: self.log.end(),
            last_epoch: self.log.last_epoch(),
            high_watermark: self.high_watermark,
            directory: self.directory,
        });
        self.calls.send(from, body, self.request_timeout(), Purpose::Fetch, out);
    }

    /// Any voter names the leader. Source: `maybeSendFetchToAnyBootstrap`.
    fn look_for_leader(&mut self, out: &mut Out<'_>) {
        let count = self.bootstrap.len();
        let passes_over = self.leader.filter(|_| count > 1 && !self.silent);
        for _ in 0..count {
            let node = self.bootstrap[self.next_bootstrap % count];
            self.next_bootstrap = self.next_bootstrap.wrapping_add(1);
            if node != self.me && Some(node) != passes_over {
                self.fetch(node, out);
                return;
            }
        }
    }

    /// The connection failed or nothing came. A follower asks others too, in case its leader is
    /// no longer the leader.
    pub(super) fn fetch_failed(&mut self, to: NodeId, out: &mut Out<'_>) {
        let may_ask = self.profile.dynamic_voters || !self.is_voter();
        let others = self.bootstrap.iter().any(|node| *node != to && *node != self.me);
        // Once: who has been silent for too long is asked again after a while only.
        let asks_others = may_ask && others && !self.silent && !self.is_fetching();
        if matches!(self.role, Role::Follower) && self.leader == Some(to) && asks_others {
            self.look_for_leader(out);
        }
        self.reconnect_later(out);
    }

    /// Nothing was fetched for too long: a voter stands, an observer looks around.
    pub(super) fn on_fetch_timeout(&mut self, out: &mut Out<'_>) {
        if !matches!(self.role, Role::Follower) || self.shutting_down {
            return;
        }
        if self.is_voter() {
            self.campaign(out);
        } else {
            // Source: `pollFollowerAsObserver`: it stays a follower, and asks around.
            self.silent = true;
            self.fetch_on(out);
        }
    }

    pub(super) fn on_fetched(
        &mut self,
        from: NodeId,
        hint: QuorumHint,
        result: Result<Box<QuorumFetched>, ErrorCode>,
        out: &mut Out<'_>,
    ) {
        let (epoch, leader) = (self.epoch, self.leader);
        let counts = self.heed_reply(hint, result.as_ref().err().copied(), out);
        if (epoch, leader) != (self.epoch, self.leader) {
            return;
        }
        let leads = matches!(self.role, Role::Follower) && leader == Some(from);
        match result {
            Ok(fetched) if counts && leads => self.take(from, *fetched, out),
            _ => self.retry_later(out),
        }
    }

    fn take(&mut self, from: NodeId, fetched: QuorumFetched, out: &mut Out<'_>) {
        (self.fetched, self.silent) = (true, false);
        self.set_fetch_timer(out);
        if let Some((epoch, end)) = fetched.diverging {
            self.truncate_for(epoch, end, out);
        } else if let Some((end, epoch)) = fetched.snapshot {
            self.fetch_snapshot(from, end, epoch, out);
            return;
        } else {
            let news = !fetched.entries.is_empty();
            for entry in fetched.entries {
                self.append(entry, out);
            }
            if news && self.is_voter() {
                out.flush(File::Metadata);
            }
            let known = fetched.high_watermark.min(self.log.end());
            self.high_watermark = self.high_watermark.max(known);
        }
        self.fetch_on(out);
    }

    /// Cuts the log where it parts from the leader's. What was committed is never cut: a leader
    /// without it means that a majority lost it, and Kafka stops rather than go on.
    /// Source: spec B3; `KafkaRaftClient.handleFetchResponse`.
    fn truncate_for(&mut self, epoch: LeaderEpoch, end: Offset, out: &mut Out<'_>) {
        let to = self.log.cut_for(epoch, end);
        if to < self.high_watermark {
            let high_watermark = self.high_watermark;
            out.note(Fact::QuorumLostCommitted { to, high_watermark });
            out.exit();
            return;
        }
        let keep = self.log.truncate(to);
        self.voters.truncate(to);
        out.truncate(File::Metadata, keep);
        out.note(Fact::QuorumTruncated { to });
    }
}
