//! `kafka-consumer-groups.sh --reset-offsets`: where a group is to go on, partition by partition.
//! It refuses to move a group that has members, as the coordinator does.
//! Source: spec I2; `ConsumerGroupCommand.resetOffsets`.

use super::{Act, Options, known_topic};
use crate::config::number;
use crate::group::GroupName;
use crate::id::{Offset, PartitionId};
use crate::kept::kept;
use crate::probe::groups::{coordinator, high_watermark, named, names};
use crate::system::{Kafka, image};
use kernel::World;
use scene::{CommandError, Told, Words};

pub(crate) const VERB: &str = "kafka-consumer-groups.sh";

/// What a line asks for.
pub(crate) struct Reset {
    pub(crate) group: GroupName,
    pub(crate) offsets: Vec<(PartitionId, Offset)>,
}

#[inline(never)]
pub(super) fn reset(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let Reset { group, offsets } = read(world, words)?;
    Ok(Act::ResetOffsets { group, offsets })
}

/// Reads the line, and works out the offsets.
///
/// # Errors
/// What is missing or wrong; a group that has members.
pub(crate) fn read(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Reset, CommandError> {
    let column = words.next_column();
    let at = |error: CommandError| error.at(column);
    let options = Options::read(
        words,
        &["--group", "--topic", "--to-offset", "--shift-by", "--bootstrap-server"],
        &["--reset-offsets", "--to-earliest", "--to-latest", "--execute", "--dry-run"],
    )?;
    let name = options.value("--group").unwrap_or_default();
    let group = named(world, name).ok_or_else(|| {
        let what = Told::new("error.unknown-group").with("group", name);
        CommandError::new(what).at(column).expected(names(world))
    })?;
    let known = coordinator(world, group.id);
    let members = known.and_then(|(_, known)| known.standing(group.id)).map_or(0, |it| it.members);
    if members > 0 {
        let what = Told::new("error.group-has-members").with("group", name);
        return Err(at(CommandError::new(what.with("members", members as u64))));
    }
    let topic = options.value("--topic").unwrap_or_default();
    let topic = known_topic(world, topic).map_err(at)?;
    let partitions = image(world).into_iter().flat_map(|image| image.partitions.keys());
    let mut offsets = Vec::new();
    for id in partitions.filter(|id| id.topic == topic) {
        let committed = world.ledger().deliveries.of(group.id);
        let committed = committed.and_then(|delivery| delivery.reads.get(id)?.committed());
        offsets.push((*id, place(world, &options, *id, committed).map_err(at)?));
    }
    Ok(Reset { group, offsets })
}

/// Where one partition goes; never outside of its log.
fn place(
    world: &World<Kafka>,
    options: &Options<'_>,
    id: PartitionId,
    committed: Option<Offset>,
) -> Result<Offset, CommandError> {
    let leader = image(world).and_then(|image| image.partitions.get(&id)?.leader);
    let start = leader.map_or(0, |leader| kept(world, leader, id).start());
    let end = high_watermark(world, id);
    let to = if options.has("--to-earliest") {
        start
    } else if options.has("--to-latest") {
        end
    } else if let Some(offset) = options.value("--to-offset") {
        number("--to-offset", offset, 0, u64::MAX)?
    } else {
        let by = options.value("--shift-by").unwrap_or_default();
        let by: i64 = by.parse().map_err(|_| {
            let known = ["--to-earliest", "--to-latest", "--to-offset 100", "--shift-by -10"];
            let what = Told::new("error.bad-value").with("key", "--shift-by").with("value", by);
            CommandError::new(what).expected(known)
        })?;
        committed.unwrap_or(0).saturating_add_signed(by)
    };
    Ok(to.clamp(start, end))
}
