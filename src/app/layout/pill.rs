//! Messages on the wire at one instant: where each is, and where its label finds room.
//!
//! Knows flights and wires; refuses to know the canvas, and draws nothing that no wire carries.

use super::map::Map;
use super::shape::polyline;
use super::wire::Wire;
use super::{Point, Rect, hindrance};
use replicascope::scene::{Arrange, Fate, Flight, FlightId, Tone};
use std::collections::BTreeMap;

pub const PILL_HEIGHT: f64 = 20.0;
/// Messages beyond this many are dots without words, the quiet ones first.
pub const MOST_LABELS: usize = 24;
/// Words beyond this width are cut.
pub const MOST_WORDS: f64 = 170.0;
/// Room in a label for its arrow before the words, and the margin after them.
const NOSE: f64 = 20.0;
const MARGIN: f64 = 10.0;
/// Room for the mark of what is refused, doomed or held.
const MARK: f64 = 13.0;
/// Pills keep this far from the boxes at both ends of their wire.
const TRIM: f64 = 16.0;

/// One message, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Pill {
    pub id: FlightId,
    /// Where the message itself is.
    pub at: Point,
    /// The way it goes, of length 1.
    pub heading: Point,
    /// Where its label stands; none when there is no room or there are too many.
    pub label: Option<Rect>,
    /// What is on the label; nothing where there are too many.
    pub words: String,
    pub reply: bool,
    pub refused: bool,
    pub fate: Fate,
    pub tone: Tone,
    /// How much of the way is behind it, 0 to 1.
    pub progress: f64,
}

impl Pill {
    /// How far a point is from it; zero on its label.
    #[must_use]
    pub fn distance(&self, point: Point) -> f64 {
        match self.label {
            Some(label) if label.grown(4.0).contains(point) => 0.0,
            _ => self.at.distance(point),
        }
    }
}

impl Pill {
    /// The label has moved away from the message: a leash joins them.
    #[must_use]
    pub fn leash(&self) -> Option<(Point, Point)> {
        let label = self.label?;
        (!label.grown(-3.0).contains(self.at)).then(|| {
            let x = self.at.x.clamp(label.x + 8.0, (label.right() - 8.0).max(label.x + 8.0));
            (self.at, Point::new(x, self.at.y.clamp(label.y, label.bottom())))
        })
    }

    /// Room that its label needs besides its words.
    #[must_use]
    pub fn sides(&self) -> f64 {
        let marked = self.is_bad() || self.fate == Fate::Held;
        NOSE + MARGIN + if marked { MARK } else { 0.0 }
    }

    /// It will not do what it was sent for.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.refused || self.fate == Fate::Doomed
    }
}

/// Label places of the frame before, so that labels do not jump about.
pub type Habits = BTreeMap<FlightId, (f64, f64)>;

/// How far each message has come at `now`, in microseconds; halfway when nothing may move.
///
/// `stop` is where a wall or a hold on its way stands, if there is one.
#[must_use]
pub fn progress(flight: &Flight, now: f64, calm: bool, stop: Option<f64>) -> f64 {
    let end = match (flight.fate, stop) {
        (Fate::Arriving, _) => 1.0,
        (_, Some(stop)) => stop,
        (Fate::Held, None) => 0.5,
        // Its receiver is gone: it comes as far as the door.
        (Fate::Doomed, None) => 0.92,
    };
    if flight.fate == Fate::Held || calm {
        return end.min(0.5);
    }
    let (sent, due) = (flight.sent.0 as f64, flight.due.0 as f64);
    let done = if due > sent { ((now - sent) / (due - sent)).clamp(0.0, 1.0) } else { 1.0 };
    done.min(end)
}

/// The words on a pill: the call, and a few characters of what it carries.
#[must_use]
pub fn words(flight: &Flight) -> String {
    match &flight.error {
        Some(error) => format!("{} {error}", flight.api),
        None if flight.note.is_empty() => flight.api.clone(),
        None => format!("{} {}", flight.api, flight.note),
    }
}

/// Places all messages that are shown; `measure` gives the width of a label's words.
pub fn place(
    map: &Map,
    flights: &[Flight],
    routine: bool,
    (now, calm): (f64, bool),
    habits: &mut Habits,
    measure: &mut dyn FnMut(&str) -> f64,
) -> Vec<Pill> {
    // Who holds a message wants to look at it.
    let is_shown =
        |flight: &&Flight| routine || flight.tone > Tone::Routine || flight.fate == Fate::Held;
    let mut shown: Vec<&Flight> = flights.iter().filter(is_shown).collect();
    // The loudest get their labels first; among equals the oldest.
    shown.arrange_by(|a, b| b.tone.cmp(&a.tone).then(a.id.cmp(&b.id)));
    let mut pills = Vec::with_capacity(shown.len());
    for flight in shown {
        let Some(mut pill) = on_wire(map, flight, now, calm) else { continue };
        if pills.len() < MOST_LABELS {
            pill.words = words(flight);
        }
        pills.push(pill);
    }
    label(map, &mut pills, habits, measure);
    pills
}

