//! Elections of the ZooKeeper era, on its four occasions.

use super::partition_change::nodes;
use super::{Outcome, Report, compare};
use crate::zk_election::Scene;
use kernel::NodeId;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Row {
    case: u64,
    assignment: Vec<u16>,
    isr: Vec<u16>,
    live: Vec<u16>,
    shutting_down: Vec<u16>,
    unclean: bool,
    offline: Option<u16>,
    /// A meter of the whole run: it counts on from case to case.
    offline_unclean_elections: u64,
    reassign: Option<u16>,
    preferred: Option<u16>,
    controlled_shutdown: Option<u16>,
}

/// Where the meter stood after an earlier row.
#[derive(Clone, Copy, Default)]
struct Meter {
    cases: u64,
    unclean: u64,
}

pub(super) fn table(rows: &[(usize, Value)], report: &mut Report) {
    let mut meter = Meter::default();
    for (line, row) in rows {
        let outcome = match Row::deserialize(row) {
            Ok(row) => answer(&row, &mut meter),
            Err(error) => Outcome::Differs(format!("row: {error}")),
        };
        report.put(*line, outcome);
    }
}

fn answer(row: &Row, meter: &mut Meter) -> Outcome {
    let (assignment, isr) = (nodes(&row.assignment), nodes(&row.isr));
    let (live, shutting_down) = (nodes(&row.live), nodes(&row.shutting_down));
    let scene =
        Scene { assignment: &assignment, isr: &isr, live: &live, shutting_down: &shutting_down };
    let offline = scene.offline(row.unclean);
    let number = |node: Option<NodeId>| node.map(|node| node.0);
    let ours = [
        number(offline.map(|(node, _)| node)),
        number(scene.reassign()),
        number(scene.preferred()),
        number(scene.controlled_shutdown()),
    ];
    let theirs = [row.offline, row.reassign, row.preferred, row.controlled_shutdown];
    let unclean = offline.is_some_and(|(_, unclean)| unclean);
    let meter_fits = meter.fits(row, unclean);
    *meter = Meter { cases: row.case + 1, unclean: row.offline_unclean_elections };
    compare(&(ours, meter_fits), &(theirs, true))
}

impl Meter {
    /// Cases that are not in this table may each have counted once.
    fn fits(self, row: &Row, unclean: bool) -> bool {
        let least = self.unclean + u64::from(unclean);
        let missing = row.case.saturating_sub(self.cases);
        (least..=least + missing).contains(&row.offline_unclean_elections)
    }
}
