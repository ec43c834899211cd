//! The forms that a line may have, and what they are good for: help, and completing a word by its
//! place. A form is what a manual prints: `--describe [--topic TOPIC]`, `NODE -> NODE 200ms`.
//!
//! A word in capitals stands for a value, `a|b` for a choice, brackets mean that it may be left
//! out. Refuses to know what the values are: whoever knows the world says so.

use crate::observable::Observable;
use crate::run::{Run, TIME_VERBS};
use kernel::Arrange;

/// A verb and the forms of what may follow it.
pub type Forms = (&'static str, &'static [&'static str]);

/// Faults and time: the same for every system.
pub(crate) const COMMON: [Forms; 31] = [
    ("wait", &["1s|5s|15s|30s"]),
    ("until", &["SPAN"]),
    ("settle", &[""]),
    ("step", &["[N]"]),
    ("seek", &["N"]),
    ("fork", &["[NAME]"]),
    ("metrics", &["[NAME]..."]),
    ("expect", &["QUESTION = ANSWER"]),
    ("help", &["[VERB]"]),
    ("kill", &["NODE", "leader|followers of PARTITION"]),
    ("power-off", &["NODE", "leader|followers of PARTITION"]),
    ("restart", &["NODE|all"]),
    ("bounce", &["NODE", "leader|followers of PARTITION"]),
    ("pause", &["NODE", "leader|followers of PARTITION"]),
    ("resume", &["NODE|all"]),
    ("stop", &["NODE", "leader|followers of PARTITION"]),
    ("isolate", &["NODE", "leader of PARTITION"]),
    ("rejoin", &["NODE|all"]),
    ("cut", &["NODE ->|<-> NODE"]),
    ("heal", &["all", "NODE ->|<-> NODE"]),
    ("hold", &["NODE ->|<-> NODE"]),
    ("release", &["NODE ->|<-> NODE"]),
    ("delay", &["NODE ->|<-> NODE 50ms|200ms|2s"]),
    ("lose", &["NODE ->|<-> NODE 5%|50%"]),
    ("duplicate", &["NODE ->|<-> NODE 5%|50%"]),
    ("drop", &["#N"]),
    ("slow-disk", &["NODE 0ms|50ms|2s"]),
    ("fill-disk", &["NODE"]),
    ("free-disk", &["NODE"]),
    ("fail-dir", &["NODE N"]),
    ("replace-dir", &["NODE N"]),
];

/// A word of a form, without its brackets.
fn bare(token: &str) -> &str {
    token.trim_start_matches('[').trim_end_matches("...").trim_end_matches(']')
}

fn is_option(token: &str) -> bool {
    token.starts_with("--")
}

fn is_value(token: &str) -> bool {
    token.chars().any(char::is_uppercase) && token.chars().all(|c| c.is_uppercase() || c == '-')
}

/// What may stand at the place of `last`, after the words that are `given`.
pub(crate) fn offers(
    forms: &[&str],
    given: &[&str],
    last: &str,
    values: &dyn Fn(&str) -> Vec<String>,
) -> Vec<String> {
    let choices = |token: &str| -> Vec<String> {
        let choice = |one: &str| match one.split_once('=') {
            Some((key, _)) if is_value(key) => {
                values(key).into_iter().map(|key| format!("{key}=")).collect()
            }
            _ if is_value(one) => values(one),
            _ => vec![one.to_owned()],
        };
        token.split('|').flat_map(choice).collect()
    };
    let mut found = Vec::new();
    for form in forms {
        let tokens: Vec<&str> = form.split_whitespace().map(bare).collect();
        let has = |word: &&&str| tokens.iter().any(|token| token.split('|').any(|it| it == **word));
        if given.iter().filter(|word| is_option(word)).any(|word| !has(&word)) {
            continue;
        }
        found.extend(of_form(form, &tokens, given, last, &choices));
    }
    found.retain(|word: &String| word.starts_with(last) && !word.is_empty());
    found.arrange();
    found.dedup();
    found
}

/// The same for one form, cut into its words.
fn of_form(
    form: &str,
    tokens: &[&str],
    given: &[&str],
    last: &str,
    choices: &dyn Fn(&str) -> Vec<String>,
) -> Vec<String> {
    // The value of the option that was just given.
    if let Some(option) = given.last().filter(|word| is_option(word)) {
        let place = tokens.iter().position(|token| token.split('|').any(|it| it == *option));
        let value = place.and_then(|at| tokens.get(at + 1)).filter(|token| !is_option(token));
        if let Some(value) = value {
            return choices(value);
        }
    }
    let free = |token: &&&str| !is_option(token) && !token.contains('=') || **token == "=";
    let placed: Vec<&&str> = tokens.iter().take_while(free).collect();
    if let Some(token) = placed.get(given.len()) {
        let agrees = |(token, word): (&&&str, &&str)| {
            token.split('|').any(|one| is_value(one) || one == *word)
        };
        let fits = placed.iter().zip(given).all(agrees);
        return if fits { choices(token) } else { Vec::new() };
    }
    let raw: Vec<&str> = form.split_whitespace().collect();
    let repeats = |option: &str| {
        let at = tokens.iter().position(|token| *token == option);
        at.is_some_and(|at| raw[at..].iter().take(2).any(|token| token.ends_with("...")))
    };
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(placed.len()) {
        let is_of_option = at > 0 && is_option(tokens[at - 1]) && !is_option(token);
        match token.split_once('=') {
            _ if is_of_option => {}
            Some((key, value)) if last.starts_with(key) && last.contains('=') => {
                found.extend(choices(value).into_iter().map(|value| format!("{key}={value}")));
            }
            Some((key, _)) if given.iter().any(|word| word.split('=').next() == Some(key)) => {}
            Some((key, _)) => found.push(format!("{key}=")),
            None if is_option(token) => {
                let open = |one: &&str| !given.contains(one) || repeats(one);
                found.extend(token.split('|').filter(open).map(ToOwned::to_owned));
            }
            // A word that is no option and no pair: a command within the tool.
            None if !is_value(token) && !tokens.iter().any(|other| given.contains(other)) => {
                found.extend(choices(token));
            }
            None => {}
        }
    }
    found
}

impl<S: Observable> Run<S> {
    fn forms_of(&self, verb: &str) -> Option<&'static [&'static str]> {
        let own = S::forms().iter().chain(&COMMON).find(|(known, _)| *known == verb);
        own.map(|(_, forms)| *forms)
    }

    fn verbs() -> impl Iterator<Item = &'static str> {
        COMMON.iter().chain(S::forms()).map(|(verb, _)| *verb)
    }

    /// Every line that could follow `prefix` with its last word completed.
    pub(crate) fn completed(&self, prefix: &str) -> Vec<String> {
        let (before, last) = prefix.rsplit_once(' ').unwrap_or(("", prefix));
        let given: Vec<&str> = before.split_whitespace().collect();
        let values = |kind: &str| match kind {
            "NODE" => S::cast(self.world()).names(),
            "VERB" => Self::verbs().map(ToOwned::to_owned).collect(),
            "QUESTION" => questions::<S>(),
            kind => S::values(self.world(), kind),
        };
        let words = match given.split_first() {
            None => {
                let mut verbs: Vec<String> = Self::verbs().map(ToOwned::to_owned).collect();
                verbs.retain(|verb| verb.starts_with(last));
                verbs.arrange();
                verbs
            }
            Some((&"expect", rest)) if !rest.is_empty() => {
                let probe = |probe: &&&str| probe.split(' ').next() == rest.first().copied();
                let forms: Vec<&str> = S::probes().iter().filter(probe).copied().collect();
                let forms: Vec<String> =
                    forms.iter().map(|form| format!("{form} = VALUE")).collect();
                let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
                offers(&forms, rest, last, &values)
            }
            Some((verb, rest)) => {
                offers(self.forms_of(verb).unwrap_or_default(), rest, last, &values)
            }
        };
        let join = |word: String| match before {
            "" => word,
            _ => format!("{before} {word}"),
        };
        words.into_iter().map(join).collect()
    }

    /// What may be typed: all of it in short, or the forms of one verb.
    pub(crate) fn help(&self, verb: Option<&str>) -> Option<String> {
        if let Some(verb) = verb {
            let lines = self.forms_of(verb)?.iter().map(|form| format!("{verb} {form}"));
            let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
            return Some(lines.join("\n") + "\n");
        }
        let mut text = String::new();
        let (tools, own): (Vec<&str>, Vec<&str>) =
            S::forms().iter().map(|(verb, _)| *verb).partition(|verb| verb.ends_with(".sh"));
        let faults = COMMON.iter().map(|(verb, _)| *verb).filter(|verb| !TIME_VERBS.contains(verb));
        for verbs in [TIME_VERBS.to_vec(), faults.collect(), own, tools] {
            text += &format!("{}\n", verbs.join(" | "));
        }
        text += "help VERB\nexpect QUESTION = ANSWER\n";
        text.extend(S::probes().iter().map(|probe| format!("  {probe}\n")));
        Some(text)
    }
}

