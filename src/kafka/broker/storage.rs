//! Logs on disk: segments, checkpoints, retention, and directories that fail.
//! Refuses to know why a record is stored or cut; that is decided elsewhere.
//! Source: spec G; `LogManager`, `UnifiedLog`, `LogLoader`, `ReplicaManager.handleLogDirFailure`.

use super::replica::Replica;
use super::{Broker, Touch};
use crate::epoch::EpochCache;
use crate::fact::Fact;
use crate::id::{Dir, Offset, PartitionId};
use crate::log::{Log, Retention, Roll, Stored};
use crate::node::{DiskRecord, File, Node, Out, Timer};
use crate::record::Record;
use kernel::{Durable, SortedMap, Span};
use std::rc::Rc;

/// The machine writes dirty pages back after this long; Kafka itself does not flush on the write
/// path. (Linux `dirty_expire_centisecs` 3000.)
pub(super) const WRITE_BACK: Span = Span::secs(30);
/// `log.initial.task.delay.ms`: before the first look at what may be deleted.
pub(super) const FIRST_RETENTION: Span = Span::secs(30);

impl Broker {
    // ---- what the disk kept ----

    /// Source: spec G4; `LogManager.loadLogs`.
    pub(super) fn load_logs(&mut self, durable: &Durable<'_, Node>) {
        for (id, (dir, log)) in logs(durable) {
            self.replicas.insert(id, Rc::new(Replica::hosted(id, dir, log)));
        }
    }

    /// Where a new replica is put: the directory that works and holds the fewest.
    /// Source: `LogManager.nextLogDirs`.
    pub(super) fn free_dir(&self) -> Dir {
        let held = |dir: &Dir| self.replicas.values().filter(|own| own.dir == *dir).count();
        let works = |dir: &Dir| !self.offline_dirs.contains(dir);
        (0..self.log_dirs).map(Dir).filter(works).min_by_key(held).unwrap_or_default()
    }

    /// Takes a replica's files away: it is hosted here no longer. Source: `StopReplica`.
    pub(super) fn delete_files(replica: &Replica, out: &mut Out<'_>) {
        for segment in replica.log.segments() {
            out.replace(File::Log(replica.dir, replica.id, segment.base), Vec::new());
        }
        out.replace(File::Epochs(replica.dir, replica.id), Vec::new());
    }

    // ---- checkpoints ----

    /// Writes `replication-offset-checkpoint` of every directory.
    pub(super) fn checkpoint(&mut self, out: &mut Out<'_>) {
        self.write_marks(File::HighWatermarks, out, |replica| {
            Some(DiskRecord::HighWatermark(replica.id, replica.log.high_watermark()))
        });
        out.set(Timer::Checkpoint, self.settings.high_watermark_checkpoint_interval);
    }

    /// Writes `log-start-offset-checkpoint`, with the logs that start within their first segment.
    /// Source: `LogManager.checkpointLogStartOffsetsInDir`.
    pub(super) fn checkpoint_starts(&mut self, out: &mut Out<'_>) {
        self.write_marks(File::LogStarts, out, |replica| {
            let (start, first) = (replica.log.start(), replica.log.segments()[0].base);
            (start > first).then_some(DiskRecord::LogStart(replica.id, start))
        });
        out.set(Timer::StartCheckpoint, self.settings.log_start_checkpoint_interval);
    }

    fn write_marks(
        &mut self,
        file: fn(Dir) -> File,
        out: &mut Out<'_>,
        mark: impl Fn(&Replica) -> Option<DiskRecord>,
    ) {
        for dir in (0..self.log_dirs).map(Dir) {
            if self.offline_dirs.contains(&dir) {
                continue;
            }
            if !out.accepts(file(dir)) {
                self.dir_failed(dir, out);
                continue;
            }
            let replicas = self.replicas.values().filter(|replica| replica.dir == dir);
            out.replace(file(dir), replicas.filter_map(|replica| mark(replica)).collect());
        }
    }

