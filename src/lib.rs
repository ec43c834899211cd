//! The front door: opens runs, and hands out the lessons and the words of both languages.
//!
//! Page, headless verbs, tests and JavaScript all come in here; nothing here knows a browser.

pub mod catalogue;
pub mod link;
pub mod words;

pub use lesson::{self, Lang};
pub use scene::{self, CommandError, SavedRun, Session};

rust_i18n::i18n!("locales", fallback = "en");

/// Opens a run by its boot line: `cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7`.
///
/// # Errors
/// Says which word of the line is wrong and what could stand there.
pub fn open(boot: &str) -> Result<Box<dyn Session>, CommandError> {
    let _ = boot;
    Err(CommandError::new(scene::Told::new("error.not-yet")))
}

/// Opens a saved run at its cursor.
///
/// # Errors
/// Says which line of the saved run cannot be carried out any more.
pub fn restore(saved: &SavedRun) -> Result<Box<dyn Session>, CommandError> {
    open(&saved.boot)
}
