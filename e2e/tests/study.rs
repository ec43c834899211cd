//! Learning beside the lessons, from the outside: cards by keyboard, an interview, a variant, a
//! file of one's own, a lesson from somewhere else.

use anyhow::{Result, ensure};
use e2e::{Page, Window, root, visit};
use serde_json::{Value, json};

/// (e) Cards by keyboard alone; what was answered is not asked again today.
#[tokio::test]
async fn cards_are_answered_by_keyboard() -> Result<()> {
    visit("review", Window::Desktop, |page| async move {
        page.open("#/review?lang=en").await?;
        page.see("no-cards").await?;
        page.click("open-all").await?;
        let first = page.attr("flashcard", "data-card").await?;
        page.unfocus().await?;
        page.press(' ').await?;
        page.see("answer").await?;
        page.screenshot("answer").await?;
        page.press('3').await?;
        page.until("the next card", || async {
            Ok(page.attr("flashcard", "data-card").await? != first)
        })
        .await?;
        let kept = page.read(
            "return JSON.parse(localStorage.getItem('replicascope.review'))[arguments[0]]",
            json!(first),
        );
        let kept = kept.await?;
        ensure!(kept["interval"] == 1 && kept["streak"] == 1, "kept is {kept}");
        page.fits().await
    })
    .await
}

/// (f) An answer of a card leads into the run, to a moment of its past.
#[tokio::test]
async fn an_answer_leads_into_the_run() -> Result<()> {
    visit("moment", Window::Phone, |page| async move {
        page.open("#/moment/LF-1/heir?lang=zh").await?;
        page.see("cursor").await?;
        ensure!(page.attr("cursor", "data-live").await? == "false", "the moment has a future");
        page.screenshot("moment").await?;
        page.open("#/moment/LF-1/nowhere").await?;
        page.see("failure").await.map(drop)
    })
    .await
}

/// (g) An interview shows claim after claim, and counts those that were named.
#[tokio::test]
async fn an_interview_counts_what_was_named() -> Result<()> {
    visit("interview", Window::Phone, |page| async move {
        page.open("#/interview?lang=zh").await?;
        page.see("countdown").await?;
        page.click("calm").await?;
        page.until("the countdown hides", || async {
            Ok(page.drawn("[data-testid=countdown]").await?.is_empty())
        })
        .await?;
        page.click("answered").await?;
        while !page.drawn("[data-testid=next-claim]").await?.is_empty() {
            page.click("next-claim").await?;
        }
        let box_of_first = page.see_css("[data-testid=claim] input").await?;
        page.reveal(&box_of_first).await?;
        box_of_first.click().await?;
        page.until("the score", || async { Ok(page.text("interview-score").await?.contains('1')) })
            .await?;
        page.screenshot("claims").await?;
        page.fits().await
    })
    .await
}

/// (h) The same number is the same variant; its moments can be gone to.
#[tokio::test]
async fn a_variant_is_marked_and_explained() -> Result<()> {
    visit("practice", Window::Desktop, |page| async move {
        page.open("#/practice/LF-1?n=17&lang=en").await?;
        page.see("predict").await?;
        let told = variant(&page).await?;
        page.open("#/practice/LF-1?n=18&lang=en").await?;
        page.until("another variant", || async { Ok(variant(&page).await? != told) }).await?;
        page.open("#/practice/LF-1?n=17&lang=en").await?;
        page.until("the same variant", || async { Ok(variant(&page).await? == told) }).await?;
        let left = "const all = [...document.querySelectorAll('[data-testid=predict] .bare')]; \
                    all[0]?.click(); return all.length";
        page.until("all questions left out", || async {
            Ok(page.read(left, Value::Null).await? == json!(0))
        })
        .await?;
        page.click("continue").await?;
        page.click("skip").await?;
        page.see("explained").await?;
        let end = page.step().await?;
        page.click("to-moment").await?;
        page.until("an earlier moment", || async { Ok(page.step().await? < end) }).await?;
        page.screenshot("explained").await.map(drop)
    })
    .await
}

async fn variant(page: &Page) -> Result<String> {
    page.text("lesson").await
}

/// (i) A file that is not ours is refused with a reason and changes nothing.
#[tokio::test]
async fn a_bad_file_is_refused() -> Result<()> {
    visit("takeout", Window::Desktop, |page| async move {
        page.open("#/review?lang=en").await?;
        page.see("review").await?;
        // The input lies transparent over its label, so a driver does not see it.
        let choose = "const input = document.querySelector('[data-testid=import-learner]'); \
                      const held = new DataTransfer(); \
                      held.items.add(new File([arguments[0]], 'learner.json')); \
                      input.files = held.files; \
                      input.dispatchEvent(new Event('change', { bubbles: true }))";
        let newer = "{\"format\": \"replicascope-learner\", \"version\": 99}";
        page.read(choose, json!(newer)).await?;
        let told = page.text("import-refused").await?;
        ensure!(told.contains("99"), "the refusal says: {told}");
        Ok(())
    })
    .await
}

/// (j) A lesson from files is read, tried and played; one with a flaw is told where.
#[tokio::test]
async fn a_lesson_of_ones_own_is_played() -> Result<()> {
    visit("foreign", Window::Desktop, |page| async move {
        let lesson = root().join("lessons/kafka/08-unclean-election");
        let names = ["scenario.txt", "en.md", "zh.md"];
        let paths = names.map(|name| lesson.join(name).display().to_string()).join("\n");
        page.open("#/lesson?lang=en").await?;
        page.see_css("[data-testid=foreign-files]").await?.send_keys(&paths).await?;
        page.see("lesson").await?;
        page.screenshot("played").await?;

        let flawed = e2e::target()?.join("e2e-lesson");
        std::fs::create_dir_all(&flawed)?;
        std::fs::write(flawed.join("scenario.txt"), "fly away\n")?;
        std::fs::copy(lesson.join("en.md"), flawed.join("en.md"))?;
        let paths = ["scenario.txt", "en.md"].map(|name| flawed.join(name).display().to_string());
        page.open("#/").await?;
        page.see("home").await?;
        page.open("#/lesson?lang=en").await?;
        page.see_css("[data-testid=foreign-files]").await?.send_keys(&paths.join("\n")).await?;
        let told = page.text("foreign-refused").await?;
        ensure!(told.contains("scenario.txt:1"), "the refusal says: {told}");
        Ok(())
    })
    .await
}
