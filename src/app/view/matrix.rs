//! The log matrix: one block a partition, the names in place, the logs scrolling under them.
//!
//! Draws what the scene says; refuses to know the run.

use super::draw::{draw_each, key_pick, on_click};
use super::size::use_width;
use crate::action::Action;
use crate::layout::block::Block;
use crate::layout::compare::Differences;
use crate::layout::facts::{Fact, facts};
use crate::layout::shape::{Shape, px};
use crate::layout::strip::{self, logs, logs_width, names};
use crate::pick::Pick;
use crate::view::host::{Part, View, view};
use replicascope::Lang;
use replicascope::scene::{Arrange, Scene, Strips};
use replicascope::words::word;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Matrix {
    pub scene: Part<Scene>,
    pub lang: Lang,
    pub picked: Option<Pick>,
    pub act: Callback<Action>,
    /// Where there are many partitions, only this one is unfolded (the first, if none is named).
    pub focus: Option<String>,
    /// Only the one in focus is unfolded, the others step back.
    pub alone: bool,
    /// What the run beside it shows otherwise.
    pub differs: Part<Differences>,
}

/// Up to so many partitions are all unfolded.
const UNFOLDED: usize = 3;

view!(Matrix, hook use_matrix);

#[hook]
fn use_matrix(props: &Matrix) -> Html {
    let place = use_node_ref();
    let on_pick = props.act.reform(|pick| Action::Pick(Some(pick)));
    let width = use_width(&place, 880.0);
    let strips = &props.scene.strips;
    let known = |name: &&String| strips.iter().any(|one| one.name == **name);
    let first = strips.first().map(|one| &one.name);
    let focus = props.focus.as_ref().filter(known).or(first);
    let onclick = on_click(&on_pick);
    let onkeydown = on_key(props.scene.clone(), props.picked.clone(), on_pick);
    // The one that stands out stands first, however many there are.
    let mut order: Vec<usize> = (0..strips.len()).collect();
    if props.alone {
        order.arrange_by_key(|index| focus != Some(&strips[*index].name));
    }
    let blocks = order.into_iter().map(|index| {
        let one = &strips[index];
        Partition {
            scene: props.scene.clone(),
            index,
            folded: (props.alone || strips.len() > UNFOLDED) && focus != Some(&one.name),
            back: props.alone && focus != Some(&one.name),
            width,
            lang: props.lang,
            picked: mine(props.picked.as_ref(), &one.name),
            differs: props.differs.about(&one.name),
        }
        .keyed(&one.name)
    });
    html! {
        <div class="matrix" ref={place} {onclick} {onkeydown} role="group"
            aria-label={word(props.lang, "stage.matrix")}>
            { for blocks }
        </div>
    }
}

/// The pick, if it is about this partition: others need not be drawn anew for it.
fn mine(picked: Option<&Pick>, name: &str) -> Option<Pick> {
    let about = match picked? {
        Pick::Partition(about) | Pick::Replica(about, _) | Pick::Record(about, _) => about,
        _ => return None,
    };
    (about == name).then(|| picked.cloned()).flatten()
}

struct Partition {
    scene: Part<Scene>,
    index: usize,
    folded: bool,
    back: bool,
    width: f64,
    lang: Lang,
    picked: Option<Pick>,
    /// Facts of it that the run beside this one shows otherwise.
    differs: Vec<String>,
}

impl Partition {
    fn strips(&self) -> &Strips {
        &self.scene.strips[self.index]
    }

    /// A lag that is shown grows with time even while nothing else changes.
    fn has_lag(&self) -> bool {
        self.strips().replicas.iter().any(|replica| replica.lag.is_some())
    }
}

/// Only what this block shows: a change of one partition redraws one block.
impl PartialEq for Partition {
    fn eq(&self, other: &Partition) -> bool {
        let same_time = self.scene.at == other.scene.at || !self.has_lag();
        self.width == other.width
            && self.folded == other.folded
            && self.back == other.back
            && self.lang == other.lang
            && self.picked == other.picked
            && self.differs == other.differs
            && same_time
            && self.strips() == other.strips()
    }
}

view!(Partition, hook use_partition);

