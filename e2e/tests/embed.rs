//! The page inside somebody else's page: another origin, a frame, messages.

use anyhow::{Context, Result, ensure};
use e2e::{Page, Window, serve, target, visit};
use serde_json::{Value, json};

/// (d) A frame on another origin shows the moment and tells its host how tall it is.
#[tokio::test]
async fn an_embed_reports_its_height() -> Result<()> {
    visit("embed", Window::Desktop, |page| embedded(page, "")).await
}

/// A host may give the frame no origin at all; then there is no storage, and it works all the same.
#[tokio::test]
async fn an_embed_without_an_origin_works_too() -> Result<()> {
    visit("embed-sandboxed", Window::Desktop, |page| embedded(page, "sandbox='allow-scripts'"))
        .await
}

/// A host that does not grow the frame still shows how to play.
#[tokio::test]
async fn an_embed_keeps_its_controls_in_sight() -> Result<()> {
    visit("embed-low", Window::Phone, |page| async move {
        page.open(&format!("{}?embed#/embed/LF-1?lang=zh", page.home())).await?;
        page.until("the controls in sight of a frame too low for its stage", || async {
            let seen = "const play = document.querySelector('[data-testid=play]'); \
                        return !!play && document.body.scrollHeight > innerHeight \
                          && play.getBoundingClientRect().bottom <= innerHeight";
            Ok(page.read(seen, Value::Null).await? == json!(true))
        })
        .await
    })
    .await
}

async fn embedded(page: Page, attributes: &'static str) -> Result<()> {
    page.open(&host_page(&page, attributes)?).await?;
    page.until("the frame reports its height", || async { Ok(!reports(&page).await?.is_empty()) })
        .await?;
    page.screenshot("embedded").await?;
    let first = reports(&page).await?.into_iter().next().context("it was there just now")?;
    ensure!(first["version"] == 1, "the report says no version: {first}");
    let height = first["height"].as_f64().context("the height is no number")?;
    ensure!(height > 100.0, "a stage of {height} px shows nothing");
    Ok(())
}

async fn reports(page: &Page) -> Result<Vec<Value>> {
    let heard = page.read("return window.heard", Value::Null).await?;
    let ours = |m: &Value| m["type"] == json!("replicascope:height");
    Ok(heard.as_array().cloned().unwrap_or_default().into_iter().filter(ours).collect())
}

/// A notes site, on a port and so an origin of its own, with our frame in it.
fn host_page(page: &Page, attributes: &str) -> Result<String> {
    let folder = target()?.join("e2e-hosts").join(attributes.len().to_string());
    std::fs::create_dir_all(&folder)?;
    let source = format!("{}?embed#/embed/LF-1?lang=en", page.home());
    let html = format!(
        "<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><title>notes</title>\
         <script>window.heard = []; addEventListener('message', e => heard.push(e.data))</script>\
         <p>Notes.</p><iframe {attributes} width=900 height=600 src='{source}'></iframe>"
    );
    std::fs::write(folder.join("index.html"), html)?;
    Ok(serve(folder, "/")?.url)
}
