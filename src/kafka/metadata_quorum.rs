//! `kafka-metadata-quorum.sh`: what it is asked, and what it prints. And short words for the same.
//! It looks at the leader only, as the real tool does (`DescribeQuorum`).
//! Source: spec I2; `MetadataQuorumCommand`.

use crate::command::Act;
use crate::id::{Offset, is_controller, node_name};
use crate::message::Operator;
use crate::names;
use crate::quorum::{Directory, Leading, Quorum, Role, Voter};
use crate::system::{Kafka, active_controller};
use crate::uuid::Uuid;
use kernel::{Arrange, Instant, NodeId, World};
use scene::{CommandError, Told, Words};
use std::fmt::Write;

pub(crate) const VERB: &str = "kafka-metadata-quorum.sh";

const COMMANDS: [&str; 4] = [
    "describe --status",
    "describe --replication",
    "--command-config controller-104.properties add-controller",
    "remove-controller --controller-id 101",
];

/// The words after the tool's name, sorted out.
#[derive(Default)]
struct Asked<'a> {
    command: Option<&'a str>,
    flags: Vec<&'a str>,
    id: Option<&'a str>,
    directory: Option<&'a str>,
    config: Option<&'a str>,
}

fn read<'a>(words: &mut Words<'a>) -> Result<Asked<'a>, CommandError> {
    let mut asked = Asked::default();
    while let Some(word) = words.take() {
        match word {
            "--bootstrap-server" | "--bootstrap-controller" => drop(words.take()),
            "--command-config" => asked.config = words.take(),
            "--controller-id" => asked.id = words.take(),
            "--controller-directory-id" => asked.directory = words.take(),
            "--status" | "--replication" | "--human-readable" => asked.flags.push(word),
            "describe" | "add-controller" | "remove-controller" => asked.command = Some(word),
            _ => {
                let what = Told::new("error.unknown-option").with("option", word);
                return Err(CommandError::new(what).at(words.column()).expected(COMMANDS));
            }
        }
    }
    Ok(asked)
}

fn unclear(words: &Words<'_>) -> CommandError {
    let what = Told::new("error.expected-quorum-command");
    CommandError::new(what).at(words.next_column()).expected(COMMANDS)
}

// ---- looking ----

/// What the tool prints; none when it is to change something.
#[inline(never)]
pub(crate) fn print(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Option<String>, CommandError> {
    let asked = read(words)?;
    if asked.command.is_some_and(|command| command != "describe") {
        return Ok(None);
    }
    let now = world.now();
    match (asked.command, &asked.flags[..]) {
        (Some(_), ["--status"]) => leader(world).map(|led| Some(status(world, &led, now))),
        (Some(_), ["--replication"]) => {
            leader(world).map(|led| Some(replication(&led, now, false)))
        }
        (Some(_), ["--replication", "--human-readable"]) => {
            leader(world).map(|led| Some(replication(&led, now, true)))
        }
        _ => Err(unclear(words)),
    }
}

struct Led<'a> {
    node: NodeId,
    quorum: &'a Quorum,
    leading: &'a Leading,
}

fn leader(world: &World<Kafka>) -> Result<Led<'_>, CommandError> {
    let slot = active_controller(world);
    let led = slot.and_then(|slot| {
        let quorum = slot.process.quorum()?;
        let Role::Leader(leading) = &quorum.role else { return None };
        Some(Led { node: slot.id, quorum, leading })
    });
    led.ok_or_else(|| CommandError::new(Told::new("error.no-controller")))
}

fn status(world: &World<Kafka>, led: &Led<'_>, now: Instant) -> String {
    let end = led.quorum.end();
    let others = led.leading.peers.iter().filter(|peer| peer.votes);
    let slowest = others.min_by_key(|peer| (peer.end, peer.last_caught_up));
    // Who has not fetched yet counts as ending at -1.
    let lag = slowest.map_or(0, |peer| peer.end.map_or(end + 1, |own| end - own.min(end)));
    let late = match slowest {
        None => "0".to_owned(),
        Some(peer) => match peer.last_caught_up {
            Some(at) => now.since(at).as_millis().to_string(),
            None => "-1".to_owned(),
        },
    };
    let observers = led.leading.present(now).filter(|peer| !peer.votes);
    let voters: Vec<Voter> = led.quorum.voters().to_vec();
    let observers: Vec<Voter> = observers.map(|peer| peer.voter).collect();
    let modern = world.config().profile.dynamic_voters;
    format!(
        "ClusterId:              {}\nLeaderId:               {}\nLeaderEpoch:            {}\n\
         HighWatermark:          {}\nMaxFollowerLag:         {lag}\n\
         MaxFollowerLagTimeMs:   {late}\nCurrentVoters:          {}\n\
         CurrentObservers:       {}\n",
        Uuid::of_cluster(world.seed()),
        led.node,
        led.quorum.epoch(),
        led.leading.high_watermark.map_or("-1".to_owned(), |mark| mark.to_string()),
        list(voters, modern),
        list(observers, modern),
    )
}

/// Since 3.9 with directories; before that numbers alone.
fn list(mut nodes: Vec<Voter>, with_directories: bool) -> String {
    nodes.arrange();
    let shown = nodes.into_iter().map(|voter| match (with_directories, voter.directory) {
        (false, _) => voter.node.to_string(),
        (true, None) => format!("{{\"id\": {}, \"directoryId\": null}}", voter.node),
        (true, Some(directory)) => {
            format!("{{\"id\": {}, \"directoryId\": \"{directory}\"}}", voter.node)
        }
    });
    let shown: Vec<String> = shown.collect();
    format!("[{}]", shown.join(if with_directories { ", " } else { "," }))
}

