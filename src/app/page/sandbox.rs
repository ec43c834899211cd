//! The sandbox: clusters of the reader's own, and every fault. Each run is kept until it is
//! removed; a new cluster never takes the place of an old one.

use crate::keep::Keep;
use crate::page::bench::{Opened, Workbench, use_bench};
use crate::page::build::Build;
use crate::page::run::Slot;
use crate::page::use_reader;
use crate::storage;
use crate::text::say;
use crate::view::host::{View, view};
use yew::prelude::*;

/// A boot line that is always sound.
pub const BOOT: &str = "cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7";

/// Under what the number of the run that is open is kept.
const NOW: &str = "sandbox.now";

#[derive(PartialEq)]
pub struct Sandbox;

view!(Sandbox, hook use_sandbox);

#[hook]
fn use_sandbox(_sandbox: &Sandbox) -> Html {
    let lang = use_reader().lang;
    let opened = use_state(|| {
        let number = storage::get(NOW).map_or(Some(0), |text| text.parse().ok())?;
        Some((number, reopened(number)?))
    });
    let open = {
        let opened = opened.clone();
        Callback::from(move |(number, slot): (u32, Slot)| {
            storage::set(NOW, &number.to_string());
            opened.set(Some((number, slot)));
        })
    };
    let leave = {
        let opened = opened.clone();
        Callback::from(move |_: MouseEvent| {
            storage::set(NOW, "");
            opened.set(None);
        })
    };
    match &*opened {
        Some((number, slot)) => {
            let acts = html! {
                <button type="button" class="button" onclick={leave} data-testid="new-cluster">
                    { say(lang, "app.sandbox.new") }
                </button>
            };
            Lively { number: *number, slot: slot.clone(), acts }.keyed(number)
        }
        None => Build { open }.show(),
    }
}

/// A kept run, played to where it was left.
pub fn reopened(number: u32) -> Option<Slot> {
    let run = Keep::sandbox(number).kept_run()?;
    replicascope::restore(&run).ok().map(Slot::new)
}

#[derive(PartialEq)]
struct Lively {
    number: u32,
    slot: Slot,
    acts: Html,
}

view!(Lively, hook use_lively);

#[hook]
fn use_lively(props: &Lively) -> Html {
    let lang = use_reader().lang;
    let bench = use_bench(|| {
        let session = props.slot.take();
        let keep = Keep::sandbox(props.number);
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
