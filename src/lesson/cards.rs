//! The cards of lessons, and the claims that make up an answer.
//!
//! Refuses to know when a card is due, and how it is shown.

use crate::doc::{Block, Inline};
use std::collections::BTreeMap;

/// The paper that holds the cards of all lessons, each lesson's below a heading of its id.
pub const DECK: &str = "cards";

/// A card with its name in the deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// `LF-1/gap`: the same in both languages and for as long as the author keeps the place.
    pub key: String,
    pub lesson: String,
    /// The question or the step in whose run the answer is to be seen.
    pub at: String,
    /// The row of the syllabus whose interview question it is.
    pub row: Option<String>,
    pub front: Vec<Block>,
    pub back: Vec<Block>,
}

/// One claim of an answer, and where the run shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub blocks: Vec<Block>,
    /// Absent where the card's own place shows it.
    pub at: Option<String>,
}

/// The cards of one lesson's prose.
#[must_use]
pub fn cards(lesson: &str, blocks: &[Block]) -> Vec<Card> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut card = |block: &Block| {
        let Block::Card { at, row, front, back } = block else { return None };
        let name = format!("{lesson}/{}", row.as_ref().unwrap_or(at));
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let key = if *count == 1 { name } else { format!("{name}~{count}") };
        let (lesson, at, row) = (lesson.to_owned(), at.clone(), row.clone());
        Some(Card { key, lesson, at, row, front: front.clone(), back: back.clone() })
    };
    blocks.iter().filter_map(&mut card).collect()
}

/// The blocks of the paper [`DECK`]: a heading for each lesson, its cards below.
#[cfg(any(test, feature = "author"))]
pub(crate) fn deck_of<'a>(lessons: impl Iterator<Item = (&'a str, &'a [Block])>) -> Vec<Block> {
    let section = |(id, blocks): (&str, &[Block])| {
        let heading = Block::Heading { level: 2, text: vec![Inline::Text(id.to_owned())] };
        let own = blocks.iter().filter(|block| matches!(block, Block::Card { .. }));
        std::iter::once(heading).chain(own.cloned()).collect::<Vec<_>>()
    };
    lessons.flat_map(section).collect()
}

/// The cards of all lessons, from the paper [`DECK`].
#[must_use]
pub fn read_deck(blocks: &[Block]) -> Vec<Card> {
    let sections = blocks.chunk_by(|_, next| !matches!(next, Block::Heading { .. }));
    let of = |section: &[Block]| match section.first() {
        Some(Block::Heading { text, .. }) => cards(&crate::doc::plain(text), section),
        _ => Vec::new(),
    };
    sections.flat_map(of).collect()
}

/// What a good answer says, one thing after the other: the items of a list, the sentences of a
/// paragraph. Anything else belongs to the claim before it.
#[must_use]
pub fn claims(back: &[Block]) -> Vec<Claim> {
    let mut found: Vec<Vec<Block>> = Vec::new();
    for block in back {
        match (block, found.last_mut()) {
            (Block::List { items, .. }, _) => found.extend(items.iter().cloned()),
            (Block::Para(text), _) => {
                found.extend(sentences(text).into_iter().map(|it| vec![Block::Para(it)]));
            }
            (other, Some(last)) => last.push(other.clone()),
            (other, None) => found.push(vec![other.clone()]),
        }
    }
    found.into_iter().map(|blocks| Claim { at: place_of(&blocks), blocks }).collect()
}

fn place_of(blocks: &[Block]) -> Option<String> {
    blocks.iter().find_map(|block| match block {
        Block::Para(text) => text.iter().find_map(|inline| match inline {
            Inline::Run { at, .. } => Some(at.clone()),
            _ => None,
        }),
        _ => None,
    })
}

/// A paragraph, parted behind every full stop.
fn sentences(text: &[Inline]) -> Vec<Vec<Inline>> {
    let mut found = vec![Vec::new()];
    for inline in text {
        let Inline::Text(words) = inline else {
            found.last_mut().expect("it begins with one").push(inline.clone());
            continue;
        };
        let mut rest = words.as_str();
        while let Some(end) = stop(rest) {
            let (sentence, more) = rest.split_at(end);
            found.last_mut().expect("it begins with one").push(Inline::Text(sentence.to_owned()));
            found.push(Vec::new());
            rest = more.trim_start();
        }
        if !rest.is_empty() {
            found.last_mut().expect("it begins with one").push(Inline::Text(rest.to_owned()));
        }
    }
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Behind the first full stop that ends a sentence; a small letter after it goes on with the same.
fn stop(text: &str) -> Option<usize> {
    let marks = text.match_indices(['.', '?', '!', '。', '？', '！']);
    marks.map(|(at, mark)| at + mark.len()).find(|end| {
        let rest = &text[*end..];
        let wide = text[..*end].ends_with(['。', '？', '！']);
        // `acks=all` may begin a sentence.
        let goes_on = |rest: &str| {
            let word = rest.split(' ').next().unwrap_or_default();
            word.starts_with(|c: char| c.is_lowercase()) && !word.contains('=')
        };
        wide && !rest.starts_with(['）', '”', '」'])
            || rest.is_empty()
            || rest.strip_prefix(' ').is_some_and(|rest| !goes_on(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::plain;

    fn text(words: &str) -> Inline {
        Inline::Text(words.to_owned())
    }

    fn told(back: &[Block]) -> Vec<String> {
        let words = |claim: Claim| match &claim.blocks[0] {
            Block::Para(text) => plain(text),
            _ => String::new(),
        };
        claims(back).into_iter().map(words).collect()
    }

    #[test]
    fn a_paragraph_is_parted_into_its_sentences() {
        let code = Inline::Code("ack".to_owned());
        let back =
            [Block::Para(vec![text("One, in 4.1 too. Two: "), code, text(" is it. Three?")])];
        assert_eq!(told(&back), ["One, in 4.1 too.", "Two: ack is it.", "Three?"]);
        let back = [Block::Para(vec![text("先检测。再选举（不看日志。）最后恢复。")])];
        assert_eq!(told(&back), ["先检测。", "再选举（不看日志。）最后恢复。"]);
    }

    #[test]
    fn items_of_a_list_are_claims_with_places() {
        let run = Inline::Run { at: "gap".to_owned(), text: vec![text("9 s")] };
        let item = |inline| vec![Block::Para(vec![inline])];
        let items = vec![item(run), item(text("Two. And more."))];
        let found = claims(&[Block::List { ordered: true, items }]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].at.as_deref(), found[1].at.as_deref()), (Some("gap"), None));
    }

    #[test]
    fn keys_are_unique_and_come_back_from_the_deck() {
        let side = || vec![Block::Para(vec![text("x")])];
        let card = |at: &str, row: Option<&str>| Block::Card {
            at: at.to_owned(),
            row: row.map(str::to_owned),
            front: side(),
            back: side(),
        };
        let blocks = [card("gap", None), card("gap", None), card("gap", Some("K-IQ-15"))];
        let deck = deck_of([("LF-1", &blocks[..]), ("LF-2", &blocks[..1])].into_iter());
        let keys: Vec<String> = read_deck(&deck).into_iter().map(|card| card.key).collect();
        assert_eq!(keys, ["LF-1/gap", "LF-1/gap~2", "LF-1/K-IQ-15", "LF-2/gap"]);
    }
}
