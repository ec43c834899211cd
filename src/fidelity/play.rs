//! Does the acts of a recording to a fresh cluster, at the same distances in time.

use super::trace::{Act, Deed, Logged, Record, State, Trace, record};
use crate::Session;
use scene::{Answer, Arg, Instant, NodeId, Span, Weight};
use std::collections::{BTreeMap, BTreeSet};

/// How long the cluster runs quietly before the first disturbance.
const QUIET: Span = Span::secs(5);
/// How long a process takes here from its start to its registration. What it took in the recording
/// is no matter of availability, so starts are placed by when the broker registered.
const BOOT: Span = Span::secs(1);

/// What happened when the acts of a recording were done here.
#[derive(Clone, Debug, Default)]
pub(super) struct Played {
    /// When each act was done.
    pub acts: Vec<(Span, Deed)>,
    pub log: Vec<Logged>,
    pub elected: Vec<(Span, u16)>,
    /// At each look of the recording, and at the end.
    pub looks: Vec<BTreeMap<String, State>>,
    pub lost: u64,
}

/// # Errors
/// Which act cannot be done, and why.
pub(super) fn play(trace: &Trace, seed: u64, settings: &[String]) -> Result<Played, String> {
    let mut stage = Stage::set(trace, seed, settings)?;
    let acts = schedule(trace);
    let first = acts.first().map_or(Span::ZERO, |act| act.at);
    for act in &acts {
        stage.wait_until(stage.begun + QUIET + Span(act.at.0 - first.0));
        stage.act(&act.deed)?;
    }
    let end = trace.log.last().map_or(first, |logged| logged.at);
    stage.wait_until(stage.begun + QUIET + Span(end.0.max(first.0) - first.0) + Span::secs(15));
    stage.look()?;
    stage.finish()
}

/// The acts that disturb, with starts moved to where the broker's registration belongs.
fn schedule(trace: &Trace) -> Vec<Act> {
    let is_first_start = |at: usize| {
        let Deed::Start(node) = trace.acts[at].deed else { return false };
        !trace.acts[..at].iter().any(|act| act.deed == Deed::Start(node))
    };
    let registered = |broker: u16, after: Span| {
        let found =
            |logged: &&Logged| logged.record == Record::Register(broker) && logged.at > after;
        trace.log.iter().find(found).map(|logged| logged.at)
    };
    let mut acts: Vec<Act> = (0..trace.acts.len())
        .filter(|at| !is_first_start(*at))
        .map(|at| {
            let mut act = trace.acts[at].clone();
            if let Deed::Start(node) = act.deed
                && let Some(at) = registered(node, act.at)
            {
                act.at = Span(at.0.saturating_sub(BOOT.0)).max(act.at);
            }
            act
        })
        .collect();
    acts.sort_by_key(|act| act.at);
    acts
}

struct Stage {
    session: Box<dyn Session>,
    begun: Span,
    played: Played,
    partitions: Vec<String>,
    /// The recording's active controller is another node than ours.
    controllers: BTreeMap<u16, u16>,
    was_leader: BTreeSet<u16>,
}

impl Stage {
    fn set(trace: &Trace, seed: u64, more: &[String]) -> Result<Stage, String> {
        let mut boot = format!("cluster kafka brokers=3 controllers=3 seed={seed} boot={BOOT}");
        for (key, value) in settings(&trace.about) {
            boot += &format!(" {key}={value}");
        }
        for setting in more {
            boot += &format!(" {setting}");
        }
        let session = crate::open(&boot).map_err(|error| format!("{boot}: {error}"))?;
        let mut stage = Stage {
            session,
            begun: Span::ZERO,
            played: Played::default(),
            partitions: Vec::new(),
            controllers: BTreeMap::new(),
            was_leader: trace.elected.iter().map(|(_, node)| *node).collect(),
        };
        for line in topics(trace) {
            stage.say(&line)?;
        }
        stage.say("settle")?;
        stage.begun = stage.now();
        stage.partitions = partitions(trace);
        Ok(stage)
    }

    fn now(&self) -> Span {
        Span(self.session.cursor().at.0)
    }

    fn wait_until(&mut self, at: Span) {
        self.session.run_until(Instant(at.0));
    }

    fn say(&mut self, line: &str) -> Result<String, String> {
        let said = self.session.command(line).map_err(|error| format!("{line}: {error}"))?;
        Ok(said.text)
    }

    fn act(&mut self, deed: &Deed) -> Result<(), String> {
        self.played.acts.push((self.now(), deed.clone()));
        let line = match deed {
            Deed::Look(_) => return self.look(),
            Deed::Start(node) => format!("restart {}", self.node(*node)),
            Deed::Kill(node) => format!("kill {}", self.node(*node)),
            Deed::Stop(node) => format!("stop {}", self.node(*node)),
            Deed::Pause(node) => format!("pause {}", self.node(*node)),
            Deed::Resume(node) => format!("resume {}", self.node(*node)),
        };
        self.say(&line).map(drop)
    }

    /// Our node for the recording's: brokers keep their numbers, an active controller stands for
    /// an active controller.
    fn node(&mut self, node: u16) -> u16 {
        if node < 100 {
            return node;
        }
        let active = match self.session.probe("active-controller") {
            Ok(Answer::Node(Some(NodeId(active)))) if self.was_leader.contains(&node) => active,
            _ => node,
        };
        *self.controllers.entry(node).or_insert(active)
    }

    fn look(&mut self) -> Result<(), String> {
        let mut seen = BTreeMap::new();
        for name in &self.partitions {
            seen.insert(name.clone(), state(&*self.session, name)?);
        }
        self.played.looks.push(seen);
        Ok(())
    }

