//! Having a saved run again: its inputs are carried out where they were.

use crate::observable::Observable;
use crate::run::Run;
use crate::session::{CommandError, SavedBranch, SavedRun, Session};
use crate::story::Told;
use kernel::{Instant, Limits};

/// Longest run that a saved run may ask for, in steps.
const STEP_LIMIT: u64 = 500_000;

/// Carries out the inputs of a saved run and moves to its cursor.
///
/// # Errors
/// Says which line cannot be carried out, or what makes no sense.
pub fn restore<S: Observable>(saved: &SavedRun) -> Result<Run<S>, CommandError> {
    let mut run = Run::<S>::open(&saved.boot)?;
    check(saved)?;
    for (number, branch) in saved.branches.iter().enumerate() {
        if let Some((parent, step)) = branch.parent {
            run.switch(parent);
            go_to(&mut run, step)?;
            if run.fork(&branch.name) != number {
                return Err(senseless("branch"));
            }
        }
        for input in &branch.inputs {
            go_to(&mut run, input.step.saturating_sub(1))?;
            // Exactly the steps before it have been taken, so it cannot be later than the next one.
            if input.at < run.cursor().at || input.at > run.due() {
                return Err(senseless(&input.line));
            }
            run.pass_time(input.at);
            run.redo(&input.line)?;
        }
        go_on(&mut run, branch);
    }
    run.switch(saved.cursor.branch);
    go_to(&mut run, saved.cursor.step)?;
    wait_until(&mut run, saved.cursor.at);
    Ok(run)
}

/// Moves to where a branch ended when it was saved, or as near as all branches together may come:
/// nothing depends on it, and whoever goes on has the same again.
fn go_on<S: Observable>(run: &mut Run<S>, branch: &SavedBranch) {
    let Some((step, at)) = branch.end else { return };
    let made: u64 = run.branches().iter().map(|branch| branch.end.step).sum();
    let last = step.min(run.end().step + STEP_LIMIT.saturating_sub(made));
    run.seek(run.end().step);
    while run.cursor().step < last && run.step() {}
    wait_until(run, at);
}

/// Lets the time between two steps pass.
fn wait_until<S: Observable>(run: &mut Run<S>, at: Instant) {
    if at > run.cursor().at && at <= run.due() {
        run.pass_time(at);
    }
}

fn check(saved: &SavedRun) -> Result<(), CommandError> {
    let version = env!("CARGO_PKG_VERSION");
    if saved.version != version {
        let what = Told::new("error.version").with("version", saved.version.clone());
        return Err(CommandError::new(what.with("own", version)));
    }
    let limits = Limits::DEFAULT;
    let inputs: usize = saved.branches.iter().map(|branch| branch.inputs.len()).sum();
    if saved.branches.len() > limits.branches || inputs > limits.inputs {
        return Err(CommandError::new(Told::new("error.limit").with("limit", "inputs")));
    }
    let parents = saved.branches.iter().enumerate();
    let fine = parents.into_iter().all(|(number, branch)| match branch.parent {
        None => number == 0,
        Some((parent, _)) => parent < number,
    });
    let in_order = saved.branches.iter().all(|branch| {
        branch.inputs.iter().all(|input| input.step > 0)
            && branch.inputs.windows(2).all(|pair| pair[0].step < pair[1].step)
    });
    if saved.branches.is_empty()
        || !fine
        || !in_order
        || saved.cursor.branch >= saved.branches.len()
    {
        return Err(senseless("branches"));
    }
    Ok(())
}

fn senseless(what: &str) -> CommandError {
    CommandError::new(Told::new("error.saved-run").with("what", what))
}

/// Moves to a step, making new ones where nothing is recorded.
fn go_to<S: Observable>(run: &mut Run<S>, step: u64) -> Result<(), CommandError> {
    if step > STEP_LIMIT {
        return Err(CommandError::new(Told::new("error.limit").with("limit", "steps")));
    }
    if step <= run.end().step {
        run.seek(step);
    }
    while run.cursor().step < step {
        if !run.step() {
            return Err(senseless("step"));
        }
    }
    Ok(())
}
