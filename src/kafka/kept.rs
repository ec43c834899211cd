//! A replica's log wherever it is kept: by its process while there is one, otherwise by the files
//! on its disk. For pictures; it copies nothing, so a scene costs the same however long a log is.

use crate::broker::replica::Replica;
use crate::id::{Offset, PartitionId};
use crate::log::Log;
use crate::node::{DiskRecord, File};
use crate::record::Record;
use crate::system::{Kafka, broker_of};
use kernel::{Arrange, Chunked, NodeId, Slot, World};

/// Segments of a log as files: first offset and records, in order.
type Segments<'a> = Vec<(Offset, &'a Chunked<DiskRecord>)>;

pub(crate) enum Kept<'a> {
    Process(&'a Log),
    Disk { segments: Segments<'a>, start: Offset, mark: Offset },
    Nowhere,
}

pub(crate) fn replica_of(world: &World<Kafka>, node: NodeId, id: PartitionId) -> Option<&Replica> {
    let broker = broker_of(world.node(node)?)?;
    broker.replicas.get(&id).map(|replica| &**replica)
}

pub(crate) fn kept(world: &World<Kafka>, node: NodeId, id: PartitionId) -> Kept<'_> {
    if let Some(replica) = replica_of(world, node, id) {
        return Kept::Process(&replica.log);
    }
    world.node(node).map_or(Kept::Nowhere, |slot| on_disk(slot, id))
}

fn on_disk(slot: &Slot<Kafka>, id: PartitionId) -> Kept<'_> {
    let disk = slot.disk.durable();
    let (mut segments, mut start, mut mark): (Segments<'_>, _, _) = (Vec::new(), 0, 0);
    for file in disk.files() {
        match file {
            File::Log(_, of, base) if of == id => {
                segments.extend(slot.disk.file(file).map(|found| (base, &found.records)));
            }
            File::HighWatermarks(_) | File::LogStarts(_) => {
                for record in disk.read(file) {
                    match record {
                        DiskRecord::HighWatermark(of, at) if *of == id => mark = *at,
                        DiskRecord::LogStart(of, at) if *of == id => start = *at,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    // A deleted segment is an empty file until the next start.
    segments.retain(|(_, records)| !records.is_empty());
    segments.arrange_by_key(|(base, _)| *base);
    let Some((first, _)) = segments.first() else { return Kept::Nowhere };
    Kept::Disk { start: start.max(*first), mark, segments }
}

impl Kept<'_> {
    pub(crate) fn start(&self) -> Offset {
        match self {
            Kept::Process(log) => log.start(),
            Kept::Disk { start, .. } => *start,
            Kept::Nowhere => 0,
        }
    }

    pub(crate) fn end(&self) -> Offset {
        match self {
            Kept::Process(log) => log.end(),
            Kept::Disk { segments, .. } => {
                segments.last().map_or(0, |(base, records)| base + records.len() as Offset)
            }
            Kept::Nowhere => 0,
        }
    }

    pub(crate) fn high_watermark(&self) -> Offset {
        match self {
            Kept::Process(log) => log.high_watermark(),
            Kept::Disk { mark, .. } => (*mark).min(self.end()),
            Kept::Nowhere => 0,
        }
    }

    pub(crate) fn get(&self, offset: Offset) -> Option<&Record> {
        match self {
            Kept::Process(log) => log.get(offset),
            Kept::Disk { segments, .. } => {
                let after = segments.partition_point(|(base, _)| *base <= offset);
                let (base, records) = segments.get(after.checked_sub(1)?)?;
                match records.get(usize::try_from(offset - base).ok()?)? {
                    DiskRecord::Log(record) => Some(record),
                    _ => None,
                }
            }
            Kept::Nowhere => None,
        }
    }
}
