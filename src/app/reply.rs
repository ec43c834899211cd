//! Replies as short text: to keep them, and to read what a learner typed.
//!
//! Refuses to know questions and their right answers.

use replicascope::lesson::{Kind, Reply};
use replicascope::scene::{NodeId, Span};

/// A reply as it is kept: `node:2`, `nodes:1,3`, `choice:0`.
pub fn write(reply: &Reply) -> String {
    match reply {
        Reply::Node(node) => format!("node:{}", node.map_or(String::new(), |id| id.to_string())),
        Reply::Nodes(nodes) => {
            let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
            format!("nodes:{}", list.join(","))
        }
        Reply::Number(number) => format!("number:{number}"),
        Reply::Span(span) => format!("span:{}us", span.0),
        Reply::Word(word) => format!("word:{word}"),
        Reply::Choice(index) => format!("choice:{index}"),
    }
}

pub fn read(text: &str) -> Option<Reply> {
    let (kind, value) = text.split_once(':')?;
    Some(match kind {
        "node" if value.is_empty() => Reply::Node(None),
        "node" => Reply::Node(Some(NodeId(value.parse().ok()?))),
        "nodes" => Reply::Nodes(nodes(value)?),
        "number" => Reply::Number(value.parse().ok()?),
        "span" => Reply::Span(Span::parse(value)?),
        "word" => Reply::Word(value.to_owned()),
        "choice" => Reply::Choice(value.parse().ok()?),
        _ => return None,
    })
}

fn nodes(text: &str) -> Option<Vec<NodeId>> {
    let ids = text.split(',').filter(|word| !word.is_empty());
    ids.map(|word| word.parse().ok().map(NodeId)).collect()
}

/// What a learner typed into a field that wants this kind; nothing while it makes no sense.
pub fn typed(kind: Kind, text: &str) -> Option<Reply> {
    let text = text.trim();
    match kind {
        Kind::Number => text.parse().ok().map(Reply::Number),
        Kind::Span => Span::parse(&text.replace(' ', "")).map(Reply::Span),
        Kind::Word if !text.is_empty() => Some(Reply::Word(text.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reply_is_read_back() {
        let replies = [
            Reply::Node(None),
            Reply::Node(Some(NodeId(2))),
            Reply::Nodes(vec![]),
            Reply::Nodes(vec![NodeId(1), NodeId(3)]),
            Reply::Number(-4),
            Reply::Span(Span::millis(8_400)),
            Reply::Word("NOT_LEADER".to_owned()),
            Reply::Choice(2),
        ];
        for reply in replies {
            assert_eq!(read(&write(&reply)), Some(reply));
        }
    }

    #[test]
    fn what_makes_no_sense_is_no_reply() {
        assert_eq!(typed(Kind::Number, "many"), None);
        assert_eq!(typed(Kind::Span, "9"), None);
        assert_eq!(typed(Kind::Span, "8.4 s"), Some(Reply::Span(Span::millis(8_400))));
        assert_eq!(typed(Kind::Word, "  "), None);
        assert_eq!(read("soup:1"), None);
    }
}
