//! The sandbox: a cluster of the reader's own, and every fault.

use crate::keep::Keep;
use crate::page::bench::{Opened, Workbench, use_bench};
use crate::page::frame::Head;
use crate::page::run::Slot;
use crate::page::use_reader;
use crate::recipe::Recipe;
use crate::text::{Names, say};
use crate::view::console::refused;
use crate::view::host::{View, view};
use replicascope::scene::{CommandError, Session};
use yew::prelude::*;

/// A boot line that is always sound.
pub const BOOT: &str = "cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7";

#[derive(PartialEq)]
pub struct Sandbox;

view!(Sandbox, hook use_sandbox);

#[hook]
fn use_sandbox(_sandbox: &Sandbox) -> Html {
    let lang = use_reader().lang;
    let keep = Keep::sandbox();
    let opened = use_state(|| {
        let run = keep.kept_run()?;
        replicascope::restore(&run).ok().map(Slot::new)
    });
    let build = {
        let opened = opened.clone();
        Callback::from(move |slot: Slot| opened.set(Some(slot)))
    };
    let anew = {
        let (opened, keep) = (opened.clone(), keep.clone());
        Callback::from(move |_: MouseEvent| {
            keep.forget();
            opened.set(None);
        })
    };
    match &*opened {
        Some(slot) => {
            let acts = html! {
                <button type="button" class="button" onclick={anew} data-testid="new-cluster">
                    { say(lang, "app.sandbox.new") }
                </button>
            };
            Lively { slot: slot.clone(), acts }.show()
        }
        None => Build { build }.show(),
    }
}

#[derive(PartialEq)]
struct Lively {
    slot: Slot,
    acts: Html,
}

view!(Lively, hook use_lively);

#[hook]
fn use_lively(props: &Lively) -> Html {
    let lang = use_reader().lang;
    let bench = use_bench(|| {
        let session = props.slot.take();
        let keep = Keep::sandbox();
        keep.run(&session.save());
        Opened::plain(session, keep)
    });
    Workbench {
        bench,
        title: say(lang, "app.home.sandbox"),
        lesson: None,
        banner: Html::default(),
        acts: props.acts.clone(),
        course: None,
    }
    .show()
}

#[derive(PartialEq)]
struct Build {
    build: Callback<Slot>,
}

view!(Build, hook use_build);

/// The form: a few choices, and the lines that they stand for.
#[hook]
fn use_build(props: &Build) -> Html {
    let lang = use_reader().lang;
    let recipe = use_state_eq(Recipe::default);
    let wrong = use_state_eq(|| None::<(String, CommandError)>);
    let submit = {
        let (recipe, wrong, build) = (recipe.clone(), wrong.clone(), props.build.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match open(&recipe) {
                Ok(session) => build.emit(Slot::new(session)),
                Err(error) => wrong.set(Some(error)),
            }
        })
    };
    html! {
        <div class="page">
            { Head::titled(say(lang, "app.home.sandbox")).show() }
            <main id="main" class="paper" tabindex="-1" data-testid="sandbox">
                <p class="lead">{ say(lang, "app.sandbox.lead") }</p>
                <form class="form" onsubmit={submit}>
                    { fields(lang, &recipe) }
                    <pre class="code" aria-label={say(lang, "app.sandbox.lines")}>
                        { recipe.lines().join("\n") }
                    </pre>
                    if let Some((line, error)) = &*wrong {
                        <div role="alert">
                            <pre class="console-typed">{ format!("› {line}") }</pre>
                            { refused(lang, &Names::default(), error) }
                        </div>
                    }
                    <button type="submit" class="button primary big" data-testid="build">
                        { say(lang, "app.sandbox.build") }
                    </button>
                </form>
            </main>
        </div>
    }
}

fn fields(lang: replicascope::Lang, recipe: &UseStateHandle<Recipe>) -> Html {
    let number = |key: &str, value: u64, max: u64, set: fn(&mut Recipe, u64)| {
        let recipe = recipe.clone();
        let oninput = Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
            if let Ok(value) = text.parse() {
                let mut next = (*recipe).clone();
                set(&mut next, value);
                recipe.set(next);
            }
        });
        html! {
            <label>
                <span>{ say(lang, key) }</span>
                <input type="number" min="1" max={max.to_string()} value={value.to_string()}
                    {oninput} required=true />
            </label>
        }
    };
    html! {
        <div class="form-grid">
            { number("app.sandbox.brokers", recipe.brokers, 9, |it, n| it.brokers = n) }
            { number("app.sandbox.controllers", recipe.controllers, 5, |it, n| it.controllers = n) }
            { number("app.sandbox.partitions", recipe.partitions, 12, |it, n| it.partitions = n) }
            { number("app.sandbox.replicas", recipe.replicas, 9, |it, n| it.replicas = n) }
            { number("app.sandbox.min-isr", recipe.min_isr, 9, |it, n| it.min_isr = n) }
            { number("app.sandbox.rate", recipe.rate, 200, |it, n| it.rate = n) }
            { number("app.sandbox.seed", recipe.seed, u64::from(u32::MAX), |it, n| it.seed = n) }
            { acks(lang, recipe) }
        </div>
    }
}

fn acks(lang: replicascope::Lang, recipe: &UseStateHandle<Recipe>) -> Html {
    let onchange = {
        let recipe = recipe.clone();
        Callback::from(move |event: Event| {
            let acks = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
            recipe.set(Recipe { acks, ..(*recipe).clone() });
        })
    };
    html! {
        <label>
            <span>{ say(lang, "app.sandbox.acks") }</span>
            <select {onchange}>
                { for ["all", "1", "0"].map(|acks| html! {
                    <option value={acks} selected={recipe.acks == acks}>{ acks }</option>
                }) }
            </select>
        </label>
    }
}

/// Opens the cluster and does the lines; the line that was refused comes with its reason.
fn open(recipe: &Recipe) -> Result<Box<dyn Session>, (String, CommandError)> {
    let boot = recipe.boot();
    let mut session = replicascope::open(&boot).map_err(|error| (boot, error))?;
    for line in recipe.commands() {
        session.command(&line).map_err(|error| (line, error))?;
    }
    Ok(session)
}
