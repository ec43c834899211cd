//! The one implementation of a session: a history of any observable product.

use crate::chart::Chart;
use crate::fault::{FAULT_VERBS, fault_line, parse_fault};
use crate::folder::LogFolder;
use crate::line::{Words, plain};
use crate::numbers::numbers;
use crate::observable::{Observable, View};
use crate::packed::{Carrier, Packed};
use crate::session::{
    About, Answer, Branch, Choice, CommandError, Cursor, Halt, Output, SavedBranch, SavedInput,
    SavedRun, Session, Violation,
};
use crate::stage::Scene;
use crate::story::{Ask, Line, Reason, Told, Weight};
use crate::tape::Tape;
use crate::weave::{Weave, Window};
use crate::written::{equals, spell};
use kernel::{
    Event, EventId, Expectation, Fault, FaultError, History, Input, InputError, Instant, Limits,
    NodeId, Pending, Span, Trail, What,
};
use std::rc::Rc;

/// Verbs of time and history.
pub(crate) const TIME_VERBS: [&str; 9] =
    ["wait", "until", "settle", "step", "seek", "fork", "metrics", "expect", "help"];
/// The longest that `settle` and readiness wait.
const SETTLE_LIMIT: Span = Span::secs(120);

/// A running cluster of any product.
#[derive(Clone, Debug)]
pub struct Run<S: Observable> {
    history: History<S>,
    /// One for each branch.
    reels: Vec<Filmed<S>>,
    about: About,
}

/// The reel of a branch, and the number of the first event that is not on it.
#[derive(Clone, Debug)]
struct Filmed<S: Observable> {
    reel: Rc<S::Reel>,
    next: EventId,
}

impl<S: Observable> Run<S> {
    /// Opens a run by its boot line, `cluster NAME …`.
    ///
    /// # Errors
    /// Names the word that is wrong.
    pub fn open(boot: &str) -> Result<Run<S>, CommandError> {
        Run::open_as(boot, History::new)
    }

    /// The same without a past: for runs of which only the end and the promises are wanted.
    ///
    /// # Errors
    /// Names the word that is wrong.
    pub fn open_unrecorded(boot: &str) -> Result<Run<S>, CommandError> {
        Run::open_as(boot, History::unrecorded)
    }

    fn open_as(
        boot: &str,
        history: fn(S::Config, u64, Limits) -> History<S>,
    ) -> Result<Run<S>, CommandError> {
        let mut words = Words::new(boot);
        words.take();
        words.take();
        let (config, seed) = S::open(&mut words)?;
        let about = About {
            system: S::NAME,
            profile: S::profile(&config),
            seed,
            version: env!("CARGO_PKG_VERSION"),
            boot: boot.trim().to_owned(),
        };
        let history = history(config, seed, Limits::DEFAULT);
        Ok(Run { history, reels: Vec::new(), about })
    }

    /// Takes the next step, recorded or new.
    fn advance(&mut self) -> bool {
        let taken = self.history.step();
        self.film();
        taken
    }

    /// Films what the branch has recorded since it was filmed last.
    fn film(&mut self) {
        if self.reels.len() < self.history.branches().len() {
            let fresh = || Filmed { reel: Rc::default(), next: EventId(0) };
            self.reels.resize_with(self.history.branches().len(), fresh);
        }
        let filmed = &mut self.reels[self.history.current()];
        for event in self.history.branch().events.since(filmed.next) {
            S::film(Rc::make_mut(&mut filmed.reel), self.history.world(), event);
            filmed.next = EventId(event.id.0 + 1);
        }
    }

    /// Every event of this branch, the recorded future included.
    pub(crate) fn recorded(&self) -> &Trail<S> {
        &self.history.branch().events
    }

    /// Place of the first event that lies in the future of the cursor.
    pub(crate) fn first_after_cursor(&self) -> usize {
        self.history.first_of_step(self.history.world().steps() + 1)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.history.world().steps() == self.history.branch().end.0
    }

    pub(crate) fn world(&self) -> &kernel::World<S> {
        self.history.world()
    }

