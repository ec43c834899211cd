//! The lessons of this checkout and the template for new ones, as `check` sees them.
//! Refuses to play them all: `cargo run -- check` does, in a minute; here stands what is quick.

use crate::files::root;
use replicascope::catalogue;
use replicascope::lesson::{
    self, Known, LessonSource, Runner, Scenario, Syllabus, Template, moment, read_deck, stand_at,
};
use std::fs;

fn read(path: &str) -> String {
    let file = root().join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn open(boot: &str) -> Result<Box<dyn replicascope::Session>, String> {
    replicascope::open(boot).map_err(|error| error.to_string())
}

#[test]
fn the_template_of_a_new_lesson_has_no_flaws() {
    let [scenario, en, zh] = ["scenario.txt", "en.md", "zh.md"]
        .map(|name| read(&format!("xtask/lesson/{name}")).replace("ID", "DU-1"));
    let source = LessonSource {
        dir: "xtask/lesson",
        scenario: &scenario,
        en: &en,
        zh: &zh,
        ..LessonSource::default()
    };
    let flaws = lesson::check(source, Known::default(), &open);
    assert!(flaws.is_empty(), "{flaws:?}");
}

#[test]
fn the_syllabus_is_read_and_every_lesson_names_rows_of_it() {
    let syllabus = Syllabus::parse(&read("lessons/syllabus.toml")).expect("a syllabus");
    let (mut covering, mut scripts) = (0, Vec::new());
    for lesson in catalogue::lessons() {
        let script = read(&format!("lessons/{}/scenario.txt", lesson.slug));
        let script = Scenario::parse(&script).expect("the build has read it");
        let prose = read(&format!("lessons/{}/en.md", lesson.slug));
        let prose = lesson::parse_prose(&prose).expect("the build has read it");
        let steps = script.steps.iter().map(|step| step.covers.len()).sum::<usize>();
        covering += usize::from(script.covers.len() + steps > 0);
        scripts.push((lesson.id.clone(), script, prose));
    }
    assert_eq!(covering, catalogue::lessons().len(), "a lesson that names no row");
    let views: Vec<lesson::Read<'_>> =
        scripts.iter().map(|(id, scenario, prose)| lesson::Read { id, scenario, prose }).collect();
    for view in &views {
        assert_eq!(syllabus.unknown_rows(*view, view.id, view.id), []);
    }
    let coverage = lesson::coverage(&syllabus, &views);
    assert!(coverage.missing() < coverage.rows.len() / 2, "{coverage}");
    // What interviewers ask stands on a card of some lesson, in both languages.
    let questions = syllabus.rows.keys().filter(|row| row.starts_with("K-IQ-"));
    let unasked: Vec<_> =
        questions.filter(|row| !syllabus.asked.values().flatten().any(|it| it == *row)).collect();
    assert!(unasked.is_empty(), "asked of no lesson: {unasked:?}");
    for lang in replicascope::Lang::ALL {
        let cards = deck(lang);
        for (lesson, row) in
            syllabus.asked.iter().flat_map(|(id, rows)| rows.iter().map(move |row| (id, row)))
        {
            let answers =
                |card: &lesson::Card| card.lesson == *lesson && card.row.as_ref() == Some(row);
            assert!(cards.iter().any(answers), "{lang:?} {lesson} {row}");
        }
    }
}

fn deck(lang: replicascope::Lang) -> Vec<lesson::Card> {
    let read = |name: &str| {
        fs::read_to_string(root().join("lessons").join(name)).map_err(|error| error.to_string())
    };
    let library = lesson::bundle(&read).expect("lessons that can be read");
    let paper = library.papers.iter().find(|it| it.name == lesson::DECK && it.lang == lang);
    read_deck(&paper.expect("a deck in each language").blocks)
}

/// The same cards in the same order, as the catalogue names them: progress is kept by these names.
#[test]
fn the_decks_of_both_languages_hold_the_cards_of_the_catalogue() {
    let names: Vec<String> =
        catalogue::lessons().iter().flat_map(|lesson| lesson.cards.clone()).collect();
    for lang in replicascope::Lang::ALL {
        let keys: Vec<String> = deck(lang).into_iter().map(|card| card.key).collect();
        assert_eq!(keys, names, "{lang:?}");
    }
}

/// The moment of a question is the first at which the answer is what it is at the end.
#[test]
fn the_moment_of_an_heir_is_its_election() {
    let script = catalogue::bundle().lesson("LF-1").expect("there").script().expect("read");
    let mut session = replicascope::open(&script.boot.text).expect("a sound line");
    stand_at(session.as_mut(), &script, "heir").expect("plays");
    let leader = |session: &dyn replicascope::Session| session.probe("leader orders-0");
    let (at, heir) = (session.cursor().step, leader(session.as_ref()).expect("answers"));
    assert_eq!(heir.to_string(), "2");
    session.seek(at - 1);
    assert_ne!(leader(session.as_ref()).expect("answers"), heir);
    stand_at(session.as_mut(), &script, "nowhere").expect_err("no such place");
}

/// The answers to the questions of a lesson's variants, one variant after the other.
fn answers(lesson: &str, numbers: std::ops::RangeInclusive<u32>) -> Vec<Vec<(String, String)>> {
    let template = Template::parse(&read(&format!("lessons/{lesson}/practice.txt")));
    let template = template.expect("a template");
    let answers = |number| {
        let script = template.draw(number).expect("a variant").scenario;
        let mut session = replicascope::open(&script.boot.text).expect("a sound line");
        Runner::new(session.as_mut(), &script).play_all().expect("plays");
        let of = |it: &lesson::Predict| {
            (it.id.clone(), session.probe(&it.probe).expect("answers").to_string())
        };
        script.predicts().map(of).collect()
    };
    numbers.map(answers).collect()
}

fn answer<'a>(answers: &'a [(String, String)], id: &str) -> &'a str {
    let found = answers.iter().find(|(of, _)| of == id);
    found.map_or("not asked", |(_, answer)| answer)
}

