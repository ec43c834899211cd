//! Marks a learner's reply against the answer of the run.
//! Refuses to know how a reply was typed or clicked.

use crate::question::{Form, Predict};
use scene::{Answer, Arrange, CommandError, NodeId, Session, Span};
use scene::{equals, spell};

/// What kind of reply a question wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One node, or nobody.
    Node,
    /// Any number of nodes.
    Nodes,
    Number,
    Span,
    /// A word under its real name: an error code.
    Word,
    /// One of so many options.
    Choice(usize),
}

/// What the learner replied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Node(Option<NodeId>),
    /// In any order.
    Nodes(Vec<NodeId>),
    Number(i64),
    Span(Span),
    Word(String),
    /// The option of this index, from 0.
    Choice(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marking {
    pub right: bool,
    /// The right option, for a question with options.
    pub choice: Option<usize>,
    /// The right answer as the scenario would write it.
    pub answer: String,
}

/// What to ask for. A free question is put to the session as it is now, only to see the kind.
pub fn kind(session: &dyn Session, predict: &Predict) -> Result<Kind, CommandError> {
    if predict.form != Form::Value {
        return Ok(Kind::Choice(predict.form.options().len()));
    }
    Ok(match session.probe(&predict.probe)? {
        Answer::Node(_) => Kind::Node,
        Answer::Nodes(_) => Kind::Nodes,
        Answer::Number(_) => Kind::Number,
        Answer::Span(_) => Kind::Span,
        Answer::Word(_) => Kind::Word,
    })
}

/// Marks one reply. An answer outside of all options makes every reply wrong; `check` forbids it.
#[must_use]
pub fn mark(form: &Form, answer: &Answer, reply: &Reply) -> Marking {
    let choice = right_choice(form, answer);
    let right = match reply {
        Reply::Choice(index) => choice == Some(*index),
        Reply::Node(node) => *answer == Answer::Node(*node),
        Reply::Nodes(nodes) => *answer == Answer::Nodes(in_order(nodes)),
        Reply::Number(number) => *answer == Answer::Number(*number),
        Reply::Span(span) => *answer == Answer::Span(*span),
        Reply::Word(word) => same_word(answer, word),
    };
    Marking { right, choice, answer: spell(answer) }
}

fn in_order(nodes: &[NodeId]) -> Vec<NodeId> {
    let mut nodes = nodes.to_vec();
    nodes.arrange();
    nodes.dedup();
    nodes
}

/// `not_leader_or_follower` and `Not-Leader-Or-Follower` are good enough.
fn same_word(answer: &Answer, word: &str) -> bool {
    let Answer::Word(right) = answer else { return false };
    let plain = |text: &str| text.trim().replace(['-', ' '], "_").to_ascii_uppercase();
    plain(right) == plain(word)
}

pub(crate) fn right_choice(form: &Form, answer: &Answer) -> Option<usize> {
    match form {
        Form::Value => None,
        Form::Ranges(ranges) => ranges.iter().position(|range| range.holds(answer)),
        Form::Words(words) => words.iter().position(|word| equals(answer, word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        crate::question::parse(1, &format!("q: x {text}")).expect("a question").form
    }

    #[test]
    fn the_range_that_holds_the_answer_is_right() {
        let gap = form("in 0s..2s | 2s..7s | 7s..13s");
        let answer = Answer::Span(Span::millis(8_400));
        let marking = mark(&gap, &answer, &Reply::Choice(0));
        assert_eq!(marking, Marking { right: false, choice: Some(2), answer: "8400ms".into() });
        assert!(mark(&gap, &answer, &Reply::Choice(2)).right);
    }

    #[test]
    fn words_stand_for_nodes_too() {
        let heir = form("of 2 | 3 | none");
        let answer = Answer::Node(Some(NodeId(3)));
        assert_eq!(mark(&heir, &answer, &Reply::Choice(1)).choice, Some(1));
        assert_eq!(mark(&heir, &Answer::Node(None), &Reply::Choice(1)).choice, Some(2));
    }

    #[test]
    fn free_replies_are_forgiven_their_order_and_their_case() {
        let nodes = Answer::Nodes(vec![NodeId(2), NodeId(3)]);
        let reply = Reply::Nodes(vec![NodeId(3), NodeId(2), NodeId(3)]);
        assert!(mark(&Form::Value, &nodes, &reply).right);
        let code = Answer::Word("NOT_ENOUGH_REPLICAS".into());
        let reply = Reply::Word(" not enough replicas".into());
        assert!(mark(&Form::Value, &code, &reply).right);
        assert!(!mark(&Form::Value, &nodes, &Reply::Number(2)).right);
    }
}
