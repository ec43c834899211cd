//! Before a cluster is there: a form with the lines that it stands for, kept runs, and files.
//!
//! Refuses to know which values are possible: the engine says so.

use crate::browser;
use crate::keep::Keep;
use crate::page::frame::Head;
use crate::page::run::Slot;
use crate::page::sandbox::reopened;
use crate::page::use_reader;
use crate::recipe::{Recipe, Topic};
use crate::text::{Names, clock, fill, say};
use crate::view::console::refused;
use crate::view::host::{View, view};
use replicascope::Lang;
use replicascope::scene::{CommandError, SavedRun, Session};
use replicascope::script::{self, Refusal};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Build {
    /// Under which number the run is kept from now on, and the run.
    pub open: Callback<(u32, Slot)>,
}

/// What could not be opened: the line and the reason, or a sentence. Shown beside the button that
/// was pressed.
#[derive(Clone, PartialEq)]
enum Wrong {
    Line(String, CommandError),
    Says(String),
}

view!(Build, hook use_build);

#[hook]
fn use_build(props: &Build) -> Html {
    let lang = use_reader().lang;
    let recipe = use_state_eq(Recipe::default);
    let wrong = use_state_eq(|| None::<Wrong>);
    // Counts removals, so that the list is drawn again.
    let removed = use_state_eq(|| 0_u32);
    let submit = {
        let (recipe, wrong, open) = (recipe.clone(), wrong.clone(), props.open.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match built(&recipe) {
                Ok(session) => open.emit((Keep::next_sandbox(), Slot::new(session))),
                Err(error) => wrong.set(Some(error)),
            }
        })
    };
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.home.sandbox")).show() }
            <main id="main" class="paper wide-paper" tabindex="-1" data-testid="sandbox">
                <p class="lead">{ say(lang, "app.sandbox.lead") }</p>
                <form class="form" onsubmit={submit}>
                    { cluster(lang, &recipe) }
                    { topics(lang, &recipe) }
                    { settings(lang, &recipe) }
                    <pre class="code" tabindex="0" aria-label={say(lang, "app.sandbox.lines")}>
                        { recipe.lines().join("\n") }
                    </pre>
                    { complaint(lang, wrong.as_ref()) }
                    <button type="submit" class="button primary big" data-testid="build">
                        { say(lang, "app.sandbox.build") }
                    </button>
                </form>
                { runs(props, lang, &removed) }
                { import(props, lang, &wrong) }
            </main>
        </div>
    }
}

fn complaint(lang: Lang, wrong: Option<&Wrong>) -> Html {
    let Some(wrong) = wrong else { return Html::default() };
    html! {
        <div role="alert" class="complaint">
            { match wrong {
                Wrong::Line(line, error) => html! {
                    <>
                        <pre class="console-typed">{ format!("› {line}") }</pre>
                        { refused(lang, &Names::default(), error) }
                    </>
                },
                Wrong::Says(text) => html! { <p>{ text }</p> },
            } }
        </div>
    }
}

/// A field whose changes go into the recipe.
type Setter<T> = fn(&mut Recipe, T);

fn text_of(event: &Event) -> String {
    use wasm_bindgen::JsCast;
    let target = event.target();
    let field = target.clone().and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
    let list = target.and_then(|it| it.dyn_into::<web_sys::HtmlSelectElement>().ok());
    field.map(|it| it.value()).or_else(|| list.map(|it| it.value())).unwrap_or_default()
}

fn changed(
    recipe: &UseStateHandle<Recipe>,
    set: impl Fn(&mut Recipe, String) + 'static,
) -> Callback<Event> {
    let recipe = recipe.clone();
    Callback::from(move |event: Event| {
        let mut next = (*recipe).clone();
        set(&mut next, text_of(&event));
        recipe.set(next);
    })
}

