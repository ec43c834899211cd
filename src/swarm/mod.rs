//! Random faults against every promise, in settings in which Kafka promises that nothing is lost:
//! acks=all, min ISR 2 of 3, no unclean election, fewer lost disks at a time than min ISR.
//!
//! First safety: no promise breaks while faults rage. Then liveness: once everything is healed
//! the cluster becomes whole, and clients go on. The seed decides everything, and a run that fails
//! is a scenario.
//! Refuses to know how a promise is checked: it drives a `Session` and nothing else.

mod judge;
mod luck;
mod plan;
mod schedule;
mod storm;

pub use schedule::{SCHEDULES, Schedule};

use scene::{Instant, Span};
use storm::Storm;

/// Every so many seeds a run is done twice, and must end the same. Source: INV-15.
const TWICE: u64 = 50;

/// What all runs of a swarm have in common.
#[derive(Clone, Debug)]
pub struct Orders {
    pub profile: String,
    /// A line of defence that is switched off, to see whether anybody notices; or several of them,
    /// with commas between.
    pub without: Option<String>,
}

impl Default for Orders {
    fn default() -> Orders {
        Orders { profile: "kraft-4.1".to_owned(), without: None }
    }
}

impl Orders {
    /// Without eligible replicas the last member of an ISR takes everything with it.
    /// Source: spec G5, J1.2; the ELR is on for new clusters since 4.1.
    fn survives_power_loss(&self) -> bool {
        let version = self.profile.rsplit('-').next().unwrap_or_default();
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (4, 1)
    }
}

/// A promise that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `promise.…` of the engine, or `liveness.…`, `history.…` of the swarm.
    pub promise: String,
    pub detail: String,
    pub at: Instant,
    /// The run as lines of the console, to be played again.
    pub scenario: String,
}

impl Failure {
    fn new(promise: &str, detail: &str, scenario: &str) -> Failure {
        Failure {
            promise: promise.to_owned(),
            detail: detail.to_owned(),
            at: Instant::ZERO,
            scenario: scenario.to_owned(),
        }
    }
}

/// How one seed went.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub seed: u64,
    pub steps: u64,
    pub simulated: Span,
    pub failure: Option<Failure>,
}

/// Runs one seed from its beginning to its end.
#[must_use]
pub fn run(seed: u64, orders: &Orders) -> Outcome {
    let (outcome, digest) = pass(seed, orders);
    if outcome.failure.is_some() || !seed.is_multiple_of(TWICE) {
        return outcome;
    }
    let (again, other) = pass(seed, orders);
    let failure = (digest != other).then(|| Failure {
        promise: "swarm.same-seed-same-run".to_owned(),
        detail: format!("{digest:016x} and {other:016x}"),
        at: Instant(again.simulated.0),
        scenario: String::new(),
    });
    Outcome { failure, ..again }
}

/// The outcome, and the digest of the world at the end.
fn pass(seed: u64, orders: &Orders) -> (Outcome, u64) {
    let mut storm = match Storm::new(seed, orders) {
        Ok(storm) => storm,
        Err(failure) => {
            let failure = Some(failure);
            return (Outcome { seed, steps: 0, simulated: Span::ZERO, failure }, 0);
        }
    };
    let failure = weather(&mut storm).err();
    let end = storm.session.cursor();
    let simulated = end.at.since(Instant::ZERO);
    let outcome = Outcome { seed, steps: end.step, simulated, failure };
    (outcome, storm.session.digest())
}

fn weather(storm: &mut Storm) -> Result<(), Failure> {
    storm.set_up()?;
    storm.rage()?;
    storm.heal()?;
    judge::recovers(storm)
}
