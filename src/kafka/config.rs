//! A cluster line: the version profile, and settings under their real keys with real defaults.
//!
//! One table gives key, default, unit, bounds and field; parsing, help and the reasons of a
//! narration all read it. Source of the defaults: the ConfigDef of each class named in a row.

mod profile;

use crate::group::{self, migration::MigrationPolicy};
use crate::guard::{Guard, Guards};
use kernel::{NodeId, Span};
use scene::{CommandError, Setting, Told};
use std::rc::Rc;

pub use profile::{DIFFERENCES, Difference, PROFILES, Profile, Truncation};

/// Every setting, typed. Spans are virtual time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    pub replica_lag_time_max: Span,
    pub replica_fetch_wait_max: Span,
    pub replica_fetch_min_bytes: u64,
    pub replica_fetch_backoff: Span,
    pub replica_socket_timeout: Span,
    pub high_watermark_checkpoint_interval: Span,
    pub broker_heartbeat_interval: Span,
    pub broker_session_timeout: Span,
    pub metadata_max_idle_interval: Span,
    pub quorum_election_timeout: Span,
    pub quorum_fetch_timeout: Span,
    pub quorum_election_backoff_max: Span,
    pub quorum_append_linger: Span,
    pub quorum_request_timeout: Span,
    pub quorum_retry_backoff: Span,
    pub snapshot_bytes: u64,
    pub leader_imbalance_check_interval: Span,
    pub auto_leader_rebalance: bool,
    pub unclean_leader_election_interval: Span,
    pub min_insync_replicas: u64,
    pub unclean_leader_election: bool,
    pub log_segment_bytes: u64,
    pub log_roll: Span,
    pub log_retention: Option<u64>,
    pub log_retention_bytes: Option<u64>,
    pub log_retention_check_interval: Span,
    pub log_start_checkpoint_interval: Span,
    pub log_dir_failure_timeout: Span,
    /// Whether consumers are sent to a replica of their rack.
    pub rack_aware_selector: bool,
    pub offsets_topic_partitions: u64,
    pub offsets_topic_replication: u64,
    pub group_initial_rebalance_delay: Span,
    pub group_min_session_timeout: Span,
    pub group_max_session_timeout: Span,
    pub group_consumer_session_timeout: Span,
    pub group_consumer_heartbeat_interval: Span,
    pub group_consumer_migration: MigrationPolicy,
    pub group_max_size: u64,
    pub group_consumer_max_size: u64,
    pub offsets_retention: Span,
    pub offsets_retention_check_interval: Span,
}

/// A limit that is not set: Kafka writes it as −1.
const UNLIMITED: u64 = u64::MAX;

