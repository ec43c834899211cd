//! The files that people wrote, in order of their paths.
//! Refuses to look into what was built or fetched.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders at the root in which people write.
const ROOMS: [&str; 8] = ["docs", "e2e", "lessons", "locales", "src", "static", "tests", "xtask"];

pub(crate) struct File {
    /// Relative to the checkout, with `/` on every system.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file with this ending.
pub(crate) fn ending_with(ending: &str) -> Vec<File> {
    let mut paths: Vec<PathBuf> = ROOMS.iter().flat_map(|room| below(&root().join(room))).collect();
    paths.extend(entries(root()).into_iter().filter(|p| p.is_file()));
    paths.sort();
    paths.into_iter().filter(|p| p.to_string_lossy().ends_with(ending)).map(|p| read(&p)).collect()
}

/// Every folder below `lessons` that holds a scenario.
pub(crate) fn lessons() -> Vec<PathBuf> {
    let scenarios = below(&root().join("lessons")).into_iter();
    let scenarios = scenarios.filter(|p| p.ends_with("scenario.txt"));
    scenarios.filter_map(|p| p.parent().map(Path::to_path_buf)).collect()
}

fn read(path: &Path) -> File {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let inside = path.strip_prefix(root()).expect("it was found below the root");
    File { path: inside.to_string_lossy().replace('\\', "/"), text }
}

fn below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(dir) {
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// A folder that is not there has nothing in it.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = list.map(|e| e.path()).collect();
    paths.sort();
    paths
}
