//! The same `Session` for JavaScript: `wasm-pack build` makes an npm-ready module of it.
//!
//! Plain data goes out as JSON text in the shapes of the `scene` crate; errors are thrown as
//! sentences in the language that the session was opened with.

use crate::{Lang, SavedRun, words};
use scene::{Answer, CommandError, Instant, NodeId, Weight};
use wasm_bindgen::prelude::*;

/// A running cluster.
#[wasm_bindgen]
pub struct Session {
    inner: Box<dyn scene::Session>,
    lang: Lang,
}

fn thrown(lang: Lang, error: &CommandError) -> JsError {
    let names = |node: NodeId| node.to_string();
    JsError::new(&words::tell(lang, &error.what, &names))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, JsError> {
    serde_json::to_string(value).map_err(|error| JsError::new(&error.to_string()))
}

#[wasm_bindgen]
impl Session {
    /// Opens a run by its boot line; `lang` is `en` or `zh`.
    #[wasm_bindgen(constructor)]
    pub fn open(boot: &str, lang: Option<String>) -> Result<Session, JsError> {
        let lang = lang.and_then(|tag| Lang::parse(&tag)).unwrap_or_default();
        let inner = crate::open(boot).map_err(|error| thrown(lang, &error))?;
        Ok(Session { inner, lang })
    }

    /// Opens what `save` gave.
    pub fn restore(saved: &str, lang: Option<String>) -> Result<Session, JsError> {
        let lang = lang.and_then(|tag| Lang::parse(&tag)).unwrap_or_default();
        let saved: SavedRun =
            serde_json::from_str(saved).map_err(|error| JsError::new(&error.to_string()))?;
        let inner = crate::restore(&saved).map_err(|error| thrown(lang, &error))?;
        Ok(Session { inner, lang })
    }

    /// Takes the next event; false when none is left.
    pub fn step(&mut self) -> bool {
        self.inner.step()
    }

    /// Moves forward to an instant, in microseconds of virtual time.
    #[wasm_bindgen(js_name = runUntil)]
    pub fn run_until(&mut self, micros: f64) {
        self.inner.run_until(Instant(micros.max(0.0) as u64));
    }

    /// Moves to just after a recorded step; false when there is no such step.
    pub fn seek(&mut self, step: f64) -> bool {
        self.inner.seek(step.max(0.0) as u64)
    }

    /// Does a fault: `kill broker-1`. The same lines as in the console.
    pub fn inject(&mut self, line: &str) -> Result<String, JsError> {
        self.command(line)
    }

    /// Does what a line of the console says; gives what it prints.
    pub fn command(&mut self, line: &str) -> Result<String, JsError> {
        let lang = self.lang;
        self.inner.command(line).map(|out| out.text).map_err(|error| thrown(lang, &error))
    }

    /// Answers a question: `leader orders-0`.
    pub fn probe(&self, query: &str) -> Result<String, JsError> {
        let answer: Result<Answer, CommandError> = self.inner.probe(query);
        answer.map(|answer| answer.to_string()).map_err(|error| thrown(self.lang, &error))
    }

    /// All that may be seen now, as JSON.
    pub fn scene(&self) -> Result<String, JsError> {
        json(&self.inner.scene())
    }

    /// The narration of steps `from..=to`, as JSON.
    pub fn trace(&self, from: f64, to: f64) -> Result<String, JsError> {
        json(&self.inner.trace(from.max(0.0) as u64, to.max(0.0) as u64, Weight::Normal))
    }

    /// Branch, step and instant, as JSON.
    pub fn cursor(&self) -> Result<String, JsError> {
        json(&self.inner.cursor())
    }

    /// Everything needed to have this run again, as JSON.
    pub fn save(&self) -> Result<String, JsError> {
        json(&self.inner.save())
    }

    /// Stable hash of the state, as 16 hexadecimal digits.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.inner.digest())
    }
}
