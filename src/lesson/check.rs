//! The author's checks: one function and one message each.
//!
//! The first half reads, the second half plays. Refuses to know any system: `open` makes a session
//! from a boot line.

use crate::catalogue::{Lesson, Term};
use crate::evidence::{unfounded, unmarked};
use crate::flaw::Flaw;
use crate::marking::right_choice;
use crate::practice::Template;
use crate::prose::{self, Prose, Sign};
use crate::question::{Form, Predict};
use crate::run::{Runner, Stop, foresee_all, met};
use crate::scenario::Scenario;
use crate::syllabus::{Read, Syllabus};
use scene::{Answer, Session};
use std::collections::BTreeSet;

/// A lesson as its author has it: three files, and two more where there are any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// `LF-1`; absent for a lesson that no index lists.
    pub id: Option<&'a str>,
    /// Where the files are, for the messages: `lessons/kafka/01-leader-failover`.
    pub dir: &'a str,
    pub scenario: &'a str,
    pub en: &'a str,
    pub zh: &'a str,
    /// Transcripts that prove what the lesson's own run does not show, by the names of their files.
    pub proofs: &'a [(String, String)],
    /// Variants of the lesson's questions.
    pub practice: Option<&'a str>,
}

impl Source<'_> {
    fn file(&self, name: &str) -> String {
        if self.dir.is_empty() { name.to_owned() } else { format!("{}/{name}", self.dir) }
    }
}

/// What the lessons around it agree on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Without one, words may link to any term.
    pub glossary: Option<&'a [Term]>,
    /// Without one, rows and assertions may have any name.
    pub syllabus: Option<&'a Syllabus>,
}

/// Opens a session by its boot line.
type Open<'a> = &'a dyn Fn(&str) -> Result<Box<dyn Session>, String>;

/// A lesson whose files agree with each other; whether it is true is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadLesson {
    pub scenario: Scenario,
    pub en: Prose,
    pub zh: Prose,
}

impl ReadLesson {
    /// The lesson as a page knows it: no id, no course, no cards in the deck.
    #[must_use]
    pub fn lesson(&self) -> Lesson {
        Lesson {
            id: String::new(),
            slug: String::new(),
            course: String::new(),
            scenario: self.scenario.for_page().to_string(),
            cards: Vec::new(),
            practice: false,
            en: self.en.doc.front.clone(),
            zh: self.zh.doc.front.clone(),
        }
    }
}

/// The half that reads: files that can be parsed and agree with each other.
pub fn read_lesson(source: Source<'_>, known: Known<'_>) -> Result<ReadLesson, Vec<Flaw>> {
    let file = |name: &str| source.file(name);
    let (scenario_file, en_file, zh_file) = (file("scenario.txt"), file("en.md"), file("zh.md"));
    let scenario = Scenario::parse(source.scenario).map_err(|flaw| flaw.within(&scenario_file));
    let en = prose::parse(source.en).map_err(|flaw| flaw.within(&en_file));
    let zh = prose::parse(source.zh).map_err(|flaw| flaw.within(&zh_file));
    let (scenario, en, zh) = match (scenario, en, zh) {
        (Ok(scenario), Ok(en), Ok(zh)) => (scenario, en, zh),
        (scenario, en, zh) => {
            return Err([scenario.err(), en.err(), zh.err()].into_iter().flatten().collect());
        }
    };
    let mut flaws: Vec<Flaw> = languages_agree(&en, &zh)
        .into_iter()
        .chain(heads_agree(&en, &zh))
        .chain(claims_agree(&en, &zh))
        .map(|flaw| flaw.within(&zh_file))
        .collect();
    for (prose, file) in [(&en, &en_file), (&zh, &zh_file)] {
        let terms = known.glossary.map_or_else(Vec::new, |it| terms_are_known(it, prose));
        let found = steps_are_told(&scenario, prose)
            .into_iter()
            .chain(questions_are_asked(&scenario, prose))
            .chain(options_are_named(&scenario, prose))
            .chain(goal_is_told(&scenario, prose))
            .chain(places_are_there(&scenario, prose))
            .chain(terms);
        flaws.extend(found.map(|flaw| flaw.within(file)));
    }
    if flaws.is_empty() {
        return Ok(ReadLesson { scenario, en, zh });
    }
    Err(flaws)
}

