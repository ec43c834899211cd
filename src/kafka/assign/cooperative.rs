//! `cooperative-sticky`: the sticky answer, less what its owner must give up first.
//!
//! A partition that changes hands belongs to nobody for one round: its old owner sees that it is
//! gone, gives it up and joins again, and the next round gives it out. Refuses to wait for that.
//! Source: spec E2.8, E4.4; KIP-429; clients `CooperativeStickyAssignor` (4.1).

use super::{Group, PartitionId, Shares, sticky};
use kernel::SortedSet;

pub(super) fn assign(group: &Group) -> Shares {
    let sticky::Answer { mut shares, changing_hands } = sticky::assign(group);
    let changing = changing_hands.unwrap_or_else(|| changing_hands_between(group, &shares));
    for share in &mut shares {
        share.retain(|id| !changing.contains(id));
    }
    shares
}

/// What somebody loses and somebody else gains.
fn changing_hands_between(group: &Group, shares: &Shares) -> SortedSet<PartitionId> {
    let both = || group.members.iter().zip(shares);
    let lost = both().flat_map(|(m, share)| m.owned.iter().filter(|id| !share.contains(id)));
    let lost: SortedSet<PartitionId> = lost.copied().collect();
    let gained = both().flat_map(|(m, share)| share.iter().filter(|id| !m.owned.contains(id)));
    gained.copied().filter(|id| lost.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use crate::assign::Assignor;
    use crate::assign::fixture::{assign, group};

    /// Source: vector V93.
    #[test]
    fn what_changes_hands_is_nobodys_for_one_round() {
        let joined = ["c1 = t; t-0 t-1 t-2 @1", "c2 = t"];
        let seen = assign(Assignor::CooperativeSticky, &group("t:3", &joined));
        assert_eq!(seen, "c1: t-0 t-1 | c2: ");
        let given_up = ["c1 = t; t-0 t-1 @2", "c2 = t; @2"];
        let seen = assign(Assignor::CooperativeSticky, &group("t:3", &given_up));
        assert_eq!(seen, "c1: t-0 t-1 | c2: t-2");
    }

    /// Source: vector V93.
    #[test]
    fn what_a_leaver_had_is_given_out_at_once() {
        let group = group("t:3", &["c2 = t; t-2 @2"]);
        assert_eq!(assign(Assignor::CooperativeSticky, &group), "c2: t-0 t-1 t-2");
    }

    #[test]
    fn different_subscriptions_follow_the_same_rule() {
        let group = group("s:1 t:3", &["c1 = s t; s-0 t-0 t-1 t-2 @1", "c2 = t"]);
        assert_eq!(assign(Assignor::CooperativeSticky, &group), "c1: s-0 t-2 | c2: ");
    }
}
