//! Marks of evidence: `[^engine fence]` at the end of a text names the entries of `::: sources`
//! that carry what it claims; `[^none]`, that it claims nothing.
//!
//! Refuses to judge whether an entry does: that is the author's and the reader's.

use crate::doc::{Block, Inline, Source, SourceKind};
use std::collections::BTreeSet;

/// The name of an entry or a mark: `kip-101`.
pub(crate) fn is_name(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !word.is_empty() && word.chars().all(fits)
}

/// The mark of a text that claims nothing: a task, a question.
const NOTHING: &str = "none";

/// Takes the mark off the end of a paragraph: names whose entries are still to be found.
pub(crate) fn take(inlines: &mut Vec<Inline>) -> Option<Block> {
    let Some(Inline::Text(text)) = inlines.last_mut() else { return None };
    let (before, mark) = text.trim_end().strip_suffix(']')?.rsplit_once("[^")?;
    let words: Vec<&str> = mark.split_whitespace().collect();
    if words.is_empty() || !words.iter().all(|word| is_name(word)) {
        return None;
    }
    let named = words.into_iter().filter(|word| *word != NOTHING).map(unresolved).collect();
    let before = before.trim_end().to_owned();
    *text = before;
    if text.is_empty() {
        inlines.pop();
    }
    Some(Block::Known(named))
}

/// An entry of which only the name is known yet.
pub(crate) fn unresolved(name: &str) -> Source {
    Source { kind: SourceKind::Engine, name: name.to_owned(), text: Vec::new() }
}

/// Puts the entries in the place of their names; the names that no entry has.
pub(crate) fn resolve(blocks: &mut [Block]) -> BTreeSet<String> {
    let entries: Vec<Source> = entries(blocks).cloned().collect();
    let mut missing = BTreeSet::new();
    let mut find = |named: &mut Vec<Source>| {
        for source in named {
            match entries.iter().find(|entry| entry.name == source.name) {
                Some(entry) => source.clone_from(entry),
                None => drop(missing.insert(source.name.clone())),
            }
        }
    };
    each(blocks, &mut find);
    missing
}

/// The entries of all `::: sources`, which never stand inside of anything.
pub(crate) fn entries(blocks: &[Block]) -> impl Iterator<Item = &Source> {
    let lists = blocks.iter().filter_map(|block| match block {
        Block::Sources(list) => Some(list),
        _ => None,
    });
    lists.flatten()
}

/// Every mark, and the last column of every `::: said`.
fn each(blocks: &mut [Block], see: &mut dyn FnMut(&mut Vec<Source>)) {
    for block in blocks {
        match block {
            Block::Known(named) => see(named),
            Block::Said { rows, .. } => rows.iter_mut().for_each(|row| see(&mut row.by)),
            Block::List { items, .. } => items.iter_mut().for_each(|item| each(item, see)),
            Block::Quote(inner) | Block::Hint(inner) | Block::Goal(inner) => each(inner, see),
            Block::Step { before: first, after: then, .. }
            | Block::Predict { text: first, because: then, .. }
            | Block::Card { front: first, back: then, .. } => {
                each(first, see);
                each(then, see);
            }
            _ => {}
        }
    }
}

/// Whether a text claims something and no mark says how that is known. What stands in directives
/// of its own is asked for itself.
pub(crate) fn is_bare(part: &[Block]) -> bool {
    let claims = |block: &Block| {
        matches!(block, Block::Para(_) | Block::List { .. } | Block::Table { .. } | Block::Quote(_))
    };
    part.iter().any(claims) && !part.iter().any(is_marked)
}

fn is_marked(block: &Block) -> bool {
    match block {
        Block::Known(_) => true,
        Block::List { items, .. } => items.iter().flatten().any(is_marked),
        Block::Quote(inner) => inner.iter().any(is_marked),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::plain;

    fn names(words: &str) -> (String, Vec<String>) {
        let mut inlines = vec![Inline::Text(words.to_owned())];
        let named = match take(&mut inlines) {
            Some(Block::Known(named)) => named.into_iter().map(|source| source.name).collect(),
            _ => Vec::new(),
        };
        (plain(&inlines), named)
    }

    #[test]
    fn a_mark_is_taken_off_the_end_and_nowhere_else() {
        let two = vec!["engine".to_owned(), "kip-101".to_owned()];
        assert_eq!(names("It is so. [^engine kip-101]"), ("It is so.".to_owned(), two.clone()));
        assert_eq!(names("[^engine kip-101]"), (String::new(), two));
        for words in ["Lists [^a] of it", "none", "[^]", "[^A b]", "[1]"] {
            assert_eq!(names(words), (words.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn only_what_claims_needs_a_mark() {
        let text = || Block::Para(vec![Inline::Text("x".to_owned())]);
        let mark = || Block::Known(vec![unresolved("engine")]);
        let list = |item| Block::List { ordered: false, items: vec![item] };
        assert!(is_bare(&[text()]) && is_bare(&[list(vec![text()])]));
        assert!(!is_bare(&[text(), mark()]) && !is_bare(&[list(vec![text(), mark()])]));
        assert!(!is_bare(&[]) && !is_bare(&[Block::Goal(vec![text()])]));
    }
}
