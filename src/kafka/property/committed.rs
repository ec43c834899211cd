//! What is committed is where it must be. Source: spec J2; Kafka's TLA+ specifications.
//!
//! A member of an ISR that is down, or has come up and not registered yet, is not looked at: the
//! controller will deal with it before it can lead.

use super::{Broken, account, broker, on};
use crate::broker::Broker;
use crate::broker::replica::Replica;
use crate::fact::Fact;
use crate::id::PartitionId;
use crate::image::Partition;
use crate::system::Kafka;
use kernel::{NodeId, World};

/// The partition as it is committed.
fn decided(world: &World<Kafka>, id: PartitionId) -> Option<&Partition> {
    world.ledger().metadata.image.partitions.get(&id)
}

/// A broker that lives the life under which it is registered.
fn in_service(world: &World<Kafka>, node: NodeId) -> Option<&Broker> {
    let registered = world.ledger().metadata.image.brokers.get(&node)?;
    broker(world, node).filter(|broker| broker.epoch == Some(registered.epoch))
}

fn replica(world: &World<Kafka>, node: NodeId, id: PartitionId) -> Option<&Replica> {
    in_service(world, node)?.replicas.get(&id).map(|replica| &**replica)
}

/// The leader whose high watermark moved.
fn leader<'a>(
    world: &'a World<Kafka>,
    node: NodeId,
    fact: &Fact,
) -> Option<(PartitionId, &'a Replica)> {
    let Fact::HighWatermark { id, leads: true, .. } = fact else { return None };
    Some((*id, broker(world, node)?.replicas.get(id)?))
}

/// Everyone who may be elected has all that is committed.
pub(super) fn candidates_complete(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    match fact {
        Fact::HighWatermark { id, leads: true, .. } | Fact::Truncated { id, .. } => {
            candidates_of(world, *id)
        }
        Fact::MetadataCommitted { .. } => {
            let changed = &world.ledger().metadata.changed;
            changed.iter().find_map(|id| candidates_of(world, *id))
        }
        _ => None,
    }
}

fn candidates_of(world: &World<Kafka>, id: PartitionId) -> Broken {
    let partition = decided(world, id)?;
    let account = account(world, id)?;
    let committed = account.committed;
    let tolerated = world.ledger().tolerated(id);
    let lacks = |node: &&NodeId| {
        replica(world, **node, id).is_some_and(|replica| replica.log.end() < committed)
    };
    let member = partition.isr.iter().chain(&partition.elr).find(lacks)?;
    if account.is_gone(committed - 1, tolerated)
        || account.awaits_unclean_leader(partition.leader_epoch)
    {
        return None;
    }
    Some(on(world, "broken.candidate-lacks", id).with("node", *member).with("offset", committed))
}

/// The leader of the latest epoch counts nothing as committed that a member of its own ISR lacks.
pub(super) fn replicated(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let (id, own) = leader(world, node, fact)?;
    if decided(world, id)?.leader_epoch != own.leader_epoch {
        return None;
    }
    let mark = own.log.high_watermark();
    let lacks = |member: &&NodeId| {
        let other = replica(world, **member, id);
        **member != node && other.is_some_and(|other| other.log.end() < mark)
    };
    let member = own.leadership()?.isr.iter().find(lacks)?;
    Some(on(world, "broken.committed-missing", id).with("node", *member).with("offset", mark))
}

/// The high watermark waits for everyone whom the controller may elect.
pub(super) fn maximal_isr_covers(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let (id, own) = leader(world, node, fact)?;
    let partition = decided(world, id).filter(|it| it.leader_epoch == own.leader_epoch)?;
    let leadership = own.leadership()?;
    let maximal = leadership.maximal_isr();
    let default = world.config().settings.min_insync_replicas;
    let whole = leadership.isr.len() >= world.ledger().metadata.image.min_isr(id, default);
    let eligible = partition.elr.iter().filter(|_| whole);
    let left_out = partition.isr.iter().chain(eligible).find(|node| !maximal.contains(node))?;
    Some(on(world, "broken.not-waited-for", id).with("node", *left_out))
}

/// A high watermark is never below the start of its log: nothing is there to be read.
pub(super) fn mark_within_log(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let (Fact::LogStart { id, .. } | Fact::BecameLeader { id, .. }) = fact else { return None };
    let log = &broker(world, node)?.replicas.get(id)?.log;
    let told = || on(world, "broken.mark-below-start", *id).with("node", node);
    (log.high_watermark() < log.start()).then(|| told().with("offset", log.start()))
}
