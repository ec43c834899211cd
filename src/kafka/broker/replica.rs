//! One replica of a partition on one broker: its log, and, while it leads, what it knows of the
//! others. Pure rules; requests and timers are elsewhere. Source: spec A4-A10; `Partition`,
//! `Replica`.

use crate::broker::sequence::Sequences;
use crate::guard::{Guard, Guards};
use crate::id::{BrokerEpoch, Dir, LeaderEpoch, Offset, PartitionId};
use crate::log::Log;
use crate::message::FetchPartition;
use kernel::{Instant, NodeId, Span};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    pub id: PartitionId,
    /// The log directory that its files are in.
    pub dir: Dir,
    pub log: Log,
    /// `min.insync.replicas`, as far as this broker knows, and never more than there are replicas.
    pub min_isr: usize,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: u32,
    pub role: Role,
    /// The other replicas as this one knows them while it leads, in assignment order.
    pub remotes: Vec<Remote>,
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
    pub node: NodeId,
    /// Unknown after an election, until it fetches.
    pub end: Option<Offset>,
    pub log_start: Offset,
    pub last_fetch: Instant,
    last_fetch_leader_end: Offset,
    pub caught_up: Instant,
    pub broker_epoch: Option<BrokerEpoch>,
}

/// The settings that the rules need.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub lag: Span,
    pub strict_min_isr: bool,
    pub guards: Guards,
}

impl Remote {
    /// Nothing is known of it.
    fn unknown(node: NodeId) -> Remote {
        Remote {
            node,
            end: None,
            log_start: 0,
            last_fetch: Instant::ZERO,
            last_fetch_leader_end: 0,
            caught_up: Instant::ZERO,
            broker_epoch: None,
        }
    }

    /// A fetch from `offset` while the leader's log ended at `leader_end`. True when it tells of
    /// another end than before. Source: spec A4.5; `Replica.updateFetchStateOrThrow`.
    fn fetched(&mut self, offset: Offset, leader_end: Offset, now: Instant) -> bool {
        let moved = self.end != Some(offset);
        if offset >= leader_end {
            self.caught_up = self.caught_up.max(now);
        } else if offset >= self.last_fetch_leader_end {
            self.caught_up = self.caught_up.max(self.last_fetch);
        }
        self.end = Some(offset);
        self.last_fetch_leader_end = self.last_fetch_leader_end.max(leader_end);
        self.last_fetch = now;
        moved
    }

    /// Never counted in messages, only in time. Source: `ReplicaState.isCaughtUp`.
    #[must_use]
    pub fn is_caught_up(&self, leader_end: Offset, now: Instant, lag: Span) -> bool {
        self.end == Some(leader_end) || now.since(self.caught_up) <= lag
    }
}

impl Leadership {
    /// Whether the high watermark waits for this replica: a member until the controller has
    /// confirmed that it is out, and a new member from the moment it is proposed.
    /// Source: spec A5.1; `PartitionState.maximalIsr`.
    fn counts(&self, node: NodeId, guards: Guards, joins: impl FnOnce() -> bool) -> bool {
        let proposed = self.pending.as_ref();
        if self.isr.contains(&node) {
            let leaves = proposed.is_some_and(|proposal| !proposal.isr.contains(&node));
            return guards.on(Guard::HwWaitsForIsr)
                && (!leaves || guards.on(Guard::HwWaitsForPendingShrink));
        }
        if proposed.is_some_and(|proposal| proposal.isr.contains(&node)) {
            return guards.on(Guard::HwWaitsForPendingExpand);
        }
        joins()
    }

    /// The ISR with whom a pending expansion adds, and with whom a pending shrink has not removed
    /// yet.
    #[must_use]
    pub fn maximal_isr(&self) -> &[NodeId] {
        match &self.pending {
            Some(proposal) if proposal.expands => &proposal.isr,
            _ => &self.isr,
        }
    }
}

