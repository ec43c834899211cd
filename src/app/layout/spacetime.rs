//! The space-time diagram's geometry and looks: a lane a node, time to the right, messages slanted.
//!
//! Time is drawn as what happened, not as the clock: a quiet stretch takes little room however long
//! it was, and says how long. Refuses to know the pointer, and how items were chosen.

use super::shape::{Shape, circle, group, hatch, line, path, polyline, px, rect, text};
use super::span::{brief, clock};
use super::text::{clip, clip_name, width};
use super::{Point, Rect, glyph};
use replicascope::scene::{
    Arrange, End, EventId, Gap, Hop, Instant, Kin, Knot, NodeId, Span, Told, Weave, Weight,
};

pub const LANE: f64 = 28.0;
/// Above the lanes: what came from outside.
const TOP: f64 = 34.0;
const FOOT: f64 = 24.0;
/// A quiet stretch of at least this length is marked with it.
const QUIET: Span = Span::millis(100);
const WIDEST: f64 = 92.0;

/// Where instants and nodes stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub names: f64,
    pub lanes: Vec<(NodeId, String)>,
    /// Instants at which something happened, and where they stand; ascending in both.
    columns: Vec<(Instant, f64)>,
    pub width: f64,
    pub height: f64,
}

impl Plan {
    #[must_use]
    pub fn of(weave: &Weave, lanes: Vec<(NodeId, String)>, names: f64) -> Plan {
        let mut instants: Vec<Instant> = weave.knots.iter().map(|knot| knot.at).collect();
        instants.extend(weave.hops.iter().flat_map(|hop| [hop.sent, hop.at]));
        instants.arrange();
        instants.dedup();
        let mut x = names + 22.0;
        let mut columns: Vec<(Instant, f64)> = Vec::new();
        for at in instants {
            if let Some((before, _)) = columns.last() {
                x += distance(at.since(*before));
            }
            columns.push((at, x));
        }
        let height = TOP + lanes.len() as f64 * LANE + FOOT;
        Plan { names, lanes, columns, width: x + 70.0, height }
    }

    /// Where an instant stands: between two columns in proportion.
    #[must_use]
    pub fn x(&self, at: Instant) -> f64 {
        let next = self.columns.partition_point(|(known, _)| *known < at);
        match (next.checked_sub(1).map(|before| self.columns[before]), self.columns.get(next)) {
            (_, Some((known, x))) if *known == at => *x,
            (Some((from, left)), Some((to, right))) => {
                let share = at.since(from).0 as f64 / to.since(from).0.max(1) as f64;
                left + share * (right - left)
            }
            (Some((from, left)), None) => left + distance(at.since(from)).min(40.0),
            (None, Some((_, right))) => right - 12.0,
            (None, None) => self.names + 22.0,
        }
    }

    #[must_use]
    pub fn y(&self, node: NodeId) -> Option<f64> {
        let lane = self.lanes.iter().position(|(id, _)| *id == node)?;
        Some(TOP + (lane as f64 + 0.5) * LANE)
    }

    fn bottom(&self) -> f64 {
        self.height - FOOT
    }
}

/// The room between two instants: grows with the logarithm of the time between them.
fn distance(time: Span) -> f64 {
    let doublings = (time.0 as f64 / 150.0).ln_1p();
    (9.0 + 9.0 * doublings).min(WIDEST)
}

/// Turns a message into words.
pub type Words<'a> = &'a dyn Fn(&Told) -> String;

/// Everything that scrolls: lanes, gaps, quiet stretches, messages, events and their words.
#[must_use]
pub fn picture(weave: &Weave, plan: &Plan, at: Instant, words: Words) -> Vec<Shape> {
    let asked = weave.hops.iter().any(|hop| hop.kin != Kin::None)
        || weave.knots.iter().any(|knot| knot.kin != Kin::None);
    let mut taken: Vec<Rect> = Vec::new();
    let mut shapes = vec![ground(plan), quiet(plan, &mut taken)];
    shapes.extend(weave.gaps.iter().filter_map(|gap| self::gap(gap, plan)));
    shapes.push(now(plan, at));
    let labelled = labels(weave, plan, asked, &mut taken, words);
    shapes.extend(weave.hops.iter().filter_map(|hop| self::hop(hop, plan, asked)));
    shapes.extend(weave.knots.iter().map(|knot| self::knot(knot, plan, asked, words)));
    shapes.push(labelled);
    shapes
}

/// The names of the lanes, which stay in sight.
#[must_use]
pub fn names(plan: &Plan) -> Vec<Shape> {
    let area = Rect::new(0.0, 0.0, plan.names, plan.height);
    let mut shapes = vec![rect(area, 0.0, "sheet")];
    for (node, name) in &plan.lanes {
        let Some(y) = plan.y(*node) else { continue };
        let shown = clip_name(name, 11.5, plan.names - 12.0);
        shapes.push(text(Point::new(6.0, y + 4.0), shown, "small").titled(name));
    }
    shapes
}

