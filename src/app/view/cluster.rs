//! The cluster map: nodes and links as SVG, messages on one canvas above it.
//!
//! Draws what the scene says; refuses to know the run and real time.

use super::draw::{hit, key_pick};
use super::flights::Flights;
use super::picture::{Sketch, use_picture};
use super::sight::use_seat;
use super::size::use_width;
use super::turn::Seat;
use crate::action::Action;
use crate::layout::compare::{self, Differences};
use crate::layout::map::{Map, Plan, Stage};
use crate::layout::pill::{Pill, nearest};
use crate::layout::shape::{group, px};
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
    let seat = use_seat(&place);
    let map = use_map(&props.scene, Stage { width, low: props.low });
    let wires = Wires {
        seat: seat.clone(),
        scene: props.scene.clone(),
        map: map.clone(),
        picked: props.picked.clone().filter(|pick| matches!(pick, Pick::Link(..))),
        lang: props.lang,
    };
    let boxes = Boxes {
        seat,
        scene: props.scene.clone(),
        map: map.clone(),
        picked: props.picked.clone().filter(|pick| matches!(pick, Pick::Node(_))),
        lang: props.lang,
        focus: props.focus.clone(),
        differs: props.differs.clone(),
    };
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
    // The boxes change all the time, the links below them hardly ever: a sheet for each.
    let sheet = |class: &'static str, shapes: Html| {
        html! {
            <svg {class} viewBox={format!("0 0 {width} {height}")} width={width.clone()}
                height={height.clone()}>
                { shapes }
            </svg>
        }
    };
    html! {
        <div class="cluster" ref={place} {onclick} {onkeydown} role="group"
            aria-label={word(props.lang, "stage.cluster")}>
            { sheet("picture links", wires.show()) }
            { sheet("picture boxes", boxes.show()) }
            { flights.show() }
        </div>
    }
}

/// The links and what stands in their way.
struct Wires {
    seat: Rc<Seat>,
    scene: Part<Scene>,
    map: Part<Map>,
    picked: Option<Pick>,
    lang: Lang,
}

/// Of a scene they show what the map is made of; they change seldom.
impl PartialEq for Wires {
    fn eq(&self, other: &Wires) -> bool {
        self.map == other.map && self.picked == other.picked && self.lang == other.lang
    }
}

view!(Wires, hook use_wires);

#[hook]
fn use_wires(props: &Wires) -> Html {
    let place = use_node_ref();
    let (scene, map) = (props.scene.clone(), props.map.clone());
    let (picked, lang) = (props.picked.clone(), props.lang);
    let sketch: Sketch =
        Box::new(move |_| group("", wire::picture(&scene, &map.wires, picked.as_ref(), lang)));
    use_picture(&place, &props.seat, 0, vec![sketch]);
    html! { <g ref={place}></g> }
}

/// The nodes, each drawn in a turn of its own.
struct Boxes {
    seat: Rc<Seat>,
    scene: Part<Scene>,
    map: Part<Map>,
    picked: Option<Pick>,
    lang: Lang,
    focus: Option<String>,
    differs: Part<Differences>,
}

impl PartialEq for Boxes {
    fn eq(&self, other: &Boxes) -> bool {
        self.scene == other.scene
            && self.map == other.map
            && self.picked == other.picked
            && self.lang == other.lang
            && self.focus == other.focus
            && self.differs == other.differs
    }
}

view!(Boxes, hook use_boxes);

#[hook]
fn use_boxes(props: &Boxes) -> Html {
    let place = use_node_ref();
    let outside = props.focus.as_ref().map(|it| focus::outside(&props.scene, it));
    let sketch = |index: usize| -> Sketch {
        let (scene, map, lang) = (props.scene.clone(), props.map.clone(), props.lang);
        let back = outside.as_ref().is_some_and(|nodes| nodes.contains(&map.boxes[index].id));
        let picked = props.picked.clone();
        Box::new(move |_| {
            let shape = node::one(&scene, &map.boxes[index], picked.as_ref(), lang);
            if back { focus::stepped_back(shape) } else { shape }
        })
    };
    let mut sketches: Vec<Sketch> = (0..props.map.boxes.len()).map(sketch).collect();
    let (map, differs, lang) = (props.map.clone(), props.differs.clone(), props.lang);
    sketches.push(Box::new(move |_| {
        let words = word(lang, "app.twins.differs");
        group("", compare::frames(&map, &differs.nodes, &words))
    }));
    use_picture(&place, &props.seat, 1, sketches);
    html! { <g ref={place}></g> }
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
