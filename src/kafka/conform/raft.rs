//! Traces of Kafka's own simulation of its Raft: what a node was, and what it was next.
//!
//! Chance decides who stands first, so a trace cannot be re-enacted to the letter. Instead each row
//! is held against the program:
//! a state must be reachable from the one before it by inputs that the trace bears out (`reach`);
//! an election must have gone as the answers of the other voters, asked of our program, make it go
//! (`election`); what must always hold must hold (`always`), also one step
//! further (`further`); and the same faults done to a cluster
//! of ours must be possible and end in the same way (`rerun`).
//! See docs/decisions/0005-traces-of-an-election.md.

mod always;
mod election;
mod further;
mod reach;
mod rerun;
mod trace;

use super::{Outcome, Report};
use serde_json::Value;
use trace::{Trace, What};

pub(super) fn table(rows: &[(usize, Value)], report: &mut Report) {
    let trace = match Trace::read(rows) {
        Ok(trace) => trace,
        Err((line, flaw)) => {
            report.put(line, Outcome::Differs(format!("row: {flaw}")));
            return;
        }
    };
    let rerun = rerun::rerun(&trace);
    for (at, row) in trace.rows.iter().enumerate() {
        let outcome = match &row.what {
            What::State(_) => state(&trace, at),
            What::Fault(..) | What::Scenario | What::Result(_) => rerun.outcome(at),
        };
        report.put(row.line, outcome);
    }
}

fn state(trace: &Trace, at: usize) -> Outcome {
    let checks = [reach::check, election::check, always::check, further::check];
    let flaw = checks.iter().find_map(|check| check(trace, at).err());
    flaw.map_or(Outcome::Equal, Outcome::Differs)
}
