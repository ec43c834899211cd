//! What came of records in consumer groups: what was worked on, how often, and what was committed.
//! The sink of a lesson is counted here. Refuses to look into a coordinator.
//! Source: spec J4; INV-09, INV-10.

use super::{Breach, Finding, Findings};
use crate::client::group::{Commits, GroupConsumer, OnError};
use crate::fact::Fact;
use crate::group::GroupId;
use crate::id::{Offset, PartitionId};
use kernel::{Instant, NodeId, Seen, SortedMap, Span};
use std::collections::BTreeSet;
use std::rc::Rc;

/// One partition, as a group has read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Read {
    /// From where on the group reads.
    begin: Option<Offset>,
    /// How often each offset was worked on.
    worked: Vec<u8>,
    /// Put into a dead letter topic.
    parked: BTreeSet<Offset>,
    /// Given up with an exception: swallowed, or left behind by a loop that ended.
    given_up: BTreeSet<Offset>,
    /// The highest commit that a member was told of.
    committed: Option<Offset>,
    /// Its application has sought elsewhere in it: commits may say anything from then on.
    sought: bool,
    /// The latest commit in the log of `__consumer_offsets`: its place there, and what it says.
    stored: Option<(Offset, Offset)>,
    /// Nobody has had it since then.
    free_since: Option<Instant>,
    /// When a record of it was last worked on, and the longest stretch without.
    last_worked: Option<Instant>,
    longest_gap: Span,
}

impl Read {
    /// It begins anew from here, as its settings say.
    fn back_to(&mut self, to: Offset) {
        self.committed = self.committed.map(|committed| committed.min(to));
        self.stored = self.stored.map(|(place, stored)| (place, stored.min(to)));
    }

    /// Nothing is committed any more, and that is as it should be.
    fn forget(&mut self) {
        self.back_to(0);
        self.committed = None;
    }

    fn times(&self, offset: Offset) -> u8 {
        self.worked.get(offset as usize).copied().unwrap_or(0)
    }

    /// Neither worked on nor parked, from where the group began up to an offset.
    fn untouched(&self, to: Offset) -> impl Iterator<Item = Offset> {
        let untouched = |at: &Offset| self.times(*at) == 0 && !self.parked.contains(at);
        (self.begin.unwrap_or(0)..to).filter(untouched)
    }

    /// Committed and never worked on: nobody will read them again.
    pub(crate) fn skipped(&self) -> u64 {
        self.untouched(self.committed.unwrap_or(0)).count() as u64
    }

    /// Whether a commit says of something that it is done which is not, and nothing explains it.
    fn is_ahead(&self, to: Offset) -> bool {
        !self.sought
            && self.begin.is_some()
            && self.untouched(to).any(|at| !self.given_up.contains(&at))
    }

    pub(crate) fn parked(&self) -> u64 {
        self.parked.len() as u64
    }

    /// The longest stretch without work, the present one with it.
    pub(crate) fn gap(&self, now: Instant) -> Span {
        self.last_worked.map_or(Span::ZERO, |last| self.longest_gap.max(now.since(last)))
    }

    pub(crate) fn committed(&self) -> Option<Offset> {
        self.committed
    }
}

/// A group's account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Delivery {
    pub(crate) reads: SortedMap<PartitionId, Read>,
    /// Records worked on, and how many of those had been worked on before.
    pub(crate) worked: u64,
    pub(crate) repeated: u64,
    /// Generations or epochs that the group has begun.
    pub(crate) rebalances: u64,
    /// Members that the coordinator put out.
    pub(crate) evicted: u64,
    /// Members that left because their application was too slow.
    pub(crate) late: u64,
    /// Commits that were refused for good.
    pub(crate) refused: u64,
    /// Time that partitions had no owner, summed over all of them.
    stopped: Span,
}

impl Delivery {
    pub(crate) fn skipped(&self) -> u64 {
        self.reads.values().map(Read::skipped).sum()
    }

    pub(crate) fn parked(&self) -> u64 {
        self.reads.values().map(Read::parked).sum()
    }

    /// Rows of a sink that knows each record by an id of its own.
    pub(crate) fn distinct(&self) -> u64 {
        self.worked - self.repeated
    }

