//! Recorded runs of real Kafka, played again as scenarios and compared fact by fact; and the page
//! that says what equals, what differs and why.
//!
//! A recording is read ([`trace`]), its acts are done to a fresh cluster at the same distances in
//! time ([`play`]), and what both wrote into their metadata logs is compared ([`compare`]). It
//! drives a `Session` like everybody else, and refuses to know how the engine decides.

mod compare;
mod groups;
mod page;
mod play;
mod trace;

pub use compare::{Finding, Verdict};
pub use page::{Replay, Table, page};
pub use trace::Trace;

/// What a recording says of itself: its name, the version of Kafka, its settings.
///
/// # Errors
/// What cannot be read.
pub fn about(text: &str) -> Result<(String, String, String), String> {
    if groups::is_one(text) {
        let recording = groups::Recording::read(text)?;
        let about = recording.about();
        return Ok((recording.name, recording.kafka, about));
    }
    let Trace { name, kafka, about, .. } = Trace::read(text)?;
    Ok((name, kafka, about))
}

/// Reads a recording, plays it with a seed (and with what else is said on the cluster line), and
/// compares.
///
/// # Errors
/// What in the recording cannot be read, or which act cannot be done.
pub fn replay(text: &str, seed: u64, settings: &[String]) -> Result<Vec<Finding>, String> {
    if groups::is_one(text) {
        return groups::replay(&groups::Recording::read(text)?, seed, settings);
    }
    let trace = Trace::read(text)?;
    let played = play::play(&trace, seed, settings)?;
    Ok(compare::compare(&trace, &played))
}
