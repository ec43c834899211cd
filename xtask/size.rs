//! How much a first visit downloads, against the budget.
//! Refuses to judge single files: only the sum is promised.

use crate::dist::{LATER, files};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Everything that home and the first lesson should load, compressed.
const BUDGET: usize = 450 * 1024;
/// What it may load until the budget is met: a ratchet, which may only get smaller. (It grew when
/// the quorum, the controller and storage became complete; by 245 KiB when brokers came to host
/// groups and the stage got its diagram, its tools, its bytes and its sandbox; and by 64 KiB for
/// the pages of review, interview, practice, moments and lessons from elsewhere.
/// Sorted lists in place of trees took 100 KiB off again, five more lessons put 12 KiB on; one sort
/// for all types took 29 KiB off, the charts put 24 KiB on, and twins in lock-step, log folders,
/// subscriptions by pattern and the faults of clients and groups 48 KiB.)
/// docs/performance.md says what the distance is made of.
const RATCHET: usize = 1000 * 1024;

pub(crate) fn report(dist: &Path) -> Result<()> {
    let all = files(dist).context("there is no built page; `cargo xtask build` makes it")?;
    let (mut raw, mut packed) = (0, 0);
    println!("{:>10} {:>10}  file", "raw", "gzip");
    for file in all {
        let bytes = std::fs::read(&file)?;
        let gzip = gzip_len(&bytes);
        let name = file.strip_prefix(dist)?;
        let later = is_later(name);
        let mark = if later { "  (when asked for)" } else { "" };
        println!("{:>10} {gzip:>10}  {}{mark}", bytes.len(), name.display());
        if !later {
            raw += bytes.len();
            packed += gzip;
        }
    }
    println!("{raw:>10} {packed:>10}  at a first visit; the budget is {BUDGET} compressed");
    if packed > RATCHET {
        bail!("the page has grown by {} bytes over what it was allowed", packed - RATCHET);
    }
    if packed > BUDGET {
        println!("it is {} bytes over its budget", packed - BUDGET);
    }
    Ok(())
}

/// Papers, the reader of other people's lessons and the plotter of charts are fetched when they are
/// wanted. A first visit reads one paper: the first lesson, here in the language in which it is
/// larger.
fn is_later(name: &Path) -> bool {
    let apart = LATER.iter().any(|program| name.to_string_lossy().starts_with(program));
    apart || name.starts_with("papers") && !name.ends_with("LF-1.zh-CN.json")
}

/// What `gzip -9` makes of it, to within a few bytes: deflate plus header and trailer.
fn gzip_len(bytes: &[u8]) -> usize {
    miniz_oxide::deflate::compress_to_vec(bytes, 9).len() + 18
}