    fn finish(mut self) -> Result<Played, String> {
        let mut commits = commits(&*self.session);
        commits.sort_unstable();
        let dump = self.say("kafka-dump-log.sh --cluster-metadata-decoder")?;
        let mut topics = BTreeMap::new();
        for line in dump.lines() {
            let (offset, kind, mut data) = decoded(line)?;
            // The recordings carry the topic's name beside its id.
            if let Some(id) = data["topicId"].as_str().map(str::to_owned) {
                let name = topics.entry(id).or_insert_with(|| data["name"].clone()).clone();
                data["topic"] = name;
            }
            let at = commits.iter().find(|(to, _)| *to > offset).map_or(Span::ZERO, |(_, at)| *at);
            if let Some(record) = record(&kind, &data) {
                self.played.log.push(Logged { at, record });
            }
        }
        self.played.elected = elected(&*self.session);
        for name in &self.partitions {
            if let Ok(Answer::Number(lost)) = self.session.probe(&format!("lost {name}")) {
                self.played.lost += lost as u64;
            }
        }
        Ok(self.played)
    }
}

/// `key=value` in the recorder's words, and its phrase for the balancing.
fn settings(about: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for word in about.split([' ', ',', ';']) {
        if let Some((key, value)) = word.split_once('=')
            && key.contains('.')
            && key != "min.insync.replicas"
        {
            found.push((key.to_owned(), value.to_owned()));
        }
    }
    let balance = about.split("rebalance each ").nth(1).and_then(|rest| rest.split(' ').next());
    if let Some(seconds) = balance {
        found.push(("leader.imbalance.check.interval.seconds".to_owned(), seconds.to_owned()));
    }
    found
}

fn partitions(trace: &Trace) -> Vec<String> {
    let name = |logged: &Logged| match &logged.record {
        Record::Partition { name, .. } => Some(name.clone()),
        _ => None,
    };
    trace.log.iter().filter_map(name).collect()
}

/// The lines that make the recording's topics, and a producer for each.
fn topics(trace: &Trace) -> Vec<String> {
    let mut replicas: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut settings: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for logged in &trace.log {
        match &logged.record {
            Record::Partition { name, replicas: nodes } => {
                let topic = name.rsplit_once('-').map_or(name.as_str(), |(topic, _)| topic);
                let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                replicas.entry(topic).or_default().push(list.join(":"));
            }
            Record::Setting { topic, key, value } => {
                settings.entry(topic).or_default().push(format!("{key}={value}"));
            }
            _ => {}
        }
    }
    let mut lines = Vec::new();
    for (topic, lists) in &replicas {
        let extra = settings.get(topic).map_or(String::new(), |list| list.join(" "));
        lines.push(format!("topic {topic} assignment={} {extra}", lists.join(",")));
        lines.push(format!("producer to-{topic} topic={topic} acks=all rate=20"));
    }
    lines
}

fn state(session: &dyn Session, name: &str) -> Result<State, String> {
    let ask = |what: &str| {
        session.probe(&format!("{what} {name}")).map_err(|error| format!("{what} {name}: {error}"))
    };
    let nodes = |answer: Answer| match answer {
        Answer::Nodes(nodes) => nodes.into_iter().map(|node| node.0).collect(),
        _ => Vec::new(),
    };
    let number = |answer: Answer| match answer {
        Answer::Number(n) => n,
        _ => -1,
    };
    let leader = match ask("leader")? {
        Answer::Node(node) => node.map(|node| node.0),
        _ => None,
    };
    Ok(State {
        leader,
        isr: nodes(ask("isr")?),
        elr: nodes(ask("elr")?),
        leader_epoch: number(ask("epoch")?),
        partition_epoch: number(ask("version")?),
    })
}

/// Ends of what was committed, each with the instant at which a controller knew it.
fn commits(session: &dyn Session) -> Vec<(u64, Span)> {
    let end = session.cursor().step;
    let lines = session.trace(0, end, Weight::Routine);
    let committed = lines.iter().filter(|line| line.what.key == "fact.metadata-committed");
    let to = |line: &scene::Line| {
        line.what.args.iter().find_map(|(name, arg)| match arg {
            Arg::Number(n) if *name == "to" => Some((*n as u64, Span(line.at.0))),
            _ => None,
        })
    };
    committed.filter_map(to).collect()
}

fn elected(session: &dyn Session) -> Vec<(Span, u16)> {
    let end = session.cursor().step;
    let lines = session.trace(0, end, Weight::Routine);
    let elected = lines.iter().filter(|line| line.what.key == "fact.quorum-elected");
    elected.filter_map(|line| Some((Span(line.at.0), line.node?.0))).collect()
}

/// `| offset: 31 partitionLeaderEpoch: 1 payload: {"type":…,"data":{…}}`
fn decoded(line: &str) -> Result<(u64, String, serde_json::Value), String> {
    let wrong = || format!("not a line of the dump: {line}");
    let offset = line.strip_prefix("| offset: ").and_then(|rest| rest.split(' ').next());
    let offset = offset.and_then(|offset| offset.parse().ok()).ok_or_else(wrong)?;
    let (_, payload) = line.split_once("payload: ").ok_or_else(wrong)?;
    let json: serde_json::Value = serde_json::from_str(payload).map_err(|e| e.to_string())?;
    let kind = json["type"].as_str().ok_or_else(wrong)?.to_owned();
    Ok((offset, kind, json["data"].clone()))
}
