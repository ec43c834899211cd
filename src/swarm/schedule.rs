//! Directed schedules: runs written by hand, each for the line of defence that it puts to the test.
//! They stand under `schedules/` as lines of the console; `# Without: NAME` says for whom.

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
    "batch-of-an-older-producer-epoch"
    "eligible-under-another-minimum"
    "fenced-and-caught-up"
    "joins-below-the-epoch-start"
    "leads-again-with-old-news"
    "moved-before-it-is-copied"
    "parts-before-the-leaders-epoch-ends"
    "registered-before-it-was-fenced"
    "taken-back-to-brokers-without-the-records"
    "two-voters-removed-at-once"
    "who-lost-power-is-not-eligible"
}

impl Schedule {
    /// The lines of defence that it was written for.
    pub fn guards(&self) -> impl Iterator<Item = &'static str> + use<> {
        let named = self.text.lines().filter_map(|line| line.strip_prefix("# Without: "));
        named.flat_map(|names| names.split(',')).map(str::trim)
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
