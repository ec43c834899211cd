//! Another branch at the same instant: what differs, and where both parted first.
//!
//! Draws two scenes side by side; refuses to move the run by itself.

use crate::action::{Action, Deed};
use crate::layout::compare::{Parting, parting};
use crate::player::Player;
use crate::text::{Names, clock, fill, say};
use crate::view::host::{Part, view};
use replicascope::Lang;
use replicascope::scene::{Branch, Cursor, Line, Scene, Session, Weight};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Compare {
    pub lang: Lang,
    pub player: Player,
    pub names: Names,
    pub branches: Part<Vec<Branch>>,
    pub cursor: Cursor,
    pub act: Callback<Action>,
}

view!(Compare, hook use_compare);

/// What another branch shows at the instant of the cursor.
struct Other {
    scene: Scene,
    parting: Option<Parting>,
    /// Its record ends before the cursor.
    short: bool,
}

#[hook]
fn use_compare(props: &Compare) -> Html {
    let lang = props.lang;
    let chosen = use_state_eq(|| None::<usize>);
    let here = props.cursor.branch;
    let parent = props.branches.get(here).and_then(|branch| Some(branch.parent?.0));
    let usual = parent.or_else(|| (0..props.branches.len()).find(|branch| *branch != here));
    let with = chosen.filter(|branch| *branch != here).or(usual);
    let cursor = props.cursor;
    // Reading two whole stories is dear: only for somebody who looks.
    let open = use_state_eq(|| false);
    let wanted = with.filter(|_| *open);
    let other = use_memo((wanted, cursor, props.branches.len()), |(with, cursor, _)| {
        with.map(|with| props.player.look(|session| look(session, with, *cursor)))
    });
    let Some(with) = with else { return Html::default() };
    let onchange = Callback::from(move |event: Event| {
        let list = event.target_unchecked_into::<web_sys::HtmlSelectElement>();
        chosen.set(list.value().parse().ok());
    });
    let others = props.branches.iter().enumerate().filter(|(number, _)| *number != here);
    html! {
        <details class="compare" data-testid="compare" ontoggle={toggled(&open)}>
            <summary>{ say(lang, "app.compare.name") }</summary>
            <label class="compare-with">
                <span>{ say(lang, "app.compare.with") }</span>
                <select {onchange}>
                    { for others.map(|(number, branch)| html! {
                        <option value={number.to_string()} selected={number == with}>
                            { &branch.name }
                        </option>
                    }) }
                </select>
            </label>
            if let Some(other) = other.as_ref() {
                { first_difference(props, other) }
                if other.short {
                    <p class="quiet">{ say(lang, "app.compare.short") }</p>
                } else {
                    { table(props, &other.scene, &props.branches[with].name) }
                }
            }
        </details>
    }
}

fn toggled(open: &UseStateHandle<bool>) -> Callback<Event> {
    let open = open.clone();
    Callback::from(move |event: Event| {
        open.set(event.target_unchecked_into::<web_sys::Element>().has_attribute("open"));
    })
}

fn look(session: &dyn Session, with: usize, cursor: Cursor) -> Other {
    let mut other = session.duplicate();
    other.switch(with);
    let until = other.end().at.min(session.end().at);
    let told = |session: &dyn Session| session.trace(0, session.end().step, Weight::Normal);
    let parting = parting(&told(session), &told(other.as_ref()), until);
    let short = !other.seek_time(cursor.at);
    Other { scene: other.scene(), parting, short }
}

fn first_difference(props: &Compare, other: &Other) -> Html {
    let lang = props.lang;
    let Some(parting) = &other.parting else {
        return html! { <p class="quiet">{ say(lang, "app.compare.same") }</p> };
    };
    let at = parting.at().unwrap_or_default();
    let seek = props.act.reform(move |_: MouseEvent| Action::Do(Deed::SeekTime(at)));
    let told = |line: &Option<Line>| match line {
        Some(line) => {
            let node = line.node.map(|node| format!("{} · ", props.names.name(node)));
            format!(
                "{} {}{}",
                clock(line.at),
                node.unwrap_or_default(),
                props.names.tell(lang, &line.what)
            )
        }
        None => say(lang, "app.compare.nothing"),
    };
    html! {
        <div class="compare-first" data-testid="first-difference">
            <button type="button" class="button" onclick={seek}>
                { fill(lang, "app.compare.first", &[("at", &clock(at))]) }
            </button>
            <dl class="fields">
                <dt>{ say(lang, "app.compare.here") }</dt><dd>{ told(&parting.mine) }</dd>
                <dt>{ say(lang, "app.compare.there") }</dt><dd>{ told(&parting.theirs) }</dd>
            </dl>
        </div>
    }
}

/// What is shown of each partition and of the clients, as rows of a name and two values.
fn rows(mine: &Scene, theirs: &Scene) -> Vec<(String, String, String)> {
    let facts = |scene: &Scene| -> Vec<(String, String)> {
        let strips = scene.strips.iter().flat_map(|strips| {
            let leader = strips.leader.map_or_else(|| "none".to_owned(), |id| id.to_string());
            let isr: Vec<String> = strips.isr.iter().map(ToString::to_string).collect();
            let mark = strips.replicas.iter().find(|strip| Some(strip.node) == strips.leader);
            let mark =
                mark.map_or_else(|| "–".to_owned(), |strip| strip.high_watermark.to_string());
            let row = |what: &str, value: String| (format!("{} {what}", strips.name), value);
            [
                row("leader", leader),
                row("epoch", strips.epoch.to_string()),
                row("ISR", format!("{{{}}}", isr.join(", "))),
                row("HW", mark),
                row("acked", strips.ledger.acked.to_string()),
                row("LOST", strips.ledger.lost.to_string()),
            ]
        });
        strips.collect()
    };
    let theirs = facts(theirs);
    let find = |name: &str| theirs.iter().find(|(known, _)| known == name);
    let pair = |(name, value): (String, String)| {
        let other = find(&name).map_or_else(|| "–".to_owned(), |(_, value)| value.clone());
        (name, value, other)
    };
    facts(mine).into_iter().map(pair).collect()
}

fn table(props: &Compare, theirs: &Scene, name: &str) -> Html {
    let lang = props.lang;
    let mine = props.player.look(|session| session.scene());
    let here = &props.branches[props.cursor.branch].name;
    html! {
        <div class="twin-table" tabindex="0">
            <table>
                <caption>{ fill(lang, "app.compare.at", &[("at", &clock(mine.at))]) }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ say(lang, "app.compare.what") }</th>
                        <th scope="col">{ here }</th>
                        <th scope="col">{ name }</th>
                    </tr>
                </thead>
                <tbody>
                    { for rows(&mine, theirs).into_iter().map(|(name, mine, theirs)| {
                        let differs = mine != theirs;
                        html! {
                            <tr class={differs.then_some("differs")}>
                                <th scope="row">{ name }</th>
                                <td>{ mine }</td>
                                <td>
                                    { theirs }
                                    if differs { <b aria-hidden="true">{ " ≠" }</b> }
                                </td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        </div>
    }
}
