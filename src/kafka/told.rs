//! Events and facts as messages: key, typed arguments, weight. The words are in `locales/`.

mod groups;

use crate::client::keys;
use crate::election::Verdict;
use crate::fact::{Fact, Fence, Reason, Resigned};
use crate::group;
use crate::id::{ErrorCode, PartitionId, TopicId};
use crate::image::Change;
use crate::names;
use crate::node::Timer;
use crate::system::Kafka;
use kernel::{Event, Fault, Input, NodeId, What, World};
use scene::{Setting, Telling, Told, Weight};

pub(crate) fn weight(event: &Event<Kafka>) -> Weight {
    match &event.what {
        What::Input(_) | What::Began | What::Ended | What::Broken { .. } => Weight::Key,
        What::HungUp { .. } | What::Lost { .. } | What::Waits { .. } => Weight::Normal,
        What::Received { .. } | What::Fired(_) | What::Flushed(_) => Weight::Routine,
        What::Noted(fact) => fact_weight(fact),
    }
}

/// What is remembered of a long run: what it turned on, what its tape shows, what was promised.
pub(crate) fn lasts(event: &Event<Kafka>) -> bool {
    let shown = |fact: &Fact| {
        matches!(fact, Fact::PartitionCreated { .. } | Fact::SendFailed { .. } | Fact::Acked(_))
    };
    weight(event) == Weight::Key || matches!(&event.what, What::Noted(fact) if shown(fact))
}

fn fact_weight(fact: &Fact) -> Weight {
    match fact {
        Fact::MetadataCommitted { .. }
        | Fact::MetadataApplied { .. }
        | Fact::Created { .. }
        | Fact::Committing { .. }
        | Fact::CommitStored { .. }
        | Fact::Placed { .. }
        | Fact::HighWatermark { leads: false, .. } => Weight::Routine,
        Fact::QuorumRole { .. }
        | Fact::VoteAnswered { .. }
        | Fact::QuorumFollows { .. }
        | Fact::SnapshotKept { .. }
        | Fact::SnapshotLoaded { .. }
        | Fact::BecameFollower { .. }
        | Fact::Appended { .. }
        | Fact::Replicated { .. }
        | Fact::HighWatermark { .. }
        | Fact::DuplicateIgnored { .. }
        | Fact::ProduceParked { .. }
        | Fact::FetcherBackedOff { .. }
        | Fact::PartitionCreated { .. }
        | Fact::ProducerReady { .. }
        | Fact::BrokerState { .. }
        | Fact::Acked(_)
        | Fact::LogStart { .. }
        | Fact::SegmentsDeleted { .. }
        | Fact::PositionReset { .. }
        | Fact::ReadsFrom { .. }
        | Fact::GroupsLoaded { .. }
        | Fact::GroupsUnloaded { .. }
        | Fact::CoordinatorFound { .. }
        | Fact::Joins { .. }
        | Fact::Shared { .. }
        | Fact::OffsetsCommitted { .. }
        | Fact::Processed { .. }
        | Fact::Consumed { .. } => Weight::Normal,
        Fact::GroupRefused { error, .. } if is_routine(*error) => Weight::Routine,
        Fact::SendFailed { attempt, .. } if *attempt > 1 => Weight::Normal,
        _ => Weight::Key,
    }
}

/// Refusals that belong to the ordinary course of a rebalance.
fn is_routine(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::MemberIdRequired
            | ErrorCode::RebalanceInProgress
            | ErrorCode::NotCoordinator
            | ErrorCode::CoordinatorNotAvailable
    )
}

pub(crate) fn tell(world: &World<Kafka>, event: &Event<Kafka>) -> Telling {
    match &event.what {
        What::Input(input) => Telling::new(input_told(input)),
        What::Began => Telling::new(Told::new("event.began")),
        What::Ended => Telling::new(Told::new("event.ended")),
        What::Received { from, api, .. } => {
            Telling::new(Told::new("event.received").with("api", *api).with("from", *from))
        }
        What::Fired(timer) => Telling::new(timer_told(*timer)),
        What::Flushed(_) => Telling::new(Told::new("event.flushed")),
        What::HungUp { peer } => Telling::new(Told::new("event.hung-up").with("peer", *peer)),
        What::Lost { from, api, .. } => {
            Telling::new(Told::new("event.lost").with("api", *api).with("from", *from))
        }
        What::Waits { from, api, .. } => {
            Telling::new(Told::new("event.waits").with("api", *api).with("from", *from))
        }
        What::Broken { property, detail } => {
            let promise = &<Kafka as kernel::System>::properties()[*property];
            let what = Told::new("event.broken").with("promise", Told::new(promise.name));
            Telling { why: Some(detail.clone()), ..Telling::new(what) }
        }
        What::Noted(fact) => Teller { world }.fact(fact),
    }
}

