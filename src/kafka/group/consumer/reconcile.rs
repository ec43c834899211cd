//! One step of a member towards its target: give up first, then take what is free.
//! Refuses to know the group. Source: spec E3.4; `CurrentAssignmentBuilder`.

use super::{Current, MemberState};
use crate::group::{Epoch, Partitions};
use crate::id::TopicId;

/// Where a member is to be led.
pub(super) struct Goal<'a> {
    pub(super) epoch: Epoch,
    pub(super) target: &'a Partitions,
    /// What the member says it owns; none if it does not say.
    pub(super) owned: Option<&'a Partitions>,
}

/// The member after this heartbeat. `is_free` tells of partitions that no member holds.
pub(super) fn reconcile(
    current: &Current,
    goal: &Goal<'_>,
    is_free: impl Fn(TopicId, u16) -> bool,
) -> Current {
    let unrevoked = current.state == MemberState::UnrevokedPartitions;
    if current.is_reconciled_to(goal.epoch)
        || unrevoked && still_owns(goal.owned, &current.pending_revocation)
    {
        return current.clone();
    }
    next(current, goal, is_free)
}

fn next(current: &Current, goal: &Goal<'_>, is_free: impl Fn(TopicId, u16) -> bool) -> Current {
    let kept = common(&current.assigned, goal.target);
    let to_revoke = without(&current.assigned, &kept);
    let previous_epoch = current.epoch;
    // One revocation done, another to do: the member moves on by one, as Kafka 4.1 has it.
    let done = current.state == MemberState::UnrevokedPartitions;
    if !to_revoke.is_empty() && still_owns(goal.owned, &to_revoke) {
        return Current {
            state: MemberState::UnrevokedPartitions,
            epoch: current.epoch + Epoch::from(done),
            previous_epoch,
            assigned: kept,
            pending_revocation: to_revoke,
        };
    }
    let mut assigned = kept.clone();
    let mut state = MemberState::Stable;
    for (topic, index) in each(&without(goal.target, &kept)) {
        // What it was about to give up it may simply keep.
        if is_free(topic, index) || contains(&current.pending_revocation, topic, index) {
            assigned.entry(topic).or_default().insert(index);
        } else {
            state = MemberState::UnreleasedPartitions;
        }
    }
    let pending_revocation = Partitions::new();
    Current { state, epoch: goal.epoch, previous_epoch, assigned, pending_revocation }
}

/// A member that does not say what it owns may own anything.
/// Source: `CurrentAssignmentBuilder.ownsRevokedPartitions`.
fn still_owns(owned: Option<&Partitions>, revoked: &Partitions) -> bool {
    owned.is_none_or(|owned| !common(owned, revoked).is_empty())
}

pub(super) fn each(partitions: &Partitions) -> impl Iterator<Item = (TopicId, u16)> {
    partitions.iter().flat_map(|(topic, all)| all.iter().map(move |index| (*topic, *index)))
}

pub(super) fn contains(partitions: &Partitions, topic: TopicId, index: u16) -> bool {
    partitions.get(&topic).is_some_and(|all| all.contains(&index))
}

fn pick(from: &Partitions, wanted: impl Fn(TopicId, u16) -> bool) -> Partitions {
    let mut picked = Partitions::new();
    for (topic, index) in each(from).filter(|(topic, index)| wanted(*topic, *index)) {
        picked.entry(topic).or_default().insert(index);
    }
    picked
}

fn common(a: &Partitions, b: &Partitions) -> Partitions {
    pick(a, |topic, index| contains(b, topic, index))
}

