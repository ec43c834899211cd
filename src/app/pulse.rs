//! Animation frames and the page's clock; outside a browser there are none.
//!
//! Refuses to know what is done with a frame.

use replicascope::scene::{Fate, Scene, Span, Tone};

/// A key message that is further away than this is not waited for.
const NEAR: Span = Span::millis(50);

/// Does a key message arrive soon?
pub fn key_in_air(scene: &Scene) -> bool {
    scene.flights.iter().any(|flight| {
        flight.tone == Tone::Key
            && flight.fate != Fate::Held
            && flight.due >= scene.at
            && flight.due.since(scene.at) <= NEAR
    })
}

/// The frame that was asked for; letting go of it cancels it.
#[derive(Default)]
pub struct Pulse {
    #[cfg(target_arch = "wasm32")]
    frame: Option<gloo::render::AnimationFrame>,
}

impl Pulse {
    /// Calls `then` with the time in milliseconds at the next frame.
    #[cfg(target_arch = "wasm32")]
    pub fn beat(&mut self, then: impl FnOnce(f64) + 'static) {
        self.frame = Some(gloo::render::request_animation_frame(then));
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub fn beat(&mut self, then: impl FnOnce(f64) + 'static) {
        drop(then);
    }

    #[cfg(target_arch = "wasm32")]
    pub fn stop(&mut self) {
        self.frame = None;
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub fn stop(&mut self) {}
}

/// Milliseconds of the page's clock; only differences mean anything.
#[cfg(target_arch = "wasm32")]
pub fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> f64 {
    0.0
}
