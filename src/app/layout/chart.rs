//! A chart's geometry and looks: what is to be plotted, the marks of the plotter as shapes, and
//! what each number was at the cursor.
//!
//! Knows series, pixels and the plotter's marks; refuses to know what is counted, the pointer, and
//! how the plotter is called.

use super::Point;
use super::shape::{Shape, circle, group, line, path, text};
use super::span::brief;
use super::tape::Ruler;
use super::text::width;
use replicascope::scene::{Chart, Instant, Sample, Series, Span, Tape, Unit};

pub const HIGH: f64 = 104.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 6.0;
const FOOT: f64 = 20.0;

/// Where instants and numbers stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    pub ruler: Ruler,
    /// The number at the top.
    most: u64,
}

impl Plot {
    #[must_use]
    pub fn of(chart: &Chart, tape: &Tape, cursor: Instant, width: f64) -> Plot {
        let ruler = Ruler { left: LEFT, ..Ruler::of(tape, cursor, width) };
        let ranges = chart.series.iter().flat_map(|series| &series.samples);
        let most = ranges.filter_map(|sample| sample.range).map(|(_, most)| most).max();
        Plot { ruler, most: rounded(most.unwrap_or(0)) }
    }

    fn y(&self, number: u64) -> f64 {
        HIGH - FOOT - (HIGH - FOOT - TOP) * (number as f64 / self.most as f64).min(1.0)
    }
}

/// The next number with one digit that is not less; small ones as they are.
fn rounded(most: u64) -> u64 {
    let mut scale = 1;
    while most > scale * 10 {
        scale *= 10;
    }
    (most.div_ceil(scale) * scale).max(1)
}

/// What the plotter is asked for, in its own terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub frame: Vec<u32>,
    pub axes: Vec<f64>,
    pub curves: Vec<f64>,
    /// To which series each curve belongs: one with gaps is several curves.
    owners: Vec<usize>,
    unit: Unit,
    width: f64,
}

impl Order {
    #[must_use]
    pub fn of(chart: &Chart, plot: &Plot, end: Instant) -> Order {
        let mut order = Order {
            frame: [plot.ruler.width, HIGH, LEFT, RIGHT, TOP, FOOT].map(|it| it as u32).to_vec(),
            axes: vec![plot.ruler.to.0 as f64, plot.most as f64],
            curves: Vec::new(),
            owners: Vec::new(),
            unit: chart.unit,
            width: plot.ruler.width,
        };
        for (owner, series) in chart.series.iter().enumerate() {
            for steps in runs(&series.samples, end) {
                order.owners.push(owner);
                order.curves.push(steps.len() as f64);
                order.curves.extend(steps.iter().flat_map(|(at, it)| [*at as f64, *it as f64]));
            }
        }
        order
    }
}

/// The corners of a series, one list for each stretch in which there was a number.
fn runs(samples: &[Sample], end: Instant) -> Vec<Vec<(u64, u64)>> {
    let mut runs = Vec::new();
    let mut run: Vec<(u64, u64)> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.at <= end) {
        if let Some((_, before)) = run.last().copied() {
            run.push((sample.at.0, before));
        }
        match (sample.value, sample.range) {
            (Some(value), Some((least, most))) => {
                let peaks = [most, least].into_iter().filter(|_| least < most);
                run.extend(peaks.chain([value]).map(|number| (sample.at.0, number)));
            }
            _ if run.is_empty() => {}
            _ => runs.push(std::mem::take(&mut run)),
        }
    }
    if let Some((_, last)) = run.last().copied() {
        run.push((end.0, last));
        runs.push(run);
    }
    runs
}

/// The marks of the plotter as a picture. Whatever it says beyond what it promises is left out.
#[must_use]
pub fn picture(order: &Order, marks: &[String]) -> Vec<Shape> {
    let mut owners = order.owners.iter();
    let mut shapes = Vec::new();
    for mark in marks {
        let (kind, rest) = mark.split_once(' ').unwrap_or((mark, ""));
        let numbers: Vec<u64> = rest.split(' ').map_while(|it| it.parse().ok()).collect();
        match (kind, numbers.as_slice()) {
            ("g", [x1, y1, x2, y2]) => shapes.push(line(point(*x1, *y1), point(*x2, *y2), "grid")),
            ("x", [x, y, micros]) => {
                let words = brief(Span(*micros));
                let half = width(&words, 11.0) / 2.0;
                let at = Point::new((*x as f64).min(order.width - half - 2.0), *y as f64 + 11.0);
                shapes.push(text(at, words, "mid tiny muted"));
            }
            ("y", [x, y, number]) => {
                let at = point(*x, *y).moved(0.0, 4.0);
                shapes.push(text(at, written(order.unit, *number), "end tiny muted"));
            }
            ("c", _) => {
                let look = look(owners.next().copied().unwrap_or(0));
                shapes.push(path(rest, format!("curve curve-{look}")));
            }
            _ => {}
        }
    }
    vec![group("plot", shapes)]
}

