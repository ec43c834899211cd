//! The JSON of `kafka-reassign-partitions.sh`: which partition shall lie on which brokers. It is
//! read from the line itself, because there are no files here.
//! Refuses to know what a move is good for. Source: `ReassignPartitionsCommand`,
//! `parsePartitionReassignmentData`.

use crate::id::is_broker;
use crate::message::Move;
use crate::names;
use crate::system::Kafka;
use kernel::{NodeId, World};
use scene::{CommandError, Told};
use std::iter::Peekable;
use std::str::CharIndices;

const EXAMPLE: &str =
    r#"{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[2,3,4]}]}"#;
/// Deeper than any file of the tool.
const DEPTH: u8 = 6;

/// What the tool's file can hold.
enum Json<'a> {
    Number(u64),
    Text(&'a str),
    List(Vec<Json<'a>>),
    Object(Vec<(&'a str, Json<'a>)>),
}

impl<'a> Json<'a> {
    fn field(&self, name: &str) -> Option<&Json<'a>> {
        let Json::Object(fields) = self else { return None };
        fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn list(&self) -> Option<&[Json<'a>]> {
        if let Json::List(items) = self { Some(items) } else { None }
    }

    fn number(&self) -> Option<u64> {
        if let Json::Number(n) = self { Some(*n) } else { None }
    }
}

/// The moves that a file asks for, in its order.
///
/// # Errors
/// It is not such a file, or names what the cluster does not have.
pub(crate) fn moves(
    world: &World<Kafka>,
    text: &str,
    column: usize,
) -> Result<Vec<Move>, CommandError> {
    let key = "reassignment-json-file";
    let wrong = |value: &str| {
        let what = Told::new("error.bad-value").with("key", key).with("value", value);
        CommandError::new(what).at(column).expected([EXAMPLE])
    };
    let text = text.trim_matches('\'');
    let file = Reader::of(text).ok_or_else(|| wrong(text))?;
    let partitions = file.field("partitions").and_then(Json::list).filter(|list| !list.is_empty());
    let mut moves: Vec<Move> = Vec::new();
    for item in partitions.ok_or_else(|| wrong(text))? {
        let moved = one(world, item).ok_or_else(|| wrong(text))?;
        if moves.iter().any(|other| other.id == moved.id) {
            return Err(wrong(text));
        }
        moves.push(moved);
    }
    Ok(moves)
}

fn one(world: &World<Kafka>, item: &Json<'_>) -> Option<Move> {
    let Json::Text(topic) = item.field("topic")? else { return None };
    let index = item.field("partition")?.number()?;
    let id = names::find_partition(world, &format!("{topic}-{index}"))?;
    let mut target: Vec<NodeId> = Vec::new();
    for replica in item.field("replicas")?.list()? {
        let node = NodeId(u16::try_from(replica.number()?).ok()?);
        let there = is_broker(node) && world.node(node).is_some() && !target.contains(&node);
        target.push(there.then_some(node)?);
    }
    (!target.is_empty()).then_some(Move { id, target: Some(target) })
}

/// Reads JSON from the left to the right.
struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Reader<'a> {
    fn of(text: &'a str) -> Option<Json<'a>> {
        let mut reader = Reader { text, chars: text.char_indices().peekable() };
        let value = reader.value(DEPTH)?;
        reader.blank();
        reader.chars.next().is_none().then_some(value)
    }

    fn blank(&mut self) {
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.blank();
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn value(&mut self, depth: u8) -> Option<Json<'a>> {
        let deeper = depth.checked_sub(1)?;
        self.blank();
        match self.chars.peek()?.1 {
            '{' => self
                .items('{', '}', |own| {
                    let key = own.string()?;
                    own.takes(':').then_some(())?;
                    Some((key, own.value(deeper)?))
                })
                .map(Json::Object),
            '[' => self.items('[', ']', |own| own.value(deeper)).map(Json::List),
            '"' => self.string().map(Json::Text),
            _ => self.number(),
        }
    }

    /// What stands between two brackets, with commas.
    fn items<T>(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Reader<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.takes(open).then_some(())?;
        let mut items = Vec::new();
        if self.takes(close) {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.takes(close) {
                return Some(items);
            }
            self.takes(',').then_some(())?;
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        self.takes('"').then_some(())?;
        let start = self.chars.peek()?.0;
        loop {
            match self.chars.next()? {
                (end, '"') => return self.text.get(start..end),
                // No name of a topic needs one.
                (_, '\\') => return None,
                _ => {}
            }
        }
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.chars.peek()?.0;
        while self.chars.next_if(|(_, c)| c.is_ascii_digit()).is_some() {}
        let end = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        self.text.get(start..end)?.parse().ok().map(Json::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_own_lines_are_read() {
        let file = Reader::of(EXAMPLE).expect("it is the example");
        let first = &file.field("partitions").and_then(Json::list).expect("a list")[0];
        let replicas = first.field("replicas").and_then(Json::list).expect("a list");
        assert_eq!(replicas.iter().filter_map(Json::number).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(Reader::of(r#" { "a" : [ ] , "b" : { } } "#).is_some());
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let deep = "[".repeat(100) + &"]".repeat(100);
        for text in ["", "{", "[1,", "{\"a\":}", "\"\\u0041\"", "[1]2", "nul", deep.as_str()] {
            assert!(Reader::of(text).is_none(), "{text}");
        }
    }
}
