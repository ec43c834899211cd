//! Histories of a group in virtual time, as the tables of groups hold them: how a table falls into
//! histories, and how time passes in them.
//!
//! Refuses to choose among timers that run out at the same instant: Kafka does not define their
//! order, so the table says which of them came first.

use crate::group::Timer;
use crate::group::rehearsal::Stage;
use kernel::{Instant, Span};
use serde_json::{Value, json};

/// Where the tables were taken, time passed in ticks, and timers were looked at after each.
const TICK: Span = Span::millis(500);

/// Lets time pass. Gives the timers that ran out, in the words of the table.
///
/// Timers of one tick all saw a group of the consumer protocol as it was before the tick, and
/// their records were replayed after it: so it was where the tables were taken. In a broker each
/// is an event of its own.
pub(super) fn sleep(
    stage: &mut Stage,
    length: Span,
    theirs: &[Value],
    name: impl Fn(Timer) -> String,
) -> Vec<Value> {
    let mut listed = theirs.iter().filter_map(|entry| entry["timer"].as_str());
    let mut first = |due: &[Timer]| {
        let next = listed.next();
        let found = due.iter().find(|timer| Some(name(**timer).as_str()) == next);
        *found.unwrap_or(&due[0])
    };
    let end = stage.now + length;
    let mut fired = Vec::new();
    while stage.now < end {
        stage.now = end.min(stage.now + TICK);
        let together = stage.consumer_group().is_some().then(|| stage.coordinator.clone());
        let mark = stage.log.len();
        while let Some(due) = stage.due() {
            let timer = first(&due);
            fired.push((stage.now, timer));
            if let Some(before) = &together {
                stage.coordinator = before.clone();
            }
            stage.fire(timer);
        }
        if let Some(before) = together {
            stage.coordinator = before;
            stage.log[mark..].iter().for_each(|record| stage.coordinator.replay(record));
        }
    }
    let entry = |(at, timer): (Instant, Timer)| json!({"t": at.0 / 1000, "timer": name(timer)});
    fired.into_iter().map(entry).collect()
}

/// Splits a table into its histories: each begins with a line that describes it.
pub(super) fn histories(rows: &[(usize, Value)]) -> Vec<&[(usize, Value)]> {
    let begins = |row: &Value| row.get("action").is_none();
    let mut histories = Vec::new();
    let mut start = 0;
    for (at, (_, row)) in rows.iter().enumerate().skip(1) {
        if begins(row) {
            histories.push(&rows[start..at]);
            start = at;
        }
    }
    if start < rows.len() {
        histories.push(&rows[start..]);
    }
    histories
}

/// What a step completed: timers in their order, then answers, which have none.
pub(super) fn completed(step: &Value) -> (Vec<Value>, Vec<Value>) {
    let all = step.get("completed").and_then(Value::as_array).cloned().unwrap_or_default();
    let (timers, mut answers): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|entry| entry.get("timer").is_some());
    answers.sort_by_key(Value::to_string);
    (timers, answers)
}
