//! The classic protocol from a member's side: join, and with luck lead; sync; show that it lives.
//! Source: spec E2; `AbstractCoordinator`, `ConsumerCoordinator`.

use super::{Commits, GroupConsumer, Protocol, Purpose, REQUEST_TIMEOUT, Standing, Target};
use super::{RETRY, app::Doing};
use crate::assign::{self, Assignor};
use crate::fact::Fact;
use crate::group::classic::{Heartbeat, Join, JoinRefused, Joined, Leaving, Sync, Synced};
use crate::group::{self, Assigned, Epoch, MemberId, Subscription};
use crate::guard::Guard;
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::node::{Out, Timer};
use kernel::{Instant, SortedMap, SortedSet, Span};
use std::rc::Rc;

/// A join is answered when the rebalance is over, at the latest this much after its timeout.
/// Source: `AbstractCoordinator.JOIN_GROUP_TIMEOUT_LAPSE`.
const LAPSE: Span = Span::secs(5);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Classic {
    /// What goes before a join has been done.
    prepared: bool,
    /// What it subscribed to when it last joined.
    subscribed: SortedSet<TopicId>,
    /// As a leader: the topics that its group subscribes to, and how many partitions each had when
    /// it shared them out.
    shared: Option<SortedMap<TopicId, u16>>,
    /// What it last had, and in which generation: the sticky assignor remembers.
    had: (Vec<PartitionId>, Epoch),
    not_before: Instant,
}

impl GroupConsumer {
    /// All of a group stops during a rebalance, unless every assignor can do without.
    /// Source: `ConsumerPartitionAssignor.RebalanceProtocol`.
    pub(crate) fn is_eager(&self) -> bool {
        let cooperative = |assignor: &Assignor| *assignor == Assignor::CooperativeSticky;
        !self.config.assignors.iter().all(cooperative)
    }

    /// At a poll: takes over an assignment, or joins. True when no records may be taken now.
    pub(super) fn follow_protocol(&mut self, out: &mut Out<'_>) -> bool {
        if self.config.protocol == Protocol::Consumer {
            return self.reconcile(out);
        }
        if let Some(target) = self.target.take() {
            return self.complete_join(target, out);
        }
        self.look_for_new_topics();
        let unjoined = self.standing == Standing::Unjoined;
        let joins = unjoined || self.rejoin && self.standing == Standing::Member;
        if !joins || self.classic.not_before > out.now() {
            return false;
        }
        if self.commits_before(out) {
            return true;
        }
        if self.coordinator.is_none() {
            return false;
        }
        self.join(out);
        self.is_eager()
    }

    /// Whoever hears of a topic that it wants, and the leader who hears of more partitions, calls
    /// the group together. Source: `ConsumerCoordinator.rejoinNeededOrPending`.
    fn look_for_new_topics(&mut self) {
        let shared = self.classic.shared.as_ref();
        let grown = shared.is_some_and(|shared| *shared != self.sizes_of(shared.keys()));
        if grown {
            self.classic.shared = None;
        }
        let resubscribed = self.classic.subscribed != self.reader.subscription;
        self.rejoin |= grown || resubscribed;
    }

    /// Whether a commit has to go before what is to be given up. It is tried once.
    fn commits_before(&mut self, out: &mut Out<'_>) -> bool {
        let auto = self.config.commits == Commits::Auto;
        if self.classic.prepared || !auto || self.standing != Standing::Member {
            return false;
        }
        self.classic.prepared = true;
        let waits = self.begin_commit(out);
        if waits {
            self.app.doing = Doing::Yields;
        }
        waits
    }

    /// `onJoinComplete`. Under the cooperative protocol what has to be given up is given up only
    /// now, and the group meets once more.
    fn complete_join(&mut self, target: Target, out: &mut Out<'_>) -> bool {
        let gone: SortedSet<PartitionId> =
            self.owned.difference(&target.partitions).copied().collect();
        if !gone.is_empty() {
            if self.commits_before(out) {
                self.target = Some(target);
                return true;
            }
            self.revoke(gone, out);
            self.rejoin = self.config.guards.on(Guard::RejoinsAfterRevoking);
        }
        self.classic.prepared = false;
        self.classic.had = (target.partitions.iter().copied().collect(), target.epoch);
        self.take_over(target, out);
        false
    }

