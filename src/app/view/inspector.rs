//! The fields of what was picked, under the real system's names, and what may be asked about it.

use crate::action::{Action, Deed};
use crate::pick::Pick;
use crate::player::Player;
use crate::text::{Names, clock, fill, say, span};
use crate::view::bytes::Bytes;
use crate::view::host::{Part, View, view};
use replicascope::Lang;
use replicascope::scene::{
    Ask, Carrier, Field, Flight, LogFolder, Node, NodeId, Packed, Role, Scene, SegmentFile, Strip,
    Strips,
};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Inspector {
    pub lang: Lang,
    pub scene: Part<Scene>,
    pub names: Names,
    pub picked: Option<Pick>,
    /// To ask for the bytes of what was picked.
    pub player: Player,
    /// The partition that stands out, if one does.
    pub focus: Option<String>,
    pub act: Callback<Action>,
}

view!(Inspector, inspector);

fn inspector(props: &Inspector) -> Html {
    let body = props.picked.as_ref().and_then(|pick| body(props, pick));
    html! {
        <section class="inspector" aria-label={say(props.lang, "app.inspect.name")}>
            { body.unwrap_or_else(|| nothing(props)) }
        </section>
    }
}

fn nothing(props: &Inspector) -> Html {
    let gone = props.picked.is_some();
    let key = if gone { "app.inspect.gone" } else { "app.inspect.nothing" };
    html! { <p class="quiet">{ say(props.lang, key) }</p> }
}

fn body(props: &Inspector, pick: &Pick) -> Option<Html> {
    let scene = &props.scene;
    Some(match pick {
        Pick::Node(id) => node(props, scene.nodes.iter().find(|node| node.id == *id)?),
        Pick::Flight(id) => flight(props, scene.flights.iter().find(|it| it.id == *id)?),
        Pick::Partition(name) => partition(props, strips(scene, name)?),
        Pick::Replica(name, id) => {
            let strip = strips(scene, name)?.replicas.iter().find(|strip| strip.node == *id)?;
            replica(props, name, strip)
        }
        Pick::Record(name, offset) => record(props, strips(scene, name)?, *offset),
        Pick::Link(from, to) => link(props, *from, *to),
        Pick::Decision(event) | Pick::Line(event) => {
            ask(props, "app.why.ask-event", Ask::Event(*event))
        }
    })
}

fn strips<'a>(scene: &'a Scene, name: &str) -> Option<&'a Strips> {
    scene.strips.iter().find(|strips| strips.name == name)
}

fn node(props: &Inspector, node: &Node) -> Html {
    html! {
        <>
            <h3>{ &node.name }</h3>
            { for node.badges.iter().map(|badge| html! {
                <p class="quiet">{ props.names.tell(props.lang, badge) }</p>
            }) }
            { fields(&node.fields) }
            if node.role == Role::Controller {
                { metadata(props, node) }
            }
            { ask(props, "app.why.ask-node", Ask::Node(node.id)) }
        </>
    }
}

/// How far each broker has applied the metadata that this controller knows to be committed.
fn metadata(props: &Inspector, node: &Node) -> Html {
    let number = |node: &Node, name: &str| -> Option<i64> {
        node.fields.iter().find(|field| field.name == name)?.value.parse().ok()
    };
    let Some(end) = number(node, "high-watermark") else { return Html::default() };
    let rows = props.scene.nodes.iter().filter_map(|broker| {
        let applied = number(broker, "last-applied-record-offset")?;
        let behind = (end - applied).max(0).to_string();
        let words = [("at", applied.to_string()), ("behind", behind)];
        let words = words.each_ref().map(|(name, value)| (*name, value.as_str()));
        Some((broker.name.as_str(), fill(props.lang, "app.inspect.applied", &words)))
    });
    let rows: Vec<(&str, String)> = rows.collect();
    html! {
        <>
            <h4>{ fill(props.lang, "app.inspect.metadata", &[("end", &end.to_string())]) }</h4>
            { table(&rows) }
        </>
    }
}

