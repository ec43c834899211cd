//! `consumer c1 topic=orders`, and with `group=` a member of a group. Settings go by the names that
//! Kafka's clients give them. Source: clients `ConsumerConfig` (4.1).

use super::{Act, flag, fresh_client_name, known_topic, millis, next_client, pairs};
use crate::assign::java::hash_code;
use crate::assign::{Assignor, server};
use crate::client::consumer::ConsumerConfig;
use crate::client::group::{Commits, MemberConfig, OnError, Protocol};
use crate::client::pattern::Pattern;
use crate::config::number;
use crate::group::{GroupId, GroupName, InstanceId};
use crate::guard::Guards;
use crate::message::Place;
use crate::node::Node;
use crate::system::Kafka;
use kernel::{SortedSet, Span, World};
use scene::{CommandError, Told, Words};
use std::rc::Rc;

const KEYS: [&str; 23] = [
    "topic=",
    "include=",
    "group=",
    "auto.offset.reset=",
    "fetch.min.bytes=",
    "fetch.max.bytes=",
    "fetch.max.wait.ms=",
    "metadata.max.age.ms=",
    "client.rack=",
    "group.protocol=",
    "partition.assignment.strategy=",
    "group.remote.assignor=",
    "group.instance.id=",
    "session.timeout.ms=",
    "heartbeat.interval.ms=",
    "max.poll.interval.ms=",
    "max.poll.records=",
    "enable.auto.commit=",
    "auto.commit.interval.ms=",
    "commit=",
    "handler=",
    "poison=",
    "on.error=",
];

/// Those that mean nothing without a group.
fn is_of_group(key: &str) -> bool {
    let own = ["topic", "include", "auto.offset.reset", "metadata.max.age.ms", "client.rack"];
    !own.contains(&key) && !key.starts_with("fetch.")
}

/// What a consumer has that nobody asked otherwise for.
fn reader(name: String) -> ConsumerConfig {
    ConsumerConfig {
        name,
        topics: SortedSet::new(),
        pattern: None,
        reset: Some(Place::Earliest),
        min_bytes: 1,
        max_bytes: 50 << 20,
        max_wait: Span::millis(500),
        metadata_max_age: Span::secs(300),
        rack: None,
    }
}

fn member(guards: Guards) -> MemberConfig {
    MemberConfig {
        group: Rc::from(""),
        key: GroupName { id: GroupId(0), hash: 0 },
        protocol: Protocol::Classic,
        assignors: vec![Assignor::Range, Assignor::CooperativeSticky],
        server_assignor: None,
        instance: None,
        session_timeout: Span::secs(45),
        heartbeat_interval: Span::secs(3),
        max_poll_interval: Span::secs(300),
        max_poll_records: 500,
        commits: Commits::Auto,
        auto_commit_interval: Span::secs(5),
        handler: Span::ZERO,
        poison: None,
        on_error: OnError::Stop,
        reader: Rc::new(reader(String::new())),
        guards,
    }
}

#[inline(never)]
pub(super) fn consumer(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let mut config = reader(fresh_client_name(world, words)?);
    let mut member = member(world.config().profile.guards);
    let mut needs_group: Option<String> = None;
    pairs(words, &KEYS, |key, value| {
        if is_of_group(key) {
            if key != "group" {
                needs_group.get_or_insert(key.to_owned());
            }
            return set_member(world, &mut member, key, value);
        }
        set_reader(world, &mut config, key, value)
    })?;
    if config.topics.is_empty() && config.pattern.is_none() {
        let what = Told::new("error.expected-topic");
        return Err(CommandError::new(what).at(words.next_column()));
    }
    let node = next_client(world, 301);
    if member.group.is_empty() {
        return match needs_group {
            Some(key) => {
                let what = Told::new("error.needs-group").with("key", key);
                Err(CommandError::new(what).expected(["group=NAME"]))
            }
            None => Ok(Act::Consumer { node, config: Rc::new(config) }),
        };
    }
    check(&member)?;
    member.reader = Rc::new(config);
    Ok(Act::Member { node, config: Rc::new(member) })
}

/// `join g`: one more member, with the settings of the latest. A static id is not taken over: it
/// would fence the other.
#[inline(never)]
pub(super) fn join(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let column = words.next_column();
    let group = words.take().unwrap_or_default();
    let Some(latest) = members(world).filter(|member| &*member.group == group).last() else {
        let what = Told::new("error.unknown-group").with("group", group);
        let known = crate::probe::groups::names(world);
        return Err(CommandError::new(what).at(column).expected(known));
    };
    if world.nodes().count() >= world.limits().nodes {
        return Err(CommandError::new(Told::new("error.limit").with("limit", "nodes")));
    }
    let mut names = (1..).map(|number| format!("c{number}"));
    let free = names.find(|name| crate::names::find_node(world, name).is_none());
    let name = free.expect("there are more numbers than nodes");
    let reader = Rc::new(ConsumerConfig { name, ..(*latest.reader).clone() });
    let config = Rc::new(MemberConfig { reader, instance: None, ..latest.clone() });
    Ok(Act::Member { node: next_client(world, 301), config })
}

/// Combinations that Kafka refuses. Source: `ConsumerConfig`, `AbstractCoordinator`.
fn check(member: &MemberConfig) -> Result<(), CommandError> {
    if member.heartbeat_interval >= member.session_timeout {
        return Err(CommandError::new(Told::new("error.heartbeat-over-session-of-member")));
    }
    Ok(())
}

