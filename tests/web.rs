//! The checks of `wasm.rs` once more, inside a browser: there is one set of checks and two places.
//! Refuses to add any: what must hold only in a page belongs to the end-to-end tests.

#![cfg(target_arch = "wasm32")]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[path = "wasm.rs"]
mod wasm;
