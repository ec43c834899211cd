//! Practice without end: a scenario with holes, and what they may be filled with.
//!
//! `vary NAME of A | B` and `vary NAME in 1..100` stand above the scenario; `{NAME}` is a hole. The
//! same number draws the same variant, on every machine and for ever.
//! Refuses to know what a line means, and the right answers: those come from the run.

use crate::flaw::Flaw;
use crate::question;
use crate::scenario::Scenario;

/// Values that one hole may have.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    Words(Vec<String>),
    /// From (inclusive) to (exclusive).
    Numbers(u64, u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Vary {
    line: usize,
    name: String,
    choice: Choice,
}

/// What a lesson's `practice.txt` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    varies: Vec<Vary>,
    text: String,
}

/// One drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub number: u32,
    /// What was drawn for each hole, in the order of the file.
    pub drawn: Vec<(String, String)>,
    /// With the lines counted as in the file.
    pub scenario: Scenario,
}

const MAX_HOLES: usize = 12;

impl Template {
    /// Reads the file; a mistake in the scenario itself shows when a variant is drawn.
    pub fn parse(text: &str) -> Result<Template, Flaw> {
        let mut varies: Vec<Vary> = Vec::new();
        let mut rest = String::new();
        for (i, line) in text.lines().enumerate() {
            match line.strip_prefix("vary ") {
                Some(vary) if rest.trim().is_empty() => {
                    varies.push(read(i + 1, vary)?);
                    rest.push('\n');
                }
                Some(_) => {
                    let cure = "put every `vary` above the line that opens the cluster";
                    return Err(Flaw::new(i + 1, "a `vary` below the scenario's beginning", cure));
                }
                None if line.starts_with('#') && rest.trim().is_empty() => rest.push('\n'),
                None => {
                    rest.push_str(line);
                    rest.push('\n');
                }
            }
        }
        let template = Template { varies, text: rest };
        template.holes()?;
        Ok(template)
    }

    /// Every hole has a `vary`, and every `vary` a hole.
    fn holes(&self) -> Result<(), Flaw> {
        if self.varies.is_empty() || self.varies.len() > MAX_HOLES {
            let what = format!("{} things vary", self.varies.len());
            return Err(Flaw::new(1, what, format!("write 1 to {MAX_HOLES} `vary` lines")));
        }
        for (i, vary) in self.varies.iter().enumerate() {
            if self.varies[..i].iter().any(|other| other.name == vary.name) {
                let what = format!("`{}` varies twice", vary.name);
                return Err(Flaw::new(vary.line, what, "keep one"));
            }
            if !self.text.contains(&hole(&vary.name)) {
                let what = format!("`{}` varies, but nothing has a hole for it", vary.name);
                return Err(Flaw::new(vary.line, what, format!("write {}", hole(&vary.name))));
            }
        }
        for (i, line) in self.text.lines().enumerate() {
            let Some((_, rest)) = filled(line, &self.drawn(0)).split_once('{').map(own) else {
                continue;
            };
            let what = format!("nothing varies under the name `{}`", until_brace(&rest));
            return Err(Flaw::new(i + 1, what, "add `vary NAME of A | B` above"));
        }
        Ok(())
    }

    fn drawn(&self, number: u32) -> Vec<(String, String)> {
        let draw = |(place, vary): (u64, &Vary)| {
            let luck = mix((u64::from(number) << 8) ^ place);
            let value = match &vary.choice {
                Choice::Words(words) => words[(luck % words.len() as u64) as usize].clone(),
                Choice::Numbers(from, to) => (from + luck % (to - from)).to_string(),
            };
            (vary.name.clone(), value)
        };
        (0..).zip(&self.varies).map(draw).collect()
    }

    /// The variant of this number.
    pub fn draw(&self, number: u32) -> Result<Variant, Flaw> {
        let drawn = self.drawn(number);
        let scenario = Scenario::parse(&filled(&self.text, &drawn)).map_err(|mut flaw| {
            flaw.what = format!("variant {number}: {}", flaw.what);
            flaw
        })?;
        Ok(Variant { number, drawn, scenario })
    }
}

