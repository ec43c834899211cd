//! A small lesson that is right, and one mistake at a time.

use super::stub;
use crate::doc::plain;
use crate::{Block, Known, LessonSource, Term, bundle, check, parse_prose, step_of};

const SCENARIO: &str = "\
cluster stub
add acks 3

step more
predict total: count acks
predict time: since start in 0s..2s | 2s..9s
add acks 4
wait 3s

goal count acks = 10

solution
add acks 3
";

const EN: &str = "\
+++
title = \"Counting\"
question = \"How many?\"
minutes = 5
level = 1
+++
Opening with an [ack](term:ack).

::: step more
Before.

::: predict total
How many?

---

Because.
:::

::: predict time
How long?

- short
- **long**
:::

---

After.
:::

::: goal
Make it ten.

::: hint
Add.
:::
:::

::: card total
Front
:::
";

fn en() -> String {
    EN.replace("Front\n", "Front\n\n---\n\nBack\n")
}

fn zh() -> String {
    en().replace("Opening with an [ack](term:ack).", "开场。").replace("After.", "之后。")
}

fn glossary() -> Vec<Term> {
    let text = String::new;
    vec![Term { key: "ack".into(), name: "ack".into(), en: text(), zh: text() }]
}

fn flaws(scenario: &str, en: &str, zh: &str) -> Vec<String> {
    let source = LessonSource { dir: "a", scenario, en, zh, ..LessonSource::default() };
    told(source, Known { glossary: Some(&glossary()), syllabus: None })
}

fn told(source: LessonSource<'_>, known: Known<'_>) -> Vec<String> {
    check(source, known, &stub::open).iter().map(ToString::to_string).collect()
}

#[test]
fn a_right_lesson_has_no_flaws() {
    assert_eq!(flaws(SCENARIO, &en(), &zh()), Vec::<String>::new());
}

#[test]
fn prose_becomes_a_tree_with_both_sides_of_a_step() {
    let prose = parse_prose(&en()).expect("a lesson");
    let (before, after) = step_of(&prose.doc.blocks, "more").expect("told");
    assert_eq!((before.len(), after.len()), (3, 1));
    let Block::Predict { options, because, .. } = &before[1] else { panic!("a question") };
    assert_eq!((options.len(), because.len()), (0, 1));
    let Block::Predict { options, .. } = &before[2] else { panic!("a question") };
    assert_eq!(plain(&options[1]), "long");
    let mut blocks = 0;
    prose.doc.walk(&mut |_| blocks += 1);
    assert_eq!(blocks, 16);
}

#[test]
fn each_mistake_is_told_once_with_place_and_cure() {
    let (en, zh) = (en(), zh());
    let cases = [
        (flaws("x", &en, &zh), "a/scenario.txt:1: the first line is `x`"),
        (flaws(SCENARIO, &en, &zh.replace("::: hint", "::: figure tape")), "a/zh.md:35: `figure"),
        (
            flaws(SCENARIO, &en, &zh.replace("level = 1", "level = 2")),
            "a/zh.md:1: minutes or level",
        ),
        (flaws(&SCENARIO.replace("step more", "step less"), &en, &zh), "a/en.md:9: step `less` is"),
        (flaws(&SCENARIO.replace("total:", "sum:"), &en, &zh), "a/en.md:12: step `more` asks"),
        (
            flaws(&SCENARIO.replace(" | 2s", " | 2s..3s | 3s"), &en, &zh),
            "a/en.md:20: `time` names 2",
        ),
        (flaws(SCENARIO, &en.replace("term:ack", "term:x"), &zh), "a/en.md:7: `term:x` is not"),
        (flaws(&SCENARIO.replace("2s..9s", "2s..3s"), &en, &zh), "a/scenario.txt:6: the answer of"),
        (flaws(&SCENARIO.replace("= 10", "= 7"), &en, &zh), "a/scenario.txt:10: every goal holds"),
        (
            flaws(&SCENARIO.replace("= 10", "= 11"), &en, &zh),
            "a/scenario.txt:10: the solution leaves",
        ),
        (
            flaws(&SCENARIO.replace("stub", "real"), &en, &zh),
            "a/scenario.txt:1: the cluster does not",
        ),
        (flaws(&SCENARIO.replace("wait 3s", "dance"), &en, &zh), "a/scenario.txt:8: `dance` was"),
    ];
    for (found, wanted) in cases {
        assert!(found.iter().any(|flaw| flaw.starts_with(wanted)), "{wanted}: {found:?}");
    }
}

/// The lesson with its sources, and a mark below every text that claims something.
fn founded() -> String {
    let texts = ["ack](term:ack).", "Before.", "Because.", "After.", "Make it ten.", "Back"];
    let marked =
        |text: String, words: &str| text.replace(words, &format!("{words} [^engine read]"));
    let text = texts.into_iter().fold(en(), marked);
    format!("{text}\n::: sources\n- engine: ran.\n- source read: read.\n:::\n")
}