    pub(crate) fn view(&self) -> View<'_, S> {
        let world = self.history.world();
        let len = self.history.first_of_step(world.steps() + 1);
        View::new(world, &self.history.branch().events, len)
    }

    fn line(&self, view: &View<'_, S>, event: &Event<S>) -> Line {
        let telling = S::tell(view, event);
        Line {
            event: event.id,
            step: event.step,
            at: event.at,
            node: event.node,
            weight: S::weight(event),
            what: telling.what,
            cause: event.cause,
            why: telling.why,
            so_what: telling.so_what,
        }
    }

    fn events_of(&self, from: u64, to: u64) -> impl Iterator<Item = &Event<S>> {
        let first = self.history.first_of_step(from);
        let events = &self.history.branch().events;
        events.iter_from(first).take_while(move |event| event.step <= to)
    }

    fn input(&mut self, input: Input<S>) -> Result<(), CommandError> {
        let name = self.branch_name();
        self.history.input(input, &name).map_err(|error| self.refusal(error))?;
        self.film();
        Ok(())
    }

    /// Branches that begin by an edit are named by their number.
    fn branch_name(&self) -> String {
        format!("branch-{}", self.history.branches().len())
    }

    fn refusal(&self, error: InputError) -> CommandError {
        let told = match error {
            InputError::Limit(limit) => Told::new("error.limit").with("limit", limit.name()),
            InputError::Fault(fault) => match fault {
                FaultError::NoSuchNode(node) => {
                    Told::new("error.unknown-node").with("node", node.to_string())
                }
                FaultError::NoSuchLink(from, to) => {
                    Told::new("error.no-link").with("from", from).with("to", to)
                }
                FaultError::NoSuchFlight(flight) => {
                    Told::new("error.no-flight").with("flight", flight.0)
                }
                FaultError::NotRunning(node) => Told::new("error.not-running").with("node", node),
                FaultError::AlreadyRunning(node) => {
                    Told::new("error.already-running").with("node", node)
                }
                FaultError::AlreadyPaused(node) => {
                    Told::new("error.already-paused").with("node", node)
                }
                FaultError::NotPaused(node) => Told::new("error.not-paused").with("node", node),
            },
        };
        CommandError::new(told)
    }

    /// Lets time pass until a condition holds.
    fn run_while(
        &mut self,
        waits: impl Fn(&kernel::World<S>) -> bool,
        what: &'static str,
    ) -> Result<(), CommandError> {
        let limit = self.history.world().now() + SETTLE_LIMIT;
        while waits(self.history.world()) {
            let late = self.history.next_at().is_none_or(|next| next > limit);
            if late || !self.advance() {
                return Err(CommandError::new(Told::new(what).with("limit", SETTLE_LIMIT)));
            }
        }
        Ok(())
    }

    fn halt(&self) -> Halt {
        match self.history.world().limit() {
            Some(limit) => Halt::Limit(limit.name()),
            None => Halt::Idle,
        }
    }

    fn time_command(&mut self, line: &str) -> Result<Option<Output>, CommandError> {
        let mut words = Words::new(line);
        let verb = words.take().unwrap_or_default();
        let column = words.next_column();
        match verb {
            "wait" => {
                let until = self.cursor().at + span(&mut words)?;
                self.run_to(until)?;
            }
            "until" => {
                let until = Instant(span(&mut words)?.0);
                self.run_to(until)?;
            }
            "settle" => self.run_while(|world| !S::is_settled(world), "error.never-settles")?,
            "step" => {
                let count = match words.take() {
                    None => 1,
                    Some(word) => number(word, column)?,
                };
                for _ in 0..count.min(1_000_000) {
                    if !self.advance() {
                        break;
                    }
                }
            }
            "seek" => {
                let step = number(words.take().unwrap_or_default(), column)?;
                if !self.seek(step) {
                    let end = self.end().step;
                    let what = Told::new("error.no-step").with("step", step).with("end", end);
                    return Err(CommandError::new(what).at(column));
                }
            }
            "fork" => {
                let name = words.take().map_or_else(|| self.branch_name(), ToOwned::to_owned);
                let forked = self.history.fork(&name);
                forked.map_err(|limit| self.refusal(InputError::Limit(limit)))?;
                self.film();
            }
            "expect" => self.expect(line)?,
            "metrics" => {
                let only: Vec<&str> = std::iter::from_fn(|| words.take()).collect();
                return Ok(Some(Output { text: numbers(&self.charts(), &only, self.cursor().at) }));
            }
            "help" => {
                let verb = words.take();
                let text =
                    self.help(verb).ok_or_else(|| self.unknown_verb(verb.unwrap_or_default()));
                return text.map(|text| Some(Output { text })).map_err(|error| error.at(column));
            }
            _ => return Ok(None),
        }
        if let Some(word) = words.take().filter(|_| verb != "expect") {
            let what = Told::new("error.too-many-words").with("word", word);
            return Err(CommandError::new(what).at(words.column()));
        }
        Ok(Some(Output::default()))
    }

    fn run_to(&mut self, until: Instant) -> Result<(), CommandError> {
        match self.run_until(until) {
            Halt::Reached | Halt::Idle => Ok(()),
            Halt::Limit(limit) => {
                Err(CommandError::new(Told::new("error.limit").with("limit", limit)))
            }
        }
    }

    /// `expect leader orders-0 = 2`
    fn expect(&self, line: &str) -> Result<(), CommandError> {
        let rest = line.trim_start().strip_prefix("expect").unwrap_or_default();
        let Some((query, value)) = rest.split_once('=') else {
            let what = Told::new("error.expected-equals");
            return Err(CommandError::new(what).at(line.chars().count()).expected(["="]));
        };
        let found = self.probe(query.trim())?;
        let of_nodes = matches!(found, Answer::Node(_) | Answer::Nodes(_));
        let named = if of_nodes { self.numbered(value) } else { value.to_owned() };
        if equals(&found, &named) {
            return Ok(());
        }
        let found = spell(&found);
        let what = Told::new("error.not-as-expected")
            .with("question", query.trim())
            .with("expected", value.trim())
            .with("found", found);
        Err(CommandError::new(what))
    }

    /// Nodes may be called by their names: `c1,c2` is `301,302`.
    fn numbered(&self, names: &str) -> String {
        let cast = S::cast(self.history.world());
        let number = |name: &str| {
            let name = name.trim();
            cast.node(name).map_or_else(|| name.to_owned(), |node| node.to_string())
        };
        names.split(',').map(number).collect::<Vec<_>>().join(",")
    }

    fn saved_inputs(&self, branch: &kernel::Branch<S>) -> Vec<SavedInput> {
        let own = branch.inputs.iter().skip(branch.inherited);
        own.map(|input| SavedInput {
            step: input.step,
            at: input.at,
            line: match &input.input {
                Input::Fault(fault) => self.fault_line(fault),
                Input::Command(command) => S::command_line(command),
                Input::Choose(index) => format!("choose {index}"),
            },
        })
        .collect()
    }

    /// When the next step is taken; never, if none is left.
    pub(crate) fn due(&self) -> Instant {
        self.history.next_step_at().unwrap_or(Instant::NEVER)
    }

    /// Lets time pass without a step.
    pub(crate) fn pass_time(&mut self, to: Instant) {
        self.history.advance(to);
    }

    /// Carries out a line of a saved run.
    pub(crate) fn redo(&mut self, line: &str) -> Result<(), CommandError> {
        let mut words = Words::new(line);
        if words.take() == Some("choose") {
            let index = number(words.take().unwrap_or_default(), words.column())?;
            return self.input(Input::Choose(index as u32));
        }
        self.change(line).map(|_| ())
    }

    /// A fault or a command of the product; none when the line is neither.
    fn change(&mut self, line: &str) -> Result<Option<Output>, CommandError> {
        let faults = parse_fault(line, &*S::cast(self.history.world()))?;
        if let Some(faults) = faults {
            for fault in faults {
                self.input(Input::Fault(fault))?;
            }
            return Ok(Some(Output::default()));
        }
        let Some(command) = S::parse(self.history.world(), line)? else { return Ok(None) };
        let text = S::answer(self.history.world(), &command);
        self.input(Input::Command(command))?;
        Ok(Some(Output { text }))
    }

    fn told_choice(&self, pending: &Pending<S::Node>) -> Told {
        match pending {
            Pending::Deliver(flight) => Told::new("choice.deliver")
                .with("api", S::api(&flight.msg))
                .with("from", flight.from)
                .with("to", flight.to),
            Pending::Fire { node, timer, .. } => {
                Told::new("choice.fire").with("node", *node).with("timer", S::timer(*timer))
            }
            Pending::Flushed { node, .. } => Told::new("choice.flushed").with("node", *node),
            Pending::HangUp { node, peer, .. } => {
                Told::new("choice.hang-up").with("node", *node).with("peer", *peer)
            }
            Pending::Boot { node, .. } => Told::new("choice.boot").with("node", *node),
        }
    }
}

