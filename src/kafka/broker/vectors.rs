//! What Kafka's own tests of `Partition`, `Replica` and the fetcher threads expect, asked of one
//! broker, or of a leader and a follower that exchange their messages by hand.
//! Refuses to know a cluster: nobody elects, and time stands where a test puts it.

use super::fetch::Found;
use super::replica::{Replica, Role};
use super::{Broker, Touch, storage};
use crate::config::{Profile, Settings, Truncation};
use crate::id::{Dir, ErrorCode, LeaderEpoch, Offset, PartitionId, TopicId};
use crate::image::{Image, Partition, Registration};
use crate::log::{Log, Roll};
use crate::message::{
    Acks, Fetch, FetchPartition, ListOffsets, Msg, PartitionState, Place, Produce, Reply, Request,
};
use crate::node::{Node, Out};
use crate::record::Record;
use kernel::{Dice, Effect, Instant, NodeId, Span, Stream};
use std::rc::Rc;

const ID: PartitionId = PartitionId { topic: TopicId(0), index: 0 };
const ME: NodeId = NodeId(1);
const F1: NodeId = NodeId(2);
const F2: NodeId = NodeId(3);
const LAG: Span = Span::secs(30);

/// A broker on a desk.
struct Desk {
    broker: Broker,
    dice: Stream,
    now: Instant,
}

impl Desk {
    fn new(me: NodeId, log: Log) -> Desk {
        let settings = Rc::new(Settings::default());
        let voters: Rc<[NodeId]> = Rc::new([NodeId(101)]);
        let mut broker = Broker::new(me, None, voters, Profile::default(), settings, 1);
        broker.in_service = true;
        broker.epoch = Some(100);
        broker.image = Rc::new(Image::default());
        broker.replicas.insert(ID, Rc::new(Replica::hosted(ID, Dir(0), log)));
        let now = Instant::ZERO + Span::secs(100);
        let mut desk = Desk { broker, dice: Stream::new(Dice { seed: 1 }, 1), now };
        for node in [ME, F1, F2] {
            desk.register(node, |_| {});
        }
        desk
    }

