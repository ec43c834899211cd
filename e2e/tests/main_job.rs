//! The main job from the outside: a learner sees a failover, is marked, goes back and forth, and
//! passes the moment on. Each test is one person; none knows how the page is made.

use anyhow::{Result, ensure};
use e2e::{Hand, Learner, Page, Window, key, visit};

/// (a) With a mouse, in English, on a desktop.
#[tokio::test]
async fn a_failover_by_mouse() -> Result<()> {
    visit("by-mouse", Window::Desktop, by_mouse).await
}

async fn by_mouse(page: Page) -> Result<()> {
    page.open("#/?lang=en").await?;
    page.see("home").await?;
    page.screenshot("home").await?;
    page.click("start-here").await?;
    page.see("lesson").await?;
    page.see_css("[data-testid=node][data-node='1']").await?;
    page.screenshot("lesson").await?;
    Learner::new(page.clone(), Hand::Mouse).until_marked().await?;
    page.screenshot("marked").await?;

    back_and_forth(&page).await?;
    let (link, digest) = page.share().await?;
    ensure!(link.starts_with(page.home()), "the link leads elsewhere: {link}");
    page.open(&link).await?;
    page.see("cursor").await?;
    page.screenshot("from-link").await?;
    let (again, same) = page.share().await?;
    ensure!(same == digest, "the link gave digest {same}, it was shared at {digest}");
    ensure!(!again.is_empty(), "a run from a link can be shared again");
    Ok(())
}

async fn back_and_forth(page: &Page) -> Result<()> {
    page.unfocus().await?;
    let here = page.step().await?;
    page.press(key::LEFT).await?;
    page.until("the left arrow goes back", || async { Ok(page.step().await? < here) }).await?;
    page.press(key::RIGHT).await?;
    page.until("the right arrow returns", || async { Ok(page.step().await? == here) }).await?;
    page.click("step-back").await?;
    page.until("so does the button", || async { Ok(page.step().await? < here) }).await?;
    page.click("step-forward").await?;
    page.until("and forward again", || async { Ok(page.step().await? == here) }).await
}

/// (b) By keyboard alone, in Chinese, on a phone.
#[tokio::test]
async fn a_failover_by_keyboard_in_chinese() -> Result<()> {
    visit("by-keyboard-zh", Window::Phone, by_keyboard).await
}

async fn by_keyboard(page: Page) -> Result<()> {
    page.open("#/?lang=zh").await?;
    page.see("home").await?;
    ensure!(language(&page).await?.starts_with("zh"), "the document says it is not Chinese");
    page.fits().await?;
    page.screenshot("home").await?;
    page.tab_to("[data-testid=start-here]").await?;
    page.press(key::ENTER).await?;
    page.see("lesson").await?;
    page.fits().await?;
    page.screenshot("lesson").await?;
    Learner::new(page.clone(), Hand::Keyboard).until_marked().await?;
    page.fits().await?;
    page.screenshot("marked").await?;
    // The language goes there and back without a mouse, and the run stays where it was.
    let here = page.step().await?;
    page.tab_to("[data-testid=lang]").await?;
    page.press(key::ENTER).await?;
    page.until("the page turns English", || async { Ok(language(&page).await?.starts_with("en")) })
        .await?;
    ensure!(page.step().await? == here, "changing the language moved the run");
    page.fits().await
}

async fn language(page: &Page) -> Result<String> {
    let lang = page.read("return document.documentElement.lang", serde_json::Value::Null).await?;
    Ok(lang.as_str().unwrap_or_default().to_owned())
}

/// (c) A link that was cut off says so, and the rest of the page still works.
#[tokio::test]
async fn a_broken_link_says_what_is_wrong() -> Result<()> {
    visit("broken-link", Window::Desktop, broken_link).await
}

async fn broken_link(page: Page) -> Result<()> {
    page.open("#/run/this-is-no-link?lang=en").await?;
    let message = page.see_css("[role=alert], [data-testid=toast]").await?;
    let text = message.text().await?.to_lowercase();
    page.screenshot("message").await?;
    // A sentence, not the key of a text that is missing.
    let precise = text.lines().any(|line| line.contains("link") && line.contains(' '));
    ensure!(precise, "the message does not say what is wrong: `{text}`");
    page.open("#/?lang=en").await?;
    page.see("start-here").await?;
    page.open("#/lesson/XX-99?lang=en").await?;
    ensure!(!page.see_css("main").await?.text().await?.is_empty(), "a wrong lesson shows nothing");
    Ok(())
}
