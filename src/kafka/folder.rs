//! The folder of a replica's log as it lies on a broker's disk, whether its process runs or not:
//! for the tools that print it and for an inspector. Refuses to know what the records mean.
//! Source: spec G1, G4; `LogSegment`, `CheckpointFile`.

use crate::id::{Offset, PartitionId, node_name};
use crate::kept::replica_of;
use crate::log::Segment;
use crate::names;
use crate::node::{DiskRecord, File, Node};
use crate::system::Kafka;
use kernel::{Disk, NodeId, World};
use scene::{LogFolder, SegmentFile};

pub(crate) fn folder(world: &World<Kafka>, node: NodeId, id: PartitionId) -> Option<LogFolder> {
    let disk = &world.node(node)?.disk;
    let segments = match replica_of(world, node, id) {
        Some(replica) => {
            let segments = replica.log.segments().iter();
            let ends = segments.clone().skip(1).map(|next| next.base);
            let ends = ends.chain([replica.log.end()]);
            segments.zip(ends).map(|(segment, end)| open(disk, id, segment, end)).collect()
        }
        None => left_behind(disk, id),
    };
    let path = format!("/var/lib/kafka/{}/{}", node_name(node), names::partition(world, id));
    let mut found =
        LogFolder { path, segments, epochs: vec![], high_watermark: None, log_start: None };
    let durable = disk.durable();
    for file in durable.files() {
        for record in durable.read(file) {
            match (file, record) {
                (File::Epochs(_, of), DiskRecord::Epoch(epoch, start)) if of == id => {
                    found.epochs.push((*epoch, *start));
                }
                (File::HighWatermarks(_), DiskRecord::HighWatermark(of, at)) if *of == id => {
                    found.high_watermark = Some(*at);
                }
                (File::LogStarts(_), DiskRecord::LogStart(of, at)) if *of == id => {
                    found.log_start = Some(*at);
                }
                _ => {}
            }
        }
    }
    (!found.segments.is_empty()).then_some(found)
}

/// A segment that a running broker knows.
fn open(disk: &Disk<Node>, id: PartitionId, segment: &Segment, end: Offset) -> SegmentFile {
    let place = (id, segment.base);
    let durable = disk.durable();
    let is_it = |file: &File| matches!(file, File::Log(_, of, at) if (*of, *at) == place);
    let file = durable.files().find(is_it).and_then(|file| disk.file(file));
    let flushed = segment.base + file.map_or(0, |file| file.flushed as Offset);
    SegmentFile {
        base: segment.base,
        end,
        bytes: segment.bytes,
        flushed: flushed.min(end),
        newest: segment.largest_timestamp(),
    }
}

/// The files of a process that is gone. A deleted segment is an empty file until the next start.
fn left_behind(disk: &Disk<Node>, id: PartitionId) -> Vec<SegmentFile> {
    let durable = disk.durable();
    let files = durable.files().filter_map(|file| match file {
        File::Log(_, of, base) if of == id => Some((base, disk.file(file)?)),
        _ => None,
    });
    let segment = |(base, file): (Offset, &kernel::File<DiskRecord>)| {
        let flushed = base + file.flushed as Offset;
        let mut found = SegmentFile { base, end: base, bytes: 0, flushed, newest: None };
        for record in file.records.iter() {
            if let DiskRecord::Log(record) = record {
                found.end += 1;
                found.bytes += record.bytes();
                found.newest = found.newest.max(Some(record.timestamp));
            }
        }
        found
    };
    let mut segments: Vec<SegmentFile> = files.map(segment).collect();
    segments.retain(|segment| segment.end > segment.base);
    segments
}