    fn act<T>(
        &mut self,
        what: impl FnOnce(&mut Broker, &mut Out<'_>) -> T,
    ) -> (T, Vec<Effect<Node>>) {
        let mut effects = Vec::new();
        let mut out = Out::new(self.broker.me, self.now, &mut effects, &mut self.dice);
        let value = what(&mut self.broker, &mut out);
        (value, effects)
    }

    fn register(&mut self, node: NodeId, change: impl FnOnce(&mut Registration)) {
        let mut registration = Registration {
            epoch: 100,
            incarnation: 1,
            fenced: false,
            stopping: false,
            rack: None,
            offline: Vec::new(),
        };
        change(&mut registration);
        Rc::make_mut(&mut self.broker.image).brokers.insert(node, registration);
    }

    fn place(&mut self, leader: NodeId, epoch: LeaderEpoch, replicas: &[NodeId], isr: &[NodeId]) {
        let partition = Partition {
            replicas: replicas.to_vec(),
            removing: Vec::new(),
            adding: Vec::new(),
            isr: isr.to_vec(),
            elr: Vec::new(),
            last_known_elr: Vec::new(),
            leader: Some(leader),
            recovering: false,
            leader_epoch: epoch,
            partition_epoch: epoch,
        };
        Rc::make_mut(&mut self.broker.image).partitions.insert(ID, partition.clone());
        self.act(|broker, out| match broker.me == leader {
            true => broker.lead(ID, &partition, out),
            false => broker.follow(ID, &partition, out),
        });
    }

    fn leads(log: Log, epoch: LeaderEpoch, replicas: &[NodeId], isr: &[NodeId]) -> Desk {
        let mut desk = Desk::new(ME, log);
        desk.place(ME, epoch, replicas, isr);
        desk
    }

    fn replica(&mut self) -> &mut Replica {
        self.broker.replica_mut(ID).expect("it is hosted")
    }

    fn committed(&self) -> Vec<NodeId> {
        let leadership = self.broker.replicas[&ID].leadership();
        leadership.map_or(Vec::new(), |leadership| leadership.isr.clone())
    }

    fn maximal(&self) -> Vec<NodeId> {
        let leadership = self.broker.replicas[&ID].leadership();
        leadership.map_or(Vec::new(), |leadership| leadership.maximal_isr().to_vec())
    }

    fn proposed(&self) -> Option<Vec<NodeId>> {
        let leadership = self.broker.replicas[&ID].leadership()?;
        leadership.pending.as_ref().map(|proposal| proposal.isr.clone())
    }

    fn mark(&self) -> Offset {
        self.broker.replicas[&ID].log.high_watermark()
    }

    /// A follower fetches; what it is answered.
    fn fetch(&mut self, from: NodeId, epoch: LeaderEpoch, offset: Offset) -> Reply {
        self.fetch_as(
            from,
            100,
            FetchPartition {
                id: ID,
                leader_epoch: epoch,
                offset,
                last_epoch: None,
                log_start: 0,
                high_watermark: Offset::MAX,
            },
        )
    }

    fn fetch_as(&mut self, from: NodeId, broker_epoch: u64, asked: FetchPartition) -> Reply {
        let fetch = Fetch { replica: Some(broker_epoch), ..consumer_fetch(asked) };
        let (_, effects) =
            self.act(|broker, out| broker.serve_fetch(from, 1, Box::new(fetch), out));
        reply(effects).expect("without a wait it is answered")
    }

    fn error(reply: &Reply) -> Option<ErrorCode> {
        match reply {
            Reply::Fetch { partitions, .. } => partitions[0].1.as_ref().err().copied(),
            _ => None,
        }
    }

    /// The controller agrees to what is proposed.
    fn agree(&mut self, partition_epoch: u32) {
        let isr = self.proposed().expect("something is proposed");
        let leader_epoch = self.broker.replicas[&ID].leader_epoch;
        self.act(|broker, out| {
            broker.mark_sent(ID, true);
            let state = PartitionState { leader: Some(ME), leader_epoch, partition_epoch, isr };
            broker.proposals_answered(&[ID], Ok(vec![(ID, Ok(state))]), out);
        });
    }

    fn append(&mut self, count: u64) {
        for _ in 0..count {
            self.produce(Acks::Leader);
        }
    }

    fn produce(&mut self, acks: Acks) -> Option<Result<Offset, ErrorCode>> {
        let produce =
            Produce { acks, timeout: Span::secs(30), partitions: vec![(ID, vec![record(0)])] };
        let (_, effects) = self.act(|broker, out| broker.produce(NodeId(201), 1, produce, out));
        produced(effects)
    }
}

fn produced(effects: Vec<Effect<Node>>) -> Option<Result<Offset, ErrorCode>> {
    match reply(effects)? {
        Reply::Produce { results, .. } => Some(results[0].1),
        _ => None,
    }
}

fn consumer_fetch(asked: FetchPartition) -> Fetch {
    Fetch {
        replica: None,
        max_wait: Span::ZERO,
        min_bytes: 1,
        max_bytes: 1 << 20,
        partition_max_bytes: 1 << 20,
        rack: None,
        partitions: vec![asked],
    }
}

fn reply(effects: Vec<Effect<Node>>) -> Option<Reply> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::Send { msg: Msg::Reply { body, .. }, .. } => Some(body),
        _ => None,
    })
}

fn record(epoch: LeaderEpoch) -> Record {
    let (client, timestamp) = (NodeId(201), Instant::ZERO);
    Record { epoch, client, value: 0, timestamp, size: 30, stamp: None, of_group: None }
}

const ROLL: Roll = Roll { bytes: 1 << 30, after: Span::secs(1 << 30) };

/// A log with so many records of each epoch.
fn log(epochs: &[(LeaderEpoch, u64)]) -> Log {
    let mut log = Log::default();
    for (epoch, count) in epochs {
        for _ in 0..*count {
            log.append(record(*epoch), ROLL);
        }
    }
    log
}

const OLD_EPOCHS: [(LeaderEpoch, u64); 5] = [(0, 2), (3, 6), (4, 5), (7, 1), (9, 3)];

// ---- the leader's answer to a fetch ----

fn look(
    desk: &Desk,
    last_epoch: LeaderEpoch,
    offset: Offset,
) -> Result<Option<(u32, u64)>, ErrorCode> {
    let asked = FetchPartition {
        id: ID,
        leader_epoch: 10,
        offset,
        last_epoch: Some(last_epoch),
        log_start: 0,
        high_watermark: Offset::MAX,
    };
    let fetch = Fetch { replica: Some(100), ..consumer_fetch(asked) };
    let reader = desk.broker.reader(F1, &fetch);
    match desk.broker.look(&asked, reader, &fetch)? {
        Found::Diverges(epoch, end) => Ok(Some((epoch, end))),
        _ => Ok(None),
    }
}

