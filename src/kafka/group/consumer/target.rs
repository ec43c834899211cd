//! The target assignment: computed anew whenever the group's epoch is ahead of it.
//! Source: spec E3.2, E3.9; `TargetAssignmentBuilder`.

use super::{Around, ConsumerGroup};
use crate::assign::server;
use crate::group::location::bucket;
use crate::group::record::Record;
use crate::group::{AssignorName, MemberId, Partitions};
use crate::id::{PartitionId, TopicId};
use kernel::{SortedMap, SortedSet};
use std::rc::Rc;

impl ConsumerGroup {
    /// Only what has changed is written down.
    pub(super) fn retarget(&mut self, around: Around<'_>, log: &mut Vec<Record>) {
        let assignor = self.assignor(&around.config.assignors);
        let group = self.id;
        for (member, target) in self.assign(assignor, around.topics) {
            if self.target(member) != Some(&target) {
                self.put(Record::Target { group, member, value: Some(Rc::new(target)) }, log);
            }
        }
        self.put(Record::TargetEpoch { group, value: Some(self.value.epoch) }, log);
    }

    /// What most members ask for; of equals the first in the order of a hash map; the broker's
    /// first where nobody asks. Source: `computePreferredServerAssignor`.
    fn assignor(&self, known: &[server::Assignor]) -> server::Assignor {
        let mut votes: SortedMap<(u32, AssignorName), usize> = SortedMap::new();
        for name in self.members.values().filter_map(|member| member.metadata.assignor) {
            *votes.entry((bucket(name), name)).or_default() += 1;
        }
        let most = votes.values().copied().max();
        let liked = votes.into_iter().find(|(_, count)| Some(*count) == most);
        let named = |name| known.iter().copied().find(|assignor| assignor.name() == name);
        let chosen = liked.and_then(|((_, name), _)| named(name));
        chosen.or(known.first().copied()).unwrap_or(server::Assignor::Uniform)
    }

    fn assign(
        &self,
        assignor: server::Assignor,
        topics: &SortedMap<TopicId, u16>,
    ) -> Vec<(MemberId, Partitions)> {
        let members = self.members.iter().map(|(id, member)| {
            let told = server::Member {
                instance: member.metadata.instance.map(|instance| format!("{:05}", instance.0)),
                topics: member.metadata.topics.clone(),
                target: flat(self.target(*id)),
            };
            (name(*id), told)
        });
        let group = server::Group { topics: topics.clone(), members: members.collect() };
        let mut target = assignor.assign(&group);
        let share = |id: &MemberId| (*id, by_topic(target.remove(&name(*id)).unwrap_or_default()));
        self.members.keys().map(share).collect()
    }
}

/// Assignors order members by their names.
fn name(id: MemberId) -> String {
    format!("{:016x}", id.0)
}

fn flat(partitions: Option<&Partitions>) -> SortedSet<PartitionId> {
    let each = partitions.into_iter().flat_map(super::reconcile::each);
    each.map(|(topic, index)| PartitionId { topic, index }).collect()
}

fn by_topic(partitions: SortedSet<PartitionId>) -> Partitions {
    let mut sorted = Partitions::new();
    for id in partitions {
        sorted.entry(id.topic).or_default().insert(id.index);
    }
    sorted
}
