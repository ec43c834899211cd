//! Failover managers and a recovery worker as people draw them on whiteboards, run in the place of
//! Kafka's rules where a topic asks for one: `manager=one-seat`, `recovery=copy`.
//!
//! They are ours, written to look reasonable and to be found wanting; no other topic notices them.
//! Refuses to know the metadata log, requests and timers: `controller/rounds.rs` and
//! `broker/sync.rs` run what is decided here.

use crate::config::Truncation;
use crate::id::Offset;
use kernel::NodeId;

/// Who chooses the leaders of a topic in the controller's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    /// `replicas[partition]` holds one replica: whoever was put in last, so the leader.
    OneSeat,
    /// All replicas are known, and whoever is alive will do.
    FirstAlive,
}

impl Manager {
    pub const ALL: [Manager; 2] = [Manager::OneSeat, Manager::FirstAlive];

    /// Its word for a topic: `manager=one-seat`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Manager::OneSeat => "one-seat",
            Manager::FirstAlive => "first-alive",
        }
    }

    /// Whom it appoints, now that the leader is dead.
    #[must_use]
    pub(crate) fn pick(
        self,
        leader: Option<NodeId>,
        replicas: &[NodeId],
        alive: &dyn Fn(NodeId) -> bool,
    ) -> Option<NodeId> {
        match self {
            // The seat is the dead leader's: so there is nobody, at every death of a leader.
            Manager::OneSeat => leader.filter(|seat| alive(*seat)),
            // Nobody is asked what it has.
            Manager::FirstAlive => replicas.iter().copied().find(|replica| alive(*replica)),
        }
    }
}

/// How a follower of a topic makes up for what it missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recovery {
    /// As some version of Kafka does: it cuts first.
    Cut(Truncation),
    /// It copies from its own log end until that is the leader's, and adds itself to the ISR.
    Copy,
}

impl Recovery {
    pub const ALL: [Recovery; 3] = [
        Recovery::Cut(Truncation::LeaderEpoch),
        Recovery::Cut(Truncation::HighWatermark),
        Recovery::Copy,
    ];

    /// Its word for a topic: `recovery=copy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Recovery::Cut(truncation) => truncation.name(),
            Recovery::Copy => "copy",
        }
    }

    /// The home-made test of whether a replica is in sync: it compares lengths.
    #[must_use]
    pub(crate) fn is_in_sync(own_end: Offset, leaders_end: Offset) -> bool {
        own_end >= leaders_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];

    #[test]
    fn a_table_with_one_seat_finds_nobody_whoever_leads() {
        for dead in LIST {
            assert_eq!(Manager::OneSeat.pick(Some(dead), &LIST, &|node| node != dead), None);
        }
    }

    #[test]
    fn the_first_alive_is_taken_whatever_it_has() {
        let pick =
            |dead: u16| Manager::FirstAlive.pick(Some(NodeId(dead)), &LIST, &|node| node.0 != dead);
        assert_eq!([pick(1), pick(2), pick(3)], [2, 1, 1].map(|node| Some(NodeId(node))));
        assert_eq!(Manager::FirstAlive.pick(None, &LIST, &|_| false), None);
    }
}