/// Source: V01, V02; `PartitionTest.testLastFetchedOffsetValidation`.
#[test]
fn a_fetch_with_a_foreign_last_epoch_is_told_where_the_logs_part() {
    let mut desk = Desk::leads(log(&OLD_EPOCHS), 10, &[ME, F1], &[ME, F1]);
    for (epoch, offset, parts) in
        [(2, 5, (0, 2)), (0, 4, (0, 2)), (6, 6, (4, 13)), (5, 9, (4, 13)), (10, 18, (10, 17))]
    {
        assert_eq!(look(&desk, epoch, offset), Ok(Some(parts)), "epoch {epoch}, offset {offset}");
    }
    let asked = FetchPartition {
        id: ID,
        leader_epoch: 10,
        offset: 5,
        last_epoch: Some(2),
        log_start: 0,
        high_watermark: Offset::MAX,
    };
    desk.fetch_as(F1, 100, asked);
    assert_eq!(desk.replica().remote(F1).and_then(|remote| remote.end), None, "nothing is learned");
}

/// Source: V04; `PartitionTest.testLastFetchedOffsetValidation`.
#[test]
fn below_the_start_of_the_log_a_fetch_is_out_of_range() {
    let mut desk = Desk::leads(log(&OLD_EPOCHS), 10, &[ME, F1], &[ME]);
    assert_eq!(desk.mark(), 17);
    desk.replica().log.raise_start(5);
    assert_eq!(look(&desk, 0, 5), Ok(None));
    assert_eq!(look(&desk, 3, 5), Ok(None));
    assert_eq!(look(&desk, 2, 8), Ok(Some((2, 5))));
    assert_eq!(look(&desk, 0, 0), Err(ErrorCode::OffsetOutOfRange));
    desk.replica().log.raise_start(10);
    assert_eq!(look(&desk, 5, 6), Err(ErrorCode::OffsetOutOfRange));
    assert_eq!(look(&desk, 3, 6), Err(ErrorCode::OffsetOutOfRange));
}

/// Source: V12; `PartitionTest.testFenceFollowerFetchWithStaleBrokerEpoch`.
#[test]
fn a_fetch_of_an_earlier_life_is_refused_and_changes_nothing() {
    let mut desk = Desk::leads(log(&[(0, 6)]), 5, &[ME, F1], &[ME, F1]);
    desk.register(F1, |registration| registration.epoch = 101);
    let refused = desk.fetch(F1, 5, 6);
    assert_eq!(Desk::error(&refused), Some(ErrorCode::NotLeaderOrFollower));
    assert_eq!(desk.replica().remote(F1).and_then(|remote| remote.end), None);
    let asked = FetchPartition {
        id: ID,
        leader_epoch: 5,
        offset: 6,
        last_epoch: None,
        log_start: 0,
        high_watermark: Offset::MAX,
    };
    assert_eq!(Desk::error(&desk.fetch_as(F1, 101, asked)), None);
}

/// Source: V13; `PartitionTest.testFetchFromUnrecognizedFollower`.
#[test]
fn a_fetch_of_a_broker_that_has_no_replica_waits_for_metadata() {
    let mut desk = Desk::leads(Log::default(), 5, &[ME, F1], &[ME, F1]);
    let refused = desk.fetch(F2, 5, 0);
    assert_eq!(Desk::error(&refused), Some(ErrorCode::UnknownLeaderEpoch));
    desk.place(ME, 5, &[ME, F1, F2], &[ME, F1]);
    assert_eq!(Desk::error(&desk.fetch(F2, 5, 0)), None);
    assert_eq!(desk.replica().remote(F2).and_then(|remote| remote.end), Some(0));
}

/// Source: spec A4.1; `PartitionTest.testFetchOffsetSnapshotEpochValidationForLeader`.
#[test]
fn another_leader_epoch_is_refused() {
    let mut desk = Desk::leads(log(&[(0, 6)]), 5, &[ME, F1], &[ME, F1]);
    assert_eq!(Desk::error(&desk.fetch(F1, 4, 6)), Some(ErrorCode::FencedLeaderEpoch));
    assert_eq!(Desk::error(&desk.fetch(F1, 6, 6)), Some(ErrorCode::UnknownLeaderEpoch));
    assert_eq!(Desk::error(&desk.fetch(F1, 5, 7)), Some(ErrorCode::OffsetOutOfRange));
}

