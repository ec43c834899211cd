//! Starts a browser for one test and ends it afterwards, whatever became of the test.
//! Refuses to leave anything behind: neither processes nor profiles.

use crate::page::Page;
use crate::{serve_page, target};
use anyhow::{Context, Result, anyhow, bail};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Map, Value, json};
use std::future::Future;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(30);

/// The two sizes that every page must be good at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// 1280 by 800
    Desktop,
    /// 390 by 844 with touch: a phone held upright.
    Phone,
}

/// Opens a browser, gives the test its page, and closes the browser. What the browser itself
/// complained about (a script error, a breach of the page's own policy) fails the test too.
///
/// # Errors
/// What the test found, or why no browser could be had.
pub async fn visit<T, F>(name: &'static str, window: Window, test: T) -> Result<()>
where
    T: FnOnce(Page) -> F,
    F: Future<Output = Result<()>> + Send + 'static,
{
    let site = serve_page()?;
    let driver = Driver::start()?;
    let profile = Profile::new(name)?;
    let client = connect(&driver, &profile, window).await?;
    let page = Page::new(client.clone(), site, name);
    // In a task of its own, so that a panic in the test comes back here as an error.
    let outcome = tokio::spawn(test(page.clone())).await;
    let mut result = outcome.unwrap_or_else(|broken| Err(anyhow!("{broken}")));
    if result.is_ok() {
        result = page.no_complaints().await;
    }
    if result.is_err() {
        page.screenshot("failed").await.ok();
        result = result.with_context(|| format!("{name}; see failed.png among the screenshots"));
    }
    client.close().await.ok();
    result
}

async fn connect(driver: &Driver, profile: &Profile, window: Window) -> Result<Client> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", driver.port)).is_err() {
        if begun.elapsed() > START {
            bail!("chromedriver did not answer within {} s", START.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let http = hyper_util::client::legacy::connect::HttpConnector::new();
    let mut builder = ClientBuilder::new(http);
    builder.capabilities(capabilities(profile, window));
    let connected = builder.connect(&format!("http://127.0.0.1:{}", driver.port)).await;
    connected.context("chromedriver opened no browser")
}

fn capabilities(profile: &Profile, window: Window) -> Map<String, Value> {
    let mut options = json!({ "args": [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--lang=en-US",
        "--window-size=1280,800",
        format!("--user-data-dir={}", profile.0.display()),
    ] });
    if window == Window::Phone {
        // A window of its own cannot be made this narrow.
        let metrics = json!({ "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    let mut all = Map::new();
    all.insert("goog:chromeOptions".into(), options);
    all.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
    all
}

/// A chromedriver of our own on a port of its own.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start() -> Result<Driver> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let started = Command::new(program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let hint = "chromedriver does not start; `cargo xtask setup` installs it";
        Ok(Driver { process: started.context(hint)?, port })
    }

    /// Asks it to end, so that it takes its browser along.
    #[cfg(unix)]
    fn ask(&mut self) {
        Command::new("kill").arg(self.process.id().to_string()).status().ok();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[cfg(not(unix))]
    fn ask(&mut self) {}
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.ask();
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A browser profile that nobody has used before.
struct Profile(PathBuf);

impl Profile {
    fn new(name: &str) -> Result<Profile> {
        let dir = target()?.join("e2e-profiles").join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(Profile(dir))
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
