//! What single nodes must not do, whatever they know.

use super::{Broken, broker, on};
use crate::broker::State;
use crate::fact::{Fact, Fence};
use crate::message::Acks;
use crate::node::Node;
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::Told;

/// A leader takes records of acks=all only while its ISR is large enough.
pub(super) fn enough_in_sync(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let Fact::Appended { id, records, .. } = fact else { return None };
    let client = world.node(records.first()?.client)?;
    if !matches!(&client.process, Node::Producer(producer) if producer.config.acks == Acks::All) {
        return None;
    }
    let broker = broker(world, node)?;
    let isr = broker.replicas.get(id)?.leadership()?.isr.len();
    let needed = broker.image.min_isr(*id, world.config().settings.min_insync_replicas);
    let told = || on(world, "broken.too-few-in-sync", *id).with("count", isr as u64);
    (isr < needed).then(told)
}

/// A leader proposes nobody for its ISR of whom it knows that the controller would refuse.
pub(super) fn proposes_eligible(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let Fact::IsrProposed { id, joins, .. } = fact else { return None };
    let leader = broker(world, node)?;
    let out = joins.iter().find(|joins| !leader.image.is_active(**joins))?;
    Some(on(world, "broken.proposes-fenced", *id).with("node", *out))
}

/// A broker is taken into service only when it has applied its own registration.
pub(super) fn unfenced_knows(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let Fact::BrokerUnfenced { broker: node } = fact else { return None };
    let registered = image(world)?.brokers.get(node)?;
    let broker = broker(world, *node)?;
    let this_life = broker.incarnation == registered.incarnation;
    (this_life && broker.applied <= registered.epoch)
        .then(|| Told::new("broken.unfenced-too-early").with("node", *node))
}

/// Only a broker that asked to stop is taken out of service for that. A controller that was frozen
/// may still decide about an earlier life of it, in vain.
pub(super) fn stops_who_asked(world: &World<Kafka>, by: NodeId, fact: &Fact) -> Broken {
    let node = match fact {
        Fact::BrokerStopping { broker } => *broker,
        Fact::BrokerFenced { broker, why: Fence::Shutdown } => *broker,
        _ => return None,
    };
    let registered = world.node(by)?.process.controller()?.image().brokers.get(&node)?;
    let broker = broker(world, node)?;
    let this_life = broker.epoch == Some(registered.epoch);
    (this_life && broker.state == State::Running)
        .then(|| Told::new("broken.stopped-unasked").with("node", node))
}

/// Every record that a producer made was acknowledged, given up, or is still with it.
pub(super) fn all_accounted(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    if !matches!(fact, Fact::Acked(_) | Fact::GaveUp { .. } | Fact::Created { .. }) {
        return None;
    }
    let Node::Producer(producer) = &world.node(node)?.process else { return None };
    let tally = world.ledger().tallies.get(&node)?;
    let held = (producer.waiting() + producer.in_flight()) as u64;
    let known = tally.acked + tally.gave_up + held;
    // Without acknowledgements nobody knows what became of what was sent.
    let whole = known == tally.made || (producer.config.acks == Acks::None && known < tally.made);
    (!whole).then(|| {
        let told = Told::new("broken.unaccounted").with("node", node);
        told.with("made", tally.made).with("known", known)
    })
}
