//! What lessons are to cover, `lessons/syllabus.toml`, and what they do cover.
//!
//! A row is a thing that somebody may be asked about; an assertion is what a lesson's run must show
//! to be true. Both are named where they are shown: rows by `covers` and on cards, assertions by
//! `assert`. Refuses to know whether an assertion holds: `check.rs` plays it.

use crate::flaw::Flaw;
use crate::prose::Prose;
use crate::scenario::{Covers, Scenario};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Assertions that no line can check: `check` proves them of every lesson by itself. INV-15: the
/// same lines give the same run, to the digest.
pub(crate) const PROVED_OF_ALL: [&str; 1] = ["INV-15"];

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Syllabus {
    /// Of the file; 1.
    pub format: u32,
    /// Id and title of every row.
    pub rows: BTreeMap<String, String>,
    /// For each lesson, id and words of every assertion.
    #[serde(default)]
    pub asserts: BTreeMap<String, BTreeMap<String, String>>,
    /// For each lesson, the rows that its cards must answer: what interviewers ask about it.
    #[serde(default)]
    pub asked: BTreeMap<String, Vec<String>>,
}

impl Syllabus {
    /// Reads the file, strictly: keys that stand twice and ids of another shape are refused.
    pub fn parse(text: &str) -> Result<Syllabus, Flaw> {
        let read: Result<Syllabus, Flaw> = crate::index::read_toml(text);
        let syllabus = read?;
        if syllabus.format != 1 {
            let what = format!("format {} is not known", syllabus.format);
            return Err(Flaw::new(0, what, "write `format = 1`"));
        }
        let line = |key: &str| text.lines().position(|line| line.starts_with(key));
        for (id, title) in &syllabus.rows {
            let at = line(id).map_or(0, |at| at + 1);
            if !is_row(id) {
                return Err(Flaw::new(at, format!("`{id}` is no row"), "write it like `K-ISR-04`"));
            }
            if title.trim().is_empty() {
                return Err(Flaw::new(at, format!("`{id}` has no title"), "give it one"));
            }
        }
        let asked = syllabus
            .asked
            .iter()
            .flat_map(|(lesson, rows)| rows.iter().map(move |row| (lesson, row)));
        for (lesson, row) in asked {
            if !syllabus.rows.contains_key(row) {
                let what = format!("`{lesson}` is asked `{row}`, which is no row");
                return Err(Flaw::new(0, what, "add the row with its title, or correct its name"));
            }
        }
        Ok(syllabus)
    }

    /// Rows that a lesson names and nobody knows, each with its file.
    #[must_use]
    pub fn unknown_rows(&self, lesson: Read<'_>, scenario: &str, prose: &str) -> Vec<Flaw> {
        let played = self.unknown(covered_rows(lesson.scenario)).into_iter();
        let told = self.unknown(card_rows(lesson.prose)).into_iter();
        let played = played.map(|flaw| flaw.within(scenario));
        played.chain(told.map(|flaw| flaw.within(prose))).collect()
    }

