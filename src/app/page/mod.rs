//! The pages, and the frame that chooses one by the address.
//!
//! Refuses to know what a run is; each page opens its own.

mod bench;
mod build;
mod embed;
mod fidelity;
mod foreign;
mod frame;
mod golden;
mod home;
mod interview;
mod lesson;
mod lost;
mod moment;
mod practice;
mod review;
mod run;
mod sandbox;

use crate::look::{self, Look, Theme};
use crate::route::{self, Params, Route};
use crate::view::host::View;
use replicascope::Lang;
use yew::prelude::*;

/// The address, as `route` reads it, with what stands before `#` as a last resort.
fn address() -> (Route, Params) {
    let location = web_sys::window().map(|window| window.location());
    let part = |get: fn(&web_sys::Location) -> Result<String, wasm_bindgen::JsValue>| {
        location.as_ref().and_then(|it| get(it).ok()).unwrap_or_default()
    };
    let (route, params) = route::read(&part(web_sys::Location::hash));
    let params = params.or(Params::parse(&part(web_sys::Location::search)));
    (route, params)
}

#[hook]
fn use_address() -> (Route, Params) {
    let here = use_state_eq(address);
    {
        let here = here.clone();
        use_effect_with((), move |()| {
            let window = web_sys::window().expect("a page has a window");
            let listener = gloo::events::EventListener::new(&window, "hashchange", move |_| {
                here.set(address());
            });
            move || drop(listener)
        });
    }
    (*here).clone()
}

/// True while the media query holds; follows its changes.
#[hook]
fn use_media(query: &'static str) -> bool {
    let holds = use_state_eq(|| look::document::matches(query));
    {
        let holds = holds.clone();
        use_effect_with((), move |()| {
            let window = web_sys::window().expect("a page has a window");
            let list = window.match_media(query).ok().flatten();
            let listener = list.map(|list| {
                gloo::events::EventListener::new(&list, "change", move |_| {
                    holds.set(look::document::matches(query));
                })
            });
            move || drop(listener)
        });
    }
    *holds
}

#[hook]
fn use_look(params: &Params) -> Look {
    let lang = use_state_eq(|| look::first_lang(params));
    let theme = use_state_eq(|| look::first_theme(params));
    {
        let lang = lang.clone();
        use_effect_with(params.lang(), move |asked: &Option<Lang>| {
            if let Some(asked) = asked {
                lang.set(*asked);
            }
        });
    }
    use_effect_with(*lang, |lang| look::document::show_lang(*lang));
    use_effect_with(*theme, |theme| look::document::show_theme(*theme));
    let calm = use_media("(prefers-reduced-motion: reduce)");
    let narrow = use_media("(max-width: 719px)");
    let low = use_media("(max-height: 979px)");
    let (lang_now, theme_now) = (*lang, *theme);
    let try_on = {
        let (lang, theme) = (lang.clone(), theme.clone());
        use_callback((), move |(wanted, dress): (Lang, Theme), ()| {
            lang.set(wanted);
            if dress != Theme::System {
                theme.set(dress);
            }
        })
    };
    let set_lang = use_callback((), move |wanted: Lang, ()| {
        look::keep_lang(wanted);
        lang.set(wanted);
    });
    let set_theme = use_callback((), move |wanted: Theme, ()| {
        look::keep_theme(wanted);
        theme.set(wanted);
    });
    Look { lang: lang_now, theme: theme_now, calm, narrow, low, set_lang, set_theme, try_on }
}

#[function_component(App)]
pub fn app() -> Html {
    let (route, params) = use_address();
    let look = use_look(&params);
    html! {
        <ContextProvider<Look> context={look}>
            { page(route, params) }
        </ContextProvider<Look>>
    }
}

fn page(route: Route, params: Params) -> Html {
    match route {
        Route::Lesson { id } if params.has("embed") => embedded(id, params),
        Route::Run { link } if params.has("embed") => embedded(link, params),
        Route::Home => home::Home.show(),
        Route::Lesson { id } => lesson::Lesson { id: id.clone() }.keyed(id.clone()),
        Route::Foreign => {
            let src = params.get("src").map(str::to_owned);
            foreign::Foreign { src: src.clone() }.keyed(src.unwrap_or_default())
        }
        Route::Practice { id } => {
            let number = params.get("n").and_then(|n| n.parse().ok());
            let key = format!("{id} {}", number.unwrap_or(1));
            practice::Practice { id, number: number.unwrap_or(1) }.keyed(key)
        }
        Route::Moment { lesson, place } => {
            let key = format!("{lesson}/{place}");
            moment::Moment { lesson, place }.keyed(key)
        }
        Route::Review => review::Review.show(),
        Route::Interview => interview::Interviews.show(),
        Route::Sandbox => sandbox::Sandbox.show(),
        Route::Run { link } => run::Run { link: link.clone() }.keyed(link.clone()),
        Route::Embed { what } => embedded(what, params),
        Route::Fidelity => fidelity::Fidelity.show(),
        Route::Golden => golden::Golden.show(),
        Route::Lost => lost::Lost.show(),
    }
}

fn embedded(what: String, params: Params) -> Html {
    embed::Embed { what: what.clone(), params }.keyed(what.clone())
}

/// What the frame has put around every page.
#[hook]
pub fn use_reader() -> Look {
    use_context::<Look>().expect("every page stands inside the frame")
}