fn number(
    lang: Lang,
    recipe: &UseStateHandle<Recipe>,
    key: &str,
    (value, min, max): (u64, u64, u64),
    set: impl Fn(&mut Recipe, u64) + 'static,
) -> Html {
    let onchange = changed(recipe, move |recipe, text| {
        if let Ok(value) = text.parse() {
            set(recipe, value);
        }
    });
    html! {
        <label>
            <span>{ say(lang, key) }</span>
            <input type="number" min={min.to_string()} max={max.to_string()}
                value={value.to_string()} {onchange} required=true />
        </label>
    }
}

fn choice(
    lang: Lang,
    recipe: &UseStateHandle<Recipe>,
    key: &str,
    options: &[(&str, String)],
    value: &str,
    set: Setter<String>,
) -> Html {
    html! {
        <label>
            <span>{ say(lang, key) }</span>
            <select onchange={changed(recipe, set)}>
                { for options.iter().map(|(option, name)| html! {
                    <option value={(*option).to_owned()} selected={*option == value}>
                        { name }
                    </option>
                }) }
            </select>
        </label>
    }
}

fn cluster(lang: Lang, recipe: &UseStateHandle<Recipe>) -> Html {
    let profiles = replicascope::profiles();
    let profiles: Vec<(&str, String)> =
        profiles.iter().rev().map(|name| (*name, (*name).to_owned())).collect();
    let roles = [
        ("isolated", say(lang, "app.sandbox.isolated")),
        ("combined", say(lang, "app.sandbox.combined")),
    ];
    let role = if recipe.combined { "combined" } else { "isolated" };
    let acks = ["all", "1", "0"].map(|acks| (acks, acks.to_owned()));
    let count =
        |key, now, min, max, set: Setter<u64>| number(lang, recipe, key, (now, min, max), set);
    html! {
        <fieldset class="form-grid">
            <legend>{ say(lang, "app.sandbox.cluster") }</legend>
            { choice(lang, recipe, "app.sandbox.profile", &profiles, &recipe.profile,
                |it, value| it.profile = value) }
            { count("app.sandbox.brokers", recipe.brokers, 1, 9, |it, n| it.brokers = n) }
            { count("app.sandbox.racks", recipe.racks, 0, 9, |it, n| it.racks = n) }
            { count("app.sandbox.controllers", recipe.controllers, 1, 5,
                |it, n| it.controllers = n) }
            { choice(lang, recipe, "app.sandbox.roles", &roles, role,
                |it, value| it.combined = value == "combined") }
            { choice(lang, recipe, "app.sandbox.acks", &acks, &recipe.acks,
                |it, value| it.acks = value) }
            { count("app.sandbox.rate", recipe.rate, 1, 200, |it, n| it.rate = n) }
            { count("app.sandbox.seed", recipe.seed, 0, u64::from(u32::MAX),
                |it, n| it.seed = n) }
        </fieldset>
    }
}

fn topics(lang: Lang, recipe: &UseStateHandle<Recipe>) -> Html {
    let row = |(at, topic): (usize, &Topic)| {
        let name = changed(recipe, move |it, text| it.topics[at].name = text);
        let count = |key, now, max, set: fn(&mut Topic, u64)| {
            number(lang, recipe, key, (now, 1, max), move |it: &mut Recipe, n| {
                set(&mut it.topics[at], n);
            })
        };
        let remove = pressed(recipe, move |it| {
            it.topics.remove(at);
        });
        html! {
            <div class="form-row" key={at}>
                <label>
                    <span>{ say(lang, "app.sandbox.topic") }</span>
                    <input type="text" value={topic.name.clone()} onchange={name} required=true
                        maxlength="40" pattern="[A-Za-z0-9._\\-]+" spellcheck="false" />
                </label>
                { count("app.sandbox.partitions", topic.partitions, 36, |it, n| it.partitions = n) }
                { count("app.sandbox.replicas", topic.replicas, 9, |it, n| it.replicas = n) }
                { count("app.sandbox.min-isr", topic.min_isr, 9, |it, n| it.min_isr = n) }
                if recipe.topics.len() > 1 {
                    { small(lang, "app.sandbox.remove", remove) }
                }
            </div>
        }
    };
    let more = pressed(recipe, |it| {
        let free = (2..).map(|n| format!("topic-{n}"));
        let free = free.into_iter().find(|name| it.topics.iter().all(|topic| topic.name != *name));
        it.topics.push(Topic::named(&free.unwrap_or_default()));
    });
    html! {
        <fieldset>
            <legend>{ say(lang, "app.sandbox.topics") }</legend>
            { for recipe.topics.iter().enumerate().map(row) }
            { small(lang, "app.sandbox.more-topics", more) }
        </fieldset>
    }
}

