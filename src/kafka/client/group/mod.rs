//! A consumer that shares partitions with others: a member of a group.
//!
//! Three parts that know little of each other: the reader ([`Consumer`]) fetches what it is told
//! to; the application ([`app`]) takes records, works on them and commits; the protocol
//! ([`classic`] or [`modern`]) says which partitions are its own. What the protocol learns takes
//! effect only when the application asks for records, as callbacks run in `poll()`.
//! Source: spec E2-E5; `ConsumerCoordinator`, `AbstractCoordinator`, `ConsumerMembershipManager`.

mod app;
mod classic;
mod commit;
mod modern;

use super::consumer::{Consumer, ConsumerConfig};
use super::metadata::{RETRY, retry_backoff};
use crate::assign::{Assignor, server};
use crate::client::order::Order;
use crate::fact::Fact;
use crate::group::{self, Answer, Epoch, GroupName, InstanceId, MemberId};
use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::{Msg, Reply, Request};
use crate::node::{Out, Timer};
use crate::rpc::{Calls, Part};
use app::App;
pub(crate) use app::Doing;
use kernel::{Closed, Instant, NodeId, SortedSet, Span};
use std::rc::Rc;

/// `request.timeout.ms`
const REQUEST_TIMEOUT: Span = Span::secs(30);

/// `group.protocol`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    Classic,
    Consumer,
}

impl Protocol {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Protocol::Classic => "classic",
            Protocol::Consumer => "consumer",
        }
    }
}

/// When the application commits what it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Commits {
    /// `enable.auto.commit`: in `poll()`, what earlier polls have returned.
    Auto,
    /// Before it works on what it was given.
    Before,
    /// After it has.
    After,
    Never,
}

/// What the application does about a record on which its handler fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnError {
    /// It swallows the exception and goes on.
    Skip,
    /// It puts the record into a dead letter topic and goes on.
    Park,
    /// The exception leaves the loop: `close()`, and the process ends.
    Stop,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberConfig {
    /// The group's name, and how it is called in requests.
    pub(crate) group: Rc<str>,
    pub(crate) key: GroupName,
    pub(crate) protocol: Protocol,
    /// `partition.assignment.strategy`
    pub(crate) assignors: Vec<Assignor>,
    /// `group.remote.assignor`
    pub(crate) server_assignor: Option<server::Assignor>,
    pub(crate) instance: Option<(Rc<str>, InstanceId)>,
    pub(crate) session_timeout: Span,
    pub(crate) heartbeat_interval: Span,
    pub(crate) max_poll_interval: Span,
    pub(crate) max_poll_records: usize,
    pub(crate) commits: Commits,
    pub(crate) auto_commit_interval: Span,
    /// How long the application works on one record.
    pub(crate) handler: Span,
    /// The handler fails on the record at this offset, whatever the partition.
    pub(crate) poison: Option<Offset>,
    pub(crate) on_error: OnError,
    pub(crate) reader: Rc<ConsumerConfig>,
    /// Which lines of defence stand; all, in every ordinary run.
    pub(crate) guards: Guards,
}

/// What a request under way was for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Coordinator,
    Join,
    Sync,
    Heartbeat,
    Leave,
    /// Offsets of partitions that have been assigned.
    Positions,
    Commit(Vec<(PartitionId, Offset)>),
}

/// Where it stands in its group. Source: `AbstractCoordinator.MemberState`, `MemberState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    /// It has to join.
    Unjoined,
    /// It has asked to, and waits.
    Joining,
    Member,
    /// It has left, and joins again when its application next asks for records.
    Stale,
    /// It goes for good.
    Leaving,
    /// Another has taken its place; only a person can help.
    Fatal,
}

impl Standing {
    /// Source: `AbstractCoordinator.MemberState`, `MemberState`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Standing::Unjoined => "UNJOINED",
            Standing::Joining => "JOINING",
            Standing::Member => "STABLE",
            Standing::Stale => "STALE",
            Standing::Leaving => "LEAVING",
            Standing::Fatal => "FATAL",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupConsumer {
    pub(crate) me: NodeId,
    pub(crate) config: Rc<MemberConfig>,
    pub(crate) reader: Consumer,
    calls: Calls<Purpose>,
    pub(crate) coordinator: Option<NodeId>,
    /// Nobody is asked for the coordinator before this instant.
    find_after: Instant,
    pub(crate) standing: Standing,
    pub(crate) member: Option<MemberId>,
    /// Generation, or member epoch.
    pub(crate) epoch: Epoch,
    /// Partitions that it believes to be its own.
    pub(crate) owned: SortedSet<PartitionId>,
    /// What the protocol has decided and the application has not taken over yet.
    target: Option<Target>,
    /// A rebalance is under way, or it has to join anew: at the next poll.
    rejoin: bool,
    classic: classic::Classic,
    modern: modern::Modern,
    pub(crate) app: App,
    /// Offsets of owned partitions are wanted from the coordinator.
    unplaced: SortedSet<PartitionId>,
}

/// What its partitions are to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Target {
    partitions: SortedSet<PartitionId>,
    epoch: Epoch,
}