/// Source: spec A4.5; `Partition.fetchRecords`: the marks are read before the state moves.
#[test]
fn an_answer_tells_the_high_watermark_from_before_its_request() {
    let mut desk = Desk::leads(log(&[(0, 6)]), 5, &[ME, F1], &[ME, F1]);
    let Reply::Fetch { partitions, .. } = desk.fetch(F1, 5, 4) else { panic!("a Fetch answer") };
    let told = partitions[0].1.as_ref().map(|fetched| fetched.high_watermark);
    assert_eq!((told, desk.mark()), (Ok(0), 4));
}

// ---- the ISR ----

/// Source: V05; `PartitionTest.testMaybeShrinkIsr`.
#[test]
fn a_shrink_counts_only_once_the_controller_agrees() {
    let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1, F2], &[ME, F1, F2]);
    desk.fetch(F1, 5, 10);
    desk.act(|broker, out| broker.expire_isr(out));
    assert_eq!(desk.proposed(), None);
    desk.now = desk.now + LAG + Span(1);
    desk.fetch(F1, 5, 10);
    desk.act(|broker, out| broker.expire_isr(out));
    assert_eq!(desk.proposed(), Some(vec![ME, F1]));
    assert_eq!(
        (desk.committed(), desk.maximal(), desk.mark()),
        (vec![ME, F1, F2], vec![ME, F1, F2], 0)
    );
    desk.agree(6);
    assert_eq!((desk.committed(), desk.mark()), (vec![ME, F1], 10));
}

/// Source: V06; `PartitionTest.testShouldNotShrinkIsrIfPreviousFetchIsCaughtUp`.
#[test]
fn having_all_that_there_was_at_the_fetch_before_counts_as_caught_up_then() {
    let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1], &[ME, F1]);
    let began = desk.now;
    let caught_up = |desk: &mut Desk| desk.replica().remote(F1).map(|remote| remote.caught_up);
    desk.now = began + Span::secs(5);
    desk.fetch(F1, 5, 5);
    assert_eq!((caught_up(&mut desk), desk.mark()), (Some(began), 5));
    desk.now = began + Span::millis(10_001);
    desk.append(5);
    desk.fetch(F1, 5, 10);
    assert_eq!((caught_up(&mut desk), desk.mark()), (Some(began + Span::secs(5)), 10));
    desk.now = began + Span::secs(35);
    desk.act(|broker, out| broker.expire_isr(out));
    assert_eq!(desk.proposed(), None);
}

/// Source: V07; `PartitionTest.testUpdateFollowerFetchState`.
#[test]
fn a_follower_is_caught_up_when_it_asks_for_the_end() {
    let mut desk = Desk::leads(log(&[(0, 6)]), 5, &[ME, F1], &[ME, F1]);
    let began = desk.now;
    for (after, offset, caught_up) in [(500, 3, began), (1000, 6, began + Span::millis(1000))] {
        desk.now = began + Span::millis(after);
        desk.fetch(F1, 5, offset);
        let remote = *desk.replica().remote(F1).expect("it is a replica");
        assert_eq!((remote.end, remote.caught_up), (Some(offset), caught_up));
    }
}

/// Source: V08; `PartitionTest.testHighWatermarkAdvanceShouldNotAdvanceWhenUnderMinISR`.
#[test]
fn below_the_minimum_the_high_watermark_stands_still_until_the_isr_is_confirmed() {
    let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1, F2], &[ME, F1]);
    desk.replica().min_isr = 3;
    desk.fetch(F1, 5, 10);
    assert_eq!(desk.mark(), 0);
    desk.fetch(F2, 5, 10);
    assert_eq!((desk.maximal(), desk.mark()), (vec![ME, F1, F2], 0));
    desk.agree(6);
    assert_eq!(desk.mark(), 10);
}

