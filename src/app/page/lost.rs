//! An address that names nothing, and anything else that cannot be opened: what is wrong, and the
//! ways on.

use crate::page::frame::Head;
use crate::page::use_reader;
use crate::route::{Route, href};
use crate::text::say;
use yew::prelude::*;

#[function_component(Lost)]
pub fn lost() -> Html {
    let look = use_reader();
    let title = say(look.lang, "app.lost.title");
    html! { <Failure {title} text={say(look.lang, "app.lost.text")} /> }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub title: String,
    pub text: String,
    /// More than a sentence.
    #[prop_or_default]
    pub children: Html,
}

#[function_component(Failure)]
pub fn failure(props: &Props) -> Html {
    let lang = use_reader().lang;
    html! {
        <div class="page">
            <Head title={props.title.clone()} />
            <main id="main" class="paper" tabindex="-1" data-testid="failure" role="alert">
                <p class="lead">{ &props.text }</p>
                { props.children.clone() }
                <p class="row">
                    <a class="button primary" href={href(&Route::Home)}>
                        { say(lang, "app.lost.home") }
                    </a>
                    <a class="button" href={href(&Route::Sandbox)}>
                        { say(lang, "app.home.sandbox") }
                    </a>
                </p>
            </main>
        </div>
    }
}
