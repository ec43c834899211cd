//! Versions of Kafka, as data: which rule a version has, one row for each difference.
//!
//! A rule asks its field where it stands; nothing here knows what the rule does.

use crate::guard::{Guard, Guards};
use kernel::Span;
use std::fmt;

/// Where a follower cuts its log when it begins to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truncation {
    /// Where its leader epochs part from the leader's. Source: KIP-101, KIP-279.
    LeaderEpoch,
    /// At its own high watermark, as Kafka did before 0.11.
    HighWatermark,
}

impl Truncation {
    pub const ALL: [Truncation; 2] = [Truncation::LeaderEpoch, Truncation::HighWatermark];

    /// Its word on a cluster line: `truncation=high-watermark`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Truncation::LeaderEpoch => "leader-epoch",
            Truncation::HighWatermark => "high-watermark",
        }
    }
}

impl fmt::Display for Truncation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One difference between the versions.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// The field of [`Profile`] that holds it.
    pub name: &'static str,
    pub what: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// How a profile stands to it.
    pub value: fn(&Profile) -> String,
}

/// Writes the table down once: the fields of a profile, the profiles, and the rows to show.
macro_rules! profiles {
    (
        $($profile:literal)*;
        $($field:ident: $kind:ty, $what:literal, $source:literal, [$($value:expr),*];)*
    ) => {
        /// A version of Kafka: which rules are in force.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct Profile {
            pub name: &'static str,
            $(#[doc = $what] #[doc = "Source:"] #[doc = $source] pub $field: $kind,)*
            /// Which lines of defence stand; all, in every ordinary run.
            pub guards: Guards,
        }

        /// In the order of release; the last is the default.
        pub const PROFILES: [Profile; 4] = {
            const NAMES: [&str; 4] = [$($profile),*];
            $(#[allow(non_upper_case_globals)] const $field: [$kind; 4] = [$($value),*];)*
            const fn profile(at: usize) -> Profile {
                Profile { name: NAMES[at], $($field: $field[at],)* guards: Guards::all_on() }
            }
            [profile(0), profile(1), profile(2), profile(3)]
        };

        pub const DIFFERENCES: &[Difference] = &[$(Difference {
            name: stringify!($field),
            what: $what,
            source: $source,
            value: |profile| profile.$field.to_string(),
        }),*];
    };
}

profiles! {
    "kraft-3.5" "kraft-3.9" "kraft-4.0" "kraft-4.1";

    // ---- the metadata quorum ----
    check_quorum: bool,
        "A leader that no majority fetches from resigns.",
        "KAFKA-15489 (3.7); LeaderState.timeUntilCheckQuorumExpires",
        [false, true, true, true];
    dynamic_voters: bool,
        "The feature kraft.version 1 is there; who knows no leader asks any bootstrap server.",
        "KIP-853 (3.9); KRaftVersion, KafkaRaftClient.maybeSendFetchToAnyBootstrap",
        [false, true, true, true];
    kraft_version: u64,
        "With 1 voters can be added and removed; a voter is a node with its directory.",
        "KIP-853 (3.9); AddVoterHandler, RemoveVoterHandler",
        [0, 1, 1, 1];
    pre_vote: bool,
        "A voter asks whether it would win before it raises the epoch.",
        "KIP-996 (4.0); ProspectiveState",
        [false, false, true, true];
    begin_when_silent: bool,
        "A leader names itself again to voters that have not fetched for half a fetch timeout.",
        "LeaderState.needToSendBeginQuorumRequests; simulation of 4.1.2",
        [false, false, false, true];
    prompt_high_watermark: bool,
        "A quorum fetch is answered as soon as the high watermark has moved.",
        "KIP-1166 (4.1)",
        [false, false, false, true];

    // ---- the controller ----
    epoch_bump_on_shrink: bool,
        "A shrink of the ISR alone raises the leader epoch.",
        "KAFKA-15021 (until 3.5); MetadataVersion.isLeaderEpochBumpRequiredOnIsrShrink",
        [true, false, false, false];
    elr_available: bool,
        "The feature eligible.leader.replicas.version can be switched on.",
        "KIP-966 (4.0); EligibleLeaderReplicasVersion",
        [false, false, true, true];
    elr: bool,
        "A new cluster has eligible leader replicas.",
        "KIP-966 (4.1); Kafka 4.1 documentation, eligible leader replicas",
        [false, false, false, true];
    last_known_leader_must_live: bool,
        "The last known leader is elected only while it is in service.",
        "KAFKA-19522 (4.1); PartitionChangeBuilder",
        [false, false, false, true];
    unclean_task: bool,
        "Partitions without a leader are looked at again from time to time.",
        "QuorumController (3.9), ReplicationConfigs",
        [false, true, true, true];
    sessions_outlive_fencing: bool,
        "A stopped broker's session runs on until its time is out.",
        "BrokerHeartbeatTracker (4.0); the recorded stops of 4.1.2",
        [false, false, true, true];

    // ---- brokers ----
    brief_heartbeats: bool,
        "A heartbeat is waited for one interval; before, for half a session.",
        "KAFKA-19294 (4.1), KAFKA-14392; BrokerServer, BrokerLifecycleManager",
        [false, false, false, true];
    strict_min_isr: bool,
        "The high watermark stands still while the ISR is below its minimum.",
        "KAFKA-15583 (3.7); Partition.maybeIncrementLeaderHW",
        [false, true, true, true];
    truncation: Truncation,
        "Where a follower cuts its log when it begins to follow.",
        "KIP-101 (0.11), KIP-279 (2.0); AbstractFetcherThread",
        [
            Truncation::LeaderEpoch,
            Truncation::LeaderEpoch,
            Truncation::LeaderEpoch,
            Truncation::LeaderEpoch
        ];
    min_segment_bytes: u64,
        "The smallest segment.bytes.",
        "KIP-1030 (4.0); LogConfig",
        [14, 14, 1_048_576, 1_048_576];
    current_leader_in_errors: bool,
        "A refused produce or fetch names the new leader.",
        "KIP-951 (3.7); ProduceResponse.CurrentLeader",
        [false, true, true, true];

    // ---- clients ----
    linger: Span,
        "The producer's default linger.ms.",
        "KIP-1030 (4.0); ProducerConfig",
        [Span::ZERO, Span::ZERO, Span::millis(5), Span::millis(5)];
    idempotence_yields: bool,
        "More than 5 requests in flight switch idempotence off where nobody asked for it; \
         from 4.0 they are an error.",
        "upgrade notes of 4.0; ProducerConfig, KafkaProducerTest",
        [true, true, false, false];
}

impl Profile {
    /// Whether this line of defence stands.
    #[must_use]
    pub fn on(&self, guard: Guard) -> bool {
        self.guards.on(guard)
    }

    /// Whether voters are kept in the metadata log, with their directories.
    #[must_use]
    pub fn reconfigures(&self) -> bool {
        self.kraft_version > 0
    }

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Profile> {
        PROFILES.into_iter().find(|profile| profile.name == name)
    }
}

impl Default for Profile {
    /// The newest.
    fn default() -> Profile {
        PROFILES[PROFILES.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each profile has that the one before had not, under the name of its row.
    fn news(before: &Profile, after: &Profile) -> Vec<&'static str> {
        let differs = |row: &&Difference| (row.value)(before) != (row.value)(after);
        DIFFERENCES.iter().filter(differs).map(|row| row.name).collect()
    }

    #[test]
    fn a_release_brings_what_its_notes_say() {
        let [k35, k39, k40, k41] = PROFILES;
        let to_39 = [
            "check_quorum",
            "dynamic_voters",
            "kraft_version",
            "epoch_bump_on_shrink",
            "unclean_task",
            "strict_min_isr",
            "current_leader_in_errors",
        ];
        assert_eq!(news(&k35, &k39), to_39);
        let to_40 = [
            "pre_vote",
            "elr_available",
            "sessions_outlive_fencing",
            "min_segment_bytes",
            "linger",
            "idempotence_yields",
        ];
        assert_eq!(news(&k39, &k40), to_40);
        let to_41 = [
            "begin_when_silent",
            "prompt_high_watermark",
            "elr",
            "last_known_leader_must_live",
            "brief_heartbeats",
        ];
        assert_eq!(news(&k40, &k41), to_41);
        assert_eq!(Profile::default(), k41);
    }
}
