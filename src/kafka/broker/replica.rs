//! One replica of a partition on one broker: its log, and, while it leads, what it knows of the
//! others. Pure rules; requests and timers are elsewhere. Source: spec A4-A10; `Partition`,
//! `Replica`.

use crate::broker::sequence::Sequences;
use crate::id::{BrokerEpoch, LeaderEpoch, Offset, PartitionId};
use crate::log::Log;
use kernel::{Instant, NodeId, Span};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    pub id: PartitionId,
    pub log: Log,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: u32,
    pub role: Role,
    pub sequences: Sequences,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Leader(Box<Leadership>),
    /// Of nobody, while nobody leads.
    Follower(Option<NodeId>),
}

/// What a leader knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leadership {
    /// As the controller has confirmed it.
    pub isr: Vec<NodeId>,
    pub pending: Option<Proposal>,
    /// End of the log when it took the epoch (LESO).
    pub start: Offset,
    pub remotes: BTreeMap<NodeId, Remote>,
    pub recovering: bool,
}

/// An ISR that the controller has been or will be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proposal {
    pub isr: Vec<NodeId>,
    pub expands: bool,
    pub sent: bool,
}

/// Another replica, as its leader knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// Unknown after an election, until it fetches.
    pub end: Option<Offset>,
    pub last_fetch: Instant,
    last_fetch_leader_end: Offset,
    pub caught_up: Instant,
    pub broker_epoch: Option<BrokerEpoch>,
}

/// The settings that the rules need.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub lag: Span,
    pub min_isr: usize,
    pub strict_min_isr: bool,
}

impl Remote {
    /// Source: `Replica.resetReplicaState`.
    fn reset(now: Instant, in_isr: bool, keep: Option<Remote>) -> Remote {
        let caught_up = if in_isr { now } else { Instant::ZERO };
        match keep {
            Some(old) => Remote { caught_up, ..old },
            None => Remote {
                end: None,
                last_fetch: Instant::ZERO,
                last_fetch_leader_end: 0,
                caught_up,
                broker_epoch: None,
            },
        }
    }

    /// A fetch from `offset` while the leader's log ended at `leader_end`.
    /// Source: `Replica.updateFetchStateOrThrow`.
    fn fetched(&mut self, offset: Offset, leader_end: Offset, now: Instant) {
        if offset >= leader_end {
            self.caught_up = self.caught_up.max(now);
        } else if offset >= self.last_fetch_leader_end {
            self.caught_up = self.caught_up.max(self.last_fetch);
        }
        self.end = Some(offset);
        self.last_fetch_leader_end = self.last_fetch_leader_end.max(leader_end);
        self.last_fetch = now;
    }

    /// Never counted in messages, only in time. Source: `ReplicaState.isCaughtUp`.
    #[must_use]
    pub fn is_caught_up(&self, leader_end: Offset, now: Instant, lag: Span) -> bool {
        self.end == Some(leader_end) || now.since(self.caught_up) <= lag
    }
}

impl Leadership {
    /// The ISR that the high watermark waits for: with whom a pending expansion adds, and with
    /// whom a pending shrink has not removed yet.
    #[must_use]
    pub fn maximal_isr(&self) -> &[NodeId] {
        match &self.pending {
            Some(proposal) if proposal.expands => &proposal.isr,
            _ => &self.isr,
        }
    }
}

impl Replica {
    #[must_use]
    pub fn leadership(&self) -> Option<&Leadership> {
        match &self.role {
            Role::Leader(leadership) => Some(leadership),
            Role::Follower(_) => None,
        }
    }

    #[must_use]
    pub fn leads(&self) -> bool {
        self.leadership().is_some()
    }

    /// Takes the leadership of an epoch, or learns of a new ISR in the same one. True when the
    /// epoch is new. Source: `Partition.makeLeader`.
    pub fn make_leader(
        &mut self,
        me: NodeId,
        partition: &crate::image::Partition,
        now: Instant,
    ) -> bool {
        let fresh = partition.leader_epoch > self.leader_epoch || !self.leads();
        let end = self.log.end();
        let old = match &self.role {
            Role::Leader(leadership) => Some((**leadership).clone()),
            Role::Follower(_) => None,
        };
        let start = if fresh { end } else { old.as_ref().map_or(end, |old| old.start) };
        let remotes = partition.replicas.iter().filter(|node| **node != me).map(|node| {
            let known = old.as_ref().and_then(|old| old.remotes.get(node)).copied();
            let in_isr = partition.isr.contains(node);
            let remote = match known {
                Some(remote) if !fresh => remote,
                known => Remote::reset(now, in_isr, known),
            };
            (*node, remote)
        });
        let leadership = Leadership {
            isr: partition.isr.clone(),
            pending: None,
            start,
            remotes: remotes.collect(),
            // The new leader counts as recovered, and says so with its next proposal.
            recovering: false,
        };
        self.role = Role::Leader(Box::new(leadership));
        self.leader_epoch = partition.leader_epoch;
        self.partition_epoch = partition.partition_epoch;
        if fresh {
            self.log.epochs.assign(self.leader_epoch, end);
            self.sequences = Sequences::of(&self.log);
        }
        fresh
    }

