//! What a person at the page does: look for things, click, type, wait.
//! Refuses to reach into the page's state; scripts only read what is drawn or focused.

use crate::{Site, target};
use anyhow::{Context, Result, bail, ensure};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long anything on the page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keys by the codes that drivers give them.
pub mod key {
    pub const SHIFT: char = '\u{E008}';
    pub const TAB: char = '\u{E004}';
    pub const ENTER: char = '\u{E007}';
    pub const ESCAPE: char = '\u{E00C}';
    pub const SPACE: char = ' ';
    pub const LEFT: char = '\u{E012}';
    pub const RIGHT: char = '\u{E014}';
    pub const DOWN: char = '\u{E015}';
}

#[derive(Clone, Debug)]
pub struct Page {
    client: Client,
    site: Site,
    name: &'static str,
}

impl Page {
    pub(crate) fn new(client: Client, site: Site, name: &'static str) -> Page {
        Page { client, site, name }
    }

    /// Address of the served page.
    #[must_use]
    pub fn home(&self) -> &str {
        &self.site.url
    }

    /// Nobody answers the browser any more.
    pub fn cut_network(&self) {
        self.site.close();
    }

    /// Loads an address afresh; a text that begins with `#` is a place on our page.
    pub async fn open(&self, place: &str) -> Result<()> {
        let local = place.is_empty() || place.starts_with('#');
        let url = if local { format!("{}{place}", self.site.url) } else { place.to_owned() };
        // A change of the fragment alone would not load anything.
        self.client.goto("about:blank").await?;
        self.client.goto(&url).await.with_context(|| format!("opening {url}"))
    }

    /// Waits for the element with this hook to be drawn.
    pub async fn see(&self, hook: &str) -> Result<Element> {
        self.see_css(&format!("[data-testid={hook}]")).await
    }

