//! One run of the swarm: a minute of faults, each with its cure on the agenda, and no promise may
//! break meanwhile.

use super::luck::Luck;
use super::plan::{Kind, Plan};
use super::{Failure, Orders};
use scene::{Answer, Instant, Session, Span, plain};
use std::collections::BTreeMap;

/// The faults go on for so long.
const STORM: Span = Span::secs(40);
/// Until a broker has come back, its old session has run out: only then it is clear who has what.
const REJOINS: Span = Span::secs(15);
/// At most so many links of a node suffer together.
const LINKS: usize = 4;

pub(super) struct Storm {
    pub(super) plan: Plan,
    luck: Luck,
    pub(super) session: Box<dyn Session>,
    /// All that was said, to be played again.
    said: Vec<String>,
    /// What will be said, and when; a number keeps the order of what is due together.
    agenda: BTreeMap<(Instant, u32), Deed>,
    next: u32,
    /// Until when each node is left alone.
    busy: BTreeMap<String, Instant>,
    /// Until when each broker whose process ended was to be away; and whether it lost its power.
    away: Option<(Instant, bool)>,
}

struct Deed {
    line: String,
    /// Ends a trouble: it must be said in any case.
    cures: bool,
}

impl Storm {
    pub(super) fn new(seed: u64, orders: &Orders) -> Result<Storm, Failure> {
        let mut luck = Luck::new(seed);
        let plan = Plan::draw(seed, orders, &mut luck);
        let boot = plan.setup[0].clone();
        let session = crate::open_unrecorded(&boot)
            .map_err(|error| Failure::new("swarm.opens", &error.to_string(), &boot))?;
        Ok(Storm {
            plan,
            luck,
            session,
            said: vec![boot],
            agenda: BTreeMap::new(),
            next: 0,
            busy: BTreeMap::new(),
            away: None,
        })
    }

    pub(super) fn set_up(&mut self) -> Result<(), Failure> {
        for line in self.plan.setup.clone().iter().skip(1) {
            self.say(line)?;
        }
        Ok(())
    }

    pub(super) fn rage(&mut self) -> Result<(), Failure> {
        let end = self.now() + STORM;
        while self.now() < end {
            self.gust()?;
            self.promises_hold()?;
        }
        Ok(())
    }

    pub(super) fn now(&self) -> Instant {
        self.session.cursor().at
    }

    /// Does what is due, perhaps begins something new, lets a little time pass.
    fn gust(&mut self) -> Result<(), Failure> {
        let now = self.now();
        while let Some(first) = self.agenda.first_entry().filter(|first| first.key().0 <= now) {
            let deed = first.remove();
            self.carry_out(&deed)?;
        }
        if self.luck.one_in(self.plan.calm) {
            let count = if self.luck.one_in(self.plan.burst) { self.plan.together } else { 1 };
            for _ in 0..count {
                self.begin_trouble();
            }
        }
        let due = self.agenda.keys().next().map_or(Instant::NEVER, |(at, _)| *at);
        let wait = self.luck.between(1, self.plan.gust).min(due.since(now).as_millis() + 1);
        self.wait(wait)
    }

    fn begin_trouble(&mut self) {
        let now = self.now();
        self.busy.retain(|_, until| *until > now);
        if self.busy.len() >= self.plan.together {
            return;
        }
        let member = !self.plan.members.is_empty() && self.luck.one_in(self.plan.member_share);
        let pool = if member {
            &self.plan.members
        } else if self.luck.one_in(12) {
            &self.plan.clients
        } else if self.luck.one_in(self.plan.controller_share) {
            &self.plan.controllers
        } else {
            &self.plan.brokers
        };
        let victim = self.luck.one_of(pool).clone();
        if self.busy.contains_key(&victim) {
            return;
        }
        let kind = *self.luck.one_of(&self.plan.kinds);
        let lasting = *self.luck.one_of(self.plan.lasting);
        let until = now + Span::millis(lasting + self.luck.below(lasting / 2 + 100));
        self.trouble(kind, &victim, until);
        self.busy.insert(victim, until + Span::millis(self.plan.rest));
    }

