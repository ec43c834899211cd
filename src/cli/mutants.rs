//! `mutants`: takes one line of defence after the other out of the engine, and asks whether a
//! promise notices. It measures the promises and the schedules, not the engine.

use super::Done;
use replicascope::swarm::{Failure, Orders, SCHEDULES, Schedule, run as run_seed};
use replicascope_kafka::Guard;
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these lines of defence, by name.
    guards: Vec<String>,
    /// How many seeds of the swarm are tried where no schedule notices.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// One JSON object a line of defence.
    #[arg(long)]
    json: bool,
}

/// What noticed, on which schedule or seed, and what else was away for it to be noticed.
struct Caught {
    failure: Failure,
    on: String,
    with: Vec<&'static str>,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if let Some(name) = arguments.guards.iter().find(|name| !is_known(name)) {
        return Err(format!("`{name}` is no line of defence"));
    }
    sound()?;
    let asked = |guard: &&Guard| {
        arguments.guards.is_empty() || arguments.guards.iter().any(|name| name == guard.name())
    };
    let (mut alone, mut together, mut missed) = (0, 0, 0);
    for guard in Guard::ALL.iter().filter(asked) {
        let found = match hunt(guard.name(), arguments.seeds) {
            Some(caught) => Some(caught),
            None => hunt_together(guard.name())?,
        };
        match &found {
            None => missed += 1,
            Some(caught) if caught.with.is_empty() => alone += 1,
            Some(_) => together += 1,
        }
        print(*guard, found.as_ref(), arguments.json);
    }
    if !arguments.json {
        println!(
            "{alone} caught, {together} caught with the lines that stand before them, \
             {missed} not caught"
        );
    }
    Ok(missed == 0)
}

fn is_known(name: &str) -> bool {
    Guard::ALL.iter().any(|guard| guard.name() == name)
}

/// The whole engine keeps every promise on every schedule.
fn sound() -> Result<(), String> {
    for schedule in SCHEDULES {
        if let Err(Failure { promise, detail, .. }) = schedule.play(&Orders::default()) {
            return Err(format!("{}: the whole engine breaks {promise}: {detail}", schedule.name));
        }
    }
    Ok(())
}

/// The schedules that were written for it first, then the others, then the swarm.
fn hunt(guard: &str, seeds: u64) -> Option<Caught> {
    let orders = Orders { without: Some(guard.to_owned()), ..Orders::default() };
    let (own, others): (Vec<_>, Vec<_>) =
        SCHEDULES.iter().partition(|schedule| schedule.guards().any(|name| name == guard));
    let play = |schedule: &Schedule| {
        let failure = schedule.play(&orders).err()?;
        Some(Caught { failure, on: schedule.name.to_owned(), with: Vec::new() })
    };
    // A seed counts only if the whole engine has nothing to fear from it.
    let weather = |seed: u64| {
        let failure = run_seed(seed, &orders).failure.filter(is_a_promise)?;
        let sound = run_seed(seed, &Orders::default()).failure.is_none();
        sound.then(|| Caught { failure, on: format!("seed {seed}"), with: Vec::new() })
    };
    let played = own.into_iter().chain(others).find_map(play);
    played.or_else(|| (1..=seeds).find_map(weather))
}

/// Nobody misses it while others stand before it: then it is taken away together with them, and
/// with no more of them than it takes.
fn hunt_together(guard: &str) -> Result<Option<Caught>, String> {
    let own = SCHEDULES.iter().filter(|schedule| schedule.together().any(|name| name == guard));
    let fewest = own.min_by_key(|schedule| schedule.together().count());
    let Some(schedule) = fewest else { return Ok(None) };
    let failure = schedule.play_without_all()?;
    let with = schedule.together().filter(|name| *name != guard).collect();
    Ok(Some(Caught { failure, on: schedule.name.to_owned(), with }))
}

/// Not only that the swarm could not go on.
fn is_a_promise(failure: &Failure) -> bool {
    !failure.promise.starts_with("swarm.")
}

fn print(guard: Guard, found: Option<&Caught>, as_json: bool) {
    let promise = found.map(|caught| caught.failure.promise.as_str());
    let on = found.map(|caught| caught.on.as_str());
    let with = found.map_or(&[][..], |caught| &caught.with[..]);
    if as_json {
        let line = json!({
            "guard": guard.name(), "rule": guard.rule(), "source": guard.source(),
            "promise": promise, "on": on, "together_with": with
        });
        println!("{line}");
        return;
    }
    let name = guard.name();
    let (Some(promise), Some(on)) = (promise, on) else { return println!("{name:<30} NOT CAUGHT") };
    println!("{name:<30} {promise:<36} {on}");
    if !with.is_empty() {
        println!("{:<30} together with {}; each of them is enough", "", with.join(", "));
    }
}
