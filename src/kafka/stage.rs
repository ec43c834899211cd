//! A world as a scene: nodes, messages in flight, waiting requests, timers, decisions, phases.

mod groups;

use crate::broker::Broker;
use crate::client::group::GroupConsumer;
use crate::client::producer::Producer;
use crate::controller::Controller;
use crate::fact::Fact;
use crate::id::{is_broker, node_name};
use crate::image::Image;
use crate::message::Msg;
use crate::names;
use crate::node::{Node as Program, Timer as Clock};
use crate::outage::PHASES;
use crate::quorum::Role as QuorumRole;
use crate::rules;
use crate::strips::{strips, total};
use crate::system::{Kafka, active_controller, image};
use crate::told::{reason_told, verdict_told};
use crate::wire;
use kernel::{Flight as Message, NodeId, Slot, Status, What, World};
use scene::{
    Candidate, Decision, Disk, Fate, Field, Flight, Health, LinkState, Node, Parked, Phases, Pips,
    Role, Scene, Timer, Told, View,
};

pub(crate) fn scene(view: &View<'_, Kafka>) -> Scene {
    let world = view.world;
    let image = image(world);
    Scene {
        at: world.now(),
        step: world.steps(),
        next_at: world.next_at(),
        nodes: world.nodes().map(|slot| node(world, image, slot)).collect(),
        links: links(world),
        flights: world.flights().map(|flight| show_flight(world, flight)).collect(),
        strips: strips(world),
        parked: world.nodes().flat_map(|slot| parked(world, slot)).collect(),
        timers: timers(world),
        decisions: decisions(view),
        phases: phases(world),
        groups: groups::groups(world),
        ledger: total(world),
    }
}

// ---- nodes ----

fn node(world: &World<Kafka>, image: Option<&Image>, slot: &Slot<Kafka>) -> Node {
    let disk = if slot.disk.full {
        Disk::Full
    } else if slot.disk.extra.0 > 0 {
        Disk::Slow
    } else {
        Disk::Ok
    };
    let mut shown = Node {
        id: slot.id,
        name: names::client_name(&slot.process).map_or_else(|| node_name(slot.id), str::to_owned),
        role: role(slot.id),
        health: health(image, slot),
        disk,
        standing: None,
        pips: None,
        badges: Vec::new(),
        fields: Vec::new(),
    };
    if slot.status.is_running() {
        match &slot.process {
            Program::Controller(controller) => show_controller(controller, &mut shown),
            Program::Broker(broker) => show_broker(world, slot.id, broker, &mut shown),
            Program::Combined(both) => {
                show_controller(&both.controller, &mut shown);
                show_broker(world, slot.id, both.broker(), &mut shown);
            }
            Program::Producer(producer) => show_producer(world, producer, &mut shown),
            Program::Member(member) => show_member(world, member, &mut shown),
            Program::Consumer(consumer) => {
                for (id, position) in &consumer.positions {
                    let name = names::partition(world, *id);
                    field(&mut shown, &name, format!("position {}", position.offset));
                }
            }
        }
    }
    shown
}

fn role(node: NodeId) -> Role {
    match node.0 {
        1..=99 => Role::Broker,
        101..=199 => Role::Controller,
        201..=299 => Role::Producer,
        _ => Role::Consumer,
    }
}

fn health(image: Option<&Image>, slot: &Slot<Kafka>) -> Health {
    let registration = image.and_then(|image| image.brokers.get(&slot.id));
    match slot.status {
        Status::Booting => Health::Starting,
        Status::Paused => Health::Paused,
        Status::Dead => Health::Dead,
        Status::PoweredOff => Health::PoweredOff,
        Status::Up if !is_broker(slot.id) => Health::Up,
        Status::Up => match registration {
            None => Health::Starting,
            Some(known) if known.stopping => Health::Stopping,
            Some(known) if known.fenced => Health::Fenced,
            Some(_) => Health::Up,
        },
    }
}

fn field(node: &mut Node, name: &str, value: impl ToString) {
    node.fields.push(Field { name: name.to_owned(), value: value.to_string() });
}

fn show_controller(controller: &Controller, shown: &mut Node) {
    let quorum = &controller.quorum;
    let key = match (&quorum.role, controller.active.is_some()) {
        (_, true) => "standing.active",
        (QuorumRole::Leader(_), false) => "standing.leader",
        (QuorumRole::Follower, _) => "standing.follower",
        (QuorumRole::Candidate(_), _) => "standing.candidate",
        (QuorumRole::Prospective(_), _) => "standing.prospective",
        (QuorumRole::Unattached, _) => "standing.unattached",
        (QuorumRole::Resigned(_), _) => "standing.resigned",
    };
    shown.standing = Some(Told::new(key));
    shown.badges.push(Told::new("badge.epoch").with("epoch", quorum.epoch()));
    if let QuorumRole::Candidate(ballot) | QuorumRole::Prospective(ballot) = &quorum.role {
        let waiting = quorum
            .voters()
            .iter()
            .map(|voter| voter.node)
            .filter(|voter| !ballot.granted.contains(voter) && !ballot.refused.contains(voter));
        shown.pips = Some(Pips {
            granted: ballot.granted.iter().copied().collect(),
            refused: ballot.refused.iter().copied().collect(),
            waiting: waiting.collect(),
        });
    }
    field(shown, "current-state", quorum.role_name());
    field(shown, "current-epoch", quorum.epoch());
    let leader = quorum.leader().map_or("-1".to_owned(), |node| node.to_string());
    field(shown, "current-leader", leader);
    let vote = quorum.voted().map_or("-1".to_owned(), |node| node.to_string());
    field(shown, "current-vote", vote);
    field(shown, "log-end-offset", quorum.end());
    field(shown, "high-watermark", quorum.high_watermark());
}

