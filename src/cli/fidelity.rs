//! `fidelity`: compares with tables and recordings of real Kafka and writes the page that says so.
//!
//! It reads the folder of tables (`--oracle`), or the few rows that the checkout keeps.

use super::{Done, read};
use lesson::Lang;
use replicascope::conform::{KINDS, conform};
use replicascope::fidelity::{Replay, Table, Verdict, about, page, replay};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder of tables and recordings.
    #[arg(long, default_value = "tests/oracle")]
    oracle: PathBuf,
    /// The seed of the replays.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Another setting of the replays: `without=isr-only`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Writes docs/fidelity.md and docs/fidelity.zh.md instead of printing what differs.
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let tables = tables(&arguments.oracle)?;
    let replays = replays(&arguments.oracle.join("traces"), arguments)?;
    if arguments.write {
        for (lang, file) in [(Lang::En, "docs/fidelity.md"), (Lang::Zh, "docs/fidelity.zh.md")] {
            let text = page(lang, &tables, &replays);
            std::fs::write(file, text).map_err(|error| format!("{file}: {error}"))?;
            println!("{file} written");
        }
    }
    let mut all = tables.iter().all(|table| table.equal == table.asked);
    for replay in &replays {
        let wrong = |verdict: Verdict| verdict == Verdict::Differs;
        let differs: Vec<_> = replay.findings.iter().filter(|f| wrong(f.verdict)).collect();
        println!(
            "{}: {} of {} facts equal or within what the settings allow",
            replay.name,
            replay.findings.len() - differs.len(),
            replay.findings.len()
        );
        for finding in &differs {
            println!("  {:?}", finding.item);
            println!("    recorded {}", finding.recorded);
            println!("    model    {}", finding.ours);
        }
        all &= differs.is_empty();
    }
    Ok(all)
}

fn tables(folder: &Path) -> Result<Vec<Table>, String> {
    let mut tables = Vec::new();
    for kind in KINDS {
        let mut table = Table { kind: kind.to_owned(), equal: 0, asked: 0 };
        for file in files_of(folder, kind) {
            let report = conform(kind, &read(&file)?)?;
            table.equal += report.equal;
            table.asked += report.asked();
        }
        if table.asked > 0 {
            tables.push(table);
        }
    }
    Ok(tables)
}

/// The table of a kind, or the files of its folder.
fn files_of(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let one = folder.join(format!("{kind}.jsonl"));
    if one.is_file() {
        return vec![one];
    }
    listed(&folder.join(kind), "jsonl")
}

fn listed(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == extension));
    files.sort();
    files
}

/// The recordings of KRaft clusters and of groups.
fn replays(folder: &Path, arguments: &Arguments) -> Result<Vec<Replay>, String> {
    let name = |file: &PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.starts_with("kraft_") || name.starts_with("groups_"))
    };
    let files = listed(folder, "json").into_iter().filter(name);
    files
        .map(|file| {
            let within = |error: String| format!("{}: {error}", file.display());
            let text = read(&file)?;
            let (name, kafka, about) = about(&text).map_err(within)?;
            let findings = replay(&text, arguments.seed, &arguments.settings).map_err(within)?;
            Ok(Replay { name, kafka, about, findings })
        })
        .collect()
}
