//! The moment of a run in which the answer to a question came about.
//!
//! Refuses to know what an answer means: it looks when the probe begins to say what it says at the
//! end of the step.

use crate::question::Predict;
use crate::run::{Runner, Stop};
use crate::scenario::{Scenario, Step};
use scene::{Session, Weight};

/// Plays the scenario from its beginning to the end of the step that `place` names (a question or a
/// step), then stands at the moment of the answer, or at the beginning of the step.
pub fn stand_at(session: &mut dyn Session, script: &Scenario, place: &str) -> Result<(), Stop> {
    let wanted = script.place(place).ok_or_else(|| Stop::Unknown(place.to_owned()))?;
    let mut runner = Runner::new(session, script);
    runner.setup()?;
    let mut from = session.cursor().step;
    for step in &script.steps {
        from = session.cursor().step;
        Runner::new(session, script).play_step(&step.name)?;
        if step.name == wanted.name {
            break;
        }
    }
    let moment = wanted.predict(place).and_then(|predict| moment(session, predict, from));
    session.seek(moment.unwrap_or(from));
    Ok(())
}

/// The step of the run, after `from`, since which the question has its present answer: the first of
/// those at which something of weight was told. The session is left where it was.
pub fn moment(session: &mut dyn Session, predict: &Predict, from: u64) -> Option<u64> {
    let here = session.cursor();
    let answer = session.probe(&predict.probe).ok()?;
    let mut told: Vec<u64> =
        session.trace(from, here.step, Weight::Key).iter().map(|line| line.step).collect();
    told.dedup();
    let mut found = None;
    for step in told.iter().rev() {
        session.seek(*step);
        if session.probe(&predict.probe).ok().as_ref() != Some(&answer) {
            break;
        }
        found = Some(*step);
    }
    session.seek(here.step);
    session.seek_time(here.at);
    found.or(told.last().copied())
}

/// Where the step's questions came to their answers, by name; the step has just been played.
pub fn moments(session: &mut dyn Session, step: &Step, from: u64) -> Vec<(String, u64)> {
    let at = |predict: &Predict| Some((predict.id.clone(), moment(session, predict, from)?));
    step.predicts.iter().filter_map(at).collect()
}