/// Finds a free place for each label, the places of all messages themselves kept free.
fn label(map: &Map, pills: &mut [Pill], habits: &mut Habits, measure: &mut dyn FnMut(&str) -> f64) {
    let points: Vec<Rect> =
        pills.iter().take(MOST_LABELS).map(|pill| Rect::around(pill.at, 10.0, 10.0)).collect();
    let mut taken = map.marks.clone();
    let mut kept = Habits::new();
    for (index, pill) in pills.iter_mut().take(MOST_LABELS).enumerate() {
        let size = (measure(&pill.words).min(MOST_WORDS) + pill.sides(), PILL_HEIGHT);
        let habit = habits.get(&pill.id).copied();
        let others = points.iter().enumerate().filter(|(other, _)| *other != index);
        // Of all that is taken little is within reach, and there are many places to try.
        let reach = Rect::around(pill.at, REACH.0 * (size.0 + 4.0) + size.0, REACH.1 + size.1);
        let near = taken.iter().chain(others.map(|(_, point)| point));
        let near = near.copied().chain(map.boxes.iter().map(|node| node.rect.grown(1.0)));
        let busy: Vec<Rect> = near.filter(|other| other.overlaps(&reach)).collect();
        if let Some((offset, rect)) = free_place(map, pill.at, size, habit, &busy) {
            pill.label = Some(rect);
            taken.push(rect.grown(2.0));
            kept.insert(pill.id, offset);
        }
    }
    *habits = kept;
}

fn on_wire(map: &Map, flight: &Flight, now: f64, calm: bool) -> Option<Pill> {
    let (wire, forward) = map.wire(flight.from, flight.to)?;
    let stopped = map.stops.contains(&(flight.from, flight.to));
    let stop = stopped.then(|| hindrance::stopped_at(wire.length));
    let progress = progress(flight, now, calm, stop);
    let (at, heading) = stand(wire, forward, progress);
    Some(Pill {
        id: flight.id,
        at,
        heading,
        label: None,
        words: String::new(),
        reply: flight.reply,
        refused: flight.error.is_some(),
        fate: flight.fate,
        tone: flight.tone,
        progress,
    })
}

/// The two directions of a wire run beside each other, each on its right hand.
fn stand(wire: &Wire, forward: bool, progress: f64) -> (Point, Point) {
    let trim = (TRIM / wire.length.max(1.0)).min(0.4);
    let t = progress.clamp(trim, 1.0 - trim);
    let t = if forward { t } else { 1.0 - t };
    let along = wire.heading(t);
    let heading = if forward { along } else { Point::new(-along.x, -along.y) };
    (wire.at(t).moved(-heading.y * 4.0, heading.x * 4.0), heading)
}

/// How far labels stand from their messages at most, both ways: in labels, and in pixels.
const REACH: (f64, f64) = (3.0, 92.0);

/// Offsets of a label from its message, the best first.
fn offsets(w: f64) -> impl Iterator<Item = (f64, f64)> {
    let rows = [0.0, 13.0, -13.0, 24.0, -24.0, 34.0, -34.0, 46.0, -46.0];
    let columns = [0.0, 0.35, -0.35, 0.6, -0.6, 1.0, -1.0, 1.5, -1.5];
    columns
        .into_iter()
        .flat_map(move |column| rows.into_iter().map(move |row| (column * (w + 4.0), row)))
}

type Placed = ((f64, f64), Rect);

/// The first place on the stage, off the boxes and off other labels.
fn free_place(
    map: &Map,
    at: Point,
    (w, h): (f64, f64),
    habit: Option<(f64, f64)>,
    taken: &[Rect],
) -> Option<Placed> {
    let stage = Rect::new(2.0, 2.0, map.width - 4.0, map.height - 4.0);
    let w = w.min(stage.w);
    let tried = habit.into_iter().chain(offsets(w));
    let mut places = tried.map(|(dx, dy)| {
        let center = at.moved(dx, dy);
        // Near an edge the label moves inward rather than being cut off.
        let x = (center.x - w / 2.0).clamp(stage.x, stage.right() - w);
        let y = (center.y - h / 2.0).clamp(stage.y, stage.bottom() - h);
        ((dx, dy), Rect::new(x, y, w, h))
    });
    places.find(|(_, place)| taken.iter().all(|other| !other.overlaps(place)))
}

/// The corners of a small arrowhead at a message's place, along its way.
#[must_use]
pub fn arrow_corners(at: Point, heading: Point) -> [Point; 3] {
    corners(at, heading, [6.0, -4.0, 5.0])
}

