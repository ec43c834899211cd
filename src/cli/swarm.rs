//! `swarm`: many seeds of random faults against every promise.

use super::Done;
use replicascope::swarm::{Failure, Orders, Outcome, run as run_seed};
use serde_json::json;
use std::ops::Range;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which seeds, as `1..1001`: the last is not among them.
    #[arg(long, default_value = "1..101", value_parser = seeds)]
    seeds: Range<u64>,
    /// The version of Kafka.
    #[arg(long, default_value = "kraft-4.1")]
    profile: String,
    /// A line of defence that is switched off.
    #[arg(long)]
    without: Option<String>,
    /// Only every n-th seed, from the i-th on: `2/4`.
    #[arg(long, default_value = "1/1", value_parser = shard)]
    shard: (u64, u64),
    /// Prints the scenario of every run that fails, to be kept in a file and played with `run`.
    #[arg(long)]
    scenario: bool,
    /// One JSON object a violation, and one with the totals at the end.
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Totals {
    seeds: u64,
    failed: u64,
    events: u64,
    seconds: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let orders = Orders { profile: arguments.profile.clone(), without: arguments.without.clone() };
    let (shard, shards) = arguments.shard;
    let mut totals = Totals::default();
    for seed in arguments.seeds.clone().skip(shard as usize - 1).step_by(shards as usize) {
        let outcome = run_seed(seed, &orders);
        totals.add(&outcome);
        if let Some(failure) = &outcome.failure {
            if failure.promise == "swarm.opens" {
                return Err(failure.detail.clone());
            }
            print_failure(seed, failure, arguments);
        }
    }
    totals.print(arguments.json);
    Ok(totals.failed == 0)
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.failed += u64::from(outcome.failure.is_some());
        self.events += outcome.steps;
        self.seconds += outcome.simulated.as_millis() / 1_000;
    }

    fn print(&self, as_json: bool) {
        let Totals { seeds, failed, events, seconds } = self;
        if as_json {
            let totals = json!({
                "seeds": seeds, "failed": failed, "events": events, "simulated_seconds": seconds
            });
            println!("{totals}");
        } else {
            println!(
                "{seeds} seeds, {failed} failed, {events} events, {seconds} simulated seconds"
            );
        }
    }
}

fn print_failure(seed: u64, failure: &Failure, arguments: &Arguments) {
    let Failure { promise, detail, at, scenario } = failure;
    if arguments.json {
        let line = json!({
            "seed": seed, "promise": promise, "at": at.to_string(), "detail": detail,
            "scenario": scenario
        });
        println!("{line}");
        return;
    }
    println!("seed {seed}: {promise} at {at}: {detail}");
    if arguments.scenario {
        println!("{scenario}");
    }
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let wrong = || format!("`{text}` is not of the form 1..101");
    let (first, end) = text.split_once("..").ok_or_else(wrong)?;
    let first = first.parse().map_err(|_| wrong())?;
    let end = end.parse().map_err(|_| wrong())?;
    if first < end { Ok(first..end) } else { Err(wrong()) }
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let parsed = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parsed
        .filter(|(i, n)| (1..=*n).contains(i))
        .ok_or_else(|| format!("`{text}` is not of the form 2/4"))
}
