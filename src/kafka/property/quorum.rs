//! What the metadata quorum must keep, whatever fails. Source: spec J3; KIP-595.

use super::Broken;
use crate::fact::Fact;
use crate::id::Offset;
use crate::node::{DiskRecord, File, Timer};
use crate::quorum::{Quorum, Voter};
use crate::system::Kafka;
use kernel::{NodeId, Slot, Status, World};
use scene::Told;

fn quorum(slot: &Slot<Kafka>) -> Option<&Quorum> {
    slot.process.controller().map(|controller| &controller.quorum)
}

/// The voters that fulfil something are a majority of those whom the leader counts.
fn is_majority(
    world: &World<Kafka>,
    leader: NodeId,
    holds: impl Fn(&Slot<Kafka>, &Quorum) -> bool,
) -> bool {
    let Some(leader) = world.node(leader).and_then(quorum) else { return true };
    let voters = leader.voters();
    let of = |voter: &Voter| {
        let slot = world.node(voter.node)?;
        let quorum = quorum(slot).filter(|quorum| voter.is(voter.node, quorum.directory()))?;
        Some((slot, quorum))
    };
    let there = voters.iter().filter_map(of);
    let count = there.filter(|(slot, quorum)| holds(slot, quorum)).count();
    count > voters.len() / 2
}

fn committed(fact: &Fact) -> Option<Offset> {
    match fact {
        Fact::MetadataCommitted { to } => Some(*to),
        _ => None,
    }
}

/// What is committed is on the disks of a majority.
pub(super) fn durable(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let to = committed(fact)?;
    let has = |slot: &Slot<Kafka>, quorum: &Quorum| {
        let flushed = slot.disk.file(File::Metadata).map_or(0, |file| file.flushed as Offset);
        quorum.start_offset() + flushed >= to || rests_on_snapshot(slot)
    };
    (!is_majority(world, node, has)).then(|| Told::new("broken.not-durable").with("offset", to))
}

/// What is committed is in the logs of a majority, and the same there.
pub(super) fn at_majority(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let to = committed(fact)?;
    let last = to.checked_sub(1)?;
    let own = Some(world.node(node).and_then(quorum)?.entry(last)?);
    let has = |slot: &Slot<Kafka>, quorum: &Quorum| {
        if slot.status.is_running() && slot.status != Status::Booting {
            return quorum.start_offset() > last || quorum.entry(last) == own;
        }
        let file = slot.disk.file(File::Metadata);
        let kept = file.and_then(|file| file.records.get(last as usize));
        rests_on_snapshot(slot)
            || matches!(kept, Some(DiskRecord::Metadata(entry)) if Some(&**entry) == own)
    };
    (!is_majority(world, node, has)).then(|| Told::new("broken.not-at-majority").with("offset", to))
}

/// A leader commits nothing before something of its own epoch: what it has of earlier ones could
/// still be overwritten. Source: Raft 5.4.2; spec B4.2.
pub(super) fn commits_own(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let to = committed(fact)?;
    let own = world.node(node).and_then(quorum)?;
    let last = own.entry(to.checked_sub(1)?)?;
    let told = || Told::new("broken.commits-others").with("node", node).with("epoch", last.epoch);
    (own.is_leader() && last.epoch < own.epoch()).then(told)
}

/// A vote is on disk before the candidate hears of it. Source: spec B2.3.
pub(super) fn votes_durable(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    let Fact::VoteAnswered { candidate, epoch, granted: true, pre_vote: false } = fact else {
        return None;
    };
    let file = world.node(node)?.disk.file(File::QuorumState);
    let kept = file.and_then(|file| file.records.get(0));
    let is_kept = matches!(kept, Some(DiskRecord::QuorumState { epoch: of, voted: Some(voted), .. })
        if of > epoch || (of == epoch && voted.node == *candidate));
    (!is_kept).then(|| Told::new("broken.vote-not-kept").with("node", node).with("epoch", *epoch))
}

/// A process that is gone has left its log behind; how far it goes back is not looked up.
fn rests_on_snapshot(slot: &Slot<Kafka>) -> bool {
    let runs = slot.status.is_running() && slot.status != Status::Booting;
    !runs && slot.disk.file(File::Snapshot).is_some()
}

/// While a controller commits, no other goes on as the active one without an end in sight: whom
/// no majority fetches from resigns. Who was frozen has that time left when it wakes.
pub(super) fn one_acts(world: &World<Kafka>, node: NodeId, fact: &Fact) -> Broken {
    committed(fact).filter(|_| world.config().profile.check_quorum)?;
    let epoch = world.node(node).and_then(quorum)?.epoch();
    let old = world.nodes().find(|slot| {
        slot.id != node
            && slot.status == Status::Up
            && quorum(slot).is_some_and(|quorum| quorum.is_leader() && quorum.epoch() < epoch)
            && slot.timer_due(Timer::CheckQuorum).is_none()
    })?;
    Some(Told::new("broken.two-act").with("node", old.id).with("epoch", epoch))
}