fn show_broker(world: &World<Kafka>, me: NodeId, broker: &Broker, shown: &mut Node) {
    let leads: Vec<String> = broker
        .replicas
        .values()
        .filter(|replica| replica.leads())
        .map(|replica| names::partition(world, replica.id))
        .collect();
    if !leads.is_empty() {
        let list = if leads.len() > 3 { leads.len().to_string() } else { leads.join(", ") };
        shown.badges.push(Told::new("badge.leads").with("partitions", list));
    }
    field(shown, "broker-state", broker.state.name());
    if let Some(rack) = &broker.rack {
        field(shown, "broker.rack", rack);
    }
    let epoch = broker.epoch.map_or("-1".to_owned(), |epoch| epoch.to_string());
    field(shown, "broker-epoch", epoch);
    field(shown, "last-applied-record-offset", broker.applied);
    field(shown, "LeaderCount", leads.len());
    field(shown, "PartitionCount", broker.replicas.len());
    let short = broker.replicas.values().filter(|replica| {
        let all = broker.image.partitions.get(&replica.id).map_or(0, |p| p.replicas.len());
        replica.leadership().is_some_and(|leadership| leadership.isr.len() < all)
    });
    field(shown, "UnderReplicatedPartitions", short.count());
    field(shown, "DelayedProduce", broker.parked_produce.len());
    field(shown, "DelayedFetch", broker.parked_fetch.len());
    for replica in broker.replicas.values() {
        let name = names::partition(world, replica.id);
        let role = if replica.leads() { "leader" } else { "follower" };
        let (end, mark) = (replica.log.end(), replica.log.high_watermark());
        let epoch = replica.leader_epoch;
        field(shown, &name, format!("{role} epoch {epoch} HW {mark} LEO {end}"));
    }
    let _ = me;
}

fn show_producer(world: &World<Kafka>, producer: &Producer, shown: &mut Node) {
    let acks = producer.config.acks.name();
    shown.badges.push(Told::new("badge.acks").with("acks", acks));
    if producer.waiting() > 1 {
        let waiting = producer.waiting() as u64;
        shown.badges.push(Told::new("badge.waiting").with("count", waiting));
    }
    field(shown, "acks", acks);
    field(shown, "enable.idempotence", producer.config.idempotence);
    field(shown, "record-send-total", producer.made);
    field(shown, "records-waiting", producer.waiting());
    if let Some(error) = producer.last_error {
        field(shown, "last-error", error);
    }
    for (id, known) in &producer.metadata.partitions {
        let leader = known.leader.map_or("none".to_owned(), |node| node.to_string());
        let name = names::partition(world, *id);
        field(shown, &name, format!("believes leader {leader}, epoch {}", known.epoch));
    }
}

fn show_member(world: &World<Kafka>, member: &GroupConsumer, shown: &mut Node) {
    let config = &member.config;
    shown.badges.push(Told::new("badge.group").with("group", config.group.to_string()));
    if member.epoch >= 0 {
        shown.badges.push(Told::new("badge.generation").with("epoch", member.epoch as u64));
    }
    field(shown, "group.id", &config.group);
    field(shown, "group.protocol", config.protocol.name());
    field(shown, "state", member.standing.name());
    field(shown, "doing", member.app.doing.name());
    let id = member.member.map(|id| wire::member_name(world, id));
    field(shown, "member.id", id.unwrap_or_else(|| "-".to_owned()));
    let coordinator = member.coordinator.map_or("-".to_owned(), |node| node.to_string());
    field(shown, "coordinator", coordinator);
    field(shown, "epoch", member.epoch);
    for id in &member.owned {
        let name = names::partition(world, *id);
        let position = member.reader.positions.get(id);
        let position = position.map_or("-".to_owned(), |position| position.offset.to_string());
        let committed = member.app.committed.get(id);
        let committed = committed.map_or("-".to_owned(), ToString::to_string);
        field(shown, &name, format!("position {position}, committed {committed}"));
    }
}

// ---- links and flights ----

fn links(world: &World<Kafka>) -> Vec<LinkState> {
    let ids: Vec<NodeId> = world.nodes().map(|slot| slot.id).collect();
    let pairs = ids.iter().flat_map(|from| ids.iter().map(move |to| (*from, *to)));
    pairs
        .filter_map(|(from, to)| Some((from, to, world.link(from, to)?)))
        .filter(|(_, _, link)| !link.is_ordinary())
        .map(|(from, to, link)| LinkState {
            from,
            to,
            cut: link.cut,
            held: link.held,
            extra: link.extra,
            loss_permille: link.loss_permille,
        })
        .collect()
}