    /// Dirty pages reach the disk, as the machine sees fit.
    pub(super) fn write_back(&mut self, out: &mut Out<'_>) {
        for replica in self.replicas.values() {
            let active = replica.log.segments().last().map_or(0, |segment| segment.base);
            out.flush(File::Log(replica.dir, replica.id, active));
        }
        out.set(Timer::WriteBack, WRITE_BACK);
    }

    // ---- retention ----

    /// The task "kafka-log-retention": leaders and followers alike delete on their own.
    /// Source: spec G6; `LogManager.cleanupLogs`.
    pub(super) fn delete_old_segments(&mut self, out: &mut Out<'_>) {
        let ids: Vec<PartitionId> = self.replicas.keys().copied().collect();
        let now = out.now();
        for id in ids {
            let limits = self.retention(id);
            let Some(replica) = self.replica_mut(id) else { continue };
            let (dir, had) = (replica.dir, replica.log.start());
            let gone = replica.log.delete_old(limits, now);
            let start = replica.log.start();
            for base in &gone {
                out.replace(File::Log(dir, id, *base), Vec::new());
            }
            if !gone.is_empty() {
                keep_epochs(replica, out);
                out.note(Fact::SegmentsDeleted { id, count: gone.len() as u32, to: start });
            }
            if start > had {
                self.touch(id, Touch::State);
            }
        }
        out.set(Timer::Retention, self.settings.log_retention_check_interval);
    }

    /// A topic's own limits, or those of every topic. Source: `LogConfig`.
    fn retention(&self, id: PartitionId) -> Retention {
        let none_below_zero = |limit: i64| u64::try_from(limit).ok();
        let time = self.image.changed(id.topic, |configs| configs.retention);
        let bytes = self.image.changed(id.topic, |configs| configs.retention_bytes);
        Retention {
            bytes: bytes.map_or(self.settings.log_retention_bytes, none_below_zero),
            time: time.map_or(self.settings.log_retention, none_below_zero).map(Span::millis),
        }
    }

    pub(super) fn roll(&self, id: PartitionId) -> Roll {
        let bytes = self.image.changed(id.topic, |configs| configs.segment_bytes);
        let bytes = bytes.unwrap_or(self.settings.log_segment_bytes);
        Roll { bytes, after: self.settings.log_roll }
    }

    // ---- directories that fail ----

    /// Whether the log of a replica takes writes; if not, its directory is given up.
    pub(super) fn may_write(&mut self, id: PartitionId, out: &mut Out<'_>) -> bool {
        let Some(replica) = self.replicas.get(&id) else { return false };
        let dir = replica.dir;
        let works = out.accepts(File::Epochs(dir, id));
        if !works {
            self.dir_failed(dir, out);
        }
        works
    }

    /// Its replicas stop, and what waits for them is answered KAFKA_STORAGE_ERROR; the controller
    /// is told with the next heartbeat, at once. With the last directory, or that of the metadata
    /// log, the process ends. Source: spec G8; `ReplicaManager.handleLogDirFailure`.
    pub fn dir_failed(&mut self, dir: Dir, out: &mut Out<'_>) {
        let known = self.offline_dirs.contains(&dir);
        if !known {
            self.offline_dirs.push(dir);
        }
        if dir == Dir(0) || self.offline_dirs.len() >= usize::from(self.log_dirs) {
            return self.halt(out);
        }
        if known {
            return;
        }
        out.note(Fact::DirFailed { dir });
        let lost = self.replicas.values().filter(|replica| replica.dir == dir);
        let lost: Vec<PartitionId> = lost.map(|replica| replica.id).collect();
        for id in lost {
            self.stop_fetching(id);
            self.replicas.remove(&id);
            self.offline.insert(id);
            self.touch(id, Touch::State);
        }
        self.host_groups(out);
        out.set(Timer::Heartbeat, Span::ZERO);
        out.set(Timer::DirFailure, self.settings.log_dir_failure_timeout);
    }

    pub(super) fn halt(&mut self, out: &mut Out<'_>) {
        out.note(Fact::DiskFailed);
        out.exit();
    }
}