/// Source: V10; `PartitionTest.testIsrExpansion`.
#[test]
fn a_follower_joins_when_it_has_reached_the_high_watermark() {
    let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1], &[ME]);
    desk.fetch(F1, 5, 3);
    assert_eq!(desk.proposed(), None);
    desk.fetch(F1, 5, 10);
    assert_eq!((desk.committed(), desk.maximal()), (vec![ME], vec![ME, F1]));
    desk.agree(6);
    assert_eq!(desk.committed(), [ME, F1]);
}

/// Source: V11; `PartitionTest.testIsrNotExpandedIfReplicaIsFencedOrShutdown`.
#[test]
fn nobody_is_proposed_who_is_fenced_stopping_or_of_another_life() {
    let unfit: [fn(&mut Registration); 3] =
        [|r| r.fenced = true, |r| r.stopping = true, |r| r.epoch = 99];
    for change in unfit {
        let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1], &[ME]);
        desk.register(F1, change);
        desk.fetch(F1, 5, 10);
        assert_eq!(desk.proposed(), None);
    }
    let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1], &[ME]);
    desk.fetch(F1, 5, 10);
    desk.act(|broker, out| {
        let refused = vec![(ID, Err(ErrorCode::IneligibleReplica))];
        broker.proposals_answered(&[ID], Ok(refused), out);
    });
    assert_eq!((desk.proposed(), desk.maximal()), (None, vec![ME]));
}

/// Source: V18; `PartitionTest.testPartitionShouldRetryAlterPartitionRequest`.
#[test]
fn a_proposal_that_failed_is_made_again() {
    let mut desk = Desk::leads(log(&[(0, 10)]), 5, &[ME, F1], &[ME]);
    desk.fetch(F1, 5, 10);
    desk.act(|broker, out| {
        broker.mark_sent(ID, true);
        broker.proposals_answered(&[ID], Ok(vec![(ID, Err(ErrorCode::NotController))]), out);
    });
    assert!(desk.broker.unsent, "it waits to be sent");
    desk.agree(6);
    assert_eq!((desk.committed(), desk.broker.replicas[&ID].partition_epoch), (vec![ME, F1], 6));
}

/// Source: V15; `PartitionTest.testMakeLeaderUpdatesEpochCache`.
#[test]
fn an_epoch_without_a_record_has_an_end_all_the_same() {
    let desk = Desk::leads(log(&[(0, 2), (5, 2)]), 8, &[ME], &[ME]);
    assert_eq!(desk.broker.replicas[&ID].log.end_offset_for(8), Some((8, 4)));
}

// ---- produce ----

/// Source: V17; `ReplicaManagerTest.testDeltaToFollowerCompletesProduce`.
#[test]
fn what_waits_at_a_leader_is_refused_when_it_follows() {
    let mut desk = Desk::leads(log(&[(0, 1)]), 0, &[ME, F1], &[ME, F1]);
    assert_eq!(desk.produce(Acks::All), None, "it waits for the follower");
    desk.place(F1, 1, &[ME, F1], &[ME, F1]);
    let (_, effects) = desk.act(|broker, out| broker.finish(out));
    assert_eq!(produced(effects), Some(Err(ErrorCode::NotLeaderOrFollower)));
}

/// Source: spec A2.7 (iv); `Partition.checkEnoughReplicasReachOffset`.
#[test]
fn committed_by_too_few_is_said_as_such() {
    let mut desk = Desk::leads(log(&[(0, 1)]), 0, &[ME, F1], &[ME, F1]);
    desk.replica().min_isr = 2;
    desk.produce(Acks::All);
    desk.replica().log.set_high_watermark(2);
    if let Role::Leader(leadership) = &mut desk.replica().role {
        leadership.isr = vec![ME];
    }
    let (_, effects) = desk.act(|broker, out| {
        broker.touch(ID, Touch::Mark);
        broker.finish(out);
    });
    assert_eq!(produced(effects), Some(Err(ErrorCode::NotEnoughReplicasAfterAppend)));
}

/// Source: spec A5.5; `Partition.fetchOffsetForTimestamp`.
#[test]
fn a_leader_that_does_not_know_what_was_committed_does_not_say_what_is_latest() {
    let mut desk = Desk::leads(log(&[(0, 6)]), 5, &[ME, F1], &[ME, F1]);
    let mut latest = |replica, place| {
        let asked = ListOffsets { replica, partitions: vec![(ID, 5, place)] };
        let (_, effects) = desk.act(|broker, out| broker.list_offsets(F1, 1, &asked, out));
        match reply(effects) {
            Some(Reply::ListOffsets { partitions, .. }) => partitions[0].2,
            other => panic!("a ListOffsets answer, not {other:?}"),
        }
    };
    assert_eq!(latest(false, Place::Latest), Err(ErrorCode::OffsetNotAvailable));
    assert_eq!(latest(false, Place::Earliest), Ok(0));
    assert_eq!(latest(true, Place::Latest), Ok(6), "a follower asks for the end");
}

