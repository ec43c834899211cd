//! Requests to a group coordinator and its answers, under the names of Kafka's schemas.

use super::Writer;
use crate::group::{Answer, MemberId, Partitions, Request};
use crate::id::PartitionId;
use crate::names;
use scene::Tone;

/// As Kafka writes one: the client's name, then its random part.
pub(crate) fn member_name(world: &kernel::World<crate::system::Kafka>, id: MemberId) -> String {
    let client = world.node(id.client()).and_then(|slot| names::client_name(&slot.process));
    let client = client.map_or_else(|| id.client().to_string(), str::to_owned);
    format!("{client}-{:012x}", id.0 & 0xffff_ffff_ffff)
}

impl Writer<'_> {
    fn member(&mut self, member: Option<MemberId>) {
        let name = member.map_or_else(String::new, |id| member_name(self.world, id));
        self.field("MemberId", name);
    }

    fn names(&self, ids: impl IntoIterator<Item = PartitionId>) -> String {
        let names: Vec<String> =
            ids.into_iter().map(|id| names::partition(self.world, id)).collect();
        format!("[{}]", names.join(", "))
    }

    fn partitions(&self, all: &Partitions) -> String {
        self.names(all.iter().flat_map(|(topic, indices)| {
            let topic = *topic;
            indices.iter().map(move |index| PartitionId { topic, index: *index })
        }))
    }

    pub(super) fn group_request(&mut self, request: &Request) {
        self.shown.tone = Tone::Key;
        match request {
            Request::Join(join) => {
                self.member(join.member);
                self.field("SessionTimeoutMs", join.session_timeout.as_millis());
                self.field("RebalanceTimeoutMs", join.rebalance_timeout.as_millis());
                let protocols: Vec<&str> = join.protocols.iter().map(|(name, _)| *name).collect();
                self.field("Protocols", format!("[{}]", protocols.join(", ")));
            }
            Request::Sync(sync) => {
                self.member(Some(sync.member));
                self.field("GenerationId", sync.generation);
                self.shown.note = format!("gen {}", sync.generation);
                for (member, assigned) in &sync.assignments {
                    let name = member_name(self.world, *member);
                    let assigned = self.names(assigned.iter().copied());
                    self.field("Assignment", format!("{name}: {assigned}"));
                }
            }
            Request::Heartbeat(beat) => {
                self.shown.tone = Tone::Routine;
                self.member(Some(beat.member));
                self.field("GenerationId", beat.generation);
            }
            Request::Leave(leaving) => {
                for who in leaving {
                    self.member(who.member);
                }
            }
            Request::ConsumerHeartbeat(beat) => {
                self.member(Some(beat.member));
                self.field("MemberEpoch", beat.epoch);
                self.shown.note = format!("epoch {}", beat.epoch);
                match &beat.owned {
                    Some(owned) => {
                        let owned = self.partitions(owned);
                        self.field("TopicPartitions", owned);
                    }
                    None => self.shown.tone = Tone::Routine,
                }
            }
            Request::OffsetCommit(commit) => {
                self.shown.tone = Tone::Normal;
                self.member(commit.member);
                self.field("GenerationIdOrMemberEpoch", commit.epoch);
                for (id, offset, _) in &commit.offsets {
                    let name = names::partition(self.world, *id);
                    self.field("CommittedOffset", format!("{name} {offset}"));
                }
            }
            Request::OffsetFetch(fetch) => {
                self.shown.tone = Tone::Normal;
                let asked = fetch.partitions.iter().flatten().copied();
                let asked = self.names(asked);
                self.field("Partitions", asked);
            }
        }
    }

    pub(super) fn group_answer(&mut self, answer: &Answer) {
        self.shown.error = answer.error();
        match answer {
            Answer::Join(Ok(joined)) => {
                self.shown.tone = Tone::Key;
                self.shown.note = format!("gen {}", joined.generation);
                self.field("GenerationId", joined.generation);
                self.field("ProtocolName", joined.protocol.unwrap_or_default());
                let leader = joined.leader.map(|id| member_name(self.world, id));
                self.field("Leader", leader.unwrap_or_default());
                self.member(Some(joined.member));
            }
            Answer::Sync(Ok(synced)) => {
                self.shown.tone = Tone::Key;
                let assigned = self.names(synced.assignment.iter().copied());
                self.field("Assignment", assigned);
            }
            Answer::Heartbeat(Ok(())) => self.shown.tone = Tone::Routine,
            Answer::ConsumerHeartbeat(Ok(reply)) => {
                self.field("MemberEpoch", reply.epoch);
                self.field("HeartbeatIntervalMs", reply.heartbeat_interval.as_millis());
                match &reply.assignment {
                    Some(assignment) => {
                        self.shown.tone = Tone::Key;
                        let assignment = self.partitions(assignment);
                        self.field("Assignment", assignment);
                    }
                    None => self.shown.tone = Tone::Routine,
                }
            }
            Answer::OffsetFetch(Ok(found)) => {
                for (id, committed) in found {
                    let name = names::partition(self.world, *id);
                    let offset = committed.map_or(-1, |at| at.offset as i64);
                    self.field("CommittedOffset", format!("{name} {offset}"));
                }
            }
            _ => {}
        }
    }
}
