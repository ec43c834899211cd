//! What coordinators and members of groups say, as messages.

use super::Teller;
use crate::broker::groups::GroupChanged;
use crate::client::group::OnError;
use crate::client::order::SeekTo;
use crate::fact::Fact;
use crate::group::{Kind, Standing, Timer, Trigger};
use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::Place;
use crate::names;
use scene::{Telling, Told};

impl Teller<'_> {
    fn list(&self, ids: &[PartitionId]) -> String {
        match ids {
            [] => "∅".to_owned(),
            _ => {
                let names: Vec<String> =
                    ids.iter().map(|id| names::partition(self.world, *id)).collect();
                names.join(", ")
            }
        }
    }

    fn offsets(&self, offsets: &[(PartitionId, Offset)]) -> String {
        let one = |(id, at): &(PartitionId, Offset)| {
            format!("{}@{at}", names::partition(self.world, *id))
        };
        offsets.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn group_fact(&self, fact: &Fact) -> Option<Telling> {
        Some(Telling::new(match fact {
            Fact::GroupsLoaded { id, records } => {
                self.on("fact.groups-loaded", *id).with("count", *records)
            }
            Fact::GroupsUnloaded { index } => {
                Told::new("fact.groups-unloaded").with("index", u64::from(*index))
            }
            Fact::CommitStored { group, offsets, .. } => Told::new("fact.commit-stored")
                .with("group", names::group(self.world, *group))
                .with("offsets", self.offsets(offsets)),
            Fact::OffsetsReset { group, offsets } => Told::new("fact.offsets-reset")
                .with("group", names::group(self.world, *group))
                .with("offsets", self.offsets(offsets)),
            Fact::OffsetsExpired { group, gone } => {
                let what = Told::new("fact.offsets-expired")
                    .with("group", names::group(self.world, *group))
                    .with("partitions", self.list(gone));
                let why = Told::new("why.offsets-expired")
                    .with("setting", self.setting("offsets.retention.minutes").value);
                return Some(Telling { why: Some(why), ..Telling::new(what) });
            }
            Fact::StaleAccepted { group, from, api, claimed } => Told::new("fact.stale-accepted")
                .with("group", names::group(self.world, *group))
                .with("client", *from)
                .with("api", *api)
                .with("epoch", u64::try_from(*claimed).unwrap_or(0)),
            Fact::GroupRefused { to, api, error } => {
                let what = Told::new("fact.group-refused").with("client", *to).with("api", *api);
                return Some(Telling {
                    why: group_error(*error),
                    ..Telling::new(what.with("error", error.name()))
                });
            }
            Fact::GroupChanged(changed) => return Some(self.changed(changed)),
            _ => return None,
        }))
    }

    fn changed(&self, changed: &GroupChanged) -> Telling {
        let name = names::group(self.world, changed.group);
        let Some(after) = changed.after else {
            return Telling::new(Told::new("fact.group-gone").with("group", name));
        };
        let had_members = |it: &Standing| it.members > 0 && it.kind != after.kind;
        let migrates = changed.before.as_ref().is_some_and(had_members);
        let key = match after.kind {
            _ if !migrates => "fact.group-changed",
            Kind::Consumer => "fact.group-upgraded",
            Kind::Classic => "fact.group-downgraded",
        };
        let what = Told::new(key)
            .with("group", name)
            .with("state", after.state)
            .with("epoch", after.epoch as u64)
            .with("members", after.members as u64);
        let why = match changed.trigger {
            Trigger::Request { api, from } => {
                Told::new("why.group-request").with("api", api).with("client", from)
            }
            Trigger::Timer(timer) => why_timer(timer),
            Trigger::Written => Told::new("why.group-written"),
        };
        let so_what = match after.state {
            _ if migrates && after.kind == Kind::Consumer => Some(Told::new("so.group-upgraded")),
            "PreparingRebalance" => Some(Told::new("so.group-waits")),
            _ => None,
        };
        Telling { why: Some(why), so_what, ..Telling::new(what) }
    }

    pub(super) fn member_fact(&self, fact: &Fact) -> Option<Telling> {
        let what = match fact {
            Fact::CoordinatorFound { node } => {
                Told::new("fact.coordinator-found").with("node", *node)
            }
            Fact::Joins { rejoin } => {
                Told::new(if *rejoin { "fact.rejoins" } else { "fact.joins" })
            }
            Fact::Shared { assignor, members } => {
                Told::new("fact.shared").with("assignor", *assignor).with("members", *members)
            }
            Fact::PartitionsAssigned { epoch, added, all } => Told::new("fact.assigned")
                .with("epoch", *epoch as u64)
                .with("added", self.list(added))
                .with("all", self.list(all)),
            Fact::PartitionsRevoked { gone } => {
                Told::new("fact.revoked").with("partitions", self.list(gone))
            }
            Fact::PartitionsLost { gone } => {
                let what = Told::new("fact.partitions-lost").with("partitions", self.list(gone));
                return Some(Telling {
                    so_what: Some(Told::new("so.partitions-lost")),
                    ..Telling::new(what)
                });
            }
            Fact::OffsetsCommitted { offsets } => {
                Told::new("fact.offsets-committed").with("offsets", self.offsets(offsets))
            }
            Fact::CommitFailed { error, offsets } => {
                let what = Told::new("fact.commit-failed").with("error", error.name());
                return Some(Telling {
                    why: group_error(*error),
                    ..Telling::new(what.with("offsets", self.offsets(offsets)))
                });
            }
            Fact::PolledLate { since } => {
                let what = Told::new("fact.polled-late").with("since", *since);
                return Some(Telling {
                    why: Some(Told::new("why.polled-late")),
                    ..Telling::new(what)
                });
            }
            Fact::Placed { id, at } => match at {
                Some(at) => self.on("fact.placed", *id).with("at", *at),
                None => self.on("fact.placed-nowhere", *id),
            },
            Fact::Committing { offsets } => {
                Told::new("fact.committing").with("offsets", self.offsets(offsets))
            }
            Fact::Leaves => Told::new("fact.leaves"),
            Fact::Processed { id, base, records } => self
                .on("fact.processed", *id)
                .with("base", *base)
                .with("count", records.len() as u64),
            Fact::HandlerFailed { id, at, then } => {
                let key = match then {
                    OnError::Skip => "fact.handler-failed-skip",
                    OnError::Park => "fact.handler-failed-park",
                    OnError::Stop => "fact.handler-failed-stop",
                };
                self.on(key, *id).with("at", *at)
            }
            _ => return self.application_fact(fact),
        };
        Some(Telling::new(what))
    }

    /// What its application has ordered.
    fn application_fact(&self, fact: &Fact) -> Option<Telling> {
        let what = match fact {
            Fact::NotAssigned { id, method } => {
                return Some(Telling {
                    why: Some(Told::new("why.not-assigned")),
                    ..Telling::new(self.on("fact.not-assigned", *id).with("method", *method))
                });
            }
            Fact::Sought { id, to: SeekTo::Offset(to) } => {
                self.on("fact.sought", *id).with("to", *to)
            }
            Fact::Sought { id, to: SeekTo::Place(Place::Earliest) } => {
                self.on("fact.sought-beginning", *id)
            }
            Fact::Sought { id, .. } => self.on("fact.sought-end", *id),
            Fact::ReadingPaused { id } => self.on("fact.reading-paused", *id),
            Fact::ReadingResumed { id } => self.on("fact.reading-resumed", *id),
            _ => return None,
        };
        Some(Telling::new(what))
    }
}

