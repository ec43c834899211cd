//! The page: draws what a session shows and carries the learner's acts to it.
//!
//! Reading order: `route` (where we are), `action` (all that can be done), `state` (what is shown),
//! `player` (the only real time), then `page` and `view`.

// A program has no outside: `pub` marks what a module offers to the others.
#![allow(unreachable_pub)]

mod action;
mod browser;
mod deed;
mod embed;
mod export;
mod file;
mod flow;
mod foreign;
mod interview;
mod keep;
mod layout;
mod learner;
mod lent;
mod look;
mod mate;
mod page;
mod panic;
mod paper;
mod pick;
mod player;
mod plotting;
mod progress;
mod pulse;
mod recall;
mod recipe;
mod reply;
mod route;
mod script;
mod state;
mod storage;
mod study;
mod tempo;
mod text;
mod view;

/// Nothing yet: what the loader lends must be in place before anything of the page runs.
fn main() {}

/// The loader calls this.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start() {
    panic::install();
    #[cfg(target_arch = "wasm32")]
    replicascope::shelf::provide(lent::text);
    yew::Renderer::<page::App>::with_root(panic::mount_point()).render();
}
