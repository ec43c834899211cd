//! The promises, each with its source. Each names the facts that can break it and looks only at
//! what they are about; what needs a memory is found by the ledger.

mod committed;
mod deeds;
mod groups;
mod quorum;

use crate::broker::Broker;
use crate::fact::Fact;
use crate::id::PartitionId;
use crate::ledger::{Account, Breach, Finding, Ledger, Loss};
use crate::names;
use crate::system::{Kafka, broker_of};
use kernel::{Expectation, NodeId, Property, World};
use scene::Told;

type Broken = Option<Told>;

const fn always(
    name: &'static str,
    source: &'static str,
    broken: fn(&World<Kafka>, NodeId, &Fact) -> Broken,
) -> Property<Kafka> {
    Property { name, expectation: Expectation::Always, source, noted: false, broken }
}

/// A promise that the ledger watches over: the finding that breaks it, and the words for it.
macro_rules! noted {
    ($name:literal, $source:literal, $breach:ident, $told:literal) => {
        Property {
            noted: true,
            ..always($name, $source, |world, _, _| found(world, Breach::$breach, $told))
        }
    };
}

pub(crate) static PROMISES: [Property<Kafka>; 48] = [
    // ---- what clients were promised ----
    always("promise.acks-all-survives", "INV-02; spec J1; KIP-966", acks_all_survives),
    Property {
        name: "promise.acked-survives",
        expectation: Expectation::Hoped,
        source: "KIP-966: acks=1, unclean elections and lost disks are not covered",
        noted: false,
        broken: acked_survives,
    },
    noted!("promise.reads-committed-only", "INV-05", ReadUncommitted, "broken.read-uncommitted"),
    noted!("promise.reads-stay", "spec J2 (consistent read)", ReadChanged, "broken.read-changed"),
    noted!("promise.no-duplicates", "INV-13; KIP-98", Duplicate, "broken.duplicate"),
    noted!("promise.in-order", "INV-13; KIP-98", Reordered, "broken.reordered"),
    always("promise.all-accounted", "INV-16", deeds::all_accounted),
    // ---- partitions: what is committed ----
    noted!("promise.leader-complete", "spec J2", LeaderIncomplete, "broken.leader-lacks"),
    always("promise.candidates-complete", "spec J2; KIP-966", committed::candidates_complete),
    always("promise.committed-is-replicated", "INV-03; TLA+ WeakIsr", committed::replicated),
    always("promise.maximal-isr-covers", "spec J2; KIP-966", committed::maximal_isr_covers),
    noted!("promise.logs-agree", "INV-04; spec J2", LogsDiffer, "broken.logs-differ"),
    noted!("promise.follows-its-leader", "spec A3.6", FollowsOther, "broken.follows-other"),
    always("promise.mark-within-log", "spec A8; KAFKA-9491", committed::mark_within_log),
    noted!("promise.mark-goes-forward", "INV-03; spec J2", MarkBack, "broken.mark-back"),
    always("promise.acks-all-needs-min-isr", "INV-08; spec A2.3", deeds::enough_in_sync),
    // ---- partitions: what is decided ----
    noted!("promise.one-leader-per-epoch", "INV-01", TwoLeaders, "broken.two-leaders"),
    noted!("promise.leader-in-isr", "INV-06", LeaderOutsideIsr, "broken.leader-outside-isr"),
    noted!("promise.isr-within-replicas", "spec J2", ForeignMember, "broken.isr-outside-replicas"),
    noted!("promise.elr-below-min-isr", "spec J2, A13.2", NeedlessElr, "broken.needless-elr"),
    noted!("promise.isr-in-service", "spec J2; KIP-841", FencedMember, "broken.fenced-member"),
    noted!("promise.isr-never-empty", "spec J2 (without ELR)", EmptyIsr, "broken.empty-isr"),
    noted!("promise.moves-when-copied", "spec A15", MovedTooEarly, "broken.moved-too-early"),
    noted!("promise.epochs-grow", "spec J2, A1.1", EpochStands, "broken.epoch-stands"),
    noted!("promise.acts-on-committed", "INV-07", ActsUncommitted, "broken.acts-uncommitted"),
    noted!("promise.state-goes-forward", "spec A10.4, A11.3", StateBack, "broken.state-back"),
    noted!("promise.registers-fenced", "spec B7.1", InServiceAtOnce, "broken.in-service-at-once"),
    always("promise.proposes-eligible", "KIP-841, KIP-903; spec A9.2", deeds::proposes_eligible),
    always("promise.unfenced-knows", "spec B7.3", deeds::unfenced_knows),
    always("promise.stops-who-asked", "spec B7.2, B7.5", deeds::stops_who_asked),
    // ---- consumer groups ----
    always("promise.one-owner", "INV-09; spec J4", groups::one_owner),
    always("promise.reads-its-own", "INV-09; spec E2.8", groups::reads_its_own),
    noted!("promise.group-fences", "INV-09; spec E2.10, E3.7", StaleMember, "broken.stale-member"),
    noted!("promise.commits-grow", "INV-10", CommitBack, "broken.commit-back"),
    noted!("promise.commits-survive", "spec E1; KIP-848", CommitLost, "broken.commit-lost"),
    noted!("promise.commits-what-is-done", "spec E2.9", CommitAhead, "broken.commit-ahead"),
    // ---- the metadata quorum ----
    noted!("promise.one-controller-per-epoch", "INV-11", TwoControllers, "broken.two-controllers"),
    noted!("promise.leads-once", "KIP-595; spec B2.2", LeadsAgain, "broken.leads-again"),
    noted!("promise.one-vote", "KIP-595; spec B2.3", TwoVotes, "broken.two-votes"),
    always("promise.votes-durable", "KIP-595; spec B2.3", quorum::votes_durable),
    noted!("promise.quorum-epoch-grows", "spec J3", QuorumEpochBack, "broken.quorum-epoch-back"),
    noted!(
        "promise.metadata-agrees",
        "INV-12; spec J3",
        MetadataChanged,
        "broken.metadata-differs"
    ),
    noted!("promise.metadata-survives", "INV-12; spec J3", MetadataLost, "broken.metadata-lost"),
    always("promise.metadata-durable", "spec J3, B4.3", quorum::durable),
    always("promise.commits-own-epoch", "Raft 5.4.2; spec B4.2", quorum::commits_own),
    always("promise.metadata-at-majority", "spec J3", quorum::at_majority),
    noted!("promise.controller-knows", "spec B4.4", ControllerBehind, "broken.controller-behind"),
    always("promise.one-controller-acts", "INV-11; KAFKA-15489", quorum::one_acts),
];