fn why_timer(timer: Timer) -> Told {
    match timer {
        Timer::Join(_) => Told::new("why.group-join-over"),
        Timer::Sync(_) => Told::new("why.group-sync-over"),
        Timer::Heartbeat(_, member) | Timer::Session(_, member) => {
            Told::new("why.group-session-over").with("client", member.client())
        }
        Timer::Rebalance(_, member) => {
            Told::new("why.group-rebalance-over").with("client", member.client())
        }
        Timer::ClassicJoin(_, member) => {
            Told::new("why.group-classic-join-over").with("client", member.client())
        }
        Timer::ClassicSync(_, member) => {
            Told::new("why.group-classic-sync-over").with("client", member.client())
        }
        Timer::ExpireOffsets => Told::new("why.group-offsets-over"),
    }
}

/// What an error code of a coordinator means.
fn group_error(error: ErrorCode) -> Option<Told> {
    let key = match error {
        ErrorCode::UnknownMemberId => "why.unknown-member",
        ErrorCode::IllegalGeneration => "why.illegal-generation",
        ErrorCode::RebalanceInProgress => "why.rebalance-in-progress",
        ErrorCode::FencedInstanceId => "why.fenced-instance",
        ErrorCode::FencedMemberEpoch => "why.fenced-member-epoch",
        ErrorCode::StaleMemberEpoch => "why.stale-member-epoch",
        ErrorCode::GroupIdNotFound => "why.group-id-not-found",
        ErrorCode::GroupMaxSizeReached => "why.group-max-size-reached",
        ErrorCode::InconsistentGroupProtocol => "why.inconsistent-group-protocol",
        ErrorCode::NotCoordinator => "why.not-coordinator",
        ErrorCode::CoordinatorNotAvailable => "why.no-coordinator",
        _ => return None,
    };
    Some(Told::new(key))
}
