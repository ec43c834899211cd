//! A controller's decisions one after the other, as Kafka's own tests of them have it. Refuses to
//! know the quorum and time. Source: spec kafka-vectors B; `ReplicationControlManagerTest`.

use super::{Decision, Replication};
use crate::config::{Profile, Settings};
use crate::guard::{Guard, Guards};
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::image::{Change, Image, MetaRecord, Partition};
use crate::message::{AlterPartition, NewPartitions, NewTopic, PartitionState};
use kernel::NodeId;

struct Cluster {
    image: Image,
    profile: Profile,
    settings: Settings,
}

fn nodes(list: &[u16]) -> Vec<NodeId> {
    list.iter().map(|n| NodeId(*n)).collect()
}

fn foo(index: u16) -> PartitionId {
    PartitionId { topic: TopicId(0), index }
}

impl Cluster {
    /// Brokers 0.. in service, and a topic with these replicas.
    fn new(brokers: u16, elr: bool, min_isr: u64, assignment: &[&[u16]]) -> Cluster {
        let profile = Profile { elr, ..Profile::default() };
        let settings = Settings { min_insync_replicas: min_isr, ..Settings::default() };
        let mut cluster = Cluster { image: Image::default(), profile, settings };
        for broker in 0..brokers {
            cluster.register(broker, 1, false);
        }
        let topic = NewTopic {
            name: "foo".to_owned(),
            partitions: 0,
            replication_factor: 0,
            assignment: assignment.iter().map(|list| nodes(list)).collect(),
            configs: Vec::new(),
        };
        let created = cluster.rules().create_topic(&topic, &mut |_| 0);
        cluster.apply(created.expect("nothing is wrong with it"));
        cluster
    }

    fn rules(&self) -> Replication<'_> {
        Replication { image: &self.image, profile: self.profile, settings: &self.settings }
    }

    fn apply(&mut self, decision: Decision) {
        for record in &decision.records {
            self.image.apply(record);
        }
    }

    fn register(&mut self, broker: u16, life: u64, fenced: bool) {
        self.image.apply(&MetaRecord::RegisterBroker {
            broker: NodeId(broker),
            incarnation: life,
            epoch: 100 * life + u64::from(broker),
            rack: None,
            fenced,
            stopping: false,
        });
    }

    fn fence(&mut self, brokers: &[u16]) {
        for broker in brokers {
            self.apply(self.rules().broker_fenced(NodeId(*broker)));
        }
    }

    fn unfence(&mut self, broker: u16) {
        self.apply(self.rules().broker_unfenced(NodeId(broker)));
    }

    fn restart_uncleanly(&mut self, broker: u16) {
        self.apply(self.rules().broker_restarted(NodeId(broker), false));
        self.register(broker, 2, true);
    }

    fn elect(&mut self, index: u16, unclean: bool) -> Option<ErrorCode> {
        match self.rules().elect(foo(index), unclean) {
            Ok(decision) => {
                self.apply(decision);
                None
            }
            Err(error) => Some(error),
        }
    }

    fn reassign(&mut self, index: u16, target: Option<&[u16]>) -> Option<ErrorCode> {
        let target = target.map(nodes);
        match self.rules().reassign(foo(index), target.as_deref()) {
            Ok(decision) => {
                self.apply(decision);
                None
            }
            Err(error) => Some(error),
        }
    }

    fn alter(&mut self, from: u16, index: u16, isr: &[u16]) -> Result<PartitionState, ErrorCode> {
        let proposal = self.proposal(index, isr);
        self.propose(from, &proposal)
    }

    fn propose(
        &mut self,
        from: u16,
        proposal: &AlterPartition,
    ) -> Result<PartitionState, ErrorCode> {
        let (result, decision) = self.rules().alter_partition(NodeId(from), proposal);
        self.apply(decision);
        result
    }

    /// A proposal as the leader would make it.
    fn proposal(&self, index: u16, isr: &[u16]) -> AlterPartition {
        let partition = self.partition(index);
        let epoch = |node: &NodeId| self.image.brokers.get(node).map(|known| known.epoch);
        AlterPartition {
            id: foo(index),
            leader_epoch: partition.leader_epoch,
            partition_epoch: partition.partition_epoch,
            isr: nodes(isr).iter().map(|node| (*node, epoch(node))).collect(),
            recovering: false,
        }
    }

    fn partition(&self, index: u16) -> &Partition {
        &self.image.partitions[&foo(index)]
    }

    /// Leader and ISR.
    fn shape(&self, index: u16) -> (Option<u16>, Vec<u16>) {
        let partition = self.partition(index);
        let isr = partition.isr.iter().map(|node| node.0).collect();
        (partition.leader.map(|leader| leader.0), isr)
    }

    fn elr(&self, index: u16) -> Vec<NodeId> {
        self.partition(index).elr.clone()
    }
}