impl GroupConsumer {
    #[must_use]
    pub(crate) fn new(me: NodeId, config: Rc<MemberConfig>, brokers: Vec<NodeId>) -> Self {
        let reader = Consumer::for_group(Rc::clone(&config.reader), brokers);
        GroupConsumer {
            me,
            reader,
            calls: Calls::new(Part::Group),
            coordinator: None,
            find_after: Instant::ZERO,
            standing: Standing::Unjoined,
            member: None,
            epoch: -1,
            owned: SortedSet::new(),
            target: None,
            rejoin: false,
            classic: classic::Classic::default(),
            modern: modern::Modern::default(),
            app: App::default(),
            unplaced: SortedSet::new(),
            config,
        }
    }

    pub fn start(&mut self, out: &mut Out<'_>) {
        self.calls.start(out);
        if self.config.protocol == Protocol::Consumer {
            // Clients make their ids themselves since 4.0 (KIP-1082).
            let random = out.draw("member", 1 << 48);
            self.member = Some(MemberId(u64::from(self.me.0) << 48 | random));
        }
        self.app.begin(out.now(), self.config.handler);
        out.set(Timer::PollDeadline, self.config.max_poll_interval);
        self.reader.start(out);
        self.go_on(out);
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        let (correlation, body) = match msg {
            Msg::Reply { correlation, body } => (correlation, body),
            Msg::Application(Order::Handler(handler)) => return self.app.handler = handler,
            Msg::Application(order) => {
                self.app.orders.push(order);
                return self.go_on(out);
            }
            _ => return,
        };
        let Some(call) = self.calls.answered(correlation) else {
            self.reader.receive(from, Msg::Reply { correlation, body }, out);
            return self.go_on(out);
        };
        match (body, call.what) {
            (Reply::FindCoordinator(result), Purpose::Coordinator) => {
                self.reader.metadata.heard(from);
                self.coordinator_found(result, out);
            }
            (Reply::Group(answer), what) => self.answered(from, *answer, what, out),
            _ => {}
        }
        self.go_on(out);
    }