fn span(words: &mut Words<'_>) -> Result<Span, CommandError> {
    let column = words.next_column();
    let span = words.take().and_then(Span::parse);
    span.filter(|span| *span <= Span::secs(86_400)).ok_or_else(|| {
        CommandError::new(Told::new("error.expected-span")).at(column).expected(["50ms", "3s"])
    })
}

fn number(word: &str, column: usize) -> Result<u64, CommandError> {
    word.parse().map_err(|_| {
        let what = Told::new("error.expected-number").with("word", word);
        CommandError::new(what).at(column)
    })
}

impl<S: Observable> Session for Run<S> {
    fn about(&self) -> &About {
        &self.about
    }

    fn node_name(&self, node: NodeId) -> Option<String> {
        self.history.world().node(node).map(|slot| S::node_name(slot.id))
    }

    fn cursor(&self) -> Cursor {
        let world = self.history.world();
        Cursor { branch: self.history.current(), step: world.steps(), at: world.now() }
    }

    fn end(&self) -> Cursor {
        let (step, at) = self.history.branch().end;
        Cursor { branch: self.history.current(), step, at }
    }

    fn step(&mut self) -> bool {
        self.advance()
    }

    fn run_until(&mut self, at: Instant) -> Halt {
        while self.history.next_step_at().is_some_and(|next| next <= at) {
            if !self.advance() {
                return self.halt();
            }
        }
        let idle = self.history.next_step_at().is_none();
        self.history.advance(at);
        if idle { Halt::Idle } else { Halt::Reached }
    }

