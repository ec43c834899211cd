//! Questions that a lesson or a console may ask of a run; predictions are marked by them.

pub(crate) mod groups;
pub(crate) mod records;

use crate::command;
use crate::fact::Fact;
use crate::id::PartitionId;
use crate::image::Partition;
use crate::kept::{kept, replica_of};
use crate::ledger::{Account, Anomaly, anomalies};
use crate::log::Log;
use crate::names;
use crate::node::Node;
use crate::outage::{Outage, PHASES};
use crate::property::PROMISES;
use crate::quorum::Quorum;
use crate::strips::strips_of;
use crate::system::{Kafka, active_controller, image};
use kernel::{Arrange, NodeId, Property, Span, Status, What};
use scene::{Answer, CommandError, Told, View, Words};

const OF_CLUSTER: [&str; 34] = [
    "leader PARTITION",
    "isr PARTITION",
    "elr PARTITION",
    "epoch PARTITION",
    "version PARTITION",
    "hw PARTITION",
    "leo PARTITION [NODE]",
    "log-start PARTITION [NODE]",
    "position PARTITION CONSUMER",
    "lost PARTITION",
    "lost-offsets PARTITION",
    "acked PARTITION",
    "failed PARTITION",
    "consumed PARTITION",
    "duplicates PARTITION",
    "gap PARTITION",
    "slowest-phase PARTITION",
    "phase PARTITION PHASE",
    "truncated PARTITION",
    "parted PARTITION",
    "min-isr PARTITION",
    "fenced",
    "dead",
    "state BROKER",
    "error PRODUCER",
    "active-controller",
    "controller-epoch",
    "voters",
    "voter-error",
    "snapshot NODE",
    "broken [PROMISE]",
    "parked PARTITION",
    "fetch-wait PARTITION",
    "verdict",
];

const COUNT: usize = OF_CLUSTER.len() + records::PROBES.len() + groups::PROBES.len();

