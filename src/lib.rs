//! The front door: opens runs, and hands out the lessons and the words of both languages.
//!
//! Page, headless verbs, tests and JavaScript all come in here; nothing here knows a browser.

pub mod catalogue;
#[cfg(feature = "cli")]
pub mod fidelity;
#[cfg(all(feature = "js", target_arch = "wasm32"))]
mod js;
pub mod link;
pub mod script;
#[cfg(not(feature = "texts"))]
pub mod shelf;
pub mod swarm;
pub mod twin;
pub mod words;

use replicascope_kafka::Kafka;
#[cfg(feature = "cli")]
pub use replicascope_kafka::conform;
use scene::{Run, Told, Words};

pub use lesson::{self, Lang};
pub use scene::{self, CommandError, SavedRun, Session};

/// Systems that a boot line may name.
const SYSTEMS: [&str; 1] = ["kafka"];

/// Opens a run by its boot line: `cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7`.
///
/// # Errors
/// Says which word of the line is wrong and what could stand there.
pub fn open(boot: &str) -> Result<Box<dyn Session>, CommandError> {
    system(boot)?;
    Ok(Box::new(Run::<Kafka>::open(boot)?))
}

/// Opens a run that keeps no past: forward only, in constant memory. For searches and storms.
///
/// # Errors
/// As [`open`].
pub fn open_unrecorded(boot: &str) -> Result<Box<dyn Session>, CommandError> {
    system(boot)?;
    Ok(Box::new(Run::<Kafka>::open_unrecorded(boot)?))
}

/// Opens a saved run at its cursor.
///
/// # Errors
/// Says which line of the saved run cannot be carried out any more.
pub fn restore(saved: &SavedRun) -> Result<Box<dyn Session>, CommandError> {
    system(&saved.boot)?;
    Ok(Box::new(scene::restore::<Kafka>(saved)?))
}

/// A setting that a cluster line may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub key: &'static str,
    /// As the real tools write it.
    pub default: String,
    /// The class that defines it.
    pub source: &'static str,
}

/// Every setting with its real default.
#[must_use]
pub fn settings() -> Vec<Offered> {
    let plain = replicascope_kafka::Settings::default();
    let offered = |key: &replicascope_kafka::Key| Offered {
        key: key.name,
        default: key.value(&plain),
        source: key.source,
    };
    replicascope_kafka::KEYS.iter().map(offered).collect()
}

/// The versions that a cluster line may name, the newest last.
#[must_use]
pub fn profiles() -> Vec<&'static str> {
    replicascope_kafka::PROFILES.iter().map(|profile| profile.name).collect()
}

/// The system that a boot line names.
fn system(boot: &str) -> Result<(), CommandError> {
    if boot.chars().count() > 1_000 {
        return Err(CommandError::new(Told::new("error.line-too-long")));
    }
    let mut words = Words::new(boot);
    if words.take() != Some("cluster") {
        let what = Told::new("error.expected-cluster");
        return Err(CommandError::new(what).at(words.column()).expected(["cluster kafka"]));
    }
    let column = words.next_column();
    match words.take() {
        Some(name) if SYSTEMS.contains(&name) => Ok(()),
        name => {
            let what = Told::new("error.unknown-system").with("system", name.unwrap_or_default());
            Err(CommandError::new(what).at(column).expected(SYSTEMS))
        }
    }
}
