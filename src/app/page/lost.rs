//! An address that names nothing, and anything else that cannot be opened: what is wrong, and the
//! ways on.

use crate::page::frame::Head;
use crate::page::use_reader;
use crate::route::{Route, href};
use crate::text::say;
use crate::view::host::{View, view};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Lost;

view!(Lost, hook use_lost);

#[hook]
fn use_lost(_lost: &Lost) -> Html {
    let look = use_reader();
    let title = say(look.lang, "app.lost.title");
    let text = say(look.lang, "app.lost.text");
    Failure { title, text, children: Html::default() }.show()
}

#[derive(PartialEq)]
pub struct Failure {
    pub title: String,
    pub text: String,
    /// More than a sentence.
    pub children: Html,
}

view!(Failure, hook use_failure);

#[hook]
fn use_failure(props: &Failure) -> Html {
    let lang = use_reader().lang;
    html! {
        <div class="page">
            { Head::titled(props.title.clone()).show() }
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
