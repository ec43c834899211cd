//! A system just big enough to run a scenario: counters by name, and a clock.

use scene::{
    About, Answer, Branch, Choice, CommandError, Cursor, Fault, Halt, Instant, Line, Output,
    Reason, SavedRun, Scene, Session, Span, Tape, Told, Violation, Weight, Words,
};
use std::collections::BTreeMap;

#[derive(Clone)]
pub(super) struct Stub {
    about: About,
    at: Instant,
    counters: BTreeMap<String, i64>,
}

pub(super) fn open(boot: &str) -> Result<Box<dyn Session>, String> {
    if boot != "cluster stub" {
        return Err("no such system".to_owned());
    }
    let profile = "none".to_owned();
    let boot = boot.to_owned();
    let about = About { system: "stub", profile, seed: 0, version: "0", boot };
    Ok(Box::new(Stub { about, at: Instant::ZERO, counters: BTreeMap::new() }))
}

/// `add NAME N`, `show NAME`, `wait SPAN`.
impl Stub {
    fn run(&mut self, line: &str) -> Option<String> {
        let mut words = Words::new(line);
        match (words.take()?, words.take()?) {
            ("add", name) => {
                let more: i64 = words.take()?.parse().ok()?;
                *self.counters.entry(name.to_owned()).or_default() += more;
                Some(String::new())
            }
            ("show", name) => Some(format!("{name} = {}", self.counters.get(name)?)),
            ("wait", span) => {
                self.at += Span::parse(span)?;
                Some(String::new())
            }
            _ => None,
        }
    }
}

impl Session for Stub {
    fn command(&mut self, line: &str) -> Result<Output, CommandError> {
        let refused = || CommandError::new(Told::new("error.refused"));
        self.run(line).map(|text| Output { text }).ok_or_else(refused)
    }
    fn probe(&self, query: &str) -> Result<Answer, CommandError> {
        match query.split_once(' ') {
            Some(("count", name)) => {
                Ok(Answer::Number(self.counters.get(name).copied().unwrap_or_default()))
            }
            Some(("since", "start")) => Ok(Answer::Span(self.at.since(Instant::ZERO))),
            _ => Err(CommandError::new(Told::new("error.probe"))),
        }
    }
    fn duplicate(&self) -> Box<dyn Session> {
        Box::new(self.clone())
    }
    fn about(&self) -> &About {
        &self.about
    }
    fn cursor(&self) -> Cursor {
        Cursor { branch: 0, step: 0, at: self.at }
    }
    fn end(&self) -> Cursor {
        self.cursor()
    }
    fn digest(&self) -> u64 {
        self.at.0
    }

    // A scenario never goes through these doors.
    fn node_name(&self, _: scene::NodeId) -> Option<String> {
        None
    }
    fn step(&mut self) -> bool {
        false
    }
    fn run_until(&mut self, _: Instant) -> Halt {
        Halt::Idle
    }
    fn run_until_told(&mut self, at: Instant, _weight: Weight) -> Option<Instant> {
        self.run_until(at);
        None
    }

    fn seek(&mut self, _: u64) -> bool {
        false
    }
    fn seek_time(&mut self, _: Instant) -> bool {
        false
    }
    fn neighbour(&self, _: bool, _: Weight) -> Option<u64> {
        None
    }
    fn branches(&self) -> Vec<Branch> {
        Vec::new()
    }
    fn fork(&mut self, _: &str) -> usize {
        0
    }
    fn switch(&mut self, _: usize) -> bool {
        false
    }
    fn inject(&mut self, _: &Fault) -> Result<(), CommandError> {
        Ok(())
    }
    fn complete(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn fault_line(&self, _: &Fault) -> String {
        String::new()
    }
    fn choices(&self) -> Vec<Choice> {
        Vec::new()
    }
    fn choose(&mut self, _: usize) -> Result<(), CommandError> {
        Ok(())
    }
    fn scene(&self) -> Scene {
        unreachable!("a scenario looks at no picture")
    }
    fn trace(&self, _: u64, _: u64, _: Weight) -> Vec<Line> {
        Vec::new()
    }
    fn text(&self, _: u64, _: u64, _: Weight) -> String {
        String::new()
    }
    fn tape(&self) -> Tape {
        unreachable!("a scenario looks at no tape")
    }
    fn recipe(&self, _: &str) -> Result<Option<Vec<String>>, CommandError> {
        Ok(None)
    }
    fn charts(&self) -> Vec<scene::Chart> {
        Vec::new()
    }
    fn weave(&self, _: &scene::Window) -> scene::Weave {
        scene::Weave::default()
    }
    fn folder(&self, _: &str, _: scene::NodeId) -> Option<scene::LogFolder> {
        None
    }
    fn packed(&self, _: &scene::Carrier) -> Vec<scene::Packed> {
        Vec::new()
    }
    fn why(&self, _: &scene::Ask) -> Vec<Reason> {
        Vec::new()
    }
    fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }
    fn watch(&mut self, _promises: bool) {}
    fn promises(&self) -> Vec<Told> {
        Vec::new()
    }
    fn save(&self) -> SavedRun {
        unreachable!("a scenario saves no run")
    }
}
