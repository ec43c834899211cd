//! The final states of a few runs, pinned: an engine that behaves otherwise says so here, and
//! `tests/wasm.rs` holds wasm to the same list. `UPDATE=1` writes down the present ones.
//! Refuses to judge whether a state is right.

#[path = "../golden/list.rs"]
mod list;

use crate::files::root;

#[test]
fn the_pinned_runs_end_where_they_did() {
    let digests = list::digests();
    let path = root().join("tests/golden/digest.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, digests).expect("the checkout can be written");
        return;
    }
    let pinned = std::fs::read_to_string(&path).expect("the digests are part of the checkout");
    assert_eq!(digests, pinned, "the engine behaves otherwise; if that is meant, UPDATE=1");
}
