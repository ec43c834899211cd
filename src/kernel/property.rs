//! Promises: checked after every step in which a node told something.

use crate::system::System;
use crate::world::World;

/// What is promised of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Holds at every step.
    Always,
    /// Would be nice to hold, but the real system does not promise it under every setting.
    Hoped,
}

/// A promise with a name fit for the screen and the place where it is written.
#[derive(Debug)]
pub struct Property<S: System> {
    /// A message key: `promise.acked-survives`.
    pub name: &'static str,
    pub expectation: Expectation,
    pub source: &'static str,
    /// None while the promise holds; otherwise how it is broken.
    pub broken: fn(&World<S>) -> Option<S::Detail>,
}
