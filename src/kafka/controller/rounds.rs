//! The rounds of home-made managers: every 30 s, whose leader is dead gets what the manager picks.
//! Refuses to know how a manager picks (`homemade.rs`), and what a topic of Kafka's own does.

use super::Controller;
use super::replication::{Decision, Replication};
use crate::fact::Reason;
use crate::homemade::Manager;
use crate::id::{PartitionId, TopicId};
use crate::image::{Change, MetaRecord, Partition};
use crate::node::{Out, Timer};
use kernel::{NodeId, Span};

/// From one look to the next; a death falls anywhere in between.
const ROUND: Span = Span::secs(30);

/// `for partition in partitions: if not alive(partition.leader): appoint(…)`
impl Controller {
    /// The first round is due once some topic has a manager.
    pub(super) fn begin_rounds(&self, written: &[MetaRecord], out: &mut Out<'_>) {
        let asks = |record: &MetaRecord| {
            matches!(record, MetaRecord::Config { change: Change::Manager(Some(_)), .. })
        };
        if written.iter().any(asks) {
            out.set(Timer::Round, ROUND);
        }
    }

    /// A new controller looks on from where it takes over: the table was in the old one's memory.
    pub(super) fn take_over_rounds(&self, out: &mut Out<'_>) {
        if self.image().topics.values().any(|topic| topic.configs.manager.is_some()) {
            out.set(Timer::Round, ROUND);
        }
    }

    pub(super) fn round(&mut self, out: &mut Out<'_>) {
        let decision = self.replication().round();
        self.carry_out(decision, out);
        out.set(Timer::Round, ROUND);
    }
}

impl Replication<'_> {
    pub(super) fn manager(&self, topic: TopicId) -> Option<Manager> {
        self.image.topics.get(&topic).and_then(|topic| topic.configs.manager)
    }

    /// What every manager does about the leaders that are dead by now.
    fn round(&self) -> Decision {
        let mut decision = Decision::default();
        let dead = |leader: NodeId| !self.image.is_active(leader);
        let found = self.image.partitions.iter().filter_map(|(id, partition)| {
            self.manager(id.topic)?;
            Some((*id, partition, partition.leader.filter(|leader| dead(*leader))?))
        });
        for (id, partition, leader) in found {
            let why = Reason::Round(leader);
            self.change(&self.without_broker(id, partition, leader, why), &mut decision);
        }
        decision
    }

    /// Whether a death is left for the next round: the manager looks after its leaders itself.
    pub(super) fn waits_for_round(
        &self,
        id: PartitionId,
        partition: &Partition,
        why: Reason,
    ) -> bool {
        match why {
            Reason::Fenced(broker) => {
                partition.leader == Some(broker) && self.manager(id.topic).is_some()
            }
            _ => false,
        }
    }
}
