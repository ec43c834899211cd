//! Taking a moment elsewhere: link, frame, Markdown, picture; and its digest to compare runs by.

use crate::text::{clock, fill, say};
use crate::view::host::{Part, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::link::{Place, encode};
use replicascope::scene::Scene;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Share {
    pub lang: Lang,
    pub place: Rc<Place>,
    pub scene: Part<Scene>,
    pub digest: u64,
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
    let frame = format!(
        "<iframe src=\"{base}#/embed/{code}\" title=\"{title}\" width=\"100%\" height=\"640\" \
         sandbox=\"allow-scripts allow-same-origin\" loading=\"lazy\"></iframe>"
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

pub mod browser {
    //! Clipboard and downloads.

    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::*;
    use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

    /// Says afterwards whether it worked: a frame may have no right to the clipboard.
    pub fn copy(text: &str, done: impl Fn(bool) + 'static) {
        let Some(window) = web_sys::window() else { return done(false) };
        let clipboard: JsValue = window.navigator().clipboard().into();
        if clipboard.is_undefined() {
            return done(false);
        }
        let promise = window.navigator().clipboard().write_text(text);
        wasm_bindgen_futures::spawn_local(async move {
            done(wasm_bindgen_futures::JsFuture::from(promise).await.is_ok());
        });
    }

    pub fn download(name: &str, kind: &str, text: &str) {
        // A download that cannot be offered is not worth an error: the copy button remains.
        let _ = offer(name, kind, text);
    }

    fn offer(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let parts = js_sys::Array::of1(&JsValue::from_str(text));
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let document = web_sys::window().and_then(|window| window.document());
        let anchor = document.ok_or(JsValue::NULL)?.create_element("a")?;
        let anchor: HtmlAnchorElement = anchor.dyn_into()?;
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
        Url::revoke_object_url(&url)
    }
}
