//! Short messages in a corner, said politely, gone after a while.

use crate::action::Action;
use crate::state::Toast;
use crate::text::say;
use replicascope::Lang;
use yew::prelude::*;

/// Long enough to read a sentence twice.
const LASTS_MS: u32 = 4_000;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub lang: Lang,
    pub toasts: Vec<Toast>,
    pub act: Callback<Action>,
}

#[function_component(Toasts)]
pub fn toasts(props: &Props) -> Html {
    html! {
        <div class="toasts" role="status" aria-live="polite">
            { for props.toasts.iter().map(|toast| html! {
                <One key={toast.id.to_string()} id={toast.id} act={props.act.clone()}
                    text={say(props.lang, toast.key)} />
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct OneProps {
    id: u64,
    text: String,
    act: Callback<Action>,
}

#[function_component(One)]
fn one(props: &OneProps) -> Html {
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