#[derive(Clone, Copy)]
enum Field {
    /// A number, or −1 for none.
    Limit(fn(&mut Settings) -> &mut Option<u64>),
    Millis(fn(&mut Settings) -> &mut Span),
    Seconds(fn(&mut Settings) -> &mut Span),
    Minutes(fn(&mut Settings) -> &mut Span),
    Count(fn(&mut Settings) -> &mut u64),
    Flag(fn(&mut Settings) -> &mut bool),
    /// One of two words, the second for true.
    Choice([&'static str; 2], fn(&mut Settings) -> &mut bool),
    Migration(fn(&mut Settings) -> &mut MigrationPolicy),
}

const RACK_AWARE: &str = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

/// A setting that a cluster line may change.
pub struct Key {
    pub name: &'static str,
    pub default: u64,
    pub min: u64,
    pub max: u64,
    /// Kafka class that defines it.
    pub source: &'static str,
    field: Field,
}

const fn millis(
    name: &'static str,
    default: u64,
    source: &'static str,
    field: fn(&mut Settings) -> &mut Span,
) -> Key {
    Key { name, default, min: 1, max: 3_600_000, source, field: Field::Millis(field) }
}

const WEEK: u64 = 604_800_000;

pub const KEYS: [Key; 41] = [
    // One here, so that a picture shows what is in it; Kafka's default is 50.
    Key {
        name: "offsets.topic.num.partitions",
        default: 1,
        min: 1,
        max: 50,
        source: "GroupCoordinatorConfig",
        field: Field::Count(|s| &mut s.offsets_topic_partitions),
    },
    Key {
        name: "offsets.topic.replication.factor",
        default: 3,
        min: 1,
        max: 9,
        source: "GroupCoordinatorConfig",
        field: Field::Count(|s| &mut s.offsets_topic_replication),
    },
    Key {
        min: 0,
        ..millis("group.initial.rebalance.delay.ms", 3_000, "GroupCoordinatorConfig", |s| {
            &mut s.group_initial_rebalance_delay
        })
    },
    millis("group.min.session.timeout.ms", 6_000, "GroupCoordinatorConfig", |s| {
        &mut s.group_min_session_timeout
    }),
    millis("group.max.session.timeout.ms", 1_800_000, "GroupCoordinatorConfig", |s| {
        &mut s.group_max_session_timeout
    }),
    millis("group.consumer.session.timeout.ms", 45_000, "GroupCoordinatorConfig", |s| {
        &mut s.group_consumer_session_timeout
    }),
    millis("group.consumer.heartbeat.interval.ms", 5_000, "GroupCoordinatorConfig", |s| {
        &mut s.group_consumer_heartbeat_interval
    }),
    Key {
        name: "group.consumer.migration.policy",
        default: 0,
        min: 0,
        max: 3,
        source: "GroupCoordinatorConfig",
        field: Field::Migration(|s| &mut s.group_consumer_migration),
    },
    Key {
        name: "group.max.size",
        default: i32::MAX as u64,
        min: 1,
        max: i32::MAX as u64,
        source: "GroupCoordinatorConfig",
        field: Field::Count(|s| &mut s.group_max_size),
    },
    Key {
        name: "group.consumer.max.size",
        default: i32::MAX as u64,
        min: 1,
        max: i32::MAX as u64,
        source: "GroupCoordinatorConfig",
        field: Field::Count(|s| &mut s.group_consumer_max_size),
    },
    Key {
        name: "offsets.retention.minutes",
        default: 10_080,
        min: 1,
        max: 100_800,
        source: "GroupCoordinatorConfig",
        field: Field::Minutes(|s| &mut s.offsets_retention),
    },
    millis("offsets.retention.check.interval.ms", 600_000, "GroupCoordinatorConfig", |s| {
        &mut s.offsets_retention_check_interval
    }),
    Key {
        name: "log.segment.bytes",
        default: 1 << 30,
        min: 14,
        max: (1 << 31) - 1,
        source: "LogConfig",
        field: Field::Count(|s| &mut s.log_segment_bytes),
    },
    Key { max: 10 * WEEK, ..millis("log.roll.ms", WEEK, "ServerLogConfigs", |s| &mut s.log_roll) },
    Key {
        name: "log.retention.ms",
        default: WEEK,
        min: 1,
        max: 10 * WEEK,
        source: "ServerLogConfigs",
        field: Field::Limit(|s| &mut s.log_retention),
    },
    Key {
        name: "log.retention.bytes",
        default: UNLIMITED,
        min: 0,
        max: 1 << 50,
        source: "ServerLogConfigs",
        field: Field::Limit(|s| &mut s.log_retention_bytes),
    },
    Key {
        name: "replica.selector.class",
        default: 0,
        min: 0,
        max: 1,
        source: "ReplicationConfigs",
        field: Field::Choice(["", RACK_AWARE], |s| &mut s.rack_aware_selector),
    },
    millis("log.dir.failure.timeout.ms", 30_000, "ServerLogConfigs", |s| {
        &mut s.log_dir_failure_timeout
    }),
    millis("log.retention.check.interval.ms", 300_000, "ServerLogConfigs", |s| {
        &mut s.log_retention_check_interval
    }),
    millis("log.flush.start.offset.checkpoint.interval.ms", 60_000, "ServerLogConfigs", |s| {
        &mut s.log_start_checkpoint_interval
    }),
    millis("replica.lag.time.max.ms", 30_000, "ReplicationConfigs", |s| {
        &mut s.replica_lag_time_max
    }),
    millis("replica.fetch.wait.max.ms", 500, "ReplicationConfigs", |s| {
        &mut s.replica_fetch_wait_max
    }),
    Key {
        name: "replica.fetch.min.bytes",
        default: 1,
        min: 1,
        max: 1 << 30,
        source: "ReplicationConfigs",
        field: Field::Count(|s| &mut s.replica_fetch_min_bytes),
    },
    millis("replica.fetch.backoff.ms", 1_000, "ReplicationConfigs", |s| {
        &mut s.replica_fetch_backoff
    }),
    millis("replica.socket.timeout.ms", 30_000, "ReplicationConfigs", |s| {
        &mut s.replica_socket_timeout
    }),
    millis("replica.high.watermark.checkpoint.interval.ms", 5_000, "ReplicationConfigs", |s| {
        &mut s.high_watermark_checkpoint_interval
    }),
    millis("broker.heartbeat.interval.ms", 2_000, "KRaftConfigs", |s| {
        &mut s.broker_heartbeat_interval
    }),
    millis("broker.session.timeout.ms", 9_000, "KRaftConfigs", |s| &mut s.broker_session_timeout),
    millis("metadata.max.idle.interval.ms", 500, "KRaftConfigs", |s| {
        &mut s.metadata_max_idle_interval
    }),
    millis("controller.quorum.election.timeout.ms", 1_000, "QuorumConfig", |s| {
        &mut s.quorum_election_timeout
    }),
    millis("controller.quorum.fetch.timeout.ms", 2_000, "QuorumConfig", |s| {
        &mut s.quorum_fetch_timeout
    }),
    millis("controller.quorum.election.backoff.max.ms", 1_000, "QuorumConfig", |s| {
        &mut s.quorum_election_backoff_max
    }),
    Key {
        min: 0,
        ..millis("controller.quorum.append.linger.ms", 25, "QuorumConfig", |s| {
            &mut s.quorum_append_linger
        })
    },
    millis("controller.quorum.request.timeout.ms", 2_000, "QuorumConfig", |s| {
        &mut s.quorum_request_timeout
    }),
    millis("controller.quorum.retry.backoff.ms", 20, "QuorumConfig", |s| {
        &mut s.quorum_retry_backoff
    }),
    Key {
        name: "metadata.log.max.record.bytes.between.snapshots",
        default: 20_971_520,
        min: 1,
        max: i64::MAX as u64,
        source: "KRaftConfigs",
        field: Field::Count(|s| &mut s.snapshot_bytes),
    },
    Key {
        name: "leader.imbalance.check.interval.seconds",
        default: 300,
        min: 1,
        max: 86_400,
        source: "ReplicationConfigs",
        field: Field::Seconds(|s| &mut s.leader_imbalance_check_interval),
    },
    Key {
        name: "auto.leader.rebalance.enable",
        default: 1,
        min: 0,
        max: 1,
        source: "ReplicationConfigs",
        field: Field::Flag(|s| &mut s.auto_leader_rebalance),
    },
    millis("unclean.leader.election.interval.ms", 300_000, "ReplicationConfigs", |s| {
        &mut s.unclean_leader_election_interval
    }),
    Key {
        name: "min.insync.replicas",
        default: 1,
        min: 1,
        max: 15,
        source: "ServerLogConfigs",
        field: Field::Count(|s| &mut s.min_insync_replicas),
    },
    Key {
        name: "unclean.leader.election.enable",
        default: 0,
        min: 0,
        max: 1,
        source: "LogConfig",
        field: Field::Flag(|s| &mut s.unclean_leader_election),
    },
];

impl Default for Settings {
    fn default() -> Settings {
        let mut settings = Settings {
            replica_lag_time_max: Span::ZERO,
            replica_fetch_wait_max: Span::ZERO,
            replica_fetch_min_bytes: 0,
            replica_fetch_backoff: Span::ZERO,
            replica_socket_timeout: Span::ZERO,
            high_watermark_checkpoint_interval: Span::ZERO,
            broker_heartbeat_interval: Span::ZERO,
            broker_session_timeout: Span::ZERO,
            metadata_max_idle_interval: Span::ZERO,
            quorum_election_timeout: Span::ZERO,
            quorum_fetch_timeout: Span::ZERO,
            quorum_election_backoff_max: Span::ZERO,
            quorum_append_linger: Span::ZERO,
            quorum_request_timeout: Span::ZERO,
            quorum_retry_backoff: Span::ZERO,
            snapshot_bytes: 0,
            leader_imbalance_check_interval: Span::ZERO,
            auto_leader_rebalance: false,
            unclean_leader_election_interval: Span::ZERO,
            min_insync_replicas: 0,
            unclean_leader_election: false,
            log_segment_bytes: 0,
            log_roll: Span::ZERO,
            log_retention: None,
            log_retention_bytes: None,
            log_retention_check_interval: Span::ZERO,
            log_start_checkpoint_interval: Span::ZERO,
            log_dir_failure_timeout: Span::ZERO,
            rack_aware_selector: false,
            offsets_topic_partitions: 0,
            offsets_topic_replication: 0,
            group_initial_rebalance_delay: Span::ZERO,
            group_min_session_timeout: Span::ZERO,
            group_max_session_timeout: Span::ZERO,
            group_consumer_session_timeout: Span::ZERO,
            group_consumer_heartbeat_interval: Span::ZERO,
            group_consumer_migration: MigrationPolicy::default(),
            group_max_size: 0,
            group_consumer_max_size: 0,
            offsets_retention: Span::ZERO,
            offsets_retention_check_interval: Span::ZERO,
        };
        for key in &KEYS {
            key.put(&mut settings, key.default);
        }
        settings
    }
}

impl Key {
    fn put(&self, settings: &mut Settings, value: u64) {
        match self.field {
            Field::Millis(field) => *field(settings) = Span::millis(value),
            Field::Seconds(field) => *field(settings) = Span::secs(value),
            Field::Minutes(field) => *field(settings) = Span::secs(60 * value),
            Field::Count(field) => *field(settings) = value,
            Field::Limit(field) => {
                *field(settings) = Some(value).filter(|value| *value != UNLIMITED);
            }
            Field::Flag(field) | Field::Choice(_, field) => *field(settings) = value == 1,
            Field::Migration(field) => *field(settings) = MigrationPolicy::ALL[value as usize % 4],
        }
    }

    /// The value in force, as the real tools write it.
    #[must_use]
    pub fn value(&self, settings: &Settings) -> String {
        // The table's accessors are written for setting; reading goes through a copy.
        let mut copy = settings.clone();
        match self.field {
            Field::Millis(field) => field(&mut copy).as_millis().to_string(),
            Field::Seconds(field) => (field(&mut copy).as_millis() / 1_000).to_string(),
            Field::Minutes(field) => (field(&mut copy).as_millis() / 60_000).to_string(),
            Field::Count(field) => field(&mut copy).to_string(),
            Field::Limit(field) => {
                field(&mut copy).map_or_else(|| "-1".to_owned(), |limit| limit.to_string())
            }
            Field::Flag(field) => field(&mut copy).to_string(),
            Field::Choice(words, field) => words[usize::from(*field(&mut copy))].to_owned(),
            Field::Migration(field) => field(&mut copy).name().to_owned(),
        }
    }

    fn read(&self, text: &str) -> Option<u64> {
        match (&self.field, text) {
            (Field::Flag(_), "true") => Some(1),
            (Field::Flag(_), "false") => Some(0),
            (Field::Flag(_), _) => None,
            (Field::Choice(words, _), _) => {
                words.iter().position(|word| *word == text).map(|at| at as u64)
            }
            (Field::Migration(_), _) => {
                let named = |policy: &MigrationPolicy| policy.name() == text;
                MigrationPolicy::ALL.iter().position(named).map(|at| at as u64)
            }
            (Field::Limit(_), "-1") => Some(UNLIMITED),
            _ => text.parse().ok().filter(|value| (self.min..=self.max).contains(value)),
        }
    }
}

impl Settings {
    /// Sets a key to a value given as text.
    ///
    /// # Errors
    /// An unknown key, or a value that the key cannot have.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), CommandError> {
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            let known = KEYS.iter().map(|key| key.name);
            return Err(
                CommandError::new(Told::new("error.unknown-key").with("key", name)).expected(known)
            );
        };
        let Some(value) = key.read(text) else {
            let what = Told::new("error.bad-value").with("key", name).with("value", text);
            let range = match key.field {
                Field::Flag(_) => vec!["true".to_owned(), "false".to_owned()],
                Field::Choice(words, _) => words.map(str::to_owned).to_vec(),
                Field::Migration(_) => MigrationPolicy::ALL.map(|it| it.name().to_owned()).to_vec(),
                _ => vec![format!("{}..{}", key.min, key.max)],
            };
            return Err(CommandError::new(what).expected(range));
        };
        key.put(self, value);
        self.check(name)
    }