fn show_flight(world: &World<Kafka>, flight: &Message<Msg>) -> Flight {
    let shown = wire::show(world, &flight.msg);
    Flight {
        id: flight.id,
        from: flight.from,
        to: flight.to,
        api: flight.msg.api().to_owned(),
        note: shown.note,
        reply: matches!(flight.msg, Msg::Reply { .. }),
        sent: flight.sent,
        due: flight.due,
        fate: fate(world, flight),
        tone: shown.tone,
        error: shown.error.map(|error| error.name().to_owned()),
        cause: flight.cause,
        fields: shown.fields,
    }
}

fn fate(world: &World<Kafka>, flight: &Message<Msg>) -> Fate {
    let reachable = world
        .node(flight.to)
        .is_some_and(|slot| slot.status.is_running() && slot.incarnation == flight.to_incarnation);
    match world.link(flight.from, flight.to) {
        Some(link) if link.held => Fate::Held,
        Some(link) if link.cut => Fate::Doomed,
        _ if !reachable => Fate::Doomed,
        _ => Fate::Arriving,
    }
}

// ---- what waits ----

fn parked(world: &World<Kafka>, slot: &Slot<Kafka>) -> Vec<Parked> {
    let Some(broker) = slot.process.broker() else { return Vec::new() };
    let produce = broker.parked_produce.iter().map(|parked| {
        let id = parked.what.first().map(|(id, _)| *id);
        Parked {
            node: slot.id,
            api: "Produce".to_owned(),
            from: parked.from,
            strip: id.map(|id| names::partition(world, id)),
            why: Told::new("parked.produce"),
            since: parked.since,
            until: parked.until,
        }
    });
    let fetch = broker.parked_fetch.iter().map(|parked| {
        let only = match &parked.what.partitions[..] {
            [one] => Some(names::partition(world, one.id)),
            _ => None,
        };
        Parked {
            node: slot.id,
            api: "Fetch".to_owned(),
            from: parked.from,
            strip: only,
            why: Told::new("parked.fetch"),
            since: parked.since,
            until: parked.until,
        }
    });
    produce.chain(fetch).collect()
}

fn timers(world: &World<Kafka>) -> Vec<Timer> {
    let settings = &world.config().settings;
    let mut timers = Vec::new();
    if let Some(slot) = active_controller(world)
        && let Some(controller) = slot.process.controller()
        && let Some(active) = &controller.active
    {
        for (broker, contact) in active.sessions.contacts() {
            timers.push(Timer {
                node: slot.id,
                label: Told::new("timer.session-of").with("broker", broker),
                set: contact,
                due: contact + settings.broker_session_timeout,
                setting: settings.shown("broker.session.timeout.ms"),
            });
        }
    }
    for slot in world.nodes().filter(|slot| slot.process.controller().is_some()) {
        for (clock, set, due) in slot.timers() {
            let (key, setting) = match clock {
                Clock::Election => ("timer.election", "controller.quorum.election.timeout.ms"),
                Clock::QuorumFetchTimeout => {
                    ("timer.quorum-fetch", "controller.quorum.fetch.timeout.ms")
                }
                _ => continue,
            };
            let setting = settings.shown(setting);
            timers.push(Timer { node: slot.id, label: Told::new(key), set, due, setting });
        }
    }
    timers
}

// ---- decisions and phases ----

fn decisions(view: &View<'_, Kafka>) -> Vec<Decision> {
    let made = view.world.ledger().chronicle.decisions.iter().filter_map(|id| {
        let event = view.event(*id)?;
        let What::Noted(Fact::LeaderChosen(chosen)) = &event.what else { return None };
        let candidate = |(node, verdict): &(NodeId, crate::election::Verdict)| Candidate {
            node: *node,
            picked: Some(*node) == chosen.to,
            reason: verdict_told(*verdict),
        };
        let partition = names::partition(view.world, chosen.id);
        Some(Decision {
            event: event.id,
            step: event.step,
            at: event.at,
            node: event.node.unwrap_or_default(),
            title: Told::new("decision.leader")
                .with("partition", partition)
                .with("epoch", chosen.epoch)
                .with("reason", reason_told(chosen.why)),
            candidates: chosen.verdicts.iter().map(candidate).collect(),
            rule: Told::new(rules::key_of_choice(chosen.by)),
        })
    });
    made.collect()
}

fn phases(world: &World<Kafka>) -> Vec<Phases> {
    let courses = world.ledger().chronicle.courses();
    let outages = courses.filter_map(|(id, course)| Some((id, course.outage.as_ref()?)));
    outages
        .map(|(id, outage)| Phases {
            subject: names::partition(world, id),
            marks: outage
                .marks
                .iter()
                .map(|(phase, (at, step))| (format!("phase.{}", PHASES[*phase]), *at, *step))
                .collect(),
        })
        .collect()
}
