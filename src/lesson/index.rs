//! `lessons/index.toml`, the glossary and the lesson files -> a [`Bundle`] and its [`Paper`]s.
//!
//! Refuses to touch the disk: whoever calls hands in a way to read a file by its name.

use crate::cards::{self, DECK};
use crate::catalogue::{Bundle, Coming, Course, Lesson, Paper, Term};
use crate::doc::Doc;
use crate::flaw::Flaw;
use crate::lang::Lang;
use crate::prose;
use crate::scenario::Scenario;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The order of everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Of this file; 1.
    pub format: u32,
    #[serde(rename = "course")]
    pub courses: Vec<Course>,
    #[serde(rename = "lesson")]
    pub lessons: Vec<Listed>,
    #[serde(rename = "coming", default)]
    pub coming: Vec<Coming>,
}

/// A lesson that is there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub id: String,
    pub course: String,
    /// Where its three files are: `kafka/01-leader-failover`.
    pub dir: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Glossary {
    #[serde(rename = "term")]
    terms: Vec<Term>,
}

/// Reads a file by its name below `lessons/`.
type Read<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Everything that a build makes of `lessons/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    pub bundle: Bundle,
    /// The prose of each lesson, and the cards of all, in both languages.
    pub papers: Vec<Paper>,
    /// The lessons that have a `practice.txt`, by id, with its text.
    pub practices: Vec<(String, String)>,
}

/// All lessons; every flaw that could be found, not only the first.
pub fn bundle(read: Read<'_>) -> Result<Library, Vec<Flaw>> {
    let open = |file: &str| fetch(read, file);
    let index = open("index.toml").and_then(|text| read_index(&text)).map_err(|flaw| vec![flaw])?;
    let glossary =
        open("glossary.toml").and_then(|text| read_glossary(&text)).map_err(|flaw| vec![flaw])?;
    let mut flaws = order(&index);
    let (mut lessons, mut papers, mut practices) = (Vec::new(), Vec::new(), Vec::new());
    for listed in &index.lessons {
        match lesson(listed, read) {
            Ok((mut lesson, own)) => {
                if let Ok(text) = read(&format!("{}/practice.txt", listed.dir)) {
                    lesson.practice = true;
                    practices.push((lesson.id.clone(), text));
                }
                lessons.push(lesson);
                papers.extend(own);
            }
            Err(more) => flaws.extend(more),
        }
    }
    if flaws.is_empty() {
        let decks = Lang::ALL.map(|lang| deck(&papers, lang));
        papers.extend(decks);
        let (courses, coming) = (index.courses, index.coming);
        let bundle = Bundle { courses, lessons, coming, glossary };
        return Ok(Library { bundle, papers, practices });
    }
    Err(flaws)
}

fn deck(papers: &[Paper], lang: Lang) -> Paper {
    let own = papers.iter().filter(|paper| paper.lang == lang);
    let blocks = cards::deck_of(own.map(|paper| (paper.name.as_str(), paper.blocks.as_slice())));
    Paper { name: DECK.to_owned(), lang, blocks }
}

pub fn read_index(text: &str) -> Result<Index, Flaw> {
    let index: Index = read_toml(text).map_err(|flaw| flaw.within("index.toml"))?;
    if index.format != 1 {
        let what = format!("format {} is not known", index.format);
        return Err(Flaw::new(0, what, "write `format = 1`").within("index.toml"));
    }
    Ok(index)
}

pub fn read_glossary(text: &str) -> Result<Vec<Term>, Flaw> {
    let read: Result<Glossary, Flaw> = read_toml(text);
    read.map(|glossary| glossary.terms).map_err(|flaw| flaw.within("glossary.toml"))
}

pub(crate) fn read_toml<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Flaw> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        Flaw::new(line, error.message().to_owned(), "write it like its neighbours")
    })
}

/// Ids stand once, and every course is there.
fn order(index: &Index) -> Vec<Flaw> {
    let courses: BTreeSet<&str> = index.courses.iter().map(|course| course.id.as_str()).collect();
    let listed = index.lessons.iter().map(|it| (&it.id, &it.course));
    let coming = index.coming.iter().map(|it| (&it.id, &it.course));
    let mut seen = BTreeSet::new();
    let mut flaws = Vec::new();
    for (id, course) in listed.chain(coming) {
        if !seen.insert(id) {
            flaws.push(Flaw::new(0, format!("`{id}` stands twice"), "keep one"));
        }
        if !courses.contains(course.as_str()) {
            let what = format!("`{id}` is in course `{course}`, which is not there");
            flaws.push(Flaw::new(0, what, "add the course, or name one that is there"));
        }
    }
    flaws.into_iter().map(|flaw| flaw.within("index.toml")).collect()
}

fn lesson(listed: &Listed, read: Read<'_>) -> Result<(Lesson, [Paper; 2]), Vec<Flaw>> {
    let mut flaws = Vec::new();
    let mut file = |name: &str| {
        let path = format!("{}/{name}", listed.dir);
        let text = fetch(read, &path).map_err(|flaw| flaws.push(flaw)).ok()?;
        Some((path, text))
    };
    let (scenario, en, zh) = (file("scenario.txt"), file("en.md"), file("zh.md"));
    let mut keep = |flaw: Flaw, path: &str| flaws.push(flaw.within(path));
    let scenario = scenario
        .and_then(|(path, text)| Scenario::parse(&text).map_err(|flaw| keep(flaw, &path)).ok());
    let mut doc = |file: &Option<(String, String)>| {
        let (path, text) = file.as_ref()?;
        prose::parse(text).map_err(|flaw| keep(flaw, path)).ok()
    };
    let (en, zh) = (doc(&en), doc(&zh));
    match (scenario, en, zh) {
        (Some(scenario), Some(en), Some(zh)) if flaws.is_empty() => {
            let paper =
                |lang, doc: Doc| Paper { name: listed.id.clone(), lang, blocks: doc.blocks };
            let lesson = Lesson {
                id: listed.id.clone(),
                slug: listed.dir.clone(),
                course: listed.course.clone(),
                scenario: scenario.for_page().to_string(),
                cards: cards::cards(&listed.id, &en.doc.blocks)
                    .into_iter()
                    .map(|card| card.key)
                    .collect(),
                practice: false,
                en: en.doc.front.clone(),
                zh: zh.doc.front.clone(),
            };
            Ok((lesson, [paper(Lang::En, en.doc), paper(Lang::Zh, zh.doc)]))
        }
        _ => Err(flaws),
    }
}

fn fetch(read: Read<'_>, path: &str) -> Result<String, Flaw> {
    read(path).map_err(|error| {
        let cure = "create it, or correct its name in index.toml";
        Flaw::new(0, format!("cannot be read ({error})"), cure).within(path)
    })
}
