//! The stage in words: tables made from the same scene, for those who read rather than look.
//!
//! Always present after the stage; a button shows it to everybody. Refuses to leave out what the
//! pictures show.

use crate::layout::edge::lag_in;
use crate::layout::facts::facts;
use crate::layout::node::health_word;
use crate::layout::record::promise_key;
use crate::layout::span::{brief, clock};
use crate::layout::strip::standing;
use crate::layout::text::{name_of, say, tell};
use crate::view::host::{Part, View, view};
use replicascope::Lang;
use replicascope::scene::{
    Disk, Fate, Flight, Group, GroupMember, LinkState, Node, Scene, Share, Span, Strip, Strips,
};
use replicascope::words::word;
use yew::prelude::*;

/// How long a scene stands before its tables are made.
const SETTLE_MS: u32 = 250;

#[derive(PartialEq)]
pub struct TextTwin {
    pub scene: Part<Scene>,
    pub lang: Lang,
}

view!(TextTwin, hook use_text_twin);

#[hook]
fn use_text_twin(props: &TextTwin) -> Html {
    let shown = use_state_eq(|| false);
    let (scene, lang) = (use_settled(&props.scene), props.lang);
    let onclick = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(!*shown))
    };
    html! {
        <section class="twin" data-testid="twin">
            <button type="button" class="button twin-toggle" {onclick}
                aria-expanded={shown.to_string()} aria-controls="twin-tables">
                { word(lang, if *shown { "stage.twin.hide" } else { "stage.twin.show" }) }
            </button>
            <div id="twin-tables" class={if *shown { "twin-tables" } else { "twin-tables aside" }}
                tabindex={shown.then_some("0")} role="region"
                aria-label={word(lang, "stage.twin.name")}>
                { Tables { scene, lang }.show() }
            </div>
        </section>
    }
}

#[derive(PartialEq)]
struct Tables {
    scene: Part<Scene>,
    lang: Lang,
}

view!(Tables, tables);

fn tables(props: &Tables) -> Html {
    let (scene, lang) = (&*props.scene, props.lang);
    let (at, step) = (clock(scene.at), scene.step.to_string());
    html! {
        <>
            <p>{ say(lang, "stage.twin.intro", &[("at", &at), ("step", &step)]) }</p>
            { nodes(scene, lang) }
            { for scene.strips.iter().map(|strips| partition(scene, strips, lang)) }
            { for scene.groups.iter().map(|group| members(scene, group, lang)) }
            { flights(scene, lang) }
            { parked(scene, lang) }
            { timers(scene, lang) }
            { links(scene, lang) }
        </>
    }
}

/// The scene as it was when it last stood still: nobody reads tables that change at every frame,
/// and making them costs more than all pictures together.
#[hook]
fn use_settled(scene: &Part<Scene>) -> Part<Scene> {
    let settled = use_state_eq(|| scene.clone());
    {
        let settled = settled.clone();
        use_effect_with(scene.clone(), move |scene| {
            let scene = scene.clone();
            let later = gloo::timers::callback::Timeout::new(SETTLE_MS, move || settled.set(scene));
            move || drop(later)
        });
    }
    (*settled).clone()
}

/// A table with its caption and column heads, under `stage.twin`; the first cell heads its row.
fn table(caption: Html, heads: &[&str], rows: Vec<Vec<String>>, lang: Lang) -> Html {
    marked(caption, heads, rows, lang, |_| false)
}

