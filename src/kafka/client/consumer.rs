//! A simple consumer: reads every partition of a topic from the beginning, never beyond the high
//! watermark. Groups, commits and rebalances are not modelled yet. Source: spec E5; `Fetcher`.

use super::metadata::{Metadata, retry_backoff, retry_later};
use crate::fact::Fact;
use crate::id::{ErrorCode, Offset, PartitionId, TopicId};
use crate::message::{Fetch, FetchPartition, Fetched, Msg, Reply, Request};
use crate::node::{Out, Timer};
use crate::rpc::{Call, Calls};
use kernel::{Closed, NodeId, Span};
use std::collections::BTreeMap;
use std::rc::Rc;

/// `fetch.max.wait.ms`, `request.timeout.ms`, `metadata.max.age.ms`.
const MAX_WAIT: Span = Span::millis(500);
const REQUEST_TIMEOUT: Span = Span::secs(30);
const METADATA_MAX_AGE: Span = Span::secs(300);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerConfig {
    pub name: String,
    pub topic: TopicId,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Metadata,
    /// Of these partitions, each from this offset on.
    Fetch(Vec<(PartitionId, Offset)>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Consumer {
    pub config: Rc<ConsumerConfig>,
    pub metadata: Metadata,
    calls: Calls<Purpose>,
    /// Next offset to read.
    pub positions: BTreeMap<PartitionId, Offset>,
}

impl Consumer {
    #[must_use]
    pub fn new(config: Rc<ConsumerConfig>, brokers: Vec<NodeId>) -> Consumer {
        Consumer {
            config,
            metadata: Metadata::new(brokers),
            calls: Calls::new(1),
            positions: BTreeMap::new(),
        }
    }

    pub fn start(&mut self, out: &mut Out<'_>) {
        self.calls.start(out);
        self.refresh(out);
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        let Msg::Reply { correlation, body } = msg else { return };
        let Some(call) = self.calls.answered(correlation, out) else { return };
        self.metadata.heard(from);
        match (body, call.what) {
            (Reply::Metadata(partitions), Purpose::Metadata) => {
                self.metadata.learn(self.config.topic, &partitions, out);
                for id in self.metadata.partitions.keys() {
                    self.positions.entry(*id).or_insert(0);
                }
                let leaderless =
                    self.metadata.partitions.values().any(|known| known.leader.is_none());
                let wait = if self.metadata.partitions.is_empty() || leaderless {
                    retry_backoff(self.metadata.attempts, out)
                } else {
                    METADATA_MAX_AGE
                };
                out.set(Timer::MetadataRefresh, wait);
            }
            (Reply::Fetch(partitions), Purpose::Fetch(asked)) => {
                self.fetched(from, &asked, partitions, out);
            }
            _ => {}
        }
        self.poll(out);
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::MetadataRefresh => self.refresh(out),
            Timer::Request(id) => {
                for call in self.calls.expired(id, out) {
                    self.call_failed(&call, out);
                }
            }
            _ => {}
        }
        self.poll(out);
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        for call in self.calls.hung_up(peer, closed, out) {
            self.call_failed(&call, out);
        }
        self.poll(out);
    }

    fn call_failed(&mut self, call: &Call<Purpose>, out: &mut Out<'_>) {
        self.metadata.disconnected(call.to, out);
        self.metadata.want(out);
    }

    fn refresh(&mut self, out: &mut Out<'_>) {
        if self.calls.iter().any(|call| call.what == Purpose::Metadata) {
            self.metadata.is_under_way();
            return;
        }
        match self.metadata.any_broker(out) {
            Some(broker) => {
                self.metadata.ask(out.now());
                let body = Request::Metadata;
                self.calls.send(broker, body, REQUEST_TIMEOUT, Purpose::Metadata, out);
            }
            None => retry_later(Timer::MetadataRefresh, 0, out),
        }
    }

    /// One fetch under way per leader.
    fn poll(&mut self, out: &mut Out<'_>) {
        let mut by_leader: BTreeMap<NodeId, Vec<FetchPartition>> = BTreeMap::new();
        for (id, offset) in &self.positions {
            let Some(known) = self.metadata.partitions.get(id) else { continue };
            let Some(leader) = known.leader else { continue };
            by_leader.entry(leader).or_default().push(FetchPartition {
                id: *id,
                leader_epoch: known.epoch,
                offset: *offset,
                last_epoch: None,
            });
        }
        for (leader, partitions) in by_leader {
            let fetching =
                |call: &Call<Purpose>| call.to == leader && matches!(call.what, Purpose::Fetch(_));
            if !self.metadata.may_use(leader, out.now()) {
                out.set(Timer::Poll(leader), super::metadata::RETRY);
            } else if !self.calls.iter().any(fetching) {
                let asked = partitions.iter().map(|asked| (asked.id, asked.offset)).collect();
                let fetch = Fetch { replica: None, max_wait: MAX_WAIT, partitions };
                let purpose = Purpose::Fetch(asked);
                self.calls.send(leader, Request::Fetch(fetch), REQUEST_TIMEOUT, purpose, out);
            }
        }
    }

    /// What does not begin at the position is dropped: a late answer of a former leader, say.
    /// Source: `FetchCollector`, which compares the position with the fetch offset.
    fn fetched(
        &mut self,
        from: NodeId,
        asked: &[(PartitionId, Offset)],
        partitions: Vec<(PartitionId, Result<Fetched, ErrorCode>)>,
        out: &mut Out<'_>,
    ) {
        for (id, result) in partitions {
            match result {
                Ok(fetched) if !fetched.records.is_empty() => {
                    let base = self.positions.get(&id).copied().unwrap_or(0);
                    if !asked.contains(&(id, base)) {
                        continue;
                    }
                    self.positions.insert(id, base + fetched.records.len() as Offset);
                    out.note(Fact::Consumed { id, base, records: fetched.records });
                }
                Ok(_) => {}
                Err(_) => {
                    // The leader is another one by now, or will be: leave this one alone a little.
                    self.metadata.disconnected(from, out);
                    self.metadata.want(out);
                }
            }
        }
    }
}
