//! The sandbox as somebody uses it for a week: builds, breaks, leaves, comes back, takes a run
//! elsewhere. Nothing that was done is ever lost.

use anyhow::{Context, Result, ensure};
use e2e::{Hand, Learner, Page, Window, key, root, visit};
use serde_json::json;

/// (f) Runs are kept, opened again, and come from files.
#[tokio::test]
async fn runs_are_kept_and_files_are_opened() -> Result<()> {
    visit("sandbox", Window::Desktop, runs).await
}

async fn runs(page: Page) -> Result<()> {
    page.open("#/sandbox?lang=en").await?;
    page.see("build").await?;
    page.click("more-settings").await?;
    page.see("setting-key").await?.select_by_value("log.segment.bytes").await?;
    let value = page.see("setting-value").await?;
    value.clear().await?;
    value.send_keys("100000").await?;
    page.click("build").await?;
    let why = page.see_css("[role=alert]").await?.text().await?;
    ensure!(why.contains("1048576"), "it does not say what would be right: {why}");
    value.clear().await?;
    value.send_keys("2000000").await?;
    page.click("build").await?;
    page.see("cursor").await?;
    let learner = Learner::new(page.clone(), Hand::Mouse);
    learner.type_line("kill leader of orders-0").await?;
    learner.type_line("wait 12s").await?;
    page.until("time has passed", || async { Ok(at(&page).await? > 12_000_000) }).await?;
    let (_, digest) = page.share().await?;

    page.open("#/sandbox?lang=en").await?;
    page.see("cursor").await?;
    let (_, same) = page.share().await?;
    ensure!(same == digest, "a reload changed the run: {digest} became {same}");

    // A new cluster does not take the place of the old one.
    page.click("new-cluster").await?;
    page.see("runs").await?;
    page.screenshot("runs").await?;
    page.click("build").await?;
    page.see("cursor").await?;
    page.click("new-cluster").await?;
    ensure!(page.drawn("[data-testid=open-run]").await?.len() == 2, "two runs are kept");
    let open = page.drawn("[data-testid=open-run]").await?.pop().context("two are there")?;
    open.click().await?;
    page.see("cursor").await?;
    let (_, old) = page.share().await?;
    ensure!(old == digest, "the older run was not kept as it was");

    page.click("new-cluster").await?;
    let file = root().join("lessons/kafka/01-leader-failover/scenario.txt");
    let field = page.client_field("import").await?;
    field.send_keys(&file.to_string_lossy()).await?;
    page.see("cursor").await?;
    ensure!(at(&page).await? > 0, "the file was not played");
    Ok(())
}

/// Virtual time of the cursor, in microseconds.
async fn at(page: &Page) -> Result<u64> {
    Ok(page.attr("cursor", "data-at").await?.parse()?)
}

/// (a) The diagram by keys alone: from an event to its cause, and to the reason.
#[tokio::test]
async fn the_diagram_is_walked_by_keyboard() -> Result<()> {
    visit("diagram", Window::Desktop, diagram).await
}

async fn diagram(page: Page) -> Result<()> {
    Learner::after_a_failover(&page).await?;
    page.unfocus().await?;
    page.press('d').await?;
    page.see("weave").await?;
    page.tab_to(".weave-scroll").await?;
    let before = page.step().await?;
    page.press(key::LEFT).await?;
    page.until("an event is chosen", || async {
        Ok(!page.drawn(".weave-item[aria-selected=true]").await?.is_empty())
    })
    .await?;
    page.press(key::LEFT).await?;
    page.until("the run goes there", || async { Ok(page.step().await? < before) }).await?;
    page.screenshot("chosen").await?;
    page.press(key::ENTER).await?;
    page.see("why").await?;
    let active = "const list = document.querySelector('.weave-scroll');
        const id = list.getAttribute('aria-activedescendant');
        return document.getElementById(id)?.getAttribute('aria-label') || ''";
    let said = page.read(active, json!(null)).await?;
    ensure!(said.as_str().is_some_and(|said| said.len() > 8), "nothing is said of it: {said}");
    page.press(key::ESCAPE).await?;
    page.press(key::ESCAPE).await?;
    page.until("the diagram closes", || async {
        Ok(page.drawn("[data-testid=weave]").await?.is_empty())
    })
    .await
}

