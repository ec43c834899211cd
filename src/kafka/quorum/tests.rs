//! The quorum's rules on one desk: the vectors of Kafka's own unit tests, and the table of states.

use super::desk::{Desk, Rig};
use super::place::{Place, Standing};
use super::{Directory, Role, Voter};
use crate::config::{PROFILES, Profile, Settings};
use crate::fact::Fact;
use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, LeaderEpoch, Offset};
use crate::image::MetaRecord;
use crate::message::{MetaEntry, QuorumFetch, QuorumFetched, QuorumHint, Reply, Request, Vote};
use crate::node::Timer;
use kernel::{NodeId, Span};
use std::rc::Rc;

const ME: NodeId = NodeId(101);
const SECOND: NodeId = NodeId(102);
const THIRD: NodeId = NodeId(103);
const OBSERVER: NodeId = NodeId(1);

fn rig(voters: u16) -> Rig {
    with(voters, Profile::default())
}

fn with(voters: u16, profile: Profile) -> Rig {
    let voters = (0..voters).map(|n| NodeId(ME.0 + n)).collect();
    Rig { voters, profile, settings: Rc::new(Settings::default()) }
}

fn profile(name: &str) -> Profile {
    PROFILES.into_iter().find(|profile| profile.name == name).expect("it is in the table")
}

/// A node without a log, in epoch 5.
fn place(standing: Standing) -> Place {
    Place {
        standing,
        epoch: 5,
        leader: None,
        voted: None,
        log: Vec::new(),
        high_watermark: 0,
        fetched: false,
    }
}

fn follower_of(leader: NodeId) -> Place {
    Place { leader: Some(leader), ..place(Standing::Follower) }
}

fn voter(node: NodeId) -> Voter {
    Voter { node, directory: Some(Directory::first(node)) }
}

fn vote(from: NodeId, epoch: LeaderEpoch, last_epoch: LeaderEpoch, end: Offset) -> Request {
    let candidate = voter(from);
    Request::Vote(Box::new(Vote {
        epoch,
        last_epoch,
        end,
        pre_vote: false,
        candidate,
        voter: None,
    }))
}

fn pre_vote(from: NodeId, epoch: LeaderEpoch) -> Request {
    let candidate = voter(from);
    Request::Vote(Box::new(Vote {
        epoch,
        last_epoch: 0,
        end: 0,
        pre_vote: true,
        candidate,
        voter: None,
    }))
}

/// Whether the last answer grants a vote.
fn granted(desk: &Desk) -> bool {
    matches!(desk.answers.last(), Some((_, Reply::Vote { granted: true, .. })))
}

fn asks(desk: &mut Desk, from: NodeId, request: Request) -> bool {
    desk.request(from, request);
    granted(desk)
}

fn fetches(desk: &mut Desk, from: NodeId, offset: Offset) {
    let (epoch, last_epoch) = (desk.quorum.epoch(), desk.quorum.last_epoch());
    let directory = Directory::first(from);
    let last_epoch = if offset == 0 { 0 } else { last_epoch };
    let fetch = QuorumFetch { epoch, offset, last_epoch, high_watermark: 0, directory };
    desk.request(from, Request::QuorumFetch(fetch));
}

fn committed(desk: &Desk) -> Option<Offset> {
    match &desk.quorum.role {
        Role::Leader(leading) => leading.high_watermark,
        _ => None,
    }
}

/// A leader whose epoch began at offset 10, and whose log ends at `end`.
fn leader(rig: &Rig, end: Offset) -> Desk {
    let epoch_start = Place { log: vec![(5, 10)], ..place(Standing::Leader) };
    let mut desk = Desk::placed(rig, ME, &epoch_start);
    grow(&mut desk, end);
    desk
}

fn grow(desk: &mut Desk, end: Offset) {
    let more = end - desk.quorum.end();
    desk.input(|quorum, out| {
        quorum.propose((0..more).map(|_| MetaRecord::NoOp).collect(), out);
        quorum.append_batch(out);
    });
}

fn fetch_answer(desk: &mut Desk, from: NodeId, fetched: QuorumFetched) {
    let at = desk
        .asked
        .iter()
        .position(|(to, _, body)| *to == from && matches!(body, Request::QuorumFetch(_)));
    let hint = QuorumHint { epoch: desk.quorum.epoch(), leader: Some(from) };
    let at = at.expect("it is fetching");
    desk.answer(at, Reply::QuorumFetch { hint, result: Ok(Box::new(fetched)) });
}

