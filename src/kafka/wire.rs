//! Messages as an inspector shows them: fields under the names of Kafka's schemas, a short note,
//! and how loudly to draw them. Source: clients `message/*.json`.

mod groups;
pub(crate) use groups::member_name;

use crate::id::{ErrorCode, Offset, PartitionId};
use crate::message::{EpochEnd, Msg, PartitionInfo, Place, Reply, Request};
use crate::names;
use crate::quorum::{Directory, Snapshot};
use crate::system::Kafka;
use kernel::{NodeId, World};
use scene::{Field, Tone};
use std::rc::Rc;

/// What is shown of a message.
pub(crate) struct Shown {
    pub(crate) note: String,
    pub(crate) tone: Tone,
    pub(crate) error: Option<ErrorCode>,
    pub(crate) fields: Vec<Field>,
}

struct Writer<'a> {
    world: &'a World<Kafka>,
    shown: Shown,
}

pub(crate) fn show(world: &World<Kafka>, msg: &Msg) -> Shown {
    let shown = Shown { note: String::new(), tone: Tone::Normal, error: None, fields: Vec::new() };
    let mut writer = Writer { world, shown };
    match msg {
        Msg::Request { correlation, body } => {
            writer.field("CorrelationId", correlation);
            writer.request(body);
        }
        Msg::Reply { correlation, body } => {
            writer.field("CorrelationId", correlation);
            writer.reply(body);
        }
        Msg::Operator(_) | Msg::Application(_) => {}
    }
    if let Some(error) = writer.shown.error {
        writer.field("ErrorCode", error);
        writer.shown.tone = Tone::Key;
    }
    writer.shown
}

fn list(nodes: impl IntoIterator<Item = NodeId>) -> String {
    let list: Vec<String> = nodes.into_iter().map(|node| node.to_string()).collect();
    format!("[{}]", list.join(", "))
}

