//! The same run with one setting changed: same seed, same inputs, each at its own instant.
//!
//! Luck is keyed, so what differs comes from the setting. Refuses to guess what a refused input
//! would have meant in the other run: it is left out, and named.

use crate::{Session, open, script, settings};
use scene::{CommandError, Instant, SavedInput};
use std::fmt;

/// Verbs whose lines hold settings as `key=value`.
const VERBS: [&str; 3] = ["topic", "producer", "consumer"];
/// What is no setting: where a client works, and the luck that both runs share.
const FIXED: [&str; 4] = ["topic", "group", "seed", "assignment"];

/// One setting of one line of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How the line begins: `cluster`, `topic orders`, `producer p1`.
    pub of: String,
    pub key: String,
    pub value: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}={}", self.of, self.key, self.value)
    }
}

/// What may stand beside a run, in lock-step with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Another of its branches, by number.
    Branch(usize),
    Twin(Change),
}

/// `branch 2`, `producer p1 acks=1`: how a link holds it.
impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Beside::Branch(branch) => write!(f, "branch {branch}"),
            Beside::Twin(change) => change.fmt(f),
        }
    }
}

impl Beside {
    /// Reads what was written; nothing when it makes no sense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Beside> {
        if let Some(branch) = text.strip_prefix("branch ") {
            return Some(Beside::Branch(branch.parse().ok()?));
        }
        let (before, value) = text.split_once('=')?;
        let (of, key) = before.rsplit_once(' ')?;
        let [of, key, value] = [of, key, value].map(str::to_owned);
        Some(Beside::Twin(Change { of, key, value }))
    }
}

/// A run beside another.
pub struct Twin {
    pub session: Box<dyn Session>,
    /// Inputs that this run could not carry out: a node that is dead only in the other.
    pub refused: Vec<String>,
}

/// Carries out everything that the branch at the cursor has recorded, with the change.
///
/// # Errors
/// When no line begins so, or the line with the change is refused.
pub fn twin(run: &dyn Session, change: &Change) -> Result<Twin, CommandError> {
    let mut model = run.duplicate();
    let end = model.end();
    let saved = {
        model.seek(end.step);
        model.save()
    };
    let boot = if change.of == "cluster" { with(&saved.boot, change) } else { saved.boot.clone() };
    let mut session = open(&boot)?;
    let (mut refused, mut found) = (Vec::new(), change.of == "cluster");
    for input in script::inputs(&saved) {
        pass(session.as_mut(), model.as_mut(), input);
        let is_it = !found && of(&input.line) == Some(change.of.as_str());
        let line = if is_it { with(&input.line, change) } else { input.line.clone() };
        found |= is_it;
        match redo(session.as_mut(), &line) {
            Err(error) if is_it => return Err(error),
            Err(_) => refused.push(line),
            Ok(()) => {}
        }
    }
    if !found {
        let what = scene::Told::new("error.no-such-line").with("line", change.of.clone());
        return Err(CommandError::new(what).expected(lines(run)));
    }
    session.run_until(end.at);
    Ok(Twin { session, refused })
}

/// Lets time pass up to where the input was done: of the events at the same instant, only as many
/// as had happened before it.
fn pass(session: &mut dyn Session, model: &mut dyn Session, input: &SavedInput) {
    let before = Instant(input.at.0.saturating_sub(1));
    session.run_until(before);
    model.seek_time(before);
    let taken = (input.step - 1).saturating_sub(model.cursor().step);
    model.seek(input.step - 1);
    let is_due = |run: &dyn Session| run.choices().iter().any(|choice| choice.due <= input.at);
    if is_due(model) {
        for _ in 0..taken {
            if is_due(session) {
                session.step();
            }
        }
    } else {
        session.run_until(input.at);
    }
}

fn redo(session: &mut dyn Session, line: &str) -> Result<(), CommandError> {
    match line.strip_prefix("choose ").and_then(|index| index.parse().ok()) {
        Some(index) => session.choose(index),
        None => session.command(line).map(drop),
    }
}

/// What names a line that holds settings.
fn of(line: &str) -> Option<&str> {
    let verb = line.split(' ').next()?;
    if verb == "cluster" {
        return Some(verb);
    }
    let rest = line.strip_prefix(verb)?.strip_prefix(' ')?;
    let name = rest.split(' ').next()?;
    VERBS.contains(&verb).then(|| &line[..verb.len() + 1 + name.len()])
}

/// The line with the setting, in the place of the old one or at its end.
fn with(line: &str, change: &Change) -> String {
    let pair = format!("{}={}", change.key, change.value);
    let is_old = |word: &str| word.split_once('=').is_some_and(|(key, _)| key == change.key);
    let mut words: Vec<&str> = line.split_whitespace().collect();
    match words.iter().position(|word| is_old(word)) {
        Some(at) => words[at] = &pair,
        None => words.push(&pair),
    }
    words.join(" ")
}

/// The beginnings of all lines of this branch that hold settings.
#[must_use]
pub fn lines(run: &dyn Session) -> Vec<String> {
    let saved = run.save();
    let inputs = script::inputs(&saved);
    let all = std::iter::once(&saved.boot).chain(inputs.into_iter().map(|input| &input.line));
    let mut lines: Vec<String> = Vec::new();
    for name in all.filter_map(|line| of(line)) {
        if !lines.iter().any(|known| known == name) {
            lines.push(name.to_owned());
        }
    }
    lines
}

