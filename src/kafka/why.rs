//! Why something is as it is: the chain of causes back to a fault, an input or a setting.
//!
//! Most links of the chain are the kernel's own causes. Where the real reason is that something
//! did *not* happen (a heartbeat that never came), the chain goes to what kept it from happening.

use crate::fact::{Fact, Fence, Reason as Change};
use crate::id::{ErrorCode, PartitionId};
use crate::names;
use crate::outage::struck;
use crate::rules::rule_of;
use crate::system::Kafka;
use crate::told::tell;
use kernel::{Event, EventId, Input, NodeId, What};
use scene::{Ask, Reason, Setting, View};

/// Longest chain that is told.
const LONGEST: usize = 12;

pub(crate) fn why(view: &View<'_, Kafka>, ask: &Ask) -> Vec<Reason> {
    let asker = Asker { view };
    let mut chain = Vec::new();
    let mut next = asker.start(ask);
    while let Some(event) = next.and_then(|id| view.event(id)) {
        if asker.is_telling(event) || chain.is_empty() {
            chain.push(asker.reason(event));
        }
        if chain.len() >= LONGEST {
            break;
        }
        let cause = asker.cause(event);
        // Causes only lead back.
        next = cause.filter(|cause| *cause < event.id);
    }
    // A loss ends at the promise that was given, and at the setting that made it so cheap.
    chain.extend(asker.broken_promise(ask).map(|event| asker.reason(event)));
    chain
}

/// What brought an event about, by what its node said of it; else by the kernel's own account.
pub(crate) fn cause(view: &View<'_, Kafka>, event: &Event<Kafka>) -> Option<EventId> {
    Asker { view }.cause(event).filter(|cause| *cause < event.id)
}

struct Asker<'a> {
    view: &'a View<'a, Kafka>,
}

impl<'a> Asker<'a> {
    /// The latest event at or before `until` for which `is` holds.
    fn latest(
        &self,
        until: Option<EventId>,
        is: impl Fn(&Event<Kafka>) -> bool,
    ) -> Option<EventId> {
        let before = |event: &&'a Event<Kafka>| until.is_none_or(|until| event.id < until);
        self.view.events().rev().filter(before).find(|event| is(event)).map(|event| event.id)
    }

    fn latest_fact(
        &self,
        until: Option<EventId>,
        is: impl Fn(&Event<Kafka>, &Fact) -> bool,
    ) -> Option<EventId> {
        self.latest(until, |event| match &event.what {
            What::Noted(fact) => is(event, fact),
            _ => false,
        })
    }

    fn start(&self, ask: &Ask) -> Option<EventId> {
        let partition = |name: &str| names::find_partition(self.view.world, name);
        match ask {
            Ask::Event(event) => Some(*event),
            Ask::Leader(name) => {
                let id = partition(name)?;
                self.latest_fact(None, |_, fact| chose_leader(fact, id))
            }
            Ask::Isr(name) => {
                let id = partition(name)?;
                self.latest_fact(None, |_, fact| changed_isr(fact, id))
            }
            Ask::HighWatermark(name, node) => {
                let id = partition(name)?;
                self.latest_fact(None, |event, fact| {
                    event.node == Some(*node) && moved_mark(fact, id)
                })
            }
            Ask::Record(name, offset) => self.record(partition(name)?, *offset),
            Ask::Node(node) => self.latest(None, |event| concerns_node(event, *node)),
        }
    }

    /// A lost record begins at the leadership that left it out, any other at its last promise.
    fn record(&self, id: PartitionId, offset: u64) -> Option<EventId> {
        let account = self.view.world.ledger().accounts.get(&id);
        let loss = account
            .and_then(|account| account.losses.iter().rev().find(|loss| loss.offset == offset));
        if let Some(loss) = loss {
            return self.latest_fact(None, |_, fact| {
                matches!(fact, Fact::BecameLeader { id: of, epoch, start }
                    if *of == id && *epoch > loss.epoch && *start <= offset)
            });
        }
        self.latest_fact(None, |_, fact| match fact {
            Fact::Acked(acked) => {
                acked.id == id
                    && (acked.base..acked.base + acked.values.len() as u64).contains(&offset)
            }
            Fact::Appended { id: of, base, records } => {
                *of == id && (*base..*base + records.len() as u64).contains(&offset)
            }
            _ => false,
        })
    }

