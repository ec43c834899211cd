//! Every proposal and issue of Kafka that is cited stands in the register, and no other.
//! Refuses to know what they say.

use crate::files::ending_with;
use std::collections::BTreeSet;

const REGISTER: &str = "docs/sources.md";
const KINDS: [&str; 2] = ["KIP-", "KAFKA-"];

#[test]
fn what_is_cited_stands_in_the_register() {
    let mut registered = BTreeSet::new();
    let mut cited = BTreeSet::new();
    for file in [".rs", ".md", ".toml"].into_iter().flat_map(ending_with) {
        let found = citations(&file.text);
        if file.path == REGISTER {
            registered = found;
        } else if file.path.starts_with("src/") || file.path.starts_with("lessons/") {
            cited.extend(found);
        }
    }
    let missing: Vec<_> = cited.difference(&registered).collect();
    assert!(missing.is_empty(), "say in {REGISTER} what these are: {missing:?}");
    let idle: Vec<_> = registered.difference(&cited).collect();
    assert!(idle.is_empty(), "nobody cites these of {REGISTER} any more: {idle:?}");
}

/// `KIP-101` and the like.
fn citations(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for kind in KINDS {
        for after in text.split(kind).skip(1) {
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            if !digits.is_empty() {
                found.insert(format!("{kind}{digits}"));
            }
        }
    }
    found
}

#[test]
fn citations_are_found_with_their_numbers() {
    let found = citations("KIP-101, KIP-279; see KAFKA-15583. A KIP-less word.");
    assert_eq!(found, BTreeSet::from(["KAFKA-15583", "KIP-101", "KIP-279"].map(str::to_owned)));
}
