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

impl Consumer {
    /// Only a partition that it has; Kafka's client throws `IllegalStateException` otherwise.
    pub(crate) fn obey(&mut self, order: Order, out: &mut Out<'_>) {
        match order {
            Order::Handler(_) => {}
            Order::Seek { id, to } => {
                if self.seek(id, to) {
                    out.note(Fact::Sought { id, to });
                }
            }
            Order::Pause(id) => {
                if self.has(id) && self.paused.insert(id) {
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
