//! Directed schedules: runs written by hand, each for the line of defence that it puts to the test.
//! They stand under `schedules/` as lines of the console; `# Without: NAME` says for whom, and
//! `# Without together: NAME, NAME` for whom only together: each of these lines stands behind the
//! others, so that nobody misses it while they stand.

use super::{Failure, Orders};
use scene::plain;

/// A schedule as it stands in its file.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub name: &'static str,
    text: &'static str,
}

macro_rules! schedules {
    ($($name:literal)*) => {
        pub const SCHEDULES: &[Schedule] = &[$(Schedule {
            name: $name,
            text: include_str!(concat!("schedules/", $name, ".txt")),
        }),*];
    };
}

schedules! {
    "answer-before-the-metadata"
    "answer-for-another-offset"
    "answer-of-an-earlier-epoch"
    "asked-to-stop-in-an-earlier-life"
    "a-busy-member-has-not-given-up-yet"
    "a-static-member-misses-a-generation"
    "an-epoch-that-the-next-coordinator-lacks"
    "assignments-that-nobody-else-has"
    "batch-of-an-older-producer-epoch"
    "behind-the-start-of-the-log"
    "disk-replaced-while-it-joins"
    "eligible-under-another-minimum"
    "fenced-and-caught-up"
    "fetch-of-an-earlier-life"
    "fetches-on-under-an-old-epoch"
    "joins-below-the-epoch-start"
    "leads-again-with-old-news"
    "mark-of-an-earlier-stop"
    "moved-before-it-is-copied"
    "parts-before-the-leaders-epoch-ends"
    "proposed-before-a-member-was-fenced"
    "proposed-by-a-former-leader"
    "proposed-in-an-earlier-leadership"
    "proposed-in-an-earlier-life"
    "registered-before-it-was-fenced"
    "taken-back-to-brokers-without-the-records"
    "told-where-it-parts-and-what-is-committed"
    "twin-of-a-member"
    "two-voters-removed-at-once"
    "voter-of-an-older-epoch"
    "who-lost-power-is-not-eligible"
}

impl Schedule {
    /// The lines of defence that it was written for: without any of them a promise breaks.
    pub fn guards(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.named("# Without: ")
    }

    /// Lines of defence of which it takes all to be away until a promise breaks.
    pub fn together(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.named("# Without together: ")
    }

    fn named(&self, head: &'static str) -> impl Iterator<Item = &'static str> + use<> {
        let named = self.text.lines().filter_map(move |line| line.strip_prefix(head));
        named.flat_map(|names| names.split(',')).map(str::trim)
    }

    /// What breaks without all of its lines of defence that stand behind one another.
    ///
    /// # Errors
    /// Nothing breaks; or something does although one of them still stands.
    pub fn play_without_all(&self) -> Result<Failure, String> {
        let names: Vec<&str> = self.together().collect();
        let play = |without: &[&str]| {
            let orders = Orders { without: Some(without.join(",")), ..Orders::default() };
            self.play(&orders)
        };
        for kept in &names {
            let others: Vec<&str> = names.iter().copied().filter(|name| name != kept).collect();
            if let Err(Failure { promise, .. }) = play(&others) {
                return Err(format!("{}: {promise} breaks though {kept} stands", self.name));
            }
        }
        let silent = || format!("{}: nobody misses {}", self.name, names.join(", "));
        play(&names).err().ok_or_else(silent)
    }

    /// Plays it, perhaps without a line of defence. What cannot be carried out is passed over: a
    /// damaged engine may be in no state for it.
    ///
    /// # Errors
    /// The first promise that broke.
    pub fn play(&self, orders: &Orders) -> Result<(), Failure> {
        let mut lines = self.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut boot = lines.next().unwrap_or_default().to_owned();
        if let Some(guard) = &orders.without {
            boot += &format!(" without={guard}");
        }
        let mut session = crate::open_unrecorded(&boot)
            .map_err(|error| Failure::new("swarm.opens", &error.to_string(), self.text))?;
        for line in lines {
            let done = session.command(line);
            if let Some(broken) = session.violations().iter().find(|broken| !broken.allowed) {
                let failure = Failure::new(broken.promise.key, &plain(&broken.detail), self.text);
                return Err(Failure { at: broken.at, ..failure });
            }
            if line == "settle" && done.is_err() {
                let failure = Failure::new("liveness.settles", "it does not", self.text);
                return Err(Failure { at: session.cursor().at, ..failure });
            }
        }
        Ok(())
    }
}
