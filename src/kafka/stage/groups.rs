//! Consumer groups as a scene shows them.

use crate::client::group::{Doing, GroupConsumer, Protocol, Standing};
use crate::group::coordinator::Coordinator;
use crate::group::{GroupId, Kind};
use crate::names;
use crate::probe::groups::{coordinator, high_watermark, members, named, names as all};
use crate::system::Kafka;
use kernel::{NodeId, Span, World};
use scene::{Group, GroupMember, Offer, Share, Tally, Told};

pub(super) fn groups(world: &World<Kafka>) -> Vec<Group> {
    let named = |name: String| Some((named(world, &name)?.id, name));
    all(world).into_iter().filter_map(named).map(|(id, name)| group(world, id, name)).collect()
}

fn group(world: &World<Kafka>, id: GroupId, name: String) -> Group {
    let known = coordinator(world, id);
    let standing = known.and_then(|(_, coordinator)| coordinator.standing(id));
    let state = standing.map(|standing| standing.state);
    let delivery = world.ledger().deliveries.of(id);
    let now = world.now();
    let running: Vec<(NodeId, &GroupConsumer)> = members(world, id).collect();
    let reads = delivery.into_iter().flat_map(|delivery| &delivery.reads);
    let share = |(id, read): (&crate::id::PartitionId, &crate::ledger::Read)| Share {
        strip: names::partition(world, *id),
        owner: running.iter().find(|(_, member)| member.owned.contains(id)).map(|(node, _)| *node),
        committed: read.committed(),
        end: high_watermark(world, *id),
    };
    Group {
        offers: offers(world, &name, &running),
        name,
        state: state.map(str::to_owned),
        moves: state.is_some_and(|state| !matches!(state, "Stable" | "Empty" | "Dead")),
        epoch: standing.map_or(0, |standing| standing.epoch.unsigned_abs().into()),
        protocol: protocol(standing.map(|standing| standing.kind), &running),
        coordinator: known.map(|(node, _)| node),
        members: running
            .iter()
            .map(|(node, it)| member(world, *node, it, known.map(|(_, it)| it)))
            .collect(),
        shares: reads.map(share).collect(),
        stopped: delivery.map_or(Span::ZERO, |delivery| delivery.stopped(now)),
        tally: delivery.map_or(Tally::default(), |delivery| Tally {
            worked: delivery.worked,
            repeated: delivery.repeated,
            skipped: delivery.skipped(),
            rebalances: delivery.rebalances,
            evicted: delivery.evicted,
            late: delivery.late,
            refused_commits: delivery.refused,
        }),
    }
}

/// The group's own, where its coordinator knows it; members may speak another while it changes.
fn protocol(kind: Option<Kind>, running: &[(NodeId, &GroupConsumer)]) -> Told {
    let speaks = |protocol| {
        let mut members = running.iter().map(|(_, member)| *member);
        members.find(move |member| member.config.protocol == protocol)
    };
    let (classic, consumer) = (speaks(Protocol::Classic), speaks(Protocol::Consumer));
    Told::new(match (kind, classic) {
        (Some(Kind::Consumer), Some(_)) => "sharing.mixed",
        (Some(Kind::Consumer), None) => "sharing.consumer",
        (None, None) if consumer.is_some() => "sharing.consumer",
        (_, Some(member)) if !member.is_eager() => "sharing.cooperative",
        _ => "sharing.eager",
    })
}

fn member(
    world: &World<Kafka>,
    node: NodeId,
    member: &GroupConsumer,
    known: Option<&Coordinator>,
) -> GroupMember {
    let group = member.config.key.id;
    let counts = known
        .zip(member.member)
        .is_some_and(|(known, id)| known.epochs_of(group, id).contains(&member.epoch));
    GroupMember {
        node,
        epoch: u64::try_from(member.epoch).ok(),
        doing: doing(member),
        zombie: !counts && !member.owned.is_empty(),
        owned: member.owned.iter().map(|id| names::partition(world, *id)).collect(),
        offers: of_application(member),
    }
}

fn offer(what: &'static str, line: String) -> Offer {
    Offer { what: Told::new(what), line }
}

/// A new version is rolled out, one more member comes, or there is more to share.
fn offers(world: &World<Kafka>, name: &str, running: &[(NodeId, &GroupConsumer)]) -> Vec<Offer> {
    let Some((_, first)) = running.first() else { return Vec::new() };
    let topics = first.reader.subscription.iter().filter_map(|id| {
        let count = first.reader.topics.get(id)?.partitions;
        let topic = names::topic(world, *id);
        let what = Told::new("offer.partitions").with("topic", topic.clone());
        Some(Offer { what, line: format!("partitions {topic} {}", count + 1) })
    });
    let all = [
        offer("offer.deploy", format!("deploy {name}")),
        offer("offer.join", format!("join {name}")),
    ];
    all.into_iter().chain(topics).collect()
}

/// How slow a slow handler is: a batch of a few records takes seconds.
const SLOW: Span = Span::millis(500);

fn of_application(member: &GroupConsumer) -> Vec<Offer> {
    let (name, usual) = (&member.config.reader.name, member.config.handler);
    let pace = if member.app.handler > usual {
        offer("offer.usual-handler", format!("handler {name} {usual}"))
    } else {
        offer("offer.slow-handler", format!("handler {name} {}", usual + SLOW))
    };
    vec![pace, offer("offer.flap", format!("flap {name}"))]
}

fn doing(member: &GroupConsumer) -> Told {
    match (member.standing, member.app.doing) {
        (_, Doing::Works) => {
            let left = member.app.batch.len() as u64;
            Told::new("doing.works").with("count", left)
        }
        (_, Doing::Commits { .. } | Doing::Yields) => Told::new("doing.commits"),
        (Standing::Unjoined | Standing::Joining, _) => Told::new("doing.joins"),
        (Standing::Stale, _) => Told::new("doing.left"),
        (Standing::Fatal, _) => Told::new("doing.gave-in"),
        (Standing::Leaving, _) | (_, Doing::Closed) => Told::new("doing.leaves"),
        (Standing::Member, Doing::Polls) => Told::new("doing.polls"),
    }
}