fn ground(plan: &Plan) -> Shape {
    let lane = |(node, _): &(NodeId, String)| {
        let y = plan.y(*node)?;
        Some(line(Point::new(plan.names, y), Point::new(plan.width, y), "lane"))
    };
    group("lanes", plan.lanes.iter().filter_map(lane))
}

/// Says how long nothing happened, and the time where it begins anew.
fn quiet(plan: &Plan, taken: &mut Vec<Rect>) -> Shape {
    let mut parts = Vec::new();
    let mut free = plan.names + 8.0;
    let foot = plan.bottom() + 16.0;
    if let Some((at, x)) = plan.columns.first() {
        free = x + 4.0 + width(&clock(*at), 11.0);
        parts.push(text(Point::new(x - 6.0, foot), clock(*at), "tiny muted"));
    }
    for pair in plan.columns.windows(2) {
        let ((before, left), (after, right)) = (pair[0], pair[1]);
        let time = after.since(before);
        if time < QUIET {
            continue;
        }
        let middle = f64::midpoint(left, right);
        let area = Rect::new(middle - 13.0, TOP - 6.0, 26.0, plan.bottom() - TOP + 6.0);
        parts.push(rect(area, 0.0, "quiet-band"));
        let words = format!("+{}", brief(time));
        let half = width(&words, 11.0) / 2.0;
        parts.push(text(Point::new(middle, 11.0), words, "mid tiny muted"));
        taken.push(Rect::new(middle - half, 0.0, half * 2.0, 14.0));
        let words = clock(after);
        if right - 6.0 > free {
            free = right + width(&words, 11.0) + 6.0;
            parts.push(text(Point::new(right - 6.0, foot), words, "tiny muted"));
        }
    }
    group("quiet", parts)
}

fn gap(gap: &Gap, plan: &Plan) -> Option<Shape> {
    let y = plan.y(gap.node)?;
    let first = plan.columns.first()?.0;
    if gap.to.is_some_and(|to| to < first) {
        return None;
    }
    let from = plan.x(gap.from.max(first));
    let to = gap.to.map_or(plan.width, |to| plan.x(to));
    let area = Rect::new(from, y - 6.0, (to - from).max(2.0), 12.0);
    let look = if gap.frozen { "gap-frozen" } else { "gap-gone" };
    Some(group("gap", [rect(area, 3.0, look), path(hatch(area.grown(-1.0), 6.0), "gap-hatch")]))
}

fn now(plan: &Plan, at: Instant) -> Shape {
    let x = plan.x(at);
    line(Point::new(x, TOP - 6.0), Point::new(x, plan.bottom()), "playhead")
}

/// How strongly an item is drawn, and in whose colour.
fn look(kin: Kin, asked: bool) -> &'static str {
    match (kin, asked) {
        (Kin::Cause, _) => "kin-cause",
        (Kin::Itself, _) => "kin-self",
        (Kin::Effect, _) => "kin-effect",
        (Kin::None, true) => "kin-none",
        (Kin::None, false) => "kin-free",
    }
}

/// What a pointer finds and a reader hears: one item.
fn item(event: EventId, step: u64, kin: Kin, words: String, parts: Vec<Shape>) -> Shape {
    let chosen = if kin == Kin::Itself { "true" } else { "false" };
    group("weave-item", parts)
        .attr("data-event", event.0.to_string())
        .attr("data-step", step.to_string())
        .attr("id", format!("weave-{}", event.0))
        .attr("role", "option")
        .attr("aria-selected", chosen)
        .attr("aria-label", words.clone())
        .titled(words)
}

fn ends(hop: &Hop, plan: &Plan) -> Option<(Point, Point)> {
    let from = Point::new(plan.x(hop.sent), plan.y(hop.from)?);
    let to = Point::new(plan.x(hop.at), plan.y(hop.to)?);
    // Lost ones and those on their way do not reach the other lane.
    let share = if hop.end == End::Arrived { 1.0 } else { 0.72 };
    Some((from, Point::new(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share)))
}

fn hop(hop: &Hop, plan: &Plan, asked: bool) -> Option<Shape> {
    let (from, to) = ends(hop, plan)?;
    let look = look(hop.kin, asked);
    let class = match hop.end {
        End::Arrived => format!("hop {look}"),
        End::Lost => format!("hop hop-lost {look}"),
        End::Open => format!("hop hop-open {look}"),
    };
    let mut parts = vec![line(from, to, "hop-target"), line(from, to, class)];
    match hop.end {
        End::Arrived => parts.push(path(head(from, to), format!("hop-head head-{look}"))),
        End::Lost => parts.push(glyph::cross(to, "mark-error")),
        End::Open => {}
    }
    Some(item(hop.event, hop.step, hop.kin, sentence(hop, plan), parts))
}