const THREE: [&[u16]; 3] = [&[1, 2, 3], &[2, 3, 4], &[0, 2, 1]];

/// V44. Source: `testFenceMultipleBrokers`.
#[test]
fn fenced_brokers_leave_every_isr() {
    let mut cluster = Cluster::new(5, true, 2, &THREE);
    cluster.fence(&[2, 3]);
    assert_eq!(cluster.shape(0), (Some(1), vec![1]));
    assert_eq!(cluster.shape(1), (Some(4), vec![4]));
    assert_eq!(cluster.shape(2), (Some(0), vec![0, 1]));
}

/// V45. Source: `testElectUncleanLeaders_WithoutElr`.
#[test]
fn an_unclean_election_by_order_needs_a_partition_without_a_leader_and_somebody_to_lead() {
    let mut cluster = Cluster::new(5, false, 2, &THREE);
    cluster.fence(&[2, 3, 1]);
    assert_eq!(cluster.shape(0), (None, vec![1]));
    assert_eq!(cluster.elect(0, true), Some(ErrorCode::EligibleLeadersNotAvailable));
    assert_eq!(cluster.elect(1, true), Some(ErrorCode::ElectionNotNeeded));
    assert_eq!(cluster.elect(2, true), Some(ErrorCode::ElectionNotNeeded));
    let others = (cluster.shape(1), cluster.shape(2));
    cluster.unfence(2);
    assert_eq!(cluster.shape(0), (None, vec![1]));
    assert_eq!(cluster.elect(0, true), None);
    assert_eq!(cluster.shape(0), (Some(2), vec![2]));
    assert!(cluster.partition(0).recovering);
    assert_eq!((cluster.shape(1), cluster.shape(2)), others);
    assert_eq!(cluster.elect(9, true), Some(ErrorCode::UnknownTopicOrPartition));
}

/// V46. Source: `testPreferredElectionDoesNotTriggerUncleanElection`.
#[test]
fn a_preferred_election_is_never_unclean() {
    let mut cluster = Cluster::new(5, false, 2, &THREE);
    cluster.fence(&[2, 3, 1]);
    cluster.unfence(2);
    cluster.image.apply(&MetaRecord::Config {
        topic: Some(TopicId(0)),
        change: Change::Unclean(Some(true)),
    });
    assert_eq!(cluster.elect(0, false), Some(ErrorCode::PreferredLeaderNotAvailable));
    assert_eq!(cluster.shape(0), (None, vec![1]));
    // The periodic check is another matter.
    cluster.apply(cluster.rules().elect_unclean().0);
    assert_eq!(cluster.shape(0), (Some(2), vec![2]));
}

/// V48. Source: `testEligibleLeaderReplicas_CleanElection`.
#[test]
fn an_eligible_replica_leads_cleanly() {
    let mut cluster = Cluster::new(4, true, 3, &[&[0, 1, 2, 3]]);
    cluster.fence(&[1, 2, 3]);
    assert_eq!(cluster.elr(0), nodes(&[2, 3]));
    cluster.unfence(2);
    cluster.fence(&[0, 1]);
    assert_eq!(cluster.shape(0), (Some(2), vec![2]));
    assert_eq!(cluster.elr(0), nodes(&[0, 3]));
    assert!(!cluster.partition(0).recovering);
}