    /// The acknowledgement of a record that was lost.
    fn broken_promise(&self, ask: &Ask) -> Option<&'a Event<Kafka>> {
        let Ask::Record(name, offset) = ask else { return None };
        let id = names::find_partition(self.view.world, name)?;
        let losses = &self.view.world.ledger().accounts.get(&id)?.losses;
        let loss = losses.iter().rev().find(|loss| loss.offset == *offset)?;
        let given = self.latest_fact(None, |_, fact| match fact {
            Fact::Acked(acked) => {
                let range = acked.base..acked.base + acked.values.len() as u64;
                acked.id == id && acked.leader == loss.by && range.contains(offset)
            }
            _ => false,
        });
        given.and_then(|id| self.view.event(id))
    }

    fn is_telling(&self, event: &Event<Kafka>) -> bool {
        !matches!(event.what, What::Received { .. } | What::Fired(_) | What::Flushed(_))
    }

    /// What brought an event about.
    fn cause(&self, event: &Event<Kafka>) -> Option<EventId> {
        let own = match &event.what {
            What::Noted(fact) => self.cause_of_fact(event, fact),
            _ => None,
        };
        own.or(event.cause)
    }

    fn cause_of_fact(&self, event: &Event<Kafka>, fact: &Fact) -> Option<EventId> {
        let before = Some(event.id);
        match fact {
            Fact::BrokerFenced { broker, why: Fence::Session(_) } => {
                self.took_away(*broker, before)
            }
            Fact::LeaderChosen(chosen) => self.cause_of_change(chosen.why, chosen.id, before),
            Fact::IsrChanged(changed) => self.cause_of_change(changed.why, changed.id, before),
            Fact::IsrProposed { leaves, .. } if !leaves.is_empty() => {
                self.took_away(leaves[0], before)
            }
            Fact::BecameLeader { id, .. } | Fact::BecameFollower { id, .. } => {
                self.latest_fact(before, |_, fact| chose_leader(fact, *id))
            }
            Fact::Truncated { id, epoch, .. } => self.latest_fact(before, |_, fact| {
                let Fact::BecameLeader { id: of, epoch: led, .. } = fact else { return false };
                of == id && led == epoch
            }),
            Fact::Refused { id, error, .. } => self.cause_of_refusal(event, *id, *error),
            Fact::SendFailed { id, error, .. } => {
                self.latest_fact(before, |_, fact| refused(fact, *id, *error))
            }
            Fact::GaveUp { id, .. } => self.latest_fact(before, |own, fact| {
                let Fact::SendFailed { id: of, .. } = fact else { return false };
                of == id && own.node == event.node
            }),
            Fact::AlterRefused { id, .. } => self
                .latest_fact(before, |_, fact| changed_isr(fact, *id) || chose_leader(fact, *id)),
            Fact::ProduceParked { id, .. } => {
                self.latest_fact(before, |own, fact| own.node == event.node && appended(fact, *id))
            }
            Fact::QuorumRole { .. } => self.latest(before, |event| {
                matches!(&event.what, What::Input(Input::Fault(fault)) if struck(fault).is_some())
            }),
            _ => None,
        }
    }

    /// A node that does not lead refuses because of the change that it knows of; one that leads,
    /// for want of members, because of what took them out of the ISR.
    fn cause_of_refusal(
        &self,
        event: &Event<Kafka>,
        id: PartitionId,
        error: ErrorCode,
    ) -> Option<EventId> {
        let before = Some(event.id);
        match error {
            ErrorCode::NotEnoughReplicas | ErrorCode::NotEnoughReplicasAfterAppend => self
                .latest_fact(
                    before,
                    |_, fact| matches!(fact, Fact::IsrChanged(changed) if changed.id == id),
                ),
            ErrorCode::NotLeaderOrFollower
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::UnknownLeaderEpoch => self.latest_fact(before, |own, fact| {
                own.node == event.node
                    && matches!(
                        fact,
                        Fact::BecameFollower { id: of, .. } | Fact::BecameLeader { id: of, .. }
                            if *of == id
                    )
            }),
            _ => None,
        }
    }

    fn cause_of_change(
        &self,
        why: Change,
        id: PartitionId,
        before: Option<EventId>,
    ) -> Option<EventId> {
        match why {
            Change::Fenced(node) | Change::Round(node) => self.latest_fact(
                before,
                |_, fact| matches!(fact, Fact::BrokerFenced { broker, .. } if *broker == node),
            ),
            Change::Stopping(node) => self.latest_fact(
                before,
                |_, fact| matches!(fact, Fact::BrokerStopping { broker } if *broker == node),
            ),
            Change::Unfenced(node) => self.latest_fact(
                before,
                |_, fact| matches!(fact, Fact::BrokerUnfenced { broker } if *broker == node),
            ),
            Change::Proposed(_) => self.latest_fact(
                before,
                |_, fact| matches!(fact, Fact::IsrProposed { id: of, .. } if *of == id),
            ),
            Change::Restarted(node) => self.took_away(node, before),
            Change::DirFailed(node) => self.latest_fact(
                before,
                |_, fact| matches!(fact, Fact::ReplicasOffline { broker, .. } if *broker == node),
            ),
            Change::Unregistered(node) => self.latest_fact(
                before,
                |_, fact| matches!(fact, Fact::BrokerUnregistered { broker } if *broker == node),
            ),
            Change::Operator | Change::Balance | Change::UncleanCheck => None,
        }
    }

    /// The fault that took a node away, or cut it off.
    fn took_away(&self, node: NodeId, before: Option<EventId>) -> Option<EventId> {
        self.latest(before, |event| match &event.what {
            What::Input(Input::Fault(fault)) => struck(fault) == Some(node),
            What::Ended => event.node == Some(node),
            _ => false,
        })
    }

    fn reason(&self, event: &Event<Kafka>) -> Reason {
        let (rule, keys) = match &event.what {
            What::Noted(fact) => rule_of(fact),
            _ => (None, Vec::new()),
        };
        let settings = &self.view.world.config().settings;
        let mut settings: Vec<Setting> = keys.into_iter().map(|key| settings.shown(key)).collect();
        if let What::Noted(Fact::Acked(acked)) = &event.what {
            settings.push(Setting { key: "acks", value: acked.acks.name().to_owned() });
        }
        if let What::Noted(Fact::BecameLeader { id, .. }) = &event.what {
            settings.extend(self.acks_of_losses(*id));
        }
        Reason {
            event: event.id,
            step: event.step,
            at: event.at,
            node: event.node,
            what: tell(self.view.world, event).what,
            rule,
            settings,
        }
    }

    /// The setting under which lost records of a partition had been acknowledged.
    fn acks_of_losses(&self, id: PartitionId) -> Option<Setting> {
        let loss = self.view.world.ledger().accounts.get(&id)?.losses.last()?;
        let value = if loss.acks_all { "all" } else { "1" };
        Some(Setting { key: "acks", value: value.to_owned() })
    }
}

