//! The first lesson from its first question to its solved task: with a mouse and by keyboard alone,
//! in both languages and themes, at both sizes, with and without motion.

use anyhow::{Result, ensure};
use e2e::{Hand, Learner, Page, Window, visit};
use serde_json::json;

#[tokio::test]
async fn by_mouse_on_a_desktop_in_english() -> Result<()> {
    let go = |page| whole(page, Hand::Mouse, "en", "light", false);
    visit("whole-mouse-en", Window::Desktop, go).await
}

#[tokio::test]
async fn by_keyboard_on_a_desktop_in_chinese_without_motion() -> Result<()> {
    let go = |page| whole(page, Hand::Keyboard, "zh", "dark", true);
    visit("whole-keys-zh", Window::Desktop, go).await
}

#[tokio::test]
async fn by_touch_on_a_phone_in_chinese() -> Result<()> {
    let go = |page| whole(page, Hand::Mouse, "zh", "light", false);
    visit("whole-phone-zh", Window::Phone, go).await
}

#[tokio::test]
async fn by_keyboard_on_a_phone_in_english() -> Result<()> {
    let go = |page| whole(page, Hand::Keyboard, "en", "dark", false);
    visit("whole-phone-keys-en", Window::Phone, go).await
}

async fn whole(
    page: Page,
    hand: Hand,
    lang: &'static str,
    theme: &'static str,
    calm: bool,
) -> Result<()> {
    if calm {
        let less = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        page.devtools("Emulation.setEmulatedMedia", less).await?;
    }
    page.open(&format!("#/lesson/LF-1?lang={lang}&theme={theme}")).await?;
    page.see("lesson").await?;
    let learner = Learner::new(page.clone(), hand);
    let steps = learner.to_the_task().await?;
    ensure!(steps == 6, "the lesson has {steps} steps");
    page.fits().await?;
    page.screenshot("task").await?;
    ensure!(!learner.is_solved().await?, "the task is solved before anybody did anything");
    learner.type_line("restart broker-1").await?;
    learner.type_line("wait 20s").await?;
    learner.open_tab("tab-lesson").await?;
    page.until("the task is solved", || learner.is_solved()).await?;
    page.screenshot("solved").await?;
    page.fits().await?;
    // What was reached is there after a reload.
    page.open(&format!("#/lesson/LF-1?lang={lang}&theme={theme}")).await?;
    page.see("lesson").await?;
    page.until("the place was kept", || learner.is_solved()).await
}
