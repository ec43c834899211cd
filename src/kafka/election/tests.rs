//! One change of one partition, as Kafka's own tests of it have it. Refuses to know controllers.
//! Source: spec kafka-vectors B; `PartitionChangeBuilderTest`.

use super::*;
use crate::id::TopicId;
use crate::reassignment::Revert;

const ID: PartitionId = PartitionId { topic: TopicId(0), index: 0 };

fn nodes(list: &[u16]) -> Vec<NodeId> {
    list.iter().map(|n| NodeId(*n)).collect()
}

fn partition(replicas: &[u16], isr: &[u16], leader: Option<u16>) -> Partition {
    Partition {
        replicas: nodes(replicas),
        removing: Vec::new(),
        adding: Vec::new(),
        isr: nodes(isr),
        elr: Vec::new(),
        last_known_elr: Vec::new(),
        leader: leader.map(NodeId),
        recovering: false,
        leader_epoch: 100,
        partition_epoch: 200,
    }
}

/// Replicas and ISR 2, 1, 3 under leader 1; 3 is not to be had.
fn foo() -> Partition {
    partition(&[2, 1, 3], &[2, 1, 3], Some(1))
}

/// Being moved from 1 to 4.
fn bar() -> Partition {
    let (removing, adding) = (nodes(&[1]), nodes(&[4]));
    Partition { removing, adding, ..partition(&[1, 2, 3, 4], &[1, 2, 3], Some(1)) }
}

/// What is asked beside a target ISR.
struct Case<'a> {
    election: Election,
    dead: &'a [u16],
    min_isr: usize,
    elr_enabled: bool,
    unclean_shutdown: &'a [u16],
    target: Option<Assignment>,
    last_known_leader_must_live: bool,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case {
            election: Election::Online,
            dead: &[3],
            min_isr: 2,
            elr_enabled: true,
            unclean_shutdown: &[],
            target: None,
            last_known_leader_must_live: true,
        }
    }
}

fn ask(p: &Partition, isr: &[u16], case: Case<'_>) -> Option<Outcome> {
    let acceptable = |n: NodeId| !case.dead.contains(&n.0);
    decide(&Request {
        id: ID,
        partition: p,
        election: case.election,
        min_isr: case.min_isr,
        elr_enabled: case.elr_enabled,
        epoch_bump_on_shrink: false,
        last_known_leader_must_live: case.last_known_leader_must_live,
        guards: Guards::all_on(),
        manager: None,
        target_isr: nodes(isr),
        target: case.target,
        unclean_shutdown: &nodes(case.unclean_shutdown),
        target_recovering: None,
        acceptable: &acceptable,
    })
}

fn change(p: &Partition, isr: &[u16], case: Case<'_>) -> PartitionChange {
    ask(p, isr, case).expect("something changes").change
}

fn after(p: &Partition, change: &PartitionChange) -> Partition {
    let mut after = p.clone();
    after.merge(change, Guards::all_on());
    after
}

/// Who leads then, and whether the election was unclean.
fn lead(p: &Partition, isr: &[u16], election: Election) -> (Option<u16>, bool) {
    let outcome = ask(p, isr, Case { election, ..Case::default() });
    let unclean = outcome.as_ref().is_some_and(|outcome| outcome.unclean);
    let leader = match outcome {
        Some(outcome) => after(p, &outcome.change).leader,
        None => p.leader,
    };
    (leader.map(|leader| leader.0), unclean)
}

/// V29. Source: `testElectLeader`.
#[test]
fn the_first_valid_replica_in_assignment_order_leads() {
    let foo = foo();
    assert_eq!(lead(&foo, &[2, 1, 3], Election::Preferred), (Some(2), false));
    assert_eq!(lead(&foo, &[2, 1, 3], Election::Online), (Some(1), false));
    assert_eq!(lead(&foo, &[2, 1, 3], Election::Unclean), (Some(1), false));
    assert_eq!(lead(&foo, &[1, 3], Election::Preferred), (Some(1), false));
    assert_eq!(lead(&foo, &[1, 3], Election::Online), (Some(1), false));
    assert_eq!(lead(&foo, &[3], Election::Preferred), (None, false));
    assert_eq!(lead(&foo, &[3], Election::Online), (None, false));
    assert_eq!(lead(&foo, &[3], Election::Unclean), (Some(2), true));
    let wide = partition(&[2, 1, 3, 4], &[4], Some(1));
    assert_eq!(lead(&wide, &[4], Election::Unclean), (Some(4), false));
}

/// V30. Source: `testIsrChangeDoesntBumpLeaderEpoch`; KAFKA-15021.
#[test]
fn a_shrink_keeps_the_leader_epoch() {
    let foo = foo();
    let change = change(&foo, &[2, 1], Case::default());
    assert_eq!(
        change,
        PartitionChange { isr: Some(nodes(&[2, 1])), ..PartitionChange::nothing(ID) }
    );
    let after = after(&foo, &change);
    assert_eq!((after.leader_epoch, after.partition_epoch), (100, 201));
}

