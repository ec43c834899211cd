//! Taking a moment elsewhere: link, frame, Markdown, picture; and its digest to compare runs by.

use crate::browser;
use crate::text::{clock, fill, say};
use crate::view::host::{Part, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::link::{Place, encode};
use replicascope::scene::{Instant, Scene};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Share {
    pub lang: Lang,
    pub place: Rc<Place>,
    pub scene: Part<Scene>,
    pub digest: u64,
    /// The loop on the tape: the frame then plays that part.
    pub range: Option<(Instant, Instant)>,
    /// A message key to show for a moment.
    pub say: Callback<&'static str>,
}

view!(Share, hook use_share);

#[hook]
fn use_share(props: &Share) -> Html {
    let code = use_memo(props.place.clone(), |place| encode(place));
    let base = base();
    let link = format!("{base}#/run/{code}");
    let title = say(props.lang, "app.share.title-of-frame");
    let part = props.range.map_or_else(String::new, |(from, to)| {
        let at = |at: Instant| at.since(Instant::ZERO).to_string();
        format!("?from={}&amp;to={}", at(from), at(to))
    });
    let frame = format!(
        "<iframe src=\"{base}#/embed/{code}{part}\" title=\"{title}\" width=\"100%\" \
         height=\"640\" sandbox=\"allow-scripts allow-same-origin\" loading=\"lazy\"></iframe>"
    );
    let at = clock(props.scene.at);
    let markdown = format!("[{}]({link})", fill(props.lang, "app.share.moment", &[("at", &at)]));
    let picture = {
        let (scene, lang) = (props.scene.clone(), props.lang);
        Rc::new(move || crate::export::svg(&scene, lang))
    };
    html! {
        <div class="share">
            { row(props, "app.share.link", link, "share-link") }
            { row(props, "app.share.frame", frame, "share-frame") }
            { row(props, "app.share.markdown", markdown, "share-markdown") }
            { picture_row(props, picture) }
            { file_row(props) }
            <p class="share-digest">
                <span>{ say(props.lang, "app.share.digest") }</span>{ " " }
                <code data-testid="digest">{ format!("{:016x}", props.digest) }</code>
            </p>
            <p class="quiet">{ say(props.lang, "app.share.digest-why") }</p>
        </div>
    }
}

fn row(props: &Share, key: &str, text: String, testid: &'static str) -> Html {
    let name = say(props.lang, key);
    let copy = {
        let (text, say) = (text.clone(), props.say.clone());
        Callback::from(move |_: MouseEvent| copy(&text, say.clone()))
    };
    html! {
        <div class="share-row">
            <label>
                <span>{ name.clone() }</span>
                <input type="text" readonly=true value={text} data-testid={testid} />
            </label>
            <button type="button" class="button" onclick={copy}
                aria-label={format!("{} {name}", self::say(props.lang, "app.share.copy"))}>
                { icon(Icon::Copy) }{ self::say(props.lang, "app.share.copy") }
            </button>
        </div>
    }
}

fn picture_row(props: &Share, picture: Rc<dyn Fn() -> String>) -> Html {
    let download = {
        let picture = picture.clone();
        Callback::from(move |_: MouseEvent| {
            browser::download("replicascope.svg", "image/svg+xml", &picture());
        })
    };
    let copied = {
        let say = props.say.clone();
        Callback::from(move |_: MouseEvent| copy(&picture(), say.clone()))
    };
    html! {
        <div class="share-row">
            <span class="share-name">{ say(props.lang, "app.share.picture") }</span>
            <button type="button" class="button" onclick={download}>
                { say(props.lang, "app.share.download") }
            </button>
            <button type="button" class="button" onclick={copied}>
                { icon(Icon::Copy) }{ say(props.lang, "app.share.copy") }
            </button>
        </div>
    }
}

/// The run as a file: a scenario to read and change, or everything with its branches.
fn file_row(props: &Share) -> Html {
    let scenario = {
        let (place, say) = (props.place.clone(), props.say.clone());
        Callback::from(move |_: MouseEvent| match replicascope::script::of_run(&place.run) {
            Ok(text) => browser::download("scenario.txt", "text/plain", &text),
            Err(_) => say.emit("app.toast.refused"),
        })
    };
    let all = {
        let place = props.place.clone();
        Callback::from(move |_: MouseEvent| {
            let text = serde_json::to_string(&place.run).unwrap_or_default();
            browser::download("replicascope-run.json", "application/json", &text);
        })
    };
    html! {
        <div class="share-row">
            <span class="share-name">{ say(props.lang, "app.share.files") }</span>
            <button type="button" class="button" onclick={scenario} data-testid="save-scenario">
                { say(props.lang, "app.share.scenario") }
            </button>
            <button type="button" class="button" onclick={all} data-testid="save-run">
                { say(props.lang, "app.share.run") }
            </button>
        </div>
    }
}

/// The address of the page without its fragment.
pub fn base() -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok());
    let href = href.unwrap_or_default();
    let plain = href.split(['#', '?']).next().unwrap_or_default();
    plain.to_owned()
}

fn copy(text: &str, say: Callback<&'static str>) {
    browser::copy(text, move |done| {
        say.emit(if done { "app.toast.copied" } else { "app.toast.not-copied" });
    });
}