/// Promises that the ledger watches over, and all of them, as bits.
const NOTED: u64 = bits(true);
const ALL: u64 = NOTED | bits(false);

const fn bits(noted: bool) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while at < PROMISES.len() {
        if PROMISES[at].noted == noted {
            bits |= 1 << at;
        }
        at += 1;
    }
    bits
}

/// While the ledger has found nothing wrong, what it watches over holds.
pub(crate) fn suspects(ledger: &Ledger) -> u64 {
    if ledger.findings.is_empty() { ALL & !NOTED } else { ALL }
}

fn on(world: &World<Kafka>, key: &'static str, id: PartitionId) -> Told {
    Told::new(key).with("partition", names::partition(world, id))
}

fn account(world: &World<Kafka>, id: PartitionId) -> Option<&Account> {
    world.ledger().accounts.get(&id).map(|account| &**account)
}

fn broker(world: &World<Kafka>, node: NodeId) -> Option<&Broker> {
    world.node(node).and_then(broker_of)
}

fn found(world: &World<Kafka>, breach: Breach, key: &'static str) -> Broken {
    let Finding { partition, node, offset, epoch, .. } = *world.ledger().findings.get(breach)?;
    let mut told = Told::new(key).with("offset", offset).with("epoch", epoch);
    if let Some(id) = partition {
        told = told.with("partition", names::partition(world, id));
    }
    if let Some(node) = node {
        told = told.with("node", node);
    }
    Some(told)
}

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

/// What acks=all acknowledged stays, unless too many members lose what they had not flushed, or
/// an election is unclean.
fn acks_all_survives(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    loss(world, fact, |loss| !loss.excused)
}

fn acked_survives(world: &World<Kafka>, _: NodeId, fact: &Fact) -> Broken {
    loss(world, fact, |loss| loss.excused)
}