fn input_told(input: &Input<Kafka>) -> Told {
    match input {
        Input::Command(command) => Told::new("input.command").with("line", command.line.clone()),
        Input::Choose(index) => Told::new("input.choose").with("index", u64::from(*index)),
        Input::Fault(fault) => fault_told(fault),
    }
}

fn fault_told(fault: &Fault) -> Told {
    let on = |key, node: NodeId| Told::new(key).with("node", node);
    let link = |key, from: NodeId, to: NodeId| Told::new(key).with("from", from).with("to", to);
    match *fault {
        Fault::Kill(node) => on("fault.kill", node),
        Fault::PowerOff(node) => on("fault.power-off", node),
        Fault::Restart(node) => on("fault.restart", node),
        Fault::Pause(node) => on("fault.pause", node),
        Fault::Resume(node) => on("fault.resume", node),
        Fault::Stop(node) => on("fault.stop", node),
        Fault::Isolate(node) => on("fault.isolate", node),
        Fault::Rejoin(node) => on("fault.rejoin", node),
        Fault::FillDisk(node) => on("fault.fill-disk", node),
        Fault::FreeDisk(node) => on("fault.free-disk", node),
        Fault::HealAll => Told::new("fault.heal-all"),
        Fault::Cut { from, to } => link("fault.cut", from, to),
        Fault::Heal { from, to } => link("fault.heal", from, to),
        Fault::Hold { from, to } => link("fault.hold", from, to),
        Fault::Release { from, to } => link("fault.release", from, to),
        Fault::Delay { from, to, extra } => link("fault.delay", from, to).with("extra", extra),
        Fault::Lose { from, to, permille } => {
            link("fault.lose", from, to).with("permille", u64::from(permille))
        }
        Fault::Duplicate { from, to, permille } => {
            link("fault.duplicate", from, to).with("permille", u64::from(permille))
        }
        Fault::Drop(flight) => Told::new("fault.drop").with("flight", flight.0),
        Fault::FailDir { node, dir } => on("fault.fail-dir", node).with("dir", u64::from(dir)),
        Fault::ReplaceDir { node, dir } => {
            on("fault.replace-dir", node).with("dir", u64::from(dir))
        }
        Fault::SlowDisk { node, extra } => on("fault.slow-disk", node).with("extra", extra),
    }
}

pub(crate) fn timer_told(timer: Timer) -> Told {
    let key = match timer {
        Timer::Requests(_) => "timer.request",
        Timer::Election => "timer.election",
        Timer::QuorumFetchTimeout => "timer.quorum-fetch",
        Timer::QuorumRetry => "timer.quorum-retry",
        Timer::CheckQuorum => "timer.check-quorum",
        Timer::BeginQuorum => "timer.begin-quorum",
        Timer::AppendLinger => "timer.append-linger",
        Timer::QuorumShutdown => "timer.quorum-shutdown",
        Timer::QuorumParked | Timer::ParkedFetch(_) => "timer.parked-fetch",
        Timer::Session => "timer.session",
        Timer::NoOp => "timer.no-op",
        Timer::Balance => "timer.balance",
        Timer::UncleanElection => "timer.unclean-election",
        Timer::Round => "timer.round",
        Timer::Heartbeat => "timer.heartbeat",
        Timer::Channel => "timer.channel",
        Timer::ReplicaFetch(_) => "timer.replica-fetch",
        Timer::IsrExpiration => "timer.isr-expiration",
        Timer::Checkpoint => "timer.checkpoint",
        Timer::WriteBack => "timer.write-back",
        Timer::StartCheckpoint => "timer.start-checkpoint",
        Timer::Retention => "timer.retention",
        Timer::DirFailure => "timer.dir-failure",
        Timer::ParkedProduce(_) => "timer.parked-produce",
        Timer::AlterRetry => "timer.alter-retry",
        Timer::ShutdownLimit => "timer.shutdown-limit",
        Timer::Create => "timer.create",
        Timer::Linger => "timer.linger",
        Timer::Retry => "timer.retry",
        Timer::MetadataRefresh => "timer.metadata",
        Timer::Delivery => "timer.delivery",
        Timer::Poll(_) => "timer.poll",
        Timer::Group(_, timer) => group_timer(timer),
        Timer::GroupWrites(_) => "timer.group-writes",
        Timer::Coordinator => "timer.coordinator",
        Timer::Beat => "timer.beat",
        Timer::PollDeadline => "timer.poll-deadline",
        Timer::Handle => "timer.handle",
        Timer::AppPoll => "timer.app-poll",
    };
    Told::new(key)
}

