//! The grammar of a scenario: what is read comes back, what is wrong is told with its line.

use crate::{Form, Scenario};
use std::collections::BTreeMap;

const WHOLE: &str = "\
cluster kafka brokers=3
topic orders partitions=1
----
ok

show orders-0

step crash
predict heir: leader orders-0
predict gap: gap orders-0 in 0s..2s | 2s..
kill leader of orders-0
step 5
wait 15s
----
orders-0 leader 2

step calm
settle

goal isr orders-0 = 1,2,3

solution
restart broker-1
wait 20s
";

#[test]
fn a_scenario_comes_back_as_it_was_written() {
    let scenario = Scenario::parse(WHOLE).expect("a scenario");
    assert_eq!(scenario.to_string(), WHOLE);
    let crash = scenario.step("crash").expect("a step");
    assert_eq!(crash.lines().count(), 3, "`step 5` is the console's");
    assert!(matches!(crash.predict("gap").expect("asked").form, Form::Ranges(_)));
    assert_eq!(scenario.setup.len(), 2);
    assert_eq!(scenario.goals[0].line, 20);
}

/// What only authors compare does not travel with the page; what is played does.
#[test]
fn a_page_gets_no_rows_no_assertions_and_no_outputs() {
    let text = WHOLE
        .replace("step crash\n", "step crash\ncovers K-A-01\n")
        .replace("step 5\n", "step 5\nassert x: isr orders-0 = 1\n");
    let scenario = Scenario::parse(&text).expect("a scenario");
    assert_eq!(scenario.to_string(), text, "authors keep all of it");
    let page = scenario.for_page().to_string();
    assert!(
        !["covers", "assert", "orders-0 leader 2"].iter().any(|it| page.contains(it)),
        "{page}"
    );
    let again = Scenario::parse(&page).expect("what a page gets can be read");
    assert_eq!(again.steps[0].lines().count(), 3);
    assert_eq!(again.steps[0].parts.len(), scenario.steps[0].parts.len());
}

#[test]
fn comments_and_indentation_do_not_count() {
    let noisy = WHOLE.replace("kill leader", "# a reason\n  kill leader");
    let scenario = Scenario::parse(&noisy).expect("a scenario");
    assert_eq!(scenario.to_string(), WHOLE);
}

#[test]
fn outputs_are_rewritten_and_all_else_is_kept() {
    let source = format!("# first\n{WHOLE}");
    let scenario = Scenario::parse(&source).expect("a scenario");
    let rule = scenario.steps[0].parts[0].expected.as_ref().expect("compared").line;
    let printed = BTreeMap::from([(rule, "orders-0 leader 3\n\nISR 2,3  \n".to_owned())]);
    let wanted = source.replace("orders-0 leader 2", "orders-0 leader 3\nISR 2,3");
    assert_eq!(Scenario::rewrite(&source, &printed), wanted);
}

#[test]
fn every_mistake_has_its_line() {
    for (text, line, what) in [
        ("", 0, "nothing in it opens a cluster"),
        ("topic x", 1, "the first line is `topic x`, which opens no cluster"),
        ("cluster a\n\nstep crash", 3, "step `crash` does nothing"),
        ("cluster a\nstep x\nrun\nstep x\nrun", 4, "step `x` was already begun in line 2"),
        ("cluster a\npredict q: p", 2, "question `q` stands outside of a step"),
        (
            "cluster a\nstep x\nrun\npredict q: p",
            4,
            "question `q` comes after a command of its step",
        ),
        (
            "cluster a\nstep x\npredict q: p\npredict q: p",
            4,
            "question `q` was already asked in line 3",
        ),
        ("cluster a\n----\n\n----", 4, "a `----` without commands above it"),
        ("cluster a\ngoal isr x", 2, "a goal without ` = ` and a value"),
        ("cluster a\ngoal p = 1", 2, "a goal without a solution"),
        ("cluster a\nsolution\nrun", 3, "a solution without a goal"),
        ("cluster a\ngoal p = 1\nrun", 3, "`run` stands below a goal and belongs to nothing"),
        ("cluster a\nb\u{7}", 2, "a control character"),
        ("cluster a\ncovers", 2, "`covers` names no row"),
        ("cluster a\ncovers K-A-01 K-A-01", 2, "row `K-A-01` stands here twice"),
        ("cluster a\ngoal p = 1\ncovers K-A-01", 3, "`covers` stands outside of set-up and steps"),
        ("cluster a\nassert x", 2, "an assertion without a name, a probe or a value"),
        ("cluster a\nassert x y: p = 1", 2, "an assertion without a name, a probe or a value"),
    ] {
        let flaw = Scenario::parse(text).expect_err(text);
        assert_eq!((flaw.line, flaw.what.as_str()), (line, what));
        assert!(!flaw.cure.is_empty());
    }
}

#[test]
fn limits_hold() {
    let long = format!("cluster a\n{}", "x".repeat(crate::MAX_CHARS + 1));
    assert_eq!(Scenario::parse(&long).expect_err("too wide").line, 2);
    let tall = format!("cluster a\n{}", "x\n".repeat(400));
    assert_eq!(Scenario::parse(&tall).expect_err("too tall").line, 401);
    let big = "x".repeat(65 * 1024);
    assert_eq!(Scenario::parse(&big).expect_err("too big").line, 0);
}

#[test]
fn a_run_exports_as_a_scenario() {
    let lines = ["topic orders".to_owned(), "wait 3s".to_owned()];
    let text = Scenario::of_lines("cluster kafka", &lines).to_string();
    assert_eq!(text, "cluster kafka\ntopic orders\nwait 3s\n");
    assert_eq!(Scenario::parse(&text).expect("its own text").to_string(), text);
}
