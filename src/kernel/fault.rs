//! Everything that may go wrong, as data: one closed list for buttons, console, lessons and search.

use crate::clock::Span;
use crate::process::NodeId;
use serde::{Deserialize, Serialize};

/// A message on the wire, numbered in the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlightId(pub u64);

/// One thing done to the cluster from outside. Links are directed: `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fault {
    /// The process dies at once. What it wrote stays in the page cache; connections are reset.
    Kill(NodeId),
    /// The machine dies. Unflushed writes are gone; peers see nothing at all.
    PowerOff(NodeId),
    /// A dead process starts again with what its disk kept.
    Restart(NodeId),
    /// The process freezes (a long collection, SIGSTOP): nothing is handled, connections stay open.
    Pause(NodeId),
    /// A frozen process goes on, believing that no time has passed.
    Resume(NodeId),
    /// The process is asked to stop in good order (SIGTERM).
    Stop(NodeId),
    /// Packets in this direction vanish.
    Cut { from: NodeId, to: NodeId },
    /// Packets in this direction pass again.
    Heal { from: NodeId, to: NodeId },
    /// Every link of the node is cut in both directions.
    Isolate(NodeId),
    /// Every link of the node passes again.
    Rejoin(NodeId),
    /// Every link passes again.
    HealAll,
    /// Extra one-way delay on a link.
    Delay { from: NodeId, to: NodeId, extra: Span },
    /// Of a thousand messages on the link, so many are lost.
    Lose { from: NodeId, to: NodeId, permille: u16 },
    /// Of a thousand messages on the link, so many arrive twice.
    Duplicate { from: NodeId, to: NodeId, permille: u16 },
    /// Messages on the link wait until they are released.
    Hold { from: NodeId, to: NodeId },
    /// What was held on the link goes on its way.
    Release { from: NodeId, to: NodeId },
    /// This one message is lost.
    Drop(FlightId),
    /// Every flush of the disk takes this much longer; zero cures it.
    SlowDisk { node: NodeId, extra: Span },
    /// Writes fail from now on.
    FillDisk(NodeId),
    /// Writes work again.
    FreeDisk(NodeId),
    /// One volume of the disk fails: what is on it can be neither read nor written.
    FailDir { node: NodeId, dir: u8 },
    /// An empty volume takes the place of a failed one.
    ReplaceDir { node: NodeId, dir: u8 },
}