fn replication(led: &Led<'_>, now: Instant, human: bool) -> String {
    let end = led.quorum.end();
    let time = |at: Option<Instant>| match (at, human) {
        (None, _) => "-1".to_owned(),
        (Some(at), true) => format!("{} ms ago", now.since(at).as_millis()),
        (Some(at), false) => at.since(Instant::ZERO).as_millis().to_string(),
    };
    let row = |voter: Voter, own: Option<Offset>, fetch, caught_up, status: &str| {
        let directory = voter.directory.unwrap_or_default();
        let own_end = own.map_or("-1".to_owned(), |end| end.to_string());
        let lag = (end - own.unwrap_or(0).min(end)).to_string();
        [
            voter.node.to_string(),
            directory.to_string(),
            own_end,
            lag,
            time(fetch),
            time(caught_up),
            status.to_owned(),
        ]
    };
    let me = Voter { node: led.node, directory: Some(led.quorum.directory()) };
    let mut rows = vec![
        [
            "NodeId",
            "DirectoryId",
            "LogEndOffset",
            "Lag",
            "LastFetchTimestamp",
            "LastCaughtUpTimestamp",
            "Status",
        ]
        .map(str::to_owned),
        row(me, Some(end), Some(now), Some(now), "Leader"),
    ];
    for (votes, status) in [(true, "Follower"), (false, "Observer")] {
        let mut peers: Vec<_> =
            led.leading.present(now).filter(|peer| peer.votes == votes).collect();
        peers.arrange_by_key(|peer| peer.voter);
        for peer in peers {
            rows.push(row(peer.voter, peer.end, peer.last_fetch, peer.last_caught_up, status));
        }
    }
    table(&rows)
}

/// Columns as wide as their widest cell. Source: `ToolsUtils.prettyPrintTable`.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().enumerate().map(|(at, cell)| format!("{cell:<w$}", w = width(at))).collect();
        let _ = writeln!(text, "{}", cells.join("\t").trim_end());
    }
    text
}

// ---- changing ----

/// `add-controller` and `remove-controller`.
#[inline(never)]
pub(crate) fn change(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let asked = read(words)?;
    match asked.command {
        Some("add-controller") => {
            let name = asked.config.and_then(|file| file.strip_suffix(".properties"));
            let node = name.and_then(|name| names::find_node(world, name));
            add(world, node.ok_or_else(|| unclear(words))?)
        }
        Some("remove-controller") => {
            let node = asked.id.and_then(|id| id.parse().ok()).map(NodeId);
            let Some(node) = node else { return Err(unclear(words)) };
            remove(world, node, asked.directory)
        }
        _ => Err(unclear(words)),
    }
}

/// `voter add 104`, `voter remove 101`.
#[inline(never)]
pub(crate) fn voter(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let column = words.next_column();
    let verb = words.take();
    let node = words.take().and_then(|word| names::find_node(world, word));
    match (verb, node) {
        (Some("add"), Some(node)) => add(world, node),
        (Some("remove"), Some(node)) => remove(world, node, None),
        _ => {
            let what = Told::new("error.expected-voter");
            let controllers = world.nodes().filter(|slot| slot.process.controller().is_some());
            let known = controllers.map(|slot| format!("add {}", slot.id));
            Err(CommandError::new(what).at(column).expected(known.collect::<Vec<_>>()))
        }
    }
}

fn add(world: &World<Kafka>, node: NodeId) -> Result<Act, CommandError> {
    let slot = world.node(node);
    let controller = slot.and_then(|slot| slot.process.controller());
    let directory = controller.map(|controller| controller.quorum.directory());
    let Some(directory) = directory else {
        let what = Told::new("error.no-such-controller").with("node", node_name(node));
        return Err(CommandError::new(what));
    };
    Ok(Act::Operator(Operator::AddVoter(Voter { node, directory: Some(directory) })))
}

/// The voter of this number; its directory must be the one given, where one is.
fn remove(
    world: &World<Kafka>,
    node: NodeId,
    directory: Option<&str>,
) -> Result<Act, CommandError> {
    let led = leader(world)?;
    let known = led.quorum.voters().iter().copied().find(|voter| voter.node == node);
    let meant = |voter: &Voter| {
        let own = voter.directory.map(|known| known.to_string());
        directory.is_none_or(|directory| own.as_deref() == Some(directory))
    };
    let other = Voter { node, directory: Some(Directory::default()) };
    let voter = known.filter(meant).unwrap_or(other);
    Ok(Act::Operator(Operator::RemoveVoter(voter)))
}

/// `controller 104`: a new process, formatted without initial controllers. It observes until it is
/// added. Source: KIP-853; `kafka-storage.sh format --no-initial-controllers`.
#[inline(never)]
pub(crate) fn start(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let column = words.next_column();
    let asked = words.take().unwrap_or_default();
    let number = asked.strip_prefix("controller-").unwrap_or(asked).parse().ok().map(NodeId);
    let Some(node) = number.filter(|node| is_controller(*node)) else {
        let what = Told::new("error.bad-value").with("key", "controller").with("value", asked);
        return Err(CommandError::new(what).at(column).expected(["101..199"]));
    };
    if world.node(node).is_some() {
        let what = Told::new("error.controller-exists").with("node", node_name(node));
        return Err(CommandError::new(what).at(column));
    }
    if world.nodes().count() >= world.limits().nodes {
        return Err(CommandError::new(Told::new("error.limit").with("limit", "nodes")));
    }
    Ok(Act::Controller(node))
}
