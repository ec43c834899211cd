//! The head of every page: name, title, language, theme.

use crate::look::{self, Theme};
use crate::page::use_reader;
use crate::route::{Route, href};
use crate::text::say;
use crate::view::host::view;
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Head {
    /// Of the page; the name of the product where there is none.
    pub title: Option<String>,
    /// More buttons.
    pub children: Html,
}

view!(Head, hook use_head);

impl Head {
    /// Without a title of its own.
    pub fn plain() -> Head {
        Head { title: None, children: Html::default() }
    }

    pub fn titled(title: String) -> Head {
        Head { title: Some(title), children: Html::default() }
    }
}

#[hook]
fn use_head(props: &Head) -> Html {
    let look = use_reader();
    let title = match &props.title {
        Some(title) => format!("{title} · Replicascope"),
        None => say(look.lang, "app.title"),
    };
    use_effect_with(title, |title| look::document::show_title(title));
    let skip = Callback::from(|event: MouseEvent| {
        // The fragment is the route: the skip link moves the focus without changing it.
        event.prevent_default();
        focus_main();
    });
    html! {
        <>
            <a class="skip" href="#main" onclick={skip}>{ say(look.lang, "app.skip") }</a>
            <header class="head">
                <a class="brand" href={href(&Route::Home)} aria-label="Replicascope">
                    { mark() }<span class="brand-name">{ "Replicascope" }</span>
                </a>
                if let Some(title) = &props.title {
                    <h1 class="head-title">{ title }</h1>
                }
                <div class="head-acts">
                    { props.children.clone() }
                    { lang_button(&look) }
                    { theme_button(&look) }
                </div>
            </header>
        </>
    }
}

fn focus_main() {
    use wasm_bindgen::JsCast;
    let document = web_sys::window().and_then(|window| window.document());
    let main = document.and_then(|document| document.get_element_by_id("main"));
    if let Some(main) = main.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = main.focus();
    }
}

/// Three copies, one of them in the lead.
fn mark() -> Html {
    html! {
        <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <rect x="2" y="4" width="20" height="4.4" rx="1.6" />
            <rect class="second" x="2" y="10" width="15" height="4.4" rx="1.6" />
            <rect class="third" x="2" y="16" width="10" height="4.4" rx="1.6" />
        </svg>
    }
}

fn lang_button(look: &look::Look) -> Html {
    let other = if look.lang == Lang::En { Lang::Zh } else { Lang::En };
    let onclick = look.set_lang.reform(move |_: MouseEvent| other);
    let shown = if other == Lang::Zh { "中文" } else { "English" };
    html! {
        <button type="button" class="button lang" data-testid="lang" {onclick}
            aria-label={format!("{shown}: {}", say(look.lang, "app.lang.switch"))}>
            <span lang={other.tag()}>{ shown }</span>
        </button>
    }
}

fn theme_button(look: &look::Look) -> Html {
    let next = look.theme.next();
    let onclick = look.set_theme.reform(move |_: MouseEvent| next);
    let sign = match look.theme {
        Theme::System => Icon::Auto,
        Theme::Light => Icon::Sun,
        Theme::Dark => Icon::Moon,
    };
    let name = say(look.lang, look.theme.key());
    html! {
        <button type="button" class="icon-button" data-testid="theme" {onclick}
            data-theme-now={look.theme.name().unwrap_or("system")}
            title={name.clone()} aria-label={name}>
            { icon(sign) }
        </button>
    }
}