    fn trouble(&mut self, kind: Kind, victim: &str, until: Instant) {
        match kind {
            Kind::Kill => self.end("kill", victim, until),
            Kind::PowerOff => self.end("power-off", victim, until),
            Kind::Stop => self.end("stop", victim, until),
            Kind::Pause => {
                self.suffer(&format!("pause {victim}"), format!("resume {victim}"), until);
            }
            Kind::Isolate => {
                self.suffer(&format!("isolate {victim}"), format!("rejoin {victim}"), until);
            }
            Kind::SlowDisk => {
                let extra = *self.luck.one_of(&[1, 5, 20]);
                let cure = format!("slow-disk {victim} 0ms");
                self.suffer(&format!("slow-disk {victim} {extra}ms"), cure, until);
            }
            Kind::SlowHandler => {
                let slow = *self.luck.one_of(&["300ms", "2s", "20s"]);
                let cure = format!("handler {victim} 0ms");
                self.suffer(&format!("handler {victim} {slow}"), cure, until);
            }
            Kind::Swizzle => self.swizzle(until),
            Kind::Cut => self.links(victim, until, &["cut LINK", "heal LINK"]),
            Kind::Hold => self.links(victim, until, &["hold LINK", "release LINK"]),
            Kind::Delay => {
                let begin =
                    *self.luck.one_of(&["delay LINK 5ms", "delay LINK 80ms", "delay LINK 900ms"]);
                self.links(victim, until, &[begin, "delay LINK 0ms"]);
            }
            Kind::Lose => {
                let begin = *self.luck.one_of(&["lose LINK 2%", "lose LINK 30%"]);
                self.links(victim, until, &[begin, "lose LINK 0%"]);
            }
            Kind::Duplicate => self.doubles(until),
        }
    }

    /// A process ends. While a broker that lost power is not back in every ISR, no other broker
    /// ends; and none loses power while another is away. To the controller every end but a clean
    /// one may have lost records, so that in the end it would elect the last known leader, which
    /// is an unclean election. Source: spec A13.5, A13.6, J1.2.
    fn end(&mut self, verb: &str, victim: &str, until: Instant) {
        if self.plan.brokers.iter().any(|broker| broker == victim) {
            let lossy = verb == "power-off";
            if let Some((back, lost)) = self.away
                && (lossy || lost)
                && !(self.now() > back + REJOINS && self.is_whole())
            {
                return;
            }
            let later = self.away.map_or(until, |(back, _)| back.max(until));
            self.away = Some((later, lossy));
        }
        self.suffer(&format!("{verb} {victim}"), format!("restart {victim}"), until);
    }

    /// Every broker is in service again and every ISR has three. While no controller is to be had
    /// an ISR still shows whom it had before: then the brokers themselves tell.
    fn is_whole(&self) -> bool {
        let serves = |broker: &String| {
            let state = self.session.probe(&format!("state {broker}"));
            matches!(state, Ok(Answer::Word(word)) if word == "RUNNING")
        };
        let whole = |partition: &String| {
            let isr = self.session.probe(&format!("isr {partition}"));
            matches!(isr, Ok(Answer::Nodes(nodes)) if nodes.len() == 3)
        };
        self.plan.brokers.iter().all(serves) && self.plan.partitions.iter().all(whole)
    }

    /// Some of the victim's links, each in one direction or in both.
    fn links(&mut self, victim: &str, until: Instant, [begin, cure]: &[&str; 2]) {
        let Plan { brokers, controllers, clients, .. } = &self.plan;
        let others = brokers.iter().chain(controllers).chain(clients);
        let mut others: Vec<String> = others.filter(|other| *other != victim).cloned().collect();
        for _ in 0..self.luck.between(1, LINKS as u64) {
            let other = others.swap_remove(self.luck.below(others.len() as u64) as usize);
            let link = match self.luck.below(3) {
                0 => format!("{victim} -> {other}"),
                1 => format!("{other} -> {victim}"),
                _ => format!("{victim} <-> {other}"),
            };
            self.suffer(&begin.replace("LINK", &link), cure.replace("LINK", &link), until);
        }
    }

