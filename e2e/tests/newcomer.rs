//! Somebody who knows no Kafka, on a phone: from the home page through the first four lessons, each
//! closing task done as its hint says, and from each end to the next lesson. Refuses to know what
//! is taught: docs/learner-walk.md says where this person stumbled once.

use anyhow::{Result, ensure};
use e2e::{Hand, Learner, Page, Window, visit};

/// The lessons up to the first failover, each with what the hint of its task says.
const WAY: [(&str, &[&str]); 4] = [
    (
        "KF-1",
        &["elect preferred trio-0", "elect preferred trio-1", "elect preferred trio-3", "wait 2s"],
    ),
    ("KF-2", &["restart all", "wait 40s", "elect preferred orders-0", "wait 2s"]),
    ("RI-1", &["heal all", "wait 20s"]),
    ("LF-1", &["restart broker-1", "wait 20s"]),
];

#[tokio::test]
async fn from_the_parts_to_a_failover_in_english() -> Result<()> {
    visit("newcomer-en", Window::Phone, |page| walk(page, "en")).await
}

#[tokio::test]
async fn from_the_parts_to_a_failover_in_chinese() -> Result<()> {
    visit("newcomer-zh", Window::Phone, |page| walk(page, "zh")).await
}

async fn walk(page: Page, lang: &'static str) -> Result<()> {
    page.open(&format!("#/?lang={lang}&theme=light")).await?;
    page.see("home").await?;
    page.click("newcomer").await?;
    let learner = Learner::new(page.clone(), Hand::Mouse);
    for (lesson, lines) in WAY {
        let here = page.read("return location.hash", serde_json::Value::Null).await?;
        page.see("lesson").await?;
        ensure!(here.as_str().is_some_and(|it| it.contains(lesson)), "{lesson} is due: {here}");
        learner.to_the_task().await?;
        ensure!(!learner.is_solved().await?, "{lesson} is solved before anybody did anything");
        for line in lines {
            learner.type_line(line).await?;
        }
        learner.open_tab("tab-lesson").await?;
        page.until("the task is solved", || learner.is_solved()).await?;
        page.fits().await?;
        page.screenshot(lesson).await?;
        page.click("to-next").await?;
        page.until("the next lesson begins", || async {
            let now = page.read("return location.hash", serde_json::Value::Null).await?;
            Ok(now != here)
        })
        .await?;
    }
    Ok(())
}
