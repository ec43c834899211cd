//! Lines that stand for others, done one after the other in time: `deploy g` restarts a group's
//! members in turn, `flap c1` has one crash again and again.
//! Refuses to do anything itself, so that a saved run holds only what really happened.

use super::pairs;
use crate::config::number;
use crate::names;
use crate::node::Node;
use crate::system::Kafka;
use kernel::{Span, World};
use scene::{CommandError, Told, Words};

/// A process is gone for so long before the next one starts.
const DOWN: Span = Span::secs(2);
/// Until the next one's turn, or until it crashes again.
const EVERY: Span = Span::secs(10);
const TIMES: u64 = 5;

struct Pace {
    down: Span,
    every: Span,
    times: u64,
}

pub(crate) fn recipe(
    world: &World<Kafka>,
    line: &str,
) -> Result<Option<Vec<String>>, CommandError> {
    let mut words = Words::new(line);
    Ok(match words.take() {
        Some("deploy") => {
            let members = members(world, &mut words)?;
            let pace = pace(&mut words, &["down=", "every="])?;
            Some(members.iter().flat_map(|name| deploy(name, &pace)).collect())
        }
        Some("flap") => {
            let name = member(world, &mut words)?;
            let pace = pace(&mut words, &["down=", "every=", "times="])?;
            Some((0..pace.times).flat_map(|_| flap(&name, &pace)).collect())
        }
        _ => None,
    })
}

/// It is asked to stop, and by the time that its successor starts it is gone, if need be by force.
fn deploy(name: &str, pace: &Pace) -> [String; 4] {
    [
        format!("stop {name}"),
        format!("wait {}", pace.down),
        format!("bounce {name}"),
        format!("wait {}", pace.every),
    ]
}

fn flap(name: &str, pace: &Pace) -> [String; 4] {
    [
        format!("kill {name}"),
        format!("wait {}", pace.down),
        format!("restart {name}"),
        format!("wait {}", pace.every),
    ]
}

/// The running members of a group, in order.
fn members(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Vec<String>, CommandError> {
    let column = words.next_column();
    let group = words.take().unwrap_or_default();
    let of_group = world.nodes().filter(|slot| slot.status.is_running());
    let of_group = of_group.filter_map(|slot| match &slot.process {
        Node::Member(member) if &*member.config.group == group => {
            Some(member.config.reader.name.clone())
        }
        _ => None,
    });
    let found: Vec<String> = of_group.collect();
    if found.is_empty() {
        let what = Told::new("error.unknown-group").with("group", group);
        let known = crate::probe::groups::names(world);
        return Err(CommandError::new(what).at(column).expected(known));
    }
    Ok(found)
}

fn member(world: &World<Kafka>, words: &mut Words<'_>) -> Result<String, CommandError> {
    let column = words.next_column();
    let word = words.take().unwrap_or_default();
    let found = names::find_node(world, word).and_then(|node| world.node(node));
    match found.map(|slot| &slot.process) {
        Some(Node::Member(member)) => Ok(member.config.reader.name.clone()),
        _ => Err(CommandError::new(Told::new("error.no-member").with("client", word)).at(column)),
    }
}

fn pace(words: &mut Words<'_>, known: &[&str]) -> Result<Pace, CommandError> {
    let mut pace = Pace { down: DOWN, every: EVERY, times: TIMES };
    let span = |key: &str, value: &str| crate::config::span(key, value, Span::secs(600));
    pairs(words, known, |key, value| {
        match key {
            "down" => pace.down = span(key, value)?,
            "every" => pace.every = span(key, value)?,
            "times" if known.contains(&"times=") => pace.times = number(key, value, 1, 100)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(pace)
}