    fn answered(&mut self, from: NodeId, answer: Answer, what: Purpose, out: &mut Out<'_>) {
        if self.coordinator == Some(from) && answer.error().is_some_and(is_elsewhere) {
            self.lose_coordinator(out);
        }
        match (answer, what) {
            (Answer::Join(result), Purpose::Join) => self.join_answered(result, out),
            (Answer::Sync(result), Purpose::Sync) => self.sync_answered(result, out),
            (Answer::Heartbeat(result), Purpose::Heartbeat) => {
                self.heartbeat_answered(result, out);
            }
            (Answer::ConsumerHeartbeat(result), Purpose::Heartbeat) => {
                self.modern_answered(result, out);
            }
            // Whoever has joined again meanwhile has nothing to learn from it.
            (Answer::Leave(_) | Answer::ConsumerHeartbeat(_), Purpose::Leave) => self.left(out),
            (Answer::OffsetFetch(result), Purpose::Positions) => self.placed(result, out),
            (Answer::OffsetCommit(result), Purpose::Commit(offsets)) => {
                self.commit_answered(result, offsets, out);
            }
            _ => {}
        }
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Requests(Part::Group) => {
                for call in self.calls.expired(out) {
                    self.call_failed(call.to, call.what, out);
                }
            }
            Timer::Coordinator => self.find_coordinator(out),
            Timer::Beat => self.beat(out),
            Timer::PollDeadline => self.poll_is_late(out),
            Timer::Handle => self.handled(out),
            Timer::AppPoll => {}
            _ => self.reader.fire(timer, out),
        }
        self.go_on(out);
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        for call in self.calls.hung_up(peer, closed) {
            self.call_failed(call.to, call.what, out);
        }
        self.reader.hung_up(peer, closed, out);
        self.go_on(out);
    }

    /// It is to end in good order: as soon as the application is done with what it was given.
    pub fn stop(&mut self, out: &mut Out<'_>) {
        self.app.closing = true;
        self.poll(out);
    }

    /// `close()`: commits, leaves and ends. Source: `ConsumerCoordinator.close`.
    fn close(&mut self, out: &mut Out<'_>) {
        self.app.close();
        if self.config.commits == Commits::Auto {
            self.commit_positions(out);
        }
        let revoked = std::mem::take(&mut self.owned);
        self.revoke(revoked, out);
        self.leave_for_good(out);
    }

    fn left(&mut self, out: &mut Out<'_>) {
        if self.standing == Standing::Leaving {
            out.exit();
        }
    }

    fn call_failed(&mut self, to: NodeId, what: Purpose, out: &mut Out<'_>) {
        self.reader.metadata.disconnected(to, out);
        if self.coordinator == Some(to) {
            self.lose_coordinator(out);
        }
        match what {
            Purpose::Coordinator => self.find_later(out),
            Purpose::Join | Purpose::Sync => self.join_failed(out),
            Purpose::Heartbeat => self.heartbeat_failed(out),
            Purpose::Leave => self.left(out),
            Purpose::Positions => {}
            Purpose::Commit(offsets) => {
                self.commit_answered(Err(ErrorCode::NetworkException), offsets, out);
            }
        }
    }

    // ---- the coordinator ----

    fn coordinator_found(&mut self, result: Result<NodeId, ErrorCode>, out: &mut Out<'_>) {
        match result {
            Ok(node) => {
                self.coordinator = Some(node);
                out.note(Fact::CoordinatorFound { node });
                if self.standing == Standing::Member {
                    out.set(Timer::Beat, Span(1));
                }
            }
            Err(_) => self.find_later(out),
        }
    }

    fn lose_coordinator(&mut self, out: &mut Out<'_>) {
        self.coordinator = None;
        self.find_later(out);
    }

    fn find_later(&mut self, out: &mut Out<'_>) {
        let wait = retry_backoff(0, out);
        self.find_after = out.now() + wait;
        out.set(Timer::Coordinator, wait);
    }

    fn find_coordinator(&mut self, out: &mut Out<'_>) {
        let waits = self.find_after > out.now() || self.is_asking(&Purpose::Coordinator);
        if self.coordinator.is_some() || waits {
            return;
        }
        match self.reader.metadata.any_broker(out) {
            Some(broker) => {
                let body = Request::FindCoordinator(self.config.key);
                self.calls.send(broker, body, REQUEST_TIMEOUT, Purpose::Coordinator, out);
            }
            None => self.find_later(out),
        }
    }

    fn is_asking(&self, what: &Purpose) -> bool {
        self.calls.iter().any(|call| call.what == *what)
    }

    /// Asks the coordinator, if there is one.
    fn ask(
        &mut self,
        request: group::Request,
        timeout: Span,
        what: Purpose,
        out: &mut Out<'_>,
    ) -> bool {
        let Some(to) = self.coordinator else { return false };
        if !self.reader.metadata.may_use(to, out.now()) {
            return false;
        }
        let body = Request::Group(self.config.key, Box::new(request));
        self.calls.send(to, body, timeout, what, out);
        true
    }

    fn instance(&self) -> Option<InstanceId> {
        self.config.instance.as_ref().map(|(_, id)| *id)
    }

    // ---- partitions come and go ----

    /// `onPartitionsRevoked`.
    fn revoke(&mut self, gone: SortedSet<PartitionId>, out: &mut Out<'_>) {
        if gone.is_empty() {
            return;
        }
        self.give_up(&gone);
        out.note(Fact::PartitionsRevoked { gone: gone.into_iter().collect() });
    }

    /// `onPartitionsLost`: all of them, and nothing can be committed any more.
    fn lose_all(&mut self, out: &mut Out<'_>) {
        if !self.config.guards.on(Guard::LosesWhenFenced) {
            return;
        }
        let gone = std::mem::take(&mut self.owned);
        self.target = None;
        if gone.is_empty() {
            return;
        }
        self.give_up(&gone);
        out.note(Fact::PartitionsLost { gone: gone.into_iter().collect() });
    }

    fn give_up(&mut self, gone: &SortedSet<PartitionId>) {
        for id in gone {
            self.owned.remove(id);
            self.unplaced.remove(id);
            if self.config.guards.on(Guard::DropsWhatIsRevoked) {
                self.reader.unassign(*id);
            }
        }
    }

    /// `onPartitionsAssigned`.
    fn take_over(&mut self, target: Target, out: &mut Out<'_>) {
        let Target { partitions, epoch } = target;
        let added: Vec<PartitionId> = partitions.difference(&self.owned).copied().collect();
        self.owned = partitions;
        self.unplaced.extend(added.iter().copied());
        let all = self.owned.iter().copied().collect();
        out.note(Fact::PartitionsAssigned { epoch, added, all });
    }

    /// After every input: what can be done now is done.
    fn go_on(&mut self, out: &mut Out<'_>) {
        if self.standing == Standing::Leaving || self.standing == Standing::Fatal {
            return;
        }
        if self.coordinator.is_none() {
            self.find_coordinator(out);
        }
        self.poll(out);
        self.place(out);
        self.reader.ask_brokers(out);
    }
}

/// The coordinator is another broker, or none at the moment.
fn is_elsewhere(error: ErrorCode) -> bool {
    matches!(error, ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable)
}