/// Appends a record to a replica's log and its file. A segment that it closes is flushed.
/// Source: spec G1; `UnifiedLog.roll`.
pub(super) fn append(
    replica: &mut Replica,
    record: Record,
    roll: Roll,
    out: &mut Out<'_>,
) -> Stored {
    let stored = replica.log.append(record.clone(), roll);
    if let Some(closed) = stored.closed {
        out.flush(File::Log(replica.dir, replica.id, closed));
    }
    let active = replica.log.segments().last().map_or(0, |segment| segment.base);
    out.append(File::Log(replica.dir, replica.id, active), DiskRecord::Log(record));
    stored
}

/// Cuts a replica's log and its files at an offset.
pub(super) fn truncate(replica: &mut Replica, to: Offset, out: &mut Out<'_>) {
    let before = replica.log.segments().to_vec();
    if replica.log.truncate(to) {
        cut_files(replica, &before, out);
    }
    keep_epochs(replica, out);
}

/// Empties a replica's log; it goes on from an offset, with a high watermark.
pub(super) fn restart_at(replica: &mut Replica, start: Offset, mark: Offset, out: &mut Out<'_>) {
    let before = replica.log.segments().to_vec();
    replica.log.restart_at(start, mark);
    cut_files(replica, &before, out);
    keep_epochs(replica, out);
}

fn cut_files(replica: &Replica, before: &[crate::log::Segment], out: &mut Out<'_>) {
    let kept = replica.log.segments();
    for segment in before {
        if !kept.iter().any(|other| other.base == segment.base) {
            out.replace(File::Log(replica.dir, replica.id, segment.base), Vec::new());
        }
    }
    let active = kept.last().map_or(0, |segment| segment.base);
    let len = (replica.log.end() - active) as usize;
    out.truncate(File::Log(replica.dir, replica.id, active), len);
}

/// Writes `leader-epoch-checkpoint`.
pub(super) fn keep_epochs(replica: &Replica, out: &mut Out<'_>) {
    let entries = replica.log.epochs.entries().iter();
    let entries = entries.map(|(epoch, start)| DiskRecord::Epoch(*epoch, *start));
    out.replace(File::Epochs(replica.dir, replica.id), entries.collect());
}

/// Every log as its disk has it, with the directory that holds it. Also used to show the logs of
/// a process that is gone.
fn logs(durable: &Durable<'_, Node>) -> SortedMap<PartitionId, (Dir, Log)> {
    let mut segments: SortedMap<PartitionId, (Dir, Vec<Offset>)> = SortedMap::new();
    let mut marks = SortedMap::new();
    let mut starts = SortedMap::new();
    for file in durable.files() {
        match file {
            File::Log(dir, id, base) => {
                segments.entry(id).or_insert((dir, Vec::new())).1.push(base);
            }
            File::HighWatermarks(_) | File::LogStarts(_) => {
                for record in durable.read(file) {
                    match record {
                        DiskRecord::HighWatermark(id, mark) => drop(marks.insert(*id, *mark)),
                        DiskRecord::LogStart(id, start) => drop(starts.insert(*id, *start)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let found = segments.into_iter().map(|(id, (dir, bases))| {
        let mark = marks.get(&id).copied().unwrap_or(0);
        let start = starts.get(&id).copied().unwrap_or(0);
        (id, (dir, load(durable, dir, id, &bases, start, mark)))
    });
    found.collect()
}

fn load(
    durable: &Durable<'_, Node>,
    dir: Dir,
    id: PartitionId,
    bases: &[Offset],
    start: Offset,
    mark: Offset,
) -> Log {
    let mut epochs = EpochCache::default();
    for record in durable.read(File::Epochs(dir, id)) {
        if let DiskRecord::Epoch(epoch, start) = record {
            epochs.assign(*epoch, *start);
        }
    }
    let segments = bases.iter().map(|base| {
        let records = durable.read(File::Log(dir, id, *base));
        let records = records.filter_map(|record| match record {
            DiskRecord::Log(record) => Some(record),
            _ => None,
        });
        (*base, records)
    });
    Log::found(segments, epochs, start, mark)
}