fn point(x: u64, y: u64) -> Point {
    Point::new(x as f64, y as f64)
}

/// Curves differ by dash, not only by colour: there are four ways.
#[must_use]
pub fn look(series: usize) -> usize {
    series % 4
}

/// A short line as the legend has it.
#[must_use]
pub fn swatch(series: usize) -> Shape {
    line(Point::new(1.0, 5.0), Point::new(27.0, 5.0), format!("curve curve-{}", look(series)))
}

/// The cursor, and what each number is there.
#[must_use]
pub fn cursor(chart: &Chart, plot: &Plot, at: Instant) -> Vec<Shape> {
    let x = plot.ruler.x(at);
    let mut shapes = vec![line(Point::new(x, 2.0), Point::new(x, HIGH - FOOT), "playhead")];
    for (place, series) in chart.series.iter().enumerate() {
        if let Some(value) = value(series, at) {
            let dot = circle(Point::new(x, plot.y(value)), 3.0, format!("dot-{}", look(place)));
            shapes.push(dot);
        }
    }
    shapes
}

/// What the number is at an instant.
#[must_use]
pub fn value(series: &Series, at: Instant) -> Option<u64> {
    let known = series.samples.partition_point(|sample| sample.at <= at);
    series.samples[..known].last()?.value
}

/// The least and the most that it ever was.
#[must_use]
pub fn range(series: &Series) -> Option<(u64, u64)> {
    let ranges = series.samples.iter().filter_map(|sample| sample.range);
    ranges.reduce(|(least, most), (low, high)| (least.min(low), most.max(high)))
}

/// The nearest instant after or before this one at which a number of the chart changes.
#[must_use]
pub fn change(chart: &Chart, at: Instant, forward: bool) -> Option<Instant> {
    let all = chart.series.iter().flat_map(|series| series.samples.iter().map(|it| it.at));
    if forward { all.filter(|it| *it > at).min() } else { all.filter(|it| *it < at).max() }
}

