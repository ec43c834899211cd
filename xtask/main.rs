//! The one door for whoever builds or tests this project: `cargo xtask <verb>`.
//!
//! Every verb installs what it needs first, or names the command that will.
//! It refuses to know what the program is about; it knows only how it is built and tried.

mod check;
mod dist;
mod halves;
mod lesson;
mod press;
mod serve;
mod server;
mod setup;
mod size;
mod steps;
mod tools;

use anyhow::{Context, Result, bail};
use std::ffi::OsString;

const HELP: &str = "\
cargo xtask <verb>

  serve [--port 8080] [--open] [--debug]   build the page and serve it on 127.0.0.1
        [--dist DIR]                       serve DIR as it is, without building
  build [--debug] [--dist DIR]             build the page into dist/
  test [native|wasm|web] [--wasm-pack]     what CI runs; no word means all of it
  new-lesson ID                            a lesson's folder to begin with, which `check` accepts
  size                                     raw and gzip sizes of dist/ against the budget
  profile                                  watch a first visit in a browser, and write down which
                                           functions it does not need (xtask/split/idle.txt)
  yardstick                                what an event costs beside a message of raft-rs
  setup [--no-browser] [--wasm-pack]       install what the other verbs need, and say what is there
  tool-shims                               wrappers that let wasm-pack and trunk use this build's
                                           wasm-bindgen; prints the PATH to set
";

fn main() -> Result<()> {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    if args.len() < 2 {
        print!("{HELP}");
        return Ok(());
    }
    let verb = args.remove(1).to_string_lossy().into_owned();
    match verb.as_str() {
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        _ => ours(&verb, Options::read(&args[1..])?),
    }
}

fn ours(verb: &str, options: Options) -> Result<()> {
    match verb {
        "serve" => serve::serve(&options),
        "build" => dist::build(&options),
        "test" => check::test(&options),
        "new-lesson" => {
            let id = options.part.as_deref().context("name it: `cargo xtask new-lesson DU-1`")?;
            lesson::new(id)
        }
        "size" => size::report(&options.dist()),
        "profile" => halves::profile(),
        "yardstick" => yardstick(),
        "setup" => setup::all(&options),
        "tool-shims" => setup::shims().map(|dir| println!("export PATH={}:$PATH", dir.display())),
        _ => bail!("there is no verb `{verb}`\n\n{HELP}"),
    }
}

/// Its own workspace: raft-rs needs a compiler for protocol buffers, and nothing else here does.
fn yardstick() -> Result<()> {
    setup::protoc()?;
    println!("compiling the engine and raft-rs (2 minutes, once), then measuring (20 s)");
    let manifest = "benches/yardstick/Cargo.toml";
    tools::run(&mut tools::cargo(["run", "--release", "--manifest-path", manifest]))
}

/// What may stand after a verb. One set for all: a flag means the same wherever it has a meaning.
#[derive(Default)]
pub(crate) struct Options {
    /// A word that is no flag: the part of `test`, the id of a new lesson.
    pub(crate) part: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) dist: Option<std::path::PathBuf>,
    pub(crate) open: bool,
    pub(crate) debug: bool,
    pub(crate) wasm_pack: bool,
    pub(crate) no_browser: bool,
}

impl Options {
    fn read(args: &[OsString]) -> Result<Options> {
        let mut options = Options::default();
        let mut rest = args.iter().map(|a| a.to_string_lossy().into_owned());
        while let Some(arg) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| anyhow::anyhow!("{arg} needs a value"));
            match arg.as_str() {
                "--port" => options.port = Some(value()?.parse()?),
                "--dist" => options.dist = Some(value()?.into()),
                "--open" => options.open = true,
                "--debug" => options.debug = true,
                "--wasm-pack" => options.wasm_pack = true,
                "--no-browser" => options.no_browser = true,
                word if !word.starts_with('-') && options.part.is_none() => {
                    options.part = Some(word.to_owned());
                }
                other => bail!("unexpected `{other}`\n\n{HELP}"),
            }
        }
        Ok(options)
    }

    /// Where the built page is or goes.
    pub(crate) fn dist(&self) -> std::path::PathBuf {
        self.dist.clone().unwrap_or_else(|| tools::root().join("dist"))
    }
}