/// V49. Source: `testEligibleLeaderReplicas_UncleanShutdown`.
#[test]
fn an_unclean_restart_costs_the_eligibility() {
    let mut cluster = Cluster::new(4, true, 3, &[&[0, 1, 2, 3]]);
    cluster.fence(&[1, 2, 3]);
    assert_eq!(cluster.elr(0), nodes(&[2, 3]));
    cluster.restart_uncleanly(3);
    assert_eq!(cluster.elr(0), nodes(&[2]));
    cluster.restart_uncleanly(0);
    assert_eq!(cluster.shape(0), (None, vec![]));
    assert_eq!(cluster.elr(0), nodes(&[2]));
    assert_eq!(cluster.partition(0).last_known_elr, nodes(&[0]));
}

/// V50. Source: `testInvalidAlterPartitionRequests`. A stale epoch of the sender's own is refused
/// with the whole request, before the rules here are asked.
#[test]
fn a_wrong_proposal_is_refused_in_kafkas_order() {
    let mut cluster = Cluster::new(4, true, 2, &[&[0, 1, 2]]);
    let right = cluster.proposal(0, &[0, 1]);
    let mut refused = |from, proposal: &AlterPartition| cluster.propose(from, proposal).err();
    let invalid = Some(ErrorCode::InvalidRequest);
    assert_eq!(refused(1, &right), invalid);
    let ahead = AlterPartition { leader_epoch: 500, ..right.clone() };
    assert_eq!(refused(0, &ahead), Some(ErrorCode::NotController));
    let ahead = AlterPartition { partition_epoch: 500, ..right.clone() };
    assert_eq!(refused(0, &ahead), Some(ErrorCode::NotController));
    let isr = |list: &[u16]| nodes(list).into_iter().map(|node| (node, None)).collect();
    let foreign = AlterPartition { isr: isr(&[0, 1, 3]), ..right.clone() };
    assert_eq!(refused(0, &foreign), invalid);
    let headless = AlterPartition { isr: isr(&[1, 2]), ..right.clone() };
    assert_eq!(refused(0, &headless), invalid);
    let recovering = AlterPartition { recovering: true, ..right.clone() };
    assert_eq!(refused(0, &recovering), invalid);
    let relapse = AlterPartition { isr: isr(&[0]), recovering: true, ..right.clone() };
    assert_eq!(refused(0, &relapse), invalid);
    let nowhere = AlterPartition { id: foo(7), ..right.clone() };
    assert_eq!(refused(0, &nowhere), Some(ErrorCode::UnknownTopicOrPartition));
    assert_eq!(refused(0, &right), None);
    // Said twice, it comes from before the last change.
    assert_eq!(refused(0, &right), Some(ErrorCode::InvalidUpdateVersion));
}

/// Source: spec A10.2; KIP-841, KIP-903.
#[test]
fn who_is_not_in_service_or_of_another_life_does_not_join() {
    let mut cluster = Cluster::new(3, true, 1, &[&[0, 1, 2]]);
    cluster.fence(&[1, 2]);
    let ineligible = Err(ErrorCode::IneligibleReplica);
    assert_eq!(cluster.alter(0, 0, &[0, 1]), ineligible);
    let early = cluster.proposal(0, &[0, 2]);
    cluster.restart_uncleanly(2);
    cluster.unfence(2);
    assert_eq!(cluster.propose(0, &early), ineligible);
    assert!(cluster.alter(0, 0, &[0, 2]).is_ok());
    cluster.apply(cluster.rules().broker_stopping(NodeId(2)));
    assert_eq!(cluster.alter(0, 0, &[0, 2]), ineligible);
    // Without the guards they get in.
    for guard in [Guard::AlterEligibleMembers, Guard::AlterMemberEpochs] {
        cluster.profile.guards = cluster.profile.guards.without(guard);
    }
    assert!(cluster.alter(0, 0, &[0, 2]).is_ok());
}