/// A number with its unit, in as few characters as tell it.
#[must_use]
pub fn written(unit: Unit, number: u64) -> String {
    match unit {
        Unit::Count => number.to_string(),
        Unit::PerSecond => format!("{number}/s"),
        Unit::Micros if (1_000..10_000).contains(&number) => {
            format!("{}.{} ms", number / 1_000, number / 100 % 10)
        }
        Unit::Micros => brief(Span(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use replicascope::scene::{Told, Whose};

    fn series(samples: &[(u64, Option<u64>)]) -> Series {
        let sample = |(secs, value): &(u64, Option<u64>)| {
            Sample::new(Instant::ZERO + Span::secs(*secs), *value)
        };
        let samples = samples.iter().map(sample).collect();
        Series { name: "InSyncReplicasCount", object: "", of: Whose::All, samples }
    }

    fn chart(series: Vec<Series>) -> Chart {
        let (title, about) = (Told::new("chart.isr"), Told::new("chart.isr-about"));
        Chart { title, about, unit: Unit::Count, series }
    }

    fn tape(secs: u64) -> Tape {
        Tape { from: Instant::ZERO, to: at(secs), tracks: Vec::new() }
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO + Span::secs(secs)
    }

    /// The ISR of a partition whose leader is killed and comes back.
    fn outage() -> Chart {
        chart(vec![series(&[(2, Some(3)), (10, None), (19, Some(2)), (30, Some(3))])])
    }

    fn drawn(chart: &Chart) -> (Plot, Order, Vec<Shape>) {
        let plot = Plot::of(chart, &tape(40), at(20), 300.0);
        let order = Order::of(chart, &plot, at(40));
        let marks = plotter::plot(&order.frame, &order.axes, &order.curves);
        let picture = picture(&order, &marks);
        (plot, order, picture)
    }

    #[test]
    fn a_number_stands_until_it_changes_and_is_nowhere_while_nobody_gives_it() {
        let runs = runs(&outage().series[0].samples, at(40));
        let secs = |run: &Vec<(u64, u64)>| -> Vec<(u64, u64)> {
            run.iter().map(|(at, value)| (at / 1_000_000, *value)).collect()
        };
        let seen: Vec<_> = runs.iter().map(secs).collect();
        assert_eq!(seen, [vec![(2, 3), (10, 3)], vec![(19, 2), (30, 2), (30, 3), (40, 3)]]);
    }

    #[test]
    fn what_was_merged_is_drawn_from_its_least_to_its_most() {
        let merged = Sample { at: at(1), value: Some(4), range: Some((0, 9)) };
        let seen = runs(&[merged], at(2));
        let values: Vec<u64> = seen[0].iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [9, 0, 4, 4]);
    }

    #[test]
    fn cursor_and_curves_have_one_scale() {
        let chart = outage();
        let (plot, _, picture) = drawn(&chart);
        let curves: Vec<&Shape> =
            picture[0].children.iter().filter(|shape| shape.class == "curve curve-0").collect();
        assert_eq!(curves.len(), 2, "one before, one after the gap");
        let d = &curves[1].attrs[0].1;
        let start = format!("M{} {}", plot.ruler.x(at(19)).round(), plot.y(2).round());
        let near = |text: &str| -> Vec<f64> {
            let start = text.trim_start_matches('M').split('L').next().unwrap_or_default();
            start.split(' ').filter_map(|number| number.parse().ok()).collect()
        };
        for (drawn, computed) in near(d).iter().zip(near(&start)) {
            assert!((drawn - computed).abs() <= 2.0, "{d} begins at {start}");
        }
        assert_eq!(cursor(&chart, &plot, at(12)).len(), 1, "a gap has no dot");
        assert_eq!(cursor(&chart, &plot, at(20)).len(), 2);
    }

    #[test]
    fn everything_lies_within_the_picture() {
        for chart in [outage(), chart(vec![series(&[(0, Some(0))]), series(&[])])] {
            let (_, _, picture) = drawn(&chart);
            for shape in &picture[0].children {
                let number = |name: &str| -> Option<f64> {
                    let found = shape.attrs.iter().find(|(known, _)| *known == name)?;
                    found.1.parse().ok()
                };
                for x in ["x", "x1", "x2"].into_iter().filter_map(number) {
                    assert!((0.0..=300.0).contains(&x), "{shape:?}");
                }
                for y in ["y", "y1", "y2"].into_iter().filter_map(number) {
                    assert!((0.0..=HIGH).contains(&y), "{shape:?}");
                }
            }
        }
    }

    #[test]
    fn the_axis_ends_at_a_number_that_is_easily_read() {
        let seen: Vec<u64> = [0, 1, 3, 9, 10, 11, 21, 210, 9_564_000].map(rounded).to_vec();
        assert_eq!(seen, [1, 1, 3, 9, 10, 20, 30, 300, 10_000_000]);
    }

    #[test]
    fn values_changes_and_ranges_are_those_of_the_run() {
        let chart = outage();
        let isr = &chart.series[0];
        let values = [1, 2, 9, 10, 25, 99].map(|secs| value(isr, at(secs)));
        assert_eq!(values, [None, Some(3), Some(3), None, Some(2), Some(3)]);
        assert_eq!(range(isr), Some((2, 3)));
        assert_eq!(change(&chart, at(10), true), Some(at(19)));
        assert_eq!(change(&chart, at(10), false), Some(at(2)));
        assert_eq!(change(&chart, at(30), true), None);
    }

    #[test]
    fn numbers_have_their_unit() {
        let micros = [900, 5_313, 81_000, 9_565_778].map(|it| written(Unit::Micros, it));
        assert_eq!(micros, ["<1 ms", "5.3 ms", "81 ms", "9.5 s"]);
        assert_eq!(written(Unit::PerSecond, 20), "20/s");
    }

    #[test]
    fn marks_that_nobody_promised_are_left_out() {
        let (_, order, _) = drawn(&outage());
        let odd = ["", "g", "g 1 2", "x a b c", "z 1 2 3", "y 1"].map(str::to_owned);
        assert!(picture(&order, &odd)[0].children.is_empty());
    }
}
