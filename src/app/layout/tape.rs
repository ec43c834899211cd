//! The tape's geometry: virtual time along a line, one row a track, forks below.
//!
//! Knows instants, tracks and branches; refuses to know the pointer and the words of marks.

use replicascope::scene::{Arrange, Branch, Instant, MarkKind, Span, Tape, Track};

pub const TRACK: f64 = 15.0;
pub const TRACK_GAP: f64 = 4.0;
pub const AXIS: f64 = 24.0;
pub const FORK: f64 = 22.0;
const TOP: f64 = 5.0;
const RIGHT: f64 = 14.0;

/// Where instants stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ruler {
    pub width: f64,
    /// Left end of the tracks; their names stand before it.
    pub left: f64,
    pub from: Instant,
    /// A round instant at or after the end, so that the scale changes seldom.
    pub to: Instant,
}

impl Ruler {
    #[must_use]
    pub fn of(tape: &Tape, cursor: Instant, width: f64) -> Ruler {
        let left = if width < 560.0 { 74.0 } else { 112.0 };
        let end = tape.to.max(cursor);
        Ruler { width, left, from: tape.from, to: tape.from + rounded(end.since(tape.from)) }
    }

    #[must_use]
    pub fn right(&self) -> f64 {
        (self.width - RIGHT).max(self.left + 10.0)
    }

    fn micros(&self) -> f64 {
        self.to.since(self.from).0 as f64
    }

    #[must_use]
    pub fn x(&self, at: Instant) -> f64 {
        let share = at.since(self.from).0 as f64 / self.micros();
        self.left + share.clamp(0.0, 1.0) * (self.right() - self.left)
    }

    /// The instant under `x`; the ends beyond the ends.
    #[must_use]
    pub fn at(&self, x: f64) -> Instant {
        let share = ((x - self.left) / (self.right() - self.left)).clamp(0.0, 1.0);
        self.from + Span((share * self.micros()).round() as u64)
    }

    /// Round instants at least 64 pixels apart.
    #[must_use]
    pub fn ticks(&self) -> Vec<Instant> {
        let most = ((self.right() - self.left) / 64.0).max(1.0);
        let step = nice((self.micros() / most).ceil() as u64);
        let count = self.to.since(self.from).0 / step;
        (0..=count).map(|n| self.from + Span(n * step)).collect()
    }
}

/// The next of 1, 2, 5, 10, … that is not less.
fn nice(least: u64) -> u64 {
    let mut scale = 1;
    loop {
        for factor in [1, 2, 5] {
            if scale * factor >= least {
                return scale * factor;
            }
        }
        scale *= 10;
    }
}

/// A length rounded up to a quarter of its own size class.
fn rounded(length: Span) -> Span {
    let step = nice((length.0 / 4).max(250_000));
    Span(length.0.div_ceil(step).max(1) * step)
}

/// Top of a track.
#[must_use]
pub fn track_y(index: usize) -> f64 {
    TOP + index as f64 * (TRACK + TRACK_GAP)
}

/// Height of all tracks with the axis.
#[must_use]
pub fn height(tracks: usize) -> f64 {
    track_y(tracks) + AXIS
}

/// A track's marks without those that would hide another of their kind.
#[must_use]
pub fn spread<'a>(track: &'a Track, ruler: &Ruler) -> Vec<(f64, &'a replicascope::scene::Mark)> {
    let mut kept: Vec<(f64, &replicascope::scene::Mark)> = Vec::new();
    let mut last: [Option<f64>; 7] = [None; 7];
    for mark in &track.marks {
        let x = ruler.x(mark.at);
        let seen = &mut last[order(mark.kind)];
        if seen.is_none_or(|before| (x - before).abs() >= 5.0) {
            *seen = Some(x);
            kept.push((x, mark));
        }
    }
    // The gravest last, so that nothing covers it.
    kept.arrange_by_key(|(_, mark)| order(mark.kind));
    kept
}

fn order(kind: MarkKind) -> usize {
    match kind {
        MarkKind::Step => 0,
        MarkKind::Ack => 1,
        MarkKind::Isr => 2,
        MarkKind::Election => 3,
        MarkKind::Fault => 4,
        MarkKind::Error => 5,
        MarkKind::Lost => 6,
    }
}

/// The mark nearest to an instant, the gravest of those within a few pixels.
#[must_use]
pub fn nearest<'a>(
    tape: &'a Tape,
    ruler: &Ruler,
    at: Instant,
) -> Option<&'a replicascope::scene::Mark> {
    let x = ruler.x(at);
    let near = |mark: &&replicascope::scene::Mark| (ruler.x(mark.at) - x).abs() <= 6.0;
    let marks = tape.tracks.iter().flat_map(|track| &track.marks).filter(near);
    marks.max_by_key(|mark| order(mark.kind))
}

/// A branch as a line below the tracks.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    pub branch: usize,
    pub y: f64,
    /// Where it parted from its parent, and the row of that parent.
    pub parted: Option<(f64, f64)>,
    pub from: f64,
    pub to: f64,
}