/// V52. Source: `testReassignPartitions`.
#[test]
fn completing_its_own_replacement_is_told_the_leader_as_an_error() {
    let mut cluster = Cluster::new(4, true, 2, &[&[0, 1, 2], &[1, 2, 3]]);
    assert_eq!(cluster.reassign(0, None), Some(ErrorCode::NoReassignmentInProgress));
    assert_eq!(cluster.reassign(0, Some(&[1, 2, 3])), None);
    let moving = cluster.partition(0);
    assert_eq!((&moving.replicas, moving.leader_epoch), (&nodes(&[1, 2, 3, 0]), 0));
    assert_eq!((&moving.adding, &moving.removing), (&nodes(&[3]), &nodes(&[0])));
    assert_eq!(cluster.alter(0, 0, &[0, 1, 2, 3]), Err(ErrorCode::NewLeaderElected));
    assert_eq!(cluster.shape(0), (Some(1), vec![1, 2, 3]));
    assert_eq!(cluster.partition(0).leader_epoch, 1);
    let wrong = Some(ErrorCode::InvalidReplicaAssignment);
    assert_eq!(cluster.reassign(0, Some(&[1, 9])), wrong);
    assert_eq!(cluster.reassign(0, Some(&[1, 1])), wrong);
    assert_eq!(cluster.reassign(0, Some(&[])), wrong);
    assert_eq!(cluster.reassign(7, Some(&[1])), Some(ErrorCode::UnknownTopicOrPartition));
}

/// Source: spec A15; `cancelPartitionReassignment`.
#[test]
fn going_back_where_nobody_in_sync_would_stay_needs_leave() {
    let mut cluster = Cluster::new(4, false, 1, &[&[0, 1]]);
    cluster.reassign(0, Some(&[2, 3]));
    cluster.alter(0, 0, &[0, 1, 2]).expect("it is the leader");
    cluster.fence(&[0, 1]);
    assert_eq!(cluster.shape(0), (Some(2), vec![2]));
    assert_eq!(cluster.reassign(0, None), Some(ErrorCode::InvalidReplicaAssignment));
    cluster.settings.unclean_leader_election = true;
    assert_eq!(cluster.reassign(0, None), None);
    assert_eq!(cluster.partition(0).replicas, nodes(&[0, 1]));
    assert_eq!(cluster.shape(0), (None, vec![0]));
}

/// Source: spec A14; `maybeBalancePartitionLeaders`.
#[test]
fn preferred_leaders_take_over_where_they_are_in_sync() {
    let mut cluster = Cluster::new(4, true, 1, &[&[0, 1, 2], &[0, 2, 3], &[1, 2, 3]]);
    cluster.fence(&[0]);
    cluster.unfence(0);
    cluster.alter(1, 0, &[1, 2, 0]).expect("it is the leader");
    let (decision, cut_short) = cluster.rules().balance();
    assert_eq!((decision.records.len(), cut_short), (1, false));
    cluster.apply(decision);
    let leads = |index| cluster.shape(index).0;
    assert_eq!((leads(0), leads(1), leads(2)), (Some(0), Some(2), Some(1)));
}

/// Source: spec A14; `MAX_ELECTIONS_PER_IMBALANCE`.
#[test]
fn a_run_that_finds_too_much_to_do_is_cut_short() {
    let assignment: Vec<&[u16]> = vec![&[0, 1]; 1_001];
    let mut cluster = Cluster::new(2, true, 1, &assignment);
    cluster.fence(&[0]);
    cluster.unfence(0);
    for index in 0..1_001 {
        cluster.alter(1, index, &[1, 0]).expect("it is the leader");
    }
    let (decision, cut_short) = cluster.rules().balance();
    assert_eq!((decision.records.len(), cut_short), (1_000, true));
    cluster.apply(decision);
    let (rest, cut_short) = cluster.rules().balance();
    assert_eq!((rest.records.len(), cut_short), (1, false));
}