fn nothing_new() -> QuorumFetched {
    QuorumFetched { high_watermark: 0, entries: Vec::new(), diverging: None, snapshot: None }
}

// ---- what is committed ----

/// Source: spec V56; `LeaderStateTest.testUpdateHighWatermarkQuorumSizeThree`. A model's leader has
/// three records at its start (leader change, version, voters), so it is the ends that follow.
#[test]
fn v56_high_watermark_with_three_voters() {
    let mut desk = leader(&rig(3), 15);
    assert_eq!(committed(&desk), None);
    fetches(&mut desk, SECOND, 10);
    assert_eq!(committed(&desk), None);
    fetches(&mut desk, THIRD, 10);
    assert_eq!(committed(&desk), None, "10 is not beyond what the epoch began with");
    fetches(&mut desk, THIRD, 15);
    assert_eq!(committed(&desk), Some(15));
    grow(&mut desk, 20);
    assert_eq!(committed(&desk), Some(15));
    fetches(&mut desk, SECOND, 20);
    assert_eq!(committed(&desk), Some(20));
}

/// Source: spec V57; `testUpdateHighWatermarkQuorumSizeTwo`.
#[test]
fn v57_high_watermark_with_two_voters() {
    let mut desk = leader(&rig(2), 13);
    for (end, mark) in [(10, None), (11, Some(11)), (13, Some(13))] {
        fetches(&mut desk, SECOND, end);
        assert_eq!(committed(&desk), mark);
    }
}

/// Source: spec B4.3: a leader's own copy counts once it is on the platter.
#[test]
fn a_leader_counts_its_copy_after_the_flush() {
    let mut desk = leader(&rig(1), 15);
    assert_eq!(committed(&desk), Some(15));
    desk.slow_disk = true;
    grow(&mut desk, 20);
    assert_eq!(committed(&desk), Some(15));
    desk.flush();
    assert_eq!(committed(&desk), Some(20));
}

/// Source: spec B4.3; `appendAsFollower`: the next fetch acknowledges, so the disk comes first.
#[test]
fn a_voter_flushes_before_it_fetches_again() {
    let mut desk = Desk::placed(&rig(3), ME, &follower_of(SECOND));
    desk.slow_disk = true;
    let entry = Rc::new(MetaEntry { epoch: 5, record: MetaRecord::NoOp });
    fetch_answer(&mut desk, SECOND, QuorumFetched { entries: vec![entry], ..nothing_new() });
    assert!(desk.asked.is_empty());
    desk.flush();
    let (_, _, Request::QuorumFetch(fetch)) = &desk.asked[0] else { panic!("it fetches") };
    assert_eq!((fetch.offset, fetch.last_epoch), (1, 5));
}

// ---- whether a leader may go on ----

/// Source: spec V58; `testLeaderShouldResignLeadershipIfNotGetFetchRequestFromMajorityVoters`.
#[test]
fn v58_check_quorum() {
    let check = Span::secs(3);
    let mut desk = leader(&rig(3), 15);
    desk.pass(Span(check.0 / 2));
    fetches(&mut desk, SECOND, 15);
    desk.pass(Span(check.0 / 2));
    fetches(&mut desk, THIRD, 15);
    desk.pass(Span(check.0 / 2));
    fetches(&mut desk, OBSERVER, 15);
    assert!(desk.quorum.is_leader());
    desk.pass(Span(check.0 / 2));
    assert_eq!(desk.quorum.standing(), Standing::Resigned);
}

/// Source: spec V58; `testLeaderShouldNotResignLeadershipIfOnlyOneVoters`.
#[test]
fn v58_the_only_voter_never_resigns() {
    let mut desk = leader(&rig(1), 15);
    desk.pass(Span::secs(60));
    assert!(desk.quorum.is_leader());
}

/// Source: KAFKA-15489: before 3.7 nobody checks.
#[test]
fn before_check_quorum_a_lonely_leader_leads_on() {
    let mut desk = leader(&with(3, profile("kraft-3.5")), 15);
    desk.pass(Span::secs(60));
    assert!(desk.quorum.is_leader());
}

