//! Breaking and mending by hand: one card a node, one grid for the links.
//!
//! Every button stands for a line of the console; the player echoes it there.

use crate::action::{Action, Deed};
use crate::text::{Names, fill, say};
use crate::view::host::{Part, View, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::scene::{
    Arrange, Disk, Fault, Health, LinkState, Node, NodeId, Role, Scene, Span,
};
use yew::prelude::*;

/// How slow a slow disk is: long enough to see, short enough to stay in the ISR for a while.
const SLOW_DISK: Span = Span::millis(200);

#[derive(Clone)]
pub struct Faults {
    pub lang: Lang,
    pub scene: Part<Scene>,
    pub names: Names,
    pub act: Callback<Action>,
}

/// Only what the buttons depend on: a scene changes twenty times a second, this seldom.
impl PartialEq for Faults {
    fn eq(&self, other: &Faults) -> bool {
        let node = |node: &Node| (node.id, node.health, node.disk);
        let cut = |link: &LinkState| (link.from, link.to, link.cut);
        let (mine, theirs) = (&*self.scene, &*other.scene);
        self.lang == other.lang
            && self.names == other.names
            && mine.nodes.iter().map(node).eq(theirs.nodes.iter().map(node))
            && mine.links.iter().map(cut).eq(theirs.links.iter().map(cut))
    }
}

view!(Faults, faults);

fn faults(props: &Faults) -> Html {
    let mut servers: Vec<&Node> = props.scene.nodes.iter().filter(|node| is_server(node)).collect();
    // What is broken most often comes first.
    servers.arrange_by_key(|node| (node.role != Role::Broker, node.id));
    html! {
        <section class="faults" aria-label={say(props.lang, "app.faults.name")}>
            <p class="quiet">{ say(props.lang, "app.faults.echo") }</p>
            <div class="fault-cards">
                { for servers.iter().map(|node| card(props, node)) }
            </div>
            { Links(props.clone()).show() }
        </section>
    }
}

fn is_server(node: &Node) -> bool {
    matches!(node.role, Role::Controller | Role::Broker)
}

fn card(props: &Faults, node: &Node) -> Html {
    let id = node.id;
    let does = |sign, key, testid, fault| button(props, node, sign, key, testid, fault);
    let gone = matches!(node.health, Health::Dead | Health::PoweredOff);
    let paused = node.health == Health::Paused;
    html! {
        <fieldset class="fault-card" key={node.name.clone()}>
            <legend>{ &node.name }</legend>
            if gone {
                { does(Icon::Restart, "app.faults.restart", "fault-restart", Fault::Restart(id)) }
            } else {
                { does(Icon::Skull, "app.faults.kill", "fault-kill", Fault::Kill(id)) }
                { does(Icon::Bolt, "app.faults.power-off", "fault-power-off", Fault::PowerOff(id)) }
                { does(Icon::Stop, "app.faults.stop", "fault-stop", Fault::Stop(id)) }
                if paused {
                    { does(Icon::Play, "app.faults.resume", "fault-resume", Fault::Resume(id)) }
                } else {
                    { does(Icon::Pause, "app.faults.pause", "fault-pause", Fault::Pause(id)) }
                }
            }
            { disk(props, node) }
            { isolation(props, node) }
        </fieldset>
    }
}

fn disk(props: &Faults, node: &Node) -> Html {
    let (key, extra) = match node.disk {
        Disk::Slow => ("app.faults.cure-disk", Span::ZERO),
        Disk::Ok | Disk::Full => ("app.faults.slow-disk", SLOW_DISK),
    };
    let fault = Fault::SlowDisk { node: node.id, extra };
    button(props, node, Icon::Disk, key, "fault-slow-disk", fault)
}

fn isolation(props: &Faults, node: &Node) -> Html {
    let cut = |link: &LinkState| link.cut && (link.from == node.id || link.to == node.id);
    let (key, fault) = if props.scene.links.iter().any(cut) {
        ("app.faults.rejoin", Fault::Rejoin(node.id))
    } else {
        ("app.faults.isolate", Fault::Isolate(node.id))
    };
    button(props, node, Icon::Island, key, "fault-isolate", fault)
}

fn button(
    props: &Faults,
    node: &Node,
    sign: Icon,
    key: &str,
    testid: &'static str,
    fault: Fault,
) -> Html {
    let name = say(props.lang, key);
    let onclick = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Fault(fault)));
    html! {
        <button type="button" class="fault" data-testid={testid} {onclick}
            data-node={node.id.to_string()} aria-label={format!("{name} {}", node.name)}>
            { icon(sign) }<span>{ name }</span>
        </button>
    }
}

#[derive(PartialEq)]
struct Links(Faults);

view!(Links, hook use_links);

/// Cuts between two nodes, one direction at a time.
#[hook]
fn use_links(links: &Links) -> Html {
    let props = &links.0;
    let from = use_state_eq(|| None::<NodeId>);
    let to = use_state_eq(|| None::<NodeId>);
    let chosen = from.zip(*to).filter(|(from, to)| from != to);
    let cutting = chosen.map(|(from, to)| Fault::Cut { from, to });
    let healing = chosen.map(|(from, to)| Fault::Heal { from, to });
    let cuts = props.scene.links.iter().filter(|link| link.cut);
    html! {
        <fieldset class="fault-card links">
            <legend>{ say(props.lang, "app.faults.links") }</legend>
            <div class="link-choice">
                { select(props, "app.faults.from", &from) }
                { icon(Icon::Arrow) }
                { select(props, "app.faults.to", &to) }
            </div>
            { link_button(props, "app.faults.cut", cutting) }
            { link_button(props, "app.faults.heal", healing) }
            { link_button(props, "app.faults.heal-all", Some(Fault::HealAll)) }
            <ul class="cuts">
                { for cuts.map(|link| cut(props, link.from, link.to)) }
            </ul>
        </fieldset>
    }
}

fn select(props: &Faults, key: &str, chosen: &UseStateHandle<Option<NodeId>>) -> Html {
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
            chosen.set(value.parse().ok().map(NodeId));
        })
    };
    html! {
        <select {onchange} aria-label={say(props.lang, key)}>
            <option value="" selected={chosen.is_none()}>{ say(props.lang, key) }</option>
            { for props.scene.nodes.iter().map(|node| html! {
                <option value={node.id.to_string()} selected={**chosen == Some(node.id)}>
                    { &node.name }
                </option>
            }) }
        </select>
    }
}

fn link_button(props: &Faults, key: &str, fault: Option<Fault>) -> Html {
    let onclick = props.act.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(fault) = fault {
            onclick.emit(Action::Do(Deed::Fault(fault)));
        }
    });
    let sign = if key == "app.faults.cut" { Icon::Cut } else { Icon::Link };
    html! {
        <button type="button" class="fault" disabled={fault.is_none()} {onclick}>
            { icon(sign) }<span>{ say(props.lang, key) }</span>
        </button>
    }
}

fn cut(props: &Faults, from: NodeId, to: NodeId) -> Html {
    let pair = format!("{} → {}", props.names.name(from), props.names.name(to));
    let name = fill(props.lang, "app.faults.heal-pair", &[("pair", &pair)]);
    let heal = Fault::Heal { from, to };
    let onclick = props.act.reform(move |_: MouseEvent| Action::Do(Deed::Fault(heal)));
    html! {
        <li key={pair}>
            <button type="button" class="bead" {onclick}>{ name }</button>
        </li>
    }
}