/// The manager whose table has one seat finds nobody, whoever dies and whatever the list.
#[test]
fn the_picker_of_the_whiteboard_finds_nobody_in_any_variant() {
    let variants = answers("kafka/07-who-becomes-leader", 1..=12);
    assert!(variants.iter().all(|it| answer(it, "found") == "none"), "{variants:?}");
    assert!(variants.iter().any(|it| answer(it, "heir") != "none"), "{variants:?}");
}

/// A round every 30 s is later than a session, wherever in it the leader dies; and only where the
/// manager takes whoever is alive does the rule lose what acks=all acknowledged.
#[test]
fn the_tick_is_later_than_the_session_in_every_variant() {
    let variants = answers("kafka/07b-hunt-the-failover-manager", 1..=12);
    let (mut lost, mut managed) = (0, 0);
    for variant in &variants {
        let gap = replicascope::scene::Span::parse(answer(variant, "tick")).expect("a span");
        let nobody = answer(variant, "pick") == "none";
        managed += u32::from(gap > replicascope::scene::Span::secs(12));
        lost += u32::from(answer(variant, "cost") != "0");
        assert!(gap >= replicascope::scene::Span::secs(7), "{variant:?}");
        assert!(!nobody || answer(variant, "cost") == "0", "{variant:?}");
        assert_ne!(answer(variant, "kafkas"), "none", "{variant:?}");
    }
    assert!(managed > 3 && lost > 0, "{variants:?}");
}

/// Variants are the same for the same number, and their moments lie within the run.
#[test]
fn practice_draws_playable_variants_with_moments() {
    let template = Template::parse(&read("lessons/kafka/01-leader-failover/practice.txt"));
    let template = template.expect("a template");
    assert_eq!(template.draw(7), template.draw(7));
    let variant = template.draw(7).expect("a variant");
    let script: &Scenario = &variant.scenario;
    let mut session = replicascope::open(&script.boot.text).expect("a sound line");
    Runner::new(session.as_mut(), script).setup().expect("plays");
    let start = session.cursor().step;
    let step = &script.steps[0];
    let answers = lesson::foresee_all(session.as_ref(), step).expect("answers");
    Runner::new(session.as_mut(), script).play_step(&step.name).expect("plays");
    for (predict, answer) in step.predicts.iter().zip(answers) {
        assert_eq!(session.probe(&predict.probe), Ok(answer), "{}", predict.id);
        let at = moment(session.as_mut(), predict, start).expect("something was told");
        assert!((start..=session.end().step).contains(&at));
    }
}
