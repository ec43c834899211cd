//! What is read is fetched when it is read: a paper of `papers/`, in the reader's language, and the
//! variants of a lesson.
//!
//! Refuses to know what a paper is about.

use crate::view::host::Part;
use replicascope::Lang;
use replicascope::lesson::{Block, Paper};
use std::rc::Rc;
use yew::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It is on its way.
    Coming,
    Here(Part<Vec<Block>>),
    /// It did not come: no network, or a build that is gone.
    Missing,
}

/// A text of `papers/`, whatever it is: none while it is on its way, then what came.
#[hook]
pub fn use_text(file: &str) -> Option<Result<Rc<str>, ()>> {
    let reading = use_state_eq(|| None);
    {
        let reading = reading.clone();
        use_effect_with(file.to_owned(), move |file| {
            let file = format!("./papers/{file}");
            wasm_bindgen_futures::spawn_local(async move {
                reading.set(Some(fetch(&file).await.map(Rc::from).ok_or(())));
            });
        });
    }
    (*reading).clone()
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
                let blocks = text.and_then(|text| read_blocks(&text));
                reading.set(blocks.map_or(Reading::Missing, |it| Reading::Here(Part::new(it))));
            });
        });
    }
    (*reading).clone()
}

pub fn read_blocks(json: &str) -> Option<Vec<Block>> {
    serde_json::from_str(json).ok()
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

/// A text of another site: without the reader's cookies and without saying where the reader is, and
/// not for longer than a quarter of a minute.
#[cfg(target_arch = "wasm32")]
pub async fn fetch_elsewhere(address: &str, limit: usize) -> Option<String> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    let stop = web_sys::AbortController::new().ok()?;
    let options = web_sys::RequestInit::new();
    options.set_credentials(web_sys::RequestCredentials::Omit);
    options.set_referrer_policy(web_sys::ReferrerPolicy::NoReferrer);
    options.set_cache(web_sys::RequestCache::NoCache);
    options.set_signal(Some(&stop.signal()));
    let late = gloo::timers::callback::Timeout::new(15_000, move || stop.abort());
    let asked = web_sys::window()?.fetch_with_str_and_init(address, &options);
    let response: web_sys::Response = JsFuture::from(asked).await.ok()?.dyn_into().ok()?;
    let text = response.ok().then(|| response.text().ok()).flatten()?;
    let text = JsFuture::from(text).await.ok()?.as_string()?;
    drop(late);
    (text.len() <= limit).then_some(text)
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn fetch_elsewhere(_: &str, _: usize) -> Option<String> {
    None
}

/// What the reader of lessons makes of three files; it is a program of its own, which `loader.js`
/// fetches the first time.
#[cfg(target_arch = "wasm32")]
pub async fn read_lesson(scenario: &str, en: &str, zh: &str) -> Option<Vec<String>> {
    use wasm_bindgen::{JsCast, JsValue};
    let window: JsValue = web_sys::window()?.into();
    let reader = js_sys::Reflect::get(&window, &"replicascopeReader".into()).ok()?;
    let reader: js_sys::Function = reader.dyn_into().ok()?;
    let asked = reader.call3(&window, &scenario.into(), &en.into(), &zh.into()).ok()?;
    let promise: js_sys::Promise = asked.dyn_into().ok()?;
    let read = wasm_bindgen_futures::JsFuture::from(promise).await.ok()?;
    js_sys::Array::from(&read).iter().map(|text| text.as_string()).collect()
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn read_lesson(_: &str, _: &str, _: &str) -> Option<Vec<String>> {
    None
}
