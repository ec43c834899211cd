//! The keys of the page.

use crate::text::say;
use replicascope::Lang;
use yew::prelude::*;

const KEYS: [(&str, &str); 15] = [
    ("← →", "app.help.event"),
    ("Shift ← →", "app.help.key-event"),
    ("Space", "app.help.play"),
    ("[ ]", "app.help.tempo"),
    ("L", "app.help.live"),
    ("B", "app.help.fork"),
    ("F", "app.help.focus"),
    ("I O", "app.help.loop"),
    ("/", "app.help.console"),
    ("D", "app.help.weave"),
    ("M", "app.help.charts"),
    ("T", "app.help.twins"),
    ("X", "app.help.swap"),
    ("?", "app.help.help"),
    ("Esc", "app.help.close"),
];

pub fn help(lang: Lang) -> Html {
    html! {
        <>
            <dl class="keys">
                { for KEYS.iter().map(|(keys, what)| html! {
                    <>
                        <dt>{ for keys.split(' ').map(|key| html! { <kbd>{ key }</kbd> }) }</dt>
                        <dd>{ say(lang, what) }</dd>
                    </>
                }) }
            </dl>
            <p class="quiet">{ say(lang, "app.help.past") }</p>
        </>
    }
}