    /// Combinations that Kafka refuses or that could never work.
    fn check(&self, changed: &str) -> Result<(), CommandError> {
        if self.broker_heartbeat_interval.0 * 2 > self.broker_session_timeout.0
            && changed.starts_with("broker.")
        {
            let what = Told::new("error.heartbeat-over-session");
            return Err(CommandError::new(what.with("key", changed)));
        }
        Ok(())
    }

    /// What a group coordinator goes by.
    #[must_use]
    pub(crate) fn group_config(&self, guards: Guards) -> group::Config {
        group::Config {
            initial_rebalance_delay: self.group_initial_rebalance_delay,
            session_timeouts: (self.group_min_session_timeout, self.group_max_session_timeout),
            consumer_session_timeout: self.group_consumer_session_timeout,
            consumer_heartbeat_interval: self.group_consumer_heartbeat_interval,
            migration: self.group_consumer_migration,
            max_size: self.group_max_size as usize,
            consumer_max_size: self.group_consumer_max_size as usize,
            offsets_retention: self.offsets_retention,
            offsets_check_interval: self.offsets_retention_check_interval,
            guards,
            ..group::Config::default()
        }
    }

    /// A setting as a reason shows it.
    #[must_use]
    pub fn shown(&self, name: &'static str) -> Setting {
        let key = KEYS.iter().find(|key| key.name == name);
        Setting { key: name, value: key.map_or_else(String::new, |key| key.value(self)) }
    }
}