/// `Fetch, broker-1 to broker-2, 1.204 s to 1.205 s`
fn sentence(hop: &Hop, plan: &Plan) -> String {
    let name = |node: NodeId| {
        let known = plan.lanes.iter().find(|(id, _)| *id == node);
        known.map_or_else(|| node.to_string(), |(_, name)| name.clone())
    };
    let mark = match hop.end {
        End::Arrived => "",
        End::Lost => " ✕",
        End::Open => " …",
    };
    let (from, to) = (name(hop.from), name(hop.to));
    format!("{} {from} → {to}, {} → {}{mark}", hop.api, clock(hop.sent), clock(hop.at))
}

/// An arrow's head at the end of a line.
fn head(from: Point, to: Point) -> String {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(0.1);
    let (ux, uy) = (dx / length, dy / length);
    let back = Point::new(to.x - ux * 7.0, to.y - uy * 7.0);
    let side = |sign: f64| Point::new(back.x - uy * 3.0 * sign, back.y + ux * 3.0 * sign);
    polyline(&[to, side(1.0), side(-1.0)]) + "Z"
}

fn knot(knot: &Knot, plan: &Plan, asked: bool, words: Words) -> Shape {
    let look = look(knot.kin, asked);
    let x = plan.x(knot.at);
    let said = format!("{} {}", clock(knot.at), words(&knot.what));
    let parts = match knot.node.and_then(|node| plan.y(node)) {
        Some(y) => {
            let r = if knot.weight == Weight::Key { 5.0 } else { 3.2 };
            let at = Point::new(x, y);
            vec![circle(at, 10.0, "knot-target"), circle(at, r, format!("knot head-{look}"))]
        }
        None => {
            let at = Point::new(x, TOP - 12.0);
            let corners = [at.moved(-5.0, -5.0), at.moved(5.0, -5.0), at.moved(0.0, 5.0)];
            let foot = Point::new(x, plan.bottom());
            vec![
                line(at, foot, "outside"),
                circle(at, 10.0, "knot-target"),
                path(polyline(&corners) + "Z", "mark mark-fault"),
            ]
        }
    };
    item(knot.event, knot.step, knot.kin, said, parts)
}

