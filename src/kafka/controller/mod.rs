//! A controller: a voter of the metadata quorum, and, while it leads the quorum, the one place
//! where brokers are fenced and leaders are chosen.
//!
//! An event is validated against the image in memory, becomes records, is applied in memory at
//! once, and is answered when the quorum has committed it. Source: spec B6; `QuorumController`.

mod alter;
mod brokers;
mod elections;
mod operator;
mod partitions;
mod placer;
mod reassign;
mod replication;
mod rounds;
mod sessions;
#[cfg(test)]
mod tests;
mod topics;

use crate::config::{Profile, Settings};
use crate::fact::Fact;
use crate::guard::Guard;
use crate::id::{BrokerEpoch, ErrorCode, Offset};
use crate::image::{Image, MetaRecord};
use crate::message::{Msg, NewTopic, Reply, Request};
use crate::node::{Node, Out, Timer};
use crate::quorum::Quorum;
use crate::rpc::reply;
use kernel::{Closed, Durable, NodeId, Span};
pub(crate) use replication::{Decision, Replication};
use sessions::Sessions;
use std::rc::Rc;

/// How many ids a broker gets at once. Source: `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`.
const PRODUCER_ID_BLOCK: u32 = 1_000;
/// Until the next run when the last one was cut short. Source: `PeriodicTask`, immediate re-run.
const RERUN: Span = Span::millis(10);

/// What only the active controller waits for.
const OF_THE_ACTIVE: [Timer; 5] =
    [Timer::Session, Timer::NoOp, Timer::Balance, Timer::UncleanElection, Timer::Round];

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Controller {
    profile: Profile,
    settings: Rc<Settings>,
    pub quorum: Quorum,
    /// What is committed.
    committed: Rc<Image>,
    applied: Offset,
    /// Set while this node is the active controller.
    pub active: Option<Active>,
}

/// What only the active controller has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Active {
    /// Everything proposed so far, committed or not.
    pub image: Rc<Image>,
    pub sessions: Sessions,
    /// Answers that wait for an offset to be committed.
    waiting: Vec<Waiting>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    /// Committed when the high watermark is beyond it.
    offset: Offset,
    to: NodeId,
    correlation: u32,
    body: Reply,
}

impl Controller {
    #[must_use]
    pub fn new(
        me: NodeId,
        voters: Rc<[NodeId]>,
        profile: Profile,
        settings: Rc<Settings>,
    ) -> Controller {
        let quorum = Quorum::new(me, voters, profile, Rc::clone(&settings));
        let committed = Rc::new(Image::under(profile.guards));
        Controller { profile, settings, quorum, committed, applied: 0, active: None }
    }

    /// The metadata as this controller sees it: with what is proposed, when it is active.
    #[must_use]
    pub fn image(&self) -> &Image {
        self.active.as_ref().map_or(&self.committed, |active| &active.image)
    }

    /// Metadata applied up to here.
    #[must_use]
    pub fn applied(&self) -> Offset {
        self.applied
    }