/// Everything that is wrong with a lesson. Playing starts only when reading found nothing.
#[must_use]
pub fn check(source: Source<'_>, known: Known<'_>, open: Open<'_>) -> Vec<Flaw> {
    let file = |name: &str| source.file(name);
    let (scenario_file, en_file) = (file("scenario.txt"), file("en.md"));
    let ReadLesson { scenario, en, zh } = match read_lesson(source, known) {
        Ok(read) => read,
        Err(flaws) => return flaws,
    };
    let mut flaws = Vec::new();
    if let Some(syllabus) = known.syllabus {
        let read = Read { id: "", scenario: &scenario, prose: &en };
        flaws.extend(syllabus.unknown_rows(read, &scenario_file, &en_file));
        flaws.extend(asserted(source, syllabus, &scenario));
        flaws.extend(unfounded(&en).into_iter().map(|flaw| flaw.within(&en_file)));
        for (prose, name) in [(&en, "en.md"), (&zh, "zh.md")] {
            let asked = source.id.map_or_else(Vec::new, |id| syllabus.unanswered(id, prose));
            let bare = unmarked(prose);
            flaws.extend(asked.into_iter().chain(bare).map(|flaw| flaw.within(&file(name))));
        }
    }
    if flaws.is_empty() {
        flaws = play(&scenario, true, open);
    }
    flaws.extend(
        source.proofs.iter().flat_map(|(name, text)| check_scenario(&file(name), text, open)),
    );
    flaws.extend(source.practice.into_iter().flat_map(|text| {
        let file = file("practice.txt");
        practised(&scenario, text, open).into_iter().map(move |flaw| flaw.within(&file))
    }));
    flaws.into_iter().map(|flaw| flaw.within(&scenario_file)).collect()
}

/// Every assertion that the syllabus asks of the lesson is checked, and none that it does not ask.
fn asserted(source: Source<'_>, syllabus: &Syllabus, scenario: &Scenario) -> Vec<Flaw> {
    let Some(id) = source.id else { return Vec::new() };
    // A proof that cannot be read is told where it is played.
    let read =
        |(name, text): &'_ (String, String)| Some((name.clone(), Scenario::parse(text).ok()?));
    let proofs: Vec<(String, Scenario)> = source.proofs.iter().filter_map(read).collect();
    let mut flaws = syllabus.unasked(id, scenario);
    for (name, proof) in &proofs {
        let file = source.file(name);
        flaws.extend(syllabus.unasked(id, proof).into_iter().map(|flaw| flaw.within(&file)));
    }
    let proofs = proofs.iter().map(|(_, proof)| proof);
    let scripts: Vec<&Scenario> = std::iter::once(scenario).chain(proofs).collect();
    flaws.extend(syllabus.unproved(id, &scripts));
    flaws
}

/// Variants that are drawn to check a practice: enough to meet each word of a choice.
const DRAWN: u32 = 8;

/// Every variant opens and can be answered; its questions have words in the lesson; and the answer
/// is not always the same.
fn practised(lesson: &Scenario, text: &str, open: Open<'_>) -> Vec<Flaw> {
    let variants = Template::parse(text)
        .and_then(|template| (1..=DRAWN).map(|number| template.draw(number)).collect());
    let variants: Vec<_> = match variants {
        Ok(variants) => variants,
        Err(flaw) => return vec![flaw],
    };
    let (mut flaws, mut answers) = (Vec::new(), BTreeSet::new());
    for variant in variants {
        let script = &variant.scenario;
        for predict in script.predicts().filter(|it| lesson.predicts().all(|own| own.id != it.id)) {
            let what = format!("the lesson has no question `{}`", predict.id);
            flaws.push(Flaw::new(predict.line, what, "ask only what the lesson has words for"));
        }
        match answers_of(script, open) {
            Ok((answer, more)) => {
                answers.insert(answer);
                flaws.extend(more);
            }
            Err(mut flaw) => {
                flaw.what = format!("variant {}: {}", variant.number, flaw.what);
                flaws.push(flaw);
            }
        }
        if !flaws.is_empty() {
            return flaws;
        }
    }
    if answers.len() < 2 {
        let what = format!("{DRAWN} variants in a row have the same answers");
        flaws.push(Flaw::new(1, what, "vary something that the answers depend on"));
    }
    flaws
}

