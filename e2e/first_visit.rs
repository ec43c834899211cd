//! Goes where a first visit goes, in a page that notes which of its functions run, and writes the
//! notes into a file: a byte for each function. `cargo xtask profile` makes that page.
//!
//! Refuses to go further than the first question: from there on the rest of the program is there.

use anyhow::{Context, Result, ensure};
use e2e::{Hand, Learner, Page, Window, visit};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// Put into every document before its own scripts: keeps the program's notes within reach.
const WATCH: &str = "
    const make = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...given) => {
        const made = await make(...given);
        window.marks = () => Array.from(new Uint8Array(made.instance.exports.marks.buffer));
        return made;
    };";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let file = PathBuf::from(std::env::args().nth(1).context("say which file to write")?);
    fs::write(&file, [])?;
    let (here, there) = (file.clone(), file);
    visit("first-desktop", Window::Desktop, |page| arrive(page, "en", here)).await?;
    visit("first-phone", Window::Phone, |page| arrive(page, "zh", there)).await
}

/// The first lesson, from the home page and by a link.
async fn arrive(page: Page, lang: &'static str, file: PathBuf) -> Result<()> {
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    for theme in ["light", "dark"] {
        page.open(&format!("#/?lang={lang}&theme={theme}")).await?;
        page.see("home").await?;
        page.click("start-here").await?;
        answer(&page, &file).await?;
        forget(&page).await?;
        page.open(&format!("#/lesson/LF-1?lang={lang}&theme={theme}")).await?;
        answer(&page, &file).await?;
        forget(&page).await?;
    }
    page.forgive_complaints().await
}

/// Answers the first question, and keeps the notes of what ran until then.
async fn answer(page: &Page, file: &PathBuf) -> Result<()> {
    page.see("lesson").await?;
    page.see_css("[data-testid=node][data-node='1']").await?;
    page.see_css("[data-testid=predict] [data-choice]").await?;
    Learner::new(page.clone(), Hand::Mouse).answer_all().await?;
    let marks = page.read("return window.marks()", Value::Null).await?;
    let marks: Vec<u8> = serde_json::from_value(marks).context("the page takes no notes")?;
    ensure!(marks.contains(&1), "nothing has run");
    add(file, &marks)
}

/// The next visit is a first one again.
async fn forget(page: &Page) -> Result<()> {
    page.read("localStorage.clear()", Value::Null).await.map(drop)
}

/// What ran in one of several visits ran.
fn add(file: &PathBuf, marks: &[u8]) -> Result<()> {
    let mut all = fs::read(file)?;
    all.resize(marks.len(), 0);
    all.iter_mut().zip(marks).for_each(|(sum, mark)| *sum |= mark);
    Ok(fs::write(file, all)?)
}
