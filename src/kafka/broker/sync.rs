//! The home-made recovery worker, on the follower's side: it copies from its own log end until that
//! is the leader's, and then adds itself to the ISR. Nothing is ever cut, no epoch is compared.
//! Refuses to know how copying goes: the fetches are the fetcher's.

use super::{Broker, Purpose};
use crate::homemade::Recovery;
use crate::id::{Offset, PartitionId, TopicId};
use crate::message::{AlterPartition, Request};
use crate::node::Out;
use kernel::{NodeId, Span};

impl Broker {
    pub(super) fn recovery(&self, topic: TopicId) -> Recovery {
        self.image.recovery(topic, self.profile.truncation)
    }

    /// Whether the worker still has something to find out: `leader.logEnd`.
    pub(super) fn asks_for_end(&self, id: PartitionId) -> bool {
        let known = self.image.partitions.get(&id);
        self.recovery(id.topic) == Recovery::Copy
            && known.is_some_and(|partition| !partition.isr.contains(&self.me))
    }

    /// `if replica.logEnd >= leader.logEnd: isr.add(replica)`
    pub(super) fn compare_ends(
        &mut self,
        id: PartitionId,
        leader: NodeId,
        leaders_end: Offset,
        out: &mut Out<'_>,
    ) {
        let Some(replica) = self.replicas.get(&id) else { return };
        let own_end = replica.log.end();
        if own_end > leaders_end {
            // Nothing is there to be copied; it looks again when there may be.
            self.back_off(leader, id, out);
        }
        if Recovery::is_in_sync(own_end, leaders_end) && self.asks_for_end(id) {
            self.add_itself(id, out);
        }
    }

    fn add_itself(&mut self, id: PartitionId, out: &mut Out<'_>) {
        let (Some(controller), Some(broker_epoch)) = (self.quorum.leader(), self.epoch) else {
            return;
        };
        let Some(known) = self.image.partitions.get(&id) else { return };
        let isr = known.isr.iter().map(|node| (*node, None));
        let proposal = AlterPartition {
            id,
            leader_epoch: known.leader_epoch,
            partition_epoch: known.partition_epoch,
            isr: isr.chain([(self.me, self.epoch)]).collect(),
            recovering: false,
        };
        let body = Request::AlterPartition { broker_epoch, partitions: vec![proposal] };
        self.calls.send(controller, body, Span::secs(30), Purpose::Alter(vec![id]), out);
    }
}
