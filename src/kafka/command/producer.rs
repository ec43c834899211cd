//! `producer NAME topic=…`: a producer's settings under their real keys, checked as Kafka does.
//! Refuses to know what a producer does with them.

use super::{Act, flag, fresh_client_name, known_topic, millis, next_client, pairs};
use crate::client::keys::Keys;
use crate::client::partitioner::Partitioner;
use crate::client::producer::ProducerConfig;
use crate::config::number;
use crate::id::TopicId;
use crate::message::Acks;
use crate::system::Kafka;
use kernel::{Span, World};
use scene::{CommandError, Told, Words};
use std::rc::Rc;

/// What a producer has that nobody asked otherwise for. Source: `ProducerConfig`.
fn producer_defaults(linger: Span) -> ProducerConfig {
    ProducerConfig {
        name: String::new(),
        topic: TopicId(0),
        acks: Acks::All,
        idempotence: true,
        interval: Span::millis(50),
        count: None,
        linger,
        size: 1_000,
        request_timeout: Span::secs(30),
        delivery_timeout: Span::secs(120),
        max_in_flight: 5,
        retries: u32::MAX,
        metadata_max_age: Span::secs(300),
        keys: None,
        partitioner: Partitioner::Sticky,
        ignore_keys: false,
        adaptive: true,
        availability_timeout: None,
        batch_size: 16_384,
        buffer_memory: 32 << 20,
        max_block: Span::secs(60),
    }
}

/// `producer p1 topic=orders acks=all rate=20`
pub(super) fn producer(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let name = fresh_client_name(world, words)?;
    let mut topic = None;
    let mut idempotence = None;
    let mut keyed = Keyed::default();
    let mut config = producer_defaults(world.config().profile.linger);
    config.name = name;
    pairs(words, &KEYS, |key, value| {
        match key {
            "topic" => topic = Some(known_topic(world, value)?),
            "acks" => config.acks = acks(value)?,
            "rate" => {
                let per_second = value.strip_suffix("/s").unwrap_or(value);
                config.interval = Span(1_000_000 / number(key, per_second, 1, 1_000)?);
            }
            "count" => config.count = Some(number(key, value, 1, 1_000_000)? as u32),
            "size" => config.size = number(key, value, 1, 1_000_000)? as u32,
            "enable.idempotence" => idempotence = Some(flag(key, value)?),
            "linger.ms" => config.linger = millis(key, value)?,
            "request.timeout.ms" => config.request_timeout = millis(key, value)?,
            "delivery.timeout.ms" => config.delivery_timeout = millis(key, value)?,
            "metadata.max.age.ms" => config.metadata_max_age = millis(key, value)?,
            "retries" => config.retries = number(key, value, 0, u64::from(u32::MAX))? as u32,
            "max.in.flight.requests.per.connection" => {
                config.max_in_flight = number(key, value, 1, 100)? as usize;
            }
            "batch.size" => config.batch_size = number(key, value, 0, 1_000_000)?,
            "buffer.memory" => config.buffer_memory = number(key, value, 0, 1 << 40)?,
            "max.block.ms" => config.max_block = millis(key, value)?,
            "partitioner.class" => config.partitioner = partitioner(value)?,
            "partitioner.ignore.keys" => config.ignore_keys = flag(key, value)?,
            "partitioner.adaptive.partitioning.enable" => config.adaptive = flag(key, value)?,
            "partitioner.availability.timeout.ms" => {
                let limit = Some(millis(key, value)?);
                config.availability_timeout = limit.filter(|limit| *limit > Span::ZERO);
            }
            _ => return keyed.set(key, value),
        }
        Ok(true)
    })?;
    config.keys = keyed.keys()?;
    config.topic = topic.ok_or_else(|| {
        CommandError::new(Told::new("error.expected-topic")).at(words.next_column())
    })?;
    let yields = world.config().profile.idempotence_yields;
    config.idempotence = resolve_idempotence(idempotence, &config, yields)?;
    if config.delivery_timeout < config.linger + config.request_timeout {
        return Err(CommandError::new(Told::new("error.delivery-timeout")));
    }
    Ok(Act::Producer { node: next_client(world, 201), config: Rc::new(config) })
}

const KEYS: [&str; 22] = [
    "topic=",
    "acks=",
    "rate=",
    "count=",
    "size=",
    "enable.idempotence=",
    "linger.ms=",
    "request.timeout.ms=",
    "delivery.timeout.ms=",
    "metadata.max.age.ms=",
    "retries=",
    "max.in.flight.requests.per.connection=",
    "keys=",
    "skew=",
    "salt=",
    "partitioner.class=",
    "partitioner.ignore.keys=",
    "partitioner.adaptive.partitioning.enable=",
    "partitioner.availability.timeout.ms=",
    "batch.size=",
    "buffer.memory=",
    "max.block.ms=",
];

