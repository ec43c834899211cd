//! wasm-bindgen and its test runner as one program that cargo builds like any other.
//!
//! It stands apart from xtask because it takes minutes to compile where xtask takes seconds, so
//! that xtask can say so first. It refuses to know what it is used on.

use anyhow::{Result, bail};
use std::ffi::OsString;

fn main() -> Result<()> {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    let verb = if args.len() > 1 { args.remove(1) } else { OsString::new() };
    match verb.to_str() {
        Some("wasm-bindgen") => wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args),
        Some("wbg-test-runner") => {
            env_logger::init();
            wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(args)
        }
        _ => bail!("say `wasm-bindgen ARGS...` or `wbg-test-runner ARGS...`"),
    }
}
