//! The log matrix of a world: every partition with its replicas as strips.

use crate::broker::replica::Replica;
use crate::id::{LeaderEpoch, Offset, PartitionId, is_producer};
use crate::image::{Image, Partition};
use crate::kept::{Kept, kept, replica_of};
use crate::ledger::Account;
use crate::node::File;
use crate::system::{Kafka, image};
use kernel::{NodeId, Status, World};
use scene::{Cell, Lag, Ledger, Promise, Strip, Strips};

/// How many offsets of a log are shown.
const WINDOW: Offset = 24;

pub(crate) fn strips(world: &World<Kafka>) -> Vec<Strips> {
    let Some(image) = image(world) else { return Vec::new() };
    image.partitions.iter().map(|(id, partition)| block(world, image, *id, partition)).collect()
}

/// One partition of it.
pub(crate) fn strips_of(world: &World<Kafka>, id: PartitionId) -> Option<Strips> {
    let image = image(world)?;
    Some(block(world, image, id, image.partitions.get(&id)?))
}

/// Counts over all partitions.
pub(crate) fn total(world: &World<Kafka>) -> Ledger {
    let mut total = Ledger { sent: world.ledger().sent, ..Ledger::default() };
    for account in world.ledger().accounts.values() {
        let part = counts(account);
        total.acked += part.acked;
        total.lost += part.lost;
        total.failed += part.failed;
        total.duplicates += part.duplicates;
        total.consumed += part.consumed;
    }
    total
}

fn counts(account: &Account) -> Ledger {
    Ledger {
        sent: account.sent,
        acked: account.acked,
        lost: account.losses.len() as u64,
        failed: account.failed,
        duplicates: account.duplicates,
        consumed: account.consumed,
    }
}

fn block(world: &World<Kafka>, image: &Image, id: PartitionId, partition: &Partition) -> Strips {
    let logs: Vec<(NodeId, Kept<'_>)> =
        partition.replicas.iter().map(|node| (*node, kept(world, *node, id))).collect();
    let end = logs.iter().map(|(_, log)| log.end()).max().unwrap_or(0);
    let window = end.saturating_sub(WINDOW);
    let fallback = Account::default();
    let account = world.ledger().accounts.get(&id).map_or(&fallback, |account| account);
    let leading = partition
        .leader
        .and_then(|leader| replica_of(world, leader, id))
        .filter(|replica| replica.leader_epoch == partition.leader_epoch);
    let drawer = Drawer { world, id, partition, account, window, leading };
    Strips {
        name: image.partition_name(id),
        leader: partition.leader,
        epoch: partition.leader_epoch,
        version: partition.partition_epoch,
        isr: partition.isr.clone(),
        proposed: leading
            .and_then(|replica| replica.leadership()?.pending.as_ref())
            .map(|proposal| proposal.isr.clone()),
        elr: partition.elr.clone(),
        min_isr: image.min_isr(id, world.config().settings.min_insync_replicas) as u32,
        window,
        replicas: logs.into_iter().map(|(node, log)| drawer.strip(node, &log)).collect(),
        ledger: counts(account),
    }
}

struct Drawer<'a> {
    world: &'a World<Kafka>,
    id: PartitionId,
    partition: &'a Partition,
    account: &'a Account,
    window: Offset,
    leading: Option<&'a Replica>,
}

impl Drawer<'_> {
    fn strip(&self, node: NodeId, log: &Kept<'_>) -> Strip {
        let replica = replica_of(self.world, node, self.id);
        let status = self.world.node(node).map(|slot| slot.status);
        Strip {
            node,
            leads: replica.is_some_and(Replica::leads),
            epoch: replica.map_or(0, |replica| replica.leader_epoch),
            in_isr: self.partition.isr.contains(&node),
            eligible: self.partition.elr.contains(&node),
            online: matches!(status, Some(Status::Up | Status::Paused)),
            start: log.start(),
            end: log.end(),
            high_watermark: log.high_watermark(),
            cells: self.cells(node, log),
            ghosts: self.ghosts(node, log),
            lag: self.lag(node, log),
        }
    }

    fn cells(&self, node: NodeId, log: &Kept<'_>) -> Vec<Cell> {
        let flushed = self.flushed(node);
        let records = (self.window..log.end()).filter_map(|at| Some((at, log.get(at)?)));
        records
            .map(|(offset, record)| Cell {
                offset,
                epoch: record.epoch,
                label: label(record.client, record.value),
                promise: self.promise(offset, record.epoch, log),
                flushed: offset < flushed,
            })
            .collect()
    }

    fn flushed(&self, node: NodeId) -> Offset {
        let Some(slot) = self.world.node(node) else { return 0 };
        let disk = slot.disk.durable();
        let ends = disk.files().filter_map(|file| match file {
            File::Log(_, id, base) if id == self.id => {
                slot.disk.file(file).map(|found| base + found.flushed as Offset)
            }
            _ => None,
        });
        ends.max().unwrap_or(0)
    }

    fn promise(&self, offset: Offset, epoch: LeaderEpoch, log: &Kept<'_>) -> Promise {
        if self.account.loss(offset, epoch).is_some() {
            Promise::Lost
        } else if self.account.entry(offset, epoch).is_some() {
            Promise::Acked
        } else if offset < log.high_watermark() {
            Promise::Committed
        } else {
            Promise::Appended
        }
    }

    /// Lost records, shown at the leader that had acknowledged them once its log lacks them.
    fn ghosts(&self, node: NodeId, log: &Kept<'_>) -> Vec<Cell> {
        let gone = |loss: &&crate::ledger::Loss| {
            loss.by == node && log.get(loss.offset).is_none_or(|record| record.epoch != loss.epoch)
        };
        let losses = self.account.losses.iter().filter(gone).rev().take(WINDOW as usize);
        let mut ghosts: Vec<Cell> = losses
            .map(|loss| Cell {
                offset: loss.offset,
                epoch: loss.epoch,
                label: loss.value.to_string(),
                promise: Promise::Lost,
                flushed: false,
            })
            .collect();
        ghosts.reverse();
        ghosts
    }

    fn lag(&self, node: NodeId, log: &Kept<'_>) -> Option<Lag> {
        let leading = self.leading?;
        let remote = leading.leadership().and_then(|_| leading.remote(node))?;
        let behind = leading.log.end().saturating_sub(remote.end.unwrap_or(log.end()));
        if behind == 0 && self.partition.isr.contains(&node) {
            return None;
        }
        Some(Lag {
            records: behind,
            caught_up: remote.caught_up,
            limit: self.world.config().settings.replica_lag_time_max,
        })
    }
}

/// A record's value, short.
fn label(client: NodeId, value: u32) -> String {
    match client.0 {
        201 => value.to_string(),
        _ if is_producer(client) => format!("{}·{value}", client.0 - 200),
        _ => value.to_string(),
    }
}