fn pressed(
    recipe: &UseStateHandle<Recipe>,
    change: impl Fn(&mut Recipe) + 'static,
) -> Callback<MouseEvent> {
    let recipe = recipe.clone();
    Callback::from(move |_: MouseEvent| {
        let mut next = (*recipe).clone();
        change(&mut next);
        recipe.set(next);
    })
}

fn small(lang: Lang, key: &str, onclick: Callback<MouseEvent>) -> Html {
    html! { <button type="button" class="button" {onclick}>{ say(lang, key) }</button> }
}

/// Any setting under its real key, with its default and what it is for.
fn settings(lang: Lang, recipe: &UseStateHandle<Recipe>) -> Html {
    let offered = replicascope::settings();
    let row = |(at, (key, value)): (usize, &(String, String))| {
        let known = offered.iter().find(|one| one.key == key);
        let choose = {
            let defaults = replicascope::settings();
            changed(recipe, move |it, text| {
                let default = defaults.iter().find(|one| one.key == text);
                let default = default.map_or_else(String::new, |one| one.default.clone());
                it.settings[at] = (text, default);
            })
        };
        let put = changed(recipe, move |it, text| it.settings[at].1 = text.trim().to_owned());
        let remove = pressed(recipe, move |it| {
            it.settings.remove(at);
        });
        html! {
            <div class="form-row" key={at}>
                <label class="form-key">
                    <span>{ say(lang, "app.sandbox.key") }</span>
                    <select onchange={choose} data-testid="setting-key">
                        { for offered.iter().map(|one| html! {
                            <option value={one.key} selected={one.key == key}>{ one.key }</option>
                        }) }
                    </select>
                </label>
                <label>
                    <span>{ say(lang, "app.sandbox.value") }</span>
                    <input type="text" value={value.clone()} onchange={put} spellcheck="false"
                        data-testid="setting-value" />
                </label>
                { small(lang, "app.sandbox.remove", remove) }
                if let Some(known) = known {
                    <p class="form-note">
                        { about(lang, known.key) }{ " " }
                        { fill(lang, "app.sandbox.default",
                            &[("value", &known.default), ("source", known.source)]) }
                    </p>
                }
            </div>
        }
    };
    let more = pressed(recipe, |it| {
        let taken = |key: &str| it.settings.iter().any(|(known, _)| known == key);
        let free = replicascope::settings().into_iter().find(|one| !taken(one.key));
        it.settings.extend(free.map(|one| (one.key.to_owned(), one.default)));
    });
    html! {
        <fieldset>
            <legend>{ say(lang, "app.sandbox.settings") }</legend>
            { for recipe.settings.iter().enumerate().map(row) }
            <button type="button" class="button" onclick={more} data-testid="more-settings">
                { say(lang, "app.sandbox.more-settings") }
            </button>
        </fieldset>
    }
}

/// What a setting is for; nothing where that was not written yet.
fn about(lang: Lang, key: &str) -> String {
    let word = format!("app.setting.{}", key.replace('.', "-"));
    let text = say(lang, &word);
    if text.contains(&word) { String::new() } else { text }
}

fn runs(props: &Build, lang: Lang, removed: &UseStateHandle<u32>) -> Html {
    let kept = Keep::sandboxes().into_iter();
    let kept: Vec<(u32, SavedRun)> =
        kept.filter_map(|number| Some((number, Keep::sandbox(number).kept_run()?))).collect();
    if kept.is_empty() {
        return Html::default();
    }
    html! {
        <section>
            <h2>{ say(lang, "app.sandbox.runs") }</h2>
            <ul class="runs" data-testid="runs">
                { for kept.iter().map(|(number, run)| one_run(props, lang, *number, run, removed)) }
            </ul>
        </section>
    }
}

