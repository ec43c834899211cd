//! The engine gives the same run in the page as on the command line, to the last bit.

use anyhow::{Context, Result, ensure};
use e2e::{Page, Window, root, visit};
use std::process::Command;

/// (e) For every lesson that the page lists.
#[tokio::test]
async fn the_page_computes_what_the_command_line_computes() -> Result<()> {
    visit("golden", Window::Desktop, golden).await
}

async fn golden(page: Page) -> Result<()> {
    page.open("#/golden").await?;
    page.until("the digests are there", || async {
        let text = page.text("golden").await?;
        Ok(!text.is_empty() && text.lines().all(|line| line.split_whitespace().count() == 2))
    })
    .await?;
    let text = page.text("golden").await?;
    let first = "01-leader-failover";
    ensure!(text.contains(first), "the first lesson is not among them:\n{text}");
    for line in text.lines() {
        let (slug, ours) = line.split_once(char::is_whitespace).context("checked above")?;
        let theirs = native_digest(slug)?;
        ensure!(ours.trim() == theirs, "{slug}: {ours} in the page, {theirs} on the command line");
    }
    Ok(())
}

/// What the command line prints last for a lesson's scenario.
fn native_digest(slug: &str) -> Result<String> {
    let lessons = root().join("lessons");
    let scenario = find(&lessons, slug.rsplit('/').next().unwrap_or(slug))
        .with_context(|| format!("no folder of lessons/ is called {slug}"))?
        .join("scenario.txt");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .current_dir(root())
        .args(["run", "--quiet", "--package", "replicascope", "--", "run"])
        .arg(scenario.strip_prefix(root())?)
        .arg("--digest")
        .output()?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "the command line fails on {slug}: {said}");
    let text = String::from_utf8(out.stdout)?;
    Ok(text.lines().last().unwrap_or_default().trim().to_owned())
}

fn find(dir: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
    let folders = || std::fs::read_dir(dir).ok().into_iter().flatten().flatten();
    let here = folders().map(|e| e.path()).find(|p| p.is_dir() && p.ends_with(name));
    here.or_else(|| folders().filter(|e| e.path().is_dir()).find_map(|e| find(&e.path(), name)))
}
