//! A second run in lock-step with the first: always at the same instant of virtual time.
//!
//! It is another branch, or the same run with one setting changed. Refuses to change the first
//! run: it is a copy, and goes on by itself where the first has more recorded than it.

use crate::layout::compare::{Parting, same};
use crate::state::Seen;
use crate::view::host::Part;
use replicascope::scene::{
    Answer, CommandError, Cursor, Instant, Line, MarkKind, Session, Span, Tape, Told, Weight,
};
use replicascope::twin::{self, Beside};

/// Steps that are read at a time on the way to the first difference.
const CHUNK: u64 = 2_000;
/// Up to here it goes forward event by event; further on it is quicker to seek.
const NEAR: Span = Span::secs(2);

pub struct Mate {
    pub with: Beside,
    session: Box<dyn Session>,
    seen: Seen,
    /// What both are called.
    names: (String, String),
    refused: Part<Vec<String>>,
    stories: Stories,
    tolls: Part<(Toll, Toll)>,
    /// Branch and number of inputs of the first run when it was made.
    made_of: (usize, usize),
}

/// What the other run shows at the instant of the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    pub with: Beside,
    pub seen: Seen,
    pub names: (String, String),
    /// Inputs that it could not carry out.
    pub refused: Part<Vec<String>>,
    pub partings: Part<Partings>,
    pub tolls: Part<(Toll, Toll)>,
    /// What the first run showed at that instant.
    pub mine: Part<replicascope::scene::Scene>,
}

/// The first difference of any kind, and the first between key events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partings {
    pub first: Option<Parting>,
    pub key: Option<Parting>,
}

/// What a run has cost so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Toll {
    pub elections: usize,
    pub rebalances: u64,
    pub strips: Vec<StripToll>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StripToll {
    pub name: String,
    /// The longest stretch without an acknowledgement since the latest fault.
    pub wait: Span,
    /// Time without a leader, all stretches together.
    pub leaderless: Span,
    pub elections: usize,
}

impl Mate {
    /// # Errors
    /// When the changed line is refused.
    pub fn new(with: Beside, run: &dyn Session) -> Result<Mate, CommandError> {
        let (mut session, refused, names) = match &with {
            Beside::Branch(branch) => {
                let mut session = run.duplicate();
                session.switch(*branch);
                let branches = run.branches();
                let name = |at: usize| branches.get(at).map_or(String::new(), |it| it.name.clone());
                (session, Vec::new(), (name(run.cursor().branch), name(*branch)))
            }
            Beside::Twin(change) => {
                let twin = twin::twin(run, change)?;
                let keys = twin::keys(run, &change.of).into_iter();
                let now = keys.filter(|(key, _)| *key == change.key).find_map(|(_, now)| now);
                let now = twin::Change { value: now.unwrap_or("–".to_owned()), ..change.clone() };
                (twin.session, twin.refused, (now.to_string(), change.to_string()))
            }
        };
        let stories = recorded(run, session.as_mut());
        follow(session.as_mut(), run.cursor().at);
        Ok(Mate {
            with,
            seen: Seen::of(session.as_ref()),
            session,
            names,
            refused: Part::new(refused),
            stories,
            tolls: Part::default(),
            made_of: origin(run),
        })
    }

    pub fn session(&mut self) -> &mut dyn Session {
        self.session.as_mut()
    }

    pub fn watched(&self) -> &dyn Session {
        self.session.as_ref()
    }

    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    pub fn follow(&mut self, at: Instant) {
        follow(self.session.as_mut(), at);
    }

    /// The first run was altered: the twin is made anew of its inputs, a branch takes the place of
    /// the one that was left.
    ///
    /// # Errors
    /// When the changed line is not there any more.
    pub fn renew(&mut self, run: &dyn Session) -> Result<(), CommandError> {
        let (branch, inputs) = origin(run);
        let left = self.made_of.0;
        if (branch, inputs) == self.made_of {
            return Ok(());
        }
        let with = match &self.with {
            Beside::Branch(other) if *other == branch => Beside::Branch(left),
            with => with.clone(),
        };
        *self = Mate::new(with, run)?;
        Ok(())
    }

    /// What it shows now. In passing, the dear parts wait.
    pub fn show(&mut self, run: &dyn Session, mine: &Seen, passing: bool) -> Other {
        self.seen = Seen::after(&self.seen, self.session.as_ref(), !passing);
        if !passing {
            self.stories.read(run, self.session.as_ref(), run.cursor().at);
            let theirs = toll(self.session.as_ref(), &self.seen);
            self.tolls = Part::new((toll(run, mine), theirs));
        }
        Other {
            with: self.with.clone(),
            seen: self.seen.clone(),
            names: self.names.clone(),
            refused: self.refused.clone(),
            partings: self.stories.found.clone(),
            tolls: self.tolls.clone(),
            mine: mine.scene.clone(),
        }
    }
}