/// All questions.
pub(crate) const PROBES: [&str; COUNT] = {
    let mut all = [""; COUNT];
    let lists: [&[&'static str]; 3] = [&OF_CLUSTER, &records::PROBES, &groups::PROBES];
    let (mut list, mut from, mut at) = (0, 0, 0);
    while at < COUNT {
        if at - from == lists[list].len() {
            from = at;
            list += 1;
        }
        all[at] = lists[list][at - from];
        at += 1;
    }
    all
};

/// Kinds of questions stay functions of their own in the compiled program too (as in `print`).
pub(crate) fn probe(view: &View<'_, Kafka>, query: &str) -> Result<Answer, CommandError> {
    let mut words = Words::new(query);
    let word = words.take().unwrap_or_default();
    let answer = match word {
        "active-controller" => Answer::Node(active_controller(view.world).map(|slot| slot.id)),
        "controller-epoch" => Answer::Number(controller_epoch(view)),
        "voters" => {
            let voters = quorum(view).map(Quorum::voters).unwrap_or_default();
            set(&voters.iter().map(|voter| voter.node).collect::<Vec<_>>())
        }
        "voter-error" => Answer::Word(voter_error(view).to_owned()),
        "snapshot" => snapshot(view, &mut words)?,
        "fenced" => Answer::Nodes(fenced(view)),
        "dead" => Answer::Nodes(dead(view)),
        "state" => state(view, &mut words)?,
        "broken" => number(broken(view, &mut words)?),
        "verdict" => Answer::Word(verdict(view)),
        "error" => error(view, &mut words)?,
        _ if let Some(answer) = records::probe(view, word, &mut words)? => answer,
        _ if let Some(answer) = groups::probe(view, word, &mut words)? => answer,
        _ if OF_CLUSTER.iter().any(|probe| probe.split(' ').next() == Some(word)) => {
            let id = command::partition(view.world, &mut words)?;
            of_partition(view, word, id, &mut words)?
        }
        _ => {
            let what = Told::new("error.unknown-question").with("question", word);
            return Err(CommandError::new(what).expected(PROBES));
        }
    };
    match words.take() {
        None => Ok(answer),
        Some(extra) => {
            let what = Told::new("error.too-many-words").with("word", extra);
            Err(CommandError::new(what).at(words.column()))
        }
    }
}

fn number(n: u64) -> Answer {
    Answer::Number(i64::try_from(n).unwrap_or(i64::MAX))
}

fn set(nodes: &[NodeId]) -> Answer {
    let mut nodes = nodes.to_vec();
    nodes.arrange();
    Answer::Nodes(nodes)
}

#[inline(never)]
fn of_partition(
    view: &View<'_, Kafka>,
    word: &str,
    id: PartitionId,
    words: &mut Words<'_>,
) -> Result<Answer, CommandError> {
    let world = view.world;
    let Some(partition) = image(world).and_then(|image| image.partitions.get(&id)) else {
        return Err(CommandError::new(Told::new("error.expected-partition")));
    };
    let account = world.ledger().accounts.get(&id);
    let course = world.ledger().chronicle.course(id);
    let count = |of: fn(&crate::ledger::Account) -> u64| number(account.map_or(0, |a| of(a)));
    Ok(match word {
        "leader" => Answer::Node(partition.leader),
        "isr" => set(&partition.isr),
        "elr" => set(&partition.elr),
        "epoch" => number(partition.leader_epoch.into()),
        "version" => number(partition.partition_epoch.into()),
        "hw" => number(replica(view, id, partition.leader).map_or(0, |(hw, _)| hw)),
        "leo" => {
            let node = node_or(view, words, partition.leader)?;
            number(replica(view, id, node).map_or(0, |(_, end)| end))
        }
        "log-start" => {
            let node = node_or(view, words, partition.leader)?;
            number(log_start(view, id, node))
        }
        "position" => {
            let node = node_or(view, words, None)?;
            number(position(view, id, node))
        }
        "lost" => count(|account| account.losses.len() as u64),
        "lost-offsets" => Answer::Word(lost_offsets(account.map(|account| &**account))),
        "acked" => count(|account| account.acked),
        "failed" => count(|account| account.failed),
        "consumed" => count(|account| account.consumed),
        "duplicates" => count(|account| account.duplicates),
        "gap" => Answer::Span(course.map_or(Span::ZERO, |course| course.gap(world.now()))),
        "slowest-phase" => {
            let outage = course.and_then(|course| course.outage.as_ref());
            Answer::Word(outage.and_then(Outage::slowest).unwrap_or("none").to_owned())
        }
        "phase" => {
            let at = phase(words)?;
            let outage = course.and_then(|course| course.outage.as_ref());
            Answer::Span(outage.and_then(|outage| outage.lasted(at)).unwrap_or(Span::ZERO))
        }
        "parked" => number(parked(view, id, partition.leader).0),
        "fetch-wait" => Answer::Span(parked(view, id, partition.leader).1),
        "parted" => number(parted(view, id, partition)),
        "truncated" => number(course.map_or(0, |course| course.truncated)),
        _ => number(min_isr(view, id, partition)),
    })
}

/// Offsets under which members of the ISR that run hold different records.
fn parted(view: &View<'_, Kafka>, id: PartitionId, partition: &Partition) -> u64 {
    let logs = partition.isr.iter().filter_map(|node| replica_of(view.world, *node, id));
    let logs: Vec<&Log> = logs.map(|replica| &replica.log).collect();
    let from = logs.iter().map(|log| log.start()).max().unwrap_or(0);
    let to = logs.iter().map(|log| log.end()).min().unwrap_or(0);
    let Some((first, others)) = logs.split_first() else { return 0 };
    let differs = |at: &u64| others.iter().any(|log| log.get(*at) != first.get(*at));
    (from..to).filter(differs).count() as u64
}

/// The phase that the next word names.
fn phase(words: &mut Words<'_>) -> Result<usize, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    PHASES.iter().position(|phase| *phase == word).ok_or_else(|| {
        let what = Told::new("error.unknown-phase").with("phase", word);
        CommandError::new(what).at(column).expected(PHASES)
    })
}