fn questions<S: Observable>() -> Vec<String> {
    let first = |probe: &&str| probe.split(' ').next().unwrap_or_default().to_owned();
    S::probes().iter().map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FAULT_VERBS;

    #[test]
    fn every_common_verb_has_its_forms() {
        let known: Vec<&str> = COMMON.iter().map(|(verb, _)| *verb).collect();
        let verbs: Vec<&str> = TIME_VERBS.into_iter().chain(FAULT_VERBS).collect();
        assert!(verbs.iter().all(|verb| known.contains(verb)) && known.len() == verbs.len());
    }

    fn values(kind: &str) -> Vec<String> {
        let list: &[&str] = match kind {
            "NODE" => &["broker-1", "broker-2"],
            "TOPIC" => &["orders", "clicks"],
            "PARTITION" => &["orders-0"],
            _ => &[],
        };
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn after(form: &[&str], line: &str) -> Vec<String> {
        let (before, last) = line.rsplit_once(' ').unwrap_or(("", line));
        let given: Vec<&str> = before.split_whitespace().collect();
        offers(form, &given, last, &values)
    }

    const TOOL: [&str; 2] =
        ["--create --topic NAME [--config KEY=VALUE]...", "--describe [--topic TOPIC]"];

    #[test]
    fn a_word_is_completed_by_its_place() {
        assert_eq!(after(&["NODE -> NODE 50ms|2s"], ""), ["broker-1", "broker-2"]);
        assert_eq!(after(&["NODE -> NODE 50ms|2s"], "broker-1 "), ["->"]);
        assert_eq!(after(&["NODE -> NODE 50ms|2s"], "broker-1 -> broker-2 "), ["2s", "50ms"]);
        assert_eq!(after(&["NODE|all"], "a"), ["all"]);
    }

    #[test]
    fn an_option_is_followed_by_its_value_and_rules_out_other_forms() {
        assert_eq!(after(&TOOL, "--"), ["--config", "--create", "--describe", "--topic"]);
        assert_eq!(after(&TOOL, "--describe "), ["--topic"]);
        assert_eq!(after(&TOOL, "--describe --topic "), ["clicks", "orders"]);
        assert!(after(&TOOL, "--create --topic ").is_empty(), "a new name is the operator's");
        assert_eq!(after(&TOOL, "--create --config a=b --"), ["--config", "--topic"]);
    }

    #[test]
    fn keys_are_offered_once_and_their_values_behind_them() {
        let form = ["NAME topic=TOPIC [acks=0|1|all] [rate=N]"];
        assert_eq!(after(&form, "p1 "), ["acks=", "rate=", "topic="]);
        assert_eq!(after(&form, "p1 topic="), ["topic=clicks", "topic=orders"]);
        assert_eq!(after(&form, "p1 topic=orders a"), ["acks="]);
        assert_eq!(after(&form, "p1 topic=orders acks="), ["acks=0", "acks=1", "acks=all"]);
    }
}
