//! How far a lesson from somewhere else is trusted: not at all, so everything has a limit.
//!
//! Before it is shown, its scenario is played once, in slices, on a run that is thrown away.
//! Refuses to know where the lesson came from.

use crate::deed::wait_of;
use replicascope::lesson::{Command, Scenario};
use replicascope::scene::{CommandError, Instant, Session, Span};

/// Bytes of one file; the parsers have their own, smaller ones for scenarios.
pub const MAX_FILE: usize = 256 * 1024;
pub const MAX_STEPS: usize = 24;
pub const MAX_TIME: Span = Span::secs(1_800);
pub const MAX_EVENTS: u64 = 400_000;

/// Virtual time between two looks at the number of events.
const SLICE: Span = Span::millis(100);

/// Why it is not played.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    Steps(usize),
    /// The line with which it became too long, in virtual time.
    Time(usize),
    Events(usize),
    /// The boot line, or another, was refused.
    Refused(usize, CommandError),
}

impl Trouble {
    /// Key, line and limit of its sentence.
    pub fn told(&self) -> (&'static str, usize, String) {
        match self {
            Trouble::Steps(steps) => ("app.foreign.steps", *steps, MAX_STEPS.to_string()),
            Trouble::Time(line) => {
                ("app.foreign.time", *line, (MAX_TIME.0 / 60_000_000).to_string())
            }
            Trouble::Events(line) => ("app.foreign.events", *line, MAX_EVENTS.to_string()),
            Trouble::Refused(line, _) => ("app.foreign.refused", *line, String::new()),
        }
    }
}

/// Does all of it stay within the limits?
pub fn try_out(script: &Scenario) -> Result<(), Trouble> {
    if script.steps.len() > MAX_STEPS {
        return Err(Trouble::Steps(script.steps.len()));
    }
    let refused = |error| Trouble::Refused(script.boot.line, error);
    let mut session = replicascope::open(&script.boot.text).map_err(refused)?;
    session.watch(false);
    let parts = script.setup.iter().chain(script.steps.iter().flat_map(|step| &step.parts));
    let lines = parts.flat_map(|part| &part.lines).chain(&script.solution);
    for line in lines.filter(|line| line.asserts.is_none()) {
        play(session.as_mut(), line)?;
    }
    Ok(())
}

fn play(session: &mut dyn Session, line: &Command) -> Result<(), Trouble> {
    let Some(goal) = wait_of(&line.text, session.cursor().at) else {
        let done = session.command(&line.text);
        done.map_err(|error| Trouble::Refused(line.line, error))?;
        return within(session, line.line);
    };
    if goal > Instant::ZERO + MAX_TIME {
        return Err(Trouble::Time(line.line));
    }
    while session.cursor().at < goal {
        session.run_until(goal.min(session.cursor().at + SLICE));
        within(session, line.line)?;
    }
    Ok(())
}

fn within(session: &dyn Session, line: usize) -> Result<(), Trouble> {
    let cursor = session.cursor();
    if cursor.step > MAX_EVENTS {
        return Err(Trouble::Events(line));
    }
    if cursor.at > Instant::ZERO + MAX_TIME {
        return Err(Trouble::Time(line));
    }
    Ok(())
}

/// Where the files of a lesson are: a folder below `src`, on the web or beside the page.
pub fn address(src: &str, file: &str) -> Option<String> {
    let scheme = src.split_once(':').map(|(scheme, _)| scheme);
    let allowed = match scheme {
        Some("https" | "http") => true,
        // A relative path; `a:b` would be a scheme that we do not know.
        None => !src.starts_with("//"),
        Some(_) => false,
    };
    let tame = src.chars().all(|c| !c.is_control() && c != '\\' && c != ' ');
    let folder = src.split(['?', '#']).next()?.trim_end_matches('/');
    (allowed && tame && src.len() <= 2_000 && !folder.is_empty())
        .then(|| format!("{folder}/{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Scenario {
        Scenario::parse(text).expect("a scenario")
    }

    const BOOT: &str = "cluster kafka brokers=1 controllers=1 seed=7\n";

    #[test]
    fn an_ordinary_lesson_is_played() {
        let text = include_str!("../../lessons/kafka/01-leader-failover/scenario.txt");
        assert_eq!(try_out(&script(text)), Ok(()));
    }

    #[test]
    fn each_limit_has_its_error_and_its_line() {
        let long = format!("{BOOT}wait 20m\nwait 20m\n");
        assert_eq!(try_out(&script(&long)), Err(Trouble::Time(3)));
        let busy = format!("{BOOT}topic t partitions=1\nproducer p topic=t rate=1000\nwait 20m\n");
        assert_eq!(try_out(&script(&busy)), Err(Trouble::Events(4)));
        let steps: String = (0..30).map(|n| format!("step s{n}\nwait 1s\n")).collect();
        assert_eq!(try_out(&script(&format!("{BOOT}{steps}"))), Err(Trouble::Steps(30)));
        let refused = try_out(&script(&format!("{BOOT}fly away\n")));
        assert!(matches!(refused, Err(Trouble::Refused(2, _))), "{refused:?}");
        assert!(matches!(try_out(&script("cluster teapot\n")), Err(Trouble::Refused(1, _))));
    }

    #[test]
    fn only_the_web_and_the_site_itself_are_asked() {
        assert_eq!(address("https://a.b/c/", "en.md").as_deref(), Some("https://a.b/c/en.md"));
        assert_eq!(address("mine", "en.md").as_deref(), Some("mine/en.md"));
        for src in ["", "//a.b", "javascript:x", "data:x", "file:///etc", "a b", "blob:x"] {
            assert_eq!(address(src, "en.md"), None, "{src}");
        }
    }
}
