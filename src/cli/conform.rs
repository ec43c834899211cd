//! `conform`: compares the engine's rules with tables that were taken from real systems.
//!
//! Refuses to pass over a table that it cannot read.

use super::{Done, read};
use replicascope::conform::{Report, conform};
use std::path::{Path, PathBuf};

/// Differences printed of one table.
const SHOWN: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tables of JSON lines; the file's name (or the folder `raft`) says what is in it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let mut all_equal = true;
    for file in &arguments.files {
        let kind = kind(file);
        let report = conform(&kind, &read(file)?);
        let report = report.map_err(|error| format!("{}: {error}", file.display()))?;
        println!("{}", report.summary(&kind));
        show(file, &report);
        all_equal &= report.differs.is_empty();
    }
    Ok(all_equal)
}

/// The file's stem; the files in a folder `raft` are one kind.
fn kind(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    match folder {
        Some("raft") => "raft".to_owned(),
        _ => file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

fn show(file: &Path, report: &Report) {
    for (line, how) in report.differs.iter().take(SHOWN) {
        println!("  {}:{line}: {how}", file.display());
    }
    if report.differs.len() > SHOWN {
        println!("  and {} more", report.differs.len() - SHOWN);
    }
}
