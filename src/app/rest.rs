//! The rest of this program: what a first visit does not run is cut off when the page is built
//! (`xtask/split`), and `static/rest.js` fetches it once the page has started.
//!
//! Refuses to be called by anything in here: the cut puts the calls where they are needed.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = replicascopeRest)]
    fn replicascope_rest();
}

/// Comes back when the rest is there.
#[wasm_bindgen(js_name = fetchRest)]
pub fn fetch_rest() {
    replicascope_rest();
}
