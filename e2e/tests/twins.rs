//! Two runs in lock-step, made and walked by keyboard alone, and carried by a link.

use anyhow::{Context, Result, ensure};
use e2e::{Learner, Page, Window, key, visit};

/// (a) The same run with one setting changed, from the key `T` to the way back out.
#[tokio::test]
async fn twins_are_walked_by_keyboard_and_travel_in_a_link() -> Result<()> {
    visit("twins", Window::Desktop, twins).await
}

async fn twins(page: Page) -> Result<()> {
    let learner = Learner::after_a_failover(&page).await?;
    page.unfocus().await?;
    page.press('t').await?;
    page.see("twin-begin").await?;
    learner.press_on("[data-testid=twin-begin]").await?;
    page.see("pair").await?;
    page.unfocus().await?;
    page.press(key::LEFT).await?;
    together(&page).await?;

    ensure!(front(&page).await? == "pair-this", "the run itself is in front at first");
    page.press('x').await?;
    page.until("the other is in front", || async { Ok(front(&page).await? == "pair-other") })
        .await?;
    page.press(key::LEFT).await?;
    together(&page).await?;
    learner.press_on("[data-testid=go-difference]").await?;
    together(&page).await?;
    let parted = at(&page, "cursor").await?;
    ensure!(parted < 12_000_000, "the way to the first difference leads to {parted}");
    let rows = page.drawn(".twins tbody tr").await?.len();
    ensure!(rows > 6, "the table of costs has {rows} rows");
    page.screenshot("first-difference").await?;

    let (link, digest) = page.share().await?;
    let place = link.split_once('#').context("a link has a place")?.1;
    page.open(&format!("#{place}")).await?;
    page.see("pair").await?;
    together(&page).await?;
    let (_, same) = page.share().await?;
    ensure!(same == digest, "the link changed the run: {digest} became {same}");
    page.unfocus().await?;
    page.press('t').await?;
    page.until("the other has left", || async {
        Ok(page.drawn("[data-testid=pair]").await?.is_empty())
    })
    .await
}

/// Both stages show the instant of the cursor.
async fn together(page: &Page) -> Result<()> {
    page.until("both stand at the same instant", || async {
        let mut ats = vec![page.attr("cursor", "data-at").await?];
        for side in page.drawn(".pair-side").await? {
            ats.extend(side.attr("data-at").await?);
        }
        Ok(ats.len() == 3 && ats.iter().all(|at| *at == ats[0]))
    })
    .await
}

/// Which of the two the panels are about.
async fn front(page: &Page) -> Result<String> {
    let pressed = page.see_css(".pair-name[aria-pressed=true]").await?;
    pressed.attr("data-testid").await?.context("it has a name for tests")
}

async fn at(page: &Page, hook: &str) -> Result<u64> {
    Ok(page.attr(hook, "data-at").await?.parse()?)
}
