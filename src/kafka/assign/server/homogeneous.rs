//! `uniform` where all members want the same topics: quotas.
//!
//! Everybody keeps what fits; whoever has one more than the least keeps it while there is one more
//! to give, so an even assignment stays as it is. The rest is handed out in one pass, and the last
//! members get the extra ones. Refuses to search: two passes are enough.
//! Source: spec E3.9; `UniformHomogeneousAssignmentBuilder` (4.1), KAFKA-18688.

use super::{Group, Shares};
use crate::assign::{PartitionId, TopicId};
use kernel::SortedSet;

pub(super) fn assign(group: &Group) -> Shares {
    let Some(first) = group.members.values().next() else { return Shares::new() };
    let topics: Vec<TopicId> = group.wanted(first).collect();
    let mut free = without_owner(group, &topics);
    let partitions: usize = topics.iter().map(|t| usize::from(group.partition_count(*t))).sum();
    let (least, mut extras) = (partitions / group.members.len(), partitions % group.members.len());
    let mut shares = Shares::new();
    // Members that have no extra one, with what they miss to the least.
    let mut unfilled = Vec::new();
    for (place, member) in group.members.values().enumerate() {
        let mut kept: Vec<PartitionId> = group.kept(member).into_iter().collect();
        let keeps_extra = kept.len() > least && extras > 0;
        free.extend(kept.split_off(kept.len().min(least + usize::from(keeps_extra))));
        if keeps_extra {
            extras -= 1;
        } else {
            unfilled.push((place, least - kept.len()));
        }
        shares.push(kept.into_iter().collect());
    }
    let first_extra = unfilled.len() - extras;
    let mut free = free.into_iter();
    for (n, (place, missing)) in unfilled.into_iter().enumerate() {
        shares[place].extend(free.by_ref().take(missing + usize::from(n >= first_extra)));
    }
    shares
}

/// Partitions that nobody was meant to have.
fn without_owner(group: &Group, topics: &[TopicId]) -> Vec<PartitionId> {
    let owned: SortedSet<&PartitionId> = group.members.values().flat_map(|m| &m.target).collect();
    let all = topics.iter().flat_map(|topic| group.partitions(*topic));
    all.filter(|id| !owned.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use crate::assign::server::Assignor;
    use crate::assign::server::fixture::{assign, group};

    /// Source: `UniformHomogeneousAssignmentBuilder.assignRemainingPartitions`.
    #[test]
    fn a_new_group_gives_the_extra_ones_to_the_last() {
        let group = group(&[5], &["a = 0", "b = 0", "c = 0"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-0 | b: 0-1 0-2 | c: 0-3 0-4");
    }

    /// Source: KAFKA-18688.
    #[test]
    fn an_even_target_stays_whoever_has_the_extra_one() {
        let group = group(&[3], &["a = 0; 0-2", "b = 0; 0-0 0-1"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-2 | b: 0-0 0-1");
    }

    /// Source: vector V94.
    #[test]
    fn what_is_over_the_quota_goes_to_those_below_it() {
        let group = group(&[3, 3], &["a = 0 1; 0-0 0-1 1-0 1-1", "b = 0 1; 0-2 1-2"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-0 0-1 1-0 | b: 0-2 1-1 1-2");
    }

    #[test]
    fn what_a_leaver_had_and_what_is_new_goes_to_those_below_the_quota() {
        let group = group(&[4], &["a = 0; 0-1 0-2", "b = 0"]);
        assert_eq!(assign(Assignor::Uniform, &group), "a: 0-1 0-2 | b: 0-0 0-3");
    }
}
