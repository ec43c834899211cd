//! What a group of the consumer protocol says to the committing, the asking and the expiring of its
//! offsets. Source: spec E3.7; `ConsumerGroup.validateOffsetCommit`, `validateOffsetFetch`.

use super::ConsumerGroup;
use crate::group::offsets::{Commit, Fetch};
use crate::group::{Config, Epoch, MemberId};
use crate::guard::Guard;
use crate::id::{ErrorCode, TopicId};

impl ConsumerGroup {
    /// A commit without an epoch comes from outside of the group, and needs it empty.
    pub(crate) fn validate_commit(
        &self,
        commit: &Commit,
        config: &Config,
    ) -> Result<(), ErrorCode> {
        if commit.epoch < 0 && self.members.is_empty() {
            return Ok(());
        }
        match self.validate_epoch(commit.member, commit.epoch) {
            Err(ErrorCode::StaleMemberEpoch | ErrorCode::IllegalGeneration)
                if !config.guards.on(Guard::CommitFence) =>
            {
                Ok(())
            }
            result => result,
        }
    }

    /// A request without member and epoch comes from outside of the group, and may ask.
    pub(crate) fn validate_fetch(&self, fetch: &Fetch) -> Result<(), ErrorCode> {
        if fetch.member.is_none() && fetch.epoch < 0 {
            return Ok(());
        }
        self.validate_epoch(fetch.member, fetch.epoch)
    }

    /// A member in another epoch than the coordinator knows is behind (or a zombie): it learns of
    /// its epoch by its next heartbeat, and tries again. A classic member is told in its own words.
    fn validate_epoch(&self, member: Option<MemberId>, epoch: Epoch) -> Result<(), ErrorCode> {
        let member = member.and_then(|id| self.members.get(&id));
        let member = member.ok_or(ErrorCode::UnknownMemberId)?;
        match &member.metadata.classic {
            _ if member.current.epoch == epoch => Ok(()),
            Some(_) => Err(ErrorCode::IllegalGeneration),
            None => Err(ErrorCode::StaleMemberEpoch),
        }
    }

    /// Offsets of these topics stay as long as somebody wants them.
    pub(crate) fn is_subscribed(&self, topic: TopicId) -> bool {
        self.members.values().any(|member| member.metadata.topics.contains(&topic))
    }
}
