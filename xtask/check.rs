//! `cargo xtask test`: what CI runs, and what to run before pushing; the two never differ.
//! Refuses to skip a part silently: what cannot be tried fails and names what is missing.

use crate::steps::Steps;
use crate::tools::{cargo, run};
use crate::{Options, dist, setup, size};
use anyhow::{Result, bail};
use std::process::Command;

const WASM: &str = "wasm32-unknown-unknown";

pub(crate) fn test(options: &Options) -> Result<()> {
    let mut steps = Steps::default();
    println!("On a fresh machine with two cores all of this takes 10 to 15 minutes, later 1 to 3.");
    let result = match options.part.as_deref() {
        None => native(&mut steps)
            .and_then(|()| wasm(&mut steps, options))
            .and_then(|()| web(&mut steps)),
        Some("native") => native(&mut steps),
        Some("wasm") => wasm(&mut steps, options),
        Some("web") => web(&mut steps),
        Some(other) => bail!("`test` has the parts native, wasm and web, not `{other}`"),
    };
    steps.summary();
    result
}

/// Format, lints and tests on this machine; the browser is not needed.
fn native(steps: &mut Steps) -> Result<()> {
    steps.task("set up the compiler", || setup::lints().and_then(|()| setup::wasm_target()))?;
    steps.run("format", &mut cargo(["fmt", "--all", "--check"]))?;
    steps.run(
        "clippy, native",
        &mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    )?;
    steps.run(
        "clippy, page",
        &mut cargo(["clippy", "-p", "replicascope-app", "--target", WASM, "--", "-D", "warnings"]),
    )?;
    steps.run("tests, engine and facade", &mut cargo(["test"]))?;
    steps.run(
        "tests, page and tools",
        &mut cargo(["test", "-p", "replicascope-app", "-p", "xtask", "-p", "split"]),
    )
}

/// The same engine as wasm, in Node and in a headless browser.
fn wasm(steps: &mut Steps, options: &Options) -> Result<()> {
    steps.task("set up Node and the browser", || {
        setup::wasm_target()?;
        setup::node()?;
        setup::browser()?;
        setup::bindgen().map(drop)
    })?;
    let suite = |name| cargo(["test", "-p", "replicascope", "--target", WASM, "--test", name]);
    steps.run("wasm tests, Node", patient(&mut suite("wasm")))?;
    steps.run("wasm tests, headless Chrome", patient(&mut suite("web")))?;
    if options.wasm_pack || is_ci() || setup::found_wasm_pack()?.is_some() {
        wasm_pack(steps)?;
    }
    Ok(())
}

/// The same through wasm-pack, the way people who do not know this file will try it.
fn wasm_pack(steps: &mut Steps) -> Result<()> {
    steps.task("set up wasm-pack", || setup::wasm_pack().map(drop))?;
    let program = setup::wasm_pack()?;
    let path = setup::path_with_shims()?;
    let command = |args: &[&str], suite| {
        let mut command = Command::new(&program);
        command.current_dir(crate::tools::root()).env("PATH", &path).arg("test").args(args);
        command.args(["--", "--test", suite]);
        command
    };
    steps.run("wasm-pack test --node", patient(&mut command(&["--node"], "wasm")))?;
    let mut chrome = command(&["--headless", "--chrome"], "web");
    steps.run("wasm-pack test --headless --chrome", patient(&mut chrome))
}

/// The page as it ships, in a real browser.
fn web(steps: &mut Steps) -> Result<()> {
    steps.task("set up the browser", || setup::wasm_target().and_then(|()| setup::browser()))?;
    let options = Options::default();
    steps.task("build the page", || dist::build(&options))?;
    steps.task("size of the page", || size::report(&options.dist()))?;
    // The command line that a test compares the page with; built here so that the step says so.
    steps.task("build the command line", || run(&mut cargo(["build"])))?;
    let mut axe = None;
    steps.task("set up the audit", || setup::axe().map(|script| axe = Some(script)))?;
    // One after the other: two browsers at once on a small machine only make each other late.
    let mut e2e = cargo(["test", "-p", "e2e", "--", "--test-threads=1"]);
    // A failed test says what it waited for; where in the test's libraries helps nobody.
    e2e.envs(axe.map(|script| ("AXE", script)));
    steps.run("end to end", e2e.env("RUST_LIB_BACKTRACE", "0"))
}

/// The limits of the test runner's patience, fit for a busy machine.
fn patient(command: &mut Command) -> &mut Command {
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "300").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v == "true" || v == "1")
}
