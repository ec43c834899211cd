//! A lesson from somewhere else: by address, or as files that are dropped or chosen. It is read,
//! tried out within limits, and played; nothing of it is kept.

use crate::action::{Action, Deed};
use crate::file;
use crate::flow::{Flow, Turn};
use crate::foreign::{self, MAX_FILE, Trouble};
use crate::keep::Keep;
use crate::page::bench::{Bench, Opened, Workbench, use_bench};
use crate::page::frame::Head;
use crate::page::lesson::{act_on, begin, empty, return_to, run_step, use_goals, use_kinds};
use crate::page::use_reader;
use crate::paper::{self, Reading};
use crate::text::{Names, fill, say};
use crate::view::console::refused;
use crate::view::course::Course;
use crate::view::host::{Part, View, view};
use replicascope::Lang;
use replicascope::lesson::{Lesson, Scenario};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Foreign {
    /// The address of the lesson's folder.
    pub src: Option<String>,
}

view!(Foreign, hook use_foreign);

/// What came of an attempt.
#[derive(Clone, PartialEq)]
enum Got {
    Nothing,
    Coming,
    Lesson(Rc<Guest>, Rc<Scenario>),
    /// The address, or a file of it, cannot be fetched.
    Unreached(String),
    /// A file is missing, or too large.
    File(String),
    Flaws(Rc<Vec<String>>),
    Trouble(Trouble),
    /// The program that reads lessons did not come.
    NoReader,
}

#[hook]
fn use_foreign(props: &Foreign) -> Html {
    let lang = use_reader().lang;
    let got = use_state_eq(|| Got::Nothing);
    {
        let got = got.clone();
        use_effect_with(props.src.clone(), move |src| {
            let Some(src) = src.clone() else { return };
            got.set(Got::Coming);
            wasm_bindgen_futures::spawn_local(async move { got.set(fetched(&src).await) });
        });
    }
    let take = {
        let got = got.clone();
        Callback::from(move |files: web_sys::FileList| {
            let got = got.clone();
            got.set(Got::Coming);
            file::read_all(&files, MAX_FILE, move |files| {
                wasm_bindgen_futures::spawn_local(async move { got.set(handed(files).await) });
            });
        })
    };
    if let Got::Lesson(guest, script) = &*got {
        let (guest, script, from) = (guest.clone(), script.clone(), props.src.clone());
        return Lively { guest, script, from }.show();
    }
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.foreign.title")).show() }
            <main id="main" class="paper course" tabindex="-1" data-testid="foreign">
                <p class="lead">{ say(lang, "app.foreign.lead") }</p>
                { told(lang, &got) }
                { drop_zone(lang, &take) }
                <p class="quiet">{ say(lang, "app.foreign.address") }</p>
                <p><code>{ "#/lesson?src=https://example.org/my-lesson" }</code></p>
                <p class="quiet">{ say(lang, "app.foreign.trust") }</p>
            </main>
        </div>
    }
}

/// The three files below the address; without `zh.md` both languages read the English one.
async fn fetched(src: &str) -> Got {
    let mut texts = Vec::new();
    for name in ["scenario.txt", "en.md", "zh.md"] {
        let Some(address) = foreign::address(src, name) else {
            return Got::Unreached(src.to_owned());
        };
        match paper::fetch_elsewhere(&address, MAX_FILE).await {
            Some(text) => texts.push(text),
            None if name == "zh.md" => texts.push(texts[1].clone()),
            None => return Got::Unreached(address),
        }
    }
    tried(&texts[0], &texts[1], &texts[2]).await
}

async fn handed(files: Vec<(String, Result<String, ()>)>) -> Got {
    if let Some((name, _)) = files.iter().find(|(_, text)| text.is_err()) {
        return Got::File(name.clone());
    }
    let text = |wanted: &str| {
        let found = files.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, text)| text.as_ref().ok())
    };
    let prose = (text("en.md").or(text("zh.md")), text("zh.md").or(text("en.md")));
    match (text("scenario.txt"), prose) {
        (None, _) => Got::File("scenario.txt".to_owned()),
        (_, (None, _) | (_, None)) => Got::File("en.md".to_owned()),
        (Some(scenario), (Some(en), Some(zh))) => tried(scenario, en, zh).await,
    }
}

async fn tried(scenario: &str, en: &str, zh: &str) -> Got {
    let Some(read) = paper::read_lesson(scenario, en, zh).await else { return Got::NoReader };
    if read.first().is_none_or(String::is_empty) {
        return Got::Flaws(Rc::new(read.into_iter().skip(1).collect()));
    }
    let Some(guest) = Guest::read(&read) else { return Got::NoReader };
    match guest.lesson.script() {
        Err(flaw) => Got::Flaws(Rc::new(vec![flaw.to_string()])),
        Ok(script) => match foreign::try_out(&script) {
            Ok(()) => Got::Lesson(Rc::new(guest), Rc::new(script)),
            Err(trouble) => Got::Trouble(trouble),
        },
    }
}

