//! The promises, each with its source. Each names the facts that can break it and looks only at
//! what they are about.

use crate::broker::Broker;
use crate::fact::Fact;
use crate::id::PartitionId;
use crate::image::Partition;
use crate::ledger::{Account, Loss};
use crate::names;
use crate::node::Node;
use crate::system::{Kafka, broker_of, image};
use kernel::{Expectation, NodeId, Property, World};
use scene::Told;

type Broken = Option<Told>;

const fn always(
    name: &'static str,
    source: &'static str,
    broken: fn(&World<Kafka>, NodeId, &Fact) -> Broken,
) -> Property<Kafka> {
    Property { name, expectation: Expectation::Always, source, broken }
}

pub(crate) static PROMISES: [Property<Kafka>; 11] = [
    always("promise.acks-all-survives", "INV-02; KIP-966", acks_all_survives),
    Property {
        name: "promise.acked-survives",
        expectation: Expectation::Hoped,
        source: "KIP-966: acks=1, unclean elections and lost disks are not covered",
        broken: acked_survives,
    },
    always("promise.one-leader-per-epoch", "INV-01", one_leader_per_epoch),
    always("promise.leader-in-isr", "INV-06", leader_in_isr),
    always("promise.isr-within-replicas", "spec J2 (controller state)", isr_within_replicas),
    always("promise.committed-is-replicated", "INV-03; Kafka TLA+ WeakIsr", committed_replicated),
    always("promise.logs-agree", "INV-04; spec J2 (log matching)", logs_agree),
    always("promise.reads-committed-only", "INV-05", reads_committed_only),
    always("promise.one-controller-per-epoch", "INV-11; KIP-595", one_controller_per_epoch),
    always("promise.metadata-agrees", "INV-12; spec J3 (log matching)", metadata_agrees),
    always("promise.no-duplicates", "INV-13; KIP-98", no_duplicates),
];

fn on(world: &World<Kafka>, key: &'static str, id: PartitionId) -> Told {
    Told::new(key).with("partition", names::partition(world, id))
}

fn account(world: &World<Kafka>, id: PartitionId) -> Option<&Account> {
    world.ledger().accounts.get(&id).map(|account| &**account)
}

// ---- what was acknowledged stays ----

fn loss(world: &World<Kafka>, fact: &Fact, counts: fn(&Loss) -> bool) -> Broken {
    let id = match fact {
        Fact::BecameLeader { id, .. } => *id,
        Fact::Acked(acked) => acked.id,
        _ => return None,
    };
    let first = account(world, id)?.losses.iter().find(|loss| counts(loss))?;
    let told = on(world, "broken.lost", id);
    Some(told.with("offset", first.offset).with("node", first.by))
}

/// Without unclean elections, with a min ISR of at least two, and while fewer machines than that
/// lose unflushed data, a record that acks=all acknowledged stays.
fn acks_all_survives(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    loss(world, fact, |loss| !loss.excused)
}

fn acked_survives(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    loss(world, fact, |loss| loss.excused)
}

// ---- who leads, and with whom ----

fn one_leader_per_epoch(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let Fact::BecameLeader { id, .. } = fact else { return None };
    let epoch = account(world, *id)?.twice_led?;
    Some(on(world, "broken.two-leaders", *id).with("epoch", epoch))
}

/// The partition that the controller just changed, as it is now.
fn changed<'a>(world: &'a World<Kafka>, fact: &Fact) -> Option<(PartitionId, &'a Partition)> {
    let id = match fact {
        Fact::LeaderChosen(chosen) => chosen.id,
        Fact::IsrChanged(changed) => changed.id,
        Fact::PartitionCreated { id, .. } => *id,
        _ => return None,
    };
    Some((id, image(world)?.partitions.get(&id)?))
}

fn leader_in_isr(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let (id, partition) = changed(world, fact)?;
    let outside = partition.leader.is_some_and(|leader| !partition.isr.contains(&leader));
    outside.then(|| on(world, "broken.leader-outside-isr", id))
}