    /// TCP doubles nothing; but answers that nobody waits for any more come close to it. Between
    /// brokers and clients that must do no harm.
    fn doubles(&mut self, until: Instant) {
        let Plan { brokers, clients, .. } = &self.plan;
        let victim = self.luck.one_of(brokers).clone();
        let peers: Vec<&String> =
            brokers.iter().chain(clients).filter(|peer| **peer != victim).collect();
        let link = format!("{victim} <-> {}", self.luck.one_of(&peers));
        let cure = format!("duplicate {link} 0%");
        self.suffer(&format!("duplicate {link} 20%"), cure, until);
    }

    fn swizzle(&mut self, until: Instant) {
        let nodes: Vec<String> =
            self.plan.brokers.iter().chain(&self.plan.controllers).cloned().collect();
        let spread = until.since(self.now()).as_millis().max(2);
        for node in nodes {
            if self.luck.one_in(2) {
                continue;
            }
            let begin = self.now() + Span::millis(self.luck.below(spread / 2));
            let end = begin + Span::millis(self.luck.between(spread / 4, spread));
            self.plan_deed(begin, format!("isolate {node}"), false);
            self.plan_deed(end, format!("rejoin {node}"), true);
        }
    }

    /// A fault that can be suffered now gets its cure onto the agenda.
    fn suffer(&mut self, fault: &str, cure: String, until: Instant) {
        if self.session.command(fault).is_ok() {
            self.said.push(fault.to_owned());
            self.plan_deed(until, cure, true);
        }
    }

    fn plan_deed(&mut self, at: Instant, line: String, cures: bool) {
        self.next += 1;
        self.agenda.insert((at, self.next), Deed { line, cures });
    }

    /// A broker that was asked to stop may still be running: then it is told less gently.
    fn carry_out(&mut self, deed: &Deed) -> Result<(), Failure> {
        if self.session.command(&deed.line).is_ok() {
            self.said.push(deed.line.clone());
        } else if let Some(victim) = deed.line.strip_prefix("restart ") {
            self.say(&format!("kill {victim}"))?;
            self.say(&deed.line)?;
        }
        Ok(())
    }

    /// All cures at once: from here on nothing fails any more.
    pub(super) fn heal(&mut self) -> Result<(), Failure> {
        for deed in std::mem::take(&mut self.agenda).into_values().filter(|deed| deed.cures) {
            self.carry_out(&deed)?;
        }
        self.say("heal all")
    }

    pub(super) fn promises_hold(&self) -> Result<(), Failure> {
        match self.session.violations().first() {
            None => Ok(()),
            Some(broken) => Err(Failure {
                at: broken.at,
                ..self.failure(broken.promise.key, &plain(&broken.detail))
            }),
        }
    }

    /// Time that passes in several lines becomes one.
    pub(super) fn wait(&mut self, millis: u64) -> Result<(), Failure> {
        let before =
            self.said.last().and_then(|line| line.strip_prefix("wait ")?.strip_suffix("ms"));
        let total = millis + before.and_then(|millis| millis.parse::<u64>().ok()).unwrap_or(0);
        if before.is_some() {
            self.said.pop();
        }
        self.said.push(format!("wait {total}ms"));
        self.obey(&format!("wait {millis}ms"))
    }

    pub(super) fn say(&mut self, line: &str) -> Result<(), Failure> {
        self.said.push(line.to_owned());
        self.obey(line)
    }

    fn obey(&mut self, line: &str) -> Result<(), Failure> {
        match self.session.command(line) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failure("swarm.obeys", &format!("`{line}`: {error}"))),
        }
    }

    pub(super) fn failure(&self, promise: &str, detail: &str) -> Failure {
        let scenario = self.said.join("\n") + "\n";
        Failure { at: self.now(), ..Failure::new(promise, detail, &scenario) }
    }
}