    fn unknown<'a>(&self, named: impl Iterator<Item = (usize, &'a str)>) -> Vec<Flaw> {
        let unknown = named.filter(|(_, row)| !self.rows.contains_key(*row));
        let flaw = |(line, row): (usize, &str)| {
            let cure = "name a row of syllabus.toml, or add it there with its title";
            Flaw::new(line, format!("row `{row}` is not in the syllabus"), cure)
        };
        unknown.map(flaw).collect()
    }

    /// Interview questions of the lesson that no card answers.
    pub(crate) fn unanswered(&self, lesson: &str, prose: &Prose) -> Vec<Flaw> {
        let answered = |row: &str| card_rows(prose).any(|(_, found)| found == row);
        let asked = self.asked.get(lesson).into_iter().flatten();
        let flaw = |row: &String| {
            let title = self.rows.get(row).map_or("", String::as_str);
            let what = format!("no card answers `{row}` ({title})");
            Flaw::new(0, what, format!("write it: `::: card PLACE {row}`"))
        };
        asked.filter(|row| !answered(row)).map(flaw).collect()
    }

    /// Assertions that lines check but the syllabus does not have.
    pub(crate) fn unasked(&self, lesson: &str, script: &Scenario) -> Vec<Flaw> {
        let asked = self.asserts.get(lesson);
        let known = |id: &str| asked.is_some_and(|asked| asked.contains_key(id));
        let found = script.assertions().filter(|(_, id)| !known(id));
        let flaw = |(line, id): (&crate::scenario::Command, &str)| {
            let cure =
                format!("add it to [asserts.{lesson}] in syllabus.toml, or correct its name");
            Flaw::new(line.line, format!("assertion `{id}` is not in the syllabus"), cure)
        };
        found.map(flaw).collect()
    }

    /// Assertions of the lesson that no line checks.
    pub(crate) fn unproved(&self, lesson: &str, scripts: &[&Scenario]) -> Vec<Flaw> {
        let proved = |id: &str| {
            let mut all = scripts.iter().flat_map(|script| script.assertions());
            PROVED_OF_ALL.contains(&id) || all.any(|(_, name)| name == id)
        };
        let asked = self.asserts.get(lesson).into_iter().flatten();
        let flaw = |(id, words): (&String, &String)| {
            let what = format!("assertion `{id}` is checked nowhere: {words}");
            Flaw::new(
                0,
                what,
                format!("add `assert {id}: PROBE = VALUE` here or in a proof-NAME.txt"),
            )
        };
        asked.filter(|(id, _)| !proved(id)).map(flaw).collect()
    }
}

/// `K-ISR-04`: two words in capitals and two digits.
fn is_row(id: &str) -> bool {
    let capital = |word: &str| {
        (1..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    match *id.split('-').collect::<Vec<_>>() {
        [part, area, number] => {
            capital(part)
                && capital(area)
                && number.len() == 2
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}

/// Where a row is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub lesson: String,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Around the steps: the opening, the tables at the end.
    Text,
    Step(String),
    /// A card, by its row.
    Card,
}

/// All rows, each with the places that show it, in the order of learning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub rows: Vec<(String, String, Vec<Shown>)>,
}

/// A lesson, read.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    pub id: &'a str,
    pub scenario: &'a Scenario,
    pub prose: &'a Prose,
}

#[must_use]
pub fn coverage(syllabus: &Syllabus, lessons: &[Read<'_>]) -> Coverage {
    let mut shown: BTreeMap<&str, Vec<Shown>> = BTreeMap::new();
    for Read { id, scenario, prose } in lessons {
        let mut add = |row: &'_ str, place: Place| {
            let Some((row, _)) = syllabus.rows.get_key_value(row) else { return };
            shown.entry(row).or_default().push(Shown { lesson: (*id).to_owned(), place });
        };
        scenario.covers.iter().for_each(|it| add(&it.row, Place::Text));
        for step in &scenario.steps {
            step.covers.iter().for_each(|it| add(&it.row, Place::Step(step.name.clone())));
        }
        card_rows(prose).for_each(|(_, row)| add(row, Place::Card));
    }
    let row = |(id, title): (&String, &String)| {
        (id.clone(), title.clone(), shown.remove(id.as_str()).unwrap_or_default())
    };
    Coverage { rows: syllabus.rows.iter().map(row).collect() }
}

/// The rows on the cards of a lesson, each with its line.
fn card_rows(prose: &Prose) -> impl Iterator<Item = (usize, &str)> {
    let cards = prose.signs.iter().filter(|sign| sign.kind == "card");
    cards.filter_map(|sign| Some((sign.line, sign.name.split_once(char::is_whitespace)?.1.trim())))
}

/// Every row that a scenario covers, with its line.
fn covered_rows(scenario: &Scenario) -> impl Iterator<Item = (usize, &str)> {
    let steps = scenario.steps.iter().flat_map(|step| &step.covers);
    scenario.covers.iter().chain(steps).map(|Covers { line, row }| (*line, row.as_str()))
}

impl Coverage {
    #[must_use]
    pub fn missing(&self) -> usize {
        self.rows.iter().filter(|(_, _, shown)| shown.is_empty()).count()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Text => f.write_str(&self.lesson),
            Place::Step(name) => write!(f, "{}/{name}", self.lesson),
            Place::Card => write!(f, "{} card", self.lesson),
        }
    }
}

