//! One's own progress and deck as a file: out, and in again.

use crate::browser;
use crate::file;
use crate::learner::{self, BadFile};
use crate::text::{fill, say};
use crate::view::host::view;
use replicascope::Lang;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Takeout {
    pub lang: Lang,
    /// Something was taken in: the page shows what is kept anew.
    pub renew: Callback<()>,
}

view!(Takeout, hook use_takeout);

const NAME: &str = "replicascope-learner.json";

#[hook]
fn use_takeout(props: &Takeout) -> Html {
    let lang = props.lang;
    let said = use_state_eq(|| None::<Result<(usize, usize), BadFile>>);
    let export = Callback::from(|_: MouseEvent| {
        browser::download(NAME, "application/json", &learner::write(&learner::kept()));
    });
    let import = {
        let (said, renew) = (said.clone(), props.renew.clone());
        Callback::from(move |event: Event| {
            let (said, renew) = (said.clone(), renew.clone());
            file::read_chosen(&event, learner::LIMIT, move |read| {
                let text = read.map_err(|_| BadFile::TooLarge);
                let taken = text.and_then(|text| learner::read(&text)).map(|theirs| {
                    let count = theirs.progress.len() + theirs.memories.len();
                    let (merged, strange) = learner::merge(&learner::kept(), theirs);
                    learner::keep(&merged);
                    (count - strange, strange)
                });
                said.set(Some(taken));
                renew.emit(());
            });
        })
    };
    html! {
        <section class="takeout" aria-label={say(lang, "app.learner.name")}>
            <p class="quiet">{ say(lang, "app.learner.lead") }</p>
            <p class="row">
                <button type="button" class="button" onclick={export} data-testid="export-learner">
                    { say(lang, "app.learner.export") }
                </button>
                <label class="button file-button">
                    { say(lang, "app.learner.import") }
                    <input type="file" accept="application/json,.json" onchange={import}
                        data-testid="import-learner" />
                </label>
            </p>
            { told(lang, said.as_ref()) }
        </section>
    }
}

fn told(lang: Lang, said: Option<&Result<(usize, usize), BadFile>>) -> Html {
    match said {
        None => Html::default(),
        Some(Ok((taken, strange))) => {
            let (taken, strange) = (taken.to_string(), strange.to_string());
            let values = [("n", taken.as_str()), ("strange", strange.as_str())];
            html! {
                <p class="done" role="status" data-testid="imported">
                    { fill(lang, "app.learner.taken", &values) }
                </p>
            }
        }
        Some(Err(bad)) => {
            let (key, what) = bad.told();
            html! {
                <p class="refused" role="alert" data-testid="import-refused">
                    { fill(lang, key, &[("what", &what)]) }
                </p>
            }
        }
    }
}