/// The node that the next word names, or this one without a word.
fn node_or(
    view: &View<'_, Kafka>,
    words: &mut Words<'_>,
    otherwise: Option<NodeId>,
) -> Result<Option<NodeId>, CommandError> {
    match words.take() {
        Some(word) => find_node(view, word, words.column()).map(Some),
        None => Ok(otherwise),
    }
}

/// How often promises broke; of the one that is named (without its `promise.`), or of all.
#[inline(never)]
fn broken(view: &View<'_, Kafka>, words: &mut Words<'_>) -> Result<u64, CommandError> {
    let column = words.next_column();
    let Some(name) = words.take() else { return Ok(view.world.breaches().len() as u64) };
    let short = |promise: &Property<Kafka>| promise.name.trim_start_matches("promise.");
    if !PROMISES.iter().any(|promise| short(promise) == name) {
        let what = Told::new("error.unknown-question").with("question", name);
        return Err(CommandError::new(what).at(column).expected(PROMISES.iter().map(short)));
    }
    let is_it = |event: &&kernel::Event<Kafka>| match &event.what {
        What::Broken { property, .. } => short(&PROMISES[*property]) == name,
        _ => false,
    };
    let breaches = view.world.breaches().iter().filter_map(|id| view.event(*id));
    Ok(breaches.filter(is_it).count() as u64)
}

/// What waits at the leader for this partition: writes for the high watermark (their number), and
/// fetches for a record (the longest that one of them may wait).
fn parked(view: &View<'_, Kafka>, id: PartitionId, leader: Option<NodeId>) -> (u64, Span) {
    let slot = leader.and_then(|leader| view.world.node(leader));
    let Some(broker) = slot.and_then(|slot| slot.process.broker()) else { return (0, Span::ZERO) };
    let writes = broker.parked_produce.iter();
    let writes = writes.filter(|parked| parked.what.iter().any(|(of, _)| *of == id)).count();
    let fetches = broker.parked_fetch.iter();
    let fetches = fetches.filter(|it| it.what.partitions.iter().any(|asked| asked.id == id));
    let longest = fetches.map(|parked| parked.until.since(parked.since)).max();
    (writes as u64, longest.unwrap_or(Span::ZERO))
}

fn log_start(view: &View<'_, Kafka>, id: PartitionId, node: Option<NodeId>) -> u64 {
    node.map_or(0, |node| kept(view.world, node, id).start())
}

fn position(view: &View<'_, Kafka>, id: PartitionId, node: Option<NodeId>) -> u64 {
    match node.and_then(|node| view.world.node(node)).map(|slot| &slot.process) {
        Some(Node::Consumer(consumer)) => consumer.positions.get(&id).map_or(0, |it| it.offset),
        _ => 0,
    }
}

fn min_isr(view: &View<'_, Kafka>, id: PartitionId, _partition: &Partition) -> u64 {
    let default = view.world.config().settings.min_insync_replicas;
    image(view.world).map_or(0, |image| image.min_isr(id, default) as u64)
}

/// High watermark and end of a replica's log.
fn replica(view: &View<'_, Kafka>, id: PartitionId, node: Option<NodeId>) -> Option<(u64, u64)> {
    let block = strips_of(view.world, id)?;
    let strip = block.replicas.iter().find(|strip| Some(strip.node) == node)?;
    Some((strip.high_watermark, strip.end))
}

fn controller_epoch(view: &View<'_, Kafka>) -> i64 {
    quorum(view).map_or(-1, |quorum| i64::from(quorum.epoch()))
}

/// The quorum as the active controller sees it.
fn quorum<'a>(view: &View<'a, Kafka>) -> Option<&'a Quorum> {
    active_controller(view.world).and_then(|slot| slot.process.quorum())
}

