//! Numbers of a run along virtual time, one chart for those that are read together.
//!
//! A number stands from its sample on until the next one. Refuses to know what is counted and how
//! it is drawn.

use crate::story::Told;
use kernel::Instant;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    pub title: Told,
    /// How the numbers come about, in a sentence.
    pub about: Told,
    pub unit: Unit,
    pub series: Vec<Series>,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    Count,
    PerSecond,
    /// A length of time, in microseconds.
    Micros,
}

/// One number that changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The name under which the product itself gives this number.
    pub name: &'static str,
    /// Where it does: the whole address of that name.
    pub object: &'static str,
    pub of: Whose,
    /// In order of time, at most a few hundred.
    pub samples: Vec<Sample>,
}

/// Whose number it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Whose {
    /// Everybody's together, or there is only one.
    All,
    One(String),
    /// That of the worst of so many.
    Worst(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    pub at: Instant,
    /// None where nobody gives the number: its node is gone, or there was nothing to measure.
    pub value: Option<u64>,
    /// The least and the most that it was until the next sample: changes that follow closely upon
    /// one another become one sample when there are many.
    pub range: Option<(u64, u64)>,
}

impl Sample {
    #[must_use]
    pub fn new(at: Instant, value: Option<u64>) -> Sample {
        Sample { at, value, range: value.map(|only| (only, only)) }
    }
}
