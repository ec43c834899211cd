//! When the page stops: a section outside of the page's own tree says so, and how to go on.
//!
//! The engine's inputs are kept outside the instance, so nothing is lost with it. The section is
//! built by the loader script: after a panic nothing of this instance can be trusted.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;

/// The event that the loader listens for.
const EVENT: &str = "replicascope:panic";

/// Tells the loader what happened.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        web_sys::console::error_1(&JsValue::from_str(&text));
        // If even this fails there is nobody left to tell.
        let _ = announce(&text);
    }));
}

fn announce(text: &str) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let options = web_sys::CustomEventInit::new();
    options.set_detail(&JsValue::from_str(text));
    let event = web_sys::CustomEvent::new_with_event_init_dict(EVENT, &options)?;
    window.dispatch_event(&event).map(drop)
}

/// Where the page is drawn; what the shell painted there gives way.
pub fn mount_point() -> web_sys::Element {
    let document = web_sys::window().and_then(|window| window.document());
    let root = document.and_then(|document| document.get_element_by_id("app"));
    let root = root.unwrap_throw();
    root.set_inner_html("");
    root
}
