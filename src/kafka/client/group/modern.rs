//! The consumer protocol from a member's side: one request says and asks everything.
//! Source: spec E3; KIP-848; `ConsumerHeartbeatRequestManager`, `ConsumerMembershipManager`.

use super::app::Doing;
use super::{Commits, GroupConsumer, Purpose, REQUEST_TIMEOUT, RETRY, Standing, Target};
use crate::fact::Fact;
use crate::group::consumer::{Heartbeat, JOIN, LEAVE, LEAVE_STATIC, Reply};
use crate::group::{self, Partitions};
use crate::guard::Guard;
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::node::{Out, Timer};
use kernel::{Instant, SortedSet, Span};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Modern {
    interval: Option<Span>,
    /// What it last said that it owns.
    said: Option<SortedSet<PartitionId>>,
    /// What it last said that it subscribes to.
    subscribed: SortedSet<TopicId>,
    /// The commit before what must be given up has been tried.
    prepared: bool,
    /// It has something to say before the next heartbeat is due.
    news: bool,
    not_before: Instant,
}

/// By topic.
fn by_topic(owned: &SortedSet<PartitionId>) -> Partitions {
    let mut all = Partitions::new();
    for id in owned {
        all.entry(id.topic).or_default().insert(id.index);
    }
    all
}

fn flat(all: &Partitions) -> SortedSet<PartitionId> {
    let each = |(topic, indices): (&_, &SortedSet<u16>)| {
        let topic = *topic;
        indices.iter().map(move |index| PartitionId { topic, index: *index }).collect::<Vec<_>>()
    };
    all.iter().flat_map(each).collect()
}

impl GroupConsumer {
    /// At a poll: joins, or takes a step towards what the coordinator wants. True when no records
    /// may be taken now. Source: `ConsumerMembershipManager.maybeReconcile`.
    pub(super) fn reconcile(&mut self, out: &mut Out<'_>) -> bool {
        if self.standing == Standing::Unjoined {
            self.modern_join(out);
            return false;
        }
        let Some(target) = &self.target else { return false };
        let gone: SortedSet<PartitionId> =
            self.owned.difference(&target.partitions).copied().collect();
        let auto = self.config.commits == Commits::Auto;
        if !gone.is_empty() && auto && !self.modern.prepared {
            self.modern.prepared = true;
            if self.begin_commit(out) {
                self.app.doing = Doing::Yields;
                return true;
            }
        }
        self.modern.prepared = false;
        self.revoke(gone, out);
        if let Some(target) = self.target.take() {
            self.take_over(target, out);
        }
        // What it has done is said at once.
        self.modern.news = true;
        self.modern_beat(out);
        false
    }

    fn modern_join(&mut self, out: &mut Out<'_>) {
        if self.coordinator.is_none() || self.modern.not_before > out.now() {
            return;
        }
        self.epoch = JOIN;
        self.target = None;
        let request = self.heartbeat_of(JOIN, true);
        if self.ask(request, REQUEST_TIMEOUT, Purpose::Heartbeat, out) {
            self.standing = Standing::Joining;
            self.modern.said = Some(SortedSet::new());
            self.modern.subscribed = self.reader.subscription.clone();
            out.note(Fact::Joins { rejoin: false });
        } else {
            self.modern_later(out);
        }
    }

    fn modern_later(&mut self, out: &mut Out<'_>) {
        self.modern.not_before = out.now() + RETRY;
        out.set(Timer::AppPoll, RETRY);
    }

    fn heartbeat_of(&self, epoch: group::Epoch, full: bool) -> group::Request {
        let changed = self.modern.said.as_ref() != Some(&self.owned) || self.says_too_much();
        let topics = self.reader.subscription.clone();
        let resubscribed = full || self.modern.subscribed != topics;
        let assignor = self.config.server_assignor.map(crate::assign::server::Assignor::name);
        // What it is to have, without this line of defence, as if it had given the rest up.
        let said = self.target.as_ref().filter(|_| !self.config.guards.on(Guard::SaysWhatItOwns));
        let owned = said.map_or(&self.owned, |target| &target.partitions);
        let owned = if epoch == JOIN { Partitions::new() } else { by_topic(owned) };
        group::Request::ConsumerHeartbeat(Heartbeat {
            member: self.member.unwrap_or(group::MemberId(0)),
            epoch,
            instance: self.instance(),
            rebalance_timeout: full.then_some(self.config.max_poll_interval),
            topics: resubscribed.then_some(topics),
            assignor: assignor.filter(|_| full),
            owned: (full || changed).then_some(owned),
        })
    }

    /// What it said may not have been heard.
    pub(super) fn not_heard(&mut self) {
        self.modern.said = None;
    }

    fn says_too_much(&self) -> bool {
        self.target.is_some() && !self.config.guards.on(Guard::SaysWhatItOwns)
    }

    pub(super) fn modern_beat(&mut self, out: &mut Out<'_>) {
        if self.standing != Standing::Member {
            return;
        }
        out.set(Timer::Beat, self.modern.interval.unwrap_or(Span::secs(5)));
        if self.is_asking(&Purpose::Heartbeat) {
            return;
        }
        // After a failure it says everything of itself, and so is told everything.
        // Source: `HeartbeatState.reset`.
        let request = self.heartbeat_of(self.epoch, self.modern.said.is_none());
        if self.ask(request, REQUEST_TIMEOUT, Purpose::Heartbeat, out) {
            self.modern.said = Some(self.owned.clone());
            self.modern.subscribed = self.reader.subscription.clone();
            self.modern.news = false;
        }
    }

    pub(super) fn modern_answered(&mut self, result: Result<Reply, ErrorCode>, out: &mut Out<'_>) {
        match self.standing {
            Standing::Leaving => return out.exit(),
            Standing::Member | Standing::Joining => {}
            _ => return,
        }
        match result {
            Ok(reply) => {
                self.standing = Standing::Member;
                self.epoch = reply.epoch;
                self.modern.interval = Some(reply.heartbeat_interval);
                if let Some(assignment) = reply.assignment {
                    let partitions = flat(&assignment);
                    self.target = Some(Target { partitions, epoch: reply.epoch });
                }
                out.set(Timer::Beat, reply.heartbeat_interval);
                if self.modern.news {
                    self.modern_beat(out);
                }
            }
            Err(ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId) => {
                self.epoch = JOIN;
                self.target = None;
                self.standing = Standing::Stale;
            }
            Err(
                ErrorCode::FencedInstanceId
                | ErrorCode::UnreleasedInstanceId
                | ErrorCode::UnsupportedAssignor
                | ErrorCode::GroupIdNotFound
                | ErrorCode::GroupMaxSizeReached
                | ErrorCode::InvalidRequest,
            ) => self.be_fenced(out),
            Err(_) if self.standing == Standing::Joining => {
                self.standing = Standing::Unjoined;
                self.modern_later(out);
            }
            Err(_) => {
                self.not_heard();
                out.set(Timer::Beat, RETRY);
            }
        }
    }

    pub(super) fn modern_leave(&mut self, out: &mut Out<'_>) -> bool {
        let epoch = if self.instance().is_some() { LEAVE_STATIC } else { LEAVE };
        let request = self.heartbeat_of(epoch, false);
        self.ask(request, REQUEST_TIMEOUT, Purpose::Leave, out)
    }
}
