//! Who may depend on whom. The map is data; a new edge is a new line here, seen in the review.
//! Refuses to look at test-only dependencies: they do not ship.

use crate::files::root;
use std::collections::BTreeSet;

/// What one crate may use.
struct Room {
    manifest: &'static str,
    /// Crates of this workspace, by the names that the code uses.
    ours: &'static [&'static str],
    /// Crates of others.
    theirs: &'static [&'static str],
}

const ROOMS: [Room; 8] = [
    // Runs a cluster of anything; knows no system and no watcher.
    Room { manifest: "src/kernel", ours: &[], theirs: &["serde"] },
    // The words that engines and pictures share; no pixels, no languages.
    Room { manifest: "src/scene", ours: &["kernel"], theirs: &["serde"] },
    // A system; never another system, a lesson or a browser.
    Room {
        manifest: "src/kafka",
        ours: &["kernel", "scene"],
        theirs: &["lz4_flex", "miniz_oxide", "ruzstd", "serde", "serde_json", "snap"],
    },
    // Lessons know a `dyn Session`, never a system.
    Room {
        manifest: "src/lesson",
        ours: &["scene"],
        theirs: &["pulldown-cmark", "serde", "serde_json", "toml"],
    },
    // The author's parsers for a page; no engine.
    Room { manifest: "src/reader", ours: &["lesson"], theirs: &["serde_json", "wasm-bindgen"] },
    // The lines of charts for a page; knows nothing of ours.
    Room {
        manifest: "src/plotter",
        ours: &[],
        theirs: &["plotters", "plotters-backend", "wasm-bindgen"],
    },
    // The front door joins them all and knows no browser.
    Room {
        manifest: "",
        ours: &["lesson", "replicascope-kafka", "scene"],
        theirs: &[
            "base64",
            "clap",
            "miniz_oxide",
            "rust-i18n",
            "serde",
            "serde_json",
            "wasm-bindgen",
        ],
    },
    // The page goes through the front door: never the kernel, never a system.
    Room {
        manifest: "src/app",
        ours: &["replicascope"],
        theirs: &[
            "gloo",
            "js-sys",
            "serde",
            "serde_json",
            "wasm-bindgen",
            "wasm-bindgen-futures",
            "web-sys",
            "yew",
            "yew-router",
        ],
    },
];

/// Host programs outside of the product; they may use what they like, except the product's inside.
const HOST_PROGRAMS: [&str; 4] = ["xtask", "xtask/bindgen", "xtask/split", "e2e"];

#[test]
fn nobody_depends_on_what_they_must_not_know() {
    let mut found = Vec::new();
    for room in &ROOMS {
        let allowed: BTreeSet<&str> = room.ours.iter().chain(room.theirs).copied().collect();
        for name in dependencies(&manifest(room.manifest)) {
            if !allowed.contains(name.as_str()) {
                found.push(format!("{}/Cargo.toml: {name}", room.manifest));
            }
        }
    }
    assert!(found.is_empty(), "not on the map in tests/suite/map.rs:\n  {}", found.join("\n  "));
}

#[test]
fn host_programs_stay_outside_of_the_engine() {
    let ours: BTreeSet<&str> = ROOMS.iter().flat_map(|r| r.ours).copied().collect();
    for program in HOST_PROGRAMS {
        let inside: Vec<_> = dependencies(&manifest(program))
            .into_iter()
            .filter(|name| ours.contains(name.as_str()))
            .collect();
        assert!(inside.is_empty(), "{program} depends on {inside:?}: it sees what people see");
    }
}

#[test]
fn every_member_is_on_the_map() {
    let members = manifest("")["workspace"]["members"].clone();
    let members = members.as_array().expect("members is a list").iter();
    let members: BTreeSet<&str> = members.filter_map(toml::Value::as_str).collect();
    let rooms = ROOMS.iter().map(|r| if r.manifest.is_empty() { "." } else { r.manifest });
    let known: BTreeSet<&str> = rooms.chain(HOST_PROGRAMS).collect();
    assert_eq!(members, known, "a new crate needs a line in tests/suite/map.rs");
}

#[test]
fn host_programs_and_the_page_stay_out_of_a_plain_cargo_test() {
    let workspace = manifest("");
    let list = workspace["workspace"]["default-members"].as_array().expect("a list");
    for outside in ["src/app", "xtask", "xtask/bindgen", "e2e"] {
        assert!(!list.iter().any(|m| m.as_str() == Some(outside)), "{outside} is a default member");
    }
}

fn manifest(dir: &str) -> toml::Table {
    let file = root().join(dir).join("Cargo.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{dir}: {e}"));
    text.parse().unwrap_or_else(|e| panic!("{dir}/Cargo.toml: {e}"))
}

/// Names under `[dependencies]`, for every target.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(toml::Table::values);
    let tables = targets.filter_map(toml::Value::as_table).chain([manifest]);
    let listed = tables.filter_map(|t| t.get("dependencies").and_then(toml::Value::as_table));
    listed.flat_map(|table| table.keys().cloned()).collect()
}

#[test]
fn dependencies_of_every_target_are_seen() {
    let text = "[dependencies]\na = \"1\"\n[dev-dependencies]\nc = \"1\"\n\
                [target.'cfg(unix)'.dependencies]\nb = \"1\"\n";
    let table: toml::Table = text.parse().expect("the text is above");
    assert_eq!(dependencies(&table), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
}
