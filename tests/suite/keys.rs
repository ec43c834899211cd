//! Every key that the sources name has words, and no words of the engine stand there unused.
//! Refuses to compare languages: `words.rs` does that.

use crate::files::{File, ending_with};
use crate::words::{ENGLISH, Texts, by_stem};
use std::collections::BTreeSet;

/// Made-up keys of made-up scenes: what stands here is never shown to anybody.
const STAGED: [&str; 1] = ["src/app/layout/fixture.rs"];

/// Keys that the sources put together from parts: the family, the file, the list of the parts.
const PUT_TOGETHER: (&str, &str, &str) = ("phase", "src/kafka/outage.rs", "PHASES: [&str;");

/// Settings of clients, which no cluster line may change.
const OF_CLIENTS: [&str; 4] =
    ["group.id", "group.protocol", "group.remote.assignor", "group.instance.id"];

#[test]
fn every_key_in_the_sources_has_words() {
    let texts: Texts = by_stem(ENGLISH).into_values().flatten().collect();
    let families = families(&texts);
    let mut found = Vec::new();
    for file in sources() {
        for key in keys(shipped(&file.text), &families) {
            if !texts.contains_key(key) && !is_branch(key, &texts) {
                found.push(format!("{}: {key}", file.path));
            }
        }
    }
    let parts = parts().into_iter().filter(|key| !texts.contains_key(key));
    found.extend(parts);
    assert!(found.is_empty(), "no words in locales/ for:\n  {}", found.join("\n  "));
}

#[test]
fn no_words_of_the_engine_are_left_over() {
    let engine = by_stem(ENGLISH).remove("locales/engine").expect("the engine has words");
    let families = families(&engine);
    let sources = sources();
    let mut used: BTreeSet<String> = parts();
    for file in &sources {
        used.extend(keys(shipped(&file.text), &families).map(str::to_owned));
    }
    let idle: Vec<_> = engine.keys().filter(|key| *key != "_version").collect();
    let idle: Vec<_> = idle.into_iter().filter(|key| !used.contains(*key)).cloned().collect();
    assert!(idle.is_empty(), "nobody says these any more:\n  {}", idle.join("\n  "));
}

/// `app.home.ask`, whose leaves the page adds by itself.
fn is_branch(key: &str, texts: &Texts) -> bool {
    texts.keys().any(|full| full.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

/// `fact` of `fact.acked`: what makes a literal of the sources a key and not a setting's name.
fn families(texts: &Texts) -> BTreeSet<&str> {
    texts.keys().filter_map(|key| Some(key.split_once('.')?.0)).collect()
}

fn sources() -> Vec<File> {
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("_test.rs");
    let ships = |file: &File| {
        file.path.starts_with("src/")
            && !is_test(&file.path)
            && !STAGED.contains(&file.path.as_str())
    };
    ending_with(".rs").into_iter().filter(ships).collect()
}

/// A file without its tests, which stand at its end.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

/// Every `"family.rest"` of a text. A setting may begin like a family (`group.max.size`).
fn keys<'a>(text: &'a str, families: &BTreeSet<&str>) -> impl Iterator<Item = &'a str> {
    let in_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let settings: BTreeSet<&str> = replicascope::settings().iter().map(|one| one.key).collect();
    text.split('"').filter(move |literal| {
        let family = literal.split_once('.').map(|(family, _)| family);
        family.is_some_and(|f| families.contains(f))
            && literal.chars().all(in_key)
            && !literal.ends_with(['.', '-'])
            && !settings.contains(literal)
            && !OF_CLIENTS.contains(literal)
    })
}

fn parts() -> BTreeSet<String> {
    let (family, path, list) = PUT_TOGETHER;
    let file = ending_with(".rs").into_iter().find(|f| f.path == path).expect("it is a source");
    let (_, list) = file.text.split_once(list).expect("the list of the parts has moved");
    let list = list.split("];").next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(|part| format!("{family}.{part}")).collect()
}

#[test]
fn keys_are_told_from_settings_and_from_keys_in_the_making() {
    let families = BTreeSet::from(["fact", "app"]);
    let text = r#"new("fact.acked"), "linger.ms", format!("app.kind.{kind}"), "fact.", "fact""#;
    assert_eq!(keys(text, &families).collect::<Vec<_>>(), ["fact.acked"]);
    assert_eq!(shipped("a\n#[cfg(test)]\nmod tests {}"), "a\n");
    assert!(parts().contains("phase.first-ack"));
}
