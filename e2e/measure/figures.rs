//! Samples and the line of a table they make. Refuses to know what was measured.

use serde_json::Value;

#[derive(Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// The numbers of a JSON list.
    pub(crate) fn of(list: &Value) -> Samples {
        let numbers = list.as_array().into_iter().flatten();
        Samples(numbers.filter_map(Value::as_f64).collect())
    }

    pub(crate) fn add(&mut self, number: &Value) {
        self.0.extend(number.as_f64());
    }

    pub(crate) fn push(&mut self, number: f64) {
        self.0.push(number);
    }

    /// The sample that `percent` of all do not exceed; nearest rank.
    fn at(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(rank).copied().unwrap_or(f64::NAN)
    }
}

/// Which way is good: `p95` and `worst` are on the bad side.
#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
}

pub(crate) fn row(what: &str, unit: &str, samples: Samples) {
    print(what, unit, samples, Better::Less);
}

/// A line about speeds.
pub(crate) fn row_of_rates(what: &str, unit: &str, samples: Samples) {
    print(what, unit, samples, Better::More);
}

fn print(what: &str, unit: &str, mut samples: Samples, better: Better) {
    samples.0.sort_by(|one, other| match better {
        Better::Less => one.total_cmp(other),
        Better::More => other.total_cmp(one),
    });
    let show = |value: f64| {
        if value >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.1}") }
    };
    let [p50, p95, last] = [50, 95, 100].map(|percent| show(samples.at(percent)));
    println!("| {what} | {p50} | {p95} | {last} | {unit} |");
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn ranks_are_the_nearest() {
        let samples = Samples((1..=20).map(f64::from).collect());
        assert_eq!([50, 95, 100].map(|percent| samples.at(percent)), [10.0, 19.0, 20.0]);
        assert!(Samples::default().at(50).is_nan());
    }
}
