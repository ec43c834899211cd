//! Every transcript under `tests/kafka` is played and compared; `UPDATE=1` writes down what is
//! printed now. `tests/README.md` says how to write one.
//! Refuses to know what a transcript is about, and never plays what is kept under `pending`.

use crate::files::{File, ending_with, root};
use crate::play::{open, read};
use replicascope::lesson::{Report, Runner, Scenario, met};
use replicascope::{Session, scene::plain};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

#[test]
fn transcripts_say_what_happens() {
    let mut findings = Vec::new();
    for file in transcripts() {
        if let Err(finding) = compare(&file) {
            findings.push(finding);
        }
    }
    let cure = "(UPDATE=1 writes down what is printed now; read the difference before you keep it)";
    assert!(findings.is_empty(), "\n{}\n{cure}", findings.join("\n"));
}

#[test]
fn every_transcript_opens_with_its_rule_and_source() {
    for file in transcripts() {
        let opening: Vec<&str> =
            file.text.lines().take_while(|line| line.starts_with('#')).collect();
        let source = opening.iter().any(|line| line.starts_with("# Source: "));
        assert!(opening.len() > 1 && source, "{}: say the rule and its `# Source:`", file.path);
    }
}

fn transcripts() -> Vec<File> {
    let mut files = ending_with(".txt");
    files.retain(|file| {
        let rest = file.path.strip_prefix("tests/kafka/");
        rest.is_some_and(|rest| !rest.contains('/'))
    });
    assert!(!files.is_empty(), "there are transcripts under tests/kafka");
    files
}

fn compare(file: &File) -> Result<(), String> {
    let scenario = read(&file.text);
    let mut session = open(&scenario);
    let at = |line: usize, what: &str| format!("{}:{line}: {what}", file.path);
    let report = Runner::new(&mut *session, &scenario)
        .play_all()
        .map_err(|stop| at(stop.line(), &stop.to_string()))?;
    update_or_differ(file, &scenario, &report)?;
    let solved = Runner::new(&mut *session, &scenario).solve();
    solved.map_err(|stop| at(stop.line(), &stop.to_string()))?;
    for goal in &scenario.goals {
        let holds = met(&*session, goal).map_err(|stop| at(stop.line(), &stop.to_string()))?;
        if !holds {
            let found = session.probe(&goal.probe).expect("it was just answered");
            let what = format!("{} is {found}, not {}", goal.probe, goal.value);
            return Err(at(goal.line, &what));
        }
    }
    promises(file, &*session)
}

/// Which promises break is part of what a transcript says: `# Breaks: promise.acked-survives`.
fn promises(file: &File, session: &dyn Session) -> Result<(), String> {
    let said = file.text.lines().filter_map(|line| line.strip_prefix("# Breaks: "));
    let said: BTreeSet<String> = said.map(|name| name.trim().to_owned()).collect();
    let violations = session.violations();
    let broken: BTreeSet<String> =
        violations.iter().map(|broken| broken.promise.key.to_owned()).collect();
    if said == broken {
        return Ok(());
    }
    let mut text = format!("{}: `# Breaks:` says {said:?}, but these broke:", file.path);
    for broken in violations {
        let promise = broken.promise.key;
        let _ = write!(text, "\n  {} {promise} {}", broken.at, plain(&broken.detail));
    }
    Err(text)
}

fn update_or_differ(file: &File, scenario: &Scenario, report: &Report) -> Result<(), String> {
    if report.differences.is_empty() {
        return Ok(());
    }
    let printed = report.by_rule();
    if std::env::var_os("UPDATE").is_some() {
        let text = Scenario::rewrite(&file.text, &printed);
        return std::fs::write(root().join(&file.path), text).map_err(|e| e.to_string());
    }
    let blocks: Vec<String> =
        report.differences.iter().map(|it| block(file, scenario, it.rule, &printed)).collect();
    Err(blocks.join("\n"))
}

/// One block that differs, as a difference of lines.
fn block(
    file: &File,
    scenario: &Scenario,
    rule: usize,
    printed: &BTreeMap<usize, String>,
) -> String {
    let parts = scenario.setup.iter().chain(scenario.steps.iter().flat_map(|step| &step.parts));
    let mut expected = parts.filter_map(|part| part.expected.as_ref());
    let expected = expected.find(|it| it.line == rule).map_or("", |it| it.text.as_str());
    let printed = printed.get(&rule).map_or("", String::as_str);
    format!("{}:{rule}: what is printed differs\n{}", file.path, difference(expected, printed))
}

/// Lines that both have, then `-` for what was expected and `+` for what was printed.
fn difference(expected: &str, printed: &str) -> String {
    let lines = |text: &'_ str| -> Vec<String> {
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        lines.map(ToOwned::to_owned).collect()
    };
    let (old, new) = (lines(expected), lines(printed));
    let same = |pair: &(&String, &String)| pair.0 == pair.1;
    let head = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(same).count();
    let mut text = String::new();
    let mut push = |sign: char, lines: &[String]| {
        for line in lines {
            let _ = writeln!(text, "  {sign} {line}");
        }
    };
    push(' ', &old[..head]);
    push('-', &old[head..old.len() - tail]);
    push('+', &new[head..new.len() - tail]);
    push(' ', &old[old.len() - tail..]);
    text
}

#[test]
fn a_difference_shows_what_both_have_once() {
    let found = difference("a\nb\nc\n", "a\nx\ny\nc\n");
    assert_eq!(found, "    a\n  - b\n  + x\n  + y\n    c\n");
    assert_eq!(difference("a\n", "a\na\n"), "    a\n  + a\n");
}