/// The settings that a line has or may have, with the values that it has now.
#[must_use]
pub fn keys(run: &dyn Session, name: &str) -> Vec<(String, Option<String>)> {
    let saved = run.save();
    let inputs = script::inputs(&saved);
    let mut all = std::iter::once(&saved.boot).chain(inputs.into_iter().map(|input| &input.line));
    let line = all.find(|line| of(line) == Some(name)).map_or("", String::as_str);
    let pairs = line.split_whitespace().filter_map(|word| word.split_once('='));
    let own = pairs.map(|(key, value)| (key.to_owned(), Some(value.to_owned())));
    let mut keys: Vec<(String, Option<String>)> = own.collect();
    let more: Vec<(String, Option<String>)> = if name == "cluster" {
        settings().into_iter().map(|one| (one.key.to_owned(), Some(one.default))).collect()
    } else {
        let offers = run.complete(&format!("{name} "));
        let key = |offer: String| Some((offer.rsplit(' ').next()?.strip_suffix('=')?.into(), None));
        offers.into_iter().filter_map(key).collect()
    };
    keys.extend(more);
    let mut known = Vec::new();
    keys.retain(|(key, _)| {
        let fresh = !FIXED.contains(&key.as_str()) && !known.contains(key);
        known.push(key.clone());
        fresh
    });
    keys
}

/// Values that are offered for a setting, where there is a choice.
#[must_use]
pub fn values(run: &dyn Session, name: &str, key: &str) -> Vec<String> {
    let offers = run.complete(&format!("{name} {key}="));
    offers.iter().filter_map(|offer| Some(offer.rsplit_once('=')?.1.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(acks: &str) -> Box<dyn Session> {
        let mut session = open("cluster kafka brokers=3 controllers=3 seed=7").expect("opens");
        for line in [
            "topic orders partitions=1 replicas=3 min.insync.replicas=2",
            &format!("producer p1 topic=orders acks={acks} rate=20"),
            "settle",
            "wait 500ms",
            "step 7",
            "kill leader of orders-0",
            "step 7",
            "slow-disk broker-2 50ms",
            "wait 12s",
        ] {
            session.command(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        session
    }

    fn change(of: &str, key: &str, value: &str) -> Change {
        Change { of: of.to_owned(), key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn with_nothing_changed_it_is_the_same_run_to_the_digest() {
        let run = outage("all");
        for same in [change("producer p1", "acks", "all"), change("cluster", "seed", "7")] {
            let twin = twin(run.as_ref(), &same).expect("it plays");
            assert_eq!((twin.session.digest(), twin.refused.len()), (run.digest(), 0), "{same}");
        }
    }

    #[test]
    fn with_a_setting_changed_it_is_the_run_that_was_opened_so() {
        let run = outage("all");
        let twin = twin(run.as_ref(), &change("producer p1", "acks", "1")).expect("it plays");
        assert_eq!(twin.session.cursor().at, run.cursor().at);
        assert!(twin.session.save().branches[0].inputs[1].line.contains("acks=1"));
        let acked = |run: &dyn Session| run.scene().ledger.acked;
        assert_ne!(acked(twin.session.as_ref()), acked(run.as_ref()));
    }

    #[test]
    fn of_a_past_with_branches_the_one_at_the_cursor_is_played_to_its_end() {
        let mut run = outage("all");
        let whole = run.end();
        run.seek(whole.step / 2);
        let half = twin(run.as_ref(), &change("cluster", "seed", "7")).expect("it plays");
        assert_eq!(half.session.end().at, whole.at);
        run.command("pause broker-1").expect("it is running");
        let other = twin(run.as_ref(), &change("cluster", "seed", "7")).expect("it plays");
        assert_eq!(other.session.digest(), run.digest());
    }

    #[test]
    fn what_cannot_be_changed_is_refused_and_what_cannot_be_done_is_named() {
        let run = outage("all");
        assert!(twin(run.as_ref(), &change("producer p9", "acks", "1")).is_err());
        assert!(twin(run.as_ref(), &change("producer p1", "acks", "7")).is_err());
        assert!(twin(run.as_ref(), &change("cluster", "brokers", "0")).is_err());
        let small = twin(run.as_ref(), &change("cluster", "brokers", "1")).expect("it opens");
        assert!(!small.refused.is_empty(), "a topic of three replicas has no place");
    }

    #[test]
    fn what_stands_beside_a_run_is_read_back() {
        let twin = Beside::Twin(change("topic orders", "assignment", "1:2,x=3"));
        for beside in [Beside::Branch(3), twin] {
            assert_eq!(Beside::parse(&beside.to_string()), Some(beside));
        }
        for nonsense in ["", "branch", "branch x", "acks=1", "producer p1"] {
            assert_eq!(Beside::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn lines_keys_and_values_are_offered() {
        let run = outage("all");
        assert_eq!(lines(run.as_ref()), ["cluster", "topic orders", "producer p1"]);
        let keys = keys(run.as_ref(), "producer p1");
        assert_eq!(keys[0], ("acks".to_owned(), Some("all".to_owned())));
        assert!(keys.iter().any(|(key, value)| key == "linger.ms" && value.is_none()));
        assert!(!keys.iter().any(|(key, _)| key == "topic"));
        assert_eq!(values(run.as_ref(), "producer p1", "acks"), ["0", "1", "all"]);
        let of_cluster = super::keys(run.as_ref(), "cluster");
        assert!(of_cluster.iter().any(|(key, _)| key == "replica.lag.time.max.ms"));
    }
}
