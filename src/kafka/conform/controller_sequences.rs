//! Histories of a controller: brokers come and go, leaders propose, an operator asks. Each step is
//! decided by the rules that the controller runs on, and what they write is applied.

use super::partition_change::{State, leader_number, nodes, numbers};
use super::{Outcome, Report, compare};
use crate::config::{Profile, Settings};
use crate::controller::{Decision, Replication};
use crate::id::{BrokerEpoch, ErrorCode, PartitionId, TopicId};
use crate::image::{Image, MetaRecord, Registration};
use crate::message::{AlterPartition, NewTopic};
use kernel::{NodeId, SortedMap};
use serde::Deserialize;
use serde_json::{Value, json};

/// The tables name epochs from before the first, -1; ours begin at 1 here, so that there is one.
const SHIFT: u32 = 1;

#[derive(Deserialize)]
struct Row {
    step: u32,
    event: String,
    #[serde(default)]
    args: Args,
    #[serde(flatten)]
    cluster: Option<Cluster>,
    result: Option<String>,
    response: Option<Value>,
    brokers: SortedMap<u16, String>,
    partitions: Vec<State>,
}

/// What the first step of a history says.
#[derive(Deserialize)]
struct Cluster {
    elr_enabled: bool,
    min_isr: u64,
    unclean: bool,
}

/// What an event is about; each event has some of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Args {
    broker: u16,
    clean: bool,
    partition: u16,
    #[serde(rename = "type")]
    election: String,
    from: u16,
    leader_epoch: i64,
    partition_epoch: i64,
    new_isr: Vec<u16>,
    stale_broker_epoch_in_isr: bool,
    target: Option<Vec<u16>>,
}

/// A controller's metadata, with the rules in force.
struct Bench {
    image: Image,
    profile: Profile,
    settings: Settings,
    lives: u64,
}

/// What a step was answered: nothing, an error's name, or more.
type Answer = (Option<String>, Option<Value>);

pub(super) fn table(rows: &[(usize, Value)], report: &mut Report) {
    let mut bench: Option<Bench> = None;
    for (line, row) in rows {
        let outcome = match Row::deserialize(row) {
            Ok(row) => step(&row, &mut bench),
            Err(error) => Err(error.to_string()),
        };
        report.put(*line, outcome.unwrap_or_else(|flaw| Outcome::Differs(format!("row: {flaw}"))));
    }
}

fn step(row: &Row, bench: &mut Option<Bench>) -> Result<Outcome, String> {
    if let (0, Some(cluster)) = (row.step, &row.cluster) {
        *bench = Some(Bench::open(cluster, row)?);
    }
    let bench = bench.as_mut().ok_or("a history begins with its step 0")?;
    let answer = bench.act(row)?;
    let ours = (answer, bench.brokers(), bench.partitions());
    let theirs =
        ((row.result.clone(), row.response.clone()), row.brokers.clone(), row.partitions.clone());
    let outcome = compare(&ours, &theirs);
    if outcome != Outcome::Equal {
        // What follows is not to differ for the same reason again.
        bench.adopt(&row.partitions);
    }
    Ok(outcome)
}

impl Bench {
    fn open(cluster: &Cluster, row: &Row) -> Result<Bench, String> {
        let profile = Profile { elr: cluster.elr_enabled, ..Profile::default() };
        let settings = Settings {
            min_insync_replicas: cluster.min_isr,
            unclean_leader_election: cluster.unclean,
            ..Settings::default()
        };
        let mut bench = Bench { image: Image::default(), profile, settings, lives: 0 };
        for broker in row.brokers.keys() {
            bench.register(NodeId(*broker), false);
        }
        let topic = NewTopic {
            name: "foo".to_owned(),
            partitions: 0,
            replication_factor: 0,
            assignment: row.partitions.iter().map(State::replicas).collect(),
            configs: Vec::new(),
        };
        let created = bench.rules().create_topic(&topic, &mut |_| 0);
        bench.apply(created.map_err(|error| error.name())?);
        for partition in bench.image.partitions.values_mut() {
            partition.leader_epoch += SHIFT;
            partition.partition_epoch += SHIFT;
        }
        Ok(bench)
    }