/// The same with some rows marked.
pub fn marked(
    caption: Html,
    heads: &[&str],
    rows: Vec<Vec<String>>,
    lang: Lang,
    is_marked: fn(&[String]) -> bool,
) -> Html {
    let head =
        |key: &&str| html! { <th scope="col">{ word(lang, &format!("stage.twin.{key}")) }</th> };
    let cell = |(index, text): (usize, String)| match index {
        0 => html! { <th scope="row">{ text }</th> },
        _ => html! { <td>{ text }</td> },
    };
    if rows.is_empty() {
        return html! { <p><b>{ caption }</b>{ ": " }{ word(lang, "stage.twin.none") }</p> };
    }
    html! {
        <div class="twin-table">
            <table>
                <caption>{ caption }</caption>
                <thead><tr>{ for heads.iter().map(head) }</tr></thead>
                <tbody>
                    { for rows.into_iter().map(|row| {
                        let class = is_marked(&row).then_some("differs");
                        html! { <tr {class}>{ for row.into_iter().enumerate().map(cell) }</tr> }
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn titled(key: &str, lang: Lang) -> Html {
    html! { { word(lang, key) } }
}

fn nodes(scene: &Scene, lang: Lang) -> Html {
    let row = |node: &Node| {
        let disk = match node.disk {
            Disk::Ok => "stage.disk.ok",
            Disk::Slow => "stage.disk.slow",
            Disk::Full => "stage.disk.full",
        };
        let mut says: Vec<String> =
            node.standing.iter().chain(&node.badges).map(|told| tell(lang, told, scene)).collect();
        if let Some(pips) = &node.pips {
            let set = crate::layout::text::set_of;
            says.push(say(
                lang,
                "stage.votes",
                &[
                    ("granted", &set(&pips.granted)),
                    ("refused", &set(&pips.refused)),
                    ("waiting", &set(&pips.waiting)),
                ],
            ));
        }
        vec![node.name.clone(), health_word(node.health, lang), word(lang, disk), says.join("; ")]
    };
    let rows = scene.nodes.iter().map(row).collect();
    table(titled("stage.twin.nodes", lang), &["node", "state", "disk", "says"], rows, lang)
}

fn partition(scene: &Scene, strips: &Strips, lang: Lang) -> Html {
    let facts: Vec<String> = facts(scene, strips, lang)
        .into_iter()
        .map(|fact| format!("{} {}", fact.label, fact.value))
        .collect();
    let caption = html! { <><b>{ &strips.name }</b>{ " " }{ facts.join(", ") }</> };
    let rows = strips.replicas.iter().map(|strip| replica(scene, strips, strip, lang)).collect();
    let heads = ["replica", "standing", "in-isr", "start", "end", "hw", "lag", "records", "lost"];
    table(caption, &heads, rows, lang)
}

fn replica(scene: &Scene, strips: &Strips, strip: &Strip, lang: Lang) -> Vec<String> {
    let (standing, _) = standing(strips, strip, lang);
    let epoch = say(lang, "stage.epoch-short", &[("epoch", &strip.epoch.to_string())]);
    let lag = lag_in(strip, scene.at, lang, "stage.lag");
    let records = strip.cells.iter().map(|cell| {
        say(
            lang,
            "stage.twin.record",
            &[
                ("offset", &cell.offset.to_string()),
                ("epoch", &cell.epoch.to_string()),
                ("promise", &word(lang, promise_key(cell.promise))),
            ],
        )
    });
    let lost: Vec<String> = strip.ghosts.iter().map(|cell| cell.offset.to_string()).collect();
    vec![
        name_of(scene, strip.node),
        format!("{standing}, {epoch}"),
        word(lang, if strip.in_isr { "stage.twin.yes" } else { "stage.twin.no" }),
        strip.start.to_string(),
        strip.end.to_string(),
        strip.high_watermark.to_string(),
        lag.unwrap_or_default(),
        records.collect::<Vec<_>>().join("; "),
        lost.join(", "),
    ]
}

/// A group: its members with what each holds, then what nobody holds.
fn members(scene: &Scene, group: &Group, lang: Lang) -> Html {
    let epoch = say(lang, "stage.groups.epoch", &[("epoch", &group.epoch.to_string())]);
    let coordinator = group
        .coordinator
        .map(|node| say(lang, "stage.groups.coordinator", &[("node", &name_of(scene, node))]));
    let state = group.state.clone();
    let mut facts = vec![
        state.unwrap_or_else(|| word(lang, "stage.groups.uncoordinated")),
        epoch,
        tell(lang, &group.protocol, scene),
    ];
    facts.extend(coordinator);
    facts.push(say(lang, "stage.groups.stopped", &[("span", &brief(group.stopped))]));
    let title = say(lang, "stage.twin.group", &[("group", &group.name)]);
    let caption = html! { <><b>{ title }</b>{ " " }{ facts.join(", ") }</> };
    let mut rows: Vec<Vec<String>> =
        group.members.iter().map(|member| member_row(scene, group, member, lang)).collect();
    let orphans: Vec<&Share> = group.shares.iter().filter(|share| share.owner.is_none()).collect();
    if !orphans.is_empty() {
        let nobody = word(lang, "stage.groups.nobody");
        rows.push(vec![nobody, String::new(), String::new(), held(&orphans, lang), lag(&orphans)]);
    }
    table(caption, &["member", "generation", "state", "holds", "lag"], rows, lang)
}

fn member_row(scene: &Scene, group: &Group, member: &GroupMember, lang: Lang) -> Vec<String> {
    let own = group.shares.iter().filter(|share| member.owned.contains(&share.strip));
    let own: Vec<&Share> = own.collect();
    let mut doing = tell(lang, &member.doing, scene);
    if member.zombie {
        doing = format!("{}, {doing}", word(lang, "stage.groups.zombie"));
    }
    let holds = if own.is_empty() { word(lang, "stage.groups.idle") } else { held(&own, lang) };
    let epoch = member.epoch.map_or("–".to_owned(), |epoch| epoch.to_string());
    vec![name_of(scene, member.node), epoch, doing, holds, lag(&own)]
}

/// `orders-0 (committed 41 of 47)`
fn held(shares: &[&Share], lang: Lang) -> String {
    let one = |share: &&Share| {
        let committed = share.committed.map_or("–".to_owned(), |at| at.to_string());
        let end = share.end.to_string();
        let args = [("strip", &*share.strip), ("committed", &*committed), ("end", &*end)];
        say(lang, "stage.twin.share", &args)
    };
    shares.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn lag(shares: &[&Share]) -> String {
    shares.iter().map(|share| share.lag()).sum::<u64>().to_string()
}

fn flights(scene: &Scene, lang: Lang) -> Html {
    let row = |flight: &Flight| {
        let kind = if flight.reply { "stage.twin.reply" } else { "stage.twin.request" };
        let fate = match flight.fate {
            Fate::Arriving => "stage.twin.arriving",
            Fate::Doomed => "stage.twin.doomed",
            Fate::Held => "stage.twin.held",
        };
        vec![
            crate::layout::pill::words(flight),
            name_of(scene, flight.from),
            name_of(scene, flight.to),
            word(lang, kind),
            word(lang, fate),
            brief(flight.due.since(scene.at)),
        ]
    };
    let rows = scene.flights.iter().map(row).collect();
    let heads = ["message", "from", "to", "kind", "fate", "due"];
    table(titled("stage.twin.flights", lang), &heads, rows, lang)
}

fn parked(scene: &Scene, lang: Lang) -> Html {
    let rows = scene.parked.iter().map(|parked| {
        vec![
            parked.api.clone(),
            name_of(scene, parked.node),
            name_of(scene, parked.from),
            parked.strip.clone().unwrap_or_default(),
            tell(lang, &parked.why, scene),
            brief(parked.until.since(scene.at)),
        ]
    });
    let heads = ["message", "node", "from", "partition", "why", "left"];
    table(titled("stage.twin.parked", lang), &heads, rows.collect(), lang)
}

fn timers(scene: &Scene, lang: Lang) -> Html {
    let rows = scene.timers.iter().map(|timer| {
        vec![
            tell(lang, &timer.label, scene),
            name_of(scene, timer.node),
            brief(timer.due.since(scene.at)),
            format!("{}={}", timer.setting.key, timer.setting.value),
        ]
    });
    let heads = ["timer", "node", "left", "setting"];
    table(titled("stage.twin.timers", lang), &heads, rows.collect(), lang)
}

fn links(scene: &Scene, lang: Lang) -> Html {
    let row = |link: &LinkState| {
        let mut says = Vec::new();
        if link.cut {
            says.push(word(lang, "stage.twin.cut"));
        }
        if link.held {
            says.push(word(lang, "stage.twin.held"));
        }
        if link.extra > Span::ZERO {
            says.push(say(lang, "stage.twin.slower", &[("extra", &brief(link.extra))]));
        }
        if link.loss_permille > 0 {
            let permille = link.loss_permille.to_string();
            says.push(say(lang, "stage.twin.loses", &[("permille", &permille)]));
        }
        let pair = format!("{} → {}", name_of(scene, link.from), name_of(scene, link.to));
        vec![pair, says.join(", ")]
    };
    let rows = scene.links.iter().map(row).collect();
    table(titled("stage.twin.links", lang), &["link", "state"], rows, lang)
}
