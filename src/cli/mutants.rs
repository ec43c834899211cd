//! `mutants`: takes one line of defence after the other out of the engine, and asks whether a
//! promise notices. It measures the promises and the schedules, not the engine.

use super::Done;
use replicascope::swarm::{
    Failure, Orders, SCHEDULES, SECOND_LINES, Schedule, SecondLine, run as run_seed,
};
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

/// What noticed, and on which schedule or seed.
struct Caught {
    failure: Failure,
    on: String,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if let Some(name) = arguments.guards.iter().find(|name| !is_known(name)) {
        return Err(format!("`{name}` is no line of defence"));
    }
    sound()?;
    let asked = |guard: &&Guard| {
        arguments.guards.is_empty() || arguments.guards.iter().any(|name| name == guard.name())
    };
    let guards: Vec<&Guard> = Guard::ALL.iter().filter(asked).collect();
    let (mut caught, mut behind, mut wrong) = (0, 0, 0);
    for guard in &guards {
        let found = hunt(guard.name(), arguments.seeds);
        let second = SECOND_LINES.iter().find(|line| line.guard == guard.name());
        match (&found, second) {
            (Some(_), None) => caught += 1,
            (None, Some(_)) => behind += 1,
            (Some(_), Some(_)) | (None, None) => wrong += 1,
        }
        print(**guard, found.as_ref(), second, arguments.json);
    }
    if !arguments.json {
        println!("{caught} caught, {behind} behind another line, {wrong} not as they should be");
    }
    Ok(wrong == 0)
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
        Some(Caught { failure, on: schedule.name.to_owned() })
    };
    // A seed counts only if the whole engine has nothing to fear from it.
    let weather = |seed: u64| {
        let failure = run_seed(seed, &orders).failure.filter(is_a_promise)?;
        let sound = run_seed(seed, &Orders::default()).failure.is_none();
        sound.then(|| Caught { failure, on: format!("seed {seed}") })
    };
    let played = own.into_iter().chain(others).find_map(play);
    played.or_else(|| (1..=seeds).find_map(weather))
}

/// Not only that the swarm could not go on.
fn is_a_promise(failure: &Failure) -> bool {
    !failure.promise.starts_with("swarm.")
}

fn print(guard: Guard, found: Option<&Caught>, second: Option<&SecondLine>, as_json: bool) {
    let promise = found.map(|caught| caught.failure.promise.as_str());
    let on = found.map(|caught| caught.on.as_str());
    let because = second.map(|second| second.because);
    if as_json {
        let line = json!({
            "guard": guard.name(), "rule": guard.rule(), "source": guard.source(),
            "promise": promise, "on": on, "second_line": because
        });
        println!("{line}");
        return;
    }
    let name = guard.name();
    match (promise, on, because) {
        (Some(promise), Some(on), None) => println!("{name:<30} {promise:<36} {on}"),
        (Some(promise), Some(on), Some(_)) => {
            println!("{name:<30} CAUGHT by {promise} on {on}, though it is called a second line");
        }
        (_, _, Some(because)) => println!("{name:<30} behind {because}"),
        _ => println!("{name:<30} NOT CAUGHT"),
    }
}
