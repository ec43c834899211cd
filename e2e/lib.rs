//! The built page in a real browser: what the tests in `tests/` stand on.
//!
//! Knows how to serve `dist/`, start a browser of a given size and press what a person presses.
//! Refuses to know the page's code: it sees only what is drawn and the `data-testid` hooks.

mod browser;
mod learner;
mod page;
// The server of `cargo xtask serve`, so that tests try what people use; a crate for one file that
// two host programs share would be more than it is worth.
#[path = "../xtask/server.rs"]
mod server;

pub use browser::{Window, visit};
pub use learner::{Hand, Learner};
pub use page::{Page, key};

use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The checkout.
///
/// # Panics
/// Never: this crate is a folder of the checkout.
#[must_use]
pub fn root() -> PathBuf {
    // Asked at run time: two checkouts may share a target folder.
    let told = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = told.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    here.parent().expect("e2e is a folder of the checkout").to_path_buf()
}

/// Cargo's target folder: a test program lies three levels below it, an ordinary one two.
///
/// # Errors
/// When this program was moved elsewhere.
pub fn target() -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let levels = if me.parent().is_some_and(|folder| folder.ends_with("deps")) { 3 } else { 2 };
    let target = me.ancestors().nth(levels).filter(|t| t.is_dir());
    target.map(Path::to_path_buf).ok_or_else(|| anyhow::anyhow!("not run from a target folder"))
}

/// A folder that is served until the test ends.
#[derive(Clone, Debug)]
pub struct Site {
    pub url: String,
    closed: Arc<AtomicBool>,
}

impl Site {
    /// From now on nobody answers: the network is gone.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// Serves the built page under a sub-path, as it will be on most sites.
///
/// # Errors
/// When the page is not built.
pub fn serve_page() -> Result<Site> {
    let dist = std::env::var_os("DIST").map_or_else(|| root().join("dist"), PathBuf::from);
    let built = dist.join("index.html").is_file();
    ensure!(built, "{} has no page; `cargo xtask build` makes it", dist.display());
    serve(dist, "/some/path/")
}

/// Serves a folder on a free port; another port is another origin.
///
/// # Errors
/// When no port is free.
pub fn serve(folder: PathBuf, mount: &str) -> Result<Site> {
    let server = server::Server::bind(folder, mount, 0)?;
    let site = Site { url: server.url(), closed: Arc::default() };
    let closed = Arc::clone(&site.closed);
    std::thread::spawn(move || server.run(&closed));
    Ok(site)
}
