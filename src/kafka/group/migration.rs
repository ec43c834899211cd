//! A living group changes from the classic to the consumer protocol and back: when that may be, and
//! what is written. Refuses to know what its members are told in either.
//!
//! The first member that speaks the consumer protocol takes the whole group over: classic members
//! stay, and go on speaking as they did ([`super::consumer`], `classic`). The last such member that
//! goes leaves a classic group behind, which rebalances.
//! Source: spec E3.8; KIP-848; `ConsumerGroupMigrationPolicy`, `validateOnlineUpgrade`,
//! `validateOnlineDowngradeWithFencedMembers`.

#[cfg(test)]
mod tests;

use super::classic::ClassicGroup;
use super::consumer::ConsumerGroup;
use super::{Config, Effects, Epoch, GroupId, MemberId};
use crate::id::ErrorCode;
use kernel::Instant;

/// `group.consumer.migration.policy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MigrationPolicy {
    #[default]
    Bidirectional,
    Upgrade,
    Downgrade,
    Disabled,
}

impl MigrationPolicy {
    pub(crate) const ALL: [MigrationPolicy; 4] = [
        MigrationPolicy::Bidirectional,
        MigrationPolicy::Upgrade,
        MigrationPolicy::Downgrade,
        MigrationPolicy::Disabled,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            MigrationPolicy::Bidirectional => "bidirectional",
            MigrationPolicy::Upgrade => "upgrade",
            MigrationPolicy::Downgrade => "downgrade",
            MigrationPolicy::Disabled => "disabled",
        }
    }

    fn upgrades(self) -> bool {
        matches!(self, MigrationPolicy::Bidirectional | MigrationPolicy::Upgrade)
    }

    fn downgrades(self) -> bool {
        matches!(self, MigrationPolicy::Bidirectional | MigrationPolicy::Downgrade)
    }
}

/// Somebody who speaks the consumer protocol joins a classic group with members.
pub(super) fn upgrade(
    id: GroupId,
    group: &mut ClassicGroup,
    config: &Config,
    out: &mut Effects,
) -> Result<ConsumerGroup, ErrorCode> {
    let fits = group.members().count() <= config.consumer_max_size;
    if !config.migration.upgrades() || !fits {
        return Err(ErrorCode::GroupIdNotFound);
    }
    group.give_way(out);
    let mut upgraded = ConsumerGroup::new(id);
    let records = group.as_consumer_group();
    for record in &records {
        upgraded.replay(record);
    }
    out.write(records);
    upgraded.begin_sessions(config, out);
    Ok(upgraded)
}

/// Whether what remains without these members is a classic group.
pub(super) fn leaves_classic(group: &ConsumerGroup, gone: &[MemberId], config: &Config) -> bool {
    let mut rest = group.members().iter().filter(|(id, _)| !gone.contains(id));
    let count = rest.clone().count();
    config.migration.downgrades()
        && (1..=config.max_size).contains(&count)
        && rest.all(|(_, member)| member.metadata.classic.is_some())
}

/// The classic group that remains without these members.
pub(super) fn downgrade(
    id: GroupId,
    group: &ConsumerGroup,
    gone: &[MemberId],
    generation: Epoch,
    now: Instant,
    out: &mut Effects,
) -> ClassicGroup {
    group.give_way(out);
    let members = group.as_classic_members(gone);
    ClassicGroup::of_members(id, generation, members, now, out)
}
