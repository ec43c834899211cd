//! How we know: every lesson says it, and what its text claims of some version, proposal or issue
//! is in its sources. Refuses to know whether a source is right, and any language but English: the
//! other is compared with it elsewhere.

use crate::doc::{Block, Doc, Inline, Source, SourceKind, plain};
use crate::flaw::Flaw;
use crate::known::entries;
use crate::prose::{Prose, Sign};
use crate::text::{Text, texts};
use std::collections::BTreeSet;

/// Everything that a lesson claims and does not found.
pub(crate) fn unfounded(prose: &Prose) -> Vec<Flaw> {
    let sources = sources(&prose.doc);
    let (kinds, told): (BTreeSet<&str>, Vec<String>) =
        sources.iter().map(|(kind, text)| (kind.name(), text.clone())).unzip();
    if !kinds.contains("engine") || kinds.len() < 2 {
        let cure = "end with `::: sources`: `- engine: …` and `- source: …` or `- trace: …`";
        return vec![Flaw::new(0, "nothing says how we know what the lesson claims", cure)];
    }
    let line = prose.signs.iter().find(|sign| sign.kind == "sources").map_or(0, |it| it.line);
    let named = marks(&told.join(" "));
    let flaw = |mark: String| {
        let what = format!("the lesson names {mark}, and no source of it does");
        Flaw::new(line, what, "name it in the `sources` entry that says so")
    };
    let claimed = dated(&words(&prose.doc));
    let untold = claimed.iter().filter(|mark| !named.contains(*mark)).cloned().map(flaw);
    untold.chain(unused(prose, line)).chain(misplaced(prose, &named)).collect()
}

/// Texts that claim something and do not say how it is known.
pub(crate) fn unmarked(prose: &Prose) -> Vec<Flaw> {
    let bare = prose.signs.iter().filter(|sign| sign.kind == "bare");
    let mut bare: Vec<&Sign> = bare.collect();
    bare.sort_by_key(|sign| sign.line);
    let flaw = |sign: &Sign| {
        let what = format!("nothing says how we know this ({})", sign.name);
        let cure = "end the text with a mark, `[^engine]`, that names entries of `::: sources`";
        Flaw::new(sign.line, what, cure)
    };
    bare.into_iter().map(flaw).collect()
}

/// What a text names and its own mark does not carry: a version, a proposal, a span of a setting.
fn misplaced(prose: &Prose, told: &BTreeSet<String>) -> Vec<Flaw> {
    let lines = prose.signs.iter().filter(|sign| sign.kind == "known").map(|sign| sign.line);
    let mut all = Vec::new();
    prose.doc.walk(&mut |block| {
        if matches!(block, Block::Known(_)) {
            all.push(block);
        }
    });
    let placed: Vec<(&Block, usize)> = all.into_iter().zip(lines).collect();
    let place = |text: &Text<'_>| {
        let last = text.marks().last().map(|(mark, _)| *mark);
        let of =
            |(block, _): &&(&Block, usize)| last.is_some_and(|mark| std::ptr::eq(mark, *block));
        placed.iter().find(of).map(|(_, line)| *line)
    };
    // A text without a mark is told of already.
    let marked = texts(&prose.doc.blocks).into_iter().filter_map(|it| Some((place(&it)?, it)));
    marked.flat_map(|(line, text)| uncarried(line, &text, told)).collect()
}

/// Of those that some entry of the lesson names.
fn uncarried(line: usize, text: &Text<'_>, anywhere: &BTreeSet<String>) -> Vec<Flaw> {
    let carried = text.carried();
    let told: Vec<String> = carried.iter().map(|source| plain(&source.text)).collect();
    let named = marks(&told.join(" "));
    let flaw = |mark: &String| {
        let what = format!("this text names {mark}, and no entry of its own mark does");
        Flaw::new(line, what, "name the entry that says so in the mark")
    };
    let claimed: BTreeSet<String> = dated(&text.words()).intersection(anywhere).cloned().collect();
    let mut flaws: Vec<Flaw> = claimed.difference(&named).map(flaw).collect();
    let founded = carried.is_empty() || carried.iter().any(|it| it.kind != SourceKind::Engine);
    if let Some(key) = text.setting().filter(|_| !founded) {
        let what = format!("this text tells of `{key}`, and only the run carries it");
        flaws.push(Flaw::new(line, what, "name a `source` or a `trace` in the mark, too"));
    }
    flaws
}

/// Entries that carry nothing.
fn unused(prose: &Prose, line: usize) -> Vec<Flaw> {
    let mut used = BTreeSet::new();
    prose.doc.walk(&mut |block| match block {
        Block::Known(named) => used.extend(named.iter().map(|source| &source.name)),
        Block::Said { rows, .. } => {
            used.extend(rows.iter().flat_map(|row| &row.by).map(|source| &source.name));
        }
        _ => {}
    });
    let idle = entries(&prose.doc.blocks).filter(|entry| !used.contains(&entry.name));
    let flaw = |entry: &Source| {
        let what = format!("no text is known by the source `{}`", entry.name);
        Flaw::new(line, what, "name it in the mark of what it carries, or take it out")
    };
    idle.map(flaw).collect()
}

fn sources(doc: &Doc) -> Vec<(SourceKind, String)> {
    entries(&doc.blocks).map(|source| (source.kind, plain(&source.text))).collect()
}

