//! The application: asks for records, works on them one by one, commits as it is configured to,
//! and asks again. While it works, nothing that the protocol has decided takes effect.
//! Source: spec E2.5, E2.9; `KafkaConsumer.poll`.

use super::{Commits, GroupConsumer, OnError, Standing};
use crate::client::order::Order;
use crate::fact::Fact;
use crate::id::{Offset, PartitionId};
use crate::node::{Out, Timer};
use crate::record::Record;
use kernel::{Instant, SortedMap, Span};
use std::collections::VecDeque;

/// What it is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Doing {
    /// It waits in `poll()`.
    #[default]
    Polls,
    /// It waits for a commit: before its work, or after.
    Commits {
        then_work: bool,
    },
    Works,
    /// It waits, in `poll()`, for a commit that goes before a rebalance.
    Yields,
    Closed,
}

impl Doing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Doing::Polls => "poll",
            Doing::Commits { .. } => "commitSync",
            Doing::Works => "processing",
            Doing::Yields => "commitSync before rebalance",
            Doing::Closed => "closed",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct App {
    pub(crate) doing: Doing,
    /// What the last poll returned and is still to be worked on.
    pub(crate) batch: VecDeque<(PartitionId, Offset, Record)>,
    /// It ends before it asks for records again.
    pub(super) closing: bool,
    /// An exception has left its loop.
    pub(crate) threw: bool,
    /// How long it works on one record.
    pub(crate) handler: Span,
    /// What it is to do before it next asks for records.
    pub(super) orders: Vec<Order>,
    /// When it last asked for records.
    pub(crate) polled: Instant,
    /// Up to where it knows to have committed.
    pub(crate) committed: SortedMap<PartitionId, Offset>,
    next_auto_commit: Instant,
    /// The commit that it waits for will not succeed.
    commit_over: bool,
}

impl App {
    pub(super) fn begin(&mut self, now: Instant, handler: Span) {
        self.handler = handler;
        self.polled = now;
        self.next_auto_commit = now;
    }

    pub(super) fn close(&mut self) {
        self.doing = Doing::Closed;
        self.batch.clear();
    }

    pub(super) fn commit_is_over(&mut self) {
        self.commit_over = true;
    }
}

impl GroupConsumer {
    /// One turn of the application, as far as it gets.
    pub(super) fn poll(&mut self, out: &mut Out<'_>) {
        loop {
            match self.app.doing {
                Doing::Polls if self.app.closing => return self.close(out),
                Doing::Polls => {
                    if !self.take_records(out) {
                        return;
                    }
                }
                Doing::Yields => {
                    if !self.has_committed(out) {
                        return;
                    }
                    self.app.doing = Doing::Polls;
                }
                Doing::Commits { then_work } => {
                    if !self.has_committed(out) {
                        return;
                    }
                    self.app.doing = if then_work { Doing::Works } else { Doing::Polls };
                    if then_work {
                        return self.work(out);
                    }
                }
                Doing::Works | Doing::Closed => return,
            }
        }
    }

    /// `poll()`: first what the group wants, then records. True when there is more to do at once.
    fn take_records(&mut self, out: &mut Out<'_>) -> bool {
        let now = out.now();
        if self.app.polled != now {
            self.app.polled = now;
            out.set(Timer::PollDeadline, self.config.max_poll_interval);
        }
        if self.standing == Standing::Stale {
            self.standing = Standing::Unjoined;
            self.lose_all(out);
        }
        if self.follow_protocol(out) {
            return self.app.doing != Doing::Polls;
        }
        for order in std::mem::take(&mut self.app.orders) {
            self.obey(order, out);
        }
        self.commit_by_clock(out);
        let batch = self.reader.take(self.config.max_poll_records, out);
        if batch.is_empty() {
            return false;
        }
        self.app.batch = batch;
        let before = self.config.commits == Commits::Before;
        if before && self.begin_commit(out) {
            self.app.doing = Doing::Commits { then_work: true };
            return false;
        }
        self.app.doing = Doing::Works;
        self.work(out);
        true
    }

