//! A dialog: keeps the focus inside while it is open, closes with Esc, gives the focus back.

use crate::text::say;
use crate::view::host::view;
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

const FOCUSABLE: &str = "button:not([disabled]), a[href], input, select, textarea, [tabindex='0']";

#[derive(PartialEq)]
pub struct Dialog {
    pub lang: Lang,
    pub title: String,
    pub close: Callback<()>,
    pub children: Html,
}

view!(Dialog, hook use_dialog);

#[hook]
fn use_dialog(props: &Dialog) -> Html {
    let frame = use_node_ref();
    {
        let frame = frame.clone();
        use_effect_with((), move |()| {
            let before = focused();
            if let Some(frame) = frame.cast::<HtmlElement>() {
                let _ = frame.focus();
            }
            move || {
                if let Some(before) = before {
                    let _ = before.focus();
                }
            }
        });
    }
    let onkeydown = {
        let (frame, close) = (frame.clone(), props.close.clone());
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            match event.key().as_str() {
                "Escape" => close.emit(()),
                "Tab" => turn(&frame, &event),
                _ => {}
            }
        })
    };
    let close = props.close.reform(|_: MouseEvent| ());
    let name = say(props.lang, "app.dialog.close");
    html! {
        <div class="veil" onclick={close.clone()}>
            <div class="dialog" role="dialog" aria-modal="true" aria-label={props.title.clone()}
                tabindex="-1" ref={frame} {onkeydown}
                onclick={Callback::from(|event: MouseEvent| event.stop_propagation())}>
                <header class="dialog-head">
                    <h2>{ &props.title }</h2>
                    <button type="button" class="icon-button" aria-label={name.clone()}
                        title={name} onclick={close} data-testid="dialog-close">
                        { icon(Icon::Close) }
                    </button>
                </header>
                <div class="dialog-body">{ props.children.clone() }</div>
            </div>
        </div>
    }
}

fn focused() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element()?.dyn_into().ok()
}

/// From the last control Tab goes to the first, and back.
fn turn(frame: &NodeRef, event: &KeyboardEvent) {
    let Some(frame) = frame.cast::<web_sys::Element>() else { return };
    let Ok(list) = frame.query_selector_all(FOCUSABLE) else { return };
    let at = |index: u32| list.get(index).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let (Some(first), Some(last)) = (at(0), at(list.length().saturating_sub(1))) else { return };
    let now = focused();
    let is = |one: &HtmlElement| now.as_ref() == Some(one);
    let on_frame =
        now.as_ref().is_some_and(|now| now.get_attribute("role").as_deref() == Some("dialog"));
    let goal = if event.shift_key() {
        (is(&first) || on_frame).then_some(last)
    } else {
        is(&last).then_some(first)
    };
    if let Some(goal) = goal {
        event.prevent_default();
        let _ = goal.focus();
    }
}
