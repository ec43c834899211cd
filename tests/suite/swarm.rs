//! Random faults against every promise, in settings in which Kafka promises that nothing is lost:
//! acks=all, min ISR 2 of 3, no unclean election, no power loss, at most one broker and one
//! controller disturbed at a time.
//!
//! First safety: for a minute of faults no promise breaks. Then liveness: once everything is
//! healed the cluster becomes whole, and writes go on.
//! Refuses to know how a promise is checked; the seed decides everything, and a run that fails is
//! printed as a scenario.

use replicascope::Session;
use replicascope::scene::{Answer, Instant, Span};

/// The faults go on for so long.
const STORM: Span = Span::secs(60);
/// A producer whose request hangs on a cut waits this long before it sends again; then some.
const RECOVERY: Span = Span::secs(45);

#[test]
fn no_promise_breaks_in_the_first_third() {
    weather(1..=20);
}

#[test]
fn no_promise_breaks_in_the_second_third() {
    weather(21..=40);
}

#[test]
fn no_promise_breaks_in_the_last_third() {
    weather(41..=60);
}

fn weather(seeds: impl Iterator<Item = u64>) {
    let failed: Vec<String> = seeds.filter_map(|seed| Storm::new(seed).pass().err()).collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// A small generator of its own (xorshift64*, Vigna 2016): the engine's must not decide what is
/// done to the engine.
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % bound
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const BROKERS: [&str; 3] = ["broker-1", "broker-2", "broker-3"];
const CONTROLLERS: [&str; 3] = ["controller-101", "controller-102", "controller-103"];
const CLIENTS: [&str; 3] = ["p1", "p2", "c1"];

/// A disturbance that is in force, and what ends it.
struct Trouble {
    until: Instant,
    cures: Vec<String>,
}

struct Storm {
    seed: u64,
    luck: Luck,
    session: Box<dyn Session>,
    /// All that was said, to be played again.
    said: Vec<String>,
    broker: Option<Trouble>,
    controller: Option<Trouble>,
}

impl Storm {
    fn new(seed: u64) -> Storm {
        let boot = format!("cluster kafka brokers=3 controllers=3 seed={seed}");
        let session = replicascope::open(&boot).expect("the boot line is well formed");
        let luck = Luck(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        Storm { seed, luck, session, said: vec![boot], broker: None, controller: None }
    }

    fn pass(mut self) -> Result<(), String> {
        self.set_up()?;
        let end = self.session.cursor().at + STORM;
        while self.session.cursor().at < end {
            self.gust()?;
            self.promises_hold()?;
        }
        self.heal()?;
        self.promises_hold()?;
        self.writes_go_on()
    }

    fn set_up(&mut self) -> Result<(), String> {
        for line in [
            "topic orders partitions=2 replicas=3 min.insync.replicas=2",
            "topic audit partitions=1 replicas=3 min.insync.replicas=2",
            "producer p1 topic=orders acks=all rate=20",
            "producer p2 topic=audit acks=all rate=10",
            "consumer c1 topic=orders",
            "settle",
        ] {
            self.say(line)?;
        }
        Ok(())
    }

    /// Ends what is over, begins something new, lets a little time pass.
    fn gust(&mut self) -> Result<(), String> {
        let now = self.session.cursor().at;
        let over = |trouble: &mut Trouble| trouble.until <= now;
        for trouble in [self.broker.take_if(over), self.controller.take_if(over)] {
            for cure in trouble.into_iter().flat_map(|trouble| trouble.cures) {
                self.cure(&cure)?;
            }
        }
        if self.broker.is_none() && self.luck.below(3) == 0 {
            let victim = self.luck.one_of(&BROKERS);
            self.broker = self.trouble(victim)?;
        }
        if self.controller.is_none() && self.luck.below(6) == 0 {
            let victim = self.luck.one_of(&CONTROLLERS);
            self.controller = self.trouble(victim)?;
        }
        let pause = self.luck.below(1_500) + 1;
        self.say(&format!("wait {pause}ms"))
    }

    /// None when the victim cannot suffer it: what still boots cannot be paused.
    fn trouble(&mut self, victim: &str) -> Result<Option<Trouble>, String> {
        let lasting = [300, 2_500, 8_000, 12_000, 16_000][self.luck.below(5) as usize];
        let lasting = Span::millis(lasting + self.luck.below(2_000));
        let until = self.session.cursor().at + lasting;
        let (fault, cure) = match self.luck.below(6) {
            0 => (format!("kill {victim}"), format!("restart {victim}")),
            1 => (format!("pause {victim}"), format!("resume {victim}")),
            2 => (format!("stop {victim}"), format!("restart {victim}")),
            3 => (format!("isolate {victim}"), format!("rejoin {victim}")),
            _ => return self.cuts(victim, until),
        };
        if self.session.command(&fault).is_err() {
            return Ok(None);
        }
        self.said.push(fault);
        Ok(Some(Trouble { until, cures: vec![cure] }))
    }

    /// Some of the victim's links are cut, each in one or both directions.
    fn cuts(&mut self, victim: &str, until: Instant) -> Result<Option<Trouble>, String> {
        let mut cures = Vec::new();
        for other in BROKERS.iter().chain(&CONTROLLERS).chain(&CLIENTS) {
            if *other == victim || self.luck.below(2) == 0 {
                continue;
            }
            let link = match self.luck.below(3) {
                0 => format!("{victim} -> {other}"),
                1 => format!("{other} -> {victim}"),
                _ => format!("{victim} <-> {other}"),
            };
            self.say(&format!("cut {link}"))?;
            cures.push(format!("heal {link}"));
        }
        Ok(Some(Trouble { until, cures }))
    }

    /// A broker that was asked to stop may still be running: then it is told less gently.
    fn cure(&mut self, cure: &str) -> Result<(), String> {
        if let Some(victim) = cure.strip_prefix("restart ")
            && self.session.command(cure).is_err()
        {
            self.say(&format!("kill {victim}"))?;
        } else if cure.starts_with("restart ") {
            self.said.push(cure.to_owned());
            return Ok(());
        }
        self.say(cure)
    }

    fn heal(&mut self) -> Result<(), String> {
        for trouble in [self.broker.take(), self.controller.take()].into_iter().flatten() {
            for cure in trouble.cures {
                self.cure(&cure)?;
            }
        }
        self.say("heal all")?;
        self.say("settle")
    }

    fn writes_go_on(&mut self) -> Result<(), String> {
        self.say(&format!("wait {}ms", RECOVERY.as_millis()))?;
        self.say("settle")?;
        let before = self.acked()?;
        self.say("wait 5s")?;
        let after = self.acked()?;
        for (partition, (before, after)) in PARTITIONS.iter().zip(before.iter().zip(&after)) {
            if after < &(before + 10) {
                let what = format!("{partition}: {before} acknowledged, 5 s later {after}");
                return Err(self.failure(&what));
            }
        }
        self.promises_hold()
    }

    fn acked(&self) -> Result<Vec<i64>, String> {
        let ask = |partition: &&str| match self.session.probe(&format!("acked {partition}")) {
            Ok(Answer::Number(n)) => Ok(n),
            other => Err(self.failure(&format!("acked {partition}: {other:?}"))),
        };
        PARTITIONS.iter().map(ask).collect()
    }

    fn promises_hold(&self) -> Result<(), String> {
        let broken = self.session.violations();
        match broken.first() {
            None => Ok(()),
            Some(first) => {
                let (promise, detail) =
                    (first.promise.key, replicascope::scene::plain(&first.detail));
                Err(self.failure(&format!("{} {promise}: {detail}", first.at)))
            }
        }
    }

    fn say(&mut self, line: &str) -> Result<(), String> {
        self.said.push(line.to_owned());
        match self.session.command(line) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failure(&format!("`{line}`: {error}"))),
        }
    }

    fn failure(&self, what: &str) -> String {
        format!("seed {}: {what}\n{}\n", self.seed, self.said.join("\n"))
    }
}

const PARTITIONS: [&str; 3] = ["orders-0", "orders-1", "audit-0"];