fn origin(run: &dyn Session) -> (usize, usize) {
    let inputs = run.save().branches.iter().map(|branch| branch.inputs.len()).sum();
    (run.cursor().branch, inputs)
}

/// Moves a session to an instant, making new events where nothing is recorded.
pub fn follow(session: &mut dyn Session, at: Instant) {
    let Cursor { at: here, .. } = session.cursor();
    let near = here <= at && at.since(here) <= NEAR;
    if here != at && (near || !session.seek_time(at)) {
        session.run_until(at);
    }
}

/// The stories as far as both are recorded.
fn recorded(run: &dyn Session, other: &mut dyn Session) -> Stories {
    let mut stories = Stories::default();
    let until = run.end().at.min(other.end().at);
    let mut mine = run.duplicate();
    mine.seek_time(until);
    other.seek_time(until);
    stories.read(mine.as_ref(), other, until);
    stories
}

/// Two stories, read side by side to where they part.
#[derive(Default)]
struct Stories {
    mine: Reader,
    theirs: Reader,
    found: Part<Partings>,
}

impl Stories {
    /// Reads on up to this instant, at which both runs stand.
    fn read(&mut self, mine: &dyn Session, theirs: &dyn Session, until: Instant) {
        while self.found.first.is_none() || self.found.key.is_none() {
            // After the first difference of any kind only key events count.
            let least = if self.found.first.is_none() { Weight::Normal } else { Weight::Key };
            self.mine.fill(mine, until, least);
            self.theirs.fill(theirs, until, least);
            match (self.mine.line(), self.theirs.line()) {
                (None, None) => return,
                (Some(one), Some(other)) if same(one, other) => {
                    self.mine.lines.next();
                    self.theirs.lines.next();
                }
                (one, other) => self.note(one.cloned(), other.cloned()),
            }
        }
    }

    fn note(&mut self, mine: Option<Line>, theirs: Option<Line>) {
        let key = [&mine, &theirs]
            .iter()
            .all(|line| line.as_ref().is_none_or(|line| line.weight >= Weight::Key));
        let parting = Some(Parting { mine, theirs });
        let found = self.found.change();
        if key {
            found.key = parting.clone();
        }
        if found.first.is_none() {
            found.first = parting;
            for reader in [&mut self.mine, &mut self.theirs] {
                let rest = std::mem::take(&mut reader.lines);
                let key = rest.filter(|line| line.weight >= Weight::Key);
                reader.lines = key.collect::<Vec<Line>>().into_iter();
            }
        }
    }
}

/// A place in a story: what has been read ahead, and where to go on.
#[derive(Default)]
struct Reader {
    lines: std::vec::IntoIter<Line>,
    next: u64,
}

impl Reader {
    fn line(&self) -> Option<&Line> {
        self.lines.as_slice().first()
    }

    /// Reads until there is a line, but nothing of the instant itself: there more may happen.
    fn fill(&mut self, session: &dyn Session, until: Instant, least: Weight) {
        let last = session.cursor().step;
        while self.line().is_none() && self.next <= last {
            let to = (self.next + CHUNK).min(last);
            let mut lines = session.trace(self.next, to, least);
            let early = lines.iter().position(|line| line.at >= until);
            self.next = early.map_or(to + 1, |at| lines[at].step);
            lines.truncate(early.unwrap_or(lines.len()));
            self.lines = lines.into_iter();
            if early.is_some() {
                return;
            }
        }
    }
}

fn toll(session: &dyn Session, seen: &Seen) -> Toll {
    let (at, tape) = (session.cursor().at, &seen.tape);
    let of = |name: &String| {
        let (leaderless, elections) = on_tape(tape, name, at);
        let wait = match session.probe(&format!("gap {name}")) {
            Ok(Answer::Span(span)) => span,
            _ => Span::ZERO,
        };
        StripToll { name: name.clone(), wait, leaderless, elections }
    };
    let strips: Vec<StripToll> = seen.scene.strips.iter().map(|strips| of(&strips.name)).collect();
    Toll {
        elections: strips.iter().map(|strip| strip.elections).sum(),
        rebalances: seen.scene.groups.iter().map(|group| group.tally.rebalances).sum(),
        strips,
    }
}

/// How long a partition had no leader, and how often it was given another, up to an instant.
fn on_tape(tape: &Tape, name: &str, at: Instant) -> (Span, usize) {
    let title = Told::new("track.partition").with("partition", name);
    let Some(track) = tape.tracks.iter().find(|track| track.title == title) else {
        return (Span::ZERO, 0);
    };
    let broken = track.stretches.iter().filter(|stretch| stretch.broken && stretch.from < at);
    let spans = broken.map(|stretch| stretch.to.min(at).since(stretch.from).0);
    let is_election =
        |mark: &&replicascope::scene::Mark| mark.kind == MarkKind::Election && mark.at <= at;
    (Span(spans.sum()), track.marks.iter().filter(is_election).count())
}

#[cfg(test)]
#[path = "mate_test.rs"]
mod tests;
