//! The digests of all lessons, played to the end: equal to what the headless verbs print.

use crate::page::frame::Head;
use crate::page::use_reader;
use crate::text::say;
use crate::view::host::{View, view};
use replicascope::catalogue;
use replicascope::lesson::{Lesson, Runner};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Golden;

view!(Golden, hook use_golden);

#[hook]
fn use_golden(_golden: &Golden) -> Html {
    let lang = use_reader().lang;
    let lines = use_memo((), |()| {
        catalogue::lessons().iter().map(line).collect::<Vec<String>>().join("\n")
    });
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.golden.title")).show() }
            <main id="main" class="paper" tabindex="-1">
                <p>{ say(lang, "app.golden.text") }</p>
                <pre data-testid="golden">{ &*lines }</pre>
            </main>
        </div>
    }
}

/// `slug digest`, or what went wrong in the place of the digest.
fn line(lesson: &Lesson) -> String {
    match digest(lesson) {
        Ok(digest) => format!("{} {digest:016x}", lesson.slug),
        Err(wrong) => format!("{} {wrong}", lesson.slug),
    }
}

fn digest(lesson: &Lesson) -> Result<u64, String> {
    let script = catalogue::script(lesson).map_err(|flaw| flaw.to_string())?;
    let opened = replicascope::open(&script.boot.text).map_err(|error| error.to_string());
    let mut session = opened?;
    Runner::new(session.as_mut(), &script).play_all().map_err(|stop| stop.to_string())?;
    Ok(session.digest())
}
