//! Both languages say the same things: equal keys, equal holes, nothing empty.
//! Refuses to judge the wording.

use crate::files::{File, ending_with};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const ENGLISH: &str = ".en.yml";
const CHINESE: &str = ".zh-CN.yml";

#[test]
fn every_text_is_in_both_languages_with_the_same_holes() {
    let english = by_stem(ENGLISH);
    let chinese = by_stem(CHINESE);
    let mut found = Vec::new();
    for stem in english.keys().chain(chinese.keys()).collect::<BTreeSet<_>>() {
        match (english.get(stem), chinese.get(stem)) {
            (Some(en), Some(zh)) => found.extend(differences(stem, en, zh)),
            _ => found.push(format!("{stem} is there in one language only")),
        }
    }
    assert!(found.is_empty(), "the languages must not drift:\n  {}", found.join("\n  "));
}

pub(crate) type Texts = BTreeMap<String, String>;

pub(crate) fn by_stem(ending: &str) -> BTreeMap<String, Texts> {
    let files = ending_with(ending).into_iter();
    files.map(|f| (f.path.trim_end_matches(ending).to_owned(), flatten(&f))).collect()
}

fn differences(stem: &str, en: &Texts, zh: &Texts) -> Vec<String> {
    let mut found = Vec::new();
    for key in en.keys().chain(zh.keys()).collect::<BTreeSet<_>>() {
        match (en.get(key), zh.get(key)) {
            (Some(a), Some(b)) if holes(a) != holes(b) => {
                found.push(format!("{stem}: {key}: {:?} in en, {:?} in zh-CN", holes(a), holes(b)));
            }
            (Some(_), None) => found.push(format!("{stem}: {key} is not in zh-CN")),
            (None, Some(_)) => found.push(format!("{stem}: {key} is not in en")),
            _ => {}
        }
    }
    found
}

/// `node` and `at` of `%{node} stopped at %{at}`.
fn holes(text: &str) -> BTreeSet<&str> {
    let parts = text.split("%{").skip(1);
    parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

/// `list.nobody` → `nobody`. Reads the one shape that our files have, nested maps of texts, and
/// panics on everything else: a file in another shape would be half read by other readers too.
fn flatten(file: &File) -> Texts {
    let mut texts = Texts::new();
    let mut path: Vec<(usize, String)> = Vec::new();
    let mut lines = file.lines().peekable();
    while let Some((n, line)) = lines.next() {
        let entry = line.trim();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let (key, value) = pair(entry).unwrap_or_else(|| panic!("{}:{n}: no `key:`", file.path));
        path.retain(|(depth, _)| *depth < indent);
        path.push((indent, key.to_owned()));
        let mut text = value.to_owned();
        if value.starts_with(['|', '>']) {
            while let Some((_, more)) = lines.next_if(|(_, l)| is_block_line(l, indent)) {
                text.push_str(more);
            }
        }
        if !text.is_empty() {
            let full = path.iter().map(|(_, k)| k.as_str()).collect::<Vec<_>>().join(".");
            let twice = texts.insert(full, text).is_some();
            assert!(!twice, "{}:{n}: `{key}` is there twice", file.path);
        }
    }
    texts
}

/// `key: value`, the key with or without quotes.
fn pair(entry: &str) -> Option<(&str, &str)> {
    let (key, value) = match entry.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\":")?,
        None => entry.split_once(':')?,
    };
    Some((key, value.trim()))
}

fn is_block_line(line: &str, indent: usize) -> bool {
    line.trim().is_empty() || line.len() - line.trim_start().len() > indent
}

#[test]
fn a_missing_hole_and_a_missing_key_are_found() {
    let file = |text: &str| flatten(&File { path: "t".into(), text: text.replace('|', "\n") });
    let en = file("_version: 1|a:|  b: \"%{x} and %{y}\"|  c: only here");
    let zh = file("_version: 1|a:|  b: '%{y}'");
    assert_eq!(en["a.b"], "\"%{x} and %{y}\"");
    let found = differences("t", &en, &zh).join("\n");
    assert!(found.contains("a.b:") && found.contains("a.c is not in zh-CN"), "{found}");
}
