//! A small swarm: `cargo run -- swarm` has larger ones. See `replicascope::swarm`.
//! Refuses to know what a storm does; a run that fails is printed as a scenario.

use replicascope::swarm::{Orders, run};

#[test]
fn no_promise_breaks_in_the_first_third() {
    weather(1..=14);
}

#[test]
fn no_promise_breaks_in_the_second_third() {
    weather(15..=28);
}

#[test]
fn no_promise_breaks_in_the_last_third() {
    weather(29..=40);
}

fn weather(seeds: impl Iterator<Item = u64>) {
    let orders = Orders::default();
    let failures = seeds.filter_map(|seed| Some((seed, run(seed, &orders).failure?)));
    let told = failures.map(|(seed, failure)| {
        let (promise, detail) = (&failure.promise, &failure.detail);
        format!("seed {seed}: {} {promise}: {detail}\n{}", failure.at, failure.scenario)
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}
