//! Rules of the quorum that are arithmetic: majorities, backoffs, errors. No state.

use crate::id::{ErrorCode, LeaderEpoch, Offset};
use kernel::{Arrange, Span};

/// Voters that a majority takes.
#[must_use]
pub(super) fn majority(voters: usize) -> usize {
    voters / 2 + 1
}

/// Whether an election can no longer be won. Source: `EpochElection.isVoteRejected`.
#[must_use]
pub(super) fn is_lost(refused: usize, voters: usize) -> bool {
    refused > voters - majority(voters).min(voters)
}

/// What a majority of the voters has, from how far each has it, the leader counted if it votes.
/// Sorts the ends. Source: spec B4.2; `LeaderState.maybeUpdateHighWatermark`.
#[must_use]
pub(super) fn majority_end(ends: &mut [Offset]) -> Offset {
    ends.arrange_by(|a, b| b.cmp(a));
    ends.get(ends.len() / 2).copied().unwrap_or(0)
}

/// How long a follower waits before it stands when its leader has resigned: nothing for the first
/// successor, then doubling by place; who is not in the list waits longest.
/// Source: spec B3; `endEpochElectionBackoff`, `strictExponentialElectionBackoffMs`.
#[must_use]
pub(super) fn succession_backoff(place: Option<usize>, successors: usize, max: Span) -> Span {
    match place {
        Some(0) => Span::ZERO,
        Some(place) => {
            let base = max.as_millis() >> (successors - 1).min(20);
            Span::millis(base << (place - 1).min(20)).min(max)
        }
        None => max,
    }
}

/// Why a request that only a leader can answer is refused.
/// Source: `KafkaRaftClient.validateLeaderOnlyRequest`.
#[must_use]
pub(super) fn leader_only_error(
    asked: LeaderEpoch,
    known: LeaderEpoch,
    leads: bool,
    shutting_down: bool,
) -> Option<ErrorCode> {
    if asked < known {
        Some(ErrorCode::FencedLeaderEpoch)
    } else if asked > known {
        Some(ErrorCode::UnknownLeaderEpoch)
    } else if !leads {
        Some(ErrorCode::NotLeaderOrFollower)
    } else if shutting_down {
        Some(ErrorCode::BrokerNotAvailable)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: `KafkaRaftClient.validateLeaderOnlyRequest`, in its order.
    #[test]
    fn who_asks_the_wrong_node_is_told_why() {
        let error = |asked, leads, stops| leader_only_error(asked, 5, leads, stops);
        assert_eq!(error(4, true, true), Some(ErrorCode::FencedLeaderEpoch));
        assert_eq!(error(6, true, true), Some(ErrorCode::UnknownLeaderEpoch));
        assert_eq!(error(5, false, true), Some(ErrorCode::NotLeaderOrFollower));
        assert_eq!(error(5, true, true), Some(ErrorCode::BrokerNotAvailable));
        assert_eq!(error(5, true, false), None);
    }

    /// Source: spec B3; `endEpochElectionBackoff`.
    #[test]
    fn successors_wait_by_their_place() {
        let max = Span::secs(1);
        let wait = |place| succession_backoff(place, 4, max).as_millis();
        assert_eq!([Some(0), Some(1), Some(2), Some(3), None].map(wait), [0, 125, 250, 500, 1000]);
    }

    /// Source: `EpochElection`: of 3 voters two refusals are too many, of 4 also two.
    #[test]
    fn an_election_is_lost_when_no_majority_can_be_left() {
        assert_eq!([1, 2, 3, 4, 5].map(majority), [1, 2, 2, 3, 3]);
        assert!(!is_lost(1, 3) && is_lost(2, 3));
        assert!(!is_lost(1, 4) && is_lost(2, 4));
        assert!(!is_lost(2, 5) && is_lost(3, 5));
    }
}
