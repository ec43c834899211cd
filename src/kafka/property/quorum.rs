//! What the metadata quorum must keep, whatever fails. Source: spec J3; KIP-595.

use super::Broken;
use crate::fact::Fact;
use crate::id::Offset;
use crate::node::{File, Node};
use crate::quorum::Quorum;
use crate::system::Kafka;
use kernel::{NodeId, Slot, Span, Status, World};
use scene::Told;

/// How much later than it must a leader may notice that nobody follows it.
const NOTICE: Span = Span::secs(1);

fn quorum(slot: &Slot<Kafka>) -> Option<&Quorum> {
    match &slot.process {
        Node::Controller(controller) => Some(&controller.quorum),
        _ => None,
    }
}

/// The voters that fulfil something are a majority.
fn is_majority(world: &World<Kafka>, holds: impl Fn(&Slot<Kafka>, &Quorum) -> bool) -> bool {
    let voters = || world.nodes().filter_map(|slot| Some((slot, quorum(slot)?)));
    let count = voters().filter(|(slot, quorum)| holds(slot, quorum)).count();
    count > voters().count() / 2
}

fn committed(fact: &Fact) -> Option<Offset> {
    match fact {
        Fact::MetadataCommitted { to } => Some(*to),
        _ => None,
    }
}

/// What is committed is on the disks of a majority.
pub(super) fn durable(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    let to = committed(fact)?;
    let has = |slot: &Slot<Kafka>, _: &Quorum| {
        slot.disk.file(File::Metadata).is_some_and(|file| file.flushed as Offset >= to)
    };
    (!is_majority(world, has)).then(|| Told::new("broken.not-durable").with("offset", to))
}

/// What is committed is in the logs of a majority, and the same there.
pub(super) fn at_majority(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let to = committed(fact)?;
    let last = to.checked_sub(1)?;
    let own = world.node(node).and_then(quorum)?.entry(last);
    let has = |_: &Slot<Kafka>, quorum: &Quorum| quorum.entry(last) == own;
    (!is_majority(world, has)).then(|| Told::new("broken.not-at-majority").with("offset", to))
}

/// While a controller commits, no other has believed for long that it is the active one: whom no
/// majority fetches from resigns.
pub(super) fn one_acts(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    committed(fact)?;
    let (epoch, elected_at) = world.ledger().voters.elected_at?;
    let timeout = world.config().settings.quorum_fetch_timeout;
    if world.now() < elected_at + Span(timeout.0 * 3 / 2) + NOTICE {
        return None;
    }
    let old = world.nodes().find(|slot| {
        slot.id != node
            && slot.status == Status::Up
            && quorum(slot).is_some_and(|quorum| quorum.is_leader() && quorum.epoch() < epoch)
    })?;
    Some(Told::new("broken.two-act").with("node", old.id).with("epoch", epoch))
}