impl Writer<'_> {
    fn field(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        self.shown.fields.push(Field { name: name.to_owned(), value });
    }

    fn partition(&mut self, id: PartitionId) -> String {
        let name = names::partition(self.world, id);
        self.field("Partition", &name);
        name
    }

    fn request(&mut self, body: &Request) {
        match body {
            Request::Vote(_)
            | Request::BeginQuorumEpoch { .. }
            | Request::EndQuorumEpoch { .. }
            | Request::QuorumFetch(_)
            | Request::FetchSnapshot(_)
            | Request::ApiVersions => self.quorum_request(body),
            Request::BrokerRegistration(registering) => {
                self.shown.tone = Tone::Key;
                self.field("IncarnationId", format!("{:016x}", registering.incarnation));
                let previous = registering.previous_epoch.map_or(-1, |epoch| epoch as i64);
                self.field("PreviousBrokerEpoch", previous);
                if let Some(rack) = &registering.rack {
                    self.field("Rack", rack.to_string());
                }
            }
            Request::BrokerHeartbeat(beat) => {
                self.shown.tone = if beat.want_shut_down { Tone::Key } else { Tone::Routine };
                self.field("BrokerEpoch", beat.broker_epoch);
                self.field("CurrentMetadataOffset", beat.metadata_offset);
                self.field("WantFence", beat.want_fence);
                self.field("WantShutDown", beat.want_shut_down);
            }
            Request::AlterPartition { broker_epoch, partitions } => {
                self.shown.tone = Tone::Key;
                self.field("BrokerEpoch", broker_epoch);
                for change in partitions {
                    self.shown.note = self.partition(change.id);
                    self.field("LeaderEpoch", change.leader_epoch);
                    self.field("PartitionEpoch", change.partition_epoch);
                    self.field("NewIsr", list(change.isr.iter().map(|(node, _)| *node)));
                }
            }
            Request::AllocateProducerIds { broker_epoch } => {
                self.field("BrokerEpoch", broker_epoch);
            }
            Request::Produce(produce) => self.produce(produce),
            Request::Fetch(fetch) => self.fetch(fetch),
            Request::ListOffsets(_) | Request::OffsetsForLeaderEpoch(_) => self.offsets(body),
            Request::Metadata | Request::InitProducerId => {}
            Request::CreateTopic(topic) => {
                self.field("Name", &topic.name);
                self.field("NumPartitions", topic.partitions);
                self.field("ReplicationFactor", topic.replication_factor);
            }
            Request::FindCoordinator(group) => {
                self.field("Key", names::group(self.world, group.id));
                self.field("KeyType", 0);
            }
            Request::Group(group, request) => {
                self.field("GroupId", names::group(self.world, group.id));
                self.group_request(request);
            }
        }
    }

    fn directory(&mut self, name: &str, directory: Option<Directory>) {
        if let Some(directory) = directory {
            self.field(name, directory);
        }
    }

    fn quorum_request(&mut self, body: &Request) {
        match body {
            Request::Vote(vote) => {
                self.shown.tone = Tone::Key;
                self.shown.note =
                    if vote.pre_vote { "pre-vote".to_owned() } else { format!("e{}", vote.epoch) };
                self.field("ReplicaEpoch", vote.epoch);
                self.field("LastOffsetEpoch", vote.last_epoch);
                self.field("LastOffset", vote.end);
                self.field("PreVote", vote.pre_vote);
                self.directory("ReplicaDirectoryId", vote.candidate.directory);
                self.directory("VoterDirectoryId", vote.voter.and_then(|voter| voter.directory));
            }
            Request::BeginQuorumEpoch { epoch, leader, .. } => {
                self.shown.tone = Tone::Key;
                self.field("LeaderEpoch", epoch);
                self.field("LeaderId", leader);
            }
            Request::EndQuorumEpoch { epoch, leader, successors } => {
                self.shown.tone = Tone::Key;
                self.field("LeaderEpoch", epoch);
                self.field("LeaderId", leader);
                self.field("PreferredCandidates", list(successors.iter().copied()));
            }
            Request::QuorumFetch(fetch) => {
                self.shown.tone = Tone::Routine;
                self.field("CurrentLeaderEpoch", fetch.epoch);
                self.field("FetchOffset", fetch.offset);
                self.field("LastFetchedEpoch", fetch.last_epoch);
                self.field("HighWatermark", fetch.high_watermark);
            }
            Request::FetchSnapshot(fetch) => {
                self.shown.tone = Tone::Key;
                self.field("CurrentLeaderEpoch", fetch.epoch);
                self.field("SnapshotId", format!("{}-{}", fetch.id.0, fetch.id.1));
            }
            _ => {}
        }
    }

    fn produce(&mut self, produce: &crate::message::Produce) {
        self.field("Acks", produce.acks.name());
        self.field("TimeoutMs", produce.timeout.as_millis());
        let records: usize = produce.partitions.iter().map(|(_, list)| list.len()).sum();
        self.shown.note = format!("{records} rec");
        for (id, records) in &produce.partitions {
            self.partition(*id);
            self.field("Records", records.len());
            if let Some(stamp) = records.first().and_then(|record| record.stamp) {
                self.field("ProducerId", stamp.producer_id);
                self.field("ProducerEpoch", stamp.producer_epoch);
                self.field("BaseSequence", stamp.sequence);
            }
        }
    }

    fn fetch(&mut self, fetch: &crate::message::Fetch) {
        self.shown.tone = Tone::Routine;
        self.field("MaxWaitMs", fetch.max_wait.as_millis());
        self.field("MinBytes", fetch.min_bytes);
        self.field("MaxBytes", fetch.max_bytes);
        if let Some(epoch) = fetch.replica {
            self.field("ReplicaEpoch", epoch);
        }
        for asked in &fetch.partitions {
            let name = self.partition(asked.id);
            self.field("CurrentLeaderEpoch", asked.leader_epoch);
            self.field("FetchOffset", asked.offset);
            if let Some(epoch) = asked.last_epoch {
                self.field("LastFetchedEpoch", epoch);
            }
            self.shown.note = match fetch.partitions.len() {
                1 => format!("{name} @{}", asked.offset),
                n => format!("{n} partitions"),
            };
        }
    }

    fn reply(&mut self, body: &Reply) {
        match body {
            Reply::Vote { granted, pre_vote, hint, error } => {
                self.shown.tone = Tone::Key;
                self.shown.note = if *granted { "+".to_owned() } else { "−".to_owned() };
                self.shown.error = *error;
                self.field("VoteGranted", granted);
                self.field("PreVote", pre_vote);
                self.field("LeaderEpoch", hint.epoch);
            }
            Reply::BeginQuorumEpoch { hint, error } | Reply::EndQuorumEpoch { hint, error } => {
                self.shown.error = *error;
                self.field("LeaderEpoch", hint.epoch);
            }
            Reply::QuorumFetch { hint, result } => self.quorum_fetched(hint, result),
            Reply::FetchSnapshot { hint, result } => self.snapshot_fetched(hint, result),
            Reply::ApiVersions => {}
            Reply::BrokerRegistration(result) => match result {
                Ok(epoch) => self.field("BrokerEpoch", epoch),
                Err(error) => self.shown.error = Some(*error),
            },
            Reply::BrokerHeartbeat(result) => match result {
                Ok(answer) => {
                    self.shown.tone = Tone::Routine;
                    self.field("IsFenced", answer.is_fenced);
                    self.field("ShouldShutDown", answer.should_shut_down);
                }
                Err(error) => self.shown.error = Some(*error),
            },
            Reply::AlterPartition(result) => {
                self.shown.tone = Tone::Key;
                match result {
                    Ok(partitions) => self.altered(partitions),
                    Err(error) => self.shown.error = Some(*error),
                }
            }
            Reply::AllocateProducerIds(result) => self.allocated(result),
            Reply::Produce { results, leaders } => {
                self.produced(results);
                self.leaders(leaders);
            }
            Reply::Fetch { partitions, leaders } => {
                self.fetched(partitions);
                self.leaders(leaders);
            }
            Reply::ListOffsets { partitions, .. } => self.listed(partitions),
            Reply::OffsetsForLeaderEpoch(ends) => self.epoch_ends(ends),
            Reply::Metadata { partitions, .. } => {
                for info in partitions {
                    self.partition(info.id);
                    let leader = info.leader.map_or("-1".to_owned(), |node| node.to_string());
                    self.field("LeaderId", leader);
                    self.field("LeaderEpoch", info.leader_epoch);
                }
            }
            Reply::CreateTopic(result) => self.shown.error = result.err(),
            Reply::FindCoordinator(result) => match result {
                Ok(node) => self.field("NodeId", node),
                Err(error) => self.shown.error = Some(*error),
            },
            Reply::Group(answer) => self.group_answer(answer),
            Reply::InitProducerId(result) => match result {
                Ok((id, epoch)) => {
                    self.field("ProducerId", id);
                    self.field("ProducerEpoch", epoch);
                }
                Err(error) => self.shown.error = Some(*error),
            },
        }
    }

    fn offsets(&mut self, body: &Request) {
        match body {
            Request::ListOffsets(asked) => {
                for (id, epoch, place) in &asked.partitions {
                    self.partition(*id);
                    self.field("CurrentLeaderEpoch", epoch);
                    let timestamp = if *place == Place::Earliest { -2 } else { -1 };
                    self.field("Timestamp", timestamp);
                }
            }
            Request::OffsetsForLeaderEpoch(asked) => {
                for asked in asked {
                    self.partition(asked.id);
                    self.field("CurrentLeaderEpoch", asked.leader_epoch);
                    self.field("LeaderEpoch", asked.epoch);
                }
            }
            _ => {}
        }
    }

    fn produced(&mut self, results: &[(PartitionId, Result<Offset, ErrorCode>)]) {
        for (id, result) in results {
            self.partition(*id);
            match result {
                Ok(base) => {
                    self.field("BaseOffset", base);
                    self.shown.note = format!("@{base}");
                }
                Err(error) => self.shown.error = Some(*error),
            }
        }
    }

    fn listed(&mut self, partitions: &[(PartitionId, Place, Result<Offset, ErrorCode>)]) {
        for (id, _, result) in partitions {
            self.partition(*id);
            match result {
                Ok(offset) => self.field("Offset", offset),
                Err(error) => self.shown.error = Some(*error),
            }
        }
    }

    fn epoch_ends(&mut self, ends: &[(PartitionId, Result<EpochEnd, ErrorCode>)]) {
        for (id, end) in ends {
            self.partition(*id);
            match end {
                Ok(end) => {
                    let (epoch, end) = end.map_or((-1, -1), |(e, o)| (i64::from(e), o as i64));
                    self.field("LeaderEpoch", epoch);
                    self.field("EndOffset", end);
                }
                Err(error) => self.shown.error = Some(*error),
            }
        }
    }

    /// Source: KIP-951.
    fn leaders(&mut self, leaders: &[PartitionInfo]) {
        for info in leaders {
            let leader = info.leader.map_or("-1".to_owned(), |node| node.to_string());
            self.field("CurrentLeader", format!("{leader}, epoch {}", info.leader_epoch));
        }
    }

    fn allocated(&mut self, result: &Result<(u32, u32), ErrorCode>) {
        match result {
            Ok((first, count)) => {
                self.field("ProducerIdStart", first);
                self.field("ProducerIdLen", count);
            }
            Err(error) => self.shown.error = Some(*error),
        }
    }

    fn snapshot_fetched(
        &mut self,
        hint: &crate::message::QuorumHint,
        result: &Result<Rc<Snapshot>, ErrorCode>,
    ) {
        self.shown.tone = Tone::Key;
        self.field("LeaderEpoch", hint.epoch);
        match result {
            Ok(kept) => self.field("SnapshotId", format!("{}-{}", kept.end, kept.epoch)),
            Err(error) => self.shown.error = Some(*error),
        }
    }

    fn quorum_fetched(
        &mut self,
        hint: &crate::message::QuorumHint,
        result: &Result<Box<crate::message::QuorumFetched>, ErrorCode>,
    ) {
        self.field("LeaderEpoch", hint.epoch);
        match result {
            Ok(fetched) => {
                self.field("HighWatermark", fetched.high_watermark);
                self.field("Records", fetched.entries.len());
                if let Some((epoch, end)) = fetched.diverging {
                    self.field("DivergingEpoch", format!("{epoch} until {end}"));
                }
                if let Some((end, epoch)) = fetched.snapshot {
                    self.field("SnapshotId", format!("{end}-{epoch}"));
                }
                let routine = fetched
                    .entries
                    .iter()
                    .all(|entry| matches!(entry.record, crate::image::MetaRecord::NoOp));
                if routine {
                    self.shown.tone = Tone::Routine;
                } else {
                    self.shown.note = format!("{} rec", fetched.entries.len());
                }
            }
            Err(error) => self.shown.error = Some(*error),
        }
    }

    fn altered(
        &mut self,
        partitions: &[(PartitionId, Result<crate::message::PartitionState, ErrorCode>)],
    ) {
        for (id, result) in partitions {
            self.shown.note = self.partition(*id);
            match result {
                Ok(state) => {
                    self.field("LeaderEpoch", state.leader_epoch);
                    self.field("PartitionEpoch", state.partition_epoch);
                    self.field("Isr", list(state.isr.iter().copied()));
                }
                Err(error) => self.shown.error = Some(*error),
            }
        }
    }

    fn fetched(
        &mut self,
        partitions: &[(PartitionId, Result<crate::message::Fetched, ErrorCode>)],
    ) {
        let mut records = 0;
        for (id, result) in partitions {
            self.partition(*id);
            match result {
                Ok(fetched) => {
                    records += fetched.records.len();
                    self.field("HighWatermark", fetched.high_watermark);
                    self.field("Records", fetched.records.len());
                    if let Some((epoch, end)) = fetched.diverging {
                        self.field("DivergingEpoch", format!("{epoch} until {end}"));
                        self.shown.tone = Tone::Key;
                    }
                }
                Err(error) => self.shown.error = Some(*error),
            }
        }
        if records > 0 {
            self.shown.note = format!("{records} rec");
        } else if self.shown.tone != Tone::Key {
            self.shown.tone = Tone::Routine;
        }
    }
}
