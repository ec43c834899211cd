//! The leader's side of a fetch: records at once, or parked until there are some.
//! Source: spec B3; `KafkaRaftClient.handleFetchRequest`; KIP-1166.

use super::leader::ParkedFetch;
use super::log::Position;
use super::rules::leader_only_error;
use super::{Quorum, Role, Voter};
use crate::guard::Guard;
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::message::{QuorumFetch, QuorumFetched, Reply};
use crate::node::{Out, Timer};
use crate::rpc::reply;
use kernel::{NodeId, Span};

/// How long a fetch waits for records. Source: `MAX_FETCH_WAIT_MS` 500.
const MAX_FETCH_WAIT: Span = Span::millis(500);
/// Most records in one answer (the real limit is 8 MiB).
const MAX_FETCH_RECORDS: usize = 1_000;

impl Quorum {
    pub(super) fn on_fetch(
        &mut self,
        from: NodeId,
        correlation: u32,
        fetch: &QuorumFetch,
        out: &mut Out<'_>,
    ) {
        if let Some(error) = self.leader_error(fetch.epoch) {
            let body = Reply::QuorumFetch { hint: self.hint(), result: Err(error) };
            reply(from, correlation, body, out);
            return;
        }
        let position = match self.log.position(fetch.offset, fetch.last_epoch) {
            Position::Diverging(..) if !self.profile.on(Guard::QuorumDivergence) => Position::Valid,
            position => position,
        };
        if position != Position::Valid {
            self.answer_fetch(from, correlation, fetch.offset, position, out);
            return;
        }
        let replica = Voter { node: from, directory: Some(fetch.directory) };
        self.heard_from(replica, Some(fetch.offset), out);
        let (offset, high_watermark) = (fetch.offset, fetch.high_watermark);
        let until = out.now() + MAX_FETCH_WAIT;
        let parked = ParkedFetch { from, correlation, offset, high_watermark, until };
        if self.has_news_for(&parked) {
            self.answer_fetch(from, correlation, offset, Position::Valid, out);
        } else if let Role::Leader(leading) = &mut self.role {
            // A node has one fetch under way: an older one was given up.
            leading.forget_parked(from);
            leading.parked.push(parked);
            if !leading.parked_timer {
                leading.parked_timer = true;
                out.set(Timer::QuorumParked, MAX_FETCH_WAIT);
            }
        }
    }

    /// Why a request that needs the leader is refused.
    pub(super) fn leader_error(&self, epoch: LeaderEpoch) -> Option<ErrorCode> {
        let epoch = if self.is_old(epoch) { epoch } else { epoch.max(self.epoch) };
        leader_only_error(epoch, self.epoch, self.is_leader(), self.shutting_down)
    }

    /// What is said to be committed, as far as it is known in this epoch.
    fn said_high_watermark(&self) -> Offset {
        match &self.role {
            Role::Leader(leading) => leading.high_watermark.unwrap_or(0),
            _ => 0,
        }
    }

    fn has_news_for(&self, parked: &ParkedFetch) -> bool {
        parked.offset < self.log.end()
            || (self.profile.prompt_high_watermark
                && self.said_high_watermark() > parked.high_watermark)
    }

    /// Answers the parked fetches that have something to hear.
    pub(super) fn answer_parked(&mut self, out: &mut Out<'_>) {
        let mut at = 0;
        while let Role::Leader(leading) = &self.role
            && let Some(parked) = leading.parked.get(at)
        {
            if self.has_news_for(parked) {
                self.unpark(at, out);
            } else {
                at += 1;
            }
        }
    }

    /// Answers the parked fetches whose time is up. One timer serves them all: few wait so long.
    pub(super) fn answer_late(&mut self, out: &mut Out<'_>) {
        let now = out.now();
        while let Role::Leader(leading) = &mut self.role {
            // In the order of their times.
            let Some(first) = leading.parked.first() else {
                leading.parked_timer = false;
                return;
            };
            if first.until > now {
                out.set(Timer::QuorumParked, first.until.since(now));
                return;
            }
            self.unpark(0, out);
        }
    }

    fn unpark(&mut self, at: usize, out: &mut Out<'_>) {
        let Role::Leader(leading) = &mut self.role else { return };
        let ParkedFetch { from, correlation, offset, .. } = leading.parked.remove(at);
        self.answer_fetch(from, correlation, offset, Position::Valid, out);
    }

    fn answer_fetch(
        &self,
        to: NodeId,
        correlation: u32,
        offset: Offset,
        position: Position,
        out: &mut Out<'_>,
    ) {
        let mut fetched = QuorumFetched {
            high_watermark: self.said_high_watermark(),
            entries: Vec::new(),
            diverging: None,
            snapshot: None,
        };
        match position {
            Position::Valid => {
                let count = (self.log.end().saturating_sub(offset) as usize).min(MAX_FETCH_RECORDS);
                fetched.entries.reserve_exact(count);
                fetched.entries.extend(self.log.from(offset).take(count).cloned());
            }
            Position::Diverging(epoch, end) => fetched.diverging = Some((epoch, end)),
            Position::Snapshot(end, epoch) => fetched.snapshot = Some((end, epoch)),
        }
        let body = Reply::QuorumFetch { hint: self.hint(), result: Ok(Box::new(fetched)) };
        reply(to, correlation, body, out);
    }
}
