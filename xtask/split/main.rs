//! Cuts a program in two, by what a first visit was seen to run.
//!
//! `mark` makes a program that notes which of its functions run, `idle` turns such notes into the
//! list of those that did not, and `cut` takes the functions of that list out into a second
//! program. It refuses to know what the program does and who loads it.

mod cut;
mod idle;
mod mark;

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use walrus::{Module, ModuleConfig};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["cut", program, list, rest] => {
            let list = idle::List::parse(&read(list)?).with_context(|| list.to_owned())?;
            let halves = cut::cut(&fs::read(program)?, &list).context("cutting the program")?;
            fs::write(program, halves.first)?;
            Ok(fs::write(rest, halves.rest)?)
        }
        ["mark", program] => Ok(fs::write(program, mark::mark(parse(&fs::read(program)?)?))?),
        ["idle", program, marks] => {
            let names = mark::names(&parse(&fs::read(program)?)?);
            print!("{}", idle::List::of(&names, &fs::read(marks)?));
            Ok(())
        }
        _ => bail!("say `cut PROGRAM LIST REST`, `mark PROGRAM` or `idle PROGRAM MARKS`"),
    }
}

fn parse(wasm: &[u8]) -> Result<Module> {
    ModuleConfig::new().parse(wasm)
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(Path::new(file)).with_context(|| format!("reading {file}"))
}
