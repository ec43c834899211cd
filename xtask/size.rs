//! How much a first visit downloads, against the budget.
//! Refuses to judge single files: only the sum is promised.

use crate::dist::{LATER, files};
use crate::halves::REST;
use crate::press::{beside, is_pressed};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::{fmt, fs};

/// Everything that home and the first lesson should load, compressed (DESIGN.md, section 7).
const BUDGET: usize = 450 * 1024;
/// What the same may be with gzip, which is all that some hosts send: a ratchet, which may only get
/// smaller. docs/performance.md says what it is made of.
const RATCHET: usize = 547 * 1024;

/// What a first visit reads.
const FIRST: [&str; 2] = ["papers/LF-1.zh-CN.json", "texts/words.zh-CN.txt"];

pub(crate) fn report(dist: &Path) -> Result<()> {
    let all = files(dist).context("there is no built page; `cargo xtask build` makes it")?;
    let mut sum = Sizes::default();
    println!("{:>10} {:>10} {:>10}  file", "raw", "gzip", "brotli");
    for file in all.iter().filter(|file| !is_pressed(file)) {
        let sizes = Sizes::of(file)?;
        let name = file.strip_prefix(dist)?;
        let later = is_later(name);
        let mark = if later { "  (behind the page, or when asked for)" } else { "" };
        println!("{sizes}  {}{mark}", name.display());
        if !later {
            sum = sum.and(&sizes);
        }
    }
    println!("{sum}  at a first visit; the budget is {BUDGET} compressed");
    ensure!(sum.brotli <= BUDGET, "it is {} bytes over its budget", sum.brotli - BUDGET);
    ensure!(sum.gzip <= RATCHET, "with gzip it has grown by {} bytes", sum.gzip - RATCHET);
    Ok(())
}

/// A file as it is, and as hosts send it.
#[derive(Default)]
struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Sizes {
    fn of(file: &Path) -> Result<Sizes> {
        let bytes = fs::read(file)?;
        let pressed = beside(file);
        let brotli = if pressed.is_file() { fs::read(pressed)?.len() } else { bytes.len() };
        Ok(Sizes { raw: bytes.len(), gzip: gzip_len(&bytes), brotli })
    }

    fn and(&self, other: &Sizes) -> Sizes {
        Sizes {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10} {:>10} {:>10}", self.raw, self.gzip, self.brotli)
    }
}

/// Papers, texts, the rest of the program, the reader of other people's lessons and the plotter of
/// charts are fetched behind the page or when they are wanted. A first visit reads the words of one
/// language and one paper, the first lesson: here in the language in which they are larger.
fn is_later(name: &Path) -> bool {
    let name = name.to_string_lossy();
    let apart = LATER.iter().any(|program| name.starts_with(program)) || name == REST;
    let read = name.starts_with("papers") || name.starts_with("texts");
    apart || read && !FIRST.contains(&&*name)
}

/// What `gzip -9` makes of it, to within a few bytes: deflate plus header and trailer.
fn gzip_len(bytes: &[u8]) -> usize {
    miniz_oxide::deflate::compress_to_vec(bytes, 9).len() + 18
}