/// Source: `ReplicationControlManager.createPartitions`; spec A16.
#[test]
fn more_partitions_come_with_as_many_replicas_as_the_first_has() {
    let mut cluster = Cluster::new(3, true, 1, &[&[0, 1]]);
    let asked = |count, assignment: &[&[u16]]| NewPartitions {
        topic: TopicId(0),
        count,
        assignment: assignment.iter().map(|list| nodes(list)).collect(),
    };
    let refused = |cluster: &Cluster, new: &NewPartitions| {
        cluster.rules().create_partitions(new, &mut |_| 0).err()
    };
    assert_eq!(refused(&cluster, &asked(1, &[])), Some(ErrorCode::InvalidPartitions));
    let wrong = Some(ErrorCode::InvalidReplicaAssignment);
    assert_eq!(refused(&cluster, &asked(3, &[&[0, 1]])), wrong);
    assert_eq!(refused(&cluster, &asked(2, &[&[0, 7]])), wrong);
    cluster.fence(&[2]);
    assert_eq!(refused(&cluster, &asked(2, &[&[2]])), wrong);
    let decision = cluster.rules().create_partitions(&asked(3, &[]), &mut |_| 0);
    cluster.apply(decision.expect("there are brokers"));
    assert_eq!(cluster.image.partition_count(TopicId(0)), 3);
    assert_eq!(cluster.partition(2).replicas.len(), 2);
}

/// Source: spec A13.7; `ClearElrRecord`.
#[test]
fn another_minimum_empties_the_elr() {
    let mut cluster = Cluster::new(3, true, 3, &[&[0, 1, 2]]);
    cluster.fence(&[2]);
    assert_eq!(cluster.elr(0), nodes(&[2]));
    let version = cluster.partition(0).partition_epoch;
    let changes = [Change::MinIsr(Some(2))];
    let decision = cluster.rules().alter_configs(Some(TopicId(0)), &changes);
    cluster.apply(decision.expect("the topic is there"));
    assert_eq!(cluster.elr(0), nodes(&[]));
    assert_eq!(cluster.partition(0).partition_epoch, version + 1);
}

/// Every switch of this part does something, and nothing while it is on.
#[test]
fn a_guard_that_is_off_lets_through_what_it_keeps_out() {
    let without = |guard| {
        let mut cluster = Cluster::new(3, true, 2, &[&[0, 1, 2]]);
        cluster.profile.guards = Guards::all_on().without(guard);
        cluster.image.apply(&MetaRecord::NoOp);
        cluster
    };
    let mut cluster = without(Guard::FenceLeavesIsr);
    cluster.fence(&[0]);
    assert_eq!(cluster.shape(0), (Some(1), vec![0, 1, 2]));
    let mut cluster = without(Guard::ActiveOnly);
    cluster.fence(&[1, 0]);
    cluster.apply(cluster.rules().broker_fenced(NodeId(2)));
    assert_eq!(cluster.shape(0), (Some(0), vec![0]));
    let mut cluster = without(Guard::RestartLeavesIsr);
    cluster.restart_uncleanly(1);
    assert_eq!(cluster.shape(0), (Some(0), vec![0, 1, 2]));
    let mut cluster = without(Guard::IsrOnly);
    cluster.fence(&[1, 2]);
    cluster.unfence(1);
    cluster.fence(&[0]);
    assert_eq!(cluster.shape(0), (Some(1), vec![1]));
    let mut cluster = without(Guard::ReassignmentNeedsIsr);
    cluster.register(3, 1, false);
    cluster.reassign(0, Some(&[3]));
    assert_eq!(cluster.partition(0).replicas, nodes(&[3]));
    assert_eq!(cluster.shape(0), (Some(3), vec![3]));
    let mut cluster = without(Guard::RevertNeedsIsr);
    cluster.settings.min_insync_replicas = 1;
    cluster.register(3, 1, false);
    cluster.reassign(0, Some(&[3, 1]));
    cluster.alter(0, 0, &[0, 1, 2, 3]).expect_err("it completes the move");
    cluster.reassign(0, Some(&[2, 0]));
    cluster.alter(3, 0, &[3, 1, 2]).expect("it is the leader");
    cluster.fence(&[3, 1]);
    assert_eq!(cluster.shape(0), (Some(2), vec![2]));
    assert_eq!(cluster.reassign(0, None), None);
    assert_eq!(cluster.shape(0), (None, vec![1]));
    let mut cluster = without(Guard::MinIsrChangeClearsElr);
    cluster.fence(&[1, 2]);
    let lower = [Change::MinIsr(Some(1))];
    let decision = cluster.rules().alter_configs(Some(TopicId(0)), &lower);
    cluster.apply(decision.expect("the topic is there"));
    assert_eq!(cluster.elr(0), nodes(&[2]));
}