/// Words where there is room for them: what is asked about first, then key events, then messages.
fn labels(weave: &Weave, plan: &Plan, asked: bool, taken: &mut Vec<Rect>, words: Words) -> Shape {
    let mut parts = Vec::new();
    let mut wanted: Vec<(usize, String, Point, &'static str)> = Vec::new();
    for knot in &weave.knots {
        let x = plan.x(knot.at);
        let at = match knot.node.and_then(|node| plan.y(node)) {
            Some(y) => Point::new(x + 8.0, y - 6.0),
            None => Point::new(x + 9.0, TOP - 9.0),
        };
        let rank = rank(knot.kin, knot.weight, asked);
        let room = if knot.kin == Kin::Itself { 300.0 } else { 190.0 };
        wanted.push((rank, clip(&words(&knot.what), 11.0, room), at, "tiny halo"));
    }
    for hop in &weave.hops {
        let Some((from, to)) = ends(hop, plan) else { continue };
        let at = Point::new(f64::midpoint(from.x, to.x) + 6.0, f64::midpoint(from.y, to.y) + 4.0);
        wanted.push((
            rank(hop.kin, hop.weight, asked) + 1,
            hop.api.to_owned(),
            at,
            "tiny muted halo",
        ));
    }
    wanted.arrange_by_key(|(rank, ..)| *rank);
    for (rank, words, at, class) in wanted {
        let area = Rect::new(at.x - 2.0, at.y - 10.0, width(&words, 11.0) + 6.0, 13.0);
        let free = taken.iter().all(|other| !area.overlaps(other));
        if free && rank < 6 && area.right() < plan.width {
            taken.push(area);
            parts.push(text(at, words, class));
        }
    }
    group("weave-words", parts).attr("aria-hidden", "true")
}

fn rank(kin: Kin, weight: Weight, asked: bool) -> usize {
    match (kin, weight) {
        (Kin::Itself, _) => 0,
        (Kin::Cause | Kin::Effect, _) => 1,
        (Kin::None, _) if asked => 6,
        (Kin::None, Weight::Key) => 2,
        (Kin::None, _) => 4,
    }
}

/// The whole as one sheet, for a file.
#[must_use]
pub fn sheet(weave: &Weave, plan: &Plan, at: Instant, words: Words) -> (Vec<Shape>, Point) {
    let mut shapes = vec![rect(Rect::new(0.0, 0.0, plan.width, plan.height), 0.0, "sheet")];
    shapes.extend(picture(weave, plan, at, words));
    let pane = Shape::new("svg", "")
        .attr("width", px(plan.names))
        .attr("height", px(plan.height))
        .with(names(plan));
    shapes.push(pane);
    (shapes, Point::new(plan.width, plan.height))
}

/// The items in the order in which a reader walks through them.
#[must_use]
pub fn order(weave: &Weave) -> Vec<(EventId, u64, Option<EventId>)> {
    let knots = weave.knots.iter().map(|knot| (knot.event, knot.step, knot.cause));
    let ended = weave.hops.iter().filter(|hop| hop.end != End::Open);
    let mut items: Vec<_> =
        ended.map(|hop| (hop.event, hop.step, hop.cause)).chain(knots).collect();
    items.arrange_by_key(|(event, ..)| *event);
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use replicascope::scene::FlightId;

    fn knot(event: u64, at: u64, node: u16, kin: Kin) -> Knot {
        Knot {
            event: EventId(event),
            step: event,
            at: Instant(at),
            node: Some(NodeId(node)),
            weight: Weight::Key,
            what: Told::new("event.began"),
            cause: None,
            kin,
        }
    }

    fn hop(event: u64, sent: u64, at: u64, end: End) -> Hop {
        Hop {
            flight: FlightId(event),
            api: "Fetch",
            from: NodeId(1),
            to: NodeId(2),
            sent: Instant(sent),
            cause: None,
            event: EventId(event),
            step: event,
            at: Instant(at),
            end,
            weight: Weight::Key,
            kin: Kin::None,
        }
    }

    fn weave() -> Weave {
        Weave {
            knots: vec![knot(1, 1_000, 1, Kin::None), knot(9, 9_001_000, 2, Kin::None)],
            hops: vec![hop(2, 1_000, 1_500, End::Arrived), hop(3, 1_500, 2_000, End::Lost)],
            gaps: vec![Gap { node: NodeId(1), from: Instant(2_000), to: None, frozen: false }],
        }
    }

    fn plan(weave: &Weave) -> Plan {
        let lanes = vec![(NodeId(1), "broker-1".to_owned()), (NodeId(2), "broker-2".to_owned())];
        Plan::of(weave, lanes, 100.0)
    }

    #[test]
    fn later_is_further_right_and_a_quiet_stretch_takes_little_room() {
        let plan = plan(&weave());
        let places: Vec<f64> =
            [1_000, 1_500, 2_000, 9_001_000].map(|at| plan.x(Instant(at))).to_vec();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
        assert!(places[3] - places[2] <= WIDEST, "nine seconds are not nine thousand times 1 ms");
        let between = plan.x(Instant(1_250));
        assert!(places[0] < between && between < places[1]);
        assert!(plan.x(Instant(20_000_000)) < plan.width, "the playhead stays on the sheet");
    }

    #[test]
    fn a_lost_message_does_not_reach_its_lane() {
        let (weave, plan) = (weave(), plan(&weave()));
        let reach = |at: usize| ends(&weave.hops[at], &plan).expect("both lanes are there").1.y;
        let lane = plan.y(NodeId(2)).expect("it is there");
        assert_eq!(reach(0), lane);
        assert!(reach(1) < lane - 5.0);
    }

    #[test]
    fn words_never_cover_words() {
        let knots = (0..40).map(|at| knot(at, 1_000 + at * 40, 1 + (at % 2) as u16, Kin::None));
        let weave = Weave { knots: knots.collect(), ..Weave::default() };
        let (plan, mut taken) = (plan(&weave), Vec::new());
        labels(&weave, &plan, false, &mut taken, &|_| "A process began".to_owned());
        assert!(taken.len() > 3);
        for (at, one) in taken.iter().enumerate() {
            assert!(taken[..at].iter().all(|other| !one.overlaps(other)));
        }
    }

    #[test]
    fn the_sheet_is_a_file_of_its_own() {
        let (weave, plan) = (weave(), plan(&weave()));
        let (shapes, size) = sheet(&weave, &plan, Instant(1_500), &|_| "<began>".to_owned());
        let file = crate::export::file(&shapes, size, "title", replicascope::Lang::En);
        assert!(file.starts_with("<svg ") && file.trim_end().ends_with("</svg>"));
        assert!(file.contains("broker-2") && file.contains("&lt;began&gt;"));
        assert!(!file.contains("class=") && !file.contains("data-event"), "only what a file needs");
    }

    #[test]
    fn an_empty_run_has_a_picture_and_nothing_to_walk_through() {
        let weave = Weave::default();
        let plan = plan(&weave);
        assert!(!picture(&weave, &plan, Instant::ZERO, &|_| String::new()).is_empty());
        assert!(order(&weave).is_empty());
    }
}