/// The same with a line of 1.5 around it, and without the half of it that is inside: two fillings
/// look like filling and tracing, and cost a fraction where there are many.
#[must_use]
pub fn arrow_rims(at: Point, heading: Point) -> [[Point; 3]; 2] {
    [[7.677, -4.75, 6.214], [4.323, -3.25, 3.787]].map(|size| corners(at, heading, size))
}

fn corners(at: Point, heading: Point, [tip, back, wide]: [f64; 3]) -> [Point; 3] {
    let side = |along: f64, across: f64| {
        at.moved(heading.x * along - heading.y * across, heading.y * along + heading.x * across)
    };
    [side(tip, 0.0), side(back, wide), side(back, -wide)]
}

/// The same as a path.
#[must_use]
pub fn arrow(at: Point, heading: Point) -> String {
    polyline(&arrow_corners(at, heading)) + "Z"
}

/// The message nearest to a point, if one is near enough to be meant.
#[must_use]
pub fn nearest(pills: &[Pill], point: Point) -> Option<FlightId> {
    let near = pills.iter().map(|pill| (pill.distance(point), pill.id));
    near.filter(|(distance, _)| *distance <= 14.0).min_by(|a, b| a.0.total_cmp(&b.0)).map(|n| n.1)
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, text};
    use super::*;
    use replicascope::scene::Instant;

    fn placed(flights: &[Flight], map: &Map, now: f64) -> Vec<Pill> {
        let mut habits = Habits::new();
        place(map, flights, true, (now, false), &mut habits, &mut |words| text::width(words, 11.0))
    }

    #[test]
    fn labels_overlap_neither_each_other_nor_the_boxes() {
        let mut scene = fixture::outage();
        let sample = scene.flights.clone();
        for copy in 1..12 {
            scene.flights.extend(sample.iter().cloned().map(|mut flight| {
                flight.id = FlightId(flight.id.0 + 1000 * copy);
                flight
            }));
        }
        for width in [390.0, 880.0] {
            let map = Map::of(&scene, width);
            for at in 0..20 {
                let now = scene.at.0 as f64 + f64::from(at) * 200.0;
                let pills = placed(&scene.flights, &map, now);
                let labels: Vec<Rect> = pills.iter().filter_map(|pill| pill.label).collect();
                assert!(!labels.is_empty() && labels.len() <= MOST_LABELS);
                for (index, one) in labels.iter().enumerate() {
                    assert!(map.boxes.iter().all(|node| !node.rect.overlaps(one)));
                    assert!(labels[index + 1..].iter().all(|other| !one.overlaps(other)));
                }
            }
        }
    }

    #[test]
    fn a_message_goes_from_its_sender_to_its_receiver() {
        let scene = fixture::outage();
        let map = Map::of(&scene, 880.0);
        let flight = scene.flights.iter().find(|f| f.fate == Fate::Arriving).expect("one arrives");
        let from = map.node(flight.from).expect("sender").rect.center();
        let to = map.node(flight.to).expect("receiver").rect.center();
        let place_at = |at: Instant| placed(std::slice::from_ref(flight), &map, at.0 as f64)[0].at;
        assert!(place_at(flight.sent).distance(from) < place_at(flight.due).distance(from));
        assert!(place_at(flight.due).distance(to) < place_at(flight.sent).distance(to));
    }

    #[test]
    fn held_messages_stand_still_and_doomed_ones_never_arrive() {
        let mut flight = fixture::outage().flights[0].clone();
        flight.fate = Fate::Held;
        assert_eq!(progress(&flight, flight.due.0 as f64, false, None), 0.5);
        flight.fate = Fate::Doomed;
        let long_after = flight.due.0 as f64 * 2.0;
        assert!(progress(&flight, long_after, false, Some(0.3)) <= 0.3);
        assert!(progress(&flight, long_after, false, None) < 1.0);
    }

    #[test]
    fn routine_is_hidden_unless_asked_for_or_held() {
        let mut scene = fixture::outage();
        scene.flights.iter_mut().for_each(|flight| flight.tone = Tone::Routine);
        let map = Map::of(&scene, 880.0);
        let mut habits = Habits::new();
        let mut shown = |flights: &[Flight]| {
            place(&map, flights, false, (0.0, true), &mut habits, &mut |_| 50.0).len()
        };
        scene.flights.iter_mut().for_each(|flight| flight.fate = Fate::Arriving);
        assert_eq!(shown(&scene.flights), 0);
        scene.flights[0].fate = Fate::Held;
        assert_eq!(shown(&scene.flights), 1, "who holds a message wants to look at it");
    }

    #[test]
    fn the_nearest_is_picked_within_reach() {
        let scene = fixture::outage();
        let map = Map::of(&scene, 880.0);
        let pills = placed(&scene.flights, &map, scene.at.0 as f64);
        let label = pills[0].label.expect("the loudest has a label");
        assert_eq!(nearest(&pills, label.center()), Some(pills[0].id));
        assert_eq!(nearest(&pills, Point::new(-500.0, -500.0)), None);
    }
}