    fn run_until_told(&mut self, at: Instant, weight: Weight) -> Option<Instant> {
        while self.history.next_step_at().is_some_and(|next| next <= at) {
            if !self.advance() {
                return None;
            }
            let first = self.history.first_of_step(self.cursor().step);
            let mut told = self.history.branch().events.iter_from(first);
            let here = self.cursor();
            if told.any(|event| event.step == here.step && S::weight(event) >= weight) {
                return Some(here.at);
            }
        }
        self.history.advance(at);
        None
    }

    fn seek(&mut self, step: u64) -> bool {
        self.history.seek(step)
    }

    fn seek_time(&mut self, at: Instant) -> bool {
        self.history.seek_time(at)
    }

    fn neighbour(&self, forward: bool, weight: Weight) -> Option<u64> {
        let here = self.history.world().steps();
        let heavy = |event: &&Event<S>| S::weight(event) >= weight && event.step != here;
        let events = &self.history.branch().events;
        if forward {
            let first = self.history.first_of_step(here + 1);
            return events.iter_from(first).find(heavy).map(|event| event.step);
        }
        let end = self.history.first_of_step(here);
        (0..end).rev().filter_map(|at| events.get(at)).find(heavy).map(|event| event.step)
    }

    fn branches(&self) -> Vec<Branch> {
        let branches = self.history.branches().iter().enumerate();
        branches
            .map(|(number, branch)| Branch {
                name: branch.name.clone(),
                parent: branch.parent,
                end: Cursor { branch: number, step: branch.end.0, at: branch.end.1 },
            })
            .collect()
    }

    fn fork(&mut self, name: &str) -> usize {
        let current = self.history.current();
        let branch = self.history.fork(name).unwrap_or(current);
        self.film();
        branch
    }

    fn switch(&mut self, branch: usize) -> bool {
        self.history.switch(branch)
    }

    fn inject(&mut self, fault: &Fault) -> Result<(), CommandError> {
        self.input(Input::Fault(*fault))
    }