/// Source: spec V59; `testInitializeAsResignedLeaderFromStateStore`,
/// `testRejectVotesFromSameEpochAfterResigningLeadership`.
#[test]
fn v59_a_leader_that_restarts_is_resigned() {
    let led = Place { epoch: 2, leader: Some(ME), ..place(Standing::Leader) };
    let mut desk = Desk::restarted(&with(3, profile("kraft-3.9")), ME, &led);
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Resigned, 2));
    assert!(desk.asked.iter().all(|(_, _, body)| matches!(body, Request::EndQuorumEpoch { .. })));
    assert_eq!(desk.asked.len(), 2);
    assert!(!asks(&mut desk, SECOND, vote(SECOND, 2, 0, 0)));
    desk.fire(Timer::Election);
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Candidate, 3));
    let mut later = Desk::restarted(&rig(3), ME, &led);
    later.fire(Timer::Election);
    assert_eq!((later.quorum.standing(), later.quorum.epoch()), (Standing::Unattached, 3));
    later.pass(Span::ZERO);
    assert_eq!((later.quorum.standing(), later.quorum.epoch()), (Standing::Prospective, 3));
}

// ---- votes ----

/// Source: spec V61; `testVoteResponseIgnoredAfterBecomingFollower`.
#[test]
fn v61_votes_that_come_too_late_count_for_nothing() {
    let mut desk = Desk::placed(&rig(3), ME, &place(Standing::Candidate));
    let (to, correlation, _) = desk.asked[0].clone();
    let begin = Request::BeginQuorumEpoch { epoch: 5, leader: THIRD, voter: None };
    desk.request(THIRD, begin);
    assert_eq!(desk.quorum.leader(), Some(THIRD));
    let hint = QuorumHint { epoch: 5, leader: None };
    let body = Reply::Vote { granted: true, pre_vote: false, hint, error: None };
    desk.input(|quorum, out| quorum.reply(to, correlation, body, out));
    assert_eq!(desk.quorum.standing(), Standing::Follower);
    assert_eq!(desk.quorum.voted(), Some(ME), "the vote of an epoch is kept in it");
}

/// Source: spec V62; `testRetryElection`.
#[test]
fn v62_before_pre_vote_a_refused_candidate_backs_off() {
    let mut desk = Desk::placed(&with(2, profile("kraft-3.9")), ME, &place(Standing::Candidate));
    let hint = QuorumHint { epoch: 5, leader: None };
    desk.answer(0, Reply::Vote { granted: false, pre_vote: false, hint, error: None });
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Candidate, 5));
    assert_eq!(desk.quorum.voted(), Some(ME));
    let due = desk.timers[&Timer::Election];
    assert!(due.since(desk.now) <= Span::secs(1));
    desk.fire(Timer::Election);
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Candidate, 6));
}

/// Source: KIP-996: with pre-vote it asks first, and raises no epoch; and not before its time has
/// run out, as the candidates of canElectNewLeaderAfterOldLeaderFailure in Kafka's own simulation.
#[test]
fn with_pre_vote_a_refused_candidate_waits_and_asks_before_it_stands_again() {
    let mut desk = Desk::placed(&rig(2), ME, &place(Standing::Candidate));
    let hint = QuorumHint { epoch: 5, leader: None };
    desk.answer(0, Reply::Vote { granted: false, pre_vote: false, hint, error: None });
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Candidate, 5));
    desk.fire(Timer::Election);
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Prospective, 5));
}

/// Source: spec V63; `testHandleEndQuorumRequestWithLowerPriorityToBecomeLeader`. Of two
/// successors the second waits half of election.backoff.max.
#[test]
fn v63_the_second_successor_waits() {
    let mut desk = Desk::placed(&with(3, profile("kraft-3.9")), ME, &follower_of(SECOND));
    let end = Request::EndQuorumEpoch { epoch: 5, leader: SECOND, successors: vec![THIRD, ME] };
    desk.request(SECOND, end);
    desk.pass(Span::millis(1));
    assert_eq!(desk.quorum.standing(), Standing::Follower);
    desk.pass(Span::millis(499));
    assert_eq!((desk.quorum.standing(), desk.quorum.epoch()), (Standing::Candidate, 6));
}