fn chose_leader(fact: &Fact, id: PartitionId) -> bool {
    match fact {
        Fact::LeaderChosen(chosen) => chosen.id == id,
        Fact::PartitionCreated { id: of, .. } => *of == id,
        _ => false,
    }
}

fn changed_isr(fact: &Fact, id: PartitionId) -> bool {
    match fact {
        Fact::IsrChanged(changed) => changed.id == id,
        Fact::PartitionCreated { id: of, .. } => *of == id,
        _ => false,
    }
}

fn refused(fact: &Fact, id: PartitionId, error: ErrorCode) -> bool {
    matches!(fact, Fact::Refused { id: of, error: told, .. } if *of == id && *told == error)
}

fn appended(fact: &Fact, id: PartitionId) -> bool {
    matches!(fact, Fact::Appended { id: of, .. } if *of == id)
}

fn moved_mark(fact: &Fact, id: PartitionId) -> bool {
    matches!(fact, Fact::HighWatermark { id: of, .. } | Fact::Truncated { id: of, .. } if *of == id)
}

fn concerns_node(event: &Event<Kafka>, node: NodeId) -> bool {
    match &event.what {
        What::Input(Input::Fault(fault)) => struck(fault) == Some(node),
        What::Began | What::Ended => event.node == Some(node),
        What::Noted(fact) => match fact {
            Fact::BrokerFenced { broker, .. }
            | Fact::BrokerUnfenced { broker }
            | Fact::BrokerStopping { broker }
            | Fact::BrokerRegistered { broker, .. }
            | Fact::RegistrationRefused { broker } => *broker == node,
            Fact::ControllerActive { .. }
            | Fact::QuorumResigned { .. }
            | Fact::QuorumFollows { .. }
            | Fact::DiskFailed => event.node == Some(node),
            _ => false,
        },
        _ => false,
    }
}
