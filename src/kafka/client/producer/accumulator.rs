//! Records on their way into batches: what the application sends next, to which partition, and
//! whether the buffer has room. Source: spec D1, D2; `RecordAccumulator`, `BufferPool`.

use super::{Batch, Blocked, Latency, Made, Producer};
use crate::client::partitioner::{self, Partitioner, partition_for_key};
use crate::fact::Fact;
use crate::id::{ErrorCode, PartitionId};
use crate::node::{Out, Timer};
use crate::record::bytes_of;
use kernel::{Instant, NodeId};
use std::collections::VecDeque;
use std::rc::Rc;

impl Producer {
    pub(super) fn create(&mut self, out: &mut Out<'_>) {
        if self.config.count.is_some_and(|count| self.made >= count) {
            return;
        }
        out.set(Timer::Create, self.config.interval);
        let Some(record) = self.blocked.take().or_else(|| self.next_record(out)) else { return };
        let Blocked { id, made, since } = record;
        if !self.has_room(id) {
            if out.now().since(since) < self.config.max_block {
                self.blocked = Some(record);
            } else {
                self.throw(id, made.value, out);
            }
            return;
        }
        self.append(id, made, out);
    }

    /// What the application sends next, and where to; none before it knows the topic's partitions.
    pub(super) fn next_record(&mut self, out: &mut Out<'_>) -> Option<Blocked> {
        if self.metadata.partitions.is_empty() {
            return None;
        }
        let config = Rc::clone(&self.config);
        let drawn = config.keys.as_ref().map(|keys| keys.draw(out));
        let index = match &drawn {
            Some((_, bytes)) if !config.ignore_keys => {
                let partitions = self.metadata.partitions.len() as u32;
                partition_for_key(bytes.as_bytes(), partitions) as usize
            }
            _ => self.without_key(out),
        };
        let key = drawn.map(|(key, _)| key);
        let id = *self.metadata.partitions.keys().nth(index)?;
        let made = Made { value: self.made, key };
        Some(Blocked { id, made, since: out.now() })
    }

    /// The partition of a record without a key, counted among all that are known.
    pub(super) fn without_key(&mut self, out: &mut Out<'_>) -> usize {
        let known = &self.metadata.partitions;
        if self.config.partitioner == Partitioner::RoundRobin {
            let at = self.next_turn % known.len();
            self.next_turn = self.next_turn.wrapping_add(1);
            return at;
        }
        let at = self.sticky.at.map(usize::from).filter(|at| *at < known.len());
        let at = at.unwrap_or_else(|| self.next_partition(out));
        self.sticky.at = u16::try_from(at).ok();
        at
    }

    /// Another partition to stay with: by the lengths of their queues where those differ, any that
    /// has a leader otherwise. Source: `BuiltInPartitioner.nextPartition`.
    fn next_partition(&self, out: &mut Out<'_>) -> usize {
        if let Some((of, upto)) = self.loads() {
            let total = upto.last().copied().unwrap_or_default();
            let point = out.draw("partition", total);
            return of[upto.partition_point(|upto| *upto <= point)];
        }
        let known = &self.metadata.partitions;
        let led = known.values().enumerate().filter(|(_, it)| it.leader.is_some());
        let led: Vec<usize> = led.map(|(at, _)| at).collect();
        let all: Vec<usize> = (0..known.len()).collect();
        let of = if led.is_empty() { all } else { led };
        of[out.draw("partition", of.len() as u64) as usize]
    }

    /// The partitions to draw from and their weights added up; none while a partition has never had
    /// a batch. Source: `RecordAccumulator.partitionReady`.
    fn loads(&self) -> Option<(Vec<usize>, Vec<u64>)> {
        let known = &self.metadata.partitions;
        let seen = |id| self.ready.contains_key(id) || self.gathering.contains_key(id);
        if !self.config.adaptive || !known.keys().all(seen) {
            return None;
        }
        let usable = known.iter().enumerate().filter(|(_, (id, it))| {
            let late = it.leader.is_some_and(|leader| self.is_late(leader));
            it.leader.is_some() && !(late && self.queue(**id) > 0)
        });
        let (of, queues): (Vec<usize>, Vec<u64>) =
            usable.map(|(at, (id, _))| (at, self.queue(*id))).unzip();
        Some((of, partitioner::loads(&queues, known.len())?))
    }

    /// Batches that wait for their turn.
    fn queue(&self, id: PartitionId) -> u64 {
        let gathering = self.gathering.get(&id).map_or(0, |(_, made)| self.batches(made));
        (gathering + self.ready.get(&id).map_or(0, VecDeque::len)) as u64
    }

    fn batches(&self, made: &[Made]) -> usize {
        made.len().div_ceil(self.config.batch_records())
    }

    fn is_late(&self, leader: NodeId) -> bool {
        let limit = self.config.availability_timeout;
        let late = |of: &Latency| limit.is_some_and(|limit| of.ready.since(of.drained) > limit);
        self.latencies.get(&leader).is_some_and(late)
    }

    pub(super) fn append(&mut self, id: PartitionId, made: Made, out: &mut Out<'_>) {
        let now = out.now();
        let (_, gathered) = self.gathering.entry(id).or_insert_with(|| (now, Vec::new()));
        gathered.push(made);
        let (count, full) =
            (gathered.len(), gathered.len().is_multiple_of(self.config.batch_records()));
        self.sticky.produced(bytes_of(self.config.size), self.config.batch_size, full);
        out.note(Fact::Created { id, value: made.value, key: made.key });
        self.made += 1;
        if count == 1 {
            out.set(Timer::Linger, self.config.linger);
        }
    }

    /// `send()` has blocked for as long as it may. Source: spec D2.2; `BufferPool.allocate`.
    pub(super) fn throw(&mut self, id: PartitionId, value: u32, out: &mut Out<'_>) {
        let error = ErrorCode::BufferExhausted;
        self.made += 1;
        self.last_error = Some(error);
        out.note(Fact::SendThrew { id, value, error });
    }

    /// Whether the buffer has room for one more record of this partition. A batch takes its whole
    /// `batch.size` from the moment it is begun until it is answered or given up.
    /// Source: spec D2.2; `BufferPool`, `RecordAccumulator.append`.
    pub(super) fn has_room(&self, id: PartitionId) -> bool {
        let per_batch = self.config.batch_records();
        let begun = self.gathering.get(&id).is_some_and(|(_, made)| made.len() % per_batch > 0);
        let held = self.gathering.values().map(|(_, made)| self.batches(made)).sum::<usize>()
            + self.ready.values().map(VecDeque::len).sum::<usize>()
            + self.sent().count();
        let batch = self.config.batch_size.max(bytes_of(self.config.size));
        begun || (held as u64 + 1) * batch <= self.config.buffer_memory
    }

    /// Batches whose linger has passed get their sequence numbers and line up.
    pub(super) fn line_up(&mut self, now: Instant) {
        if self.config.idempotence && self.producer_id.is_none() {
            return;
        }
        let (linger, per_batch) = (self.config.linger, self.config.batch_records());
        let due: Vec<PartitionId> = self
            .gathering
            .iter()
            .filter(|(_, (since, made))| now.since(*since) >= linger || made.len() >= per_batch)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            let Some((created, made)) = self.gathering.remove(&id) else { continue };
            for records in made.chunks(per_batch) {
                let batch = Batch {
                    id,
                    records: records.to_vec(),
                    stamped: None,
                    created,
                    attempts: 0,
                    not_before: now,
                };
                self.ready.entry(id).or_default().push_back(batch);
            }
        }
    }
}