/// (a) Another way from an earlier moment: a link carries both, each to the byte.
#[tokio::test]
async fn a_forked_run_is_carried_by_a_link() -> Result<()> {
    visit("forked", Window::Desktop, forked).await
}

async fn forked(page: Page) -> Result<()> {
    let learner = Learner::after_a_failover(&page).await?;
    let (_, first) = at_rest(&page).await?;
    page.unfocus().await?;
    for _ in 0..3 {
        page.press(key::LEFT).await?;
    }
    learner.type_line("stop broker-2").await?;
    learner.type_line("wait 2s").await?;
    branches(&page, 2).await?;
    let (link, second) = at_rest(&page).await?;
    ensure!(first != second, "two ways ended in the same state");

    page.open(&link).await?;
    page.see("cursor").await?;
    branches(&page, 2).await?;
    let (_, carried) = page.share().await?;
    ensure!(carried == second, "the link changed the run: {second} became {carried}");
    page.see_css("[data-branch='0']").await?.click().await?;
    page.click("live").await?;
    page.until("the other way is as it was", || async { Ok(page.share().await?.1 == first) }).await
}

/// The run's link and digest once no time passes any more.
async fn at_rest(page: &Page) -> Result<(String, String)> {
    let mut last = page.share().await?;
    loop {
        let next = page.share().await?;
        if next == last {
            return Ok(last);
        }
        last = next;
    }
}

async fn branches(page: &Page, count: usize) -> Result<()> {
    page.until("the tape shows every way", || async {
        Ok(page.drawn(".tape-branches [data-branch]").await?.len() == count)
    })
    .await
}

/// (a) The charts: what monitoring shows of a failover, by mouse and by keys.
#[tokio::test]
async fn charts_follow_the_cursor_and_lead_it() -> Result<()> {
    visit("charts", Window::Desktop, charts).await
}

async fn charts(page: Page) -> Result<()> {
    page.open("#/sandbox?lang=en").await?;
    page.click("build").await?;
    page.see("cursor").await?;
    let learner = Learner::new(page.clone(), Hand::Mouse);
    learner.type_line("kill leader of orders-0").await?;
    learner.type_line("wait 15s").await?;
    page.until("time has passed", || async { Ok(at(&page).await? > 15_000_000) }).await?;
    page.click("charts-toggle").await?;
    page.see_css(".chart-plot .curve").await?;
    page.screenshot("charts").await?;
    let legend = "const chart = document.querySelector('[data-testid=\"chart.partitions\"]');
        return [...chart.querySelectorAll('li')].map(row => row.innerText.replace(/\\s+/g, ' '))
            .join('|')";
    let shown = page.read(legend, json!(null)).await?;
    let shown = shown.as_str().unwrap_or_default().to_owned();
    ensure!(!shown.contains("UnderReplicatedPartitions 0"), "a replica is missing: {shown}");

    let end = at(&page).await?;
    let plot = page.see_css("[data-testid='chart.isr'] .chart-plot").await?;
    page.reveal(&plot).await?;
    plot.click().await?;
    page.until("a press leads there", || async { Ok(at(&page).await? < end) }).await?;
    let pressed = at(&page).await?;
    page.press(key::LEFT).await?;
    page.until("an arrow leads to a change", || async { Ok(at(&page).await? != pressed) }).await?;
    page.click("charts-table").await?;
    page.see_css(".chart-table td").await?;
    page.click("charts-toggle").await?;
    page.until("the charts close", || async {
        Ok(page.drawn("[data-testid=charts]").await?.is_empty())
    })
    .await
}