/// A line a row (first the place that shows it first), then what is missing, then the sum.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, title, shown) in self.rows.iter().filter(|(_, _, shown)| !shown.is_empty()) {
            let places: Vec<String> = shown.iter().map(ToString::to_string).collect();
            writeln!(f, "{id:<10}  {}  ({title})", places.join(", "))?;
        }
        for (id, title, _) in self.rows.iter().filter(|(_, _, shown)| shown.is_empty()) {
            writeln!(f, "{id:<10}  missing  ({title})")?;
        }
        let (all, missing) = (self.rows.len(), self.missing());
        writeln!(f, "{} of {all} rows are shown, {missing} are missing", all - missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
format = 1
[rows]
K-ISR-04 = \"Who lags leaves\"
K-IQ-02 = \"What is the ISR?\"
[asserts.RI-1]
lag = \"Between one window and one and a half\"
INV-15 = \"The same lines, the same run\"
[asked]
RI-1 = [\"K-IQ-02\"]
";

    fn scenario(text: &str) -> Scenario {
        Scenario::parse(text).expect("a scenario")
    }

    #[test]
    fn rows_are_read_strictly() {
        assert_eq!(Syllabus::parse(TEXT).expect("a syllabus").rows.len(), 2);
        for (from, to, line) in [
            ("K-ISR-04", "K-ISR-4", 3),
            ("K-ISR-04", "k-isr-04", 3),
            ("K-ISR-04", "K-IQ-02", 4),
            ("\"Who lags leaves\"", "\" \"", 3),
            ("format = 1", "format = 2", 0),
            ("[rows]", "[lines]", 2),
            ("[\"K-IQ-02\"]", "[\"K-IQ-99\"]", 0),
        ] {
            let flaw = Syllabus::parse(&TEXT.replacen(from, to, 1)).expect_err(to);
            assert_eq!(flaw.line, line, "{flaw}");
        }
    }

    #[test]
    fn what_is_named_must_be_known_and_what_is_known_must_be_named() {
        let syllabus = Syllabus::parse(TEXT).expect("a syllabus");
        let script = scenario("cluster a\ncovers K-ISR-04 K-ISR-99\nassert lug: isr x = 1\n");
        let unknown = syllabus.unknown(covered_rows(&script));
        assert_eq!((unknown.len(), unknown[0].line), (1, 2));
        assert_eq!(syllabus.unasked("RI-1", &script)[0].line, 3);
        assert!(syllabus.unproved("RI-1", &[&script])[0].what.contains("`lag`"));
        let proof = scenario("cluster a\nassert lag: isr x = 1\n");
        assert_eq!(syllabus.unproved("RI-1", &[&script, &proof]), []);
    }

    #[test]
    fn what_interviewers_ask_has_a_card() {
        let syllabus = Syllabus::parse(TEXT).expect("a syllabus");
        let prose = |card: &str| {
            let head = "+++\ntitle = \"t\"\nquestion = \"q\"\nminutes = 1\nlevel = 1\n+++\n";
            let text = format!("{head}::: card one {card}\nAsked.\n\n---\n\nAnswered.\n:::\n");
            crate::prose::parse(&text).expect("a lesson")
        };
        assert_eq!(syllabus.unanswered("RI-1", &prose("K-IQ-02")), []);
        assert_eq!(syllabus.unanswered("RI-2", &prose("")), []);
        assert!(syllabus.unanswered("RI-1", &prose(""))[0].what.contains("`K-IQ-02`"));
    }

    #[test]
    fn coverage_says_where_a_row_is_first_shown_and_what_is_missing() {
        let syllabus = Syllabus::parse(TEXT).expect("a syllabus");
        let script = scenario("cluster a\nstep one\ncovers K-ISR-04\nwait 1s\n");
        let prose = Prose {
            doc: crate::doc::Doc {
                front: crate::doc::Front {
                    title: String::new(),
                    question: String::new(),
                    minutes: 1,
                    level: 1,
                },
                blocks: Vec::new(),
            },
            signs: Vec::new(),
        };
        let found = coverage(&syllabus, &[Read { id: "RI-1", scenario: &script, prose: &prose }]);
        assert_eq!(
            found.to_string(),
            "K-ISR-04    RI-1/one  (Who lags leaves)\n\
             K-IQ-02     missing  (What is the ISR?)\n\
             1 of 2 rows are shown, 1 are missing\n"
        );
    }
}
