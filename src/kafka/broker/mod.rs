//! A broker: follows the metadata log, hosts replicas, serves clients, fetches from leaders.
//!
//! It acts on the metadata that it has applied, which may be old; nothing here decides who leads.
//! Source: spec A, B7; `BrokerServer`, `ReplicaManager`.

mod alter;
mod fetch;
mod fetcher;
pub(crate) mod groups;
mod lifecycle;
mod metadata;
mod offsets;
mod produce;
pub(crate) mod replica;
pub(crate) mod sequence;
mod storage;
mod sync;
#[cfg(test)]
mod vectors;

use crate::config::{Profile, Settings};
use crate::group::{self, Caller};
use crate::guard::Guard;
use crate::id::{BrokerEpoch, Dir, ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::image::Image;
use crate::message::{Msg, Operator, Reply, Request};
use crate::node::{Node, Out, Timer};
use crate::quorum::Quorum;
use crate::rpc::{Calls, Part};
use fetcher::Fetcher;
use kernel::{Closed, Durable, Instant, NodeId, SortedMap, SortedSet};
use replica::{Replica, Rules};
use std::cmp::Ordering;
use std::rc::Rc;

/// Source: `BrokerState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Starting,
    Running,
    PendingControlledShutdown,
    ShuttingDown,
}

impl State {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Starting => "STARTING",
            State::Running => "RUNNING",
            State::PendingControlledShutdown => "PENDING_CONTROLLED_SHUTDOWN",
            State::ShuttingDown => "SHUTTING_DOWN",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Register,
    Heartbeat,
    Alter(Vec<PartitionId>),
    ProducerIds,
    Topic,
    Fetch,
    /// Where a leader's log starts and ends.
    Range,
}

/// What of a partition changed during an input, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Touch {
    /// The leader's log grew: followers may have waited for it.
    End,
    /// The high watermark moved: producers and consumers may have waited for it.
    Mark,
    /// Who leads, or whether it is hosted: everybody is concerned.
    State,
}

/// A request that waits at this broker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parked<T> {
    pub ticket: u32,
    pub from: NodeId,
    correlation: u32,
    pub since: Instant,
    pub until: Instant,
    pub what: T,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broker {
    me: NodeId,
    pub rack: Option<Rc<str>>,
    profile: Profile,
    settings: Rc<Settings>,
    pub quorum: Quorum,
    pub image: Rc<Image>,
    /// Metadata applied up to here.
    pub applied: Offset,
    /// It has registered and applied the metadata up to its own registration.
    /// Source: `BrokerServer.startup`: publishers and request processing come after that.
    in_service: bool,
    calls: Calls<Purpose>,
    pub state: State,
    pub incarnation: u64,
    previous_epoch: Option<BrokerEpoch>,
    pub epoch: Option<BrokerEpoch>,
    pub fenced: bool,
    /// Failures in a row on the way to the controller.
    failures: u32,
    pub replicas: SortedMap<PartitionId, Rc<Replica>>,
    fetchers: SortedMap<NodeId, Fetcher>,
    pub parked_produce: Vec<Parked<produce::Waiting>>,
    pub parked_fetch: Vec<Parked<Box<crate::message::Fetch>>>,
    next_ticket: u32,
    /// Some proposal waits to be sent.
    unsent: bool,
    /// Partitions that changed during this input: what waits for them is looked at again.
    touched: Vec<(PartitionId, Touch)>,
    /// Room for what a fetch finds; empty between inputs.
    found: Vec<fetch::Found>,
    log_dirs: u8,
    offline_dirs: Vec<Dir>,
    /// Replicas on directories that have failed.
    pub offline: SortedSet<PartitionId>,
    /// How many of them the heartbeat under way tells of.
    reported: usize,
    /// Producer ids left in the block, and who waits for the next block.
    producer_ids: (u32, u32),
    waiting_for_ids: Vec<(NodeId, u32)>,
    group_config: Rc<group::Config>,
    pub(crate) shards: groups::Shards,
}

impl Broker {
    #[must_use]
    pub fn new(
        me: NodeId,
        rack: Option<Rc<str>>,
        voters: Rc<[NodeId]>,
        profile: Profile,
        settings: Rc<Settings>,
        log_dirs: u8,
    ) -> Broker {
        let group_config = Rc::new(settings.group_config(profile.guards));
        Broker {
            me,
            rack,
            profile,
            quorum: Quorum::new(me, voters, profile, Rc::clone(&settings)),
            settings,
            image: Rc::new(Image::under(profile.guards)),
            applied: 0,
            in_service: false,
            calls: Calls::new(Part::Node),
            state: State::Starting,
            incarnation: 0,
            previous_epoch: None,
            epoch: None,
            fenced: true,
            failures: 0,
            replicas: SortedMap::new(),
            fetchers: SortedMap::new(),
            parked_produce: Vec::new(),
            parked_fetch: Vec::new(),
            next_ticket: 0,
            unsent: false,
            touched: Vec::new(),
            found: Vec::new(),
            log_dirs,
            offline_dirs: Vec::new(),
            offline: SortedSet::new(),
            reported: 0,
            producer_ids: (0, 0),
            waiting_for_ids: Vec::new(),
            group_config,
            shards: SortedMap::new(),
        }
    }