/// What the last change of the voters was refused with; `none` when none was.
fn voter_error(view: &View<'_, Kafka>) -> &'static str {
    let refused = view.events().rev().find_map(|event| match &event.what {
        What::Noted(Fact::VoterRefused { error, .. }) => Some(error.name()),
        _ => None,
    });
    refused.unwrap_or("none")
}

/// Where the newest snapshot of a node ends, which is where its metadata log begins.
#[inline(never)]
fn snapshot(view: &View<'_, Kafka>, words: &mut Words<'_>) -> Result<Answer, CommandError> {
    let column = words.next_column();
    let node = find_node(view, words.take().unwrap_or_default(), column)?;
    let quorum = view.world.node(node).and_then(|slot| slot.process.quorum());
    Ok(number(quorum.map_or(0, Quorum::start_offset)))
}

fn fenced(view: &View<'_, Kafka>) -> Vec<NodeId> {
    let brokers = image(view.world).into_iter().flat_map(|image| &image.brokers);
    brokers.filter(|(_, broker)| broker.fenced).map(|(id, _)| *id).collect()
}

fn dead(view: &View<'_, Kafka>) -> Vec<NodeId> {
    let gone = |status| matches!(status, Status::Dead | Status::PoweredOff);
    let mut dead: Vec<NodeId> =
        view.world.nodes().filter(|slot| gone(slot.status)).map(|slot| slot.id).collect();
    dead.arrange();
    dead
}

/// What a broker itself holds its state for; `none` without a process.
#[inline(never)]
fn state(view: &View<'_, Kafka>, words: &mut Words<'_>) -> Result<Answer, CommandError> {
    let column = words.next_column();
    let node = find_node(view, words.take().unwrap_or_default(), column)?;
    let slot = view.world.node(node).filter(|slot| slot.status.is_running());
    let broker = slot.and_then(|slot| slot.process.broker());
    Ok(Answer::Word(broker.map_or("none", |broker| broker.state.name()).to_owned()))
}

/// What the clients' histories show, in Jepsen's words: `lost-write=3:allowed duplicate=1:bad`.
#[inline(never)]
fn verdict(view: &View<'_, Kafka>) -> String {
    let anomalies = anomalies(view.world);
    let word = |anomaly: &Anomaly| {
        let judged = if anomaly.allowed { "allowed" } else { "bad" };
        format!("{}={}:{judged}", anomaly.name, anomaly.count)
    };
    let words: Vec<String> = anomalies.iter().map(word).collect();
    if words.is_empty() { "clean".to_owned() } else { words.join(" ") }
}

/// `12..14,17`, each bound included.
fn lost_offsets(account: Option<&Account>) -> String {
    let losses = account.map_or(&[][..], |account| &account.losses);
    let mut offsets: Vec<u64> = losses.iter().map(|loss| loss.offset).collect();
    offsets.arrange();
    offsets.dedup();
    let runs = offsets.chunk_by(|one, next| one + 1 == *next).map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}..{last}"),
        [] => String::new(),
    });
    let runs: Vec<String> = runs.collect();
    if runs.is_empty() { "none".to_owned() } else { runs.join(",") }
}

fn find_node(view: &View<'_, Kafka>, word: &str, column: usize) -> Result<NodeId, CommandError> {
    names::find_node(view.world, word).ok_or_else(|| {
        CommandError::new(Told::new("error.unknown-node").with("node", word)).at(column)
    })
}

/// The last error that a producer was given; `none` before the first.
#[inline(never)]
fn error(view: &View<'_, Kafka>, words: &mut Words<'_>) -> Result<Answer, CommandError> {
    let column = words.next_column();
    let node = find_node(view, words.take().unwrap_or_default(), column)?;
    let error = match view.world.node(node).map(|slot| &slot.process) {
        Some(Node::Producer(producer)) => producer.last_error,
        _ => {
            let what = Told::new("error.not-a-producer").with("node", node);
            return Err(CommandError::new(what).at(column));
        }
    };
    Ok(Answer::Word(error.map_or("none", |error| error.name()).to_owned()))
}
