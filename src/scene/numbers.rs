//! The numbers of the charts at one instant, as lines of text.

use crate::chart::{Chart, Series, Unit, Whose};
use kernel::{Instant, Span};

/// Those of these names, or all: name, whose, number.
pub(crate) fn numbers(charts: &[Chart], only: &[&str], at: Instant) -> String {
    let all = charts.iter().flat_map(|chart| chart.series.iter().map(|one| (one, chart.unit)));
    let wanted = all.filter(|(one, _)| only.is_empty() || only.contains(&one.name));
    let rows: Vec<[String; 3]> = wanted
        .map(|(one, unit)| [one.name.to_owned(), whose(&one.of), number(one, unit, at)])
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for [name, whose, number] in &rows {
        text += format!("{name:<first$}  {whose:<second$}  {number}").trim_end();
        text.push('\n');
    }
    text
}

fn whose(of: &Whose) -> String {
    match of {
        Whose::All => String::new(),
        Whose::One(name) => name.clone(),
        Whose::Worst(of) => format!("worst of {of}"),
    }
}

fn number(series: &Series, unit: Unit, at: Instant) -> String {
    let known = series.samples.partition_point(|sample| sample.at <= at);
    let value = known.checked_sub(1).and_then(|last| series.samples[last].value);
    match (value, unit) {
        (None, _) => "-".to_owned(),
        (Some(value), Unit::Count) => value.to_string(),
        (Some(value), Unit::PerSecond) => format!("{value}/s"),
        (Some(value), Unit::Micros) => Span(value).to_string(),
    }
}
