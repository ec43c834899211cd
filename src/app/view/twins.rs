//! Two runs in lock-step, in words: which, where they parted first, what each has cost, and what
//! differs at this instant. Without a second run: the choice of one.
//!
//! Refuses to move a run by itself.

use crate::action::{Action, Deed};
use crate::layout::compare::{Differences, Parting};
use crate::layout::span::brief;
use crate::mate::{Other, Toll};
use crate::player::Player;
use crate::text::{Names, clock, fill, say};
use crate::view::console::refused;
use crate::view::host::{Part, View, view};
use crate::view::twin::marked;
use replicascope::Lang;
use replicascope::scene::{Branch, CommandError, Cursor, Line, Span};
use replicascope::twin::{self, Beside, Change};
use yew::prelude::*;

/// Behind what differs.
const SIGN: &str = " ≠";
/// Partitions whose costs stand in rows of their own.
const SHOWN: usize = 6;

pub struct Twins {
    pub lang: Lang,
    pub player: Player,
    pub names: Names,
    pub branches: Part<Vec<Branch>>,
    pub cursor: Cursor,
    pub other: Option<Other>,
    /// The panels are about the other one.
    pub front: bool,
    pub differs: Part<Differences>,
    pub playing: bool,
    pub act: Callback<Action>,
}

/// While time runs, tables are made anew only as often as the costs are counted.
impl PartialEq for Twins {
    fn eq(&self, other: &Twins) -> bool {
        let told = |it: &Twins| {
            let with = it.other.as_ref().map(|other| other.with.clone());
            (it.lang, it.front, it.playing, it.cursor.branch, with)
        };
        let counted = |it: &Twins| it.other.as_ref().map(|other| other.tolls.clone());
        told(self) == told(other)
            && counted(self) == counted(other)
            && self.branches == other.branches
            && (self.playing || self.differs == other.differs)
    }
}

view!(Twins, twins);

fn twins(props: &Twins) -> Html {
    let lang = props.lang;
    let body = match &props.other {
        None => {
            let (player, names) = (props.player.clone(), props.names.clone());
            let (branches, here) = (props.branches.clone(), props.cursor.branch);
            Choice { lang, player, names, branches, here }.show()
        }
        Some(other) => side_by_side(props, other),
    };
    html! { <section class="twins" aria-label={say(lang, "app.twins.name")}>{ body }</section> }
}

fn side_by_side(props: &Twins, other: &Other) -> Html {
    let lang = props.lang;
    let front = props.front;
    let swap = props.act.reform(move |_: MouseEvent| Action::Front(!front));
    let leave = props.act.reform(|_: MouseEvent| Action::Beside(None));
    html! {
        <>
            <div class="row">
                <button type="button" class="button" onclick={swap} data-testid="twins-swap">
                    { say(lang, "app.twins.swap") }
                </button>
                <button type="button" class="button" onclick={leave} data-testid="twins-leave">
                    { say(lang, "app.twins.leave") }
                </button>
            </div>
            <dl class="fields">
                <dt>{ say(lang, "app.twins.this") }</dt><dd>{ &other.names.0 }</dd>
                <dt>{ say(lang, "app.twins.other") }</dt><dd>{ &other.names.1 }</dd>
            </dl>
            if !other.refused.is_empty() {
                <p class="quiet">
                    { fill(lang, "app.twins.refused", &[("lines", &other.refused.join("; "))]) }
                </p>
            }
            { partings(props, other) }
            { table(lang, say(lang, "app.twins.cost"), costs(lang, &other.tolls, other)) }
            { now(props, other) }
        </>
    }
}

fn partings(props: &Twins, other: &Other) -> Html {
    let lang = props.lang;
    let (first, key) = (&other.partings.first, &other.partings.key);
    let Some(first) = first else {
        return html! { <p class="quiet">{ say(lang, "app.twins.same") }</p> };
    };
    // At the same instant the key events say more.
    match key {
        Some(key) if key.at() == first.at() => parting(props, "app.twins.first", key),
        Some(key) => html! {
            <>
                { parting(props, "app.twins.first", first) }
                { parting(props, "app.twins.first-key", key) }
            </>
        },
        None => parting(props, "app.twins.first", first),
    }
}