/// Source: spec B3: the first successor stands at once, an observer not at all.
#[test]
fn the_first_successor_stands_at_once() {
    let end = Request::EndQuorumEpoch { epoch: 5, leader: SECOND, successors: vec![ME, THIRD] };
    let mut desk = Desk::placed(&rig(3), ME, &follower_of(SECOND));
    desk.request(SECOND, end.clone());
    desk.pass(Span::ZERO);
    assert_eq!(desk.quorum.standing(), Standing::Prospective);
    let mut observer = Desk::placed(&rig(3), OBSERVER, &follower_of(SECOND));
    observer.request(SECOND, end);
    observer.pass(Span::secs(1));
    assert_eq!(observer.quorum.standing(), Standing::Follower);
}

/// Source: spec V65; `testFetchShouldBeTreatedAsLeaderAcknowledgement`.
#[test]
fn v65_a_fetch_acknowledges_the_leader() {
    for name in ["kraft-3.9", "kraft-4.1"] {
        let mut desk = leader(&with(3, profile(name)), 15);
        let begins = |desk: &Desk| -> Vec<NodeId> {
            let begin = |body: &Request| matches!(body, Request::BeginQuorumEpoch { .. });
            desk.asked.iter().filter(|(_, _, body)| begin(body)).map(|(to, ..)| *to).collect()
        };
        assert_eq!(begins(&desk), [SECOND, THIRD]);
        desk.pass(Span::millis(900));
        fetches(&mut desk, SECOND, 15);
        desk.asked.clear();
        desk.pass(Span::millis(100));
        assert_eq!(begins(&desk), [THIRD], "{name}");
        desk.asked.clear();
        desk.pass(Span::secs(1));
        let silent = begins(&desk).contains(&SECOND);
        assert_eq!(silent, name == "kraft-4.1", "{name}: who has fallen silent is told again");
    }
}

/// Source: spec V66; `testHandlePreVoteRequestAsFollower`.
#[test]
fn v66_a_follower_that_hears_its_leader_refuses_a_pre_vote() {
    let mut desk = Desk::placed(&rig(3), ME, &follower_of(SECOND));
    assert!(asks(&mut desk, THIRD, pre_vote(THIRD, 5)));
    assert!(asks(&mut desk, OBSERVER, pre_vote(OBSERVER, 5)));
    fetch_answer(&mut desk, SECOND, nothing_new());
    assert!(!asks(&mut desk, THIRD, pre_vote(THIRD, 5)));
    assert!(!asks(&mut desk, OBSERVER, pre_vote(OBSERVER, 5)));
    assert_eq!(desk.quorum.leader(), Some(SECOND));
}

/// Source: spec V68; `KafkaRaftClientPreVoteTest`, as candidate, unattached voted, observer.
#[test]
fn v68_pre_votes_are_given_again_and_change_nothing() {
    let voted = Place { voted: Some(SECOND), ..place(Standing::Unattached) };
    for (node, place) in [
        (ME, place(Standing::Candidate)),
        (ME, voted),
        (OBSERVER, place(Standing::Unattached)),
        (ME, place(Standing::Prospective)),
    ] {
        let mut desk = Desk::placed(&rig(3), node, &place);
        let before = (desk.quorum.standing(), desk.quorum.epoch(), desk.quorum.voted());
        for from in [THIRD, SECOND, THIRD] {
            assert!(asks(&mut desk, from, pre_vote(from, 5)), "{place:?}");
        }
        assert_eq!(before, (desk.quorum.standing(), desk.quorum.epoch(), desk.quorum.voted()));
    }
}

