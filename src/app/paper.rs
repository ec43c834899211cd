//! What is read is fetched when it is read: a paper of `papers/`, in the reader's language.
//!
//! Refuses to know what a paper is about.

use crate::view::host::Part;
use replicascope::Lang;
use replicascope::lesson::{Block, Paper};
use yew::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It is on its way.
    Coming,
    Here(Part<Vec<Block>>),
    /// It did not come: no network, or a build that is gone.
    Missing,
}

/// The paper of this name; what was there before the language changed stays until it comes.
#[hook]
pub fn use_paper(name: &str, lang: Lang) -> Reading {
    let reading = use_state_eq(|| Reading::Coming);
    {
        let reading = reading.clone();
        use_effect_with((name.to_owned(), lang), move |(name, lang)| {
            let file = format!("./papers/{}", Paper::file(name, *lang));
            wasm_bindgen_futures::spawn_local(async move {
                let text = fetch(&file).await;
                let blocks = text.and_then(|text| serde_json::from_str(&text).ok());
                reading.set(blocks.map_or(Reading::Missing, |it| Reading::Here(Part::new(it))));
            });
        });
    }
    (*reading).clone()
}

#[cfg(target_arch = "wasm32")]
async fn fetch(file: &str) -> Option<String> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    let options = web_sys::RequestInit::new();
    // An older build's paper may lie in the cache: ask whether it is still the same.
    options.set_cache(web_sys::RequestCache::NoCache);
    let asked = web_sys::window()?.fetch_with_str_and_init(file, &options);
    let response: web_sys::Response = JsFuture::from(asked).await.ok()?.dyn_into().ok()?;
    let text = response.ok().then(|| response.text().ok()).flatten()?;
    JsFuture::from(text).await.ok()?.as_string()
}

#[cfg(not(target_arch = "wasm32"))]
async fn fetch(_: &str) -> Option<String> {
    None
}