impl Replica {
    /// A replica whose place in the cluster is not known yet.
    #[must_use]
    pub fn hosted(id: PartitionId, dir: Dir, log: Log) -> Replica {
        Replica {
            id,
            dir,
            log,
            min_isr: 1,
            leader_epoch: 0,
            partition_epoch: 0,
            role: Role::Follower(None),
            remotes: Vec::new(),
            sequences: Sequences::default(),
        }
    }

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

    #[must_use]
    pub fn remote(&self, node: NodeId) -> Option<&Remote> {
        self.remotes.iter().find(|remote| remote.node == node)
    }

    /// Takes the leadership of an epoch, or learns of a new ISR in the same one. True when the
    /// epoch is new. Source: spec A11.3; `Partition.makeLeader`.
    pub fn make_leader(
        &mut self,
        me: NodeId,
        partition: &crate::image::Partition,
        now: Instant,
        guards: Guards,
    ) -> bool {
        let led_before = self.leads();
        let fresh = partition.leader_epoch > self.leader_epoch || !led_before;
        let start = match self.leadership() {
            Some(leadership) if !fresh => leadership.start,
            _ => self.log.end(),
        };
        // The answer to a proposal may come before the metadata that it led to; a further proposal
        // that is under way by then is not forgotten, or the high watermark would not wait for it.
        let known = !fresh && partition.partition_epoch == self.partition_epoch;
        let pending = match &mut self.role {
            Role::Leader(leadership) if known => leadership.pending.take(),
            _ => None,
        };
        self.know_remotes(me, &partition.replicas);
        if fresh {
            self.reset_remotes(&partition.isr, led_before, now, guards);
        }
        self.role = Role::Leader(Box::new(Leadership {
            isr: partition.isr.clone(),
            pending,
            start,
            // The new leader counts as recovered, and says so with its next proposal.
            recovering: false,
        }));
        self.leader_epoch = partition.leader_epoch;
        self.partition_epoch = partition.partition_epoch;
        if fresh {
            if guards.on(Guard::EpochCacheAtElection) {
                self.log.epochs.assign(self.leader_epoch, start);
            }
            self.sequences = Sequences::of(&self.log);
        }
        fresh
    }

    /// Keeps what is known of those that stay. Source: `Partition.updateAssignmentAndIsr`.
    fn know_remotes(&mut self, me: NodeId, replicas: &[NodeId]) {
        let others = replicas.iter().filter(|node| **node != me);
        let known = |node: &NodeId| self.remote(*node).copied();
        self.remotes =
            others.map(|node| known(node).unwrap_or_else(|| Remote::unknown(*node))).collect();
    }

    /// A leader that takes over knows nobody's progress; one that is elected again keeps the log
    /// ends. Source: spec A4.7; `Replica.resetReplicaState`.
    fn reset_remotes(&mut self, isr: &[NodeId], led_before: bool, now: Instant, guards: Guards) {
        if !guards.on(Guard::ResetFollowers) {
            return;
        }
        for remote in &mut self.remotes {
            if !led_before {
                *remote = Remote::unknown(remote.node);
            }
            remote.caught_up = if isr.contains(&remote.node) { now } else { Instant::ZERO };
        }
    }

    /// Follows a leader. True when the epoch is new. Source: `Partition.makeFollower`.
    pub fn make_follower(&mut self, partition: &crate::image::Partition) -> bool {
        let fresh = partition.leader_epoch > self.leader_epoch || self.leads();
        self.role = Role::Follower(partition.leader);
        self.leader_epoch = partition.leader_epoch;
        self.partition_epoch = partition.partition_epoch;
        fresh
    }

    /// A follower's fetch tells the leader how far it is; true when that moved.
    pub fn follower_fetched(
        &mut self,
        follower: NodeId,
        asked: &FetchPartition,
        broker_epoch: BrokerEpoch,
        now: Instant,
    ) -> bool {
        let end = self.log.end();
        let mut remotes = self.remotes.iter_mut();
        let Some(remote) = remotes.find(|remote| remote.node == follower) else { return false };
        remote.broker_epoch = Some(broker_epoch);
        remote.log_start = asked.log_start;
        remote.fetched(asked.offset, end, now)
    }

