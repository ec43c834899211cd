//! `check`: lessons and scenarios, as their author would want them checked.

use super::{Done, read, scenario_path, worded};
use lesson::{Flaw, LessonSource, check_scenario, read_glossary, read_index};
use replicascope::Session;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lesson folders or scenario files; without any, every lesson of `lessons/index.toml`.
    paths: Vec<PathBuf>,
    /// One JSON object a flaw.
    #[arg(long)]
    json: bool,
}

fn open(boot: &str) -> Result<Box<dyn Session>, String> {
    replicascope::open(boot).map_err(|error| worded(&error))
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let paths = if arguments.paths.is_empty() { every_lesson()? } else { arguments.paths.clone() };
    let mut flaws = 0;
    for path in &paths {
        let found = check(path)?;
        flaws += found.len();
        for flaw in &found {
            if arguments.json {
                let Flaw { file, line, what, cure } = flaw;
                let object = json!({ "file": file, "line": line, "what": what, "cure": cure });
                println!("{object}");
            } else {
                println!("{flaw}");
            }
        }
        if found.is_empty() && !arguments.json {
            println!("{}: fine", path.display());
        }
    }
    if !arguments.json {
        println!("{} checked, {flaws} flaws", paths.len());
    }
    Ok(flaws == 0)
}

fn every_lesson() -> Result<Vec<PathBuf>, String> {
    let root = Path::new("lessons");
    let text = read(&root.join("index.toml"))?;
    let index = read_index(&text).map_err(|flaw| flaw.within("lessons/index.toml").to_string())?;
    Ok(index.lessons.iter().map(|lesson| root.join(&lesson.dir)).collect())
}

fn check(path: &Path) -> Result<Vec<Flaw>, String> {
    if path.is_dir() && path.join("lessons").is_dir() {
        return Err(format!("{}: name a lesson's folder or a scenario", path.display()));
    }
    let file = scenario_path(path);
    let scenario = read(&file)?;
    if !path.is_dir() || !path.join("en.md").exists() {
        return Ok(check_scenario(&file.display().to_string(), &scenario, &open));
    }
    let dir = path.display().to_string();
    let (en, zh) = (read(&path.join("en.md"))?, read(&path.join("zh.md"))?);
    let glossary = glossary(path)?;
    let source = LessonSource { dir: &dir, scenario: &scenario, en: &en, zh: &zh };
    Ok(lesson::check(source, &glossary, &open))
}

/// The glossary beside the courses; a lesson elsewhere has none.
fn glossary(path: &Path) -> Result<Vec<lesson::Term>, String> {
    let file = path.ancestors().map(|dir| dir.join("glossary.toml")).find(|file| file.exists());
    match file {
        None => Ok(Vec::new()),
        Some(file) => read_glossary(&read(&file)?)
            .map_err(|flaw| flaw.within(&file.display().to_string()).to_string()),
    }
}
