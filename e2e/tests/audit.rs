//! Whoever cannot see, or use a mouse: every page against axe-core's rules for WCAG 2.1 A and AA,
//! in both languages and themes, at both sizes.

use anyhow::{Context, Result, ensure};
use e2e::{Page, Window, key, root, visit};
use serde_json::{Value, json};

/// The pages, and what shows that each is there.
const PAGES: [(&str, &str); 7] = [
    ("#/", "start-here"),
    ("#/lesson/LF-1", "lesson"),
    ("#/sandbox", "build"),
    ("#/review", "review"),
    ("#/embed/LF-1", "embed"),
    ("#/fidelity", "fidelity"),
    ("#/nowhere", "failure"),
];

/// (i) At a desk.
#[tokio::test]
async fn every_page_passes_the_audit() -> Result<()> {
    visit("audit", Window::Desktop, every_page).await
}

/// (i) On a phone.
#[tokio::test]
async fn every_page_passes_the_audit_on_a_phone() -> Result<()> {
    visit("audit-phone", Window::Phone, every_page).await
}

async fn every_page(page: Page) -> Result<()> {
    let axe = axe()?;
    let mut wrong = Vec::new();
    for (lang, theme) in [("en", "light"), ("en", "dark"), ("zh", "light"), ("zh", "dark")] {
        for (place, hook) in PAGES {
            page.open(&format!("{place}?lang={lang}&theme={theme}")).await?;
            page.see(hook).await?;
            wrong.extend(audit(&page, &axe, &format!("{place} {lang} {theme}")).await?);
        }
    }
    ensure!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// (i) A run with everything open that can be.
#[tokio::test]
async fn a_lively_stage_passes_the_audit() -> Result<()> {
    visit("audit-stage", Window::Desktop, lively).await
}

async fn lively(page: Page) -> Result<()> {
    let axe = axe()?;
    let mut wrong = Vec::new();
    for theme in ["light", "dark"] {
        page.open(&format!("#/sandbox?lang=en&theme={theme}")).await?;
        page.see_css("[data-testid=build], [data-testid=cursor]").await?;
        // The second time the run that was built is open at once.
        if !page.drawn("[data-testid=build]").await?.is_empty() {
            page.click("build").await?;
        }
        page.see("cursor").await?;
        page.click("weave-toggle").await?;
        page.see("weave").await?;
        wrong.extend(audit(&page, &axe, &format!("diagram {theme}")).await?);
        page.click("charts-toggle").await?;
        page.see_css(".chart-plot .curve").await?;
        wrong.extend(audit(&page, &axe, &format!("charts {theme}")).await?);
        page.click("charts-table").await?;
        wrong.extend(audit(&page, &axe, &format!("table of charts {theme}")).await?);
        page.click("console").await?;
        page.see("console-input").await?.send_keys("kill leader of orders-0").await?;
        page.press(key::ENTER).await?;
        page.click("tab-story").await?;
        wrong.extend(audit(&page, &axe, &format!("console and story {theme}")).await?);
        page.click("share").await?;
        page.see("share-link").await?;
        wrong.extend(audit(&page, &axe, &format!("share {theme}")).await?);
        page.press(key::ESCAPE).await?;
        page.click("tab-twins").await?;
        page.click("twin-begin").await?;
        page.see("pair").await?;
        wrong.extend(audit(&page, &axe, &format!("twins {theme}")).await?);
    }
    ensure!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// axe-core as `cargo xtask test web` fetched it.
fn axe() -> Result<String> {
    let told = std::env::var_os("AXE").map(std::path::PathBuf::from);
    let usual = root().join("target/tools/axe-4.14.1/node_modules/axe-core/axe.min.js");
    let file = told.unwrap_or(usual);
    std::fs::read_to_string(&file).with_context(|| {
        format!("{} is not there; `cargo xtask test web` fetches it", file.display())
    })
}

/// What the rules find on the page as it is now, a line each.
async fn audit(page: &Page, axe: &str, place: &str) -> Result<Vec<String>> {
    // A picture of a node is named by a sentence that begins with the node's name; axe asks that
    // every small word drawn in the box stands in it too, which nobody would want to hear.
    let run = "const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
        return axe.run(document, { runOnly: tags, resultTypes: ['violations'] })
            .then(found => found.violations.flatMap(rule => rule.nodes
                .filter(node => rule.id !== 'label-content-name-mismatch'
                    || !/^<g /.test(node.html))
                .map(node =>
                `${rule.id}: ${node.target.join(' ')} (${node.any.concat(node.all, node.none)
                    .map(check => check.message).join('; ')})`)))";
    let script = format!("{axe};\n{run}");
    let found = page.read(&script, Value::Null).await?;
    let found = found.as_array().cloned().unwrap_or_else(|| vec![json!("the audit did not run")]);
    Ok(found.iter().map(|line| format!("{place}: {}", line.as_str().unwrap_or("?"))).collect())
}