/// A cluster as its boot line describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    pub profile: Profile,
    pub brokers: u16,
    pub controllers: u16,
    /// The controllers run in the first brokers (`process.roles=broker,controller`).
    pub combined: bool,
    pub seed: u64,
    /// One-way network latency, and how much it varies.
    pub latency: Span,
    pub jitter: Span,
    /// From the start of a process to its first act.
    pub boot: Span,
    /// How many directories `log.dirs` names.
    pub log_dirs: u8,
    /// The rack of each broker, in their order; empty without racks.
    pub racks: Vec<Rc<str>>,
    pub settings: Settings,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            profile: Profile::default(),
            brokers: 3,
            controllers: 3,
            combined: false,
            seed: 1,
            latency: Span::millis(1),
            jitter: Span::micros(400),
            boot: Span::secs(2),
            log_dirs: 1,
            racks: Vec::new(),
            settings: Settings::default(),
        }
    }
}

impl Config {
    /// Reads what follows `cluster kafka`: `profile=kraft-4.1 brokers=3 seed=7 KEY=VALUE…`.
    ///
    /// # Errors
    /// Names the word that is wrong, its column, and what could stand there.
    pub fn parse(words: &mut scene::Words<'_>) -> Result<Config, CommandError> {
        let mut config = Config::default();
        // The profile first, wherever it stands: what else is possible depends on it.
        let mut ahead = words.clone();
        while let Some(word) = ahead.take() {
            if let Some(name) = word.strip_prefix("profile=") {
                config.profile = profile(name).map_err(|error| error.at(ahead.column()))?;
            }
        }
        while let Some(word) = words.take() {
            config.apply(word).map_err(|error| error.at(words.column()))?;
        }
        config.check_racks()?;
        config.check_roles()?;
        Ok(config)
    }