fn acks(value: &str) -> Result<Acks, CommandError> {
    match value {
        "0" => Ok(Acks::None),
        "1" => Ok(Acks::Leader),
        "all" | "-1" => Ok(Acks::All),
        _ => {
            let what = Told::new("error.bad-value").with("key", "acks").with("value", value);
            Err(CommandError::new(what).expected(["0", "1", "all"]))
        }
    }
}

/// On unless acks, retries or the number in flight rule it out; asking for it then is an error.
/// Too many in flight are one by themselves, unless it `yields` to them (before 4.0).
/// Source: `ProducerConfig.postProcessAndValidateIdempotenceConfigs`.
fn resolve_idempotence(
    asked: Option<bool>,
    config: &ProducerConfig,
    yields: bool,
) -> Result<bool, CommandError> {
    let possible = config.acks == Acks::All && config.retries > 0 && config.max_in_flight <= 5;
    match asked {
        Some(true) if !possible => Err(CommandError::new(Told::new("error.idempotence"))),
        None if config.max_in_flight > 5 && !yields => {
            Err(CommandError::new(Told::new("error.idempotence")))
        }
        Some(asked) => Ok(asked),
        None => Ok(possible),
    }
}

fn partitioner(value: &str) -> Result<Partitioner, CommandError> {
    match value {
        "RoundRobinPartitioner" => Ok(Partitioner::RoundRobin),
        "sticky" => Ok(Partitioner::Sticky),
        _ => {
            let what = Told::new("error.bad-value").with("key", "partitioner.class");
            let known = ["RoundRobinPartitioner", "sticky"];
            Err(CommandError::new(what.with("value", value)).expected(known))
        }
    }
}

/// What is said of keys: `keys=50 skew=1.2 salt=8`.
#[derive(Default)]
struct Keyed {
    count: Option<u16>,
    skew: Option<u32>,
    salt: Option<u16>,
}

impl Keyed {
    fn set(&mut self, key: &str, value: &str) -> Result<bool, CommandError> {
        match key {
            "keys" => self.count = Some(number(key, value, 1, 10_000)? as u16),
            "skew" => self.skew = Some(hundredths(key, value)?),
            "salt" => self.salt = Some(number(key, value, 1, 100)? as u16),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Without `keys=` there is nothing to be skewed or salted.
    fn keys(&self) -> Result<Option<Keys>, CommandError> {
        let Some(count) = self.count else {
            if self.skew.is_none() && self.salt.is_none() {
                return Ok(None);
            }
            return Err(CommandError::new(Told::new("error.no-keys")).expected(["keys=50"]));
        };
        Ok(Some(Keys::new(count, self.skew.unwrap_or(0), self.salt.unwrap_or(1))))
    }
}

/// `1.2` is 120; no more than two digits behind the point, and no more than 5.
fn hundredths(key: &str, value: &str) -> Result<u32, CommandError> {
    let (whole, part) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fine = digits(whole) && digits(part) && whole.len() == 1 && part.len() <= 2;
    let read = |text: &str| text.parse::<u32>().ok();
    let found = read(whole).zip(read(&format!("{part:0<2}"))).filter(|_| fine);
    found.map(|(whole, part)| whole * 100 + part).filter(|all| *all <= 500).ok_or_else(|| {
        let what = Told::new("error.bad-value").with("key", key).with("value", value);
        CommandError::new(what).expected(["0", "1.2", "5"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, PROFILES};
    use kernel::Limits;

    /// The answer of a version to a producer's settings.
    fn idempotence(asked: Option<bool>, in_flight: usize, yields: bool) -> Option<bool> {
        let config = ProducerConfig { max_in_flight: in_flight, ..producer_defaults(Span::ZERO) };
        resolve_idempotence(asked, &config, yields).ok()
    }

    /// Source: spec V80; `testInflightRequestsAndIdempotenceForIdempotentProducers`.
    #[test]
    fn v80_more_than_five_in_flight_and_idempotence() {
        assert_eq!(idempotence(None, 5, true), Some(true));
        assert_eq!(idempotence(None, 6, true), Some(false), "before 4.0 it is silently off");
        assert_eq!(idempotence(None, 6, false), None, "since 4.0 it is an error");
        assert_eq!(idempotence(Some(true), 6, true), None);
        assert_eq!(idempotence(Some(false), 6, false), Some(false));
    }

    #[test]
    fn a_skew_has_two_digits_behind_the_point() {
        let read = |value| hundredths("skew", value).ok();
        assert_eq!(["0", "1", "1.2", "0.99", "5.0"].map(read), [0, 100, 120, 99, 500].map(Some));
        assert_eq!(["", "1.", ".5", "-1", "1.234", "5.01", "1e1"].map(read), [None; 7]);
    }

    /// Source: KIP-1030: linger.ms is 5 since 4.0.
    #[test]
    fn a_producers_linger_is_that_of_its_version() {
        let lingers = PROFILES.map(|profile| {
            let config = Config { profile, ..Config::default() };
            let world: World<Kafka> = World::new(config, 1, Limits::DEFAULT);
            producer_defaults(world.config().profile.linger).linger.as_millis()
        });
        assert_eq!(lingers, [0, 0, 5, 5]);
    }
}
