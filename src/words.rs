//! The words of both languages for everything that an engine tells.
//!
//! Engines hand over keys with typed arguments; the sentences stand in `locales/*.{en,zh-CN}.yml`.

#[cfg(feature = "texts")]
mod compiled;
#[cfg(not(feature = "texts"))]
mod fetched;

#[cfg(feature = "texts")]
use compiled as tables;
#[cfg(not(feature = "texts"))]
use fetched as tables;

use lesson::Lang;
use scene::{Arg, NodeId, Told};

/// The words for a key; the key itself where there are none, so that a gap is seen.
#[must_use]
pub fn word(lang: Lang, key: &str) -> String {
    tables::find(lang, key).unwrap_or_else(|| key.to_owned())
}

/// The sentence for a message, its arguments filled in. `names` gives a node its name.
#[must_use]
pub fn tell(lang: Lang, told: &Told, names: &dyn Fn(NodeId) -> String) -> String {
    let patterns: Vec<&str> = told.args.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> =
        told.args.iter().map(|(_, arg)| write_arg(lang, arg, names)).collect();
    rust_i18n::replace_patterns(&word(lang, told.key), &patterns, &values)
}

fn write_arg(lang: Lang, arg: &Arg, names: &dyn Fn(NodeId) -> String) -> String {
    match arg {
        Arg::Node(node) => names(*node),
        Arg::Nodes(nodes) if nodes.is_empty() => word(lang, "list.nobody"),
        Arg::Nodes(nodes) => {
            let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
            list.join(", ")
        }
        Arg::Number(n) => n.to_string(),
        Arg::Span(span) => write_span(*span),
        Arg::At(at) => format!("{at}"),
        Arg::Name(name) => name.clone(),
        Arg::Told(inner) => tell(lang, inner, names),
    }
}

/// A length of time as people read it: `850 ms`, `9.02 s`; units are the same in both languages.
#[must_use]
pub fn write_span(span: scene::Span) -> String {
    let micros = span.0;
    match micros {
        0 => "0 ms".to_owned(),
        1..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a page fetches is what everything else has compiled in.
    #[test]
    fn the_files_say_what_the_tables_say() {
        let files = [
            (Lang::En, include_str!(concat!(env!("OUT_DIR"), "/texts/words.en.txt"))),
            (Lang::Zh, include_str!(concat!(env!("OUT_DIR"), "/texts/words.zh-CN.txt"))),
        ];
        for (lang, file) in files {
            assert!(file.lines().count() > 900, "{} lines", file.lines().count());
            assert!(file.lines().is_sorted_by_key(|line| line.split('\t').next()));
            for line in file.lines() {
                let (key, words) = line.split_once('\t').expect("a key, a tab and its words");
                assert_eq!(word(lang, key), words, "{key}");
            }
        }
    }
}