    /// Where controllers run in brokers there must be a broker for each.
    fn check_roles(&self) -> Result<(), CommandError> {
        if self.combined && self.controllers > self.brokers {
            let what = Told::new("error.roles").with("controllers", u64::from(self.controllers));
            return Err(CommandError::new(what.with("brokers", u64::from(self.brokers))));
        }
        Ok(())
    }

    /// Each broker has one, or none has.
    fn check_racks(&self) -> Result<(), CommandError> {
        let (racks, brokers) = (self.racks.len(), usize::from(self.brokers));
        let named = self.racks.iter().all(|rack| !rack.is_empty() && rack.len() <= 20);
        if racks == 0 || (racks == brokers && named) {
            return Ok(());
        }
        let what = Told::new("error.racks").with("racks", racks as u64);
        Err(CommandError::new(what.with("brokers", brokers as u64)).expected(["racks=a,b,c"]))
    }

    /// The rack of a broker.
    #[must_use]
    pub fn rack(&self, broker: NodeId) -> Option<Rc<str>> {
        self.racks.get(usize::from(broker.0).checked_sub(1)?).cloned()
    }

    fn apply(&mut self, word: &str) -> Result<(), CommandError> {
        let Some((key, value)) = word.split_once('=') else {
            let what = Told::new("error.expected-key-value").with("word", word);
            return Err(CommandError::new(what).expected(BOOT_KEYS));
        };
        match key {
            "profile" => {}
            "without" => {
                for name in value.split(',') {
                    let known = Guard::ALL.iter().map(|guard| guard.name());
                    let guard = Guards::named(name).ok_or_else(|| bad(key, name, known))?;
                    self.profile.guards = self.profile.guards.without(guard);
                }
            }
            "roles" => match value {
                "combined" => self.combined = true,
                "isolated" => self.combined = false,
                _ => return Err(bad(key, value, ["isolated", "combined"])),
            },
            "truncation" => {
                let named = Truncation::ALL.into_iter().find(|rule| rule.name() == value);
                let known = Truncation::ALL.map(Truncation::name);
                self.profile.truncation = named.ok_or_else(|| bad(key, value, known))?;
            }
            "eligible.leader.replicas.version" => {
                let most = u64::from(self.profile.elr_available);
                self.profile.elr = number(key, value, 0, most)? == 1;
            }
            "kraft.version" => {
                let most = u64::from(self.profile.dynamic_voters);
                self.profile.kraft_version = number(key, value, 0, most)?;
            }
            "brokers" => self.brokers = number(key, value, 1, 9)? as u16,
            "controllers" => self.controllers = number(key, value, 1, 5)? as u16,
            "seed" => self.seed = number(key, value, 0, u64::MAX)?,
            "latency" => self.latency = span(key, value, Span::secs(5))?,
            "jitter" => self.jitter = span(key, value, Span::secs(5))?,
            "logdirs" => self.log_dirs = number(key, value, 1, 8)? as u8,
            "boot" => self.boot = span(key, value, Span::secs(60))?,
            "log.segment.bytes" => {
                self.settings.set(key, value)?;
                number(key, value, self.profile.min_segment_bytes, u64::from(u32::MAX))?;
            }
            "racks" => self.racks = value.split(',').map(Rc::from).collect(),
            _ => self.settings.set(key, value)?,
        }
        Ok(())
    }
}

