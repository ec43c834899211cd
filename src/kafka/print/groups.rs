//! `kafka-consumer-groups.sh --describe`: how far a group has got, and who its members are.
//! It refuses to change anything, and to reset offsets.
//! Source: spec I2; `ConsumerGroupCommand`.

use crate::client::group::GroupConsumer;
use crate::command::Options;
use crate::group::coordinator::Group;
use crate::group::{MemberId, Standing};
use crate::id::{Offset, PartitionId};
use crate::node::Node;
use crate::probe::groups::{coordinator, find_group, high_watermark};
use crate::system::{Kafka, image};
use kernel::{NodeId, World};
use scene::{CommandError, Told, Words};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) const VERB: &str = "kafka-consumer-groups.sh";

/// A member that the coordinator knows.
struct Known<'a> {
    id: MemberId,
    consumer: &'a GroupConsumer,
}

impl Known<'_> {
    fn name(&self) -> &str {
        &self.consumer.config.reader.name
    }

    /// `c1-0000a7b3`: the client's name and what is random.
    fn id(&self) -> String {
        format!("{}-{:08x}", self.name(), self.id.0 & 0xffff_ffff)
    }
}

pub(super) fn describe(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<String, CommandError> {
    let column = words.next_column();
    let options = Options::read(
        words,
        &["--group", "--bootstrap-server"],
        &["--describe", "--members", "--state", "--offsets"],
    )?;
    if !options.has("--describe") {
        let what = Told::new("error.expected-describe");
        return Err(CommandError::new(what).at(column).expected(["--describe --group"]));
    }
    let name = options.value("--group").unwrap_or_default();
    let group = find_group(world, name).map_err(|error| error.at(column))?;
    let Some((node, host)) = coordinator(world, group) else { return Ok(String::new()) };
    let standing = host.standing(group);
    let known = known(world, host.group(group));
    if options.has("--state") {
        return Ok(state(name, node, standing, host.group(group)));
    }
    let mut text = match standing {
        Some(standing) if standing.members > 0 => warning(name, standing),
        _ => format!("Consumer group '{name}' has no active members.\n"),
    };
    text += &if options.has("--members") {
        members(name, &known)
    } else {
        let committed = host.offsets().fetch(group, None).into_iter();
        let committed = committed.filter_map(|(id, at)| Some((id, at?.offset))).collect();
        offsets(world, name, &known, &committed)
    };
    Ok(text)
}

/// Source: `ConsumerGroupCommand.maybePrintEmptyGroupState`.
fn warning(name: &str, standing: Standing) -> String {
    match standing.state {
        "Stable" => String::new(),
        _ => format!("Warning: Consumer group '{name}' is rebalancing.\n"),
    }
}

fn known<'a>(world: &'a World<Kafka>, group: Option<&Group>) -> Vec<Known<'a>> {
    let ids: Vec<MemberId> = match group {
        Some(Group::Classic(group)) => group.members().map(|(id, _)| id).collect(),
        Some(Group::Consumer(group)) => group.members().keys().copied().collect(),
        None => Vec::new(),
    };
    let of = |id: MemberId| match &world.node(id.client())?.process {
        Node::Member(consumer) => Some(Known { id, consumer }),
        _ => None,
    };
    ids.into_iter().filter_map(of).collect()
}

/// What a broken line says where there is nothing.
fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn offsets(
    world: &World<Kafka>,
    name: &str,
    known: &[Known<'_>],
    committed: &BTreeMap<PartitionId, Offset>,
) -> String {
    let mut owners: BTreeMap<PartitionId, &Known<'_>> = BTreeMap::new();
    for member in known {
        owners.extend(member.consumer.owned.iter().map(|id| (*id, member)));
    }
    let mut rows: Vec<PartitionId> = owners.keys().chain(committed.keys()).copied().collect();
    rows.sort_unstable();
    rows.dedup();
    let mut text = format!(
        "{:<10}{:<10}{:<11}{:<16}{:<16}{:<8}{:<14}CLIENT-ID\n",
        "GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID",
    );
    for id in rows {
        let topic = image(world).and_then(|image| image.topics.get(&id.topic));
        let topic = topic.map_or("?", |topic| topic.name.as_str());
        let (at, end) = (committed.get(&id), high_watermark(world, id));
        let lag = at.map(|at| end.saturating_sub(*at));
        let owner = owners.get(&id);
        let _ = writeln!(
            text,
            "{name:<10}{topic:<10}{:<11}{:<16}{end:<16}{:<8}{:<14}{}",
            id.index,
            or_dash(at),
            or_dash(lag),
            or_dash(owner.map(|member| member.id())),
            or_dash(owner.map(|member| member.name())),
        );
    }
    for member in known.iter().filter(|member| member.consumer.owned.is_empty()) {
        let dashes = format!("{:<10}{:<11}{:<16}{:<16}{:<8}", "-", "-", "-", "-", "-");
        let _ = writeln!(text, "{name:<10}{dashes}{:<14}{}", member.id(), member.name());
    }
    text
}

/// `--members`
fn members(name: &str, known: &[Known<'_>]) -> String {
    let mut text =
        format!("{:<10}{:<14}{:<11}#PARTITIONS\n", "GROUP", "CONSUMER-ID", "CLIENT-ID");
    for member in known {
        let count = member.consumer.owned.len();
        let _ = writeln!(text, "{name:<10}{:<14}{:<11}{count}", member.id(), member.name());
    }
    text
}

/// `--state`
fn state(name: &str, node: NodeId, standing: Option<Standing>, group: Option<&Group>) -> String {
    let strategy = match group {
        Some(Group::Classic(group)) => group.protocol(),
        _ => None,
    };
    let (state, count) = standing.map_or(("Empty", 0), |it| (it.state, it.members));
    format!(
        "{:<10}{:<18}{:<20}{:<21}#MEMBERS\n{name:<10}{:<18}{:<20}{state:<21}{count}\n",
        "GROUP",
        "COORDINATOR (ID)",
        "ASSIGNMENT-STRATEGY",
        "STATE",
        format!("{} ({node})", crate::id::node_name(node)),
        or_dash(strategy),
    )
}
