//! Shapes as nodes of the page, and what a click or a key on them picks.
//!
//! Refuses to know what the shapes mean.

use crate::layout::shape::Shape;
use crate::pick::Pick;
use wasm_bindgen::JsCast;
use yew::prelude::*;
use yew::virtual_dom::{VNode, VTag};

/// One shape with all that is in it.
pub fn draw(shape: &Shape) -> Html {
    let mut tag = VTag::new(shape.tag);
    if !shape.class.is_empty() {
        tag.add_attribute("class", shape.class.clone());
    }
    for (name, value) in &shape.attrs {
        tag.add_attribute(name, value.clone());
    }
    tag.add_children(shape.children.iter().map(draw));
    if let Some(words) = &shape.text {
        tag.add_child(VNode::from(words.clone()));
    }
    tag.into()
}

pub fn draw_all(shapes: &[Shape]) -> Html {
    shapes.iter().map(draw).collect()
}

fn marked(event: &Event) -> Option<web_sys::Element> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-pick]").ok()?
}

/// What was hit, if it can be picked.
#[must_use]
pub fn hit(event: &Event) -> Option<Pick> {
    Pick::read(&marked(event)?.get_attribute("data-pick")?)
}

/// A click picks what it hits.
#[must_use]
pub fn on_click(on_pick: &Callback<Pick>) -> Callback<MouseEvent> {
    let on_pick = on_pick.clone();
    Callback::from(move |event: MouseEvent| {
        if let Some(pick) = hit(&event) {
            on_pick.emit(pick);
        }
    })
}

/// Enter and space act on a drawn thing as they do on a button; real buttons do it by themselves.
#[must_use]
pub fn key_pick(event: &KeyboardEvent) -> Option<Pick> {
    let pressed = matches!(event.key().as_str(), "Enter" | " ");
    let drawn = marked(event).is_some_and(|element| element.tag_name() == "g");
    if !(pressed && drawn) {
        return None;
    }
    event.prevent_default();
    event.stop_propagation();
    hit(event)
}
