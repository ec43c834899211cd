//! The texts of a lesson: what is read in one go, and founded by one mark.
//!
//! Refuses to know what a mark has to carry: that is `evidence.rs`'.

use crate::doc::{Block, Inline, Source, plain};

/// Paragraphs, lists and tables in a row, with their marks; directives in between are not of it.
pub(crate) struct Text<'a>(Vec<&'a Block>);

/// Every text that carries a mark or should, in reading order.
pub(crate) fn texts(blocks: &[Block]) -> Vec<Text<'_>> {
    let mut found = Vec::new();
    for section in blocks.chunk_by(|_, next| !matches!(next, Block::Heading { .. })) {
        found.push(Text::of(section));
    }
    for block in blocks {
        match block {
            Block::Step { before, after, .. } => {
                for part in [before, after] {
                    found.push(Text::of(part));
                    found.extend(part.iter().filter_map(of_question));
                }
            }
            Block::Card { back, .. } => found.push(Text::of(back)),
            Block::Goal(inner) => found.push(Text::of(inner)),
            other => found.extend(of_question(other)),
        }
    }
    found
}

fn of_question(block: &Block) -> Option<Text<'_>> {
    match block {
        Block::Predict { because, .. } => Some(Text::of(because)),
        _ => None,
    }
}

impl<'a> Text<'a> {
    fn of(part: &'a [Block]) -> Text<'a> {
        Text(part.iter().filter(|block| is_own(block)).collect())
    }

    /// The entries that carry it.
    pub(crate) fn carried(&self) -> Vec<&'a Source> {
        self.marks().into_iter().flat_map(|(_, named)| named).collect()
    }

    /// Its marks, each as the block that it is.
    pub(crate) fn marks(&self) -> Vec<(&'a Block, &'a [Source])> {
        self.flat().into_iter().filter_map(mark).collect()
    }

    pub(crate) fn words(&self) -> String {
        let all = self.inlines().into_iter().map(plain);
        all.collect::<Vec<_>>().join(" ")
    }

    /// A setting of Kafka's that it names, as `session.timeout.ms`.
    pub(crate) fn setting(&self) -> Option<&'a str> {
        self.inlines().into_iter().find_map(setting_in)
    }

    fn inlines(&self) -> Vec<&'a [Inline]> {
        let of = |block: &'a Block| match block {
            Block::Para(text) => vec![text.as_slice()],
            Block::Table { head, rows } => {
                head.iter().chain(rows.iter().flatten()).map(Vec::as_slice).collect()
            }
            _ => Vec::new(),
        };
        self.flat().into_iter().flat_map(of).collect()
    }

    /// Its blocks, and those inside of lists and quotes.
    fn flat(&self) -> Vec<&'a Block> {
        let mut found = Vec::new();
        self.0.iter().for_each(|block| flatten(block, &mut found));
        found
    }
}

fn is_own(block: &Block) -> bool {
    matches!(
        block,
        Block::Para(_)
            | Block::List { .. }
            | Block::Table { .. }
            | Block::Quote(_)
            | Block::Known(_)
    )
}

fn mark(block: &Block) -> Option<(&Block, &[Source])> {
    match block {
        Block::Known(named) => Some((block, named)),
        _ => None,
    }
}

fn flatten<'a>(block: &'a Block, found: &mut Vec<&'a Block>) {
    found.push(block);
    match block {
        Block::List { items, .. } => items.iter().flatten().for_each(|it| flatten(it, found)),
        Block::Quote(inner) => inner.iter().for_each(|it| flatten(it, found)),
        _ => {}
    }
}

/// Small words between dots: `min.insync.replicas`, `linger.ms`.
fn setting_in(text: &[Inline]) -> Option<&str> {
    text.iter().find_map(|inline| match inline {
        Inline::Code(code) if is_setting(code) => Some(code.as_str()),
        Inline::Strong(inner) | Inline::Em(inner) => setting_in(inner),
        _ => None,
    })
}

fn is_setting(code: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase());
    (code.split('.').count() > 2 || code.ends_with(".ms")) && code.split('.').all(word)
}