/// All that is read, apart from the sources.
fn words(doc: &Doc) -> String {
    let mut text = String::new();
    let mut add = |inlines: &[Inline]| {
        text.push_str(&plain(inlines));
        text.push(' ');
    };
    doc.walk(&mut |block| match block {
        Block::Para(words) | Block::Heading { text: words, .. } => add(words),
        Block::Table { head, rows } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| add(cell));
        }
        Block::Predict { options, .. } => options.iter().for_each(|option| add(option)),
        Block::Said { rows, .. } => rows.iter().for_each(|row| {
            add(&row.said);
            add(&row.truth);
        }),
        _ => {}
    });
    text
}

/// A word without what stands around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_ascii_alphanumeric())
}

/// `2.5`, `0.10.1`: numbers between dots.
fn is_version(word: &str) -> bool {
    let mut parts = word.split('.');
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    word.contains('.') && word.len() < 8 && parts.all(number)
}

fn is_proposal(word: &str) -> bool {
    let number = word.strip_prefix("KIP-").or_else(|| word.strip_prefix("KAFKA-"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Versions and proposals in a text.
fn marks(text: &str) -> BTreeSet<String> {
    let found = text.split_whitespace().map(bare);
    found.filter(|word| is_version(word) || is_proposal(word)).map(str::to_owned).collect()
}

/// Versions that a text dates something by, and proposals.
fn dated(text: &str) -> BTreeSet<String> {
    let list: Vec<&str> = text.split_whitespace().map(bare).collect();
    let date = |pair: &[&str]| {
        let before = pair[0].to_ascii_lowercase();
        matches!(before.as_str(), "since" | "to" | "before" | "until") && is_version(pair[1])
    };
    let versions = list.windows(2).filter(|pair| date(pair)).map(|pair| pair[1]);
    let proposals = list.iter().copied().filter(|word| is_proposal(word));
    versions.chain(proposals).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(text: &str, sources: &str) -> Vec<String> {
        let head = "+++\ntitle = \"t\"\nquestion = \"q\"\nminutes = 1\nlevel = 1\n+++\n";
        let text = format!("{head}{text}\n\n{sources}");
        let prose = crate::prose::parse(&text).expect("a lesson");
        unfounded(&prose).into_iter().map(|flaw| flaw.what).collect()
    }

    const BOTH: &str = "::: sources\n- engine: ran.\n- source read: 2.5, KIP-101.\n:::\n";
    const MARK: &str = "[^engine read]";

    #[test]
    fn a_lesson_says_how_we_know() {
        assert_eq!(lesson("Text. [^engine read]", BOTH), [] as [&str; 0]);
        assert_eq!(lesson("Text.", "").len(), 1);
        assert_eq!(lesson("Text.", "::: sources\n- engine: ran.\n:::\n").len(), 1);
    }

    #[test]
    fn what_is_dated_or_proposed_has_a_source() {
        let text = |words: &str| lesson(&format!("{words} {MARK}"), BOTH);
        assert_eq!(text("Since 2.5, by KIP-101. It takes 1.5 s."), [] as [&str; 0]);
        let found = text("Up to 2.4 (KIP-279), so KAFKA-15583.");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("2.4"));
    }

    #[test]
    fn every_source_carries_something() {
        let said =
            |by: &str| format!("::: said\n| a | b | c |\n|---|---|---|\n| x | y | {by} |\n:::");
        assert_eq!(lesson(&said("engine, read"), BOTH), [] as [&str; 0]);
        let found = lesson(&said("engine"), BOTH);
        assert!(found[0].contains("`read`"), "{found:?}");
    }

    /// What a text says of versions and settings, the entries of its own mark say, too.
    #[test]
    fn a_mark_carries_what_its_text_names() {
        let sources = "::: sources\n- engine: ran.\n- source old: 2.5.\n- source new: 3.7.\n:::\n";
        let text =
            |words: &str| lesson(&format!("{words}\n\n## More\n\nSo. [^engine old new]"), sources);
        assert_eq!(text("Since 2.5. [^engine old]"), [] as [&str; 0]);
        let found = text("Since 2.5. [^engine new]");
        assert!(found.len() == 1 && found[0].contains("2.5"), "{found:?}");
        let found = text("`a.b.ms` is 9 s. [^engine]");
        assert!(found.len() == 1 && found[0].contains("a.b.ms"), "{found:?}");
        assert_eq!(text("`a.b.ms` is 9 s. [^engine old]"), [] as [&str; 0]);
        assert_eq!(text("Try `a.b.ms`. [^none]"), [] as [&str; 0]);
    }

    /// What a directive holds is asked for itself, and so is each section.
    #[test]
    fn every_text_that_claims_has_a_mark() {
        let bare = |text: &str| {
            let head = "+++\ntitle = \"t\"\nquestion = \"q\"\nminutes = 1\nlevel = 1\n+++\n";
            let prose = crate::prose::parse(&format!("{head}{text}\n\n{BOTH}")).expect("a lesson");
            let told =
                unmarked(&prose).into_iter().map(|flaw| format!("{}: {}", flaw.line, flaw.what));
            told.collect::<Vec<_>>()
        };
        let why = |line: u8, part: &str| format!("{line}: nothing says how we know this ({part})");
        assert_eq!(bare("Text."), [why(7, "opening")]);
        assert_eq!(bare("Text. [^read]\n\n## More\n\nText."), [why(9, "More")]);
        let step = "::: step a\nText.\n\n[^read]\n\n---\n\nText.\n:::";
        assert_eq!(bare(step), [why(7, "step a, after")]);
        let goal = "::: goal\nDo it.\n\n::: hint\nSo.\n:::\n:::";
        assert_eq!(bare(goal), [why(7, "goal, task")]);
        let card = "::: card a\nAsked?\n\n---\n\n- One.\n- Two. [^read]\n:::";
        assert_eq!(bare(card), [] as [&str; 0]);
    }
}
