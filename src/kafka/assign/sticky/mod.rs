//! `sticky`: as even as possible, and among the even answers one that moves little.
//!
//! Two algorithms under one name: [`constrained`] when all members want the same topics,
//! [`general`] when not. This file settles first who may claim what. Refuses to know how partitions
//! change hands; see `cooperative`. Source: spec E4.3; clients `AbstractStickyAssignor` (4.1).

mod constrained;
mod general;
mod movements;

use super::rack::Racks;
use super::{Group, PartitionId, Shares, TopicId};
use kernel::{SortedMap, SortedSet};

pub(super) struct Answer {
    pub(super) shares: Shares,
    /// Partitions that go to another owner; the general algorithm does not keep track.
    pub(super) changing_hands: Option<SortedSet<PartitionId>>,
}

pub(super) fn assign(group: &Group) -> Answer {
    let topics = group.subscribed_topics();
    let claims = Claims::settle(group, &topics);
    let racks = Racks::new(group, &topics);
    if group.members.windows(2).all(|pair| pair[0].topics == pair[1].topics) {
        constrained::assign(group, &topics, &racks, &claims)
    } else {
        general::assign(group, &topics, &racks, claims)
    }
}

/// Who owned what, as far as it can be believed.
struct Claims {
    owned: Shares,
    /// Claimed by two members of one generation: nobody's.
    disputed: SortedSet<PartitionId>,
    newest_generation: i32,
}

impl Claims {
    /// Of two claims the newer generation's counts. Source: `allSubscriptionsEqual`, which does
    /// this on the way.
    fn settle(group: &Group, topics: &[TopicId]) -> Claims {
        let mut owned: Shares = vec![Vec::new(); group.members.len()];
        let mut owners: SortedMap<PartitionId, usize> = SortedMap::new();
        let mut disputed = SortedSet::new();
        for (place, member) in group.members.iter().enumerate() {
            for &id in member.owned.iter().filter(|id| exists(group, topics, **id)) {
                let other = owners.get(&id).copied();
                let older = other.map(|other| group.members[other].generation);
                if older.is_some_and(|older| older > member.generation) {
                    continue;
                }
                if let Some(other) = other {
                    owned[other].retain(|known| *known != id);
                }
                if older == Some(member.generation) {
                    disputed.insert(id);
                } else {
                    owned[place].push(id);
                }
                owners.insert(id, place);
            }
        }
        let newest_generation = group.members.iter().map(|m| m.generation).max().unwrap_or(-1);
        Claims { owned, disputed, newest_generation }
    }
}

/// Kafka asks for the topic only; a partition that the topic no longer has would upset its count.
fn exists(group: &Group, topics: &[TopicId], id: PartitionId) -> bool {
    topics.contains(&id.topic) && id.index < group.partition_count(id.topic)
}

#[cfg(test)]
mod tests {
    use crate::assign::Assignor;
    use crate::assign::fixture::{assign, group};

    /// Source: vector V93.
    #[test]
    fn members_keep_what_fits_the_quota() {
        let joined = group("t:3", &["c1 = t; t-0 t-1 t-2 @1", "c2 = t"]);
        assert_eq!(assign(Assignor::Sticky, &joined), "c1: t-0 t-1 | c2: t-2");
    }

    /// Source: spec E4.3.
    #[test]
    fn low_partition_numbers_are_kept_first() {
        let joined = group("s:2 t:2", &["c1 = s t; s-0 s-1 t-0 t-1 @1", "c2 = s t"]);
        assert_eq!(assign(Assignor::Sticky, &joined), "c1: s-0 t-0 | c2: s-1 t-1");
    }

    /// Source: spec E4.3; KAFKA-12984.
    #[test]
    fn two_claims_of_one_generation_are_nobodys() {
        let group = group("t:4", &["c1 = t; t-0 t-1 @1", "c2 = t; t-1 t-2 @1"]);
        assert_eq!(assign(Assignor::Sticky, &group), "c1: t-0 t-1 | c2: t-2 t-3");
        assert_eq!(assign(Assignor::CooperativeSticky, &group), "c1: t-0 | c2: t-2 t-3");
    }

    /// Source: spec E4.3; KAFKA-14639.
    #[test]
    fn of_two_claims_the_newer_generation_counts() {
        let group = group("t:4", &["c1 = t; t-0 t-1 t-2 @1", "c2 = t; t-0 t-1 @2"]);
        assert_eq!(assign(Assignor::Sticky, &group), "c1: t-2 t-3 | c2: t-0 t-1");
    }

    /// Both own the most, one may keep it: m37 stands before m00 in a hash map.
    #[test]
    fn the_one_partition_more_goes_to_the_first_in_hash_order() {
        let members = ["m00 = t; t-0 t-1 @1", "m37 = t; t-2 t-3 @1", "m99 = t"];
        let seen = assign(Assignor::Sticky, &group("t:4", &members));
        assert_eq!(seen, "m00: t-0 | m37: t-2 t-3 | m99: t-1");
    }

    /// A partition that is owned off its rack may come back to its owner, if nobody is nearer.
    /// Source: KIP-881, KAFKA-15170.
    #[test]
    fn what_is_off_the_rack_moves_to_a_member_on_it() {
        let members = ["c1%a = t; t-0 t-1 @1", "c2%b = t; t-2 t-3 @1"];
        let group = group("t:4@a,b,a,b", &members);
        assert_eq!(assign(Assignor::Sticky, &group), "c1: t-0 t-2 | c2: t-1 t-3");
        assert_eq!(assign(Assignor::CooperativeSticky, &group), "c1: t-0 | c2: t-3");
    }

    /// Source: spec E4.3.
    #[test]
    fn with_different_subscriptions_load_moves_to_the_least_loaded() {
        let members = ["c1 = s t; s-0 s-1 t-0 t-1 @1", "c2 = t", "c3 = s t; @1"];
        let seen = assign(Assignor::Sticky, &group("s:2 t:2", &members));
        assert_eq!(seen, "c1: t-1 | c2: t-0 | c3: s-0 s-1");
    }

    #[test]
    fn a_group_without_members_or_topics_is_no_trouble() {
        for assignor in Assignor::ALL {
            assert_eq!(assign(assignor, &group("t:3", &[])), "");
            assert_eq!(assign(assignor, &group("t:0", &["c = t; t-5 @1"])), "c: ");
        }
    }
}
