//! Where each node lies among the slots, by its number. Nodes never leave, so a place is for good.

use crate::process::NodeId;

const NOWHERE: u16 = u16::MAX;

#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    by_number: Vec<u16>,
    /// In ascending order.
    nodes: Vec<NodeId>,
}

impl Places {
    pub(crate) fn get(&self, node: NodeId) -> Option<usize> {
        let place = self.by_number.get(usize::from(node.0)).copied();
        place.filter(|place| *place != NOWHERE).map(usize::from)
    }

    pub(crate) fn insert(&mut self, node: NodeId, place: usize) {
        let number = usize::from(node.0);
        if self.by_number.len() <= number {
            self.by_number.resize(number + 1, NOWHERE);
        }
        self.by_number[number] = place as u16;
        let at = self.nodes.partition_point(|other| *other < node);
        self.nodes.insert(at, node);
    }

    /// Every node in ascending order.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().copied()
    }
}
