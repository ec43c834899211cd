//! What a classic group says to the committing and the expiring of its offsets.
//! Source: spec E2.10; `ClassicGroup.validateOffsetCommit`, `offsetExpirationCondition`.

use super::{ClassicGroup, State};
use crate::group::offsets::{Base, Commit};
use crate::group::{Config, Effects};
use crate::guard::Guard;
use crate::id::{ErrorCode, TopicId};
use kernel::SortedSet;

impl ClassicGroup {
    /// A commit under an old generation is that of a zombie. One without member and generation
    /// comes from an operator or a client outside of the group, and needs the group empty.
    pub(crate) fn validate_commit(
        &self,
        commit: &Commit,
        config: &Config,
    ) -> Result<(), ErrorCode> {
        if self.state == State::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        if commit.epoch < 0 && self.state == State::Empty {
            return Ok(());
        }
        if commit.epoch < 0 && commit.member.is_none() && commit.instance.is_none() {
            return Err(ErrorCode::UnknownMemberId);
        }
        if let Some(id) = commit.member {
            self.admit(id, commit.instance, config.guards)?;
        } else {
            return Err(ErrorCode::UnknownMemberId);
        }
        if commit.epoch != self.generation && config.guards.on(Guard::CommitFence) {
            return Err(ErrorCode::IllegalGeneration);
        }
        // It has its generation but not its assignment: it commits too early, or too late.
        if self.state == State::CompletingRebalance {
            return Err(ErrorCode::RebalanceInProgress);
        }
        Ok(())
    }

    /// A commit is as good as a heartbeat. Source: `OffsetMetadataManager.validateOffsetCommit`.
    pub(crate) fn committed(&self, commit: &Commit, out: &mut Effects) {
        let counts = matches!(self.state, State::Stable | State::PreparingRebalance);
        if let (true, Some(id)) = (counts, commit.member) {
            self.extend_session(id, out);
        }
    }

    /// Since when the retention of an offset counts; none while offsets of this group stay.
    pub(crate) fn expiry(&self) -> Option<Base> {
        match self.state {
            _ if !self.managed => Some(Base::Commit),
            State::Empty => Some(self.since.map_or(Base::Commit, Base::Since)),
            State::Stable if self.subscribed.is_some() => Some(Base::Commit),
            _ => None,
        }
    }

    /// Offsets of these topics stay as long as the group does.
    /// Source: `ClassicGroup.isSubscribedToTopic`.
    pub(crate) fn is_subscribed(&self, topic: TopicId) -> bool {
        self.subscribed.as_ref().map_or(self.managed, |topics| topics.contains(&topic))
    }

    /// Source: `ClassicGroup.computeSubscribedTopics`.
    pub(super) fn subscriptions(&self) -> Option<SortedSet<TopicId>> {
        if !self.managed {
            return None;
        }
        if self.members.is_empty() {
            return Some(SortedSet::new());
        }
        let protocol = self.protocol?;
        let of = |member: &super::Member| member.subscription(protocol);
        let all = self.members.values().filter_map(of);
        Some(all.flat_map(|subscription| subscription.topics.clone()).collect())
    }
}
