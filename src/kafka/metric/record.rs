//! Numbers noted down while a run goes on, bounded in how many: neighbours become one where there
//! would be too many. Refuses to know what is counted.

use kernel::{Arrange, Instant, Span};
use scene::Sample;

/// The most samples that are kept of one number.
const MOST: usize = 480;
/// Changes closer together than this become one, once there are too many; then twice as much.
const FIRST_GRAIN: Span = Span::micros(62_500);
/// A second in eighths, so that each width is a part of a second or whole seconds.
const FIRST_WIDTH: Span = Span::millis(125);
const SECOND: Span = Span::secs(1);

/// A number that stands until it changes. Of the first few hundred changes each is kept as it was.
#[derive(Clone, Debug, Default)]
pub(super) struct Gauge {
    samples: Vec<Sample>,
    grain: Span,
}

impl Gauge {
    pub(super) fn set(&mut self, at: Instant, value: Option<u64>) {
        if self.value() == value {
            return;
        }
        self.put(Sample::new(at, value));
        while self.samples.len() > MOST {
            self.thin();
        }
    }

    /// One more since the run began.
    pub(super) fn count(&mut self, at: Instant) {
        self.set(at, Some(self.value().unwrap_or(0) + 1));
    }

    /// What it was so far cannot be told any more.
    pub(super) fn forget(&mut self, at: Instant) {
        self.samples = vec![Sample::new(at, None)];
    }

    pub(super) fn value(&self) -> Option<u64> {
        self.samples.last().and_then(|last| last.value)
    }

    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Was there ever a number?
    pub(super) fn is_known(&self) -> bool {
        self.samples.iter().any(|sample| sample.value.is_some())
    }

    fn put(&mut self, next: Sample) {
        match self.samples.last_mut() {
            // Of several within one instant only the last was there for any time.
            Some(last) if last.at == next.at && last.range.is_none_or(|(a, b)| a == b) => {
                *last = next;
            }
            Some(last) if next.at.since(last.at) < self.grain => {
                last.value = next.value;
                last.range = match (last.range, next.range) {
                    (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
                    (one, other) => one.or(other),
                };
            }
            _ => self.samples.push(next),
        }
    }

    fn thin(&mut self) {
        self.grain = Span((self.grain.0 * 2).max(FIRST_GRAIN.0));
        for sample in std::mem::take(&mut self.samples) {
            self.put(sample);
        }
    }

    /// The least or the most of several numbers, all along.
    pub(super) fn extreme(gauges: &[&Gauge], of: fn(u64, u64) -> u64) -> Gauge {
        let all = gauges.iter().enumerate();
        let mut changes: Vec<(Instant, usize, Option<u64>)> = all
            .flat_map(|(place, gauge)| gauge.samples.iter().map(move |it| (it.at, place, it.value)))
            .collect();
        changes.arrange_by_key(|(at, place, _)| (*at, *place));
        let mut now = vec![None; gauges.len()];
        let mut extreme = Gauge::default();
        for (at, place, value) in changes {
            now[place] = value;
            extreme.set(at, now.iter().copied().flatten().reduce(of));
        }
        extreme
    }
}

/// What a stretch of time comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// So many per second.
    Rate,
    /// The largest; none where there was none.
    Most,
}

/// What the last second came to, noted down in stretches of equal length. Where a run has become
/// so long that a stretch is longer than a second, its own length takes the second's place.
#[derive(Clone, Debug)]
pub(super) struct Window {
    fold: Fold,
    width: Span,
    stretches: Vec<Option<u64>>,
    /// What was before cannot be told any more.
    since: Instant,
}

impl Window {
    pub(super) fn new(fold: Fold) -> Window {
        Window { fold, width: FIRST_WIDTH, stretches: Vec::new(), since: Instant::ZERO }
    }

    pub(super) fn add(&mut self, at: Instant, amount: u64) {
        while self.place(at) >= MOST {
            self.widen();
        }
        let place = self.place(at);
        if self.stretches.len() <= place {
            self.stretches.resize(place + 1, None);
        }
        let known = self.stretches[place];
        self.stretches[place] = self.joined(known, Some(amount));
    }

    pub(super) fn forget(&mut self, at: Instant) {
        self.since = at;
    }

    /// Was anything ever added?
    pub(super) fn is_known(&self) -> bool {
        !self.stretches.is_empty()
    }

    /// A sample wherever it changes, at the end of a stretch: no sample knows what comes after it.
    pub(super) fn samples(&self, to: Instant) -> Vec<Sample> {
        let nothing = if self.fold == Fold::Rate { Some(0) } else { None };
        let first = if self.since == Instant::ZERO { nothing } else { None };
        let mut samples = vec![Sample::new(Instant::ZERO, first)];
        let last = self.place(to).min(self.stretches.len() + self.per_window());
        for end in 1..=last {
            let at = Instant(end as u64 * self.width.0);
            let value = self.window(end);
            let is_whole = at.since(self.since) >= self.length() || self.since == Instant::ZERO;
            if is_whole && samples.last().is_some_and(|last| last.value != value) {
                samples.push(Sample::new(at, value));
            }
        }
        samples
    }

    /// What the stretches before `end` come to, as many as make up a window.
    fn window(&self, end: usize) -> Option<u64> {
        let len = self.stretches.len();
        let from = end.saturating_sub(self.per_window()).min(len);
        let known = self.stretches[from..end.min(len)].iter().copied().flatten();
        match self.fold {
            Fold::Most => known.max(),
            Fold::Rate => {
                let length = self.length().0;
                Some((known.sum::<u64>() * SECOND.0 + length / 2) / length)
            }
        }
    }

