//! What a person has an application do between two polls: read from elsewhere, leave a partition
//! out for a while. Source: spec E5; `KafkaConsumer.seek`, `seekToBeginning`, `seekToEnd`, `pause`,
//! `resume`.

use super::consumer::Consumer;
use crate::fact::Fact;
use crate::id::{Offset, PartitionId};
use crate::message::Place;
use crate::node::Out;
use kernel::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// It takes so long for each record from now on.
    Handler(Span),
    Seek {
        id: PartitionId,
        to: SeekTo,
    },
    /// Nothing is read, and what was read is not handed out; the partition stays its own.
    Pause(PartitionId),
    Resume(PartitionId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeekTo {
    Offset(Offset),
    /// The beginning or the end, looked up at the leader.
    Place(Place),
}

impl Order {
    /// The partition that it is about.
    pub(crate) fn partition(self) -> Option<PartitionId> {
        match self {
            Order::Handler(_) => None,
            Order::Seek { id, .. } | Order::Pause(id) | Order::Resume(id) => Some(id),
        }
    }

    /// What the application calls.
    fn method(self) -> &'static str {
        match self {
            Order::Handler(_) => "poll",
            Order::Seek { to: SeekTo::Offset(_), .. } => "seek",
            Order::Seek { to: SeekTo::Place(Place::Earliest), .. } => "seekToBeginning",
            Order::Seek { .. } => "seekToEnd",
            Order::Pause(_) => "pause",
            Order::Resume(_) => "resume",
        }
    }
}

impl Consumer {
    /// Only a partition that it has. Between the order and the poll that carries it out a rebalance
    /// may have taken the partition away.
    /// Source: `SubscriptionState.assignedState`, which throws `IllegalStateException`.
    pub(crate) fn obey(&mut self, order: Order, out: &mut Out<'_>) {
        if let Some(id) = order.partition().filter(|id| !self.has(*id)) {
            return out.note(Fact::NotAssigned { id, method: order.method() });
        }
        match order {
            Order::Handler(_) => {}
            Order::Seek { id, to } => {
                self.seek(id, to);
                out.note(Fact::Sought { id, to });
            }
            Order::Pause(id) => {
                if self.paused.insert(id) {
                    out.note(Fact::ReadingPaused { id });
                }
            }
            Order::Resume(id) => {
                if self.paused.remove(&id) {
                    out.note(Fact::ReadingResumed { id });
                }
            }
        }
    }
}