/// Source: spec B3.1.
#[test]
fn one_vote_in_an_epoch_and_none_for_a_shorter_log() {
    let log = Place { log: vec![(4, 3)], ..place(Standing::Unattached) };
    let mut desk = Desk::placed(&rig(3), ME, &log);
    assert!(!asks(&mut desk, SECOND, vote(SECOND, 5, 4, 2)), "a shorter log");
    assert!(!asks(&mut desk, SECOND, vote(SECOND, 5, 3, 9)), "an older last epoch");
    assert!(asks(&mut desk, SECOND, vote(SECOND, 5, 4, 3)));
    assert_eq!(desk.durable_vote, Some(voter(SECOND)), "on disk before it is answered");
    assert!(asks(&mut desk, SECOND, vote(SECOND, 5, 4, 3)), "the same candidate again");
    assert!(!asks(&mut desk, THIRD, vote(THIRD, 5, 4, 9)), "a second candidate");
    assert!(asks(&mut desk, THIRD, vote(THIRD, 6, 4, 9)), "a newer epoch");
    for standing in [Standing::Candidate, Standing::Leader, Standing::Resigned] {
        let mut desk = Desk::placed(&rig(3), ME, &place(standing));
        assert!(!asks(&mut desk, SECOND, vote(SECOND, 5, 4, 9)), "{standing:?}");
    }
    let mut follower = Desk::placed(&rig(3), ME, &follower_of(SECOND));
    assert!(!asks(&mut follower, THIRD, vote(THIRD, 5, 4, 9)));
}

/// Source: KIP-853; `isValidVoterKey`: a vote asked of another directory is for another voter.
#[test]
fn a_request_for_a_wiped_disk_is_refused() {
    let mut desk = Desk::placed(&rig(3), ME, &place(Standing::Unattached));
    let meant = Voter { node: ME, directory: Some(Directory(1)) };
    let Request::Vote(asked) = vote(SECOND, 5, 0, 0) else { return };
    desk.request(SECOND, Request::Vote(Box::new(Vote { voter: Some(meant), ..*asked })));
    let Some((_, Reply::Vote { error, granted, .. })) = desk.answers.last() else { return };
    assert_eq!((*error, *granted), (Some(ErrorCode::InvalidVoterKey), false));
}

// ---- epochs and logs ----

/// Source: spec B3: older epochs are refused and told the newer one; a fetch of a newer epoch than
/// the leader's is refused and changes nothing.
#[test]
fn requests_of_another_epoch_are_refused() {
    let mut desk = leader(&rig(3), 15);
    let begin = Request::BeginQuorumEpoch { epoch: 4, leader: SECOND, voter: None };
    desk.request(SECOND, begin);
    let fetch = |epoch| {
        let directory = Directory::first(SECOND);
        Request::QuorumFetch(QuorumFetch {
            epoch,
            offset: 10,
            last_epoch: 5,
            high_watermark: 0,
            directory,
        })
    };
    desk.request(SECOND, fetch(4));
    desk.request(SECOND, fetch(6));
    let errors: Vec<Option<ErrorCode>> = desk
        .answers
        .iter()
        .map(|(_, reply)| match reply {
            Reply::BeginQuorumEpoch { error, .. } => *error,
            Reply::QuorumFetch { result, .. } => result.as_ref().err().copied(),
            _ => None,
        })
        .collect();
    let fenced = Some(ErrorCode::FencedLeaderEpoch);
    assert_eq!(errors, [fenced, fenced, Some(ErrorCode::UnknownLeaderEpoch)]);
    assert!(desk.quorum.is_leader() && desk.quorum.epoch() == 5);
}

/// Source: spec B3; `ReplicatedLog.truncateToEndOffset`.
#[test]
fn a_follower_cuts_its_log_where_it_parts_from_the_leaders() {
    let log = Place { log: vec![(1, 3), (2, 4)], high_watermark: 3, ..follower_of(SECOND) };
    let mut desk = Desk::placed(&rig(3), ME, &log);
    fetch_answer(&mut desk, SECOND, QuorumFetched { diverging: Some((1, 5)), ..nothing_new() });
    assert_eq!((desk.quorum.end(), desk.quorum.last_epoch()), (3, 1));
    assert!(desk.facts.contains(&Fact::QuorumTruncated { to: 3 }) && !desk.ended);
}

/// Source: spec B3: truncation below the high watermark is fatal.
#[test]
fn what_is_committed_is_never_cut() {
    let log = Place { log: vec![(1, 3), (2, 4)], high_watermark: 5, ..follower_of(SECOND) };
    let mut desk = Desk::placed(&rig(3), ME, &log);
    fetch_answer(&mut desk, SECOND, QuorumFetched { diverging: Some((1, 5)), ..nothing_new() });
    assert!(desk.ended && desk.quorum.end() == 7);
    assert!(desk.facts.contains(&Fact::QuorumLostCommitted { to: 3, high_watermark: 5 }));
}

