//! How far a run may go. Counts decide, never the wall clock, so a limit is part of the run.

use crate::clock::Instant;

/// Bounds of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub nodes: usize,
    pub inputs: usize,
    pub steps: u64,
    /// Steps at one instant: beyond this the run goes round in a circle.
    pub steps_at_once: u32,
    pub until: Instant,
    pub branches: usize,
}

impl Limits {
    pub const DEFAULT: Limits = Limits {
        nodes: 32,
        inputs: 2_000,
        steps: 5_000_000,
        steps_at_once: 20_000,
        until: Instant(24 * 3_600 * 1_000_000),
        branches: 64,
    };
}

/// The bound that a run has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Nodes,
    Inputs,
    Steps,
    StepsAtOnce,
    Until,
    Branches,
}

impl Limit {
    /// Its name, as the limit's field.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Limit::Nodes => "nodes",
            Limit::Inputs => "inputs",
            Limit::Steps => "steps",
            Limit::StepsAtOnce => "steps-at-once",
            Limit::Until => "until",
            Limit::Branches => "branches",
        }
    }
}