/// Every branch under its parent; none while there is only one.
#[must_use]
pub fn forks(branches: &[Branch], tape: &Tape, ruler: &Ruler) -> Vec<Fork> {
    if branches.len() < 2 {
        return Vec::new();
    }
    let row = |index: usize| 12.0 + index as f64 * FORK;
    let lines = branches.iter().enumerate().map(|(index, branch)| {
        let parted = branch.parent.map(|(parent, step)| {
            let x = ruler.x(instant_of(step, tape, branches.get(parent)));
            (x, row(parent))
        });
        let from = parted.map_or(ruler.left, |(x, _)| x);
        let to = ruler.x(branch.end.at).max(from + 6.0);
        Fork { branch: index, y: row(index), parted, from, to }
    });
    lines.collect()
}

/// About when a step was taken: between the nearest marks that say so.
fn instant_of(step: u64, tape: &Tape, branch: Option<&Branch>) -> Instant {
    let end = branch.map(|branch| (branch.end.step, branch.end.at));
    let marks = tape.tracks.iter().flat_map(|track| &track.marks).map(|mark| (mark.step, mark.at));
    let (mut before, mut after) = ((0, tape.from), None::<(u64, Instant)>);
    for known in marks.chain(end) {
        if known.0 <= step && known.0 >= before.0 {
            before = known;
        } else if known.0 > step && after.is_none_or(|(least, _)| known.0 < least) {
            after = Some(known);
        }
    }
    let Some(after) = after else { return before.1 };
    let share = (step - before.0) as f64 / (after.0 - before.0) as f64;
    before.1 + Span((after.1.since(before.1).0 as f64 * share) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use replicascope::scene::{Cursor, EventId, Mark, Told};

    fn mark(at: u64, kind: MarkKind) -> Mark {
        Mark { at: Instant(at), step: at / 1000, event: EventId(at), kind, label: Told::new("x") }
    }

    fn tape(marks: Vec<Mark>) -> Tape {
        let title = Told::new("track.faults");
        let track = Track { title, stretches: Vec::new(), marks };
        Tape { from: Instant::ZERO, to: Instant(21_384_000), tracks: vec![track] }
    }

    #[test]
    fn places_and_instants_agree() {
        let ruler = Ruler::of(&tape(Vec::new()), Instant::ZERO, 880.0);
        for at in [0, 1_000_000, 21_384_000] {
            let back = ruler.at(ruler.x(Instant(at))).0;
            assert!(back.abs_diff(at) <= 1, "{at} {back}");
        }
        assert_eq!(ruler.at(-50.0), Instant::ZERO);
        assert_eq!(ruler.at(9_000.0), ruler.to);
    }

    #[test]
    fn an_empty_run_still_has_a_scale() {
        let empty = Tape { from: Instant::ZERO, to: Instant::ZERO, tracks: Vec::new() };
        let ruler = Ruler::of(&empty, Instant::ZERO, 390.0);
        assert!(ruler.x(Instant::ZERO).is_finite() && !ruler.ticks().is_empty());
    }

    #[test]
    fn ticks_keep_their_distance() {
        for end in [300_000, 4_000_000, 61_000_000, 3_600_000_000] {
            let tape = Tape { from: Instant::ZERO, to: Instant(end), tracks: Vec::new() };
            for width in [390.0, 880.0] {
                let ruler = Ruler::of(&tape, Instant::ZERO, width);
                let ticks: Vec<f64> = ruler.ticks().iter().map(|at| ruler.x(*at)).collect();
                assert!(ticks.len() >= 2, "{end} {width}");
                assert!(ticks.windows(2).all(|pair| pair[1] - pair[0] >= 60.0), "{end} {width}");
            }
        }
    }

    #[test]
    fn the_gravest_mark_is_drawn_last_and_copies_are_folded() {
        let marks = vec![
            mark(1_000_000, MarkKind::Lost),
            mark(1_000_100, MarkKind::Ack),
            mark(1_000_200, MarkKind::Ack),
        ];
        let tape = tape(marks);
        let ruler = Ruler::of(&tape, Instant::ZERO, 880.0);
        let kinds: Vec<MarkKind> =
            spread(&tape.tracks[0], &ruler).iter().map(|(_, mark)| mark.kind).collect();
        assert_eq!(kinds, [MarkKind::Ack, MarkKind::Lost]);
    }

    #[test]
    fn the_gravest_mark_near_the_pointer_is_previewed() {
        let marks = vec![mark(1_000_000, MarkKind::Ack), mark(1_000_100, MarkKind::Lost)];
        let tape = tape(marks);
        let ruler = Ruler::of(&tape, Instant::ZERO, 880.0);
        let found = nearest(&tape, &ruler, Instant(1_050_000)).map(|mark| mark.kind);
        assert_eq!(found, Some(MarkKind::Lost));
        assert!(nearest(&tape, &ruler, Instant(9_000_000)).is_none());
    }

    #[test]
    fn a_fork_leaves_its_parent_where_it_parted() {
        let tape = tape(vec![mark(10_000_000, MarkKind::Fault)]);
        let branch = |name: &str, parent, at: u64| Branch {
            name: name.to_owned(),
            parent,
            end: Cursor { branch: 0, step: at / 1000, at: Instant(at) },
        };
        let branches =
            [branch("main", None, 21_000_000), branch("b", Some((0, 15_000)), 18_000_000)];
        let ruler = Ruler::of(&tape, Instant::ZERO, 880.0);
        let forks = forks(&branches, &tape, &ruler);
        let (x, y) = forks[1].parted.expect("it has a parent");
        assert!((x - ruler.x(Instant(15_000_000))).abs() < 2.0);
        assert_eq!(y, forks[0].y);
        assert!(super::forks(&branches[..1], &tape, &ruler).is_empty());
    }
}