// ---- the follower ----

/// Source: V24; `shouldTruncateIfLeaderRepliesWithDivergingEpochNotKnownToFollower`.
#[test]
fn a_follower_falls_back_by_its_own_epochs() {
    let mut desk = Desk::new(F1, log(&[(1, 119), (2, 10), (4, 71)]));
    desk.place(ME, 5, &[ME, F1], &[ME, F1]);
    desk.replica().log.set_high_watermark(115);
    let cut = |desk: &mut Desk, epoch, end| {
        let guards = desk.broker.profile.guards;
        let to = desk.replica().truncation_point(epoch, end, guards);
        desk.act(|broker, out| broker.cut(ID, to, out));
        desk.replica().log.end()
    };
    assert_eq!(cut(&mut desk, 4, 140), 140);
    assert_eq!(cut(&mut desk, 3, 130), 129);
    assert_eq!(cut(&mut desk, 2, 120), 120);
    assert_eq!(cut(&mut desk, 1, 125), 119);
    assert_eq!(desk.mark(), 115);
}

/// Lets the follower fetch until nothing changes any more.
fn follow(follower: &mut Desk, leader: &mut Desk) {
    for _ in 0..10 {
        let (_, asked) = follower.act(|broker, out| broker.fetch_from(ME, out));
        let (mut sent, mut answer) = (asked, None);
        while let Some((correlation, body)) = request(&sent) {
            let (_, effects) = leader.act(|broker, out| match body {
                Request::Fetch(fetch) => {
                    let fetch = Box::new(Fetch { max_wait: Span::ZERO, ..*fetch });
                    broker.serve_fetch(F1, correlation, fetch, out);
                }
                Request::ListOffsets(asked) => broker.list_offsets(F1, correlation, &asked, out),
                other => panic!("a follower does not ask for {other:?}"),
            });
            let body = reply(effects).expect("it is answered");
            if answer.as_ref() == Some(&body) {
                return;
            }
            answer = Some(body.clone());
            sent = follower.act(|broker, out| broker.reply(ME, correlation, body, out)).1;
        }
    }
}

fn request(effects: &[Effect<Node>]) -> Option<(u32, Request)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send { msg: Msg::Request { correlation, body }, .. } => {
            Some((*correlation, body.clone()))
        }
        _ => None,
    })
}

fn epochs(log: &Log) -> Vec<LeaderEpoch> {
    log.read(log.start(), log.end()).map(|record| record.epoch).collect()
}

fn pair(own: Log, leaders: Log, epoch: LeaderEpoch) -> (Desk, Desk) {
    let mut follower = Desk::new(F1, own);
    follower.place(ME, epoch, &[ME, F1], &[ME]);
    (follower, Desk::leads(leaders, epoch, &[ME, F1], &[ME]))
}

/// Source: V25; `AbstractFetcherThreadTest.testTruncation`.
#[test]
fn logs_that_part_several_times_become_equal() {
    let (mut follower, mut leader) =
        pair(log(&[(0, 1), (2, 1), (4, 1)]), log(&[(1, 1), (3, 1), (5, 1)]), 5);
    leader.replica().log.set_high_watermark(2);
    follow(&mut follower, &mut leader);
    assert_eq!(epochs(&follower.replica().log), [1, 3, 5]);
    assert_eq!((follower.replica().log.end(), follower.mark()), (3, leader.mark()));
}

/// Source: V26; `AbstractFetcherThreadTest.testFollowerFetchOutOfRangeHigh`.
#[test]
fn a_log_that_is_longer_than_the_leaders_is_cut() {
    let (mut follower, mut leader) = pair(log(&[(0, 1), (2, 1), (4, 1)]), Log::default(), 4);
    leader.replica().log.epochs = crate::epoch::EpochCache::default();
    follow(&mut follower, &mut leader);
    let log = &follower.replica().log;
    assert_eq!((log.start(), log.high_watermark(), log.end()), (0, 0, 0));
}

