//! Who votes: sets of voters, and how they follow from the metadata log.
//!
//! A set counts from the moment its record is appended, committed or not, and goes with the record
//! when the log is cut. Nothing here knows roles or elections.
//! Source: spec B5; KIP-853, `VoterSet`, `KRaftControlRecordStateMachine`.

use crate::id::Offset;
use crate::uuid::Uuid;
use kernel::NodeId;
use std::fmt;
use std::rc::Rc;

/// Names one formatting of a node's metadata directory: a wiped disk is another voter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Directory(pub u64);

impl Directory {
    /// What the first formatting of a node gives it.
    #[must_use]
    pub fn first(node: NodeId) -> Directory {
        // Any mixing will do, as long as two nodes never get the same.
        Directory((u64::from(node.0) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

impl fmt::Display for Directory {
    /// As Kafka's tools write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = u128::from(self.0) << 64 | u128::from(self.0.rotate_left(29));
        Uuid::of_bits(wide).fmt(f)
    }
}

/// A voter: the node, and its directory where that is known (`kraft.version` 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Voter {
    pub node: NodeId,
    pub directory: Option<Directory>,
}

impl Voter {
    /// Whether a node with this directory is meant. A voter without one is its number alone.
    /// Source: `ReplicaState.matchesKey`.
    #[must_use]
    pub fn is(&self, node: NodeId, directory: Directory) -> bool {
        self.node == node && self.directory.is_none_or(|known| known == directory)
    }
}

/// The sets of voters that a log has held.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Voters {
    /// What the cluster was formatted with, or what a snapshot held.
    first: (Option<Offset>, Rc<[Voter]>),
    /// Each set with the offset of its record.
    later: Vec<(Offset, Rc<[Voter]>)>,
}

impl Voters {
    #[must_use]
    pub(crate) fn formatted(nodes: &[NodeId], with_directories: bool) -> Voters {
        let voter = |node: &NodeId| Voter {
            node: *node,
            directory: with_directories.then(|| Directory::first(*node)),
        };
        Voters { first: (None, nodes.iter().map(voter).collect()), later: Vec::new() }
    }

    /// The set in force, and where its record stands; none for what the format gave.
    #[must_use]
    pub(crate) fn latest(&self) -> (Option<Offset>, &Rc<[Voter]>) {
        match self.later.last() {
            Some((offset, set)) => (Some(*offset), set),
            None => (self.first.0, &self.first.1),
        }
    }

    #[must_use]
    pub(crate) fn set(&self) -> &[Voter] {
        self.latest().1
    }

    pub(crate) fn append(&mut self, offset: Offset, set: Rc<[Voter]>) {
        self.later.push((offset, set));
    }

    /// The log now ends at `end`.
    pub(crate) fn truncate(&mut self, end: Offset) {
        while self.later.last().is_some_and(|(offset, _)| *offset >= end) {
            self.later.pop();
        }
    }

    /// The set in force for a log that ends at `end`.
    #[must_use]
    pub(crate) fn at(&self, end: Offset) -> &Rc<[Voter]> {
        let before = self.later.iter().rev().find(|(offset, _)| *offset < end);
        before.map_or(&self.first.1, |(_, set)| set)
    }

    /// The log now begins at `start`, with a snapshot that holds this set.
    pub(crate) fn begin_at(&mut self, start: Offset, set: Rc<[Voter]>) {
        self.first = (start.checked_sub(1), set);
        self.later.retain(|(offset, _)| *offset >= start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(nodes: &[u16]) -> Rc<[Voter]> {
        let voter = |node: &u16| Voter { node: NodeId(*node), directory: None };
        nodes.iter().map(voter).collect()
    }

    /// Source: KIP-853: the last set in the log counts, committed or not.
    #[test]
    fn a_set_counts_when_appended_and_goes_with_its_record() {
        let mut voters = Voters::formatted(&[NodeId(1), NodeId(2)], false);
        assert_eq!(voters.latest().0, None);
        voters.append(7, set(&[1, 2, 3]));
        voters.append(9, set(&[1, 3]));
        assert_eq!(voters.set(), &*set(&[1, 3]));
        assert_eq!(*voters.at(9), set(&[1, 2, 3]));
        voters.truncate(9);
        assert_eq!(voters.latest(), (Some(7), &set(&[1, 2, 3])));
        voters.truncate(7);
        assert_eq!(voters.set(), &*set(&[1, 2]));
    }

    /// Source: `ReplicaState.matchesKey`: INVALID_VOTER_KEY for a wiped disk.
    #[test]
    fn another_directory_is_another_voter() {
        let old = Directory::first(NodeId(1));
        let voter = Voter { node: NodeId(1), directory: Some(old) };
        assert!(voter.is(NodeId(1), old));
        assert!(!voter.is(NodeId(1), Directory(5)));
        assert!(Voter { node: NodeId(1), directory: None }.is(NodeId(1), Directory(5)));
        assert_eq!(old.to_string().len(), 22);
    }
}