    // ---- joining ----

    /// `onJoinPrepare`, then JoinGroup.
    fn join(&mut self, out: &mut Out<'_>) {
        let again = self.standing == Standing::Member;
        if self.member.is_none() {
            self.lose_all(out);
        } else if self.is_eager() && self.config.guards.on(Guard::EagerRevokesFirst) {
            let all = std::mem::take(&mut self.owned);
            self.revoke(all, out);
        }
        self.classic.prepared = false;
        self.classic.subscribed = self.reader.subscription.clone();
        self.rejoin = false;
        self.target = None;
        let join = Join {
            member: self.member,
            instance: self.instance(),
            session_timeout: self.config.session_timeout,
            rebalance_timeout: self.config.max_poll_interval,
            protocols: self.config.assignors.iter().map(|it| self.offer(*it)).collect(),
        };
        let timeout = REQUEST_TIMEOUT.max(self.config.max_poll_interval + LAPSE);
        if self.ask(group::Request::Join(join), timeout, Purpose::Join, out) {
            self.standing = Standing::Joining;
            out.cancel(Timer::Beat);
            out.note(Fact::Joins { rejoin: again });
        } else {
            self.standing = Standing::Unjoined;
            self.join_later(out);
        }
    }

    /// An assignor, and what it is told.
    fn offer(&self, assignor: Assignor) -> (&'static str, Rc<Subscription>) {
        let (owned, generation) = match assignor {
            Assignor::Sticky => self.classic.had.clone(),
            _ => (self.owned.iter().copied().collect(), self.epoch),
        };
        let topics = self.reader.subscription.clone();
        (assignor.name(), Rc::new(Subscription { topics, owned, generation }))
    }

    fn join_later(&mut self, out: &mut Out<'_>) {
        self.classic.not_before = out.now() + RETRY;
        out.set(Timer::AppPoll, RETRY);
    }

    pub(super) fn join_failed(&mut self, out: &mut Out<'_>) {
        self.standing = Standing::Unjoined;
        self.join_later(out);
    }

    pub(super) fn join_answered(&mut self, result: Result<Joined, JoinRefused>, out: &mut Out<'_>) {
        if self.standing != Standing::Joining {
            return;
        }
        match result {
            Ok(joined) => self.sync(joined, out),
            Err(JoinRefused { member, error }) => {
                self.standing = Standing::Unjoined;
                match error {
                    ErrorCode::MemberIdRequired => self.member = member,
                    ErrorCode::UnknownMemberId => self.reset(true),
                    ErrorCode::FencedInstanceId => self.be_fenced(out),
                    ErrorCode::GroupMaxSizeReached
                    | ErrorCode::InvalidSessionTimeout
                    | ErrorCode::InconsistentGroupProtocol => self.give_in(out),
                    _ => self.join_later(out),
                }
            }
        }
    }

    fn sync(&mut self, joined: Joined, out: &mut Out<'_>) {
        self.member = Some(joined.member);
        self.epoch = joined.generation;
        let leads = joined.leader == Some(joined.member);
        let assignments = if leads && !joined.skip_assignment {
            self.share(&joined, out)
        } else {
            SortedMap::new()
        };
        self.classic.shared = leads.then(|| self.sizes_of(subscribed(&joined).iter()));
        let sync = Sync {
            member: joined.member,
            instance: self.instance(),
            generation: joined.generation,
            protocol: joined.protocol,
            assignments,
        };
        let timeout = REQUEST_TIMEOUT.max(self.config.max_poll_interval + LAPSE);
        if !self.ask(group::Request::Sync(sync), timeout, Purpose::Sync, out) {
            self.join_failed(out);
        }
    }