    /// Time that partitions had no owner, up to now.
    pub(crate) fn stopped(&self, now: Instant) -> Span {
        let open = self.reads.values().filter_map(|read| read.free_since);
        Span(self.stopped.0 + open.map(|since| now.since(since).0).sum::<u64>())
    }

    fn read(&mut self, id: PartitionId) -> &mut Read {
        self.reads.entry(id).or_default()
    }

    fn work(&mut self, id: PartitionId, offset: Offset, at: Instant) {
        let read = self.reads.entry(id).or_default();
        if read.worked.len() <= offset as usize {
            read.worked.resize(offset as usize + 1, 0);
        }
        let times = &mut read.worked[offset as usize];
        self.worked += 1;
        self.repeated += u64::from(*times > 0);
        *times = times.saturating_add(1);
        if let Some(last) = read.last_worked {
            read.longest_gap = read.longest_gap.max(at.since(last));
        }
        read.last_worked = Some(at);
    }

    /// A commit of who commits only what is done. After an exception, `close()` commits all that
    /// poll() has returned, whatever became of it.
    fn says_done(
        &mut self,
        offsets: &[(PartitionId, Offset)],
        threw: bool,
        findings: &mut Findings,
    ) {
        for (id, offset) in offsets {
            let read = self.read(*id);
            if threw {
                let left: Vec<_> = read.untouched(*offset).collect();
                read.given_up.extend(left);
            }
            if read.is_ahead(*offset) {
                findings.add(Finding::new(Breach::CommitAhead).of(*id).at(*offset));
            }
        }
    }

    fn free(&mut self, ids: &[PartitionId], at: Instant) {
        for id in ids {
            let read = self.read(*id);
            read.free_since = read.free_since.or(Some(at));
        }
    }

    fn taken(&mut self, ids: &[PartitionId], at: Instant) {
        for id in ids {
            if let Some(since) = self.read(*id).free_since.take() {
                self.stopped.0 += at.since(since).0;
            }
        }
    }
}

/// What a member was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Held {
    group: GroupId,
    partitions: Vec<PartitionId>,
    /// The group's commits when it was given them. It asks for them after that, and the answer may
    /// reach it late: what the group commits meanwhile need not be in it.
    known: SortedMap<PartitionId, Offset>,
}

/// All groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Deliveries {
    groups: SortedMap<GroupId, Rc<Delivery>>,
    /// What each member holds.
    held: SortedMap<NodeId, Held>,
    /// A machine or a disk was lost, or an election was unclean: commits may be gone.
    excused: bool,
}

impl Deliveries {
    pub(crate) fn of(&self, group: GroupId) -> Option<&Delivery> {
        self.groups.get(&group).map(|delivery| &**delivery)
    }

    fn open(&mut self, group: GroupId) -> &mut Delivery {
        Rc::make_mut(self.groups.entry(group).or_default())
    }

    pub(super) fn excuse(&mut self) {
        self.excused = true;
    }

    /// A process is gone; if it was a member, with what it held.
    pub(super) fn ended(&mut self, node: NodeId, at: Instant) {
        if let Some(held) = self.held.remove(&node) {
            self.open(held.group).free(&held.partitions, at);
        }
    }

    fn give(&mut self, node: NodeId, group: GroupId, added: &[PartitionId], all: &[PartitionId]) {
        let mut known = self.held.remove(&node).map(|held| held.known).unwrap_or_default();
        known.retain(|id, _| all.contains(id));
        let delivery = self.groups.get(&group);
        for id in added {
            let read = delivery.and_then(|delivery| delivery.reads.get(id));
            if let Some(offset) = read.and_then(Read::committed) {
                known.insert(*id, offset);
            }
        }
        self.held.insert(node, Held { group, partitions: all.to_vec(), known });
    }

    /// What an answer to a member must have in it; less, if the group was put back since.
    fn known_to(&self, node: NodeId, id: PartitionId) -> Offset {
        let given = self.held.get(&node).and_then(|held| held.known.get(&id)).copied();
        given.min(self.committed(node, id)).unwrap_or(0)
    }

    fn committed(&self, node: NodeId, id: PartitionId) -> Option<Offset> {
        let delivery = self.groups.get(&self.held.get(&node)?.group)?;
        delivery.reads.get(&id).filter(|read| !read.sought)?.committed()
    }