// ---- stopping ----

/// Source: `maybeCompleteShutdown`: a leader stays until somebody else leads, or 5 s.
#[test]
fn a_leader_that_stops_hands_over_first() {
    let mut desk = leader(&rig(3), 15);
    desk.input(|quorum, out| quorum.shut_down(out));
    assert_eq!((desk.quorum.standing(), desk.ended), (Standing::Resigned, false));
    let mut told = desk.clone();
    told.request(SECOND, Request::BeginQuorumEpoch { epoch: 6, leader: SECOND, voter: None });
    assert!(told.ended);
    desk.pass(Span::millis(4_999));
    assert!(!desk.ended && desk.quorum.epoch() == 5, "it stands in no election either");
    desk.pass(Span::millis(1));
    assert!(desk.ended);
    let mut follower = Desk::placed(&rig(3), ME, &follower_of(SECOND));
    follower.input(|quorum, out| quorum.shut_down(out));
    assert!(follower.ended);
}

// ---- voters ----

fn add(desk: &mut Desk, node: NodeId) {
    desk.input(|quorum, out| quorum.add_voter(voter(node), out));
}

fn refusal(desk: &Desk) -> Option<ErrorCode> {
    match desk.facts.last() {
        Some(Fact::VoterRefused { error, .. }) => Some(*error),
        _ => None,
    }
}

const FOURTH: NodeId = NodeId(104);

/// A leader that has committed something of its epoch, and an observer that has all of it.
fn ready(rig: &Rig) -> Desk {
    let mut desk = leader(rig, 15);
    fetches(&mut desk, SECOND, 15);
    fetches(&mut desk, FOURTH, 15);
    desk
}

/// The node that is to vote answers that it is there.
fn is_there(desk: &mut Desk) {
    let at = desk.asked.iter().position(|(_, _, body)| *body == Request::ApiVersions);
    desk.answer(at.expect("it is asked"), Reply::ApiVersions);
}

/// Source: spec B5; `AddVoterHandler`, its preconditions in order.
#[test]
fn a_voter_is_added_when_it_is_there_and_has_the_log() {
    let mut early = leader(&rig(3), 15);
    add(&mut early, FOURTH);
    assert_eq!(refusal(&early), Some(ErrorCode::RequestTimedOut), "nothing committed yet");

    let mut desk = ready(&rig(3));
    add(&mut desk, SECOND);
    assert_eq!(refusal(&desk), Some(ErrorCode::DuplicateVoter));
    add(&mut desk, NodeId(105));
    is_there(&mut desk);
    assert_eq!(refusal(&desk), Some(ErrorCode::RequestTimedOut), "it never fetched");
    add(&mut desk, FOURTH);
    add(&mut desk, NodeId(105));
    assert_eq!(refusal(&desk), Some(ErrorCode::RequestTimedOut), "one change at a time");
    is_there(&mut desk);
    let nodes: Vec<NodeId> = desk.quorum.voters().iter().map(|voter| voter.node).collect();
    assert_eq!(nodes, [ME, SECOND, THIRD, FOURTH], "it counts when it is appended");
    fetches(&mut desk, SECOND, 16);
    assert_eq!(committed(&desk), Some(15), "two of four are no majority");
    add(&mut desk, NodeId(105));
    assert_eq!(refusal(&desk), Some(ErrorCode::RequestTimedOut), "not committed yet");
    fetches(&mut desk, FOURTH, 16);
    assert_eq!(committed(&desk), Some(16));
}

/// Source: spec B5; kraft.version 0 knows no changes of voters.
#[test]
fn before_dynamic_voters_the_set_stays() {
    let mut desk = leader(&with(3, profile("kraft-3.5")), 15);
    fetches(&mut desk, SECOND, 15);
    add(&mut desk, FOURTH);
    assert_eq!(refusal(&desk), Some(ErrorCode::UnsupportedVersion));
}