    pub(super) fn sync_answered(&mut self, result: Result<Synced, ErrorCode>, out: &mut Out<'_>) {
        if self.standing != Standing::Joining {
            return;
        }
        match result {
            Ok(synced) => {
                self.standing = Standing::Member;
                let partitions = synced.assignment.iter().copied().collect();
                self.target = Some(Target { partitions, epoch: self.epoch });
                out.set(Timer::Beat, self.config.heartbeat_interval);
            }
            Err(error) => {
                self.standing = Standing::Unjoined;
                match error {
                    ErrorCode::RebalanceInProgress => {}
                    ErrorCode::FencedInstanceId => self.be_fenced(out),
                    ErrorCode::UnknownMemberId => self.reset(true),
                    ErrorCode::IllegalGeneration => self.reset(false),
                    _ => self.join_later(out),
                }
            }
        }
    }

    // ---- leading ----

    /// How many partitions topics have, as far as it knows; none of a topic that it has not heard
    /// of.
    fn sizes_of<'a>(&self, topics: impl Iterator<Item = &'a TopicId>) -> SortedMap<TopicId, u16> {
        let heard = |id| self.reader.topics.get(id).map_or(0, |heard| heard.partitions);
        topics.map(|id| (*id, heard(id))).collect()
    }

    /// The leader of the group, a client like any other, shares the partitions out.
    /// Source: `ConsumerCoordinator.onLeaderElected`.
    fn share(&mut self, joined: &Joined, out: &mut Out<'_>) -> SortedMap<MemberId, Assigned> {
        let assignor = Assignor::ALL.into_iter().find(|it| Some(it.name()) == joined.protocol);
        let Some(assignor) = assignor else { return SortedMap::new() };
        let topics = subscribed(joined);
        // What it does not know is shared out when it does.
        if topics.iter().any(|id| !self.reader.topics.contains_key(id)) {
            self.reader.metadata.want(out);
        }
        let topic = |id: &TopicId| {
            let heard = self.reader.topics.get(id)?;
            let (name, partitions) = (heard.name.to_string(), heard.partitions);
            Some((*id, assign::Topic { name, partitions, racks: Vec::new() }))
        };
        let name = |id: MemberId| format!("{:020}", id.0);
        let member =
            |(id, instance, says): &(MemberId, Option<_>, Rc<Subscription>)| assign::Member {
                id: name(*id),
                instance: instance.map(|group::InstanceId(number)| format!("{number:05}")),
                rack: None,
                topics: says.topics.clone(),
                owned: says.owned.clone(),
                generation: says.generation,
            };
        let group = assign::Group {
            topics: topics.iter().filter_map(topic).collect(),
            members: joined.members.iter().map(member).collect(),
        };
        let withholds = self.config.guards.on(Guard::CooperativeWithholds);
        let mut shares = match assignor {
            Assignor::CooperativeSticky if !withholds => Assignor::Sticky.assign(&group),
            _ => assignor.assign(&group),
        };
        let members = joined.members.len() as u32;
        out.note(Fact::Shared { assignor: assignor.name(), members });
        let of = |(id, ..): &(MemberId, _, _)| {
            (*id, Assigned::from(shares.remove(&name(*id)).unwrap_or_default()))
        };
        joined.members.iter().map(of).collect()
    }

    // ---- staying ----

    /// [`Timer::Beat`]: the heartbeat has a life of its own; it goes on while the application
    /// works. Source: `HeartbeatThread`.
    pub(super) fn beat(&mut self, out: &mut Out<'_>) {
        if self.config.protocol == Protocol::Consumer {
            return self.modern_beat(out);
        }
        let (Standing::Member, Some(member)) = (self.standing, self.member) else { return };
        out.set(Timer::Beat, self.config.heartbeat_interval);
        if self.is_late(out.now()) || self.is_asking(&Purpose::Heartbeat) {
            return;
        }
        let beat = Heartbeat { member, instance: self.instance(), generation: self.epoch };
        let request = group::Request::Heartbeat(beat);
        self.ask(request, self.config.session_timeout, Purpose::Heartbeat, out);
    }

    fn is_late(&self, now: Instant) -> bool {
        let works = !matches!(self.app.doing, Doing::Polls | Doing::Yields);
        works && now.since(self.app.polled) >= self.config.max_poll_interval
    }

    pub(super) fn heartbeat_failed(&mut self, out: &mut Out<'_>) {
        self.not_heard();
        if matches!(self.standing, Standing::Member | Standing::Joining) {
            out.set(Timer::Beat, RETRY);
        }
        if self.config.protocol == Protocol::Consumer && self.standing == Standing::Joining {
            self.standing = Standing::Unjoined;
            self.join_later(out);
        }
    }

    /// Source: `HeartbeatResponseHandler`.
    pub(super) fn heartbeat_answered(&mut self, result: Result<(), ErrorCode>, out: &mut Out<'_>) {
        if self.standing != Standing::Member {
            return;
        }
        match result {
            Ok(()) => {}
            Err(ErrorCode::RebalanceInProgress) => self.rejoin = true,
            Err(ErrorCode::UnknownMemberId) => self.reset(true),
            Err(ErrorCode::IllegalGeneration) => self.reset(false),
            Err(ErrorCode::FencedInstanceId) => self.be_fenced(out),
            Err(_) => out.set(Timer::Beat, RETRY),
        }
    }

    /// It is a member no more, and joins again at its next poll.
    /// Source: `resetStateAndRejoin`, `resetGenerationOnResponseError`.
    pub(super) fn reset(&mut self, forget_id: bool) {
        if forget_id {
            self.member = None;
        }
        self.epoch = -1;
        self.target = None;
        self.standing = if self.owned.is_empty() { Standing::Unjoined } else { Standing::Stale };
    }

    /// Another process has its `group.instance.id`.
    pub(super) fn be_fenced(&mut self, out: &mut Out<'_>) {
        self.lose_all(out);
        self.give_in(out);
    }

    /// The application gets an exception that it cannot go on after.
    pub(super) fn give_in(&mut self, out: &mut Out<'_>) {
        self.standing = Standing::Fatal;
        out.cancel(Timer::Beat);
        out.note(Fact::Leaves);
    }

    // ---- leaving ----

    /// Its application is too slow: it leaves, and comes back with the next poll.
    pub(super) fn leave_for_now(&mut self, out: &mut Out<'_>) {
        match self.config.protocol {
            Protocol::Classic if self.instance().is_some() => {}
            Protocol::Classic => {
                self.send_leave(out);
                self.reset(true);
                self.standing = Standing::Stale;
                out.cancel(Timer::Beat);
            }
            Protocol::Consumer => {
                self.modern_leave(out);
                self.standing = Standing::Stale;
            }
        }
    }

    pub(super) fn leave_for_good(&mut self, out: &mut Out<'_>) {
        let member = matches!(self.standing, Standing::Member | Standing::Joining);
        self.standing = Standing::Leaving;
        out.cancel(Timer::Beat);
        out.note(Fact::Leaves);
        let sent = member
            && match self.config.protocol {
                Protocol::Classic => self.instance().is_none() && self.send_leave(out),
                Protocol::Consumer => self.modern_leave(out),
            };
        if !sent {
            out.exit();
        }
    }

    fn send_leave(&mut self, out: &mut Out<'_>) -> bool {
        let leaving = Leaving { member: self.member, instance: self.instance() };
        let request = group::Request::Leave(vec![leaving]);
        self.member.is_some() && self.ask(request, REQUEST_TIMEOUT, Purpose::Leave, out)
    }
}

/// The topics that members of the group ask for.
fn subscribed(joined: &Joined) -> SortedSet<TopicId> {
    joined.members.iter().flat_map(|(.., says)| says.topics.clone()).collect()
}