    /// Waits for an element to be drawn.
    pub async fn see_css(&self, css: &str) -> Result<Element> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(element) = self.drawn(css).await?.into_iter().next() {
                return Ok(element);
            }
            rest().await;
        }
        bail!("{css} did not appear within {} s", PATIENCE.as_secs())
    }

    /// All that match and are drawn now.
    pub async fn drawn(&self, css: &str) -> Result<Vec<Element>> {
        let mut drawn = Vec::new();
        for element in self.client.find_all(Locator::Css(css)).await? {
            // It may have gone since; then it is not drawn.
            if element.is_displayed().await.unwrap_or(false) {
                drawn.push(element);
            }
        }
        Ok(drawn)
    }

    /// A field that browsers draw in their own way, such as that for a file.
    pub async fn client_field(&self, hook: &str) -> Result<Element> {
        let css = format!("[data-testid={hook}]");
        Ok(self.client.wait().for_element(Locator::Css(&css)).await?)
    }

    pub async fn click(&self, hook: &str) -> Result<()> {
        let element = self.see(hook).await?;
        self.reveal(&element).await?;
        element.click().await.with_context(|| format!("clicking {hook}"))
    }

    /// Scrolls it to the middle, where no bar that sticks to an edge covers it.
    pub async fn reveal(&self, element: &Element) -> Result<()> {
        let script = "arguments[0].scrollIntoView({block: 'center'})";
        self.client.execute(script, vec![serde_json::to_value(element)?]).await?;
        Ok(())
    }

    pub async fn text(&self, hook: &str) -> Result<String> {
        Ok(self.see(hook).await?.text().await?)
    }

    pub async fn attr(&self, hook: &str, name: &str) -> Result<String> {
        let value = self.see(hook).await?.attr(name).await?;
        value.with_context(|| format!("{hook} has no {name}"))
    }

    /// Presses one key on whatever has the focus.
    pub async fn press(&self, key: char) -> Result<()> {
        self.chord(&[key]).await
    }

    /// Presses keys together: held down in order, let go in reverse.
    pub async fn chord(&self, keys: &[char]) -> Result<()> {
        let down = keys.iter().map(|k| KeyAction::Down { value: *k });
        let up = keys.iter().rev().map(|k| KeyAction::Up { value: *k });
        let all = down.chain(up).fold(KeyActions::new("keyboard".into()), InputSource::then);
        Ok(self.client.perform_actions(all).await?)
    }

    /// Walks with Tab until something that matches has the focus.
    pub async fn tab_to(&self, css: &str) -> Result<()> {
        for _ in 0..150 {
            if self.focused(css).await? {
                return Ok(());
            }
            self.press(key::TAB).await?;
        }
        bail!("150 presses of Tab did not reach {css}")
    }

    /// Whether what has the focus matches, and shows that it has it.
    pub async fn focused(&self, css: &str) -> Result<bool> {
        let script = "return document.activeElement.matches(arguments[0])";
        Ok(self.read(script, json!(css)).await? == json!(true))
    }

    /// Takes the focus off whatever has it, as a click beside everything does.
    pub async fn unfocus(&self) -> Result<()> {
        self.read("document.activeElement.blur()", Value::Null).await.map(drop)
    }

    /// Asks the document something.
    pub async fn read(&self, script: &str, argument: Value) -> Result<Value> {
        Ok(self.client.execute(script, vec![argument]).await?)
    }

    /// Repeats a question until the answer is yes.
    pub async fn until<F>(&self, what: &str, mut ask: impl FnMut() -> F) -> Result<()>
    where
        F: Future<Output = Result<bool>>,
    {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if ask().await? {
                return Ok(());
            }
            rest().await;
        }
        bail!("not within {} s: {what}", PATIENCE.as_secs())
    }

    /// How many steps the run shown has taken.
    pub async fn step(&self) -> Result<u64> {
        Ok(self.attr("cursor", "data-step").await?.parse()?)
    }

    /// Opens the share dialog, reads link and digest, and closes it.
    pub async fn share(&self) -> Result<(String, String)> {
        self.click("share").await?;
        let link = self.see("share-link").await?.prop("value").await?.unwrap_or_default();
        let digest = self.text("digest").await?.trim().to_owned();
        let hex = digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit());
        ensure!(hex, "a digest is 16 hex digits, not `{digest}`");
        self.press(key::ESCAPE).await?;
        self.until("the share dialog closes", || async {
            Ok(self.drawn("[data-testid=share-link]").await?.is_empty())
        })
        .await?;
        Ok((link, digest))
    }

    /// Nothing reaches past the right edge: a phone must never scroll sideways.
    pub async fn fits(&self) -> Result<()> {
        let script = "const d = document.documentElement; return d.scrollWidth - d.clientWidth";
        let over = self.read(script, Value::Null).await?;
        ensure!(over.as_f64().unwrap_or(1.0) <= 0.0, "{over} px reach past the right edge");
        Ok(())
    }

    /// Into `target/screenshots`, to be looked at by people.
    pub async fn screenshot(&self, what: &str) -> Result<PathBuf> {
        let dir = target()?.join("screenshots").join(self.name);
        std::fs::create_dir_all(&dir)?;
        let file = dir.join(format!("{what}.png"));
        std::fs::write(&file, self.client.screenshot().await?)?;
        Ok(file)
    }

    /// Asks the browser itself, by the DevTools protocol.
    pub async fn devtools(&self, method: &str, params: Value) -> Result<Value> {
        let command = DevTools(json!({ "cmd": method, "params": params }));
        self.client.issue_cmd(command).await.with_context(|| method.to_owned())
    }

    /// Lets go of what the browser's console holds so far.
    pub async fn forgive_complaints(&self) -> Result<()> {
        self.client.issue_cmd(BrowserLog).await.map(drop).map_err(Into::into)
    }

    /// What the browser's own console holds against the page.
    pub async fn no_complaints(&self) -> Result<()> {
        let log = self.client.issue_cmd(BrowserLog).await?;
        let severe: Vec<&Value> = log
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| &entry["message"])
            .collect();
        ensure!(severe.is_empty(), "the browser complains: {severe:#?}");
        Ok(())
    }
}

async fn rest() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// chromedriver's own command for the console's entries since it was last asked.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// chromedriver's own command for one of the DevTools protocol.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}
