//! Files that the reader hands to the page. They are read here and go nowhere.
//!
//! Refuses to know what they hold.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileList};
use yew::prelude::*;

/// Reads the one file that was chosen in an `<input type="file">`; the error is that it is larger
/// than `limit` bytes, or could not be read.
pub fn read_chosen(event: &Event, limit: usize, then: impl FnOnce(Result<String, ()>) + 'static) {
    let input: web_sys::HtmlInputElement = event.target_unchecked_into();
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    // The same file may be chosen again after it was mended.
    let read = text_of(file, limit);
    wasm_bindgen_futures::spawn_local(async move {
        let text = read.await;
        input.set_value("");
        then(text);
    });
}

/// All files of a list, by name, those too large or unreadable as errors.
pub fn read_all(
    files: &FileList,
    limit: usize,
    then: impl FnOnce(Vec<(String, Result<String, ()>)>) + 'static,
) {
    // More files than a lesson may have are not looked at.
    let files: Vec<File> = (0..files.length().min(16)).filter_map(|at| files.get(at)).collect();
    wasm_bindgen_futures::spawn_local(async move {
        let mut read = Vec::new();
        for file in files {
            let name = file.name();
            read.push((name, text_of(file, limit).await));
        }
        then(read);
    });
}

async fn text_of(file: File, limit: usize) -> Result<String, ()> {
    if file.size() > limit as f64 {
        return Err(());
    }
    let blob: web_sys::Blob = file.unchecked_into();
    let text = JsFuture::from(blob.text()).await.map_err(|_| ())?;
    text.as_string().ok_or(())
}