fn own((before, after): (&str, &str)) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

fn until_brace(text: &str) -> &str {
    text.split('}').next().unwrap_or(text)
}

fn hole(name: &str) -> String {
    format!("{{{name}}}")
}

fn filled(text: &str, drawn: &[(String, String)]) -> String {
    drawn.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&hole(name), value))
}

/// `seed in 1..1000` or `fault of kill | stop`.
fn read(line: usize, text: &str) -> Result<Vary, Flaw> {
    let shape = "write `vary seed in 1..1000` or `vary fault of kill | stop`";
    let flaw = |what: String| Flaw::new(line, what, shape);
    let mut words = text.trim().splitn(3, ' ');
    let (name, kind, rest) = (words.next(), words.next(), words.next().unwrap_or_default().trim());
    let name = question::name(line, "hole", name.unwrap_or_default())?;
    let choice = match kind {
        Some("in") => {
            let ends = rest.split_once("..").map(|(from, to)| (from.parse(), to.parse()));
            match ends {
                Some((Ok(from), Ok(to))) if from < to => Choice::Numbers(from, to),
                _ => return Err(flaw(format!("`{rest}` is no range of whole numbers"))),
            }
        }
        Some("of") => {
            let words: Vec<String> = rest.split('|').map(|it| it.trim().to_owned()).collect();
            if words.len() < 2 || words.iter().any(String::is_empty) {
                return Err(flaw(format!("`{rest}` is no choice")));
            }
            Choice::Words(words)
        }
        _ => return Err(flaw(format!("`{text}` says neither `in` nor `of`"))),
    };
    Ok(Vary { line, name, choice })
}

/// Source: splitmix64, Steele, Lea and Flood 2014, as published by Vigna.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Why.
vary seed in 10..20
vary fault of kill | stop

cluster kafka seed={seed}
step crash
predict gap: gap orders-0 in 0s..2s | 2s..
{fault} leader of orders-0
";

    #[test]
    fn the_same_number_draws_the_same_variant_and_others_draw_others() {
        let template = Template::parse(TEXT).expect("a template");
        let draw = |number| template.draw(number).expect("a variant");
        assert_eq!(draw(7), draw(7));
        let all: std::collections::BTreeSet<_> = (0..40).map(|n| draw(n).drawn).collect();
        assert!(all.len() > 10, "{all:?}");
        let variant = draw(3);
        assert_eq!(variant.scenario.steps[0].line, 6, "lines are counted as in the file");
        let seed: u64 = variant.drawn[0].1.parse().expect("a number");
        assert!((10..20).contains(&seed));
    }

    #[test]
    fn the_published_numbers_come_out() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(1), 0x910a_2dec_8902_5cc1);
    }

    #[test]
    fn every_mistake_has_its_line() {
        for (from, to, line, what) in [
            ("in 10..20", "in 20..10", 2, "`20..10` is no range of whole numbers"),
            ("of kill | stop", "of kill", 3, "`kill` is no choice"),
            ("vary fault of", "vary fault", 3, "`fault kill | stop` says neither `in` nor `of`"),
            ("seed={seed}", "seed=7", 2, "`seed` varies, but nothing has a hole for it"),
            ("{fault}", "{deed} {fault}", 8, "nothing varies under the name `deed`"),
            ("vary fault", "vary seed", 3, "`seed` varies twice"),
            ("step crash", "vary a of b | c", 6, "a `vary` below the scenario's beginning"),
        ] {
            let flaw = Template::parse(&TEXT.replace(from, to)).expect_err(to);
            assert_eq!((flaw.line, flaw.what.as_str()), (line, what));
        }
        let flaw = Template::parse(&TEXT.replace("step", "stop")).expect("holes are right");
        assert!(flaw.draw(1).expect_err("no step").what.starts_with("variant 1: "));
    }
}
