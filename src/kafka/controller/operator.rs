//! What an operator's tool asks of the active controller. It refuses to know the tool's words:
//! they are the console's (`command.rs`).

use super::Controller;
use super::replication::{Decision, Replication};
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId};
use crate::message::{Move, Operator};
use crate::node::Out;

impl Controller {
    pub(super) fn operate(&mut self, order: &Operator, out: &mut Out<'_>) {
        if self.active.is_none() {
            return;
        }
        match order {
            Operator::AddVoter(voter) => self.quorum.add_voter(*voter, out),
            Operator::RemoveVoter(voter) => self.quorum.remove_voter(*voter, out),
            Operator::ElectLeaders { ids, unclean } => self.elect(ids, *unclean, out),
            // Each for itself: one that is refused does not keep the others back.
            Operator::Reassign(moves) if moves.len() > 1 => {
                for one in moves {
                    self.decide(&Operator::Reassign(vec![one.clone()]), out);
                }
            }
            _ => self.decide(order, out),
        }
    }

    fn elect(&mut self, ids: &[PartitionId], unclean: bool, out: &mut Out<'_>) {
        for id in ids {
            match self.replication().elect(*id, unclean) {
                Ok(decision) => self.carry_out(decision, out),
                Err(error) => out.note(Fact::ElectionRefused { id: *id, error }),
            }
        }
    }

    fn decide(&mut self, order: &Operator, out: &mut Out<'_>) {
        let decided = self.replication().decided(order, &mut |below| out.draw("placement", below));
        match decided {
            Ok(decision) => self.carry_out(decision, out),
            Err(error) => out.note(refused(order, error)),
        }
    }
}

impl Replication<'_> {
    /// What an order comes to; every drawing in it is the caller's.
    ///
    /// # Errors
    /// As Kafka names them.
    pub(crate) fn decided(
        &self,
        order: &Operator,
        draw: &mut dyn FnMut(u64) -> u64,
    ) -> Result<Decision, ErrorCode> {
        match order {
            Operator::CreateTopic(topic) => self.create_topic(topic, draw),
            Operator::CreatePartitions(new) => self.create_partitions(new, draw),
            Operator::AlterConfigs { topic, changes } => self.alter_configs(*topic, changes),
            Operator::Reassign(moves) => {
                let mut all = Decision::default();
                for Move { id, target } in moves {
                    all.extend(self.reassign(*id, target.as_deref())?);
                }
                Ok(all)
            }
            // Those are for the partition's leader.
            Operator::DeleteRecords { .. } | Operator::ResetOffsets { .. } => {
                Err(ErrorCode::InvalidRequest)
            }
            Operator::Unregister(broker) => match self.image.brokers.get(broker) {
                Some(known) => Ok(self.broker_unregistered(*broker, known.epoch)),
                None => Err(ErrorCode::BrokerIdNotRegistered),
            },
            Operator::ElectLeaders { ids, unclean } => {
                let mut all = Decision::default();
                for id in ids {
                    all.extend(self.elect(*id, *unclean)?);
                }
                Ok(all)
            }
            // The quorum changes its voters itself.
            Operator::AddVoter(_) | Operator::RemoveVoter(_) => Ok(Decision::default()),
        }
    }
}

/// What is said of an order that was not carried out.
fn refused(order: &Operator, error: ErrorCode) -> Fact {
    match order {
        Operator::CreateTopic(topic) => Fact::TopicRefused { name: topic.name.clone(), error },
        _ => Fact::OrderRefused { api: order.api(), error },
    }
}
