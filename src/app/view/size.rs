//! How wide a place on the page is, kept up to date.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

/// Width of the element in whole pixels; `first` until it has been measured.
#[hook]
pub fn use_width(place: &NodeRef, first: f64) -> f64 {
    let width = use_state_eq(|| first);
    {
        let (place, width) = (place.clone(), width.clone());
        use_effect_with((), move |()| {
            let watch = place.cast::<web_sys::Element>().and_then(|element| {
                let measured = element.clone();
                let measure = move || {
                    let now = f64::from(measured.client_width());
                    if now > 0.0 {
                        width.set(now);
                    }
                };
                measure();
                let closure = Closure::<dyn FnMut()>::new(measure);
                let observer =
                    web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
                observer.observe(&element);
                Some((observer, closure))
            });
            move || {
                if let Some((observer, closure)) = watch {
                    observer.disconnect();
                    drop(closure);
                }
            }
        });
    }
    *width
}