    pub(super) fn of_member(
        &mut self,
        seen: Seen,
        fact: &Fact,
        member: &GroupConsumer,
        findings: &mut Findings,
    ) {
        let (excused, group) = (self.excused, member.config.key.id);
        match fact {
            Fact::PartitionsAssigned { added, all, .. } => self.give(seen.node, group, added, all),
            Fact::Placed { id, at } if !excused => {
                let known = self.known_to(seen.node, *id);
                if at.unwrap_or(0) < known {
                    let finding = Finding::new(Breach::CommitLost).of(*id).at(known);
                    findings.add(finding.by(seen.node));
                }
            }
            _ => {}
        }
        let delivery = self.open(group);
        match fact {
            Fact::Processed { id, base, records } => {
                for offset in (*base..).take(records.len()) {
                    delivery.work(*id, offset, seen.at);
                }
            }
            Fact::PositionReset { id, to } => {
                let read = delivery.read(*id);
                read.begin = Some(read.begin.map_or(*to, |begin| begin.min(*to)));
                read.back_to(*to);
            }
            Fact::ReadTruncated { id, to, .. } => {
                let read = delivery.read(*id);
                read.back_to(*to);
            }
            Fact::Sought { id, .. } => delivery.read(*id).sought = true,
            Fact::OffsetsCommitted { offsets } => {
                for (id, offset) in offsets {
                    let read = delivery.read(*id);
                    let known = read.committed.filter(|_| !read.sought).unwrap_or(0);
                    read.committed = Some(known.max(*offset));
                }
            }
            Fact::HandlerFailed { id, at, then } => {
                let read = delivery.read(*id);
                match then {
                    OnError::Park => read.parked.insert(*at),
                    OnError::Skip | OnError::Stop => read.given_up.insert(*at),
                };
            }
            Fact::CommitFailed { .. } => delivery.refused += 1,
            Fact::PolledLate { .. } => delivery.late += 1,
            Fact::PartitionsAssigned { added, .. } => delivery.taken(added, seen.at),
            Fact::PartitionsRevoked { gone } | Fact::PartitionsLost { gone } => {
                delivery.free(gone, seen.at);
            }
            _ => {}
        }
        if let Fact::Committing { offsets } = fact
            && matches!(member.config.commits, Commits::Auto | Commits::After)
        {
            delivery.says_done(offsets, member.app.threw, findings);
        }
    }

    pub(super) fn of_coordinator(&mut self, node: NodeId, fact: &Fact, findings: &mut Findings) {
        match fact {
            Fact::GroupChanged(changed) => {
                let delivery = self.open(changed.group);
                let epoch = |standing: Option<crate::group::Standing>| {
                    standing.map_or(0, |standing| standing.epoch)
                };
                delivery.rebalances += u64::from(epoch(changed.after) > epoch(changed.before));
                let members = |standing: Option<crate::group::Standing>| {
                    standing.map_or(0, |standing| standing.members)
                };
                if matches!(changed.trigger, crate::group::Trigger::Timer(_)) {
                    let gone = members(changed.before).saturating_sub(members(changed.after));
                    delivery.evicted += gone as u64;
                }
            }
            Fact::OffsetsReset { group, offsets } => {
                for (id, offset) in offsets {
                    self.open(*group).read(*id).back_to(*offset);
                }
            }
            Fact::OffsetsExpired { group, gone } => {
                for id in gone {
                    self.open(*group).read(*id).forget();
                }
            }
            Fact::CommitStored { group, at, offsets } => {
                let excused = self.excused;
                for (id, offset) in offsets {
                    let read = self.open(*group).read(*id);
                    // Whoever was frozen tells late what stands far behind the end by now.
                    if read.stored.is_some_and(|(place, _)| place >= *at) {
                        continue;
                    }
                    let known = read.stored.map_or(0, |(_, known)| known);
                    let read_anywhere = read.sought;
                    read.stored = Some((*at, *offset));
                    if *offset < known && !excused && !read_anywhere {
                        findings.add(Finding::new(Breach::CommitBack).of(*id).at(known).by(node));
                    }
                }
            }
            Fact::StaleAccepted { group, claimed, .. } => {
                let _ = group;
                let epoch = u32::try_from(*claimed).unwrap_or(0);
                findings.add(Finding::new(Breach::StaleMember).by(node).under(epoch));
            }
            _ => {}
        }
    }
}