/// Plays a variant; its answers as text, and what cannot be answered.
fn answers_of(script: &Scenario, open: Open<'_>) -> Result<(String, Vec<Flaw>), Flaw> {
    let broken = |stop: Stop| Flaw::new(stop.line(), stop.to_string(), "correct this line");
    let mut session = open(&script.boot.text).map_err(|error| {
        let what = format!("the cluster does not open: {error}");
        Flaw::new(script.boot.line, what, "correct the boot line")
    })?;
    let (mut text, mut flaws) = (String::new(), Vec::new());
    Runner::new(&mut *session, script).setup().map_err(broken)?;
    for step in &script.steps {
        let answers = foresee_all(&*session, step).map_err(broken)?;
        for (predict, answer) in step.predicts.iter().zip(&answers) {
            flaws.extend(answerable(predict, answer));
            let choice = right_choice(&predict.form, answer);
            text += &choice.map_or_else(|| scene::spell(answer), |at| at.to_string());
            text.push(' ');
        }
        Runner::new(&mut *session, script).play_step(&step.name).map_err(broken)?;
    }
    Ok((text, flaws))
}

/// Everything that is wrong with a scenario without prose.
#[must_use]
pub fn check_scenario(file: &str, text: &str, open: Open<'_>) -> Vec<Flaw> {
    match Scenario::parse(text) {
        Ok(scenario) => {
            play(&scenario, false, open).into_iter().map(|flaw| flaw.within(file)).collect()
        }
        Err(flaw) => vec![flaw.within(file)],
    }
}

/// Steps, questions, figures, goals and cards stand in one order in both languages.
fn languages_agree(en: &Prose, zh: &Prose) -> Option<Flaw> {
    let known = |sign: &&Sign| !matches!(sign.kind, "term" | "run" | "bare");
    let say = |sign: &Sign| format!("{} {}", sign.kind, sign.name).trim_end().to_owned();
    let (mut ours, mut theirs) = (zh.signs.iter().filter(known), en.signs.iter().filter(known));
    loop {
        let (line, what) = match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (Some(zh), Some(en)) if say(zh) == say(en) => continue,
            (Some(zh), Some(en)) => {
                (zh.line, format!("`{}` stands where en.md has `{}`", say(zh), say(en)))
            }
            (Some(zh), None) => (zh.line, format!("`{}` is not in en.md", say(zh))),
            (None, Some(en)) => (0, format!("`{}` of en.md line {} is missing", say(en), en.line)),
        };
        return Some(Flaw::new(line, what, "bring the languages into one order"));
    }
}

fn heads_agree(en: &Prose, zh: &Prose) -> Option<Flaw> {
    let (en, zh) = (&en.doc.front, &zh.doc.front);
    let agree = en.minutes == zh.minutes && en.level == zh.level;
    let cure = "give both languages the same minutes and level";
    (!agree).then(|| Flaw::new(1, "minutes or level differ from en.md", cure))
}

/// The answer of a card makes the same number of claims in both languages.
fn claims_agree(en: &Prose, zh: &Prose) -> Vec<Flaw> {
    let pairs = of_kind(en, "card").zip(of_kind(zh, "card"));
    let flaw = |(en, zh): (&Sign, &Sign)| {
        let (ours, theirs) = (zh.options, en.options);
        let what = format!("card `{}` makes {ours} claim(s), in en.md {theirs}", zh.name);
        let cure = "say the same things, one sentence or one item of a list for each";
        (ours != theirs).then(|| Flaw::new(zh.line, what, cure))
    };
    pairs.filter_map(flaw).collect()
}

/// Cards and links into the run name a question or a step.
fn places_are_there(scenario: &Scenario, prose: &Prose) -> Vec<Flaw> {
    let cards = of_kind(prose, "card").chain(of_kind(prose, "run"));
    let flaw = |sign: &Sign| {
        let place = sign.name.split_whitespace().next().unwrap_or_default();
        let what = format!("`{place}` is neither a question nor a step of scenario.txt");
        let cure = "name the place of the run that shows it";
        scenario.place(place).is_none().then(|| Flaw::new(sign.line, what, cure))
    };
    cards.filter_map(flaw).collect()
}

