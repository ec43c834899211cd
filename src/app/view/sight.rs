//! Whether a place of the page is in sight; a view that is not need not be drawn.
//!
//! Refuses to know what is there.

use crate::view::turn::Seat;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};
use yew::prelude::*;

/// A seat for what is drawn in `place`.
#[hook]
pub fn use_seat(place: &NodeRef) -> Rc<Seat> {
    let seat = use_memo((), |()| Seat::default());
    use_sight(place, &seat);
    seat
}

/// Tells the seat whether `place` is in sight.
#[hook]
pub fn use_sight(place: &NodeRef, seat: &Rc<Seat>) {
    let (seat, place) = (seat.clone(), place.clone());
    use_effect_with((), move |()| {
        let watch = place.cast::<web_sys::Element>().and_then(|place| watch(&place, seat));
        move || {
            if let Some((observer, closure)) = watch {
                observer.disconnect();
                drop(closure);
            }
        }
    });
}

type Seen = Closure<dyn FnMut(js_sys::Array)>;

fn watch(place: &web_sys::Element, seat: Rc<Seat>) -> Option<(IntersectionObserver, Seen)> {
    let seen = move |entries: js_sys::Array| {
        let latest: IntersectionObserverEntry = entries.pop().unchecked_into();
        seat.see(latest.is_intersecting());
    };
    let closure = Seen::new(seen);
    let observer = IntersectionObserver::new(closure.as_ref().unchecked_ref()).ok()?;
    observer.observe(place);
    Some((observer, closure))
}
