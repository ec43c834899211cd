//! Turns `lessons/` into data, so that neither a page nor a test parses Markdown: one catalogue,
//! and a paper for each thing to read in each language.
//!
//! A lesson that cannot be read stops the build with file, line and cure. Whether a lesson is true
//! is not asked here: that needs an engine, and is what `replicascope check` does.

use lesson::{Block, Bundle, Lang, Library, Paper};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::mem;
use std::path::Path;
use std::process::ExitCode;

/// The lesson that the home page leads to.
const FIRST: &str = "LF-1";
/// Pages of the documentation that a reader of the site may want, by the names of their papers.
const PAGES: [&str; 1] = ["fidelity"];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=docs");
    // The word tables are read by a macro, which cannot say so itself.
    println!("cargo::rerun-if-changed=locales");
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(messages) => {
            for message in messages {
                println!("cargo::error={message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Vec<String>> {
    let read = |name: &str| {
        fs::read_to_string(Path::new("lessons").join(name)).map_err(|error| error.to_string())
    };
    let mut library = lesson::bundle(&read)
        .map_err(|flaws| flaws.iter().map(|flaw| format!("lessons/{flaw}")).collect::<Vec<_>>())?;
    library.papers.extend(pages().map_err(|message| vec![message])?);
    let out = env::var("OUT_DIR").expect("cargo sets it for every build script");
    let out = Path::new(&out);
    write_words(&out.join("texts")).map_err(|message| vec![message])?;
    store(out, &library).map_err(|error| vec![error.to_string()])
}

/// A file for each language: lines of a key, a tab and its words, in the order of the keys.
fn write_words(shelf: &Path) -> Result<(), String> {
    fs::create_dir_all(shelf).map_err(|error| error.to_string())?;
    for (lang, words) in rust_i18n_support::try_load_locales("locales", |_| false, true)? {
        let mut text = String::new();
        for (key, words) in words {
            if words.contains(['\n', '\t']) {
                return Err(format!("locales, {lang}, {key}: write it as one line without tabs"));
            }
            text += &format!("{key}\t{words}\n");
        }
        fs::write(shelf.join(format!("words.{lang}.txt")), text)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Chinese readers get the English page as long as nobody has translated it.
fn pages() -> Result<Vec<Paper>, String> {
    let mut papers = Vec::new();
    for name in PAGES {
        let english = format!("docs/{name}.md");
        for (lang, file) in [(Lang::En, english.clone()), (Lang::Zh, format!("docs/{name}.zh.md"))]
        {
            let file = if Path::new(&file).exists() { file } else { english.clone() };
            papers.push(Paper { name: name.to_owned(), lang, blocks: page(&file)? });
        }
    }
    Ok(papers)
}

fn page(file: &str) -> Result<Vec<Block>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    lesson::parse_page(&text).map_err(|flaw| format!("{file}: {flaw}"))
}

/// What a page carries, and the scenarios that it fetches: all but that of the first lesson.
fn part(bundle: &Bundle) -> (Bundle, BTreeMap<String, String>) {
    let mut page = bundle.clone();
    let others = page.lessons.iter_mut().filter(|it| it.id != FIRST);
    let scenarios = others.map(|it| (it.id.clone(), mem::take(&mut it.scenario))).collect();
    (page, scenarios)
}

fn store(out: &Path, library: &Library) -> std::io::Result<()> {
    fs::write(out.join("catalogue.json"), serde_json::to_string(&library.bundle)?)?;
    let (page, scenarios) = part(&library.bundle);
    fs::write(out.join("catalogue-page.json"), serde_json::to_string(&page)?)?;
    fs::write(out.join("texts/scenarios.json"), serde_json::to_string(&scenarios)?)?;
    let shelf = out.join("papers");
    if shelf.exists() {
        fs::remove_dir_all(&shelf)?;
    }
    fs::create_dir_all(&shelf)?;
    for paper in &library.papers {
        let file = shelf.join(Paper::file(&paper.name, paper.lang));
        fs::write(file, serde_json::to_string(&paper.blocks)?)?;
    }
    for (lesson, text) in &library.practices {
        fs::write(shelf.join(lesson::practice_file(lesson)), text)?;
    }
    Ok(())
}