    fn per_window(&self) -> usize {
        (SECOND.0 / self.width.0).max(1) as usize
    }

    fn length(&self) -> Span {
        self.width.max(SECOND)
    }

    fn place(&self, at: Instant) -> usize {
        (at.0 / self.width.0) as usize
    }

    fn joined(&self, one: Option<u64>, other: Option<u64>) -> Option<u64> {
        let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
        Some(if self.fold == Fold::Rate { a + b } else { a.max(b) })
    }

    fn widen(&mut self) {
        self.width = Span(self.width.0 * 2);
        let pair = |pair: &[Option<u64>]| {
            pair.iter().copied().fold(None, |known, next| self.joined(known, next))
        };
        self.stretches = self.stretches.chunks(2).map(pair).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant(millis * 1_000)
    }

    fn values(samples: &[Sample]) -> Vec<(u64, Option<u64>)> {
        samples.iter().map(|sample| (sample.at.0 / 1_000, sample.value)).collect()
    }

    #[test]
    fn a_gauge_keeps_each_change_as_it_was() {
        let mut gauge = Gauge::default();
        for (millis, value) in
            [(5, Some(0)), (9, Some(0)), (12, Some(7)), (12, Some(2)), (30, None)]
        {
            gauge.set(at(millis), value);
        }
        assert_eq!(values(gauge.samples()), [(5, Some(0)), (12, Some(2)), (30, None)]);
    }

    #[test]
    fn a_long_gauge_is_bounded_and_forgets_no_peak() {
        let mut gauge = Gauge::default();
        for tick in 0..20_000 {
            let value = if tick == 7_777 { 900 } else { tick % 5 };
            gauge.set(at(tick * 20), Some(value));
        }
        let samples = gauge.samples();
        assert!(samples.len() <= MOST && samples.len() > MOST / 4, "{}", samples.len());
        assert!(samples.windows(2).all(|pair| pair[0].at < pair[1].at));
        let most = |sample: &&Sample| sample.range.map(|(_, most)| most);
        let peak = samples.iter().max_by_key(most).expect("there are samples");
        assert_eq!(most(&peak), Some(900));
        assert!(peak.at <= at(7_777 * 20) && at(7_777 * 20).since(peak.at) <= gauge.grain);
        assert_eq!(gauge.value(), Some(19_999 % 5));
    }

    #[test]
    fn a_number_that_comes_and_goes_is_bounded_too() {
        let mut gauge = Gauge::default();
        for tick in 0..5_000 {
            gauge.set(at(tick * 300), (tick % 2 == 0).then_some(tick));
        }
        assert!(gauge.samples().len() <= MOST);
    }

    #[test]
    fn the_least_of_several_changes_when_one_of_them_does() {
        let (mut one, mut two) = (Gauge::default(), Gauge::default());
        one.set(at(0), Some(3));
        two.set(at(0), Some(3));
        two.set(at(10), Some(2));
        one.set(at(20), Some(1));
        two.set(at(30), None);
        one.set(at(40), Some(3));
        let least = Gauge::extreme(&[&one, &two], u64::min);
        assert_eq!(
            values(least.samples()),
            [(0, Some(3)), (10, Some(2)), (20, Some(1)), (40, Some(3))]
        );
    }

    #[test]
    fn a_rate_is_what_the_last_second_brought() {
        let mut rate = Window::new(Fold::Rate);
        (0..40).for_each(|n| rate.add(at(1_000 + n * 50), 1));
        let samples = rate.samples(at(6_000));
        let at_end = |millis| {
            samples.iter().rev().find(|sample| sample.at <= at(millis)).and_then(|it| it.value)
        };
        assert_eq!(at_end(900), Some(0));
        assert_eq!(at_end(2_000), Some(20), "twenty in the second before");
        assert_eq!(at_end(3_000), Some(20));
        assert_eq!(at_end(3_500), Some(10), "half of them half a second later");
        assert_eq!(at_end(4_000), Some(0));
        assert_eq!(samples.last().map(|last| last.at), Some(at(4_000)), "then nothing changes");
    }

    #[test]
    fn the_longest_wait_is_none_where_nothing_was_answered() {
        let mut most = Window::new(Fold::Most);
        most.add(at(100), 4);
        most.add(at(110), 9);
        most.add(at(5_000), 2);
        let seen = values(&most.samples(at(9_000)));
        assert_eq!(
            seen,
            [(0, None), (125, Some(9)), (1_125, None), (5_125, Some(2)), (6_125, None)]
        );
    }

    #[test]
    fn a_long_run_has_wider_stretches_and_the_same_rate() {
        let mut rate = Window::new(Fold::Rate);
        (0..20_000).for_each(|n| rate.add(at(n * 50), 1));
        assert!(rate.stretches.len() <= MOST);
        assert_eq!(rate.width, Span::secs(4));
        let steady = rate.samples(at(996_000));
        assert_eq!(values(&steady), [(0, Some(0)), (4_000, Some(20))]);
    }

    #[test]
    fn what_cannot_be_told_any_more_is_left_out() {
        let (mut gauge, mut rate) = (Gauge::default(), Window::new(Fold::Rate));
        gauge.set(at(10), Some(3));
        (0..10).for_each(|n| rate.add(at(n * 100), 1));
        gauge.forget(at(1_000));
        rate.forget(at(1_000));
        (10..50).for_each(|n| rate.add(at(n * 100), 1));
        assert_eq!(values(gauge.samples()), [(1_000, None)]);
        assert_eq!(values(&rate.samples(at(5_000))), [(0, None), (2_000, Some(10))]);
    }
}