/// Where both parted, what each told there, and the way to go there.
fn parting(props: &Twins, key: &str, parting: &Parting) -> Html {
    let lang = props.lang;
    let at = parting.at().unwrap_or_default();
    let seek = props.act.reform(move |_: MouseEvent| Action::Do(Deed::SeekTime(at)));
    let told = |line: &Option<Line>| match line {
        Some(line) => {
            let node = line.node.map(|node| format!("{} · ", props.names.name(node)));
            let words = props.names.tell(lang, &line.what);
            format!("{} {}{words}", clock(line.at), node.unwrap_or_default())
        }
        None => say(lang, "app.twins.nothing"),
    };
    html! {
        <div class="twins-first" data-testid="first-difference">
            <p>
                <b>{ fill(lang, key, &[("at", &clock(at))]) }</b>{ " " }
                <button type="button" class="button" onclick={seek}>
                    { say(lang, "app.twins.go") }
                </button>
            </p>
            <dl class="fields">
                <dt>{ say(lang, "app.twins.this") }</dt><dd>{ told(&parting.mine) }</dd>
                <dt>{ say(lang, "app.twins.other") }</dt><dd>{ told(&parting.theirs) }</dd>
            </dl>
        </div>
    }
}

/// A row: what it is about, and what it is in either run.
type Row = (String, String, String);

fn costs(lang: Lang, (mine, theirs): &(Toll, Toll), other: &Other) -> Vec<Row> {
    let row = |key: &str, mine: String, theirs: String| (say(lang, key), mine, theirs);
    let (one, two) = (&other.mine.ledger, &other.seen.scene.ledger);
    let mut rows: Vec<Row> = [
        ("app.ledger.sent", one.sent, two.sent),
        ("app.ledger.acked", one.acked, two.acked),
        ("app.ledger.lost", one.lost, two.lost),
        ("app.ledger.failed", one.failed, two.failed),
        ("app.ledger.duplicates", one.duplicates, two.duplicates),
        ("app.twins.elections", mine.elections as u64, theirs.elections as u64),
        ("app.twins.rebalances", mine.rebalances, theirs.rebalances),
    ]
    .into_iter()
    .map(|(key, mine, theirs)| row(key, mine.to_string(), theirs.to_string()))
    .collect();
    let mut more = 0;
    for (one, two) in mine.strips.iter().zip(&theirs.strips) {
        let spans = [
            ("app.twins.wait", one.wait, two.wait),
            ("app.twins.leaderless", one.leaderless, two.leaderless),
        ];
        let spans =
            spans.into_iter().filter(|(_, one, two)| (*one, *two) != (Span::ZERO, Span::ZERO));
        for (key, mine, theirs) in spans {
            if rows.len() < 7 + 2 * SHOWN {
                let name = fill(lang, key, &[("partition", &one.name)]);
                rows.push((name, brief(mine), brief(theirs)));
            } else {
                more += 1;
            }
        }
    }
    if more > 0 {
        let name = fill(lang, "app.twins.more", &[("count", &more.to_string())]);
        rows.push((name, String::new(), String::new()));
    }
    rows
}

/// What differs between the two stages as they are.
fn now(props: &Twins, other: &Other) -> Html {
    let lang = props.lang;
    let at = clock(other.seen.cursor.at);
    let rows: Vec<Row> = props
        .differs
        .rows
        .iter()
        .map(|row| (format!("{} {}", row.about, row.what), row.mine.clone(), row.theirs.clone()))
        .collect();
    if rows.is_empty() {
        return html! {
            <p class="quiet" data-testid="twins-now">
                { fill(lang, "app.twins.alike", &[("at", &at)]) }
            </p>
        };
    }
    table(lang, fill(lang, "app.twins.now", &[("at", &at)]), rows)
}

fn table(lang: Lang, caption: String, rows: Vec<Row>) -> Html {
    let row = |(name, mine, theirs): Row| {
        let sign = if mine == theirs { "" } else { SIGN };
        vec![name, mine, theirs + sign]
    };
    let caption = html! { { caption } };
    let rows = rows.into_iter().map(row).collect();
    marked(caption, &["about", "mine", "theirs"], rows, lang, |row| row[2].ends_with(SIGN))
}

/// What may be put beside the run.
#[derive(PartialEq)]
struct Choice {
    lang: Lang,
    player: Player,
    names: Names,
    branches: Part<Vec<Branch>>,
    here: usize,
}

view!(Choice, hook use_choice);

/// What was chosen; what was not chosen follows from the rest.
#[derive(Clone, Default, PartialEq)]
struct Wish {
    of: Option<String>,
    key: Option<String>,
    value: Option<String>,
}

/// What can be chosen, and what is.
struct Menu {
    lines: Vec<String>,
    keys: Vec<(String, Option<String>)>,
    values: Vec<String>,
    change: Change,
}