    pub fn start(&mut self, durable: &Durable<'_, Node>, out: &mut Out<'_>) {
        self.quorum.start(durable, out);
        self.catch_up(out);
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        match msg {
            Msg::Request { correlation, body } => match body {
                Request::Vote(_)
                | Request::BeginQuorumEpoch { .. }
                | Request::EndQuorumEpoch { .. }
                | Request::QuorumFetch(_)
                | Request::FetchSnapshot(_)
                | Request::ApiVersions => self.quorum.request(from, correlation, body, out),
                _ => self.request(from, correlation, body, out),
            },
            Msg::Reply { correlation, body } => self.quorum.reply(from, correlation, body, out),
            Msg::Operator(order) => self.operate(&order, out),
            Msg::Application(_) => {}
        }
        self.catch_up(out);
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Session => self.check_sessions(out),
            Timer::NoOp => self.write_no_op(out),
            Timer::Balance => self.balance(out),
            Timer::UncleanElection => self.elect_unclean(out),
            Timer::Round => self.round(out),
            _ => self.quorum.fire(timer, out),
        }
        self.catch_up(out);
    }

    pub fn flushed(&mut self, upto: usize, out: &mut Out<'_>) {
        self.quorum.flushed(upto, out);
        self.catch_up(out);
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        self.quorum.hung_up(peer, closed, out);
        if let Some(active) = &mut self.active {
            let gone = |it: &Waiting| it.to == peer && closed.from_peer(it.body.channel());
            active.waiting.retain(|waiting| !gone(waiting));
        }
        self.catch_up(out);
    }

    pub fn stop(&mut self, out: &mut Out<'_>) {
        self.quorum.shut_down(out);
        self.catch_up(out);
    }

    fn request(&mut self, from: NodeId, correlation: u32, body: Request, out: &mut Out<'_>) {
        if self.active.is_none() {
            reply(from, correlation, not_controller(&body), out);
            return;
        }
        match body {
            Request::BrokerRegistration(registering) => {
                self.register(from, correlation, &registering, out);
            }
            Request::BrokerHeartbeat(beat) => self.heartbeat(from, correlation, &beat, out),
            Request::AlterPartition { broker_epoch, partitions } => {
                self.alter_partition(from, correlation, broker_epoch, &partitions, out);
            }
            Request::AllocateProducerIds { broker_epoch } => {
                self.allocate_producer_ids(from, correlation, broker_epoch, out);
            }
            Request::CreateTopic(topic) => self.topic_asked_for(from, correlation, &topic, out),
            _ => {}
        }
    }

    /// A broker asks in the name of a client. Source: `ControllerApis.createTopics`.
    fn topic_asked_for(
        &mut self,
        from: NodeId,
        correlation: u32,
        topic: &NewTopic,
        out: &mut Out<'_>,
    ) {
        let draw = &mut |below| out.draw("placement", below);
        match self.replication().create_topic(topic, draw) {
            Ok(decision) => {
                self.carry_out(decision, out);
                self.answer_when_committed(from, correlation, Reply::CreateTopic(Ok(())), out);
            }
            Err(error) => {
                out.note(Fact::TopicRefused { name: topic.name.clone(), error });
                reply(from, correlation, Reply::CreateTopic(Err(error)), out);
            }
        }
    }

    /// Source: `ProducerIdControlManager.generateNextProducerId`.
    fn allocate_producer_ids(
        &mut self,
        from: NodeId,
        correlation: u32,
        broker_epoch: BrokerEpoch,
        out: &mut Out<'_>,
    ) {
        if !self.is_this_life(from, broker_epoch) {
            let error = ErrorCode::StaleBrokerEpoch;
            reply(from, correlation, Reply::AllocateProducerIds(Err(error)), out);
            return;
        }
        let first = self.image().next_producer_id;
        let next = first + PRODUCER_ID_BLOCK;
        let body = Reply::AllocateProducerIds(Ok((first, PRODUCER_ID_BLOCK)));
        self.write(vec![MetaRecord::ProducerIds { next }], out);
        self.answer_when_committed(from, correlation, body, out);
    }

    /// The rules, on the newest metadata that this controller has.
    pub(crate) fn replication(&self) -> Replication<'_> {
        Replication { image: self.image(), profile: self.profile, settings: &self.settings }
    }

    fn sessions(&self) -> Option<&Sessions> {
        self.active.as_ref().map(|active| &active.sessions)
    }

    fn with_sessions(&mut self, change: impl FnOnce(&mut Sessions)) {
        if let Some(active) = &mut self.active {
            change(&mut active.sessions);
        }
    }

    /// Says and writes what was decided.
    fn carry_out(&mut self, decision: Decision, out: &mut Out<'_>) {
        for fact in decision.facts {
            out.note(fact);
        }
        self.write(decision.records, out);
    }

    /// Proposes records and applies them to the image in memory.
    fn write(&mut self, records: Vec<MetaRecord>, out: &mut Out<'_>) {
        self.begin_rounds(&records, out);
        if let Some(active) = &mut self.active {
            let image = Rc::make_mut(&mut active.image);
            for record in &records {
                image.apply(record);
            }
        }
        self.quorum.propose(records, out);
    }

    /// Answers once everything proposed so far is committed.
    fn answer_when_committed(
        &mut self,
        to: NodeId,
        correlation: u32,
        body: Reply,
        out: &mut Out<'_>,
    ) {
        let next = self.quorum.next_offset();
        let committed = next <= self.quorum.high_watermark();
        if committed || !self.profile.on(Guard::AnswerWhenCommitted) {
            reply(to, correlation, body, out);
        } else if let Some(active) = &mut self.active {
            active.waiting.push(Waiting { offset: next - 1, to, correlation, body });
        }
    }

    /// Applies what was committed, and takes up or lays down the office of active controller.
    fn catch_up(&mut self, out: &mut Out<'_>) {
        if let Some(snapshot) = self.quorum.snapshot_beyond(self.applied) {
            self.committed = Rc::clone(&snapshot.image);
            self.applied = snapshot.end;
        }
        // Of what was applied before this input: Kafka, too, takes snapshots aside and later.
        if self.quorum.wants_snapshot(self.applied) {
            self.quorum.keep_snapshot(self.applied, Rc::clone(&self.committed), out);
        }
        while self.applied < self.quorum.high_watermark() {
            let Some(entry) = self.quorum.entry(self.applied) else { break };
            Rc::make_mut(&mut self.committed).apply(&entry.record);
            self.applied += 1;
        }
        match (self.quorum.epoch_start(), self.active.is_some()) {
            (Some(start), false) if self.may_decide(start) => self.activate(out),
            (None, true) => self.deactivate(out),
            _ => {}
        }
        self.answer_committed(out);
    }

    /// Everything before its own epoch is applied. Source: spec B4.4.
    fn may_decide(&self, epoch_start: Offset) -> bool {
        self.applied > epoch_start || !self.profile.on(Guard::ActiveWhenCaughtUp)
    }

    /// The sessions of all brokers in service begin afresh. Source: spec B6.1.
    fn activate(&mut self, out: &mut Out<'_>) {
        let image = Rc::clone(&self.committed);
        let sessions = Sessions::afresh(&image, out.now());
        self.active = Some(Active { image, sessions, waiting: Vec::new() });
        out.note(Fact::ControllerActive { epoch: self.quorum.epoch() });
        out.set(Timer::NoOp, self.settings.metadata_max_idle_interval);
        if self.profile.unclean_task {
            out.set(Timer::UncleanElection, self.settings.unclean_leader_election_interval);
        }
        if self.settings.auto_leader_rebalance {
            out.set(Timer::Balance, self.settings.leader_imbalance_check_interval);
        }
        self.schedule_sessions(out);
        self.take_over_rounds(out);
    }

    /// Whatever was not committed is forgotten; who waits for it is sent elsewhere.
    fn deactivate(&mut self, out: &mut Out<'_>) {
        for timer in OF_THE_ACTIVE {
            out.cancel(timer);
        }
        for waiting in self.active.take().map(|active| active.waiting).unwrap_or_default() {
            let body = refuse(&waiting.body, ErrorCode::NotController);
            reply(waiting.to, waiting.correlation, body, out);
        }
    }

    fn answer_committed(&mut self, out: &mut Out<'_>) {
        let committed = self.quorum.high_watermark();
        let Some(active) = &mut self.active else { return };
        if active.waiting.first().is_none_or(|waiting| waiting.offset >= committed) {
            return;
        }
        let (ready, wait) = std::mem::take(&mut active.waiting)
            .into_iter()
            .partition(|waiting| waiting.offset < committed);
        active.waiting = wait;
        let ready: Vec<Waiting> = ready;
        for Waiting { to, correlation, body, .. } in ready {
            reply(to, correlation, body, out);
        }
    }

    /// Moves brokers' metadata offsets on while nothing happens. Source: spec B6.2.
    fn write_no_op(&mut self, out: &mut Out<'_>) {
        self.write(vec![MetaRecord::NoOp], out);
        out.set(Timer::NoOp, self.settings.metadata_max_idle_interval);
    }

    /// Preferred leaders take over where they can. The runs are an interval apart from the moment
    /// this controller took over: so the recorded 4.1.2 did it, whenever the imbalance arose.
    /// Source: spec A14; `PeriodicTask` "electPreferred".
    fn balance(&mut self, out: &mut Out<'_>) {
        let (decision, cut_short) = self.replication().balance();
        self.carry_out(decision, out);
        let interval = self.settings.leader_imbalance_check_interval;
        out.set(Timer::Balance, if cut_short { RERUN } else { interval });
    }

    /// Where unclean election has been allowed meanwhile, leaderless partitions get a leader.
    /// Source: spec A12.11; `PeriodicTask` "electUnclean".
    fn elect_unclean(&mut self, out: &mut Out<'_>) {
        let (decision, cut_short) = self.replication().elect_unclean();
        self.carry_out(decision, out);
        let interval = self.settings.unclean_leader_election_interval;
        out.set(Timer::UncleanElection, if cut_short { RERUN } else { interval });
    }
}

fn not_controller(body: &Request) -> Reply {
    let error = ErrorCode::NotController;
    match body {
        Request::BrokerRegistration(_) => Reply::BrokerRegistration(Err(error)),
        Request::BrokerHeartbeat(_) => Reply::BrokerHeartbeat(Err(error)),
        Request::AllocateProducerIds { .. } => Reply::AllocateProducerIds(Err(error)),
        Request::CreateTopic(_) => Reply::CreateTopic(Err(error)),
        _ => Reply::AlterPartition(Err(error)),
    }
}

/// The same kind of answer, as a refusal.
fn refuse(body: &Reply, error: ErrorCode) -> Reply {
    match body {
        Reply::BrokerRegistration(_) => Reply::BrokerRegistration(Err(error)),
        Reply::BrokerHeartbeat(_) => Reply::BrokerHeartbeat(Err(error)),
        Reply::AllocateProducerIds(_) => Reply::AllocateProducerIds(Err(error)),
        Reply::CreateTopic(_) => Reply::CreateTopic(Err(error)),
        _ => Reply::AlterPartition(Err(error)),
    }
}
