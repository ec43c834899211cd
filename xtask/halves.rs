//! The two halves of the page's program: what a first visit runs, and the rest (`xtask/split`).
//! Refuses to decide what goes where: a first visit that was watched does.

use crate::tools::{cargo, output, root, run, target};
use crate::{dist, setup};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a first visit does not run, among the sources.
const LIST: &str = "xtask/split/idle.txt";
/// The program as wasm-bindgen leaves it, and the file for the rest of it.
const PROGRAM: &str = "app_bg.wasm";
pub(crate) const REST: &str = "app_rest.wasm";

/// Leaves the first half in the place of the program in this folder, and the rest beside it.
pub(crate) fn cut(dist: &Path) -> Result<()> {
    let mut cut = split("cut")?;
    run(cut.arg(dist.join(PROGRAM)).arg(root().join(LIST)).arg(dist.join(REST)))
}

/// The verb `profile`: watches a first visit in a browser and writes the list anew.
pub(crate) fn profile() -> Result<()> {
    setup::browser()?;
    let folder = target()?.join("first-visit");
    let (page, named) = (folder.join("page"), folder.join("named.wasm"));
    fs::create_dir_all(&folder)?;
    dist::put_together(&page, false, |fresh| {
        fs::copy(fresh.join(PROGRAM), &named)?;
        run(split("mark")?.arg(fresh.join(PROGRAM)))
    })?;
    let marks = folder.join("marks");
    let mut visit = cargo(["run", "--quiet", "--package", "e2e", "--bin", "first-visit", "--"]);
    run(visit.arg(&marks).env("DIST", &page))?;
    let list = output(split("idle")?.arg(&named).arg(&marks)).context("no list was made")?;
    fs::write(root().join(LIST), list + "\n")?;
    println!("wrote {LIST}; `cargo xtask build` uses it");
    Ok(())
}

fn split(verb: &str) -> Result<Command> {
    let mut command = Command::new(program()?);
    command.arg(verb);
    Ok(command)
}

fn program() -> Result<PathBuf> {
    run(&mut cargo(["build", "--quiet", "--package", "split"]))?;
    Ok(target()?.join("debug").join(format!("split{}", std::env::consts::EXE_SUFFIX)))
}
