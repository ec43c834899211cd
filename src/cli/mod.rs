//! The headless verbs, one file each, and what they share: reading files, wording errors.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod conform;
pub(crate) mod fidelity;
pub(crate) mod mutants;
pub(crate) mod run;
pub(crate) mod swarm;

use lesson::{Lang, Scenario, Stop};
use replicascope::{CommandError, words};
use std::path::{Path, PathBuf};

/// What a verb ends with: whether all holds, or why it could not be carried out.
pub(crate) type Done = Result<bool, String>;

/// A path that names a lesson's folder means its scenario.
pub(crate) fn scenario_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("scenario.txt") } else { path.to_owned() }
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn read_scenario(path: &Path) -> Result<Scenario, String> {
    let path = scenario_path(path);
    let text = read(&path)?;
    Scenario::parse(&text).map_err(|flaw| flaw.within(&path.display().to_string()).to_string())
}

/// An error in words.
pub(crate) fn worded(error: &CommandError) -> String {
    let names = |node: scene::NodeId| node.to_string();
    let mut text = words::tell(Lang::En, &error.what, &names);
    text += &format!(" (column {})", error.column + 1);
    if !error.expected.is_empty() {
        text += &format!("; expected one of: {}", error.expected.join(", "));
    }
    text
}

/// Where a scenario stopped, and why.
pub(crate) fn stopped(path: &Path, stop: &Stop) -> String {
    format!("{}:{}: {stop}", scenario_path(path).display(), stop.line())
}
