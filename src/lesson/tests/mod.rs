//! Whole lessons against a stand-in system: parse, play, foresee, check.

mod grammar;
#[cfg(feature = "author")]
mod lesson;
mod play;
mod stub;
