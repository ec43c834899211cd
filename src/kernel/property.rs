//! Promises: looked at again after every fact, by whoever knows which facts can break them.

use crate::process::{NodeId, Process};
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

/// Looks whether a fact, told by a node, broke a promise; says how.
pub type Check<S> =
    fn(&World<S>, NodeId, &<<S as System>::Node as Process>::Fact) -> Option<<S as System>::Detail>;

/// A promise with a name fit for the screen and the place where it is written.
#[derive(Debug)]
pub struct Property<S: System> {
    /// A message key: `promise.acked-survives`.
    pub name: &'static str,
    pub expectation: Expectation,
    pub source: &'static str,
    /// Whether the ledger is who finds it broken; see [`System::suspects`].
    pub noted: bool,
    /// Given a fact and the node that told it: none while the promise holds, otherwise how the
    /// fact broke it. A fact that cannot break the promise costs nothing.
    pub broken: Check<S>,
}
