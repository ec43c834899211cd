//! The cluster map: nodes and links as SVG, messages on one canvas above it.
//!
//! Draws what the scene says; refuses to know the run and real time.

use super::draw::{draw_all, hit, key_pick};
use super::flights::Flights;
use super::size::use_width;
use crate::layout::map::{Map, Stage};
use crate::layout::pill::{Pill, nearest};
use crate::layout::{Point, node, wire};
use crate::pick::{Pick, Playhead};
use replicascope::Lang;
use replicascope::scene::Scene;
use replicascope::words::word;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scene: Rc<Scene>,
    pub lang: Lang,
    pub picked: Option<Pick>,
    pub on_pick: Callback<Pick>,
    /// Nothing may move: messages stand at the middle of their way.
    pub calm: bool,
    /// Heartbeats and empty fetches too.
    pub show_routine: bool,
    pub playhead: Playhead,
}

/// The messages as they were drawn last: what a click is compared with.
pub type Drawn = Rc<RefCell<Vec<Pill>>>;

#[function_component(Cluster)]
pub fn cluster(props: &Props) -> Html {
    let place = use_node_ref();
    let width = use_width(&place, 880.0);
    let drawn: Drawn = use_mut_ref(Vec::new);
    let map = Rc::new(Map::within(&props.scene, Stage { width, low: is_low() }));
    let mut shapes = wire::picture(&props.scene, &map.wires, props.picked.as_ref(), props.lang);
    shapes.extend(node::picture(&props.scene, &map, props.picked.as_ref(), props.lang));
    let onclick = on_click(&place, &drawn, &props.on_pick);
    let onkeydown = {
        let on_pick = props.on_pick.clone();
        Callback::from(move |event: KeyboardEvent| {
            if let Some(pick) = key_pick(&event) {
                on_pick.emit(pick);
            }
        })
    };
    html! {
        <div class="cluster" ref={place} {onclick} {onkeydown} role="group"
            aria-label={word(props.lang, "stage.cluster")}>
            <svg class="picture" viewBox={format!("0 0 {} {}", map.width, map.height)}
                width={map.width.to_string()} height={map.height.to_string()}>
                { draw_all(&shapes) }
            </svg>
            <Flights {map} scene={props.scene.clone()} playhead={props.playhead.clone()}
                picked={props.picked.clone()} calm={props.calm}
                show_routine={props.show_routine} {drawn} />
        </div>
    }
}

/// Read at every rendering: a window seldom changes its height, and the next scene follows soon.
fn is_low() -> bool {
    let height = web_sys::window().and_then(|window| window.inner_height().ok());
    height.and_then(|height| height.as_f64()).is_some_and(|height| height < 780.0)
}

/// A message near the pointer comes first, then what lies under it.
fn on_click(place: &NodeRef, drawn: &Drawn, on_pick: &Callback<Pick>) -> Callback<MouseEvent> {
    let (place, drawn, on_pick) = (place.clone(), drawn.clone(), on_pick.clone());
    Callback::from(move |event: MouseEvent| {
        let flight = place.cast::<web_sys::Element>().and_then(|element| {
            let area = element.get_bounding_client_rect();
            let x = f64::from(event.client_x()) - area.left();
            let y = f64::from(event.client_y()) - area.top();
            nearest(&drawn.borrow(), Point::new(x, y))
        });
        if let Some(pick) = flight.map(Pick::Flight).or_else(|| hit(&event)) {
            on_pick.emit(pick);
        }
    })
}
