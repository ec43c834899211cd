//! The list of functions that a first visit was not seen to run.
//! Refuses to list what is not worth a detour, and what it has no name for.
//!
//! A function is listed by a fingerprint of its name. One that the list does not know stays in the
//! first half: a new function is never late, and an old list only makes the first half larger.

use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The way from one half to the other costs about this much itself, in instructions.
const WORTH_IT: u64 = 20;

const HEAD: &str = "\
# Fingerprints of the functions that a first visit does not run: the page fetches them after it
# has started. `cargo xtask profile` writes this list anew; xtask/split/idle.rs says what it is.
";

/// A function of a program: its name and how many instructions it is made of.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) size: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List(BTreeSet<u32>);

impl List {
    /// What is in the program and has no mark. A name that several functions share is idle only
    /// when all of them are.
    pub(crate) fn of(program: &[Named], marks: &[u8]) -> List {
        let mut idle: BTreeMap<u32, bool> = BTreeMap::new();
        for (at, function) in program.iter().enumerate() {
            let ran = marks.get(at).is_none_or(|mark| *mark != 0);
            let listed = !ran && function.size >= WORTH_IT && !function.name.is_empty();
            let all = idle.entry(fingerprint(&function.name)).or_insert(true);
            *all &= listed;
        }
        List(idle.into_iter().filter_map(|(name, all)| all.then_some(name)).collect())
    }

    pub(crate) fn parse(text: &str) -> Result<List> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let number = |(at, line): (usize, &str)| {
            u32::from_str_radix(line, 16).with_context(|| format!("line {}: `{line}`", at + 1))
        };
        lines.map(number).collect::<Result<_>>().map(List)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        !name.is_empty() && self.0.contains(&fingerprint(name))
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        self.0.iter().try_for_each(|name| writeln!(f, "{name:08x}"))
    }
}

/// FNV-1a over the name without the compiler's hashes of crates, which differ from one state of
/// the sources to the next: `kafka[9f50f959c94fa986]::print` is `kafka::print`.
fn fingerprint(name: &str) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let skipped = crate_hash(rest);
        if skipped == 0 {
            rest[..first.len_utf8()].bytes().for_each(|byte| {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            });
        }
        rest = &rest[skipped.max(first.len_utf8())..];
    }
    hash
}

/// How long the crate's hash is that this text begins with: `[`, up to 16 hex digits, `]`.
fn crate_hash(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('[').and_then(|t| t.split_once(']')).map(|(i, _)| i)
    else {
        return 0;
    };
    let hex = inside.len() > 8 && inside.bytes().all(|b| b.is_ascii_hexdigit());
    if hex { inside.len() + 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, size: u64) -> Named {
        Named { name: name.to_owned(), size }
    }

    #[test]
    fn what_ran_and_what_is_small_is_not_listed() {
        let program = [named("ran", 900), named("idle", 900), named("small", 9), named("", 900)];
        let list = List::of(&program, &[1, 0, 0, 0]);
        let has: Vec<bool> = program.iter().map(|f| list.has(&f.name)).collect();
        assert_eq!(has, [false, true, false, false]);
    }

    #[test]
    fn a_shared_name_is_idle_only_when_all_are() {
        let program = [named("twice", 900), named("twice", 900)];
        assert!(!List::of(&program, &[0, 1]).has("twice"));
        assert!(List::of(&program, &[0, 0]).has("twice"));
    }

    #[test]
    fn crate_hashes_do_not_count() {
        assert_eq!(fingerprint("a[9f50f959c94fa986]::b"), fingerprint("a[be5beed30518f3f3]::b"));
        assert_ne!(fingerprint("a[3]"), fingerprint("a[4]"), "a copy's number is no hash");
    }

    #[test]
    fn a_list_is_read_as_it_was_written_and_says_what_it_cannot_read() {
        let list = List::of(&[named("idle", 900)], &[0]);
        assert_eq!(List::parse(&list.to_string()).expect("it was written here"), list);
        let error = List::parse("# head\nfog").expect_err("fog is no number").to_string();
        assert_eq!(error, "line 2: `fog`");
    }
}