    fn command(&mut self, line: &str) -> Result<Output, CommandError> {
        if line.chars().count() > 1_000 {
            return Err(CommandError::new(Told::new("error.line-too-long")));
        }
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(Output::default());
        }
        if let Some(output) = self.time_command(line)? {
            return Ok(output);
        }
        if let Some(lines) = self.recipe(line)? {
            for line in lines {
                self.command(&line)?;
            }
            return Ok(Output::default());
        }
        if let Some(output) = S::print(&self.view(), line)? {
            return Ok(output);
        }
        if !FAULT_VERBS.contains(&line.split_whitespace().next().unwrap_or_default()) {
            self.known_verb(line)?;
            if !self.history.in_the_past() {
                self.run_while(|world| !S::is_ready(world), "error.never-ready")?;
            }
        }
        self.change(line)?.ok_or_else(|| self.unknown_verb(line))
    }

    fn recipe(&self, line: &str) -> Result<Option<Vec<String>>, CommandError> {
        S::recipe(self.history.world(), line)
    }

    fn complete(&self, prefix: &str) -> Vec<String> {
        self.completed(prefix)
    }

    fn fault_line(&self, fault: &Fault) -> String {
        fault_line(fault, &S::node_name)
    }

    fn choices(&self) -> Vec<Choice> {
        let choices = self.history.world().choices().into_iter().enumerate();
        choices
            .map(|(index, (due, pending))| Choice {
                index,
                due,
                node: pending.node(),
                flight: match pending {
                    Pending::Deliver(flight) => Some(flight.id),
                    _ => None,
                },
                what: self.told_choice(pending),
            })
            .collect()
    }

    fn choose(&mut self, index: usize) -> Result<(), CommandError> {
        if index >= self.history.world().choices().len() {
            let what = Told::new("error.no-choice").with("choice", index as u64);
            return Err(CommandError::new(what));
        }
        self.input(Input::Choose(index as u32))
    }

    fn scene(&self) -> Scene {
        S::scene(&self.view())
    }

    fn trace(&self, from: u64, to: u64, weight: Weight) -> Vec<Line> {
        let view = self.view();
        self.events_of(from, to)
            .filter(|event| S::weight(event) >= weight)
            .map(|event| self.line(&view, event))
            .collect()
    }

    fn text(&self, from: u64, to: u64, weight: Weight) -> String {
        let mut text = String::new();
        for line in self.trace(from, to, weight) {
            let node = line.node.map_or_else(|| "-".to_owned(), S::node_name);
            text += &format!("{:>11}  {node:<14} {}\n", line.at.to_string(), plain(&line.what));
        }
        text
    }

    fn tape(&self) -> Tape {
        let to = self.history.branch().end.1;
        match self.reels.get(self.history.current()) {
            Some(filmed) => S::tape(&filmed.reel, to),
            None => S::tape(&S::Reel::default(), to),
        }
    }

    fn charts(&self) -> Vec<Chart> {
        let to = self.history.branch().end.1;
        let filmed = self.reels.get(self.history.current());
        filmed.map_or_else(Vec::new, |filmed| S::charts(&filmed.reel, to))
    }

    fn weave(&self, window: &Window) -> Weave {
        self.weave_around(window)
    }

    fn packed(&self, carrier: &Carrier) -> Vec<Packed> {
        S::packed(self.history.world(), carrier)
    }

    fn folder(&self, strip: &str, node: NodeId) -> Option<LogFolder> {
        S::folder(self.history.world(), strip, node)
    }

    fn why(&self, ask: &Ask) -> Vec<Reason> {
        S::why(&self.view(), ask)
    }

    fn violations(&self) -> Vec<Violation> {
        let promise = |event: &Event<S>| match &event.what {
            What::Broken { property, detail } => {
                let promise = &S::properties()[*property];
                Some(Violation {
                    event: event.id,
                    step: event.step,
                    at: event.at,
                    promise: Told::new(promise.name),
                    detail: detail.clone(),
                    allowed: promise.expectation == Expectation::Hoped,
                    source: promise.source,
                })
            }
            _ => None,
        };
        let view = self.view();
        let breaches = self.history.world().breaches().iter();
        breaches.filter_map(|id| promise(view.event(*id)?)).collect()
    }

    fn watch(&mut self, promises: bool) {
        self.history.watch(promises);
    }

    fn promises(&self) -> Vec<Told> {
        S::properties().iter().map(|promise| Told::new(promise.name)).collect()
    }

    fn probe(&self, query: &str) -> Result<Answer, CommandError> {
        S::probe(&self.view(), query)
    }

    fn digest(&self) -> u64 {
        self.history.world().digest()
    }

    fn save(&self) -> SavedRun {
        let branches = self.history.branches().iter();
        SavedRun {
            version: self.about.version.to_owned(),
            boot: self.about.boot.clone(),
            branches: branches
                .map(|branch| SavedBranch {
                    name: branch.name.clone(),
                    parent: branch.parent,
                    inputs: self.saved_inputs(branch),
                    end: Some(branch.end),
                })
                .collect(),
            cursor: self.cursor(),
        }
    }

    fn duplicate(&self) -> Box<dyn Session> {
        Box::new(self.clone())
    }
}

impl<S: Observable> Run<S> {
    fn known_verb(&self, line: &str) -> Result<(), CommandError> {
        let verb = line.split_whitespace().next().unwrap_or_default();
        let is_known = S::forms().iter().any(|(known, _)| *known == verb);
        if is_known { Ok(()) } else { Err(self.unknown_verb(line)) }
    }

    fn unknown_verb(&self, line: &str) -> CommandError {
        let verb = line.split_whitespace().next().unwrap_or_default();
        let verbs = TIME_VERBS.iter().chain(&FAULT_VERBS).copied();
        let own = S::forms().iter().map(|(verb, _)| *verb);
        CommandError::new(Told::new("error.unknown-verb").with("verb", verb))
            .expected(verbs.chain(own))
    }
}