fn without(a: &Partitions, b: &Partitions) -> Partitions {
    pick(a, |topic, index| !contains(b, topic, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partitions(list: &[(u16, &[u16])]) -> Partitions {
        list.iter().map(|(topic, all)| (TopicId(*topic), all.iter().copied().collect())).collect()
    }

    fn stable(epoch: Epoch, assigned: &[(u16, &[u16])]) -> Current {
        Current {
            epoch,
            previous_epoch: epoch,
            assigned: partitions(assigned),
            ..Current::default()
        }
    }

    fn step(from: &Current, target: &[(u16, &[u16])], owned: Option<&[(u16, &[u16])]>) -> Current {
        step_when(from, target, owned, |_, _| true)
    }

    fn step_when(
        from: &Current,
        target: &[(u16, &[u16])],
        owned: Option<&[(u16, &[u16])]>,
        is_free: impl Fn(TopicId, u16) -> bool,
    ) -> Current {
        let (target, owned) = (partitions(target), owned.map(partitions));
        let goal = Goal { epoch: 11, target: &target, owned: owned.as_ref() };
        reconcile(from, &goal, is_free)
    }

    /// Source: V89; spec E3.4.
    #[test]
    fn what_must_go_is_given_up_before_the_epoch_moves() {
        let from = stable(10, &[(1, &[1, 2, 3]), (2, &[4, 5, 6])]);
        let to = step(&from, &[(1, &[2, 3, 4]), (2, &[5, 6, 7])], None);
        assert_eq!((to.state, to.epoch), (MemberState::UnrevokedPartitions, 10));
        assert_eq!(to.assigned, partitions(&[(1, &[2, 3]), (2, &[5, 6])]));
        assert_eq!(to.pending_revocation, partitions(&[(1, &[1]), (2, &[4])]));
        let same = step(&from, &[(1, &[1, 2, 3]), (2, &[4, 5, 6])], None);
        assert_eq!((same.state, same.epoch), (MemberState::Stable, 11));
    }

    /// Source: V90; spec E3.4.
    #[test]
    fn what_others_hold_is_waited_for_in_the_new_epoch() {
        let from = stable(10, &[(1, &[1, 2, 3]), (2, &[4, 5, 6])]);
        let held = |topic: TopicId, index| (topic, index) != (TopicId(2), 7);
        let to = step_when(&from, &[(1, &[1, 2, 3]), (2, &[4, 5, 7])], Some(&[]), held);
        assert_eq!((to.state, to.epoch), (MemberState::UnreleasedPartitions, 11));
        assert_eq!(to.assigned, partitions(&[(1, &[1, 2, 3]), (2, &[4, 5])]));
        assert!(to.pending_revocation.is_empty());
    }

    /// Source: `CurrentAssignmentBuilder` (4.1): the epoch moves on by one between revocations.
    #[test]
    fn one_revocation_may_follow_another() {
        let from = Current {
            state: MemberState::UnrevokedPartitions,
            pending_revocation: partitions(&[(1, &[1])]),
            ..stable(8, &[(1, &[2, 3])])
        };
        let to = step(&from, &[(1, &[2])], Some(&[(1, &[2, 3])]));
        assert_eq!((to.state, to.epoch, to.previous_epoch), (from.state, 9, 8));
        assert_eq!(to.pending_revocation, partitions(&[(1, &[3])]));
    }

    /// Source: `CurrentAssignmentBuilder.computeNextAssignment` (4.1.2).
    #[test]
    fn what_was_to_be_given_up_may_be_kept_when_the_target_changes_back() {
        let from = Current {
            state: MemberState::UnrevokedPartitions,
            pending_revocation: partitions(&[(1, &[1])]),
            ..stable(10, &[(1, &[2])])
        };
        let held = |_, index| index != 1;
        let to = step_when(&from, &[(1, &[1, 2])], Some(&[(1, &[2])]), held);
        assert_eq!((to.state, to.assigned), (MemberState::Stable, partitions(&[(1, &[1, 2])])));
    }

    /// Source: spec E3.4: a member that reports one of them keeps the epoch; one that does not
    /// report at all may own anything.
    #[test]
    fn a_revocation_is_over_when_the_member_reports_none_of_it() {
        let from = Current {
            state: MemberState::UnrevokedPartitions,
            pending_revocation: partitions(&[(1, &[1])]),
            ..stable(10, &[(1, &[2])])
        };
        assert_eq!(step(&from, &[(1, &[2])], None), from);
        assert_eq!(step(&from, &[(1, &[2])], Some(&[(1, &[1, 2])])), from);
        let to = step(&from, &[(1, &[2])], Some(&[(1, &[2])]));
        assert_eq!((to.state, to.epoch), (MemberState::Stable, 11));
    }
}
