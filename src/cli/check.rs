//! `check`: lessons and scenarios, as their author would want them checked.
//!
//! With `UPDATE=1` it first writes anew what stands under each `----`; the author reads the change.
//! Refuses to change anything else, and to choose an answer: those come from the run.

use super::{Done, read, scenario_path, worded};
use lesson::{
    Flaw, Index, Known, LessonSource, Runner, Scenario, Syllabus, check_scenario, read_glossary,
    read_index,
};
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
    /// Prints which rows of the syllabus are shown, where first, and which are missing.
    #[arg(long, conflicts_with_all = ["paths", "json"])]
    coverage: bool,
}

/// The checkout's lessons.
const ROOT: &str = "lessons";

fn open(boot: &str) -> Result<Box<dyn Session>, String> {
    replicascope::open(boot).map_err(|error| worded(&error))
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if arguments.coverage {
        return coverage();
    }
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
    let root = Path::new(ROOT);
    Ok(index(root)?.lessons.iter().map(|lesson| root.join(&lesson.dir)).collect())
}

fn index(root: &Path) -> Result<Index, String> {
    let file = root.join("index.toml");
    read_index(&read(&file)?).map_err(|flaw| flaw.within(&file.display().to_string()).to_string())
}

/// Rows that nobody knows and lessons that cannot be read are flaws; rows that nobody shows yet are
/// a figure.
fn coverage() -> Done {
    let root = Path::new(ROOT);
    let syllabus = syllabus(Some(root))?.ok_or("there is no lessons/syllabus.toml")?;
    let (mut lessons, mut flaws) = (Vec::new(), Vec::new());
    for listed in index(root)?.lessons {
        let dir = root.join(&listed.dir);
        let (script, prose) = (dir.join("scenario.txt"), dir.join("en.md"));
        let files = [&script, &prose].map(|file| file.display().to_string());
        match (Scenario::parse(&read(&script)?), lesson::parse_prose(&read(&prose)?)) {
            (Ok(scenario), Ok(prose)) => {
                let read = lesson::Read { id: &listed.id, scenario: &scenario, prose: &prose };
                flaws.extend(syllabus.unknown_rows(read, &files[0], &files[1]));
                lessons.push((listed.id, scenario, prose));
            }
            (scenario, prose) => {
                flaws.extend(scenario.err().map(|flaw| flaw.within(&files[0])));
                flaws.extend(prose.err().map(|flaw| flaw.within(&files[1])));
            }
        }
    }
    let views: Vec<lesson::Read<'_>> =
        lessons.iter().map(|(id, scenario, prose)| lesson::Read { id, scenario, prose }).collect();
    print!("{}", lesson::coverage(&syllabus, &views));
    flaws.iter().for_each(|flaw| println!("{flaw}"));
    Ok(flaws.is_empty())
}

/// The syllabus beside the index; lessons elsewhere have none.
fn syllabus(root: Option<&Path>) -> Result<Option<Syllabus>, String> {
    let Some(file) = root.map(|root| root.join("syllabus.toml")).filter(|file| file.exists())
    else {
        return Ok(None);
    };
    let told = |flaw: Flaw| flaw.within(&file.display().to_string()).to_string();
    Syllabus::parse(&read(&file)?).map(Some).map_err(told)
}

/// The folder of the index that a lesson stands below.
fn root_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|dir| dir.join("index.toml").exists())
}

/// The id under which the index lists a lesson's folder.
fn id_of(root: Option<&Path>, path: &Path) -> Result<Option<String>, String> {
    let Some(root) = root else { return Ok(None) };
    let listed = index(root)?.lessons.into_iter().find(|it| path.ends_with(&it.dir));
    Ok(listed.map(|it| it.id))
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
    let root = root_of(path);
    let (glossary, syllabus, id) = (glossary(path)?, syllabus(root)?, id_of(root, path)?);
    let more = |name: &str| {
        let file = path.join(name);
        file.exists().then(|| read(&file)).transpose()
    };
    let (proofs, practice) = (proofs(path)?, more("practice.txt")?);
    let source = LessonSource {
        id: id.as_deref(),
        dir: &dir,
        scenario: &scenario,
        en: &en,
        zh: &zh,
        proofs: &proofs,
        practice: practice.as_deref(),
    };
    let known = Known { glossary: Some(&glossary), syllabus: syllabus.as_ref() };
    Ok(lesson::check(source, known, &open))
}

/// The transcripts `proof-NAME.txt` of a lesson's folder, in order of their names.
fn proofs(path: &Path) -> Result<Vec<(String, String)>, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(told)? {
        let name = entry.map_err(told)?.file_name().to_string_lossy().into_owned();
        if name.starts_with("proof-") && name.ends_with(".txt") {
            found.push((name.clone(), read(&path.join(&name))?));
        }
    }
    found.sort();
    Ok(found)
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