fn of_kind<'a>(prose: &'a Prose, kind: &'a str) -> impl Iterator<Item = &'a Sign> {
    prose.signs.iter().filter(move |sign| sign.kind == kind)
}

/// The prose tells the steps of the scenario, all of them, in their order.
fn steps_are_told(scenario: &Scenario, prose: &Prose) -> Option<Flaw> {
    let mut told = of_kind(prose, "step");
    for step in &scenario.steps {
        let (line, there) = told.next().map_or((0, "nothing"), |sign| (sign.line, &sign.name));
        if there != step.name {
            let what = format!("step `{}` is due, but here is `{there}`", step.name);
            return Some(Flaw::new(line, what, "tell the steps in the order of scenario.txt"));
        }
    }
    told.next().map(|sign| {
        let what = format!("scenario.txt has no step `{}`", sign.name);
        Flaw::new(sign.line, what, "add it there, or take it out here")
    })
}

/// Every question of the scenario is asked once, in its step's order, and none else.
fn questions_are_asked(scenario: &Scenario, prose: &Prose) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (step, asked) in asked_by_step(prose) {
        let of_step = scenario.step(step).map_or(&[][..], |step| &step.predicts);
        let wanted: Vec<&str> = of_step.iter().map(|predict| predict.id.as_str()).collect();
        let found: Vec<&str> = asked.iter().map(|sign| sign.name.as_str()).collect();
        if wanted != found {
            let line = asked.first().map_or(0, |sign| sign.line);
            let (wanted, found) = (wanted.join(", "), found.join(", "));
            let what = format!("step `{step}` asks [{found}], but scenario.txt has [{wanted}]");
            flaws.push(Flaw::new(line, what, "ask exactly these, in this order"));
        }
    }
    flaws
}

/// The predicts of each step; those outside of any are under an empty name.
fn asked_by_step(prose: &Prose) -> Vec<(&str, Vec<&Sign>)> {
    let mut steps: Vec<(&str, Vec<&Sign>)> = vec![("", Vec::new())];
    for sign in &prose.signs {
        match sign.kind {
            "step" => steps.push((&sign.name, Vec::new())),
            "predict" => steps.last_mut().expect("begins with one").1.push(sign),
            _ => {}
        }
    }
    steps
}

/// A question with options has words for each.
fn options_are_named(scenario: &Scenario, prose: &Prose) -> Vec<Flaw> {
    let flaw = |sign: &Sign| {
        let predict = scenario.predicts().find(|predict| predict.id == sign.name)?;
        let wanted = predict.form.options().len();
        let what = format!("`{}` names {} option(s) of {wanted}", sign.name, sign.options);
        let cure = "end the question with a list, one item for each option of scenario.txt";
        (wanted != sign.options).then(|| Flaw::new(sign.line, what, cure))
    };
    of_kind(prose, "predict").filter_map(flaw).collect()
}

fn goal_is_told(scenario: &Scenario, prose: &Prose) -> Option<Flaw> {
    let told = of_kind(prose, "goal").next();
    match (scenario.goals.is_empty(), told) {
        (false, None) => {
            let cure = "add a `::: goal` that says what to bring about";
            Some(Flaw::new(0, "the goal of scenario.txt is never told", cure))
        }
        (true, Some(sign)) => {
            let cure = "add `goal PROBE = VALUE` and a solution to scenario.txt";
            Some(Flaw::new(sign.line, "a goal that no scenario checks", cure))
        }
        _ => None,
    }
}

fn terms_are_known(glossary: &[Term], prose: &Prose) -> Vec<Flaw> {
    let flaw = |sign: &Sign| {
        let what = format!("`term:{}` is not in the glossary", sign.name);
        let known = glossary.iter().any(|term| term.key == sign.name);
        (!known).then(|| Flaw::new(sign.line, what, "add it to glossary.toml"))
    };
    of_kind(prose, "term").filter_map(flaw).collect()
}

