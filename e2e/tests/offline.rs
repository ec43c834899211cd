//! After a first visit the page needs no network: it opens, plays and reads its lessons.

use anyhow::{Result, ensure};
use e2e::{Page, Window, visit};
use serde_json::{Value, json};

/// (h) In the metro: visited once, then without anybody who answers.
#[tokio::test]
async fn a_second_visit_needs_no_network() -> Result<()> {
    visit("offline", Window::Phone, offline).await
}

async fn offline(page: Page) -> Result<()> {
    page.open("#/?lang=en").await?;
    page.see("start-here").await?;
    page.until("the build is kept", || async {
        let kept = page.read("return document.documentElement.dataset.offline", Value::Null);
        Ok(kept.await? == json!("ready"))
    })
    .await?;
    page.cut_network();
    let gone = "return fetch('./nowhere.txt').then(() => false, () => true)";
    ensure!(page.read(gone, Value::Null).await? == json!(true), "the network still answers");

    page.open("#/lesson/LF-1?lang=zh").await?;
    page.see("lesson").await?;
    let begun = page.step().await?;
    page.click("step-forward").await?;
    page.until("the run goes on", || async { Ok(page.step().await? > begun) }).await?;
    let text = page.see_css("[data-testid=lesson]").await?.text().await?;
    ensure!(text.chars().count() > 200, "the lesson's text is missing: {text}");
    page.screenshot("lesson").await?;
    // What the browser says of the missing network is no fault of the page.
    page.forgive_complaints().await
}
