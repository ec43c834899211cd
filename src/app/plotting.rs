//! The plotter: a program of its own, which `loader.js` fetches when charts are first opened.
//!
//! Refuses to know what is plotted.

use crate::layout::chart::Order;
use js_sys::{Array, Float64Array, Function, Promise, Reflect, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

#[derive(Clone, PartialEq)]
pub struct Plotter(Function);

impl Plotter {
    async fn fetch() -> Option<Plotter> {
        let window: JsValue = web_sys::window()?.into();
        let fetch = Reflect::get(&window, &"replicascopePlotter".into()).ok()?;
        let asked = fetch.dyn_into::<Function>().ok()?.call0(&window).ok()?;
        let promise: Promise = asked.dyn_into().ok()?;
        let plot = wasm_bindgen_futures::JsFuture::from(promise).await.ok()?;
        plot.dyn_into().ok().map(Plotter)
    }

    /// Nothing, should it fail: then the numbers stand there without lines.
    pub fn plot(&self, order: &Order) -> Vec<String> {
        let frame = Uint32Array::from(order.frame.as_slice());
        let numbers = |numbers: &[f64]| Float64Array::from(numbers);
        let (axes, curves) = (numbers(&order.axes), numbers(&order.curves));
        let drawn = self.0.call3(&JsValue::NULL, &frame, &axes, &curves);
        let marks = drawn.map(|marks| Array::from(&marks)).unwrap_or_default();
        marks.iter().filter_map(|mark| mark.as_string()).collect()
    }
}

/// The plotter, as far as it has come.
#[derive(Clone, PartialEq)]
pub enum Fetched {
    Coming,
    Here(Plotter),
    Failed,
}

#[hook]
pub fn use_plotter() -> Fetched {
    let fetched = use_state_eq(|| Fetched::Coming);
    {
        let fetched = fetched.clone();
        use_effect_with((), move |()| {
            wasm_bindgen_futures::spawn_local(async move {
                fetched.set(Plotter::fetch().await.map_or(Fetched::Failed, Fetched::Here));
            });
        });
    }
    (*fetched).clone()
}
