//! The main job from the outside: a learner sees a failover, is marked, goes back and forth, and
//! passes the moment on. Each test is one person; none knows how the page is made.

use anyhow::{Context, Result, ensure};
use e2e::{Page, Window, key, visit};
use fantoccini::Locator;
use fantoccini::elements::Element;

/// As many steps as the first lesson can have; a lesson that has more is too long.
const STEPS: usize = 12;

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
    until_marked(&page).await?;
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

/// Answers what is asked and runs step after step until a prediction has been marked.
async fn until_marked(page: &Page) -> Result<()> {
    for _ in 0..STEPS {
        answer_all(page).await?;
        let before = page.step().await?;
        page.click("continue").await?;
        page.until("the step plays", || async {
            Ok(page.step().await? > before || is_marked(page).await?)
        })
        .await?;
        // A step takes as long as its story; there is a button for those who have seen it.
        if !page.drawn("[data-testid=skip]").await?.is_empty() {
            page.screenshot("playing").await?;
            page.click("skip").await?;
        }
        if ended_marked(page).await? {
            return Ok(());
        }
    }
    anyhow::bail!("{STEPS} steps and no prediction was marked")
}

/// Waits for the step to end; whether it had predictions, which are marked then.
async fn ended_marked(page: &Page) -> Result<bool> {
    page.until("the step ends", || async {
        Ok(is_marked(page).await? || !page.drawn(CONTINUE).await?.is_empty())
    })
    .await?;
    is_marked(page).await
}

const CONTINUE: &str = "[data-testid=continue]:not([disabled])";
const SUBMIT: &str = "[data-testid=predict-submit]";

async fn is_marked(page: &Page) -> Result<bool> {
    let marks = page.drawn("[data-testid=predict-result]").await?;
    let Some(first) = marks.first() else { return Ok(false) };
    let right = first.attr("data-right").await?;
    Ok(matches!(right.as_deref(), Some("true" | "false")))
}

/// Gives every question that is open its first answer.
async fn answer_all(page: &Page) -> Result<()> {
    loop {
        let open = page.drawn(SUBMIT).await?;
        let Some(submit) = open.first() else { return Ok(()) };
        let block = submit.find(Locator::XPath("./ancestor::*[@data-testid='predict']")).await?;
        give_an_answer(page, &block).await?;
        page.reveal(submit).await?;
        submit.click().await?;
        let before = open.len();
        page.until("the answer is taken", || async {
            Ok(page.drawn(SUBMIT).await?.len() < before)
        })
        .await?;
    }
}

async fn give_an_answer(page: &Page, block: &Element) -> Result<()> {
    let css = "button[data-choice], input";
    let options = block.find_all(Locator::Css(css)).await?;
    let first = options.first().context("a question offers no way to answer it")?;
    page.reveal(first).await?;
    match first.attr("type").await?.as_deref() {
        Some("number" | "text") => first.send_keys("1").await?,
        _ => first.click().await?,
    }
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
    until_marked_by_keyboard(&page).await?;
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

async fn until_marked_by_keyboard(page: &Page) -> Result<()> {
    for _ in 0..STEPS {
        while !page.drawn(SUBMIT).await?.is_empty() {
            answer_by_keyboard(page).await?;
        }
        let before = page.step().await?;
        page.tab_to(CONTINUE).await?;
        page.press(key::ENTER).await?;
        page.until("the step plays", || async {
            Ok(page.step().await? > before || is_marked(page).await?)
        })
        .await?;
        if !page.drawn("[data-testid=skip]").await?.is_empty() {
            page.tab_to("[data-testid=skip]").await?;
            page.press(key::ENTER).await?;
        }
        if ended_marked(page).await? {
            return Ok(());
        }
    }
    anyhow::bail!("{STEPS} steps by keyboard and no prediction was marked")
}

/// An option of a question that can still be answered.
const OPTION: &str = "[data-testid=predict] button[data-choice]:not([disabled]), \
                      [data-testid=predict] input:not([disabled])";

async fn answer_by_keyboard(page: &Page) -> Result<()> {
    let before = page.drawn(SUBMIT).await?.len();
    page.tab_to(OPTION).await?;
    let typed = page.focused("input:not([type=checkbox]):not([type=radio])").await?;
    page.press(if typed { '1' } else { key::SPACE }).await?;
    page.tab_to("[data-testid=predict-submit]:not([disabled])").await?;
    page.press(key::ENTER).await?;
    page.until("the answer is taken", || async { Ok(page.drawn(SUBMIT).await?.len() < before) })
        .await
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