#[hook]
fn use_partition(props: &Partition) -> Html {
    let strips = props.strips();
    let facts = facts(&props.scene, strips, props.lang);
    let block = Block::of(strips, props.width);
    let body = use_node_ref();
    use_end_in_sight(&body, block.hidden(props.width - block.form.names) as i32);
    html! {
        <section class={classes!(
                "partition",
                props.folded.then_some("partition-folded"),
                props.back.then_some("stepped-back"),
            )}
            data-partition={strips.name.clone()}>
            <header class="partition-head">
                <h3>
                    <button type="button" class="partition-name"
                        aria-expanded={if props.folded { "false" } else { "true" }}
                        data-pick={Pick::Partition(strips.name.clone()).mark()}>
                        { &strips.name }
                    </button>
                </h3>
                <dl class="facts">{ for facts.iter().map(|it| fact(it, &props.differs)) }</dl>
            </header>
            if !props.folded {
                <div class="partition-body" ref={body}>{ pictures(props, strips, &block) }</div>
            }
        </section>
    }
}

/// Keeps the end of the logs in sight as they grow, where they are wider than their place.
#[hook]
fn use_end_in_sight(body: &NodeRef, hidden: i32) {
    let body = body.clone();
    use_effect_with(hidden, move |hidden| {
        // Asking an element how wide it is would make the browser lay out the page at once.
        if let (true, Some(element)) = (*hidden > 0, body.cast::<web_sys::Element>()) {
            element.set_scroll_left(*hidden);
        }
    });
}

fn fact(fact: &Fact, differs: &[String]) -> Html {
    let tone = (!fact.tone.is_empty()).then(|| format!("fact-{}", fact.tone));
    let differs = differs.contains(&fact.label);
    html! {
        <div class={classes!("fact", tone, differs.then_some("fact-differs"))}>
            <dt>{ &fact.label }</dt>
            <dd>{ &fact.value }if differs { <b class="differs-sign">{ "≠" }</b> }</dd>
        </div>
    }
}

fn pictures(props: &Partition, strips: &Strips, block: &Block) -> Html {
    let names_width = block.form.names;
    let view = strip::View {
        scene: &props.scene,
        strips,
        block,
        picked: props.picked.as_ref(),
        lang: props.lang,
        room: props.width - names_width,
    };
    html! {
        <>
            { sheet("partition-names", names_width, block.height, names(&view)) }
            { sheet("partition-logs", logs_width(&view), block.height, logs(&view)) }
        </>
    }
}

fn sheet(class: &'static str, width: f64, height: f64, shapes: Vec<Shape>) -> Html {
    let (width, height) = (px(width), px(height));
    html! {
        <svg class={classes!("picture", class)} viewBox={format!("0 0 {width} {height}")}
            width={width.clone()} height={height.clone()}>
            { draw_each(shapes) }
        </svg>
    }
}

/// Enter picks a replica; up and down go through its records from there.
fn on_key(
    scene: Part<Scene>,
    picked: Option<Pick>,
    on_pick: Callback<Pick>,
) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if let Some(pick) = key_pick(&event) {
            on_pick.emit(pick);
            return;
        }
        let later = match event.key().as_str() {
            "ArrowUp" => false,
            "ArrowDown" => true,
            _ => return,
        };
        let Some(Pick::Replica(name, node)) = super::draw::hit(&event) else { return };
        let strips = scene.strips.iter().find(|one| one.name == name);
        let replica = strips.and_then(|one| one.replicas.iter().find(|strip| strip.node == node));
        let Some(replica) = replica else { return };
        let at = match &picked {
            Some(Pick::Record(about, offset)) if *about == name => Some(*offset),
            _ => None,
        };
        let offsets = || replica.cells.iter().map(|cell| cell.offset);
        let next = match (at, later) {
            (None, _) => offsets().next_back(),
            (Some(at), true) => offsets().find(|offset| *offset > at),
            (Some(at), false) => offsets().rev().find(|offset| *offset < at),
        };
        if let Some(next) = next {
            event.prevent_default();
            on_pick.emit(Pick::Record(name, next));
        }
    })
}