fn flight(props: &Inspector, flight: &Flight) -> Html {
    let route = format!("{} → {}", props.names.name(flight.from), props.names.name(flight.to));
    let kind = if flight.reply { "app.inspect.reply" } else { "app.inspect.request" };
    html! {
        <>
            <h3>{ format!("{} · {}", flight.api, say(props.lang, kind)) }</h3>
            <p class="quiet">{ route }{ " " }{ &flight.note }</p>
            if let Some(error) = &flight.error {
                <p class="bad"><code>{ error }</code></p>
            }
            { fields(&flight.fields) }
            if flight.api == "Produce" && !flight.reply {
                { bytes(props, &Carrier::Flight(flight.id)) }
            }
            { ask(props, "app.why.ask-flight", Ask::Event(flight.cause)) }
        </>
    }
}

fn partition(props: &Inspector, strips: &Strips) -> Html {
    let names = |nodes: &[NodeId]| {
        let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
        format!("[{}]", list.join(","))
    };
    let leader = strips.leader.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let rows = [
        ("leader", leader),
        ("leaderEpoch", strips.epoch.to_string()),
        ("partitionEpoch", strips.version.to_string()),
        ("isr", names(&strips.isr)),
        ("elr", names(&strips.elr)),
        ("min.insync.replicas", strips.min_isr.to_string()),
        ("acked", strips.ledger.acked.to_string()),
        ("LOST", strips.ledger.lost.to_string()),
    ];
    html! {
        <>
            <h3>{ &strips.name }</h3>
            { focus(props, &strips.name) }
            { table(&rows) }
            { ask(props, "app.why.ask-leader", Ask::Leader(strips.name.clone())) }
            { ask(props, "app.why.ask-isr", Ask::Isr(strips.name.clone())) }
        </>
    }
}

/// Lets a partition stand out, or ends it.
fn focus(props: &Inspector, name: &str) -> Html {
    let on = props.focus.as_deref() == Some(name);
    let next = (!on).then(|| name.to_owned());
    let onclick = props.act.reform(move |_: MouseEvent| Action::Focus(next.clone()));
    let key = if on { "app.inspect.unfocus" } else { "app.inspect.focus" };
    html! {
        <button type="button" class="button" aria-pressed={on.to_string()} {onclick}
            data-testid="focus">
            { say(props.lang, key) }
        </button>
    }
}

fn replica(props: &Inspector, partition: &str, strip: &Strip) -> Html {
    let lag = strip.lag.as_ref().map_or_else(String::new, |lag| {
        format!("{} / {}", span(props.scene.at.since(lag.caught_up)), span(lag.limit))
    });
    let rows = [
        ("leaderEpoch", strip.epoch.to_string()),
        ("logStartOffset", strip.start.to_string()),
        ("logEndOffset (LEO)", strip.end.to_string()),
        ("highWatermark (HW)", strip.high_watermark.to_string()),
        ("in ISR", strip.in_isr.to_string()),
        ("lag", lag),
    ];
    let high = Ask::HighWatermark(partition.to_owned(), strip.node);
    html! {
        <>
            <h3>{ format!("{partition} · {}", props.names.name(strip.node)) }</h3>
            { table(&rows) }
            { ask(props, "app.why.ask-hw", high) }
            { ask(props, "app.why.ask-isr", Ask::Isr(partition.to_owned())) }
            { for props.player.look_front(|session| session.folder(partition, strip.node))
                .map(|folder| files(props, &folder)) }
        </>
    }
}

/// What lies on the replica's disk: checkpoints and segments, as the tools print them.
fn files(props: &Inspector, folder: &LogFolder) -> Html {
    let lang = props.lang;
    let epochs = folder.epochs.iter().map(|(epoch, start)| format!("{epoch} → {start}"));
    let rows = [
        ("leader-epoch-checkpoint", epochs.collect::<Vec<_>>().join(", ")),
        ("replication-offset-checkpoint", or_none(folder.high_watermark)),
        ("log-start-offset-checkpoint", or_none(folder.log_start)),
    ];
    let last = folder.segments.last();
    let segments = folder.segments.iter().map(|segment| file(lang, segment, last == Some(segment)));
    html! {
        <section data-testid="files">
            <h4>{ say(lang, "app.files.name") }</h4>
            <p class="quiet"><code>{ &folder.path }</code></p>
            { table(&rows) }
            { for segments }
        </section>
    }
}