fn profile(name: &str) -> Result<Profile, CommandError> {
    Profile::named(name).ok_or_else(|| {
        let what = Told::new("error.unknown-profile").with("profile", name);
        CommandError::new(what).expected(PROFILES.map(|profile| profile.name))
    })
}

fn bad<'a>(key: &str, value: &str, known: impl IntoIterator<Item = &'a str>) -> CommandError {
    let what = Told::new("error.bad-value").with("key", key).with("value", value);
    CommandError::new(what).expected(known)
}

const BOOT_KEYS: [&str; 14] = [
    "profile=",
    "brokers=",
    "controllers=",
    "seed=",
    "latency=",
    "jitter=",
    "boot=",
    "roles=",
    "logdirs=",
    "without=",
    "racks=",
    "truncation=",
    "eligible.leader.replicas.version=",
    "kraft.version=",
];

/// Reads a whole number within bounds, or says what the bounds are.
///
/// # Errors
/// `error.bad-value` with the bounds.
pub(crate) fn number(key: &str, value: &str, min: u64, max: u64) -> Result<u64, CommandError> {
    value.parse().ok().filter(|n| (min..=max).contains(n)).ok_or_else(|| {
        let what = Told::new("error.bad-value").with("key", key).with("value", value);
        CommandError::new(what).expected([format!("{min}..{max}")])
    })
}