/// A lesson as the reader's program hands it over.
#[derive(PartialEq)]
struct Guest {
    lesson: Rc<Lesson>,
    en: Reading,
    zh: Reading,
}

impl Guest {
    fn read(parts: &[String]) -> Option<Guest> {
        let [lesson, en, zh] = parts else { return None };
        let prose = |json: &str| Some(Reading::Here(Part::new(paper::read_blocks(json)?)));
        let lesson = Rc::new(serde_json::from_str(lesson).ok()?);
        Some(Guest { lesson, en: prose(en)?, zh: prose(zh)? })
    }

    fn prose(&self, lang: Lang) -> Reading {
        match lang {
            Lang::En => self.en.clone(),
            Lang::Zh => self.zh.clone(),
        }
    }
}

fn told(lang: Lang, got: &Got) -> Html {
    let alert = |text: String, more: Html| {
        html! {
            <div class="refused" role="alert" data-testid="foreign-refused">
                <p>{ text }</p>{ more }
            </div>
        }
    };
    let plain = |key: &str, what: &str| alert(fill(lang, key, &[("what", what)]), Html::default());
    match got {
        Got::Nothing | Got::Lesson(..) => Html::default(),
        Got::Coming => html! {
            <p role="status" aria-busy="true">{ say(lang, "app.foreign.coming") }</p>
        },
        Got::Unreached(address) => plain("app.foreign.unreached", address),
        Got::File(name) => plain("app.foreign.file", name),
        Got::NoReader => plain("app.foreign.no-reader", ""),
        Got::Flaws(flaws) => {
            let list = flaws.iter().take(20).map(|flaw| html! { <li>{ flaw }</li> });
            let list = html! { <ul>{ for list }</ul> };
            alert(say(lang, "app.foreign.flaws"), list)
        }
        Got::Trouble(trouble) => {
            let (key, line, limit) = trouble.told();
            let values = [("line", &*line.to_string()), ("limit", &*limit)];
            let more = match trouble {
                Trouble::Refused(_, error) => refused(lang, &Names::default(), error),
                _ => Html::default(),
            };
            alert(fill(lang, key, &values), more)
        }
    }
}

fn drop_zone(lang: Lang, take: &Callback<web_sys::FileList>) -> Html {
    let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
    let ondrop = {
        let take = take.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            if let Some(files) = event.data_transfer().and_then(|it| it.files()) {
                take.emit(files);
            }
        })
    };
    let onchange = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            let input: web_sys::HtmlInputElement = event.target_unchecked_into();
            if let Some(files) = input.files() {
                take.emit(files);
            }
        })
    };
    html! {
        <label class="drop-zone" {ondragover} {ondrop}>
            <span>{ say(lang, "app.foreign.drop") }</span>
            <input type="file" multiple=true accept=".txt,.md,text/plain,text/markdown"
                {onchange} data-testid="foreign-files" />
        </label>
    }
}

struct Lively {
    guest: Rc<Guest>,
    script: Rc<Scenario>,
    from: Option<String>,
}

impl PartialEq for Lively {
    fn eq(&self, other: &Lively) -> bool {
        Rc::ptr_eq(&self.guest, &other.guest)
    }
}

view!(Lively, hook use_lively);

#[hook]
fn use_lively(props: &Lively) -> Html {
    let lang = use_reader().lang;
    let content = props.guest.lesson.clone();
    let bench = use_bench(|| {
        let session = begin(&props.script).unwrap_or_else(|_| empty());
        let flow = Flow::new("", props.script.clone(), session.cursor());
        Opened { session, keep: Keep::nothing(), flow: Some(flow), note: None }
    });
    let Some(flow) = bench.state.flow.clone() else { return Html::default() };
    use_kinds(&bench, &flow);
    use_goals(&bench, &flow);
    let run = act_on(&bench, run_step);
    let next = act_on(&bench, |bench: &Bench, flow: &Flow| {
        return_to(&bench.player, flow);
        bench.act.emit(Action::Flow(Turn::Next));
    });
    let again = bench.act.reform(|()| Action::Do(Deed::Seek(0)));
    let course = Course {
        lang,
        content: content.clone(),
        own: false,
        closes: true,
        prose: props.guest.prose(lang),
        state: bench.state.clone(),
        act: bench.act.clone(),
        run,
        next,
        again,
        opening: Html::default(),
        tail: Html::default(),
    };
    let from = props.from.clone().unwrap_or_else(|| say(lang, "app.foreign.your-files"));
    Workbench {
        title: content.front(lang).title.clone(),
        lesson: None,
        banner: html! {
            <p class="banner">{ fill(lang, "app.foreign.banner", &[("from", &from)]) }</p>
        },
        acts: Html::default(),
        course: Some(course.show()),
        bench,
    }
    .show()
}