    /// Where a leader may move its high watermark to; none while it stays.
    /// Source: spec A5; `Partition.maybeIncrementLeaderHW`; KAFKA-15583 for the minimum.
    #[must_use]
    pub fn next_high_watermark(
        &self,
        rules: Rules,
        now: Instant,
        eligible: &dyn Fn(NodeId, Option<BrokerEpoch>) -> bool,
    ) -> Option<Offset> {
        let end = self.log.end();
        let leadership = self.leadership()?;
        let strict = rules.strict_min_isr && rules.guards.on(Guard::StrictMinIsr);
        if strict && leadership.isr.len() < self.min_isr {
            return None;
        }
        let mut reached = end;
        for remote in &self.remotes {
            // Who is about to join is waited for too, so that it never joins behind.
            let joins = || {
                remote.is_caught_up(end, now, rules.lag)
                    && eligible(remote.node, remote.broker_epoch)
            };
            let has = remote.end.unwrap_or(0);
            if has < reached && leadership.counts(remote.node, rules.guards, joins) {
                reached = has;
            }
        }
        let from = self.log.high_watermark();
        let back = reached < from && !rules.guards.on(Guard::ForwardOnlyHw);
        (reached > from || back).then_some(reached)
    }

    /// Who may join the ISR now that this follower has fetched. Source: spec A9.1;
    /// `Partition.maybeExpandIsr`.
    #[must_use]
    pub fn joiner(
        &self,
        fetched: NodeId,
        guards: Guards,
        eligible: &dyn Fn(NodeId, Option<BrokerEpoch>) -> bool,
    ) -> Option<NodeId> {
        if guards.on(Guard::ExpandAfterFetch) {
            return self.may_expand(fetched, guards, eligible).then_some(fetched);
        }
        let mut nodes = self.remotes.iter().map(|remote| remote.node);
        nodes.find(|node| self.may_expand(*node, guards, eligible))
    }

    /// Whether a follower may join the ISR: it has everything below the high watermark, and
    /// everything that the epoch began with. Source: `Partition.isFollowerInSync`.
    #[must_use]
    pub fn may_expand(
        &self,
        follower: NodeId,
        guards: Guards,
        eligible: &dyn Fn(NodeId, Option<BrokerEpoch>) -> bool,
    ) -> bool {
        let Some(leadership) = self.leadership() else { return false };
        let Some(remote) = self.remote(follower) else { return false };
        let reached = |end: Offset| {
            (end >= self.log.high_watermark() || !guards.on(Guard::ExpandReachesHw))
                && (end >= leadership.start || !guards.on(Guard::ExpandReachesEpochStart))
        };
        leadership.pending.is_none()
            && !leadership.isr.contains(&follower)
            && remote.end.map_or(!guards.on(Guard::ExpandAfterFetch), reached)
            && (eligible(follower, remote.broker_epoch) || !guards.on(Guard::ExpandEligible))
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
            self.remote(**node).is_some_and(|remote| !remote.is_caught_up(end, now, lag))
        };
        leadership.isr.iter().filter(behind).copied().collect()
    }

    /// Follower's answer to a diverging epoch: where to cut.
    /// Source: spec A7.4; `AbstractFetcherThread.getOffsetTruncationState`.
    #[must_use]
    pub fn truncation_point(&self, epoch: LeaderEpoch, end: Offset, guards: Guards) -> Offset {
        let own_end = self.log.end();
        match self.log.end_offset_for(epoch).filter(|_| guards.on(Guard::TruncateByOwnEpochs)) {
            None => end.min(own_end),
            Some((floor, own)) if floor == epoch => own.min(end).min(own_end),
            Some((_, own)) => own.min(own_end),
        }
    }
}