fn isr_within_replicas(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let (id, partition) = changed(world, fact)?;
    // The ELR may still name a replica that was moved away while the ISR was too small: nobody looks
    // for a leader beyond the replicas, so Kafka leaves it there (`maybePopulateTargetElr`).
    let foreign = |node: &NodeId| !partition.replicas.contains(node);
    let wrong = partition.isr.iter().any(foreign)
        || partition.isr.iter().any(|node| partition.elr.contains(node));
    wrong.then(|| on(world, "broken.isr-outside-replicas", id))
}

// ---- what is committed ----

fn broker(world: &World<Kafka>, node: NodeId) -> Option<&Broker> {
    world.node(node).and_then(broker_of)
}

/// The leader of the latest epoch counts nothing as committed that a running member of its own
/// ISR lacks.
fn committed_replicated(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let id = match fact {
        Fact::HighWatermark { id, leads: true, .. } => *id,
        _ => return None,
    };
    let replica = broker(world, node)?.replicas.get(&id)?;
    let current = image(world)?.partitions.get(&id)?;
    if current.leader_epoch != replica.leader_epoch {
        return None;
    }
    let mark = replica.log.high_watermark();
    let lacks = |member: &&NodeId| {
        let own = broker(world, **member).and_then(|member| member.replicas.get(&id));
        **member != node && own.is_some_and(|own| own.log.end() < mark)
    };
    let member = replica.leadership()?.isr.iter().find(lacks)?;
    let told = on(world, "broken.committed-missing", id);
    Some(told.with("node", *member).with("offset", mark))
}

/// Two replicas agree below the lower of their high watermarks. The last such record is compared:
/// if it agrees, so does everything before it, because epochs only grow along a log.
fn logs_agree(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let Fact::HighWatermark { id, .. } = fact else { return None };
    // After an unclean election a replica that comes back may know more than was kept.
    let dark = world.ledger().lost_power.len();
    if account(world, *id).is_some_and(|account| account.may_have_lost(dark)) {
        return None;
    }
    let own = broker(world, node)?.replicas.get(id)?;
    let others = world.nodes().filter(|slot| slot.id != node).filter_map(broker_of);
    for twin in others.filter_map(|broker| broker.replicas.get(id)) {
        let mark = own.log.high_watermark().min(twin.log.high_watermark());
        let Some(last) = mark.checked_sub(1) else { continue };
        if own.log.get(last) != twin.log.get(last) {
            return Some(on(world, "broken.logs-differ", *id).with("offset", last));
        }
    }
    None
}

fn reads_committed_only(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let Fact::Consumed { .. } = fact else { return None };
    let (id, offset) = world.ledger().read_uncommitted?;
    Some(on(world, "broken.read-uncommitted", id).with("offset", offset))
}

// ---- the metadata quorum ----

fn one_controller_per_epoch(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let Fact::QuorumElected { .. } = fact else { return None };
    let epoch = world.ledger().two_controllers?;
    Some(Told::new("broken.two-controllers").with("epoch", epoch))
}

fn metadata_agrees(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let (Fact::MetadataCommitted { .. } | Fact::MetadataApplied { .. }) = fact else {
        return None;
    };
    let own = world.node(node)?.process.quorum()?;
    let others = world.nodes().filter(|slot| slot.id != node && slot.status.is_running());
    for other in others.filter_map(|slot| slot.process.quorum()) {
        let mark = own.high_watermark().min(other.high_watermark());
        let Some(last) = mark.checked_sub(1) else { continue };
        // Records before a snapshot are gone, here or there.
        let (ours, theirs) = (own.entry(last), other.entry(last));
        if ours.is_some() && theirs.is_some() && ours != theirs {
            return Some(Told::new("broken.metadata-differs").with("offset", last));
        }
    }
    None
}

// ---- producers ----

/// An idempotent producer's record stands in the log once.
fn no_duplicates(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let Fact::Appended { id, records, .. } = fact else { return None };
    let idempotent = records.first().is_some_and(|record| record.stamp.is_some());
    if !idempotent || account(world, *id)?.duplicates == 0 {
        return None;
    }
    let careless = world.nodes().any(|slot| match &slot.process {
        Node::Producer(producer) => !producer.config.idempotence,
        _ => false,
    });
    (!careless).then(|| on(world, "broken.duplicate", *id))
}
