//! `kafka-consumer-groups.sh`, in the shape of the real tool. It refuses to change anything.
//! Source: spec I2; `ConsumerGroupCommand`, `ConsumerGroupExecutor` (4.1).

use crate::client::group::GroupConsumer;
use crate::command::{Options, reset};
use crate::group::GroupName;
use crate::group::coordinator::Group;
use crate::id::{Offset, PartitionId};
use crate::names;
use crate::probe::groups::{coordinator, high_watermark, members, named, names as all};
use crate::system::Kafka;
use crate::wire::member_name;
use kernel::World;
use scene::{CommandError, Told, Words};
use std::fmt::Write;

#[inline(never)]
pub(super) fn groups(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    if words.peek() == Some("--reset-offsets") {
        let reset::Reset { group, offsets } = reset::read(world, words)?;
        return Ok(planned(world, group, &offsets));
    }
    let column = words.next_column();
    let options = Options::read(
        words,
        &["--group", "--bootstrap-server"],
        &["--list", "--describe", "--all-groups", "--members", "--state", "--offsets", "--verbose"],
    )?;
    if options.has("--list") {
        return Ok(all(world).into_iter().map(|name| name + "\n").collect());
    }
    if !options.has("--describe") {
        let what = Told::new("error.expected-describe");
        let known = ["--describe", "--list", "--reset-offsets"];
        return Err(CommandError::new(what).at(column).expected(known));
    }
    let wanted = match options.value("--group") {
        Some(name) => vec![name.to_owned()],
        None => all(world),
    };
    let mut text = String::new();
    for name in wanted {
        let group = named(world, &name).ok_or_else(|| {
            let what = Told::new("error.unknown-group").with("group", name.clone());
            CommandError::new(what).at(column).expected(all(world))
        })?;
        let shown = Shown { world, name: &name, group };
        text += &if options.has("--state") {
            shown.state()
        } else if options.has("--members") {
            shown.members(options.has("--verbose"))
        } else {
            shown.offsets()
        };
    }
    Ok(text)
}

/// What a dry run says, and what an order is answered with.
pub(crate) fn planned(
    world: &World<Kafka>,
    group: GroupName,
    offsets: &[(PartitionId, Offset)],
) -> String {
    let name = names::group(world, group.id);
    let mut text =
        format!("{:<15} {:<20} {:<10} {:<15}\n", "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
    for (id, offset) in offsets {
        let topic = names::topic(world, id.topic);
        let _ = writeln!(text, "{name:<15} {topic:<20} {:<10} {offset:<15}", id.index);
    }
    text
}

struct Shown<'a> {
    world: &'a World<Kafka>,
    name: &'a str,
    group: GroupName,
}

impl Shown<'_> {
    fn group(&self) -> Option<&Group> {
        coordinator(self.world, self.group.id).and_then(|(_, it)| it.group(self.group.id))
    }

    /// A dash where nothing is known, as the real tool writes it.
    fn consumer<'m>(&self, member: &'m GroupConsumer) -> (String, &'m str) {
        let id = member.member.map(|id| member_name(self.world, id));
        (id.unwrap_or_else(|| "-".to_owned()), &member.config.reader.name)
    }

    fn offsets(&self) -> String {
        let mut text = String::new();
        if self.group().is_none_or(|group| present(group) == 0) {
            let _ = writeln!(text, "\nConsumer group '{}' has no active members.", self.name);
        }
        let _ = writeln!(
            text,
            "\n{:<15} {:<20} {:<10} {:<15} {:<15} {:<10} {:<40} {:<15} CLIENT-ID",
            "GROUP",
            "TOPIC",
            "PARTITION",
            "CURRENT-OFFSET",
            "LOG-END-OFFSET",
            "LAG",
            "CONSUMER-ID",
            "HOST"
        );
        let delivery = self.world.ledger().deliveries.of(self.group.id);
        for (id, read) in delivery.into_iter().flat_map(|delivery| &delivery.reads) {
            let end = high_watermark(self.world, *id);
            let committed = read.committed();
            let lag = committed.map(|at| end.saturating_sub(at));
            let owner = self.owner(*id);
            let (member, client) =
                owner.map_or(("-".to_owned(), "-"), |member| self.consumer(member));
            let host = if owner.is_some() { "/127.0.0.1" } else { "-" };
            let _ = writeln!(
                text,
                "{:<15} {:<20} {:<10} {:<15} {end:<15} {:<10} {member:<40} {host:<15} {client}",
                self.name,
                names::topic(self.world, id.topic),
                id.index,
                dash(committed),
                dash(lag),
            );
        }
        text
    }

    fn owner(&self, id: PartitionId) -> Option<&GroupConsumer> {
        let owns = |(_, member): &(_, &GroupConsumer)| member.owned.contains(&id);
        members(self.world, self.group.id).find(owns).map(|(_, member)| member)
    }

    fn members(&self, verbose: bool) -> String {
        let mut text = format!(
            "\n{:<15} {:<40} {:<15} {:<15} {:<11}",
            "GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"
        );
        text += if verbose { " ASSIGNMENT\n" } else { "\n" };
        for (_, member) in members(self.world, self.group.id) {
            let (id, client) = self.consumer(member);
            let count = member.owned.len();
            let _ = write!(
                text,
                "{:<15} {id:<40} {:<15} {client:<15} {count:<11}",
                self.name, "/127.0.0.1"
            );
            if verbose {
                let owned: Vec<String> =
                    member.owned.iter().map(|id| names::partition(self.world, *id)).collect();
                let _ = write!(
                    text,
                    " {}",
                    if owned.is_empty() { "-".to_owned() } else { owned.join(",") }
                );
            }
            text.push('\n');
        }
        text
    }

    fn state(&self) -> String {
        let node = coordinator(self.world, self.group.id).map(|(node, _)| node);
        let coordinator = node.map_or("-".to_owned(), |node| format!("127.0.0.1:9092 ({node})"));
        let (strategy, state, count) = match self.group() {
            Some(Group::Classic(group)) => {
                let strategy = group.protocol().unwrap_or_default();
                (strategy.to_owned(), group.state().name(), group.members().count())
            }
            Some(Group::Consumer(group)) => {
                let assignor = members(self.world, self.group.id)
                    .find_map(|(_, member)| member.config.server_assignor)
                    .map_or("uniform", crate::assign::server::Assignor::name);
                (assignor.to_owned(), group.state().name(), group.members().len())
            }
            None => (String::new(), "Dead", 0),
        };
        format!(
            "\n{:<15} {:<25} {:<20} {:<20} {}\n{:<15} {coordinator:<25} {strategy:<20} {state:<20} \
             {count}\n",
            "GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS", self.name
        )
    }
}

fn present(group: &Group) -> usize {
    match group {
        Group::Classic(group) => group.members().count(),
        Group::Consumer(group) => group.members().len(),
    }
}

fn dash(number: Option<u64>) -> String {
    number.map_or("-".to_owned(), |number| number.to_string())
}
