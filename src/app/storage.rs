//! What the reader's browser keeps: runs, progress, language and theme.
//!
//! Storage may be refused (sandboxed frames, private windows) or full: then everything is kept in
//! memory until the page is left, and nothing fails. Refuses to know what the texts mean.

use replicascope::scene::Arrange;
use std::cell::RefCell;
use std::collections::BTreeMap;

const PREFIX: &str = "replicascope.";

thread_local! {
    static MEMORY: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// The text under `key`, if any was kept.
pub fn get(key: &str) -> Option<String> {
    let key = format!("{PREFIX}{key}");
    let kept = store::get(&key);
    kept.or_else(|| MEMORY.with_borrow(|memory| memory.get(&key).cloned()))
}

/// Keeps `text` under `key`; false when it will not outlive the page.
pub fn set(key: &str, text: &str) -> bool {
    let key = format!("{PREFIX}{key}");
    let kept = store::set(&key, text);
    MEMORY.with_borrow_mut(|memory| memory.insert(key, text.to_owned()));
    kept
}

/// What is kept under names that begin so; the names without that beginning.
pub fn names(start: &str) -> Vec<String> {
    let start = format!("{PREFIX}{start}");
    let mut names = store::names();
    MEMORY.with_borrow(|memory| names.extend(memory.keys().cloned()));
    let rest = |name: &String| name.strip_prefix(&start).map(str::to_owned);
    let mut names: Vec<String> = names.iter().filter_map(rest).collect();
    names.arrange();
    names.dedup();
    names
}

pub fn remove(key: &str) {
    let key = format!("{PREFIX}{key}");
    store::remove(&key);
    MEMORY.with_borrow_mut(|memory| memory.remove(&key));
}

#[cfg(target_arch = "wasm32")]
mod store {
    use web_sys::Storage;

    /// Asking for it throws in a sandboxed frame; then there is none.
    fn open() -> Option<Storage> {
        web_sys::window()?.local_storage().ok().flatten()
    }

    pub(super) fn get(key: &str) -> Option<String> {
        open()?.get_item(key).ok().flatten()
    }

    pub(super) fn set(key: &str, text: &str) -> bool {
        open().is_some_and(|storage| storage.set_item(key, text).is_ok())
    }

    pub(super) fn names() -> Vec<String> {
        let Some(storage) = open() else { return Vec::new() };
        let count = storage.length().unwrap_or(0);
        (0..count).filter_map(|at| storage.key(at).ok().flatten()).collect()
    }

    pub(super) fn remove(key: &str) {
        if let Some(storage) = open() {
            let _ = storage.remove_item(key);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod store {
    pub(super) fn get(_: &str) -> Option<String> {
        None
    }

    pub(super) fn set(_: &str, _: &str) -> bool {
        false
    }

    pub(super) fn names() -> Vec<String> {
        Vec::new()
    }

    pub(super) fn remove(_: &str) {}
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_stands_in_for_storage() {
        assert!(!super::set("probe", "text"));
        assert_eq!(super::get("probe").as_deref(), Some("text"));
        assert_eq!(super::names("pro"), ["be"]);
        super::remove("probe");
        assert_eq!(super::get("probe"), None);
    }
}