/// Source: spec B5; `RemoveVoterHandler`: a leader that removed itself resigns after the commit.
#[test]
fn a_leader_that_removed_itself_goes_when_that_is_committed() {
    let mut desk = ready(&rig(3));
    let remove = |desk: &mut Desk, gone: Voter| {
        desk.input(|quorum, out| quorum.remove_voter(gone, out));
    };
    remove(&mut desk, voter(FOURTH));
    assert_eq!(refusal(&desk), Some(ErrorCode::VoterNotFound));
    remove(&mut desk, Voter { node: ME, directory: Some(Directory(1)) });
    assert_eq!(refusal(&desk), Some(ErrorCode::VoterNotFound), "another directory");
    remove(&mut desk, voter(ME));
    assert!(desk.quorum.is_leader() && !desk.quorum.is_voter());
    fetches(&mut desk, SECOND, 16);
    assert_eq!(committed(&desk), Some(15), "it no longer counts itself");
    fetches(&mut desk, THIRD, 16);
    assert_eq!(desk.quorum.standing(), Standing::Resigned);
}

/// Source: spec B5: who was elected by a set of voters of one node alone stays safe only because
/// changes come one at a time.
#[test]
fn with_the_guard_off_two_changes_may_be_under_way() {
    let off = Guards::all_on().without(Guard::OneVoterChange);
    let mut desk = ready(&with(3, Profile { guards: off, ..Profile::default() }));
    desk.input(|quorum, out| quorum.remove_voter(voter(SECOND), out));
    desk.input(|quorum, out| quorum.remove_voter(voter(THIRD), out));
    assert_eq!(desk.quorum.voters().len(), 1);
}

// ---- versions ----

/// Source: KIP-1166: since 4.1 a parked fetch is answered when only the high watermark has moved.
#[test]
fn since_4_1_a_fetch_does_not_wait_to_hear_of_a_commit() {
    for (name, prompt) in [("kraft-4.0", false), ("kraft-4.1", true)] {
        let mut desk = leader(&with(3, profile(name)), 15);
        fetches(&mut desk, THIRD, 15);
        let parked = desk.answers.len();
        fetches(&mut desk, SECOND, 15);
        assert_eq!(committed(&desk), Some(15));
        assert_eq!(desk.answers.len() > parked, prompt, "{name}");
        desk.pass(Span::millis(500));
        assert!(desk.answers.len() > parked, "after MAX_FETCH_WAIT it is answered anyway");
    }
}

/// Source: KIP-853: since 3.9 a voter without a leader asks the bootstrap servers for one.
#[test]
fn since_3_9_a_voter_without_a_leader_asks_around() {
    for (name, asks) in [("kraft-3.5", false), ("kraft-3.9", true)] {
        let desk = Desk::placed(&with(3, profile(name)), ME, &place(Standing::Unattached));
        assert_eq!(!desk.asked.is_empty(), asks, "{name}");
    }
}

/// Source: spec B4.1: the first leader writes the voters that the format gave into the log.
#[test]
fn the_first_leader_writes_down_the_voters() {
    for (name, records) in [("kraft-3.5", 1), ("kraft-3.9", 3)] {
        let desk = Desk::placed(&with(1, profile(name)), ME, &place(Standing::Leader));
        assert_eq!(desk.quorum.end(), records, "{name}");
    }
}

// ---- snapshots ----

/// Source: spec B3; KIP-630.
#[test]
fn who_is_behind_the_log_start_loads_the_snapshot_and_goes_on() {
    let settings = Rc::new(Settings { snapshot_bytes: 1_000, ..Settings::default() });
    let rig = Rig { settings, ..rig(3) };
    let mut desk = ready(&rig);
    assert!(desk.quorum.wants_snapshot(15));
    desk.input(|quorum, out| quorum.keep_snapshot(15, Rc::default(), out));
    assert_eq!((desk.quorum.start_offset(), desk.quorum.end()), (15, 15));
    fetches(&mut desk, THIRD, 0);
    let Some((_, Reply::QuorumFetch { result: Ok(fetched), .. })) = desk.answers.last().cloned()
    else {
        panic!("it is answered at once")
    };
    assert_eq!(fetched.snapshot, Some((15, 5)));

    let mut behind = Desk::placed(&rig, THIRD, &follower_of(ME));
    fetch_answer(&mut behind, ME, *fetched);
    let Some((_, _, Request::FetchSnapshot(asked))) = behind.asked.first().cloned() else {
        panic!("it asks for the snapshot")
    };
    desk.request(THIRD, Request::FetchSnapshot(asked));
    let Some((_, answer)) = desk.answers.last().cloned() else { return };
    behind.answer(0, answer);
    assert_eq!((behind.quorum.start_offset(), behind.quorum.end()), (15, 15));
    assert_eq!(behind.quorum.high_watermark(), 15);
    assert!(matches!(behind.asked[..], [(ME, _, Request::QuorumFetch(_))]));
    let gone = crate::message::FetchSnapshot { id: (9, 5), ..asked };
    desk.request(THIRD, Request::FetchSnapshot(gone));
    assert!(matches!(
        desk.answers.last(),
        Some((_, Reply::FetchSnapshot { result: Err(ErrorCode::SnapshotNotFound), .. }))
    ));
}