/// A mark names what is there, the same in both languages, and no text goes without.
#[test]
fn marks_of_evidence_are_there_and_agree() {
    let syllabus = crate::Syllabus::parse(SYLLABUS).expect("a syllabus");
    let flaws = |en: &str, zh: &str| {
        let source = LessonSource { dir: "a", scenario: SCENARIO, en, zh, ..Default::default() };
        told(source, Known { glossary: None, syllabus: Some(&syllabus) })
    };
    let en = founded();
    assert_eq!(flaws(&en, &en), Vec::<String>::new());
    let without = en.replace("Because. [^engine read]", "Because.");
    let other = en.replace("After. [^engine read]", "After. [^read]");
    let unknown = en.replace("After. [^engine read]", "After. [^engine written]");
    for (found, wanted) in [
        (flaws(&without, &without), "a/en.md:12: nothing says how we know this (predict total,"),
        (flaws(&without, &without), "a/zh.md:12: nothing says how we know this"),
        (flaws(&en, &other), "a/zh.md:29: `known read` stands where en.md has `known engine,read`"),
        (flaws(&en, &unknown), "a/zh.md:29: no entry of `::: sources` is called `written`"),
    ] {
        assert!(found.iter().any(|flaw| flaw.starts_with(wanted)), "{wanted}: {found:?}");
    }
}

const SYLLABUS: &str = "\
format = 1
[rows]
K-ISR-04 = \"A row\"
[asserts.ST-1]
grows = \"The number of acks grows\"
";

/// With a syllabus: rows must be known, assertions asked for and proved.
#[test]
fn the_syllabus_binds_the_lesson_that_the_index_lists() {
    let syllabus = crate::Syllabus::parse(SYLLABUS).expect("a syllabus");
    let flaws = |scenario: &str, en: &str, proofs: &[(String, String)]| {
        let zh = en.replace("Opening with an [ack](term:ack).", "开场。");
        let source = LessonSource {
            id: Some("ST-1"),
            dir: "a",
            scenario,
            en,
            zh: &zh,
            proofs,
            practice: None,
        };
        told(source, Known { glossary: None, syllabus: Some(&syllabus) })
    };
    let en = founded();
    let assert = "wait 3s\nassert grows: count acks = 5..\n";
    let proved = SCENARIO
        .replace("wait 3s\n", assert)
        .replace("step more\n", "step more\ncovers K-ISR-04\n");
    assert_eq!(flaws(&proved, &en, &[]), Vec::<String>::new());
    let text = "cluster stub\nadd acks 6\nassert grows: count acks = 6\n".to_owned();
    let proof = [("proof-x.txt".to_owned(), text.clone())];
    assert_eq!(flaws(SCENARIO, &en, &proof), Vec::<String>::new());
    let false_proof = [("proof-x.txt".to_owned(), text.replace("= 6", "= 7"))];
    let asked = [
        (flaws(SCENARIO, &en, &[]), "a/scenario.txt: assertion `grows` is checked nowhere"),
        (flaws(&proved.replace("ISR-04", "ISR-05"), &en, &[]), "a/scenario.txt:5: row `K-ISR-05`"),
        (
            flaws(&proved.replace("assert grows", "assert growth"), &en, &[]),
            "a/scenario.txt:10: assertion `growth` is not",
        ),
        (
            flaws(&proved.replace("5..", "9.."), &en, &[]),
            "a/scenario.txt:10: `assert grows: count acks = 9..` does not hold: 7",
        ),
        (
            flaws(&proved, &en.replace("After.", "After, since 2.5:"), &[]),
            "a/en.md:48: the lesson names 2.5, and no source of it does",
        ),
        (flaws(SCENARIO, &en, &false_proof), "a/proof-x.txt:3: `assert grows"),
        (
            flaws(&proved, &en.replace("card total", "card total K-ISR-09"), &[]),
            "a/en.md:40: row `K-ISR-09` is not in the syllabus",
        ),
    ];
    for (found, wanted) in asked {
        assert!(found.iter().any(|flaw| flaw.starts_with(wanted)), "{wanted}: {found:?}");
    }
}

/// Cards have a place in the run and make as many claims in both languages.
#[test]
fn cards_are_held_to_their_place_and_their_claims() {
    let (en, zh) = (en(), zh());
    for (found, wanted) in [
        (
            flaws(SCENARIO, &en.replace("card total", "card nowhere"), &zh),
            "a/en.md:40: `nowhere` is neither a question nor a step",
        ),
        (
            flaws(SCENARIO, &en, &zh.replace("Back\n", "- One\n- Two\n")),
            "a/zh.md:40: card `total` makes 2 claim(s), in en.md 1",
        ),
        (
            flaws(SCENARIO, &en.replace("Back", "[Back](run:nowhere)"), &zh),
            "a/en.md:44: `nowhere` is neither",
        ),
        (
            flaws(SCENARIO, &en.replace("card total", "card total K-IQ-01 x"), &zh),
            "a/en.md:40: `total K-IQ-01 x` is more than a card needs",
        ),
    ] {
        assert!(found.iter().any(|flaw| flaw.starts_with(wanted)), "{wanted}: {found:?}");
    }
    assert_eq!(flaws(SCENARIO, &en.replace("Back", "[Back](run:more)"), &zh), Vec::<String>::new());
}

