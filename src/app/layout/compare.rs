//! Two runs beside each other: where their stories part first, and what their scenes show
//! differently at one instant.
//!
//! Pure; refuses to know sessions and which of the two is right.

use super::facts::{Fact, facts};
use super::map::Map;
use super::node::health_word;
use super::shape::{Shape, circle, group, rect, text};
use super::text::tell;
use super::{Point, Rect};
use replicascope::Lang;
use replicascope::scene::{Group, Instant, Line, Node, NodeId, Scene, Strips};
use replicascope::words::word;

/// The first place at which two stories differ; absent on the side that tells nothing more.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    pub mine: Option<Line>,
    pub theirs: Option<Line>,
}

impl Parting {
    /// The earlier of the two lines gives the instant.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        let at = |line: &Option<Line>| line.as_ref().map(|line| line.at);
        at(&self.mine).into_iter().chain(at(&self.theirs)).min()
    }
}

/// One thing that both scenes show, each in its own way.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// A node, a partition or a group, by name.
    pub about: String,
    pub what: String,
    pub mine: String,
    pub theirs: String,
}

/// What two scenes show differently.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    pub nodes: Vec<NodeId>,
    pub rows: Vec<Difference>,
}

/// Stands for what the other scene does not have.
const NOTHING: &str = "–";

impl Differences {
    /// What a look at both stages would find: nodes, the line over each partition, groups.
    #[must_use]
    pub fn between(mine: &Scene, theirs: &Scene, lang: Lang) -> Differences {
        let mut all = Differences::default();
        for node in &mine.nodes {
            let other = theirs.nodes.iter().find(|other| other.id == node.id);
            all.of_node((mine, node), other.map(|other| (theirs, other)), lang);
        }
        for strips in &mine.strips {
            let other = theirs.strips.iter().find(|other| other.name == strips.name);
            let other = other.map(|other| shown(theirs, other, lang));
            all.of_facts(&strips.name, shown(mine, strips, lang), other.unwrap_or_default());
        }
        for group in &mine.groups {
            let other = theirs.groups.iter().find(|other| other.name == group.name);
            let other = other.map(|other| of_group(other, lang));
            all.of_facts(&group.name, of_group(group, lang), other.unwrap_or_default());
        }
        all
    }

    fn of_node(&mut self, mine: (&Scene, &Node), theirs: Option<(&Scene, &Node)>, lang: Lang) {
        let said = |(scene, node): (&Scene, &Node)| {
            let told = node.standing.iter().chain(&node.badges).map(|it| tell(lang, it, scene));
            let words = std::iter::once(health_word(node.health, lang)).chain(told);
            words.collect::<Vec<_>>().join(" · ")
        };
        let other = theirs.map_or_else(|| NOTHING.to_owned(), said);
        let own = said(mine);
        if own != other {
            self.nodes.push(mine.1.id);
            self.push(&mine.1.name, word(lang, "stage.twin.state"), own, other);
        }
    }

    fn of_facts(&mut self, about: &str, mine: Vec<Fact>, theirs: Vec<Fact>) {
        let value = |facts: &[Fact], label: &str| {
            let found = facts.iter().find(|fact| fact.label == label);
            found.map_or_else(|| NOTHING.to_owned(), |fact| fact.value.clone())
        };
        for fact in &mine {
            let other = value(&theirs, &fact.label);
            if fact.value != other {
                self.push(about, fact.label.clone(), fact.value.clone(), other);
            }
        }
        for fact in theirs {
            if value(&mine, &fact.label) == NOTHING {
                self.push(about, fact.label, NOTHING.to_owned(), fact.value);
            }
        }
    }

    fn push(&mut self, about: &str, what: String, mine: String, theirs: String) {
        self.rows.push(Difference { about: about.to_owned(), what, mine, theirs });
    }

    /// What differs about one of them, by the words that stand before the values.
    #[must_use]
    pub fn about(&self, name: &str) -> Vec<String> {
        let rows = self.rows.iter().filter(|row| row.about == name);
        rows.map(|row| row.what.clone()).collect()
    }
}

/// The line over a partition's block, and its high watermark.
fn shown(scene: &Scene, strips: &Strips, lang: Lang) -> Vec<Fact> {
    let mut facts = facts(scene, strips, lang);
    let led = strips.replicas.iter().find(|strip| Some(strip.node) == strips.leader);
    facts.extend(led.map(|strip| Fact {
        label: "HW".to_owned(),
        value: strip.high_watermark.to_string(),
        tone: "",
    }));
    facts
}

fn of_group(group: &Group, lang: Lang) -> Vec<Fact> {
    let fact = |key: &str, value: String| Fact { label: word(lang, key), value, tone: "" };
    let state = group.state.clone().unwrap_or_else(|| NOTHING.to_owned());
    let lag: u64 = group.shares.iter().map(replicascope::scene::Share::lag).sum();
    vec![
        fact("stage.twin.state", state),
        fact("stage.twin.generation", group.epoch.to_string()),
        fact("stage.twin.lag", lag.to_string()),
    ]
}

/// A frame with a sign around each node that the other scene shows otherwise.
#[must_use]
pub fn frames(map: &Map, nodes: &[NodeId], words: &str) -> Vec<Shape> {
    let differs = map.boxes.iter().filter(|place| nodes.contains(&place.id));
    differs.map(|place| frame(place.rect, words)).collect()
}

fn frame(area: Rect, words: &str) -> Shape {
    let sign = Point::new(area.x + 2.0, area.y + 1.0);
    let parts = [
        rect(area.grown(3.0), 11.0, "differs-frame"),
        circle(sign, 8.0, "plate plate-warn"),
        text(sign.moved(0.0, 4.5), "≠", "small warn strong mid"),
    ];
    group("differs", parts).titled(words)
}

/// Whether both stories tell the same here.
#[must_use]
pub fn same(one: &Line, other: &Line) -> bool {
    (one.at, one.node, &one.what) == (other.at, other.node, &other.what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fixture;
    use replicascope::scene::Health;

    #[test]
    fn the_same_scene_differs_in_nothing() {
        let scene = fixture::outage();
        assert_eq!(Differences::between(&scene, &scene, Lang::En), Differences::default());
    }

    #[test]
    fn what_differs_is_named_with_both_values() {
        let mine = fixture::outage();
        let mut theirs = mine.clone();
        theirs.strips[0].isr.pop();
        theirs.strips[0].ledger.lost += 3;
        let node = theirs.nodes.iter_mut().find(|node| node.health == Health::Up);
        let id = node.map(|node| (node.health = Health::Dead, node.id).1).expect("one is up");
        let found = Differences::between(&mine, &theirs, Lang::En);
        assert_eq!(found.nodes, [id]);
        let labels = found.about(&mine.strips[0].name);
        assert!(labels.contains(&"ISR".to_owned()) && labels.len() >= 2, "{labels:?}");
        assert!(found.rows.iter().all(|row| row.mine != row.theirs));
        let back = Differences::between(&theirs, &mine, Lang::En);
        assert_eq!((back.rows.len(), back.nodes), (found.rows.len(), found.nodes));
    }

    #[test]
    fn a_node_that_differs_has_a_frame_with_a_sign() {
        let scene = fixture::outage();
        let map = Map::of(&scene, 440.0);
        let shapes = frames(&map, &[map.boxes[0].id], "differs");
        assert_eq!((shapes.len(), frames(&map, &[], "").len()), (1, 0));
        assert!(shapes[0].children.iter().any(|part| part.text.as_deref() == Some("≠")));
    }
}
