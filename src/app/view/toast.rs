//! Short messages in a corner, said politely, gone after a while.

use crate::action::Action;
use crate::state::Toast;
use crate::text::say;
use crate::view::host::{View, view};
use replicascope::Lang;
use yew::prelude::*;

/// Long enough to read a sentence twice.
const LASTS_MS: u32 = 4_000;

#[derive(PartialEq)]
pub struct Toasts {
    pub lang: Lang,
    pub toasts: Vec<Toast>,
    pub act: Callback<Action>,
}

view!(Toasts, toasts);

fn toasts(props: &Toasts) -> Html {
    let toast = |toast: &Toast| {
        let (id, text) = (toast.id, say(props.lang, toast.key));
        One { id, text, act: props.act.clone() }.keyed(id)
    };
    html! {
        <div class="toasts" role="status" aria-live="polite">
            { for props.toasts.iter().map(toast) }
        </div>
    }
}

#[derive(PartialEq)]
struct One {
    id: u64,
    text: String,
    act: Callback<Action>,
}

view!(One, hook use_one);

#[hook]
fn use_one(props: &One) -> Html {
    let gone = {
        let (id, act) = (props.id, props.act.clone());
        move || act.emit(Action::ToastGone(id))
    };
    use_effect_with(props.id, {
        let gone = gone.clone();
        move |_| {
            let timer = gloo::timers::callback::Timeout::new(LASTS_MS, gone);
            move || drop(timer)
        }
    });
    html! {
        <button type="button" class="toast" data-testid="toast"
            onclick={Callback::from(move |_: MouseEvent| gone())}>
            { &props.text }
        </button>
    }
}
