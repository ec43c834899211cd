//! Who leads a partition, as the controller of the ZooKeeper era chose: four rules for four
//! occasions, and ready for the day when a profile of that era runs.
//!
//! Pure functions of lists. They refuse to know ZooKeeper, epochs and what the choice does to the
//! ISR. Source: `PartitionLeaderElectionAlgorithms` (2.8, 3.9).

use kernel::NodeId;

/// What the controller knows of a partition and its brokers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// In order; the first is preferred.
    pub(crate) assignment: &'a [NodeId],
    pub(crate) isr: &'a [NodeId],
    pub(crate) live: &'a [NodeId],
    /// Brokers in controlled shutdown; they are live still.
    pub(crate) shutting_down: &'a [NodeId],
}

impl Scene<'_> {
    fn first(&self, may: impl Fn(&NodeId) -> bool) -> Option<NodeId> {
        self.assignment.iter().copied().find(|node| self.live.contains(node) && may(node))
    }

    /// The leader is gone. The leader, and whether the election was unclean.
    /// Source: `offlinePartitionLeaderElection`.
    pub(crate) fn offline(&self, unclean_allowed: bool) -> Option<(NodeId, bool)> {
        let clean = self.first(|node| self.isr.contains(node)).map(|node| (node, false));
        clean.or_else(|| self.first(|_| unclean_allowed).map(|node| (node, true)))
    }

    /// The replicas were moved; the assignment is the new one.
    /// Source: `reassignPartitionLeaderElection`.
    pub(crate) fn reassign(&self) -> Option<NodeId> {
        self.first(|node| self.isr.contains(node))
    }

    /// The preferred replica, or nobody. Source: `preferredReplicaPartitionLeaderElection`.
    pub(crate) fn preferred(&self) -> Option<NodeId> {
        let first = self.assignment.first().copied();
        first.filter(|node| self.live.contains(node) && self.isr.contains(node))
    }

    /// The leader stops. Source: `controlledShutdownPartitionLeaderElection`.
    pub(crate) fn controlled_shutdown(&self) -> Option<NodeId> {
        self.first(|node| self.isr.contains(node) && !self.shutting_down.contains(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(list: &[u16]) -> Vec<NodeId> {
        list.iter().copied().map(NodeId).collect()
    }

    /// Source: `PartitionLeaderElectionAlgorithmsTest` (2.8).
    #[test]
    fn each_occasion_has_its_own_rule() {
        let (assignment, isr, live) = (nodes(&[2, 5, 3]), nodes(&[3, 2]), nodes(&[5, 3, 2]));
        let shutting_down = nodes(&[2]);
        let scene = Scene {
            assignment: &assignment,
            isr: &isr,
            live: &live,
            shutting_down: &shutting_down,
        };
        let (two, three) = (Some(NodeId(2)), Some(NodeId(3)));
        assert_eq!(scene.offline(false), Some((NodeId(2), false)));
        assert_eq!((scene.reassign(), scene.preferred()), (two, two));
        assert_eq!(scene.controlled_shutdown(), three);
        let live = nodes(&[5]);
        let alone = Scene { live: &live, ..scene };
        assert_eq!(alone.offline(false), None);
        assert_eq!(alone.offline(true), Some((NodeId(5), true)));
        assert_eq!((alone.reassign(), alone.preferred()), (None, None));
    }
}
