//! Consumer groups as ribbons: state and generation, who has which partition, how far behind.
//!
//! A partition without an owner stands in a row of its own, and the time that partitions were
//! without one is counted. Refuses to know a protocol; its words come with the engine.

use crate::layout::shape::{Shape, words};
use crate::layout::span::brief;
use crate::layout::text::{name_of, say, tell};
use crate::view::host::{Part, View, view};
use crate::view::picture::{Sketch, use_picture};
use crate::view::sight::use_seat;
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
    Ribbons { scene: props.scene.clone(), lang: props.lang }.show()
}

#[derive(PartialEq)]
struct Ribbons {
    scene: Part<Scene>,
    lang: Lang,
}

view!(Ribbons, hook use_ribbons);

#[hook]
fn use_ribbons(props: &Ribbons) -> Html {
    let place = use_node_ref();
    let seat = use_seat(&place);
    let sketch = |index: usize| -> Sketch {
        let (scene, lang) = (props.scene.clone(), props.lang);
        Box::new(move |_| ribbon(&scene.groups[index], &scene, lang))
    };
    use_picture(&place, &seat, 0, (0..props.scene.groups.len()).map(sketch).collect());
    html! {
        <section class="groups" ref={place} data-testid="groups"
            aria-label={word(props.lang, "stage.groups.name")}></section>
    }
}

fn ribbon(group: &Group, scene: &Scene, lang: Lang) -> Shape {
    let mut rows: Vec<Shape> =
        group.members.iter().map(|member| row(member, group, scene, lang)).collect();
    let orphans: Vec<&Share> = group.shares.iter().filter(|share| share.owner.is_none()).collect();
    if !orphans.is_empty() {
        let who = words("span", "group-who", word(lang, "stage.groups.nobody"));
        let row = Shape::new("li", "group-row group-orphans");
        rows.push(row.with([who, shares(&orphans, lang)]));
    }
    let rows = Shape::new("ul", "group-rows").with(rows);
    Shape::new("article", "group").attr("data-group", &group.name).with([
        head(group, scene, lang),
        rows,
        tally(group, lang),
    ])
}

fn head(group: &Group, scene: &Scene, lang: Lang) -> Shape {
    let (class, sign, state) = match &group.state {
        Some(state) if group.moves => ("group-state group-moves", "⟳ ", state.clone()),
        Some(state) => ("group-state", "● ", state.clone()),
        None => ("group-state group-moves", "○ ", word(lang, "stage.groups.uncoordinated")),
    };
    let epoch = say(lang, "stage.groups.epoch", &[("epoch", &group.epoch.to_string())]);
    let state = words("span", class, format!("{sign}{state}")).attr("data-testid", "group-state");
    let mut parts = vec![
        words("b", "", &group.name),
        state,
        words("span", "group-epoch", epoch),
        words("span", "quiet", tell(lang, &group.protocol, scene)),
    ];
    parts.extend(group.coordinator.map(|node| {
        let node = name_of(scene, node);
        words("span", "quiet", say(lang, "stage.groups.coordinator", &[("node", &node)]))
    }));
    let stopped = say(lang, "stage.groups.stopped", &[("span", &brief(group.stopped))]);
    let stopped = words("span", "group-stopped", stopped);
    parts.push(stopped.attr("title", word(lang, "stage.groups.stopped-title")));
    Shape::new("header", "group-head").with(parts)
}

fn row(member: &GroupMember, group: &Group, scene: &Scene, lang: Lang) -> Shape {
    let owned = group.shares.iter().filter(|share| member.owned.contains(&share.strip));
    let owned: Vec<&Share> = owned.collect();
    let name = words("span", "", name_of(scene, member.node));
    let badge = member.epoch.map(|epoch| words("span", "group-badge", epoch.to_string()));
    let who = Shape::new("span", "group-who").with([name]).with(badge);
    let what = if member.owned.is_empty() {
        words("span", "quiet", word(lang, "stage.groups.idle"))
    } else {
        shares(&owned, lang)
    };
    let flag = member.zombie.then(|| words("b", "group-flag", word(lang, "stage.groups.zombie")));
    let doing = words("span", "group-doing", tell(lang, &member.doing, scene)).with(flag);
    let class = if member.zombie { "group-row group-zombie" } else { "group-row" };
    Shape::new("li", class).with([who, what, doing])
}

fn shares(shares: &[&Share], lang: Lang) -> Shape {
    let one = |share: &&Share| {
        let lag = share.lag().to_string();
        let (committed, end) =
            (share.committed.map_or("-".to_owned(), |at| at.to_string()), share.end.to_string());
        let args = [("lag", &*lag), ("committed", &*committed), ("end", &*end)];
        let class = if share.lag() > 50 { "group-lag group-behind" } else { "group-lag" };
        Shape::new("span", "group-share")
            .attr("title", say(lang, "stage.groups.share-title", &args))
            .with([
                words("span", "", &share.strip),
                words("span", class, say(lang, "stage.groups.lag", &args)),
            ])
    };
    Shape::new("span", "group-shares").with(shares.iter().map(one))
}

/// Counts that are zero say nothing and are left out, except of the work itself.
fn tally(group: &Group, lang: Lang) -> Shape {
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
    let one = |(key, count, _): &(&str, u64, bool)| {
        let name = words("dt", "", word(lang, &format!("stage.groups.tally.{key}")));
        Shape::new("div", if *key == "skipped" { "group-lost" } else { "" })
            .with([name, words("dd", "", count.to_string())])
    };
    Shape::new("dl", "group-tally").with(shown.map(one))
}