    pub fn start(&mut self, durable: &Durable<'_, Node>, out: &mut Out<'_>) {
        self.quorum.start(durable, out);
        self.wake(durable, out);
    }

    /// All of a start but the quorum's.
    pub(crate) fn wake(&mut self, durable: &Durable<'_, Node>, out: &mut Out<'_>) {
        self.calls.start(out);
        self.incarnation = out.draw("incarnation", u64::MAX);
        let dead = |dir: &Dir| durable.is_dead(dir.0);
        self.offline_dirs = (0..self.log_dirs).map(Dir).filter(dead).collect();
        if self.offline_dirs.contains(&Dir(0)) {
            return self.halt(out);
        }
        self.load(durable, out);
        out.set(Timer::IsrExpiration, self.isr_check_interval());
        out.set(Timer::Checkpoint, self.settings.high_watermark_checkpoint_interval);
        out.set(Timer::StartCheckpoint, self.settings.log_start_checkpoint_interval);
        out.set(Timer::Retention, storage::FIRST_RETENTION);
        out.set(Timer::WriteBack, storage::WRITE_BACK);
        out.set(Timer::Channel, lifecycle::RESEND);
        self.finish(out);
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        match msg {
            Msg::Request { correlation, body } => self.request(from, correlation, body, out),
            Msg::Reply { correlation, body } if self.quorum.owns(correlation) => {
                self.quorum.reply(from, correlation, body, out);
            }
            Msg::Reply { correlation, body } => self.reply(from, correlation, body, out),
            Msg::Operator(Operator::DeleteRecords { id, before }) => {
                self.delete_records(id, before, out);
            }
            Msg::Operator(Operator::ResetOffsets { group, offsets }) => {
                self.reset_offsets(group, &offsets, out);
            }
            Msg::Operator(_) | Msg::Application(_) => {}
        }
        self.finish(out);
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Requests(Part::Node) => {
                for call in self.calls.expired(out) {
                    self.call_failed(call.to, call.what, out);
                }
            }
            Timer::Heartbeat => self.send_heartbeat(out),
            Timer::Channel => self.use_channel(out),
            Timer::ReplicaFetch(leader) => self.fetch_from(leader, out),
            Timer::IsrExpiration => self.expire_isr(out),
            Timer::Checkpoint => self.checkpoint(out),
            Timer::StartCheckpoint => self.checkpoint_starts(out),
            Timer::Retention => self.delete_old_segments(out),
            // Others must not go on believing that its replicas are there.
            Timer::DirFailure => self.halt(out),
            Timer::WriteBack => self.write_back(out),
            Timer::ParkedProduce(ticket) => self.produce_timed_out(ticket, out),
            Timer::ParkedFetch(ticket) => self.fetch_timed_out(ticket, out),
            Timer::AlterRetry => self.unsent = true,
            Timer::ShutdownLimit => self.shut_down(out),
            Timer::Group(index, timer) => self.group_timer(index, timer, out),
            Timer::GroupWrites(index) => self.group_writes_timed_out(index, out),
            _ => self.quorum.fire(timer, out),
        }
        self.finish(out);
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        self.quorum.hung_up(peer, closed, out);
        self.forget_requests_of(peer, closed, out);
        for call in self.calls.hung_up(peer, closed) {
            self.call_failed(call.to, call.what, out);
        }
        self.finish(out);
    }

    fn request(&mut self, from: NodeId, correlation: u32, body: Request, out: &mut Out<'_>) {
        if !self.in_service {
            // Request processing is enabled only once the broker is registered and caught up.
            out.reject(from, body.channel());
            return;
        }
        match body {
            Request::Produce(produce) => self.produce(from, correlation, produce, out),
            Request::Fetch(fetch) => self.serve_fetch(from, correlation, fetch, out),
            Request::ListOffsets(asked) => self.list_offsets(from, correlation, &asked, out),
            Request::OffsetsForLeaderEpoch(asked) => {
                self.offsets_for_leader_epoch(from, correlation, &asked, out);
            }
            Request::Metadata => self.serve_metadata(from, correlation, out),
            Request::InitProducerId => self.serve_producer_id(from, correlation, out),
            Request::FindCoordinator(group) => {
                self.find_coordinator(from, correlation, group, out);
            }
            Request::Group(group, request) => {
                self.group_request(Caller { from, correlation }, group, *request, out);
            }
            _ => self.quorum.request(from, correlation, body, out),
        }
    }

    fn reply(&mut self, from: NodeId, correlation: u32, body: Reply, out: &mut Out<'_>) {
        let Some(call) = self.calls.answered(correlation) else {
            return self.stray(from, body, out);
        };
        match (body, call.what) {
            (Reply::BrokerRegistration(result), Purpose::Register) => {
                self.registered(result, out);
            }
            (Reply::BrokerHeartbeat(result), Purpose::Heartbeat) => {
                self.heartbeat_answered(result, out);
            }
            (Reply::AlterPartition(result), Purpose::Alter(ids)) => {
                self.proposals_answered(&ids, result, out);
            }
            (Reply::AllocateProducerIds(result), Purpose::ProducerIds) => {
                self.ids_allocated(result, out);
            }
            (Reply::Fetch { partitions, .. }, Purpose::Fetch) => {
                self.fetched(from, partitions, out);
            }
            (Reply::ListOffsets { partitions, .. }, Purpose::Range) => {
                self.range_told(from, &partitions, out);
            }
            _ => {}
        }
    }

    /// An answer to nothing that is under way. If answers were not told apart by their numbers, it
    /// would be taken for one to the present fetch.
    fn stray(&mut self, from: NodeId, body: Reply, out: &mut Out<'_>) {
        if let Reply::Fetch { partitions, .. } = body
            && !self.profile.on(Guard::ResponseOfThisLife)
        {
            self.take_in(from, partitions, out);
        }
    }

    fn call_failed(&mut self, to: NodeId, what: Purpose, out: &mut Out<'_>) {
        match what {
            Purpose::Register | Purpose::Heartbeat => self.channel_failed(out),
            Purpose::Alter(ids) => self.proposals_failed(&ids, out),
            Purpose::ProducerIds => self.ids_failed(out),
            Purpose::Topic => {}
            Purpose::Fetch | Purpose::Range => self.fetch_failed(to, out),
        }
    }

    /// After every input: apply new metadata, then look again at what waits for what changed.
    pub(crate) fn finish(&mut self, out: &mut Out<'_>) {
        self.apply_metadata(out);
        if self.unsent {
            self.send_proposals(out);
        }
        if !self.touched.is_empty() {
            self.complete_groups(out);
            self.complete_fetch(out);
            self.complete_produce(out);
            self.touched.clear();
        }
    }

    /// What waits for this partition is looked at again at the end of this input.
    fn touch(&mut self, id: PartitionId, what: Touch) {
        match self.touched.iter_mut().find(|(touched, _)| *touched == id) {
            Some((_, most)) => *most = what.max(*most),
            None => self.touched.push((id, what)),
        }
    }

    fn is_touched(&self, id: PartitionId, least: Touch) -> bool {
        self.touched.iter().any(|(touched, what)| *touched == id && *what >= least)
    }

    fn replica_mut(&mut self, id: PartitionId) -> Option<&mut Replica> {
        self.replicas.get_mut(&id).map(Rc::make_mut)
    }

    /// A replica of this broker, or why there is none.
    /// Source: `ReplicaManager.getPartitionOrError`.
    fn hosted(&self, id: PartitionId) -> Result<&Replica, ErrorCode> {
        match self.replicas.get(&id) {
            Some(replica) => Ok(replica),
            None if self.offline.contains(&id) => Err(ErrorCode::KafkaStorageError),
            None if self.image.partitions.contains_key(&id) => Err(ErrorCode::NotLeaderOrFollower),
            None => Err(ErrorCode::UnknownTopicOrPartition),
        }
    }

    /// The replica, if the asking side and this one mean the same leader epoch.
    /// Source: spec A4.1; KIP-320; `Partition.checkCurrentLeaderEpoch`.
    fn with_epoch(&self, id: PartitionId, epoch: LeaderEpoch) -> Result<&Replica, ErrorCode> {
        let replica = self.hosted(id)?;
        match epoch.cmp(&replica.leader_epoch) {
            _ if !self.profile.on(Guard::FetchLeaderEpoch) => Ok(replica),
            Ordering::Less => Err(ErrorCode::FencedLeaderEpoch),
            Ordering::Greater => Err(ErrorCode::UnknownLeaderEpoch),
            Ordering::Equal => Ok(replica),
        }
    }

    fn rules(&self) -> Rules {
        Rules {
            lag: self.settings.replica_lag_time_max,
            strict_min_isr: self.profile.strict_min_isr,
            guards: self.profile.guards,
        }
    }

    fn ticket(&mut self) -> u32 {
        self.next_ticket = self.next_ticket.wrapping_add(1);
        self.next_ticket
    }

    /// Whether a broker may be in an ISR, as far as this one knows.
    /// Source: spec A9.2; `isReplicaIsrEligible`.
    fn eligible(image: &Image, node: NodeId, epoch: Option<BrokerEpoch>) -> bool {
        image.brokers.get(&node).is_some_and(|broker| {
            broker.is_active() && epoch.is_none_or(|epoch| epoch == broker.epoch)
        })
    }
}
