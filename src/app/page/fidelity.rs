//! How far the model is from the real system: a page of the documentation, in the reader's words.

use crate::page::frame::Head;
use crate::page::use_reader;
use crate::paper::{Reading, use_paper};
use crate::text::say;
use crate::view::host::{View, view};
use crate::view::prose::{Around, blocks, waiting};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Fidelity;

view!(Fidelity, hook use_fidelity);

#[hook]
fn use_fidelity(_fidelity: &Fidelity) -> Html {
    let lang = use_reader().lang;
    let body = match use_paper("fidelity", lang) {
        Reading::Here(paper) => blocks(&Around::plain(lang), &paper),
        other => waiting(lang, &other),
    };
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.fidelity.title")).show() }
            <main id="main" class="paper course" tabindex="-1" data-testid="fidelity">
                { body }
            </main>
        </div>
    }
}
