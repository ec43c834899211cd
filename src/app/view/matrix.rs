//! The log matrix: one block a partition, the names in place, the logs scrolling under them.
//!
//! Draws what the scene says; refuses to know the run.

use super::draw::{key_pick, on_click};
use super::picture::{Sketch, use_picture};
use super::sight::use_sight;
use super::size::use_width;
use super::turn::Seat;
use crate::action::Action;
use crate::layout::block::Block;
use crate::layout::compare::Differences;
use crate::layout::facts::{Fact, facts};
use crate::layout::shape::{Shape, px, words};
use crate::layout::strip;
use crate::pick::Pick;
use crate::view::host::{Part, View, view};
use replicascope::Lang;
use replicascope::scene::{Arrange, Scene, Strips};
use replicascope::words::word;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
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
    let shown = use_mut_ref(Shown::default);
    use_rest(shown.clone());
    let mut shown = shown.borrow_mut();
    let blocks = order.into_iter().map(|index| {
        let one = &strips[index];
        let (seat, scene, index) = shown.of(&one.name, &props.scene, index);
        Partition {
            seat,
            scene,
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

/// What each partition shows: out of sight, while time runs, still what it showed when it was seen.
#[derive(Default)]
struct Shown(BTreeMap<String, (Rc<Seat>, Part<Scene>, usize)>);

impl Shown {
    fn of(
        &mut self,
        name: &str,
        scene: &Part<Scene>,
        index: usize,
    ) -> (Rc<Seat>, Part<Scene>, usize) {
        let fresh = || (Rc::default(), scene.clone(), index);
        let shown = self.0.entry(name.to_owned()).or_insert_with(fresh);
        if !shown.0.rests() {
            (shown.1, shown.2) = (scene.clone(), index);
        }
        shown.clone()
    }
}

/// When time stands still, the partitions that nobody saw are drawn too.
#[hook]
fn use_rest(shown: Rc<RefCell<Shown>>) {
    let rest = use_memo((), |()| Seat::of_rest());
    let again = use_force_update();
    use_effect(move || {
        if shown.borrow().0.values().any(|(seat, ..)| seat.rests()) {
            rest.ask(0, move || again.force_update());
        }
    });
}

/// The pick, if it is about this partition: others need not be drawn anew for it.
fn mine(picked: Option<&Pick>, name: &str) -> Option<Pick> {
    let about = match picked? {
        Pick::Partition(about) | Pick::Replica(about, _) | Pick::Record(about, _) => about,
        _ => return None,
    };
    (about == name).then(|| picked.cloned()).flatten()
}

#[derive(Clone)]
struct Partition {
    seat: Rc<Seat>,
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

    fn block(&self) -> Block {
        Block::of(self.strips(), self.width)
    }

    fn view<'a>(
        &'a self,
        block: &'a Block,
        before: Option<&'a strip::View<'a>>,
    ) -> strip::View<'a> {
        strip::View {
            scene: &self.scene,
            strips: self.strips(),
            block,
            picked: self.picked.as_ref(),
            lang: self.lang,
            room: self.width - block.form.names,
            before,
        }
    }

    /// A lag that is shown grows with time even while nothing else changes.
    fn has_lag(&self) -> bool {
        self.strips().replicas.iter().any(|replica| replica.lag.is_some())
    }
}

/// Only what this block shows: a change of one partition redraws one block.
impl PartialEq for Partition {
    fn eq(&self, other: &Partition) -> bool {
        self.width == other.width
            && self.folded == other.folded
            && self.back == other.back
            && self.lang == other.lang
            && self.picked == other.picked
            && self.differs == other.differs
            && if self.folded { self.same_facts(other) } else { self.same_logs(other) }
    }
}

impl Partition {
    /// The facts are made of this, and of names that do not change.
    fn same_facts(&self, other: &Partition) -> bool {
        let facts = |it: &Partition| {
            let Strips { leader, epoch, version, min_isr, ledger, .. } = *it.strips();
            (leader, epoch, version, min_isr, ledger)
        };
        let (mine, theirs) = (self.strips(), other.strips());
        facts(self) == facts(other)
            && (&mine.name, &mine.isr, &mine.elr) == (&theirs.name, &theirs.isr, &theirs.elr)
            && mine.proposed == theirs.proposed
    }

    fn same_logs(&self, other: &Partition) -> bool {
        let same_time = self.scene.at == other.scene.at || !self.has_lag();
        same_time && self.strips() == other.strips()
    }
}

view!(Partition, hook use_partition);

/// Head and body are places only; what is in them is drawn when the partition has its turn.
#[hook]
fn use_partition(props: &Partition) -> Html {
    let (place, head, body) = (use_node_ref(), use_node_ref(), use_node_ref());
    let (seat, folded) = (&props.seat, props.folded);
    use_sight(&place, seat);
    let drawn = Rc::new(props.clone());
    use_picture(&head, seat, 0, vec![sketch(&drawn, name), sketch(&drawn, line_of_facts)]);
    let before = use_mut_ref(|| None::<Rc<Partition>>);
    let logs: Sketch = {
        let drawn = drawn.clone();
        Box::new(move |stands| {
            let before = before.replace(Some(drawn.clone())).filter(|_| stands);
            logs(&drawn, before.as_deref())
        })
    };
    let sheets = if folded { vec![] } else { vec![sketch(&drawn, names), logs] };
    use_picture(&body, seat, 2, sheets);
    use_end_in_sight(&body, seat, 4, drawn);
    html! {
        <section class={classes!(
                "partition",
                folded.then_some("partition-folded"),
                props.back.then_some("stepped-back"),
            )}
            ref={place} data-partition={props.strips().name.clone()}>
            <header class="partition-head" ref={head}></header>
            if !folded {
                <div class="partition-body" ref={body}></div>
            }
        </section>
    }
}

fn sketch(props: &Rc<Partition>, draw: fn(&Partition) -> Shape) -> Sketch {
    let props = props.clone();
    Box::new(move |_| draw(&props))
}

/// Keeps the end of the logs in sight as they grow, where they are wider than their place.
#[hook]
fn use_end_in_sight(body: &NodeRef, seat: &Rc<Seat>, part: usize, props: Rc<Partition>) {
    let (body, seat) = (body.clone(), seat.clone());
    let scrolled = use_mut_ref(|| None);
    use_effect(move || {
        let Some(element) = body.cast::<web_sys::Element>() else { return };
        seat.ask(part, move || {
            let block = props.block();
            let hidden = block.hidden(props.width - block.form.names) as i32;
            // Asking an element how wide it is would make the browser lay out the page at once.
            let wanted = Some((element.clone(), hidden));
            if *scrolled.borrow() != wanted && hidden > 0 {
                element.set_scroll_left(hidden);
            }
            scrolled.replace(wanted);
        });
    });
}

fn name(props: &Partition) -> Shape {
    let name = &props.strips().name;
    let button = words("button", "partition-name", name)
        .attr("type", "button")
        .attr("aria-expanded", if props.folded { "false" } else { "true" })
        .attr("data-pick", Pick::Partition(name.clone()).mark());
    Shape::new("h3", "").with([button])
}

fn line_of_facts(props: &Partition) -> Shape {
    let facts = facts(&props.scene, props.strips(), props.lang);
    Shape::new("dl", "facts").with(facts.into_iter().map(|it| fact(it, &props.differs)))
}

fn fact(fact: Fact, differs: &[String]) -> Shape {
    let differs = differs.contains(&fact.label);
    let mut class = "fact".to_owned();
    if !fact.tone.is_empty() {
        class = format!("{class} fact-{}", fact.tone);
    }
    if differs {
        class += " fact-differs";
    }
    let value = if differs {
        let sign = words("b", "differs-sign", "≠");
        Shape::new("dd", "").with([words("span", "", fact.value), sign])
    } else {
        words("dd", "", fact.value)
    };
    Shape::new("div", class).with([words("dt", "", fact.label), value])
}

fn names(props: &Partition) -> Shape {
    let block = props.block();
    let shapes = strip::names(&props.view(&block, None));
    sheet("partition-names", block.form.names, block.height, shapes)
}

/// The logs; of what was drawn `before` and stands, only what is different is drawn.
fn logs(props: &Partition, before: Option<&Partition>) -> Shape {
    let (block, block_before) = (props.block(), before.map(Partition::block));
    let stands = before.zip(block_before.as_ref()).map(|(it, block)| it.view(block, None));
    let view = props.view(&block, stands.as_ref());
    sheet("partition-logs", strip::logs_width(&view), block.height, strip::logs(&view))
}

fn sheet(class: &str, width: f64, height: f64, shapes: Vec<Shape>) -> Shape {
    let (width, height) = (px(width), px(height));
    Shape::new("svg", format!("picture {class}"))
        .attr("viewBox", format!("0 0 {width} {height}"))
        .attr("width", width)
        .attr("height", height)
        .with(shapes)
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
