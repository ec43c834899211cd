//! How we know: every lesson says it, and what its text claims of some version, proposal or issue
//! is in its sources. Refuses to know whether a source is right, and any language but English: the
//! other is compared with it elsewhere.

use crate::doc::{Block, Doc, Inline, SourceKind, plain};
use crate::flaw::Flaw;
use crate::prose::Prose;
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
    let untold = claimed.into_iter().filter(|mark| !named.contains(mark)).map(flaw);
    untold.chain(unbacked(&prose.doc, &kinds, line)).collect()
}

/// Ways of knowing that are said of a claim, without a source of that kind.
fn unbacked(doc: &Doc, kinds: &BTreeSet<&str>, line: usize) -> Vec<Flaw> {
    let mut used = BTreeSet::new();
    doc.walk(&mut |block| {
        if let Block::Said { rows, .. } = block {
            used.extend(rows.iter().flat_map(|row| &row.by).map(|kind| kind.name()));
        }
    });
    let flaw = |kind: &&str| {
        let what = format!("something is known by `{kind}`, and no source is of that kind");
        Flaw::new(line, what, format!("add `- {kind}: …`"))
    };
    used.difference(kinds).map(flaw).collect()
}

fn sources(doc: &Doc) -> Vec<(SourceKind, String)> {
    let mut found = Vec::new();
    doc.walk(&mut |block| {
        if let Block::Sources(list) = block {
            found.extend(list.iter().map(|source| (source.kind, plain(&source.text))));
        }
    });
    found
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

    const BOTH: &str = "::: sources\n- engine: ran.\n- source: 2.5, KIP-101.\n:::\n";

    #[test]
    fn a_lesson_says_how_we_know() {
        assert_eq!(lesson("Text.", BOTH), [] as [&str; 0]);
        assert_eq!(lesson("Text.", "").len(), 1);
        assert_eq!(lesson("Text.", "::: sources\n- engine: ran.\n:::\n").len(), 1);
    }

    #[test]
    fn what_is_dated_or_proposed_has_a_source() {
        assert_eq!(lesson("Since 2.5, by KIP-101. It takes 1.5 s.", BOTH), [] as [&str; 0]);
        let found = lesson("Up to 2.4 (KIP-279), so KAFKA-15583.", BOTH);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("2.4"));
    }

    #[test]
    fn a_claim_is_known_in_a_way_that_the_sources_have() {
        let said =
            |by: &str| format!("::: said\n| a | b | c |\n|---|---|---|\n| x | y | {by} |\n:::");
        assert_eq!(lesson(&said("engine, source"), BOTH), [] as [&str; 0]);
        assert_eq!(lesson(&said("trace"), BOTH).len(), 1);
    }
}
