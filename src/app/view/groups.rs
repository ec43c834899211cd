//! Consumer groups as ribbons: state and generation, who has which partition, how far behind.
//!
//! A partition without an owner stands in a row of its own, and the time that partitions were
//! without one is counted. Refuses to know a protocol; its words come with the engine.

use crate::layout::span::brief;
use crate::layout::text::{name_of, say, tell};
use crate::view::host::{Part, view};
use replicascope::Lang;
use replicascope::scene::{Group, GroupMember, Scene, Share};
use replicascope::words::word;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Groups {
    pub scene: Part<Scene>,
    pub lang: Lang,
}

view!(Groups, groups);

fn groups(props: &Groups) -> Html {
    if props.scene.groups.is_empty() {
        return Html::default();
    }
    html! {
        <section class="groups" aria-label={word(props.lang, "stage.groups.name")}
            data-testid="groups">
            { for props.scene.groups.iter().map(|group| ribbon(group, props)) }
        </section>
    }
}

fn ribbon(group: &Group, props: &Groups) -> Html {
    let lang = props.lang;
    let orphans: Vec<&Share> = group.shares.iter().filter(|share| share.owner.is_none()).collect();
    html! {
        <article class="group" data-group={group.name.clone()}>
            { head(group, props) }
            <ul class="group-rows">
                { for group.members.iter().map(|member| row(member, group, props)) }
                if !orphans.is_empty() {
                    <li class="group-row group-orphans">
                        <span class="group-who">{ word(lang, "stage.groups.nobody") }</span>
                        { shares(&orphans, lang) }
                    </li>
                }
            </ul>
            { tally(group, lang) }
        </article>
    }
}

fn head(group: &Group, props: &Groups) -> Html {
    let lang = props.lang;
    let (class, sign, state) = match &group.state {
        Some(state) if group.moves => ("group-state group-moves", "⟳ ", state.clone()),
        Some(state) => ("group-state", "● ", state.clone()),
        None => ("group-state group-moves", "○ ", word(lang, "stage.groups.uncoordinated")),
    };
    let epoch = group.epoch.to_string();
    html! {
        <header class="group-head">
            <b>{ &group.name }</b>
            <span {class} data-testid="group-state">
                { sign }{ state }
            </span>
            <span class="group-epoch">
                { say(lang, "stage.groups.epoch", &[("epoch", &epoch)]) }
            </span>
            <span class="quiet">{ tell(lang, &group.protocol, &props.scene) }</span>
            if let Some(node) = group.coordinator {
                <span class="quiet">
                    { say(lang, "stage.groups.coordinator",
                        &[("node", &name_of(&props.scene, node))]) }
                </span>
            }
            <span class="group-stopped" title={word(lang, "stage.groups.stopped-title")}>
                { say(lang, "stage.groups.stopped", &[("span", &brief(group.stopped))]) }
            </span>
        </header>
    }
}

fn row(member: &GroupMember, group: &Group, props: &Groups) -> Html {
    let lang = props.lang;
    let owned = group.shares.iter().filter(|share| member.owned.contains(&share.strip));
    let owned: Vec<&Share> = owned.collect();
    let idle = member.owned.is_empty();
    html! {
        <li class={classes!("group-row", member.zombie.then_some("group-zombie"))}>
            <span class="group-who">
                { name_of(&props.scene, member.node) }
                if let Some(epoch) = member.epoch {
                    <span class="group-badge">{ epoch }</span>
                }
            </span>
            if idle {
                <span class="quiet">{ word(lang, "stage.groups.idle") }</span>
            } else {
                { shares(&owned, lang) }
            }
            <span class="group-doing">
                if member.zombie {
                    <b class="group-flag">{ word(lang, "stage.groups.zombie") }</b>
                }
                { tell(lang, &member.doing, &props.scene) }
            </span>
        </li>
    }
}

fn shares(shares: &[&Share], lang: Lang) -> Html {
    let one = |share: &&Share| {
        let lag = share.lag().to_string();
        let (committed, end) =
            (share.committed.map_or("-".to_owned(), |at| at.to_string()), share.end.to_string());
        let args = [("lag", &*lag), ("committed", &*committed), ("end", &*end)];
        html! {
            <span class="group-share" title={say(lang, "stage.groups.share-title", &args)}>
                { &share.strip }
                <span class={if share.lag() > 50 { "group-lag group-behind" } else { "group-lag" }}>
                    { say(lang, "stage.groups.lag", &args) }
                </span>
            </span>
        }
    };
    html! { <span class="group-shares">{ for shares.iter().map(one) }</span> }
}

/// Counts that are zero say nothing and are left out, except of the work itself.
fn tally(group: &Group, lang: Lang) -> Html {
    let tally = &group.tally;
    let counts = [
        ("worked", tally.worked, true),
        ("repeated", tally.repeated, false),
        ("skipped", tally.skipped, false),
        ("rebalances", tally.rebalances, true),
        ("evicted", tally.evicted, false),
        ("late", tally.late, false),
        ("refused-commits", tally.refused_commits, false),
    ];
    let shown = counts.iter().filter(|(_, count, always)| *always || *count > 0);
    html! {
        <dl class="group-tally">
            { for shown.map(|(key, count, _)| html! {
                <div class={if *key == "skipped" { "group-lost" } else { "" }}>
                    <dt>{ word(lang, &format!("stage.groups.tally.{key}")) }</dt>
                    <dd>{ *count }</dd>
                </div>
            }) }
        </dl>
    }
}