/// Reads a length of time up to a bound.
///
/// # Errors
/// `error.bad-value` with the bound.
pub(crate) fn span(key: &str, value: &str, max: Span) -> Result<Span, CommandError> {
    Span::parse(value).filter(|span| *span <= max).ok_or_else(|| {
        let what = Told::new("error.bad-value").with("key", key).with("value", value);
        CommandError::new(what).expected(["500us".to_owned(), "2ms".to_owned(), format!("{max}")])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Config, CommandError> {
        Config::parse(&mut scene::Words::new(line))
    }

    /// What a profile does not have cannot be switched on, wherever the profile stands in the line.
    #[test]
    fn a_feature_that_a_version_has_not_is_refused() {
        let elr = |line: &str| read(line).map(|config| config.profile.elr).ok();
        assert_eq!(elr(""), Some(true));
        assert_eq!(elr("eligible.leader.replicas.version=0"), Some(false));
        assert_eq!(elr("profile=kraft-4.0"), Some(false));
        assert_eq!(elr("eligible.leader.replicas.version=1 profile=kraft-4.0"), Some(true));
        assert_eq!(elr("profile=kraft-3.9 eligible.leader.replicas.version=1"), None);
        let version = |line: &str| read(line).map(|config| config.profile.kraft_version).ok();
        assert_eq!(version("profile=kraft-3.9"), Some(1));
        assert_eq!(version("profile=kraft-3.9 kraft.version=0"), Some(0));
        assert_eq!(version("profile=kraft-3.5 kraft.version=1"), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "profile=kraft-9.9",
            "truncation=by-guess",
            "roles=combined brokers=1 controllers=3",
            "roles=both",
            "no.such.key=1",
            "controller.quorum.fetch.timeout.ms=0",
            "metadata.log.max.record.bytes.between.snapshots=0",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        let truncation = |line: &str| read(line).map(|config| config.profile.truncation).ok();
        assert_eq!(truncation("truncation=high-watermark"), Some(Truncation::HighWatermark));
        assert_eq!(truncation(""), Some(Truncation::LeaderEpoch));
    }
}
