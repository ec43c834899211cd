//! A first visit loads half of the program; the rest comes behind it, or at once when it is missed.

use anyhow::{Result, ensure};
use e2e::{Hand, Learner, Page, Window, visit};
use serde_json::{Value, json};

/// Files of this visit whose name holds the argument: who asked for them, and how they were packed.
const ASKED: &str = "
    return performance.getEntriesByType('resource')
        .filter((file) => file.name.includes(arguments[0]))
        .map((file) => [file.initiatorType, file.contentEncoding ?? 'br'].join(' '));";

#[tokio::test]
async fn the_rest_comes_behind_the_page() -> Result<()> {
    visit("rest-behind", Window::Desktop, behind).await
}

async fn behind(page: Page) -> Result<()> {
    page.open("#/?lang=en").await?;
    page.see("home").await?;
    page.click("start-here").await?;
    page.see_css("[data-testid=predict] [data-choice]").await?;
    page.until("the rest is there", || async { Ok(asked(&page, "app_rest").await?.len() == 1) })
        .await?;
    let first = asked(&page, "app_bg").await?;
    ensure!(first == ["other br"] || first == ["link br"] || first == ["fetch br"], "{first:?}");
    // A request that waits is one of an older kind; none was needed.
    let rest = asked(&page, "app_rest").await?;
    ensure!(rest == ["fetch br"], "the page missed something before its rest came: {rest:?}");
    let words = asked(&page, "texts/words").await?;
    ensure!(words == ["fetch br"], "one language was to be asked for, early: {words:?}");
    Ok(())
}

#[tokio::test]
async fn without_its_rest_the_page_says_so_and_goes_on_when_it_is_back() -> Result<()> {
    visit("rest-missing", Window::Desktop, missing).await
}

async fn missing(page: Page) -> Result<()> {
    page.devtools("Network.enable", json!({})).await?;
    block(&page, &["*app_rest*"]).await?;
    page.open("#/lesson/LF-1?lang=en").await?;
    page.see_css("[data-testid=predict] [data-choice]").await?;
    let learner = Learner::new(page.clone(), Hand::Mouse);
    // Whatever of this needs the rest, the page says that it has stopped, and how to go on.
    learner.run_step().await.ok();
    page.see("crash").await?;
    page.forgive_complaints().await?;
    block(&page, &[]).await?;
    page.see_css("[data-testid=crash] button.primary").await?.click().await?;
    page.see("lesson").await?;
    ensure!(Learner::new(page.clone(), Hand::Mouse).run_step().await?, "the step is not marked");
    Ok(())
}

async fn block(page: &Page, urls: &[&str]) -> Result<()> {
    page.devtools("Network.setBlockedURLs", json!({ "urls": urls })).await?;
    Ok(())
}

async fn asked(page: &Page, name: &str) -> Result<Vec<String>> {
    Ok(serde_json::from_value(page.read(ASKED, Value::String(name.to_owned())).await?)?)
}
