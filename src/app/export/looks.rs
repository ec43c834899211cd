//! What the classes of pictures look like, read from the page's own style sheets.
//!
//! So a colour is said once. Reads just as much CSS as `picture` rules use: `.name { … }` with
//! `var(--token)`; refuses anything cleverer.

use crate::lent;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The sheet of the tokens: the page has it already, so it is not in the program once more.
fn tokens_sheet() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| lent::text("style/tokens.css"))
}

fn stage_sheet() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| lent::text("style/stage.css"))
}

/// Looks by class name, colours filled in.
pub struct Looks {
    tokens: BTreeMap<&'static str, &'static str>,
    rules: BTreeMap<&'static str, Vec<(&'static str, String)>>,
}

impl Looks {
    /// The light theme: files are read on paper-like pages.
    #[must_use]
    pub fn light() -> Looks {
        let sheet = tokens_sheet();
        let mut tokens = tokens(block(sheet, ":root {").unwrap_or_default());
        let sizes = sheet.rfind("\n:root {").map_or("", |at| &sheet[at + 1..]);
        tokens.extend(self::tokens(block(sizes, ":root {").unwrap_or_default()));
        let mut rules: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
        for (selector, body) in picture_rules() {
            for name in selector.split(',').filter_map(|one| one.trim().strip_prefix('.')) {
                let looks = declarations(body).map(|(key, value)| (key, filled(value, &tokens)));
                rules.entry(name).or_default().extend(looks);
            }
        }
        Looks { tokens, rules }
    }

    /// The attributes for a list of classes; later rules win, as in the sheet's own order.
    #[must_use]
    pub fn of(&self, classes: &str) -> BTreeMap<&'static str, String> {
        let rules = classes.split_whitespace().filter_map(|name| self.rules.get(name));
        rules.flatten().map(|(key, value)| (*key, value.clone())).collect()
    }

    #[must_use]
    pub fn font(&self) -> &str {
        self.tokens.get("--font").copied().unwrap_or("sans-serif")
    }
}

/// The body of the first rule with this head.
fn block(sheet: &'static str, head: &str) -> Option<&'static str> {
    let from = sheet.find(head)? + head.len();
    let to = from + sheet[from..].find('}')?;
    Some(&sheet[from..to])
}

fn declarations(body: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let pairs = body.split(';').filter_map(|line| line.split_once(':'));
    pairs.map(|(key, value)| (key.trim(), value.trim()))
}

fn tokens(body: &'static str) -> BTreeMap<&'static str, &'static str> {
    declarations(body).filter(|(key, _)| key.starts_with("--")).collect()
}

/// The rules between the two marks in the stage's sheet.
fn picture_rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    let part = stage_sheet().split("/* picture */").nth(1).unwrap_or_default();
    let part = part.split("/* end of picture */").next().unwrap_or_default();
    part.split('}').filter_map(|rule| rule.split_once('{')).map(|(head, body)| (head.trim(), body))
}

fn filled(value: &str, tokens: &BTreeMap<&str, &str>) -> String {
    match value.strip_prefix("var(").and_then(|rest| rest.strip_suffix(')')) {
        Some(name) => tokens.get(name).copied().unwrap_or("none").to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_that_a_picture_names_exists() {
        for (selector, body) in picture_rules() {
            assert!(
                selector.split(',').all(|one| {
                    let name = one.trim().strip_prefix('.').unwrap_or_default();
                    !name.is_empty() && !name.contains([' ', '.', ':', '>'])
                }),
                "too clever: {selector}"
            );
            for (key, value) in declarations(body) {
                assert!(!value.contains('#'), "a literal colour: {key} {value}");
                if let Some(name) = value.strip_prefix("var(") {
                    assert!(
                        tokens_sheet().contains(&format!("{}:", name.trim_end_matches(')'))),
                        "{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn both_dark_themes_are_the_same() {
        let chosen = block(tokens_sheet(), ":root[data-theme=\"dark\"] {").expect("the chosen one");
        let system =
            block(tokens_sheet(), ":root:not([data-theme=\"light\"]) {").expect("the system's");
        assert_eq!(tokens(chosen), tokens(system));
        let light = tokens(block(tokens_sheet(), ":root {").expect("the light one"));
        assert!(light.keys().eq(tokens(chosen).keys()));
    }

    fn luminance(colour: &str) -> f64 {
        let part = |from: usize| {
            let value = u8::from_str_radix(&colour[from..from + 2], 16).expect("hex");
            let share = f64::from(value) / 255.0;
            if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn everything_can_be_read_in_both_themes() {
        for head in [":root {", ":root[data-theme=\"dark\"] {"] {
            let theme = tokens(block(tokens_sheet(), head).expect("a theme"));
            let check = |ink: &str, ground: &str| {
                let ratio = contrast(theme[ink], theme[ground]);
                assert!(ratio >= 4.5, "{ink} on {ground}: {ratio:.2} in {head}");
            };
            for ink in ["--ink", "--ink-2", "--accent", "--danger", "--warn", "--ok", "--hw"] {
                for ground in ["--bg", "--surface", "--surface-2"] {
                    check(ink, ground);
                }
            }
            for name in ["--accent", "--danger", "--warn", "--ok"] {
                check(&format!("{name}-ink"), name);
                check(name, &format!("{name}-soft"));
            }
            check("--request-ink", "--request");
            check("--hw-ink", "--hw");
            for hue in 0..8 {
                check(&format!("--epoch-{hue}-ink"), &format!("--epoch-{hue}"));
                check(&format!("--epoch-{hue}"), &format!("--epoch-{hue}-pale"));
                check("--ink", &format!("--epoch-{hue}-pale"));
            }
        }
    }
}