fn or_none(at: Option<u64>) -> String {
    at.map_or("–".to_owned(), |at| at.to_string())
}

fn file(lang: Lang, segment: &SegmentFile, active: bool) -> Html {
    let mut title = format!("{:020}.log", segment.base);
    if active {
        title = format!("{title} · {}", say(lang, "app.files.active"));
    }
    let last = segment.end.checked_sub(1).filter(|last| *last >= segment.base);
    let values = [
        ("app.files.offsets", format!("{} … {}", segment.base, or_none(last))),
        ("app.files.records", segment.records().to_string()),
        ("app.files.bytes", segment.bytes.to_string()),
        ("app.files.flushed", segment.flushed.to_string()),
        ("app.files.newest", segment.newest.map_or("–".to_owned(), clock)),
    ];
    let names: Vec<String> = values.iter().map(|(key, _)| say(lang, key)).collect();
    let rows = names.iter().zip(values).map(|(name, (_, value))| (name.as_str(), value));
    html! { <div class="file"><code>{ title }</code>{ table(&rows.collect::<Vec<_>>()) }</div> }
}

fn record(props: &Inspector, strips: &Strips, offset: u64) -> Html {
    let held = strips.replicas.iter().filter_map(|strip| {
        let mut cells = strip.cells.iter().chain(&strip.ghosts);
        let cell = cells.find(|cell| cell.offset == offset)?;
        let promise = say(props.lang, promise_key(cell.promise));
        Some((props.names.name(strip.node), format!("epoch {} · {promise}", cell.epoch)))
    });
    let held: Vec<(String, String)> = held.collect();
    let rows: Vec<(&str, String)> =
        held.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let title = fill(
        props.lang,
        "app.inspect.record",
        &[("offset", &offset.to_string()), ("partition", &strips.name)],
    );
    html! {
        <>
            <h3>{ title }</h3>
            { table(&rows) }
            { bytes(props, &Carrier::Record(strips.name.clone(), offset)) }
            { ask(props, "app.why.ask-record", Ask::Record(strips.name.clone(), offset)) }
        </>
    }
}

fn bytes(props: &Inspector, carrier: &Carrier) -> Html {
    let packed = props.player.look_front(|session| session.packed(carrier));
    let lang = props.lang;
    let one = |(at, packed): (usize, Packed)| Bytes { lang, packed }.keyed(at);
    packed.into_iter().enumerate().map(one).collect()
}

fn promise_key(promise: replicascope::scene::Promise) -> &'static str {
    use replicascope::scene::Promise;
    match promise {
        Promise::Appended => "app.promise.appended",
        Promise::Committed => "app.promise.committed",
        Promise::Acked => "app.promise.acked",
        Promise::Lost => "app.promise.lost",
    }
}

fn link(props: &Inspector, from: NodeId, to: NodeId) -> Html {
    let state = props.scene.links.iter().find(|link| link.from == from && link.to == to);
    let (cut, extra) = state.map_or((false, String::new()), |link| (link.cut, span(link.extra)));
    let key = if cut { "app.inspect.cut" } else { "app.inspect.open" };
    html! {
        <>
            <h3>{ format!("{} → {}", props.names.name(from), props.names.name(to)) }</h3>
            { table(&[("state", say(props.lang, key)), ("delay", extra)]) }
        </>
    }
}

fn fields(fields: &[Field]) -> Html {
    let rows: Vec<(&str, String)> =
        fields.iter().map(|field| (field.name.as_str(), field.value.clone())).collect();
    table(&rows)
}

fn table(rows: &[(&str, String)]) -> Html {
    html! {
        <dl class="fields">
            { for rows.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| html! {
                <>
                    <dt>{ *name }</dt>
                    <dd>{ value }</dd>
                </>
            }) }
        </dl>
    }
}

fn ask(props: &Inspector, key: &str, ask: Ask) -> Html {
    let onclick = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Ask(ask.clone())));
    html! {
        <button type="button" class="button ask" {onclick}>{ say(props.lang, key) }</button>
    }
}