/// Source: V27; `AbstractFetcherThreadTest.testFollowerFetchOutOfRangeLow`.
#[test]
fn a_log_behind_the_start_of_the_leaders_begins_anew_there() {
    let mut kept = Log::starting_at(2);
    for epoch in [2, 4] {
        kept.append(record(epoch), ROLL);
    }
    let (mut follower, mut leader) = pair(log(&[(0, 1)]), kept, 4);
    follow(&mut follower, &mut leader);
    let log = follower.replica().log.clone();
    assert_eq!((log.start(), log.end(), epochs(&log)), (2, 4, vec![2, 4]));
    assert_eq!(follower.mark(), leader.mark());
}

/// Source: KAFKA-14704; `AbstractFetcherThread.processFetchRequest`.
#[test]
fn the_high_watermark_of_a_diverging_answer_is_not_taken_over() {
    let (mut follower, mut leader) = pair(log(&[(0, 5)]), log(&[(1, 9)]), 5);
    let (_, asked) = follower.act(|broker, out| broker.fetch_from(ME, out));
    let Some((correlation, Request::Fetch(fetch))) = request(&asked) else { panic!("a fetch") };
    let (_, effects) = leader.act(|broker, out| broker.serve_fetch(F1, 1, fetch, out));
    let body = reply(effects).expect("divergence is told at once");
    follower.act(|broker, out| broker.reply(ME, correlation, body, out));
    assert_eq!((leader.mark(), follower.mark(), follower.replica().log.end()), (9, 0, 0));
}

/// Source: spec A7.5, V28: before KIP-101 a follower cut its log at its own high watermark.
#[test]
fn without_epochs_a_follower_cuts_at_its_high_watermark() {
    let mut follower = Desk::new(F1, log(&[(0, 5)]));
    follower.broker.profile.truncation = Truncation::HighWatermark;
    follower.replica().log.set_high_watermark(3);
    follower.place(ME, 1, &[ME, F1], &[ME, F1]);
    assert_eq!(follower.replica().log.end(), 3);
    let (_, asked) = follower.act(|broker, out| broker.fetch_from(ME, out));
    let Some((_, Request::Fetch(fetch))) = request(&asked) else { panic!("a fetch") };
    assert_eq!(fetch.partitions[0].last_epoch, None, "and it tells no epoch");
}

/// Source: spec A3.5; `AbstractFetcherThread.onPartitionFenced`.
#[test]
fn a_fenced_follower_waits_for_newer_metadata_and_others_for_a_second() {
    let asks = |follower: &mut Desk| {
        let (_, asked) = follower.act(|broker, out| broker.fetch_from(ME, out));
        request(&asked).map(|(correlation, _)| correlation)
    };
    for (error, again) in
        [(ErrorCode::FencedLeaderEpoch, false), (ErrorCode::UnknownLeaderEpoch, true)]
    {
        let mut follower = Desk::new(F1, log(&[(0, 5)]));
        follower.place(ME, 1, &[ME, F1], &[ME, F1]);
        let correlation = asks(&mut follower).expect("it fetches");
        let body = Reply::Fetch { partitions: vec![(ID, Err(error))], leaders: Vec::new() };
        follower.act(|broker, out| broker.reply(ME, correlation, body, out));
        assert_eq!(asks(&mut follower), None, "not at once");
        follower.now += Span::secs(1);
        assert_eq!(asks(&mut follower).is_some(), again, "{error}");
        follower.broker.calls = crate::rpc::Calls::new(crate::rpc::Part::Node);
        follower.place(ME, 2, &[ME, F1], &[ME, F1]);
        let fetching = follower.broker.fetchers.get(&ME).is_some_and(|it| it.follows(ID));
        assert!(fetching, "newer metadata begin it anew");
    }
}

/// Source: spec A8; `ReplicaFetcherThread.processPartitionData`: the start follows the leader's,
/// up to the high watermark.
#[test]
fn a_follower_takes_over_the_start_of_the_leaders_log() {
    let (mut follower, mut leader) = pair(log(&[(0, 5)]), log(&[(0, 9)]), 1);
    leader.replica().log.raise_start(7);
    follow(&mut follower, &mut leader);
    let log = &follower.replica().log;
    assert_eq!((log.start(), log.end()), (7, 9));
}

