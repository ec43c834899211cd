//! `bench`: what the engine costs, each figure with its workload. Wall-clock time is read here and
//! nowhere in the engine; compare figures of one run only, machines differ.

#[path = "../../benches/workload.rs"]
mod workload;

use super::Done;
use replicascope::Session;
use scene::{Instant, Weight};
use serde_json::{Value, json};
use std::hint::black_box;
#[expect(clippy::disallowed_types, reason = "a benchmark measures the machine")]
use std::time::Instant as Wall;
use workload::prepared;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
    /// Only what an event costs, without a past: for a profiler.
    #[arg(long)]
    engine: bool,
}

struct Figure {
    name: &'static str,
    workload: &'static str,
    value: f64,
    unit: &'static str,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let mut lean = prepared(replicascope::open_unrecorded)?;
    let mut figures = events(&mut *lean, LEAN);
    drop(lean);
    if !arguments.engine {
        let mut session = prepared(replicascope::open)?;
        figures.extend(events(&mut *session, RECORDED));
        figures.extend(seeks(&mut *session));
        figures.extend(scenes(&*session));
    }
    if arguments.json {
        let list: Vec<Value> = figures
            .iter()
            .map(|f| {
                json!({ "name": f.name, "workload": f.workload, "value": f.value, "unit": f.unit })
            })
            .collect();
        println!("{}", Value::Array(list));
    } else {
        for figure in &figures {
            let Figure { name, workload, value, unit } = figure;
            println!("{name:<28} {value:>12.1} {unit:<12} {workload}");
        }
    }
    Ok(true)
}

#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark")]
fn seconds(work: impl FnOnce()) -> f64 {
    let start = Wall::now();
    work();
    start.elapsed().as_secs_f64()
}

const LEAN: &str = "5 brokers, 3 controllers, 12 partitions, 300 records/s; promises checked";
const RECORDED: &str = "the same; its past recorded for seeking";

fn events(session: &mut dyn Session, workload: &'static str) -> Vec<Figure> {
    let before = session.cursor();
    let until = Instant(before.at.0 + 60_000_000);
    let spent = seconds(|| {
        session.run_until(until);
    });
    let after = session.cursor();
    let steps = (after.step - before.step) as f64;
    let simulated = after.at.since(before.at).0 as f64 / 1e6;
    vec![
        Figure { name: "step", workload, value: spent / steps * 1e9, unit: "ns" },
        Figure { name: "steps", workload, value: steps / spent, unit: "per second" },
        Figure {
            name: "simulated over real time",
            workload,
            value: simulated / spent,
            unit: "times",
        },
    ]
}

fn seeks(session: &mut dyn Session) -> Vec<Figure> {
    let end = session.end().step;
    let mut spent: Vec<f64> = (0..200u64)
        .map(|n| {
            let step = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % end.max(1);
            seconds(|| {
                session.seek(step);
            })
        })
        .collect();
    spent.sort_by(f64::total_cmp);
    session.seek(end);
    let workload = "200 places all over the run above";
    let at = |share: usize| spent[(spent.len() - 1) * share / 100] * 1e3;
    vec![
        Figure { name: "seek p50", workload, value: at(50), unit: "ms" },
        Figure { name: "seek p95", workload, value: at(95), unit: "ms" },
        Figure { name: "seek worst", workload, value: at(100), unit: "ms" },
    ]
}

fn scenes(session: &dyn Session) -> Vec<Figure> {
    let workload = "at the end of the run above";
    let scene = seconds(|| drop(black_box(session.scene())));
    let tape = seconds(|| drop(black_box(session.tape())));
    let end = session.cursor().step;
    let trace = seconds(|| drop(black_box(session.trace(0, end, Weight::Key))));
    vec![
        Figure { name: "scene", workload, value: scene * 1e3, unit: "ms" },
        Figure { name: "tape", workload, value: tape * 1e3, unit: "ms" },
        Figure { name: "key events", workload, value: trace * 1e3, unit: "ms" },
    ]
}