/// V31. Source: `testIsrChangeAndLeaderChange`.
#[test]
fn a_shrink_that_takes_the_leader_elects_another() {
    let foo = foo();
    let after = after(&foo, &change(&foo, &[2, 3], Case::default()));
    assert_eq!((after.leader, after.leader_epoch), (Some(NodeId(2)), 101));
    assert_eq!(after.isr, nodes(&[2, 3]));
}

/// V32. Source: `testReassignmentRearrangesReplicas`.
#[test]
fn another_order_is_done_at_once_and_keeps_the_leader_epoch() {
    let foo = foo();
    let target = Some(Assignment::towards(&foo, &nodes(&[3, 2, 1])));
    let change = change(&foo, &[2, 1, 3], Case { target, ..Case::default() });
    assert_eq!(
        change,
        PartitionChange { replicas: Some(nodes(&[3, 2, 1])), ..PartitionChange::nothing(ID) }
    );
}

/// V33. Source: `testIsrEnlargementCompletesReassignment`.
#[test]
fn the_last_replica_to_join_completes_the_move() {
    let bar = bar();
    let after = after(&bar, &change(&bar, &[1, 2, 3, 4], Case { dead: &[], ..Case::default() }));
    assert_eq!((after.replicas.clone(), after.isr.clone()), (nodes(&[2, 3, 4]), nodes(&[2, 3, 4])));
    assert_eq!((after.leader, after.leader_epoch), (Some(NodeId(2)), 101));
    assert!(!after.is_reassigning());
}

/// V34. Source: `testRevertReassignment`.
#[test]
fn a_move_called_off_goes_back_and_raises_the_leader_epoch() {
    let bar = bar();
    let revert = Revert::of(&bar).expect("somebody is left");
    assert_eq!((revert.isr.clone(), revert.unclean), (nodes(&[1, 2, 3]), false));
    let target = Some(revert.assignment);
    let change = change(&bar, &[1, 2, 3], Case { dead: &[], target, ..Case::default() });
    let nothing = PartitionChange::nothing(ID);
    let expected = PartitionChange {
        replicas: Some(nodes(&[1, 2, 3])),
        removing: Some(Vec::new()),
        adding: Some(Vec::new()),
        leader: Some(Some(NodeId(1))),
        ..nothing
    };
    assert_eq!(change, expected);
}

/// Source: `PartitionReassignmentRevertTest`.
#[test]
fn going_back_is_unclean_when_only_new_replicas_are_in_the_isr() {
    let only_new = Partition { isr: nodes(&[4]), ..bar() };
    let revert = Revert::of(&only_new).expect("somebody is left");
    assert_eq!((revert.isr, revert.unclean), (nodes(&[1]), true));
    let all_new = Partition { adding: nodes(&[1, 2, 3, 4]), ..bar() };
    assert_eq!(Revert::of(&all_new), None);
}

/// V35. Source: `testRemovingReplicaReassignment`, `testAddingReplicaReassignment`.
#[test]
fn fewer_replicas_are_done_at_once_and_more_have_to_be_copied_first() {
    let foo = foo();
    let to = |target: &[u16]| {
        let target = Some(Assignment::towards(&foo, &nodes(target)));
        change(&foo, &[2, 1, 3], Case { dead: &[], target, ..Case::default() })
    };
    let fewer = after(&foo, &to(&[1, 2]));
    assert_eq!((fewer.replicas.clone(), fewer.isr.clone()), (nodes(&[1, 2]), nodes(&[2, 1])));
    assert_eq!((fewer.leader, fewer.leader_epoch), (Some(NodeId(1)), 101));
    assert!(!fewer.is_reassigning());
    let more = to(&[1, 2, 3, 4]);
    assert_eq!((more.replicas, more.adding), (Some(nodes(&[1, 2, 3, 4])), Some(nodes(&[4]))));
    assert_eq!((more.leader, more.removing, more.isr), (None, None, None));
}

/// V36. Source: `testUncleanLeaderElection`.
#[test]
fn an_unclean_election_leaves_the_leader_alone_and_recovering() {
    let foo = Partition { elr: nodes(&[3]), last_known_elr: nodes(&[2]), ..foo() };
    let election = Election::Unclean;
    let after = after(&foo, &change(&foo, &[3], Case { election, ..Case::default() }));
    assert_eq!((after.leader, after.isr), (Some(NodeId(2)), nodes(&[2])));
    assert_eq!((after.elr, after.last_known_elr), (vec![], vec![]));
    assert!(after.recovering);
}