    /// Follows a leader. True when the epoch is new. Source: `Partition.makeFollower`.
    pub fn make_follower(&mut self, partition: &crate::image::Partition) -> bool {
        let fresh = partition.leader_epoch > self.leader_epoch || self.leads();
        self.role = Role::Follower(partition.leader);
        self.leader_epoch = partition.leader_epoch;
        self.partition_epoch = partition.partition_epoch;
        fresh
    }

    /// A follower's fetch tells the leader how far it is.
    pub fn follower_fetched(
        &mut self,
        follower: NodeId,
        offset: Offset,
        broker_epoch: BrokerEpoch,
        now: Instant,
    ) {
        let end = self.log.end();
        if let Role::Leader(leadership) = &mut self.role
            && let Some(remote) = leadership.remotes.get_mut(&follower)
        {
            remote.fetched(offset, end, now);
            remote.broker_epoch = Some(broker_epoch);
        }
    }

    /// Moves the leader's high watermark forward if it may. Returns where it was and is.
    /// Source: `Partition.maybeIncrementLeaderHW`; KAFKA-15583 for the minimum.
    pub fn advance_high_watermark(
        &mut self,
        rules: Rules,
        now: Instant,
        eligible: &dyn Fn(NodeId, Option<BrokerEpoch>) -> bool,
    ) -> Option<(Offset, Offset)> {
        let end = self.log.end();
        let leadership = self.leadership()?;
        if rules.strict_min_isr && leadership.isr.len() < rules.min_isr {
            return None;
        }
        let isr = leadership.maximal_isr();
        let mut reached = end;
        for (node, remote) in &leadership.remotes {
            // Who is about to join is waited for too, so that it never joins behind.
            let joins =
                || remote.is_caught_up(end, now, rules.lag) && eligible(*node, remote.broker_epoch);
            if remote.end.unwrap_or(0) < reached && (isr.contains(node) || joins()) {
                reached = remote.end.unwrap_or(0);
            }
        }
        let from = self.log.high_watermark();
        (reached > from).then(|| {
            self.log.set_high_watermark(reached);
            (from, reached)
        })
    }

    /// Whether a follower may join the ISR: it has everything below the high watermark, and
    /// everything that the epoch began with. Source: `Partition.isFollowerInSync`.
    #[must_use]
    pub fn may_expand(
        &self,
        follower: NodeId,
        eligible: &dyn Fn(NodeId, Option<BrokerEpoch>) -> bool,
    ) -> bool {
        let Some(leadership) = self.leadership() else { return false };
        let Some(remote) = leadership.remotes.get(&follower) else { return false };
        let reached = |end| end >= self.log.high_watermark() && end >= leadership.start;
        leadership.pending.is_none()
            && !leadership.isr.contains(&follower)
            && remote.end.is_some_and(reached)
            && eligible(follower, remote.broker_epoch)
    }

    /// Members of the ISR that have been behind for too long. Source: `getOutOfSyncReplicas`.
    #[must_use]
    pub fn out_of_sync(&self, lag: Span, now: Instant) -> Vec<NodeId> {
        let Some(leadership) = self.leadership() else { return Vec::new() };
        if leadership.pending.is_some() {
            return Vec::new();
        }
        let end = self.log.end();
        let behind = |node: &&NodeId| {
            leadership.remotes.get(*node).is_some_and(|remote| !remote.is_caught_up(end, now, lag))
        };
        leadership.isr.iter().filter(behind).copied().collect()
    }

    /// Where a log with these last records parts from this one, if it does.
    /// Source: spec A4.3; KIP-595's diverging epoch.
    #[must_use]
    pub fn diverging(
        &self,
        offset: Offset,
        last_epoch: Option<LeaderEpoch>,
    ) -> Option<(LeaderEpoch, Offset)> {
        let last_epoch = last_epoch?;
        let (epoch, end) = self.log.end_offset_for(last_epoch).unwrap_or((0, 0));
        (epoch < last_epoch || end < offset).then_some((epoch, end))
    }

    /// Follower's answer to a diverging epoch: where to cut.
    /// Source: spec A7.4; `AbstractFetcherThread.getOffsetTruncationState`.
    #[must_use]
    pub fn truncation_point(&self, epoch: LeaderEpoch, end: Offset) -> Offset {
        let own_end = self.log.end();
        match self.log.end_offset_for(epoch) {
            None => end.min(own_end),
            Some((floor, own)) if floor == epoch => own.min(end).min(own_end),
            Some((_, own)) => own.min(own_end),
        }
    }
}
