//! Installs what the other verbs need, one function a need; each is free when the need is met.
//! Refuses to install anything that no verb uses, and never touches a file of the checkout.

use crate::Options;
use crate::tools::{cargo, output, path_with, root, run, target, tools, which};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const WASM: &str = "wasm32-unknown-unknown";
const WASM_PACK: &str = "0.15.1";
/// The version whose rules the audit follows: a newer one may find what this one did not.
const AXE: &str = "4.14.1";
const BROWSERS: [&str; 5] =
    ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome"];

/// The verb: everything at once, then what is there.
pub(crate) fn all(options: &Options) -> Result<()> {
    lints()?;
    wasm_target()?;
    if !options.no_browser {
        browser()?;
        node()?;
    }
    if options.wasm_pack {
        wasm_pack()?;
    }
    for program in ["rustc", "chromium", "google-chrome", "chromedriver", "node", "wasm-opt"] {
        say_whether(program);
    }
    Ok(())
}

fn say_whether(program: &str) {
    let Some(path) = which(program) else {
        println!("--  {program}: not on PATH");
        return;
    };
    let version = output(Command::new(&path).arg("--version")).unwrap_or_default();
    println!("ok  {}", version.lines().next().unwrap_or(program));
}

/// rustfmt and clippy.
pub(crate) fn lints() -> Result<()> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if output(cargo([tool, "--version"]).env_remove("RUSTUP_FORCE_ARG0")).is_none() {
            println!("installing {component} (a few seconds)");
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

/// The standard library for wasm.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").current_dir(root()).args(["--print", "sysroot"]))
        .context("rustc does not run; install Rust from https://rustup.rs")?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    println!("installing the {WASM} target (about 10 s)");
    rustup(&["target", "add", WASM])
}

fn rustup(args: &[&str]) -> Result<()> {
    run(Command::new("rustup").current_dir(root()).args(args))
        .with_context(|| format!("needed: `rustup {}`", args.join(" ")))
}

/// A browser that a program can drive, and a font with Chinese signs for its screenshots.
pub(crate) fn browser() -> Result<()> {
    let have = BROWSERS.iter().any(|b| which(b).is_some()) && which("chromedriver").is_some();
    if !have {
        println!("installing Chromium and its driver (130 MB, 20 s to 2 min)");
        return apt(&["chromium", "chromium-driver", "fonts-wqy-microhei"]).context(
            "the browser tests need Chrome or Chromium and a chromedriver of the same version on \
             PATH (macOS: `brew install --cask chromium chromedriver`; Windows: `choco install \
             googlechrome chromedriver`)",
        );
    }
    let no_chinese = output(Command::new("fc-list").arg(":lang=zh")).is_some_and(|l| l.is_empty());
    if no_chinese && which("apt-get").is_some() {
        println!("installing a Chinese font (2 MB)");
        apt(&["fonts-wqy-microhei"])?;
    }
    Ok(())
}

pub(crate) fn node() -> Result<()> {
    if which("node").is_some() {
        return Ok(());
    }
    println!("installing Node (30 MB, about 20 s)");
    apt(&["nodejs"]).context("the wasm tests need Node 18 or later on PATH (https://nodejs.org)")
}

/// The compiler for protocol buffers, which raft-rs is built with.
pub(crate) fn protoc() -> Result<()> {
    if which("protoc").is_some() {
        return Ok(());
    }
    println!("installing protoc (2 MB, about 5 s)");
    apt(&["protobuf-compiler"]).context("raft-rs is built with `protoc`; it is not on PATH")
}

/// The rules of accessibility that the page is held to, as others wrote them; for the tests alone.
pub(crate) fn axe() -> Result<PathBuf> {
    let folder = tools()?.join(format!("axe-{AXE}"));
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if script.is_file() {
        return Ok(script);
    }
    println!("fetching axe-core {AXE} into the target folder (3 MB, a few seconds)");
    if which("npm").is_none() {
        apt(&["npm"]).context("the audit of accessibility needs `npm` on PATH")?;
    }
    std::fs::create_dir_all(&folder)?;
    let package = format!("axe-core@{AXE}");
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    run(npm.arg("--prefix").arg(&folder).arg(package))?;
    script.is_file().then_some(script).context("npm left no axe.min.js behind")
}

fn apt(packages: &[&str]) -> Result<()> {
    if which("apt-get").is_none() {
        bail!("this system has no apt-get, so this has to be installed by hand");
    }
    run(apt_get().arg("update"))?;
    run(apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// `apt-get` as root, with sudo where we are not.
fn apt_get() -> Command {
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    let mut command = Command::new(if is_root { "env" } else { "sudo" });
    if !is_root {
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
    command
}

/// wasm-bindgen and its test runner, compiled from the version in Cargo.lock.
pub(crate) fn bindgen() -> Result<PathBuf> {
    let file = format!("bindgen{}", std::env::consts::EXE_SUFFIX);
    let program = target()?.join("debug").join(file);
    if !program.is_file() {
        println!("compiling wasm-bindgen (1 to 2 minutes, once)");
    }
    run(&mut cargo(["build", "--quiet", "--package", "bindgen"]))?;
    Ok(program)
}

/// wasm-pack, if it is already there.
pub(crate) fn found_wasm_pack() -> Result<Option<PathBuf>> {
    let file = format!("wasm-pack{}", std::env::consts::EXE_SUFFIX);
    let own = tools()?.join("bin").join(file);
    Ok(own.is_file().then_some(own).or_else(|| which("wasm-pack")))
}

/// wasm-pack, installed for us alone when it is not there.
pub(crate) fn wasm_pack() -> Result<PathBuf> {
    if let Some(path) = found_wasm_pack()? {
        return Ok(path);
    }
    println!("installing wasm-pack {WASM_PACK} into the target folder (1 to 4 min)");
    let mut install = cargo(["install", "--locked", "wasm-pack", "--version", WASM_PACK]);
    // A debug build costs less than half and is fast enough here.
    install.args(["--debug", "--config", "profile.dev.debug=0", "--root"]).arg(tools()?);
    install.env("CARGO_TARGET_DIR", target()?.join("tools-build"));
    run(&mut install)?;
    found_wasm_pack()?.context("cargo install left no wasm-pack behind")
}

/// `wasm-bindgen` and `wasm-bindgen-test-runner` as files, for tools that look for them on PATH.
/// Without them wasm-pack and trunk download the program or compile it for minutes.
pub(crate) fn shims() -> Result<PathBuf> {
    let dir = tools()?.join("shims");
    std::fs::create_dir_all(&dir)?;
    shim(&dir, "wasm-bindgen", "wasm-bindgen")?;
    shim(&dir, "wasm-bindgen-test-runner", "wbg-test-runner")?;
    Ok(dir)
}

#[cfg(unix)]
fn shim(dir: &Path, name: &str, verb: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let (file, me) = (dir.join(name), bindgen()?);
    std::fs::write(&file, format!("#!/bin/sh\nexec '{}' {verb} \"$@\"\n", me.display()))?;
    Ok(std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn shim(dir: &Path, name: &str, verb: &str) -> Result<()> {
    let me = bindgen()?;
    let line = format!("@\"{}\" {verb} %*\r\n", me.display());
    Ok(std::fs::write(dir.join(format!("{name}.cmd")), line)?)
}

/// PATH for a program that looks for `wasm-bindgen`.
pub(crate) fn path_with_shims() -> Result<std::ffi::OsString> {
    path_with(&shims()?)
}