/// Source: V14; `PartitionTest.testUseCheckpointToInitializeHighWatermark`.
#[test]
fn a_leader_begins_at_the_high_watermark_that_the_disk_kept() {
    let mut found = log(&[(0, 6)]);
    found.set_high_watermark(4);
    let desk = Desk::leads(found, 1, &[ME, F1], &[ME, F1]);
    assert_eq!(desk.mark(), 4);
}

/// Source: spec A17; `RackAwareReplicaSelector`.
#[test]
fn a_consumer_is_sent_to_the_most_caught_up_replica_of_its_rack() {
    let sent_to = |racks: [&str; 3], client: &str, isr: &[NodeId]| {
        let mut desk = Desk::leads(log(&[(0, 9)]), 5, &[ME, F1, F2], isr);
        let settings = Settings { rack_aware_selector: true, ..Settings::default() };
        desk.broker.settings = Rc::new(settings);
        desk.broker.rack = Some(Rc::from(racks[0]));
        for (node, rack) in [ME, F1, F2].into_iter().zip(racks) {
            desk.register(node, |registration| registration.rack = Some(Rc::from(rack)));
        }
        desk.fetch(F1, 5, 7);
        desk.fetch(F2, 5, 8);
        let asked = FetchPartition {
            id: ID,
            leader_epoch: 5,
            offset: 6,
            last_epoch: None,
            log_start: 0,
            high_watermark: Offset::MAX,
        };
        let fetch = Fetch { rack: Some(Rc::from(client)), ..consumer_fetch(asked) };
        let (_, effects) =
            desk.act(|broker, out| broker.serve_fetch(NodeId(301), 1, Box::new(fetch), out));
        match reply(effects) {
            Some(Reply::Fetch { partitions, .. }) => match &partitions[0].1 {
                Ok(fetched) => fetched.preferred,
                Err(error) => panic!("not {error}"),
            },
            other => panic!("a Fetch answer, not {other:?}"),
        }
    };
    let all = [ME, F1, F2];
    assert_eq!(sent_to(["a", "b", "b"], "b", &all), Some(F2));
    assert_eq!(sent_to(["a", "b", "b"], "b", &[ME, F1]), Some(F1), "only of the ISR");
    assert_eq!(sent_to(["b", "b", "b"], "b", &all), None, "the leader itself is near");
    assert_eq!(sent_to(["a", "a", "a"], "b", &all), None, "nobody is near");
}

/// Source: spec G8; `ReplicaManager.handleLogDirFailure`.
#[test]
fn replicas_on_a_failed_directory_answer_storage_errors() {
    let mut desk = Desk::leads(log(&[(0, 1)]), 0, &[ME, F1], &[ME, F1]);
    desk.broker.log_dirs = 2;
    desk.replica().dir = Dir(1);
    assert_eq!(desk.produce(Acks::All), None);
    let (_, effects) = desk.act(|broker, out| {
        broker.dir_failed(Dir(1), out);
        broker.finish(out);
    });
    assert_eq!(produced(effects), Some(Err(ErrorCode::KafkaStorageError)));
    assert_eq!(Desk::error(&desk.fetch(F1, 0, 1)), Some(ErrorCode::KafkaStorageError));
}

/// Source: spec A4.6; `DelayedFetch.tryComplete`.
#[test]
fn a_consumer_waits_for_as_many_bytes_as_it_wants() {
    let mut desk = Desk::leads(Log::default(), 5, &[ME], &[ME]);
    let asked = FetchPartition {
        id: ID,
        leader_epoch: 5,
        offset: 0,
        last_epoch: None,
        log_start: 0,
        high_watermark: Offset::MAX,
    };
    let fetch = Fetch { max_wait: Span::millis(500), min_bytes: 250, ..consumer_fetch(asked) };
    desk.act(|broker, out| broker.serve_fetch(NodeId(301), 1, Box::new(fetch), out));
    for (records, answered) in [(1, false), (2, false), (3, true)] {
        desk.act(|broker, out| {
            let roll = broker.roll(ID);
            let replica = broker.replica_mut(ID).expect("it is hosted");
            storage::append(replica, record(5), roll, out);
            replica.log.set_high_watermark(records);
            broker.touch(ID, Touch::Mark);
        });
        let (_, effects) = desk.act(|broker, out| broker.finish(out));
        assert_eq!(reply(effects).is_some(), answered, "{records} records of 100 bytes");
    }
}
