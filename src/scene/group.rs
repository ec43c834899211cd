//! Consumer groups: who is a member, who has which partition, and how far behind it is.

use crate::story::Told;
use kernel::{NodeId, Span};
use serde::Serialize;

/// A group, as its coordinator and its members see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    pub name: String,
    /// As the product names it: `Stable`, `PreparingRebalance`; none while nobody coordinates it.
    pub state: Option<String>,
    /// Whether it rebalances at the moment.
    pub moves: bool,
    /// Generation or epoch.
    pub epoch: u64,
    /// How it shares partitions out, in a few words.
    pub protocol: Told,
    pub coordinator: Option<NodeId>,
    pub members: Vec<GroupMember>,
    pub shares: Vec<Share>,
    /// Time that partitions had no owner, summed over all of them.
    pub stopped: Span,
    pub tally: Tally,
    /// What can be done to all of it.
    pub offers: Vec<Offer>,
}

/// Something that a person can do, and the line of the console that does it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    /// What a button for it says.
    pub what: Told,
    pub line: String,
}

/// A running client that belongs to it, or believes so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupMember {
    pub node: NodeId,
    pub epoch: Option<u64>,
    /// What it is doing, in a word or two.
    pub doing: Told,
    /// The coordinator does not count on it: what it does will be refused.
    pub zombie: bool,
    /// Blocks of the log matrix that it believes to be its own.
    pub owned: Vec<String>,
    /// What can be done to its application.
    pub offers: Vec<Offer>,
}

/// A partition, as the group reads it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    pub strip: String,
    pub owner: Option<NodeId>,
    /// None before the first commit.
    pub committed: Option<u64>,
    /// Up to where it may be read.
    pub end: u64,
}

impl Share {
    /// Records that are committed to the log and not yet by the group.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.end.saturating_sub(self.committed.unwrap_or(0))
    }
}

/// What came of the records that the group was given, and of its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub worked: u64,
    /// Of those, worked on more than once.
    pub repeated: u64,
    /// Committed without having been worked on.
    pub skipped: u64,
    pub rebalances: u64,
    pub evicted: u64,
    /// Left because the application was too slow.
    pub late: u64,
    pub refused_commits: u64,
}