fn group_timer(timer: group::Timer) -> &'static str {
    match timer {
        group::Timer::Join(_) => "timer.group-join",
        group::Timer::Sync(_) => "timer.group-sync",
        group::Timer::Heartbeat(..) | group::Timer::Session(..) => "timer.group-session",
        group::Timer::Rebalance(..) => "timer.group-rebalance",
        group::Timer::ClassicJoin(..) => "timer.group-classic-join",
        group::Timer::ClassicSync(..) => "timer.group-sync",
        group::Timer::ExpireOffsets => "timer.group-offsets",
    }
}

/// Facts with the names of what they are about.
struct Teller<'a> {
    world: &'a World<Kafka>,
}

impl Teller<'_> {
    fn on(&self, key: &'static str, id: PartitionId) -> Told {
        Told::new(key).with("partition", names::partition(self.world, id))
    }

    fn setting(&self, key: &'static str) -> Setting {
        self.world.config().settings.shown(key)
    }

    fn fact(&self, fact: &Fact) -> Telling {
        self.quorum_fact(fact)
            .or_else(|| self.controller_fact(fact))
            .or_else(|| self.broker_fact(fact))
            .or_else(|| self.client_fact(fact))
            .or_else(|| self.group_fact(fact))
            .or_else(|| self.member_fact(fact))
            .unwrap_or_else(|| Telling::new(Told::new("fact.unknown")))
    }

    fn quorum_fact(&self, fact: &Fact) -> Option<Telling> {
        let what = match fact {
            Fact::QuorumRole { role, epoch } => {
                Told::new("fact.quorum-role").with("role", *role).with("epoch", *epoch)
            }
            Fact::VoteAnswered { candidate, epoch, granted, pre_vote } => {
                let key = match (pre_vote, granted) {
                    (true, true) => "fact.pre-vote-granted",
                    (true, false) => "fact.pre-vote-refused",
                    (false, true) => "fact.vote-granted",
                    (false, false) => "fact.vote-refused",
                };
                Told::new(key).with("candidate", *candidate).with("epoch", *epoch)
            }
            Fact::QuorumElected { epoch, votes } => {
                let what = Told::new("fact.quorum-elected").with("epoch", *epoch);
                return Some(Telling {
                    what: what.with("votes", &votes[..]),
                    why: Some(Told::new("why.majority").with("votes", votes.len() as u64)),
                    so_what: Some(Told::new("so.sessions-restart")),
                });
            }
            Fact::QuorumFollows { leader, epoch } => {
                Told::new("fact.quorum-follows").with("leader", *leader).with("epoch", *epoch)
            }
            Fact::QuorumResigned { epoch, why } => {
                let why = match why {
                    Resigned::Alone => "why.no-quorum",
                    Resigned::Stopping => "why.asked-to-stop",
                    Resigned::Removed => "why.no-voter",
                };
                return Some(Telling {
                    why: Some(Told::new(why)),
                    ..Telling::new(Told::new("fact.quorum-resigned").with("epoch", *epoch))
                });
            }
            Fact::QuorumTruncated { to } => Told::new("fact.quorum-truncated").with("to", *to),
            Fact::QuorumLostCommitted { to, high_watermark } => {
                let what = Told::new("fact.quorum-lost-committed").with("to", *to);
                return Some(Telling {
                    why: Some(Told::new("why.quorum-lost-committed")),
                    ..Telling::new(what.with("mark", *high_watermark))
                });
            }
            Fact::MetadataCommitted { to } => Told::new("fact.metadata-committed").with("to", *to),
            Fact::SnapshotKept { end } => Told::new("fact.snapshot-kept").with("end", *end),
            Fact::SnapshotLoaded { end, from } => {
                Told::new("fact.snapshot-loaded").with("end", *end).with("from", *from)
            }
            Fact::VotersProposed { voter, voters } => {
                let joins = voters.contains(voter);
                let key = if joins { "fact.voter-added" } else { "fact.voter-removed" };
                Told::new(key).with("voter", *voter).with("voters", &voters[..])
            }
            Fact::VoterRefused { voter, error } => {
                Told::new("fact.voter-refused").with("voter", *voter).with("error", error.name())
            }
            _ => return None,
        };
        Some(Telling::new(what))
    }

    fn controller_fact(&self, fact: &Fact) -> Option<Telling> {
        let on_broker = |key, broker: NodeId| Told::new(key).with("broker", broker);
        Some(match fact {
            Fact::ControllerActive { epoch } => {
                Telling::new(Told::new("fact.controller-active").with("epoch", *epoch))
            }
            Fact::BrokerRegistered { broker, epoch, clean } => Telling {
                why: (!clean).then(|| Told::new("why.unclean-restart")),
                ..Telling::new(on_broker("fact.broker-registered", *broker).with("epoch", *epoch))
            },
            Fact::RegistrationRefused { broker } => Telling {
                why: Some(
                    Told::new("why.session-still-valid")
                        .with("timeout", self.world.config().settings.broker_session_timeout),
                ),
                ..Telling::new(on_broker("fact.registration-refused", *broker))
            },
            Fact::BrokerUnfenced { broker } => Telling::new(on_broker("fact.unfenced", *broker)),
            Fact::BrokerFenced { broker, why } => self.fenced(*broker, *why),
            Fact::BrokerStopping { broker } => Telling {
                so_what: Some(Told::new("so.no-detection-delay")),
                ..Telling::new(on_broker("fact.broker-stopping", *broker))
            },
            Fact::TopicCreated { name } => {
                Telling::new(Told::new("fact.topic-created").with("topic", name.clone()))
            }
            Fact::TopicRefused { name, error } => Telling::new(
                Told::new("fact.topic-refused")
                    .with("topic", name.clone())
                    .with("error", error.name()),
            ),
            Fact::PartitionCreated { id, replicas, leader } => Telling::new(
                self.on("fact.partition-created", *id)
                    .with("replicas", &replicas[..])
                    .with("leader", *leader),
            ),
            Fact::LeaderChosen(chosen) => self.leader_chosen(chosen),
            Fact::IsrChanged(changed) => self.isr_changed(changed),
            Fact::AlterRefused { id, broker, error } => Telling::new(
                self.on("fact.alter-refused", *id)
                    .with("broker", *broker)
                    .with("error", error.name()),
            ),
            Fact::ElectionRefused { id, error } => {
                Telling::new(self.on("fact.election-refused", *id).with("error", error.name()))
            }
            _ => return self.operator_fact(fact),
        })
    }

    /// What came of an operator's orders.
    fn operator_fact(&self, fact: &Fact) -> Option<Telling> {
        Some(match fact {
            Fact::OrderRefused { api, error } => Telling::new(
                Told::new("fact.order-refused").with("api", *api).with("error", error.name()),
            ),
            Fact::ReassignmentBegan { id, replicas, adding, removing } => Telling {
                so_what: (!adding.is_empty()).then(|| Told::new("so.copies-first")),
                ..Telling::new(
                    self.on("fact.reassignment-began", *id)
                        .with("replicas", &replicas[..])
                        .with("adding", &adding[..])
                        .with("removing", &removing[..]),
                )
            },
            Fact::ReassignmentDone { id, replicas } => {
                Telling::new(self.on("fact.reassignment-done", *id).with("replicas", &replicas[..]))
            }
            Fact::ReassignmentCancelled { id, replicas, unclean } => Telling {
                so_what: unclean.then(|| Told::new("so.unclean")),
                ..Telling::new(
                    self.on("fact.reassignment-cancelled", *id).with("replicas", &replicas[..]),
                )
            },
            Fact::ConfigChanged { topic, change } => self.config_changed(*topic, *change),
            Fact::ReplicasOffline { broker, count } => Telling::new(
                Told::new("fact.replicas-offline").with("node", *broker).with("count", *count),
            ),
            Fact::BrokerUnregistered { broker } => {
                Telling::new(Told::new("fact.broker-unregistered").with("broker", *broker))
            }
            _ => return None,
        })
    }

    fn config_changed(&self, topic: Option<TopicId>, change: Change) -> Telling {
        let value = change.value();
        let key = match (topic, &value) {
            (Some(_), Some(_)) => "fact.config-changed",
            (Some(_), None) => "fact.config-unset",
            (None, Some(_)) => "fact.defaults-changed",
            (None, None) => "fact.defaults-unset",
        };
        let mut what = Told::new(key).with("key", change.key(topic.is_some()));
        if let Some(topic) = topic {
            what = what.with("topic", names::topic(self.world, topic));
        }
        if let Some(value) = value {
            what = what.with("value", value);
        }
        let so_what = matches!(change, Change::MinIsr(_)).then(|| Told::new("so.nobody-eligible"));
        Telling { so_what, ..Telling::new(what) }
    }

    fn fenced(&self, broker: NodeId, why: Fence) -> Telling {
        let timeout = self.world.config().settings.broker_session_timeout;
        let why = match why {
            Fence::Session(silent) => {
                Told::new("why.session").with("silent", silent).with("timeout", timeout)
            }
            Fence::Asked => Told::new("why.fence-asked"),
            Fence::Shutdown => Told::new("why.shut-down"),
        };
        Telling {
            what: Told::new("fact.fenced").with("broker", broker),
            why: Some(why),
            so_what: Some(Told::new("so.fenced")),
        }
    }

    fn leader_chosen(&self, chosen: &crate::fact::LeaderChosen) -> Telling {
        let key = match (chosen.to, chosen.unclean) {
            (None, _) => "fact.leader-none",
            (Some(_), true) => "fact.leader-unclean",
            (Some(_), false) => "fact.leader-chosen",
        };
        let mut what = self.on(key, chosen.id).with("epoch", chosen.epoch);
        if let Some(leader) = chosen.to {
            what = what.with("leader", leader);
        }
        let picked = chosen.verdicts.iter().find(|(node, _)| Some(*node) == chosen.to);
        let so_what = match (chosen.to, chosen.unclean) {
            (None, _) => "so.offline",
            (Some(_), true) => "so.unclean",
            (Some(_), false) => "so.clients-must-learn",
        };
        Telling {
            what,
            why: Some(match picked {
                Some((_, verdict)) => verdict_told(*verdict),
                None => Told::new("why.nobody-eligible"),
            }),
            so_what: Some(Told::new(so_what)),
        }
    }

    fn isr_changed(&self, changed: &crate::fact::IsrChanged) -> Telling {
        if changed.to == changed.from {
            let what = self.on("fact.elr-changed", changed.id).with("elr", &changed.elr[..]);
            return Telling { why: Some(reason_told(changed.why)), ..Telling::new(what) };
        }
        let grows = changed.to.len() > changed.from.len();
        let key = if grows { "fact.isr-grew" } else { "fact.isr-shrank" };
        let what = self
            .on(key, changed.id)
            .with("isr", &changed.to[..])
            .with("before", &changed.from[..])
            .with("version", changed.version);
        let so_what = if changed.to.len() < changed.min_isr {
            Told::new("so.below-min-isr").with("min", changed.min_isr as u64)
        } else if changed.to.len() == changed.replicas {
            Told::new("so.full-isr")
        } else {
            Told::new("so.one-fewer").with("left", changed.to.len() as u64)
        };
        Telling { what, why: Some(reason_told(changed.why)), so_what: Some(so_what) }
    }

    fn broker_fact(&self, fact: &Fact) -> Option<Telling> {
        Some(match fact {
            Fact::BrokerState { state } => {
                Telling::new(Told::new("fact.broker-state").with("state", *state))
            }
            Fact::MetadataApplied { to } => {
                Telling::new(Told::new("fact.metadata-applied").with("to", *to))
            }
            Fact::BecameLeader { id, epoch, start } => Telling {
                so_what: Some(Told::new("so.epoch-starts").with("start", *start)),
                ..Telling::new(
                    self.on("fact.became-leader", *id).with("epoch", *epoch).with("start", *start),
                )
            },
            Fact::BecameFollower { id, leader, epoch } => Telling::new(match leader {
                Some(leader) => self
                    .on("fact.became-follower", *id)
                    .with("leader", *leader)
                    .with("epoch", *epoch),
                None => self.on("fact.follows-nobody", *id),
            }),
            Fact::Appended { id, base, records } => Telling::new(
                self.on("fact.appended", *id)
                    .with("base", *base)
                    .with("count", records.len() as u64),
            ),
            Fact::Replicated { id, base, count } => Telling::new(
                self.on("fact.replicated", *id).with("base", *base).with("count", *count),
            ),
            Fact::HighWatermark { id, from, to, leads } => {
                let key = if *leads { "fact.high-watermark" } else { "fact.follower-mark" };
                Telling::new(self.on(key, *id).with("from", *from).with("to", *to))
            }
            Fact::Truncated { id, from, to, epoch } => Telling {
                why: Some(Told::new("why.diverged").with("epoch", *epoch)),
                so_what: Some(Told::new("so.truncated").with("count", from - to)),
                ..Telling::new(self.on("fact.truncated", *id).with("from", *from).with("to", *to))
            },
            Fact::IsrProposed { id, isr, joins, leaves } => {
                self.isr_proposed(*id, isr, joins, leaves)
            }
            Fact::ProposalFailed { id, error } => {
                Telling::new(self.on("fact.proposal-failed", *id).with("error", error.name()))
            }
            Fact::Refused { id, from, api, error } => Telling {
                why: error_told(*error),
                ..Telling::new(
                    self.on("fact.refused", *id)
                        .with("from", *from)
                        .with("api", *api)
                        .with("error", error.name()),
                )
            },
            Fact::DuplicateIgnored { id, from, offset } => Telling::new(
                self.on("fact.duplicate-ignored", *id).with("from", *from).with("offset", *offset),
            ),
            Fact::ProduceParked { id, from, until } => Telling::new(
                self.on("fact.produce-parked", *id).with("from", *from).with("until", *until),
            ),
            Fact::FetcherBackedOff { leader } => {
                Telling::new(Told::new("fact.fetcher-backed-off").with("leader", *leader))
            }
            fact => return self.storage_fact(fact),
        })
    }

    fn storage_fact(&self, fact: &Fact) -> Option<Telling> {
        Some(match fact {
            Fact::DirFailed { dir } => Telling {
                so_what: Some(Told::new("so.dir-failed")),
                ..Telling::new(Told::new("fact.dir-failed").with("dir", u64::from(dir.0)))
            },
            Fact::LogStart { id, to } => {
                Telling::new(self.on("fact.log-start", *id).with("to", *to))
            }
            Fact::SegmentsDeleted { id, count, to } => Telling::new(
                self.on("fact.segments-deleted", *id).with("count", *count).with("to", *to),
            ),
            Fact::ReplicaStopped { id } => Telling::new(self.on("fact.replica-stopped", *id)),
            Fact::DiskFailed => Telling::new(Told::new("fact.disk-failed")),
            _ => return None,
        })
    }

    fn isr_proposed(
        &self,
        id: PartitionId,
        isr: &[NodeId],
        joins: &[NodeId],
        leaves: &[NodeId],
    ) -> Telling {
        let what = self.on("fact.isr-proposed", id).with("isr", isr);
        let why = if joins.is_empty() {
            let lag = self.setting("replica.lag.time.max.ms");
            Told::new("why.lagged").with("nodes", leaves).with("setting", lag.key)
        } else {
            Told::new("why.caught-up").with("nodes", joins)
        };
        Telling { what, why: Some(why), so_what: Some(Told::new("so.controller-decides")) }
    }

    fn client_fact(&self, fact: &Fact) -> Option<Telling> {
        Some(match fact {
            Fact::Created { value, key, .. } => Telling::new(match key {
                Some(key) => Told::new("fact.created-keyed")
                    .with("value", *value)
                    .with("key", keys::name(*key)),
                None => Told::new("fact.created").with("value", *value),
            }),
            Fact::SendThrew { id, value, error } => {
                let what = self.on("fact.send-threw", *id).with("value", *value);
                Telling {
                    why: Some(Told::new("why.buffer-full")),
                    ..Telling::new(what.with("error", error.name()))
                }
            }
            Fact::ProducerReady { producer_id } => {
                Telling::new(Told::new("fact.producer-ready").with("id", *producer_id))
            }
            Fact::MetadataLearned { id, leader, epoch } => Telling::new(match leader {
                Some(leader) => self
                    .on("fact.metadata-learned", *id)
                    .with("leader", *leader)
                    .with("epoch", *epoch),
                None => self.on("fact.metadata-leaderless", *id),
            }),
            Fact::Acked(acked) => Telling::new(
                self.on("fact.acked", acked.id)
                    .with("base", acked.base)
                    .with("count", acked.values.len() as u64)
                    .with("acks", acked.acks.name())
                    .with("latency", acked.latency),
            ),
            Fact::SendFailed { id, count, attempt, error } => Telling {
                why: error_told(*error),
                ..Telling::new(
                    self.on("fact.send-failed", *id)
                        .with("count", *count)
                        .with("attempt", *attempt)
                        .with("error", error.name()),
                )
            },
            Fact::GaveUp { id, count, error } => Telling {
                so_what: Some(Told::new("so.unknown-outcome")),
                ..Telling::new(
                    self.on("fact.gave-up", *id).with("count", *count).with("error", error.name()),
                )
            },
            Fact::KnownStored { id, count } => {
                Telling::new(self.on("fact.known-stored", *id).with("count", *count))
            }
            Fact::ReadsFrom { id, node } => {
                Telling::new(self.on("fact.reads-from", *id).with("node", *node))
            }
            Fact::PositionReset { id, to } => {
                Telling::new(self.on("fact.position-reset", *id).with("to", *to))
            }
            Fact::ConsumerStopped { id, offset } => {
                Telling::new(self.on("fact.consumer-stopped", *id).with("offset", *offset))
            }
            Fact::ReadTruncated { id, from, to } => Telling::new(
                self.on("fact.read-truncated", *id).with("from", *from).with("to", *to),
            ),
            Fact::Consumed { id, base, records } => Telling::new(
                self.on("fact.consumed", *id)
                    .with("base", *base)
                    .with("count", records.len() as u64),
            ),
            _ => return None,
        })
    }
}

