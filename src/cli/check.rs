//! `check`: lessons and scenarios, as their author would want them checked.
//!
//! With `UPDATE=1` it first writes anew what stands under each `----`; the author reads the change.
//! Refuses to change anything else, and to choose an answer: those come from the run.

use super::{Done, read, scenario_path, worded};
use lesson::{Flaw, LessonSource, Runner, Scenario, check_scenario, read_glossary, read_index};
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
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let mut flaws = 0;
    for path in &paths {
        if update {
            write_anew(&scenario_path(path))?;
        }
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

/// What cannot be read or played is left as it is: the check right after says why.
fn write_anew(file: &Path) -> Result<(), String> {
    let text = read(file)?;
    let Some(fresh) = rewritten(&text).filter(|fresh| *fresh != text) else { return Ok(()) };
    std::fs::write(file, fresh).map_err(|error| format!("{}: {error}", file.display()))?;
    eprintln!("{}: written anew", file.display());
    Ok(())
}

/// The scenario with that under each `----` which its lines print now.
fn rewritten(text: &str) -> Option<String> {
    let scenario = Scenario::parse(text).ok()?;
    let mut session = open(&scenario.boot.text).ok()?;
    let report = Runner::new(&mut *session, &scenario).play_all().ok()?;
    Some(Scenario::rewrite(text, &report.by_rule()))
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

#[cfg(test)]
mod tests {
    use super::rewritten;

    const FALSE: &str = "\
# Why it is here.
cluster kafka brokers=1 controllers=1 seed=7
topic t partitions=1 replicas=1
settle

show t-0
----
t-0  leader 9  epoch 9  isr 9

step more
wait 1s
";

    #[test]
    fn only_what_is_printed_is_written_anew() {
        let fresh = rewritten(FALSE).expect("it plays");
        assert!(fresh.contains("----\nt-0  leader 1  epoch 0  isr 1\n"), "{fresh}");
        assert!(fresh.starts_with("# Why it is here.\n") && fresh.ends_with("more\nwait 1s\n"));
        assert_eq!(rewritten(&fresh).as_deref(), Some(&*fresh));
    }

    #[test]
    fn what_does_not_play_is_left_alone() {
        assert_eq!(rewritten("cluster kafka brokers=1\nfly away\n"), None);
        assert_eq!(rewritten("cluster teapot\n"), None);
    }
}
