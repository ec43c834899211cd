//! What each deed does to a session. Refuses to know frames, storage and pictures.

use crate::action::{Action, Deed, Entry};
use replicascope::scene::{Fault, Instant, Session, Span, Weight};

/// Does the deed; what came of it besides a changed session is returned as actions.
pub fn perform(session: &mut dyn Session, deed: &Deed) -> Vec<Action> {
    match deed {
        Deed::Event { forward, weight } => go_event(session, *forward, *weight),
        Deed::Seek(step) => {
            session.seek(*step);
            Vec::new()
        }
        Deed::SeekTime(at) => {
            let at = (*at).min(session.end().at);
            session.seek_time(at);
            Vec::new()
        }
        Deed::Live => {
            go_live(session);
            Vec::new()
        }
        Deed::Fork => fork(session),
        Deed::Switch(branch) => {
            session.switch(*branch);
            Vec::new()
        }
        Deed::Fault(fault) => inject(session, fault),
        Deed::Line(line) => command(session, line),
        Deed::Ask(ask) => vec![Action::Answered(ask.clone(), session.why(ask))],
    }
}

/// May the deed change what the run is made of, so that it must be kept anew?
pub fn alters(deed: &Deed) -> bool {
    matches!(deed, Deed::Fork | Deed::Fault(_) | Deed::Line(_) | Deed::Switch(_))
}

fn go_event(session: &mut dyn Session, forward: bool, weight: Weight) -> Vec<Action> {
    if let Some(step) = session.neighbour(forward, weight) {
        session.seek(step);
        return Vec::new();
    }
    if !forward {
        session.seek(0);
        return Vec::new();
    }
    // The end is a place too: whoever went back from there returns before anything new happens.
    if session.cursor() != session.end() {
        go_live(session);
        return Vec::new();
    }
    if step_until_told(session, weight) {
        Vec::new()
    } else {
        vec![Action::Toast("app.toast.idle")]
    }
}

fn go_live(session: &mut dyn Session) {
    let end = session.end();
    session.seek(end.step);
    session.seek_time(end.at);
}

/// New events that one press may make while it looks for one worth showing.
const STEPS_A_PRESS: u32 = 20_000;

/// Makes new events until one tells something of this weight; false when nothing is left to
/// happen.
fn step_until_told(session: &mut dyn Session, weight: Weight) -> bool {
    for _ in 0..STEPS_A_PRESS {
        if !session.step() {
            return false;
        }
        let step = session.cursor().step;
        if weight == Weight::Routine || !session.trace(step, step, weight).is_empty() {
            return true;
        }
    }
    true
}

fn fork(session: &mut dyn Session) -> Vec<Action> {
    let name = format!("{}", session.branches().len() + 1);
    session.fork(&name);
    let line = format!("fork {name}");
    vec![Action::Logged(Entry::Line(line)), Action::Toast("app.toast.forked")]
}

/// A click echoes the line that does the same.
fn inject(session: &mut dyn Session, fault: &Fault) -> Vec<Action> {
    let line = session.fault_line(fault);
    let branches = session.branches().len();
    let mut actions = vec![Action::Logged(Entry::Line(line))];
    match session.inject(fault) {
        Ok(()) if session.branches().len() > branches => {
            actions.push(Action::Toast("app.toast.branched"));
        }
        Ok(()) => {}
        Err(error) => {
            actions.push(Action::Logged(Entry::Refused(error)));
            actions.push(Action::Toast("app.toast.refused"));
        }
    }
    actions
}

fn command(session: &mut dyn Session, line: &str) -> Vec<Action> {
    let branches = session.branches().len();
    let mut actions = vec![Action::Logged(Entry::Line(line.to_owned()))];
    match session.command(line) {
        Ok(output) => {
            if !output.text.is_empty() {
                actions.push(Action::Logged(Entry::Output(output.text)));
            }
            if session.branches().len() > branches {
                actions.push(Action::Toast("app.toast.branched"));
            }
        }
        Err(error) => actions.push(Action::Logged(Entry::Refused(error))),
    }
    actions
}

/// Where a waiting line leads: `wait 15s` and `until 30s` pass in time, all others at once.
pub fn wait_of(line: &str, now: Instant) -> Option<Instant> {
    let mut words = line.split_whitespace();
    let verb = words.next()?;
    let span = Span::parse(words.next()?)?;
    match verb {
        "wait" => Some(now + span),
        "until" => Some((Instant::ZERO + span).max(now)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forward_after_back_returns_and_only_then_makes_history() {
        let mut session = replicascope::open("cluster kafka seed=7").expect("a sound line");
        session.command("wait 5s").expect("time passes");
        let end = session.end();
        let go = |session: &mut dyn Session, forward| {
            perform(session, &Deed::Event { forward, weight: Weight::Key });
        };
        go(session.as_mut(), false);
        assert!(session.cursor() < end);
        go(session.as_mut(), true);
        while session.cursor() < end {
            go(session.as_mut(), true);
        }
        assert_eq!(session.cursor(), end);
        go(session.as_mut(), true);
        assert!(session.cursor() > end);
    }

    #[test]
    fn waiting_lines_are_told_from_the_others() {
        let now = Instant(2_000_000);
        assert_eq!(wait_of("wait 15s", now), Some(Instant(17_000_000)));
        assert_eq!(wait_of("until 30s", now), Some(Instant(30_000_000)));
        assert_eq!(wait_of("until 1s", now), Some(now));
        assert_eq!(wait_of("kill broker-1", now), None);
        assert_eq!(wait_of("wait", now), None);
        assert_eq!(wait_of("settle", now), None);
    }
}