/// Variants are played: each must open, and their answers must differ.
#[test]
fn practice_is_played_before_it_is_believed() {
    let good = "vary n in 1..9\nvary more of 1 | 20\ncluster stub\nadd acks {n}\n\nstep more\n\
                predict total: count acks\nadd acks {more}\n";
    let flaws = |practice: &str| {
        let (en, zh) = (en(), zh());
        let source = LessonSource {
            dir: "a",
            scenario: SCENARIO,
            en: &en,
            zh: &zh,
            practice: Some(practice),
            ..LessonSource::default()
        };
        told(source, Known::default())
    };
    assert_eq!(flaws(good), Vec::<String>::new());
    for (practice, wanted) in [
        (good.replace("total:", "sum:"), "a/practice.txt:7: the lesson has no question `sum`"),
        (
            good.replace("cluster stub", "cluster x"),
            "a/practice.txt:3: variant 1: the cluster does",
        ),
        (good.replace("add acks {more}", "dance {more}"), "a/practice.txt:8: variant 1: `dance"),
        (good.replace("count acks", "count other"), "a/practice.txt:1: 8 variants in a row"),
        (good.replace("{more}", "{less}"), "a/practice.txt:2: `more` varies"),
    ] {
        let found = flaws(&practice);
        assert!(found.iter().any(|flaw| flaw.starts_with(wanted)), "{wanted}: {found:?}");
    }
}

#[test]
fn directives_are_refused_with_their_line() {
    let (head, _) = EN.split_once("Opening").expect("a head");
    for (body, line, what) in [
        ("::: stp x\n:::", 7, "`stp` is no directive"),
        ("::: step\n:::", 7, "`step` without a name"),
        ("::: hint x\n:::", 7, "`hint` takes no name, but `x` follows it"),
        ("::: step x\n", 7, "the `::: step` is never closed"),
        ("a\n\n:::", 9, "a `:::` that closes nothing"),
        ("::: figure map\nx\n:::", 7, "there is no figure `map`"),
        ("::: figure tape\n:::", 7, "figure `tape` has no description"),
        ("::: card x\nx\n:::", 7, "a card with an empty side"),
        ("::: predict q\n- a\n- b\n:::", 7, "question `q` has no text"),
        ("::: sources\n- I think so\n:::", 7, "a source that does not say how we know"),
        ("::: said\n- I think so\n:::", 7, "`said` that is not one table"),
        ("::: said\n| a | b |\n|---|---|\n| x | y |\n:::", 7, "a table without its three columns"),
        (
            "::: said\n| a | b | c |\n|---|---|---|\n| x | y | z |\n:::",
            7,
            "no entry of `::: sources` is called `z`",
        ),
        ("::: figure beside orders-0\ny\n:::", 7, "`beside orders-0` does not name two partitions"),
        ("::: figure tape orders-0 x\ny\n:::", 7, "`tape orders-0 x` is more than a figure needs"),
        ("::: hint\nx\n\n---\n\ny\n:::", 7, "a `---` inside of `hint` divides nothing"),
    ] {
        let flaw = parse_prose(&format!("{head}{body}")).expect_err(body);
        assert_eq!((flaw.line, flaw.what.as_str()), (line, what));
    }
    let code = format!("{head}```\n::: step x\n```\n");
    assert!(parse_prose(&code).is_ok(), "code is no directive");
    assert!(parse_prose(&format!("{head}{}", "::: hint\n".repeat(40))).is_err());
}

const INDEX: &str = "\
format = 1
[[course]]
id = \"ST\"
en = \"Stub\"
zh = \"替身\"
[[lesson]]
id = \"ST-1\"
course = \"ST\"
dir = \"stub/01\"
";

#[test]
fn a_bundle_holds_what_the_index_lists() {
    let read = |name: &str| match name {
        "index.toml" => Ok(INDEX.to_owned()),
        "glossary.toml" => Ok("[[term]]\nkey=\"a\"\nname=\"A\"\nen=\"x\"\nzh=\"y\"\n".to_owned()),
        "stub/01/scenario.txt" => Ok(SCENARIO.to_owned()),
        "stub/01/en.md" => Ok(en()),
        "stub/01/zh.md" => Ok(zh()),
        _ => Err("not found".to_owned()),
    };
    let library = bundle(&read).expect("a bundle");
    assert_eq!(library.papers.len(), 4, "the lesson and the deck, in two languages");
    let found = library.bundle;
    assert_eq!(found.lessons[0].cards, ["ST-1/total"]);
    assert_eq!(found.of_course("ST").count(), 1);
    let lesson = found.lesson("ST-1").expect("listed");
    assert_eq!(lesson.script().expect("read").steps.len(), 1);
    let broken = |name: &str| match name {
        "stub/01/zh.md" => Err("not found".to_owned()),
        "index.toml" => Ok(INDEX.replace("course = \"ST\"", "course = \"XX\"")),
        name => read(name),
    };
    let flaws = bundle(&broken).expect_err("two flaws");
    assert_eq!(flaws.len(), 2);
    assert_eq!(flaws[1].file, "stub/01/zh.md");
}