    /// A partition that it has been given is its own before it knows where the group has got to: a
    /// seek settles that, the rest waits until it knows.
    fn obey(&mut self, order: Order, out: &mut Out<'_>) {
        match order.partition().filter(|id| self.unplaced.contains(id)) {
            Some(id) if matches!(order, Order::Seek { .. }) => {
                self.unplaced.remove(&id);
                self.reader.assign(id, None);
            }
            Some(_) => return self.app.orders.push(order),
            None => {}
        }
        self.reader.obey(order, out);
    }

    /// Source: `maybeAutoCommitOffsetsAsync`.
    fn commit_by_clock(&mut self, out: &mut Out<'_>) {
        let now = out.now();
        if self.config.commits != Commits::Auto {
            return;
        }
        if now >= self.app.next_auto_commit {
            self.app.next_auto_commit = now + self.config.auto_commit_interval;
            if !self.is_committing() {
                self.commit_positions(out);
            }
        }
        out.set(Timer::AppPoll, self.app.next_auto_commit.since(now).max(Span(1)));
    }

    /// Begins a commit that the application waits for; false when there is nothing to commit.
    pub(super) fn begin_commit(&mut self, out: &mut Out<'_>) -> bool {
        self.app.commit_over = false;
        let under_way = self.commit_positions(out);
        under_way || self.is_uncommitted()
    }

    fn is_uncommitted(&self) -> bool {
        self.reader.consumed(false).any(|(id, offset, _)| {
            self.owned.contains(&id)
                && !self.unplaced.contains(&id)
                && self.app.committed.get(&id) != Some(&offset)
        })
    }

    /// Whether the commit that it waits for is done, or will not be.
    fn has_committed(&mut self, out: &mut Out<'_>) -> bool {
        if self.is_committing() {
            return false;
        }
        if std::mem::take(&mut self.app.commit_over) || !self.is_uncommitted() {
            return true;
        }
        if self.standing != Standing::Member {
            return true;
        }
        self.commit_positions(out);
        false
    }

    /// Works on what it has been given: each record takes its time.
    pub(super) fn work(&mut self, out: &mut Out<'_>) {
        if self.app.handler == Span::ZERO {
            while self.process_one(out) {}
            return self.worked(out);
        }
        out.set(Timer::Handle, self.app.handler);
    }

    /// [`Timer::Handle`]: it is done with one record.
    pub(super) fn handled(&mut self, out: &mut Out<'_>) {
        if self.app.doing != Doing::Works {
            return;
        }
        self.process_one(out);
        if self.app.batch.is_empty() || self.app.threw {
            self.worked(out);
        } else {
            out.set(Timer::Handle, self.app.handler);
        }
    }

    fn process_one(&mut self, out: &mut Out<'_>) -> bool {
        let Some((id, base, record)) = self.app.batch.pop_front() else { return false };
        if self.config.poison != Some(base) {
            out.note(Fact::Processed { id, base, records: vec![record] });
            return true;
        }
        let then = self.config.on_error;
        out.note(Fact::HandlerFailed { id, at: base, then });
        self.app.threw = then == OnError::Stop;
        !self.app.threw
    }

    /// The batch is done with, one way or the other.
    fn worked(&mut self, out: &mut Out<'_>) {
        if self.app.threw {
            return self.close(out);
        }
        let after = self.config.commits == Commits::After;
        let waits = after && self.begin_commit(out);
        self.app.doing = if waits { Doing::Commits { then_work: false } } else { Doing::Polls };
    }

    /// [`Timer::PollDeadline`]: the application has not asked for records for too long. The
    /// heartbeats say that it leaves; a static member only falls silent.
    /// Source: `max.poll.interval.ms`; `AbstractCoordinator.handlePollTimeoutExpiry`.
    pub(super) fn poll_is_late(&mut self, out: &mut Out<'_>) {
        if matches!(self.app.doing, Doing::Polls | Doing::Yields) {
            self.app.polled = out.now();
            out.set(Timer::PollDeadline, self.config.max_poll_interval);
            return;
        }
        if self.standing != Standing::Member && self.standing != Standing::Joining {
            return;
        }
        out.note(Fact::PolledLate { since: out.now().since(self.app.polled) });
        self.leave_for_now(out);
    }
}
