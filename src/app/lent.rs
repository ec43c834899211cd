//! What the loader lends (`static/loader.js`): the rest of this program, and texts of this build.
//!
//! What a first visit does not run is cut off when the page is built (`xtask/split`), and
//! `static/rest.js` fetches it once the page has started. The cut puts the calls where they are
//! needed; nothing in here makes them.

#[cfg(target_arch = "wasm32")]
mod loader {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = replicascopeRest)]
        fn replicascope_rest();
        #[wasm_bindgen(js_name = replicascopeText)]
        pub fn text(file: &str) -> String;
    }

    /// Comes back when the rest is there.
    #[wasm_bindgen(js_name = fetchRest)]
    pub fn fetch_rest() {
        replicascope_rest();
    }
}

/// A file of this build, at once: the loader has asked for what a visit begins with already, and
/// waits for anything else.
#[cfg(target_arch = "wasm32")]
pub use loader::text;

#[cfg(not(target_arch = "wasm32"))]
pub fn text(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static").join(file);
    std::fs::read_to_string(path).expect("tests run in a checkout")
}
