//! A run as a scenario file, which a person can read and change, and which plays to the same end.
//!
//! Refuses to guess: it plays the run along, so that each line stands where it was done.

use crate::{SavedRun, Session, open};
use lesson::{Runner, Scenario};
use scene::{CommandError, SavedInput};

/// The branch at the cursor, from its beginning to the cursor.
///
/// # Errors
/// When the run cannot be played any more.
pub fn of_run(run: &SavedRun) -> Result<String, CommandError> {
    let mut session = open(&run.boot)?;
    let mut lines = Vec::new();
    for input in inputs(run) {
        go_on(session.as_mut(), input.step.saturating_sub(1), input.at, &mut lines);
        session.command(&input.line)?;
        lines.push(input.line.clone());
    }
    go_on(session.as_mut(), run.cursor.step, run.cursor.at, &mut lines);
    Ok(Scenario::of_lines(&run.boot, &lines).to_string())
}

/// Plays a scenario file from its beginning to its end.
///
/// # Errors
/// The line that is wrong or was refused, counted from 1, and why.
pub fn play(text: &str) -> Result<Box<dyn Session>, Refusal> {
    let scenario = Scenario::parse(text).map_err(Refusal::Unread)?;
    let boot = scenario.boot.clone();
    let mut session =
        open(&boot.text).map_err(|error| Refusal::Line(boot.line, boot.text, error))?;
    match Runner::new(session.as_mut(), &scenario).play_all() {
        Ok(_) => Ok(session),
        Err(lesson::Stop::Refused { command, error }) => {
            Err(Refusal::Line(command.line, command.text, error))
        }
        Err(stop) => Err(Refusal::Stopped(stop.to_string())),
    }
}

/// Why a file could not be played.
#[derive(Debug)]
pub enum Refusal {
    /// It is no scenario.
    Unread(lesson::Flaw),
    Line(usize, String, CommandError),
    Stopped(String),
}

/// Inputs of the branch at the cursor and of its ancestors up to where each parted.
pub(crate) fn inputs(run: &SavedRun) -> Vec<&SavedInput> {
    let mut found = Vec::new();
    let mut until = run.cursor.step;
    let mut at = Some(run.cursor.branch);
    while let Some(branch) = at.and_then(|number| run.branches.get(number)) {
        let own: Vec<&SavedInput> =
            branch.inputs.iter().filter(|input| input.step <= until).collect();
        found.splice(0..0, own);
        until = branch.parent.map_or(0, |(_, step)| step.min(until));
        at = branch.parent.map(|(parent, _)| parent);
    }
    found
}

/// Time passes: by the clock where that leads to exactly this step, step by step where it does not.
fn go_on(session: &mut dyn Session, step: u64, at: scene::Instant, lines: &mut Vec<String>) {
    let here = session.cursor();
    if here.at < at {
        let mut ahead = session.duplicate();
        ahead.run_until(at);
        if ahead.cursor().step == step {
            session.run_until(at);
            lines.push(format!("until {}", at.since(scene::Instant::ZERO)));
            return;
        }
    }
    if here.step < step {
        let count = step - here.step;
        lines.push(format!("step {count}"));
        (0..count).for_each(|_| {
            session.step();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage() -> Box<dyn Session> {
        let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("opens");
        for line in [
            "topic orders partitions=1 replicas=3 min.insync.replicas=2",
            "producer p1 topic=orders acks=all rate=20",
            "settle",
            "wait 500ms",
            "kill leader of orders-0",
            "step 7",
            "slow-disk broker-2 50ms",
            "wait 12s",
        ] {
            session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        session
    }

    fn again(session: &dyn Session) -> Box<dyn Session> {
        let text = of_run(&session.save()).expect("it plays");
        play(&text).unwrap_or_else(|refusal| panic!("{refusal:?}\n{text}"))
    }

    #[test]
    fn a_run_goes_into_a_file_and_comes_back_to_the_digest() {
        let session = outage();
        assert_eq!(again(session.as_ref()).digest(), session.digest());
    }

    #[test]
    fn of_branches_only_the_one_at_the_cursor_is_written() {
        let mut session = outage();
        session.seek(session.cursor().step / 2);
        session.command("pause broker-1").expect("it is running");
        session.run_until(session.cursor().at + scene::Span::secs(3));
        assert_eq!(session.branches().len(), 2);
        let again = again(session.as_ref());
        assert_eq!((again.branches().len(), again.digest()), (1, session.digest()));
    }

    #[test]
    fn a_file_that_is_no_scenario_says_where() {
        assert!(matches!(play("hello"), Err(Refusal::Unread(_) | Refusal::Line(1, ..))));
        let refused = play("cluster kafka brokers=3\nkill broker-9\n");
        assert!(matches!(refused, Err(Refusal::Line(2, ..))));
    }
}