fn menu(player: &Player, wish: &Wish) -> Menu {
    player.look(|run| {
        let lines = twin::lines(run);
        let usual = lines.iter().find(|line| line.starts_with("producer")).or(lines.first());
        let of = wish.of.clone().or(usual.cloned()).unwrap_or_default();
        let keys = twin::keys(run, &of);
        let key = wish.key.clone().or(keys.first().map(|(key, _)| key.clone()));
        let key = key.unwrap_or_default();
        let now = keys.iter().find(|(known, _)| *known == key).and_then(|(_, now)| now.clone());
        let values = twin::values(run, &of, &key);
        let usual = values.iter().rev().find(|value| Some(*value) != now.as_ref()).cloned();
        let value = wish.value.clone().or(usual).or(now).unwrap_or_default();
        Menu { lines, keys, values, change: Change { of, key, value } }
    })
}

#[hook]
fn use_choice(props: &Choice) -> Html {
    let lang = props.lang;
    let wish = use_state_eq(Wish::default);
    let wrong = use_state_eq(|| None::<CommandError>);
    let at = (props.here, props.branches.len(), (*wish).clone());
    let menu = use_memo(at, |(_, _, wish)| menu(&props.player, wish));
    let begin = {
        let (player, wrong) = (props.player.clone(), wrong.clone());
        Callback::from(move |with: Beside| wrong.set(player.beside(with).err()))
    };
    let twin = {
        let (begin, change) = (begin.clone(), menu.change.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            begin.emit(Beside::Twin(change.clone()));
        })
    };
    html! {
        <>
            <p>{ say(lang, "app.twins.intro") }</p>
            <form class="twins-choice" onsubmit={twin}>
                <h3>{ say(lang, "app.twins.change") }</h3>
                { fields(lang, &menu, &wish) }
                if let Some(error) = &*wrong {
                    <div role="alert">{ refused(lang, &props.names, error) }</div>
                }
                <button type="submit" class="button primary" data-testid="twin-begin">
                    { say(lang, "app.twins.begin") }
                </button>
            </form>
            { others(props, &begin) }
        </>
    }
}

fn fields(lang: Lang, menu: &Menu, wish: &UseStateHandle<Wish>) -> Html {
    let put = |set: fn(&mut Wish, String)| {
        let wish = wish.clone();
        Callback::from(move |event: Event| {
            let field = event.target_unchecked_into::<web_sys::HtmlInputElement>();
            let mut next = (*wish).clone();
            set(&mut next, field.value());
            wish.set(next);
        })
    };
    let of = put(|wish, of| *wish = Wish { of: Some(of), ..Wish::default() });
    let key = put(|wish, key| (wish.key, wish.value) = (Some(key), None));
    let value = put(|wish, value| wish.value = Some(value.trim().to_owned()));
    let change = &menu.change;
    let lines = menu.lines.iter().map(|line| (line.clone(), line.clone()));
    let keys = menu.keys.iter().map(|(key, now)| {
        let now = now.as_ref().map_or(String::new(), |now| format!(" = {now}"));
        (key.clone(), format!("{key}{now}"))
    });
    let values = menu.values.iter().map(|value| (value.clone(), String::new()));
    html! {
        <>
            { labelled(lang, "app.twins.line", html! {
                <select onchange={of} data-testid="twin-of">
                    { options(lines, &change.of) }
                </select>
            }) }
            { labelled(lang, "app.sandbox.key", html! {
                <select onchange={key} data-testid="twin-key">
                    { options(keys, &change.key) }
                </select>
            }) }
            { labelled(lang, "app.twins.value", html! {
                <input type="text" value={change.value.clone()} onchange={value} list="twin-values"
                    spellcheck="false" autocomplete="off" data-testid="twin-value" />
            }) }
            <datalist id="twin-values">{ options(values, "") }</datalist>
        </>
    }
}

fn labelled(lang: Lang, key: &str, field: Html) -> Html {
    html! { <label><span>{ say(lang, key) }</span>{ field }</label> }
}

fn options(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Html {
    let option = |(value, text): (String, String)| {
        let selected = value == chosen;
        html! { <option {selected} {value}>{ text }</option> }
    };
    all.map(option).collect()
}

/// The branches that there are, each one press away.
fn others(props: &Choice, begin: &Callback<Beside>) -> Html {
    let lang = props.lang;
    if props.branches.len() < 2 {
        return html! { <p class="quiet">{ say(lang, "app.twins.no-branch") }</p> };
    }
    let others = props.branches.iter().enumerate().filter(|(number, _)| *number != props.here);
    html! {
        <>
            <h3>{ say(lang, "app.twins.branch") }</h3>
            <div class="beads">
                { for others.map(|(number, branch)| {
                    let onclick = begin.reform(move |_: MouseEvent| Beside::Branch(number));
                    html! {
                        <button type="button" class="bead" {onclick} data-testid="twin-branch">
                            { &branch.name }
                        </button>
                    }
                }) }
            </div>
        </>
    }
}