fn set_reader(
    world: &World<Kafka>,
    config: &mut ConsumerConfig,
    key: &str,
    value: &str,
) -> Result<bool, CommandError> {
    match key {
        "topic" => {
            for name in value.split(',') {
                config.topics.insert(known_topic(world, name)?);
            }
        }
        "include" => config.pattern = Some(pattern(value)?),
        "auto.offset.reset" => config.reset = reset(value)?,
        "fetch.min.bytes" => config.min_bytes = number(key, value, 0, 1 << 30)?,
        "fetch.max.bytes" => config.max_bytes = number(key, value, 0, 1 << 30)?,
        "fetch.max.wait.ms" => config.max_wait = millis(key, value)?,
        "metadata.max.age.ms" => config.metadata_max_age = millis(key, value)?,
        "client.rack" => config.rack = Some(Rc::from(value)),
        _ => return Ok(false),
    }
    Ok(true)
}

fn set_member(
    world: &World<Kafka>,
    member: &mut MemberConfig,
    key: &str,
    value: &str,
) -> Result<bool, CommandError> {
    match key {
        "group" => {
            member.group = Rc::from(value);
            member.key = GroupName { id: group_id(world, value), hash: hash_code(value) };
        }
        "group.protocol" => {
            member.protocol = one_of(
                key,
                value,
                [("classic", Protocol::Classic), ("consumer", Protocol::Consumer)],
            )?;
        }
        "partition.assignment.strategy" => {
            let known = Assignor::ALL.map(|assignor| (assignor.name(), assignor));
            let each = value.split(',').map(|name| one_of(key, name, known));
            member.assignors = each.collect::<Result<_, _>>()?;
        }
        "group.remote.assignor" => {
            let known = server::Assignor::ALL.map(|assignor| (assignor.name(), assignor));
            member.server_assignor = Some(one_of(key, value, known)?);
        }
        "group.instance.id" => {
            member.instance = Some((Rc::from(value), instance_id(world, value)));
        }
        "session.timeout.ms" => member.session_timeout = millis(key, value)?,
        "heartbeat.interval.ms" => member.heartbeat_interval = positive(key, value)?,
        "max.poll.interval.ms" => member.max_poll_interval = positive(key, value)?,
        "max.poll.records" => {
            member.max_poll_records = number(key, value, 1, 1_000_000)? as usize;
        }
        "enable.auto.commit" => {
            let auto = flag(key, value)?;
            member.commits = if auto { Commits::Auto } else { Commits::Never };
        }
        "auto.commit.interval.ms" => member.auto_commit_interval = positive(key, value)?,
        "commit" => {
            member.commits = one_of(
                key,
                value,
                [
                    ("auto", Commits::Auto),
                    ("before", Commits::Before),
                    ("after", Commits::After),
                    ("never", Commits::Never),
                ],
            )?;
        }
        "handler" => member.handler = handler(key, value)?,
        "poison" => member.poison = Some(number(key, value, 0, 1_000_000)?),
        "on.error" => {
            member.on_error = one_of(
                key,
                value,
                [("skip", OnError::Skip), ("park", OnError::Park), ("stop", OnError::Stop)],
            )?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn pattern(value: &str) -> Result<Pattern, CommandError> {
    Pattern::parse(value).ok_or_else(|| {
        let what = Told::new("error.bad-value").with("key", "include").with("value", value);
        CommandError::new(what).expected(["orders.*", "orders-..|audit"])
    })
}

/// How long an application works on one record.
pub(super) fn handler(key: &str, value: &str) -> Result<Span, CommandError> {
    crate::config::span(key, value, Span::secs(3_600))
}

fn positive(key: &str, value: &str) -> Result<Span, CommandError> {
    number(key, value, 1, 3_600_000).map(Span::millis)
}

fn one_of<T: Copy, const N: usize>(
    key: &str,
    value: &str,
    known: [(&'static str, T); N],
) -> Result<T, CommandError> {
    let found = known.iter().find(|(name, _)| *name == value).map(|(_, it)| *it);
    found.ok_or_else(|| {
        let what = Told::new("error.bad-value").with("key", key).with("value", value);
        CommandError::new(what).expected(known.map(|(name, _)| name))
    })
}

fn members(world: &World<Kafka>) -> impl Iterator<Item = &MemberConfig> {
    world.nodes().filter_map(|slot| match &slot.process {
        Node::Member(member) => Some(&*member.config),
        _ => None,
    })
}

/// Groups are numbered as they come.
fn group_id(world: &World<Kafka>, name: &str) -> GroupId {
    let same = members(world).find(|member| &*member.group == name).map(|member| member.key.id);
    let next = || members(world).map(|member| member.key.id.0 + 1).max().unwrap_or(0);
    same.unwrap_or_else(|| GroupId(next()))
}

/// So are static members.
fn instance_id(world: &World<Kafka>, name: &str) -> InstanceId {
    let instances = || members(world).filter_map(|member| member.instance.as_ref());
    let same = instances().find(|(known, _)| &**known == name).map(|(_, id)| *id);
    let next = || instances().map(|(_, id)| id.0 + 1).max().unwrap_or(0);
    same.unwrap_or_else(|| InstanceId(next()))
}

fn reset(value: &str) -> Result<Option<Place>, CommandError> {
    one_of(
        "auto.offset.reset",
        value,
        [("earliest", Some(Place::Earliest)), ("latest", Some(Place::Latest)), ("none", None)],
    )
}
