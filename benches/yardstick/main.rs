//! What one event costs here, beside one message of tikv's raft-rs, in one run on one machine.
//!
//! raft-rs is a good full implementation of one Raft group, so it is an honest bar for an engine
//! that runs a whole cluster. Figures are CPU time of this process, medians of interleaved rounds;
//! compare the ratio, not the figures of two machines.

mod quorum;
#[path = "../workload.rs"]
mod workload;

use replicascope::scene::{Instant, Span};
use std::time::Duration;

const ROUNDS: usize = 7;
/// Simulated time of one round.
const STRETCH: Span = Span::secs(20);
fn main() {
    let mut rounds: Vec<[f64; 4]> = Vec::new();
    for _ in 0..ROUNDS {
        let (events, seconds, _) = kafka(false);
        let (watched_events, watched_seconds, speed) = kafka(true);
        let (messages, quorum_seconds) = cpu(|| quorum::play(20_000));
        rounds.push([
            quorum_seconds / messages as f64 * 1e9,
            seconds / events as f64 * 1e9,
            watched_seconds / watched_events as f64 * 1e9,
            speed,
        ]);
    }
    let [bar, off, on, speed] = [0, 1, 2, 3].map(|column| median(&rounds, column));
    println!("raft-rs 0.7, 5 nodes, a message or tick   {bar:8.0} ns");
    println!("an event, promises off                    {off:8.0} ns  {:5.2} x raft-rs", off / bar);
    println!("an event, promises on                     {on:8.0} ns  {:5.2} x off", on / off);
    println!("simulated over CPU time, promises on      {speed:8.0} times");
}

/// Events, CPU seconds, and simulated seconds per CPU second.
fn kafka(watched: bool) -> (u64, f64, f64) {
    let open = replicascope::open_unrecorded;
    let mut session = workload::prepared(open).expect("the workload is well formed");
    session.watch(watched);
    let before = session.cursor();
    let until = Instant(before.at.0 + STRETCH.0);
    let ((), seconds) = cpu(|| {
        session.run_until(until);
    });
    let simulated = STRETCH.as_millis() as f64 / 1e3;
    (session.cursor().step - before.step, seconds, simulated / seconds)
}

fn cpu<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = process_time();
    let done = work();
    (done, (process_time() - before).as_secs_f64())
}

/// CPU time that this process has used (Linux; elsewhere the wall clock must do).
fn process_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    match stat.split_whitespace().next().and_then(|nanos| nanos.parse().ok()) {
        Some(nanos) => Duration::from_nanos(nanos),
        None => std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
    }
}

fn median(rounds: &[[f64; 4]], column: usize) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(|round| round[column]).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