/// V38. Source: `testEligibleLeaderReplicas_IsrExpandAboveMinISR`.
#[test]
fn enough_in_the_isr_empties_the_elr() {
    let p = partition(&[1, 2, 3, 4], &[1, 2], Some(1));
    let p = Partition { elr: nodes(&[3]), last_known_elr: nodes(&[4]), ..p };
    let case = Case { dead: &[], min_isr: 3, ..Case::default() };
    let after = after(&p, &change(&p, &[1, 2, 3], case));
    assert_eq!((after.isr, after.elr), (nodes(&[1, 2, 3]), vec![]));
    assert_eq!(after.last_known_elr, vec![]);
}

/// V39. Source: `testEligibleLeaderReplicas_IsrAddNewMemberNotInELR`.
#[test]
fn who_is_eligible_stays_so_while_the_isr_is_too_small() {
    let p = partition(&[1, 2, 3, 4], &[1], Some(1));
    let p = Partition { elr: nodes(&[3]), ..p };
    let case = Case { dead: &[], min_isr: 3, ..Case::default() };
    let after = after(&p, &change(&p, &[1, 4], case));
    assert_eq!((after.isr, after.elr), (nodes(&[1, 4]), nodes(&[3])));
}

/// V40. Source: `testEligibleLeaderReplicas_RemoveUncleanShutdownReplicasFromElr`.
#[test]
fn who_may_have_lost_records_is_not_eligible() {
    let p = partition(&[1, 2, 3, 4], &[1], Some(1));
    let p = Partition { elr: nodes(&[2, 3]), ..p };
    let case = Case { dead: &[], min_isr: 3, unclean_shutdown: &[3], ..Case::default() };
    assert_eq!(after(&p, &change(&p, &[1], case)).elr, nodes(&[2]));
}

/// Who is moved away while the ISR is too small stays named, and is not elected for it: nobody
/// looks beyond the replicas. Source: `maybePopulateTargetElr`, which does not look at them.
#[test]
fn who_was_moved_away_may_stay_in_the_elr_but_does_not_lead() {
    let p = Partition { adding: nodes(&[3]), ..partition(&[1, 2, 3], &[1, 3], Some(1)) };
    let target = Revert::of(&p).map(|revert| revert.assignment);
    let moved = after(&p, &change(&p, &[1], Case { dead: &[], target, ..Case::default() }));
    assert_eq!((moved.replicas.clone(), moved.isr.clone()), (nodes(&[1, 2]), nodes(&[1])));
    assert_eq!(moved.elr, nodes(&[3]));
    let case = Case { dead: &[1, 2], ..Case::default() };
    assert_eq!(after(&moved, &change(&moved, &[], case)).leader, None);
}

/// V42. Source: `testEligibleLeaderReplicas_IsrCanShrinkToZero`.
#[test]
fn an_emptied_isr_leaves_eligible_replicas_and_the_last_known_leader() {
    let p = partition(&[1, 2, 3, 4], &[1, 2, 3, 4], Some(1));
    let case = Case { dead: &[1, 2, 3, 4], min_isr: 3, ..Case::default() };
    let after = after(&p, &change(&p, &[], case));
    assert_eq!(after.leader, None);
    assert_eq!((after.isr, after.elr), (vec![], nodes(&[1, 2, 3, 4])));
    assert_eq!(after.last_known_elr, nodes(&[1]));
}

/// V43. Source: `testEligibleLeaderReplicas_ElectLastKnownLeader`; KAFKA-19522.
#[test]
fn the_last_known_leader_leads_again_if_it_is_there() {
    let p = partition(&[1, 2, 3, 4], &[], None);
    let p = Partition { last_known_elr: nodes(&[1]), ..p };
    let case = |dead| Case { dead, min_isr: 3, ..Case::default() };
    let after = after(&p, &change(&p, &[], case(&[2, 3, 4])));
    assert_eq!((after.leader, after.isr), (Some(NodeId(1)), nodes(&[1])));
    assert_eq!((after.recovering, after.last_known_elr), (true, vec![]));
    assert_eq!(ask(&p, &[], case(&[1, 2, 3, 4])), None);
    // Until 4.0 it was elected dead.
    let blind = Case { last_known_leader_must_live: false, ..case(&[1, 2, 3, 4]) };
    assert_eq!(change(&p, &[], blind).leader, Some(Some(NodeId(1))));
}

/// Source: spec A12.7; `PartitionChangeBuilder.build`.
#[test]
fn without_elr_the_last_member_stays_listed() {
    let p = partition(&[1, 2], &[1], Some(1));
    let case = Case { dead: &[1, 2], elr_enabled: false, ..Case::default() };
    let after = after(&p, &change(&p, &[], case));
    assert_eq!((after.leader, after.isr), (None, nodes(&[1])));
    assert_eq!((after.elr, after.last_known_elr), (vec![], vec![]));
}
