//! Messages in the air: one canvas, drawn at the playhead, only when something changed.
//!
//! Owns the frame loop of the stage and nothing else that moves; refuses to know the run.

mod brush;

use super::cluster::Drawn;
use crate::layout::map::Map;
use crate::pick::{Pick, Playhead};
use crate::view::host::{Part, view};
use brush::Brush;
use gloo::render::{AnimationFrame, request_animation_frame};
use replicascope::scene::{FlightId, Scene};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

pub struct Flights {
    pub map: Part<Map>,
    pub scene: Part<Scene>,
    pub playhead: Playhead,
    pub picked: Option<Pick>,
    pub calm: bool,
    pub show_routine: bool,
    pub drawn: Drawn,
}

/// The way back to the cluster does not count: it is the same for ever.
impl PartialEq for Flights {
    fn eq(&self, other: &Flights) -> bool {
        self.map == other.map
            && self.scene == other.scene
            && self.playhead == other.playhead
            && self.picked == other.picked
            && self.calm == other.calm
            && self.show_routine == other.show_routine
    }
}

/// What the next frame draws.
struct Sheet {
    map: Part<Map>,
    scene: Part<Scene>,
    playhead: Playhead,
    picked: Option<FlightId>,
    calm: bool,
    routine: bool,
    drawn: Drawn,
}

/// The sheet, and whether it has been replaced since it was drawn.
type Desk = Rc<RefCell<(Option<Sheet>, bool)>>;

view!(Flights, hook use_flights);

#[hook]
fn use_flights(props: &Flights) -> Html {
    let canvas = use_node_ref();
    let desk: Desk = use_mut_ref(|| (None, true));
    *desk.borrow_mut() = (Some(sheet(props)), true);
    {
        let canvas = canvas.clone();
        use_effect_with((), move |()| {
            let frame: Frame = Rc::default();
            if let Some(brush) = canvas.cast::<HtmlCanvasElement>().and_then(Brush::new) {
                keep_drawing(Rc::new(RefCell::new(brush)), desk, &frame);
            }
            // Forgetting the frame that was asked for ends the loop.
            move || drop(frame.borrow_mut().take())
        });
    }
    html! { <canvas ref={canvas} aria-hidden="true"></canvas> }
}

fn sheet(props: &Flights) -> Sheet {
    Sheet {
        map: props.map.clone(),
        scene: props.scene.clone(),
        playhead: props.playhead.clone(),
        picked: match props.picked {
            Some(Pick::Flight(id)) => Some(id),
            _ => None,
        },
        calm: props.calm,
        routine: props.show_routine,
        drawn: props.drawn.clone(),
    }
}

type Frame = Rc<RefCell<Option<AnimationFrame>>>;

fn keep_drawing(brush: Rc<RefCell<Brush>>, desk: Desk, frame: &Frame) {
    let again = Rc::downgrade(frame);
    let next = request_animation_frame(move |_| {
        let Some(frame) = again.upgrade() else { return };
        {
            let mut desk = desk.borrow_mut();
            let (sheet, replaced) = &mut *desk;
            if let Some(sheet) = sheet {
                brush.borrow_mut().draw(sheet, *replaced);
            }
            *replaced = false;
        }
        keep_drawing(brush, desk, &frame);
    });
    *frame.borrow_mut() = Some(next);
}