/// Plays the whole scenario and looks at every promise that it makes. The goals of a lesson are a
/// task, so they must not hold before it is done; those of a bare transcript only end it.
fn play(scenario: &Scenario, is_lesson: bool, open: Open<'_>) -> Vec<Flaw> {
    let mut session = match open(&scenario.boot.text) {
        Ok(session) => session,
        Err(error) => {
            let what = format!("the cluster does not open: {error}");
            return vec![Flaw::new(scenario.boot.line, what, "correct the boot line")];
        }
    };
    let mut flaws = Vec::new();
    if let Err(stop) = play_on(scenario, is_lesson, &mut *session, &mut flaws) {
        flaws.push(Flaw::new(stop.line(), stop.to_string(), "correct this line"));
        return flaws;
    }
    flaws.extend(is_repeatable(scenario, session.digest(), open));
    flaws
}

/// The same lines give the same run: INV-15.
fn is_repeatable(scenario: &Scenario, digest: u64, open: Open<'_>) -> Option<Flaw> {
    let mut again = open(&scenario.boot.text).ok()?;
    let mut runner = Runner::new(&mut *again, scenario);
    runner.play_all().ok()?;
    runner.solve().ok()?;
    let what = "the same lines end in another state the second time";
    let cure = "report it: the engine is at fault";
    (again.digest() != digest).then(|| Flaw::new(scenario.boot.line, what, cure))
}

fn play_on(
    scenario: &Scenario,
    is_lesson: bool,
    session: &mut dyn Session,
    flaws: &mut Vec<Flaw>,
) -> Result<(), Stop> {
    let setup = Runner::new(session, scenario).setup()?;
    flaws.extend(expected_holds(&setup.differences));
    for step in &scenario.steps {
        let answers = foresee_all(session, step)?;
        let pairs = step.predicts.iter().zip(&answers);
        flaws.extend(pairs.filter_map(|(predict, answer)| answerable(predict, answer)));
        let report = Runner::new(session, scenario).play_step(&step.name)?;
        flaws.extend(expected_holds(&report.differences));
    }
    if scenario.goals.is_empty() {
        return Ok(());
    }
    if is_lesson {
        flaws.extend(start_is_not_solved(scenario, session)?);
    }
    Runner::new(session, scenario).solve()?;
    flaws.extend(solution_solves(scenario, session)?);
    Ok(())
}

fn expected_holds(differences: &[crate::run::Difference]) -> Vec<Flaw> {
    let cure = "correct the text, or write it anew with UPDATE=1 and read the change";
    let flaw = |it: &crate::run::Difference| Flaw::new(it.rule + it.below, it.to_string(), cure);
    differences.iter().map(flaw).collect()
}

/// The run's answer is one of the options, and can be replied to.
fn answerable(predict: &Predict, answer: &Answer) -> Option<Flaw> {
    let spelled = scene::spell(answer);
    let id = &predict.id;
    match (&predict.form, answer) {
        (Form::Value, Answer::Span(_)) => {
            let what = format!("`{id}` wants a length of time ({spelled}) to the microsecond");
            Some(Flaw::new(predict.line, what, "offer ranges: `in 0s..2s | 2s..7s`"))
        }
        (Form::Value, _) => None,
        (form, answer) if right_choice(form, answer).is_some() => None,
        _ => {
            let what = format!("the answer of `{id}` is {spelled}, which no option holds");
            Some(Flaw::new(predict.line, what, "add or widen an option"))
        }
    }
}

fn start_is_not_solved(scenario: &Scenario, session: &dyn Session) -> Result<Option<Flaw>, Stop> {
    for goal in &scenario.goals {
        if !met(session, goal)? {
            return Ok(None);
        }
    }
    let line = scenario.goals.first().map_or(0, |goal| goal.line);
    let cure = "ask for something that the learner still has to do";
    Ok(Some(Flaw::new(line, "every goal holds before the learner begins", cure)))
}

fn solution_solves(scenario: &Scenario, session: &dyn Session) -> Result<Vec<Flaw>, Stop> {
    let mut flaws = Vec::new();
    for goal in &scenario.goals {
        if !met(session, goal)? {
            let what = format!("the solution leaves `{} = {}` undone", goal.probe, goal.value);
            flaws.push(Flaw::new(goal.line, what, "correct the solution"));
        }
    }
    Ok(flaws)
}