/// What an error code means here.
fn error_told(error: crate::id::ErrorCode) -> Option<Told> {
    use crate::id::ErrorCode as E;
    let key = match error {
        E::NotLeaderOrFollower => "why.not-leader",
        E::NotEnoughReplicas => "why.not-enough-replicas",
        E::NotEnoughReplicasAfterAppend => "why.not-enough-after-append",
        E::RequestTimedOut => "why.timed-out",
        E::NetworkException => "why.network",
        E::FencedLeaderEpoch => "why.fenced-epoch",
        E::UnknownLeaderEpoch => "why.unknown-epoch",
        E::OutOfOrderSequenceNumber => "why.out-of-order",
        _ => return None,
    };
    Some(Told::new(key))
}

/// Why a replica was passed over or picked.
pub(crate) fn verdict_told(verdict: Verdict) -> Told {
    Told::new(match verdict {
        Verdict::Stays => "candidate.stays",
        Verdict::FirstInIsr => "candidate.first-in-isr",
        Verdict::FirstInElr => "candidate.first-in-elr",
        Verdict::LastKnownLeader => "candidate.last-known-leader",
        Verdict::Unclean => "candidate.unclean",
        Verdict::NotActive => "candidate.not-active",
        Verdict::NotInIsr => "candidate.not-in-isr",
        Verdict::LaterInOrder => "candidate.later-in-order",
        Verdict::FirstAlive => "candidate.first-alive",
        Verdict::SeatOfDead => "candidate.seat-of-dead",
        Verdict::NoSeat => "candidate.no-seat",
        Verdict::AliveToo => "candidate.alive-too",
    })
}

pub(crate) fn reason_told(reason: Reason) -> Told {
    match reason {
        Reason::Fenced(node) => Told::new("reason.fenced").with("node", node),
        Reason::Round(node) => Told::new("reason.round").with("node", node),
        Reason::Stopping(node) => Told::new("reason.stopping").with("node", node),
        Reason::Restarted(node) => Told::new("reason.restarted").with("node", node),
        Reason::Unfenced(node) => Told::new("reason.unfenced").with("node", node),
        Reason::Proposed(node) => Told::new("reason.proposed").with("node", node),
        Reason::Operator => Told::new("reason.operator"),
        Reason::Balance => Told::new("reason.balance"),
        Reason::UncleanCheck => Told::new("reason.unclean-check"),
        Reason::DirFailed(node) => Told::new("reason.dir-failed").with("node", node),
        Reason::Unregistered(node) => Told::new("reason.unregistered").with("node", node),
    }
}
