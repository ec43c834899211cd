//! The cluster map: nodes and links as SVG, messages on one canvas above it.
//!
//! Draws what the scene says; refuses to know the run and real time.

use super::draw::{draw_each, hit, key_pick};
use super::flights::Flights;
use super::size::use_width;
use crate::action::Action;
use crate::layout::compare::{self, Differences};
use crate::layout::map::{Map, Plan, Stage};
use crate::layout::pill::{Pill, nearest};
use crate::layout::shape::px;
use crate::layout::{Point, focus, node, wire};
use crate::pick::{Pick, Playhead};
use crate::view::host::{Part, View, view};
use replicascope::Lang;
use replicascope::scene::Scene;
use replicascope::words::word;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Cluster {
    pub scene: Part<Scene>,
    pub lang: Lang,
    pub picked: Option<Pick>,
    pub act: Callback<Action>,
    /// Nothing may move: messages stand at the middle of their way.
    pub calm: bool,
    /// The window is low: the logs need the height more than the map does.
    pub low: bool,
    /// Heartbeats and empty fetches too.
    pub show_routine: bool,
    /// The partition that stands out, if one does.
    pub focus: Option<String>,
    /// What the run beside it shows otherwise.
    pub differs: Part<Differences>,
    pub playhead: Playhead,
}

/// The messages as they were drawn last: what a click is compared with.
pub type Drawn = Rc<RefCell<Vec<Pill>>>;

view!(Cluster, hook use_cluster);

#[hook]
fn use_cluster(props: &Cluster) -> Html {
    let place = use_node_ref();
    let on_pick = props.act.reform(|pick| Action::Pick(Some(pick)));
    let width = use_width(&place, 880.0);
    let drawn: Drawn = use_mut_ref(Vec::new);
    let map = use_map(&props.scene, Stage { width, low: props.low });
    let mut shapes = wire::picture(&props.scene, &map.wires, props.picked.as_ref(), props.lang);
    shapes.extend(node::picture(&props.scene, &map, props.picked.as_ref(), props.lang));
    if let Some(partition) = &props.focus {
        focus::step_back(&mut shapes, &focus::outside(&props.scene, partition));
    }
    let words = word(props.lang, "app.twins.differs");
    shapes.extend(compare::frames(&map, &props.differs.nodes, &words));
    let onclick = on_click(&place, &drawn, &on_pick);
    let onkeydown = {
        let on_pick = on_pick.clone();
        Callback::from(move |event: KeyboardEvent| {
            if let Some(pick) = key_pick(&event) {
                on_pick.emit(pick);
            }
        })
    };
    let flights = Flights {
        map: map.clone(),
        scene: use_narrowed(props),
        playhead: props.playhead.clone(),
        picked: props.picked.clone(),
        calm: props.calm,
        show_routine: props.show_routine,
        drawn,
    };
    let (width, height) = (px(map.width), px(map.height));
    html! {
        <div class="cluster" ref={place} {onclick} {onkeydown} role="group"
            aria-label={word(props.lang, "stage.cluster")}>
            <svg class="picture" viewBox={format!("0 0 {width} {height}")}
                width={width.clone()} height={height.clone()}>
                { draw_each(shapes) }
            </svg>
            { flights.show() }
        </div>
    }
}

/// The scene for the messages: in focus mode without those about other partitions.
#[hook]
fn use_narrowed(props: &Cluster) -> Part<Scene> {
    let key = (props.scene.clone(), props.focus.clone());
    let narrowed = use_memo(key, |(scene, focus)| match focus {
        Some(partition) => Part::new(focus::narrowed(scene, partition)),
        None => scene.clone(),
    });
    (*narrowed).clone()
}

/// The same map as long as the same nodes talk to each other in the same room.
#[hook]
fn use_map(scene: &Scene, stage: Stage) -> Part<Map> {
    let map = use_memo((Plan::of(scene), stage), |(plan, stage)| Part::new(plan.map(*stage)));
    (*map).clone()
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