    fn rules(&self) -> Replication<'_> {
        Replication { image: &self.image, profile: self.profile, settings: &self.settings }
    }

    fn apply(&mut self, decision: Decision) {
        for record in &decision.records {
            self.image.apply(record);
        }
    }

    fn register(&mut self, broker: NodeId, fenced: bool) {
        self.lives += 1;
        self.image.apply(&MetaRecord::RegisterBroker {
            broker,
            incarnation: self.lives,
            epoch: self.lives,
            rack: None,
            fenced,
            stopping: false,
        });
    }

    fn act(&mut self, row: &Row) -> Result<Answer, String> {
        let args = &row.args;
        let broker = NodeId(args.broker);
        let id = PartitionId { topic: TopicId(0), index: args.partition };
        let decided = match row.event.as_str() {
            "create" => return Ok((None, None)),
            "alter_partition" => return Ok(self.alter_partition(id, args)),
            "elect_leaders" => self.rules().elect(id, args.election == "UNCLEAN"),
            "reassign" => {
                let target = args.target.as_deref().map(nodes);
                self.rules().reassign(id, target.as_deref())
            }
            event => {
                let decision = self.silent(event, broker, args.clean)?;
                self.apply(decision);
                if event == "restart" {
                    self.register(broker, true);
                }
                return Ok((None, None));
            }
        };
        let result = decided.map(|decision| self.apply(decision));
        Ok((Some(error_name(result.err())), None))
    }

    /// Events that nobody is answered.
    fn silent(&self, event: &str, broker: NodeId, clean: bool) -> Result<Decision, String> {
        let rules = self.rules();
        Ok(match event {
            "fence" => rules.broker_fenced(broker),
            "unfence" => rules.broker_unfenced(broker),
            "controlled_shutdown" => rules.broker_stopping(broker),
            "restart" => rules.broker_restarted(broker, clean),
            "balance_leaders" => rules.balance().0,
            "maybe_elect_unclean" => rules.elect_unclean().0,
            _ => return Err(format!("event `{event}`")),
        })
    }

    fn alter_partition(&mut self, id: PartitionId, args: &Args) -> Answer {
        let epoch_of = |node: &u16| {
            let known = self.image.brokers.get(&NodeId(*node)).map_or(0, |known| known.epoch);
            let stale = BrokerEpoch::from(args.stale_broker_epoch_in_isr);
            (NodeId(*node), Some(known.saturating_sub(stale)))
        };
        let proposal = AlterPartition {
            id,
            leader_epoch: shifted(args.leader_epoch),
            partition_epoch: shifted(args.partition_epoch),
            isr: args.new_isr.iter().map(epoch_of).collect(),
            recovering: false,
        };
        let (result, decision) = self.rules().alter_partition(NodeId(args.from), &proposal);
        self.apply(decision);
        let response = result.as_ref().ok().map(|state| {
            json!({
                "leader": leader_number(state.leader),
                "leader_epoch": state.leader_epoch - SHIFT,
                "isr": numbers(&state.isr),
                "partition_epoch": state.partition_epoch - SHIFT,
            })
        });
        (Some(error_name(result.err())), response)
    }

    fn brokers(&self) -> SortedMap<u16, String> {
        let state = |known: &Registration| match (known.fenced, known.stopping) {
            (true, _) => "fenced",
            (false, true) => "controlled_shutdown",
            (false, false) => "active",
        };
        self.image.brokers.iter().map(|(id, known)| (id.0, state(known).to_owned())).collect()
    }

    fn partitions(&self) -> Vec<State> {
        let states = self.image.partitions.values().map(|partition| {
            let mut shown = partition.clone();
            shown.leader_epoch -= SHIFT;
            shown.partition_epoch -= SHIFT;
            State::of(&shown)
        });
        states.collect()
    }

    fn adopt(&mut self, states: &[State]) {
        for (partition, state) in self.image.partitions.values_mut().zip(states) {
            *partition = state.partition();
            partition.leader_epoch += SHIFT;
            partition.partition_epoch += SHIFT;
        }
    }
}

fn shifted(epoch: i64) -> u32 {
    u32::try_from(epoch + i64::from(SHIFT)).unwrap_or(0)
}

fn error_name(error: Option<ErrorCode>) -> String {
    error.map_or("NONE", ErrorCode::name).to_owned()
}
