//! Which rule stands behind a fact, where it is written, and the settings that decided. Refuses to
//! know what came before: that is `why.rs`.

use crate::fact::{Fact, Reason as Change};
use crate::homemade::Manager;
use crate::id::ErrorCode;
use scene::Rule;

/// The rule behind a fact, where it is written, and the settings that decided.
pub(crate) fn rule_of(fact: &Fact) -> (Option<Rule>, Vec<&'static str>) {
    let (key, source, settings): (_, _, &[&'static str]) = match fact {
        Fact::BrokerFenced { .. } => (
            "rule.session",
            "BrokerHeartbeatManager.findOneStaleBroker; KRaftConfigs",
            &["broker.session.timeout.ms", "broker.heartbeat.interval.ms"],
        ),
        Fact::LeaderChosen(chosen) if chosen.by.is_some() => {
            (key_of_choice(chosen.by), "homemade.rs of this engine; not Kafka's", &[])
        }
        Fact::LeaderChosen(_) => (
            key_of_choice(None),
            "PartitionChangeBuilder.electLeader",
            &["unclean.leader.election.enable"],
        ),
        Fact::IsrChanged(changed) if matches!(changed.why, Change::Proposed(_)) => {
            ("rule.alter-partition", "KIP-497; ReplicationControlManager.alterPartition", &[])
        }
        Fact::IsrChanged(_) => {
            ("rule.fenced-leaves", "ReplicationControlManager.handleBrokerFenced", &[])
        }
        Fact::IsrProposed { leaves, .. } if !leaves.is_empty() => (
            "rule.lag",
            "Partition.getOutOfSyncReplicas; ReplicationConfigs",
            &["replica.lag.time.max.ms"],
        ),
        Fact::IsrProposed { .. } => ("rule.caught-up", "Partition.isFollowerInSync", &[]),
        Fact::HighWatermark { leads: true, .. } => (
            "rule.high-watermark",
            "Partition.maybeIncrementLeaderHW; KAFKA-15583",
            &["min.insync.replicas"],
        ),
        Fact::HighWatermark { .. } => (
            "rule.follower-mark",
            "ReplicaFetcherThread.processPartitionData",
            &["replica.fetch.wait.max.ms"],
        ),
        Fact::Truncated { .. } => ("rule.truncate", "KIP-101, KIP-279; AbstractFetcherThread", &[]),
        Fact::BecameLeader { .. } => ("rule.epoch-start", "Partition.makeLeader", &[]),
        Fact::Acked(_) => ("rule.acks", "ReplicaManager.appendRecords; DelayedProduce", &[]),
        Fact::RegistrationRefused { .. } => (
            "rule.duplicate-registration",
            "ClusterControlManager.registerBroker",
            &["broker.session.timeout.ms"],
        ),
        Fact::QuorumElected { .. } => (
            "rule.majority",
            "KIP-595, KIP-996; KafkaRaftClient",
            &["controller.quorum.election.timeout.ms"],
        ),
        Fact::QuorumResigned { .. } => (
            "rule.check-quorum",
            "LeaderState.timeUntilCheckQuorumExpires",
            &["controller.quorum.fetch.timeout.ms"],
        ),
        Fact::Refused { error, .. } => return rule_of_refusal(*error),
        _ => return rule_of_client(fact),
    };
    (Some(Rule { key, source }), settings.to_vec())
}

/// By which rule a leader is chosen: Kafka's, or a home-made manager's.
pub(crate) fn key_of_choice(by: Option<Manager>) -> &'static str {
    match by {
        None => "rule.first-in-order",
        Some(Manager::OneSeat) => "rule.one-seat",
        Some(Manager::FirstAlive) => "rule.first-alive",
    }
}

/// The same for requests that wait, fail or are turned away.
fn rule_of_client(fact: &Fact) -> (Option<Rule>, Vec<&'static str>) {
    let (key, source, settings): (_, _, &[&'static str]) = match fact {
        Fact::AlterRefused { .. } => {
            ("rule.alter-partition", "ReplicationControlManager.validateAlterPartitionData", &[])
        }
        Fact::ProduceParked { .. } => (
            "rule.parked",
            "ReplicaManager.delayedProduceRequestRequired",
            &["min.insync.replicas"],
        ),
        Fact::SendFailed { .. } => ("rule.retry", "Sender.canRetry; ProducerConfig", &[]),
        Fact::GaveUp { .. } => ("rule.delivery-timeout", "KIP-91; ProducerBatch", &[]),
        Fact::BrokerUnfenced { .. } => (
            "rule.unfence",
            "BrokerHeartbeatManager.calculateNextBrokerState",
            &["broker.heartbeat.interval.ms"],
        ),
        Fact::ElectionRefused { .. } => {
            ("rule.first-in-order", "PartitionChangeBuilder.electLeader", &[])
        }
        _ => return (None, Vec::new()),
    };
    (Some(Rule { key, source }), settings.to_vec())
}

/// The rule by which a request about a partition is turned away.
fn rule_of_refusal(error: ErrorCode) -> (Option<Rule>, Vec<&'static str>) {
    let (key, source, settings): (_, _, &[&'static str]) = match error {
        ErrorCode::NotEnoughReplicas | ErrorCode::NotEnoughReplicasAfterAppend => (
            "rule.not-enough-replicas",
            "Partition.appendRecordsToLeader",
            &["min.insync.replicas"],
        ),
        ErrorCode::NotLeaderOrFollower => {
            ("rule.not-leader", "Partition.checkCurrentLeaderEpoch; KIP-951", &[])
        }
        ErrorCode::FencedLeaderEpoch | ErrorCode::UnknownLeaderEpoch => {
            ("rule.epoch-check", "KIP-320; Partition.checkCurrentLeaderEpoch", &[])
        }
        ErrorCode::OutOfOrderSequenceNumber
        | ErrorCode::DuplicateSequenceNumber
        | ErrorCode::InvalidProducerEpoch => {
            ("rule.sequence", "KIP-98; ProducerAppendInfo.checkSequence", &[])
        }
        _ => return (None, Vec::new()),
    };
    (Some(Rule { key, source }), settings.to_vec())
}