// ---- guards ----

fn without(guard: Guard) -> Rig {
    with(3, Profile { guards: Guards::all_on().without(guard), ..Profile::default() })
}

/// Every line of defence of the quorum, taken away: the rule that it stands for no longer holds.
#[test]
fn a_guard_that_is_off_is_missed_where_its_rule_stands() {
    let log = Place { log: vec![(4, 3)], ..place(Standing::Unattached) };
    let mut desk = Desk::placed(&without(Guard::VoteUpToDate), ME, &log);
    assert!(asks(&mut desk, SECOND, vote(SECOND, 5, 1, 1)));
    let mut desk = Desk::placed(&without(Guard::OneVote), ME, &place(Standing::Unattached));
    assert!(asks(&mut desk, SECOND, vote(SECOND, 5, 0, 0)));
    assert!(asks(&mut desk, THIRD, vote(THIRD, 5, 0, 0)));
    let mut desk = Desk::placed(&without(Guard::DurableVote), ME, &place(Standing::Unattached));
    assert!(asks(&mut desk, SECOND, vote(SECOND, 5, 0, 0)) && desk.durable_vote.is_none());

    let led = Place { leader: Some(ME), ..place(Standing::Leader) };
    assert!(Desk::restarted(&without(Guard::ResignedAfterRestart), ME, &led).quorum.is_leader());
    let mut desk = leader(&without(Guard::CommitByMajority), 15);
    fetches(&mut desk, SECOND, 10);
    assert_eq!(committed(&desk), Some(15), "one copy is enough");
    let mut desk = leader(&without(Guard::CommitOwnEpoch), 15);
    fetches(&mut desk, SECOND, 10);
    assert_eq!(committed(&desk), Some(10), "an older epoch is enough");
    let mut desk = leader(&without(Guard::CheckQuorum), 15);
    desk.pass(Span::secs(60));
    assert!(desk.quorum.is_leader());
    let mut desk = leader(&without(Guard::FlushBeforeCount), 15);
    fetches(&mut desk, SECOND, 15);
    desk.slow_disk = true;
    grow(&mut desk, 20);
    fetches(&mut desk, SECOND, 20);
    assert_eq!(committed(&desk), Some(20), "its own copy is not on the platter");

    let mut desk = Desk::placed(&without(Guard::FlushBeforeFetch), ME, &follower_of(SECOND));
    desk.slow_disk = true;
    let entry = Rc::new(MetaEntry { epoch: 5, record: MetaRecord::NoOp });
    fetch_answer(&mut desk, SECOND, QuorumFetched { entries: vec![entry], ..nothing_new() });
    assert!(!desk.asked.is_empty(), "it acknowledges what it may lose");
    let mut desk =
        Desk::placed(&without(Guard::QuorumEpochFence), ME, &place(Standing::Unattached));
    let begin = Request::BeginQuorumEpoch { epoch: 3, leader: SECOND, voter: None };
    desk.request(SECOND, begin);
    assert_eq!(desk.quorum.leader(), Some(SECOND), "a leader of the past");
    let mut desk = leader(&without(Guard::QuorumDivergence), 15);
    let directory = Directory::first(SECOND);
    let fetch = QuorumFetch { epoch: 5, offset: 12, last_epoch: 4, high_watermark: 0, directory };
    desk.request(SECOND, Request::QuorumFetch(fetch));
    let Some((_, Reply::QuorumFetch { result: Ok(fetched), .. })) = desk.answers.last() else {
        panic!("it is answered")
    };
    assert_eq!((fetched.diverging, fetched.entries.len()), (None, 3));
}