fn one_run(
    props: &Build,
    lang: Lang,
    number: u32,
    run: &SavedRun,
    removed: &UseStateHandle<u32>,
) -> Html {
    let inputs: usize = run.branches.iter().map(|branch| branch.inputs.len()).sum();
    let text = fill(
        lang,
        "app.sandbox.run",
        &[
            ("at", &clock(run.cursor.at)),
            ("inputs", &inputs.to_string()),
            ("branches", &run.branches.len().to_string()),
        ],
    );
    let open = {
        let open = props.open.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(slot) = reopened(number) {
                open.emit((number, slot));
            }
        })
    };
    let save = {
        let run = run.clone();
        Callback::from(move |_: MouseEvent| save(&run))
    };
    let forget = {
        let removed = removed.clone();
        Callback::from(move |_: MouseEvent| {
            Keep::sandbox(number).forget();
            removed.set(*removed + 1);
        })
    };
    let boot = run.boot.trim_start_matches("cluster kafka ").to_owned();
    html! {
        <li key={number} class="run">
            <p><code>{ boot }</code></p>
            <p class="quiet">{ text }</p>
            <div class="row">
                <button type="button" class="button" onclick={open} data-testid="open-run">
                    { say(lang, "app.sandbox.open") }
                </button>
                { small(lang, "app.sandbox.save", save) }
                { small(lang, "app.sandbox.remove", forget) }
            </div>
        </li>
    }
}

/// A run with all its branches, as a file that can be opened again.
pub fn save(run: &SavedRun) {
    if let Ok(text) = serde_json::to_string(run) {
        browser::download("replicascope-run.json", "application/json", &text);
    }
}

fn import(props: &Build, lang: Lang, wrong: &UseStateHandle<Option<Wrong>>) -> Html {
    let onchange = {
        let (open, wrong) = (props.open.clone(), wrong.clone());
        Callback::from(move |event: Event| {
            let field = event.target_unchecked_into::<web_sys::HtmlInputElement>();
            let (open, wrong) = (open.clone(), wrong.clone());
            browser::chosen(&field, move |_, text| match read(&text) {
                Ok(session) => open.emit((Keep::next_sandbox(), Slot::new(session))),
                Err(why) => wrong.set(Some(why)),
            });
        })
    };
    html! {
        <section>
            <h2>{ say(lang, "app.sandbox.import") }</h2>
            <label class="import">
                <span>{ say(lang, "app.sandbox.import-text") }</span>
                <input type="file" accept=".txt,.json,text/plain,application/json" {onchange}
                    data-testid="import" />
            </label>
        </section>
    }
}

/// A saved run, or a scenario.
fn read(text: &str) -> Result<Box<dyn Session>, Wrong> {
    if text.trim_start().starts_with('{') {
        let run: SavedRun =
            serde_json::from_str(text).map_err(|error| Wrong::Says(error.to_string()))?;
        return replicascope::restore(&run).map_err(|error| Wrong::Line(run.boot, error));
    }
    script::play(text).map_err(|refusal| match refusal {
        Refusal::Unread(flaw) => Wrong::Says(flaw.to_string()),
        Refusal::Line(number, line, error) => Wrong::Line(format!("{number}: {line}"), error),
        Refusal::Stopped(text) => Wrong::Says(text),
    })
}

/// Opens the cluster and does the lines; the line that was refused comes with its reason.
fn built(recipe: &Recipe) -> Result<Box<dyn Session>, Wrong> {
    let boot = recipe.boot();
    let mut session = replicascope::open(&boot).map_err(|error| Wrong::Line(boot, error))?;
    for line in recipe.commands() {
        session.command(&line).map_err(|error| Wrong::Line(line, error))?;
    }
    Ok(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_it_is_for() {
        for one in replicascope::settings() {
            for lang in Lang::ALL {
                assert!(!about(lang, one.key).is_empty(), "app.setting: {} {lang:?}", one.key);
            }
        }
    }
}
