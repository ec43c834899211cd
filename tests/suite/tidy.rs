//! The style as a test, so that nobody has to remember it in a review.
//! Refuses to judge taste: only what can be counted or found.

use crate::files::{File, ending_with, lessons, root};

const FILE_LINES: usize = 800;
const FUNCTION_LINES: usize = 70;
const LINE_CHARS: usize = 100;

/// Functions that were too long when the rule came. It may only get shorter.
const LONG_FUNCTIONS: [&str; 0] = [];

/// Unfinished or machine-dependent things; written in two parts so that this file has none.
const UNDONE: [(&str, &str); 4] =
    [("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("#[", "ignore")];

/// Fails with every finding at once: mending one must not uncover the next.
fn none(findings: Vec<String>, cure: &str) {
    assert!(findings.is_empty(), "{cure}:\n  {}", findings.join("\n  "));
}

#[test]
fn files_stay_short() {
    let long = ending_with(".rs").into_iter().map(|f| (f.text.lines().count(), f.path));
    let long = long.filter(|(lines, _)| *lines > FILE_LINES);
    none(
        long.map(|(lines, path)| format!("{path}: {lines} lines")).collect(),
        "a file holds one idea; split by idea, not by length",
    );
}

#[test]
fn lines_stay_short() {
    let files = [".rs", ".js", ".css"].into_iter().flat_map(ending_with);
    let found = files.flat_map(|file| {
        let long = file.lines().filter(|(_, line)| line.chars().count() > LINE_CHARS);
        long.map(|(n, _)| format!("{}:{n}", file.path)).collect::<Vec<_>>()
    });
    none(found.collect(), "lines have at most 100 characters");
}

#[test]
fn functions_stay_short() {
    let mut found = Vec::new();
    for file in ending_with(".rs") {
        for (line, name, length) in functions(&file) {
            let known = LONG_FUNCTIONS.contains(&name.as_str());
            if length > FUNCTION_LINES && !known {
                found.push(format!("{}:{line}: {name} has {length} lines", file.path));
            }
        }
    }
    none(found, "a function fits a screen; give its parts names");
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = ending_with(".rs").into_iter().filter(|f| !f.text.starts_with("//! "));
    none(
        silent.map(|f| f.path).collect(),
        "a module opens with `//!`: what it is for and what it refuses to know",
    );
}

#[test]
fn no_merge_is_left_half_done() {
    // `=======` alone is a heading in Markdown; the other two marks are never anything else.
    let marks = ["<<<<<<< ", ">>>>>>> "];
    let mut found = Vec::new();
    for file in
        [".rs", ".md", ".txt", ".yml", ".toml", ".js", ".css"].into_iter().flat_map(ending_with)
    {
        let lines =
            file.lines().filter(|(_, line)| marks.iter().any(|mark| line.starts_with(mark)));
        found.extend(lines.map(|(n, line)| format!("{}:{n}: {line}", file.path)));
    }
    none(found, "take one side, the other or both");
}

#[test]
fn documents_name_files_that_are_there() {
    let mut found = Vec::new();
    let documents = ending_with(".md")
        .into_iter()
        .filter(|file| !file.path.starts_with("lessons") && !file.path.starts_with("CHANGELOG"));
    for file in documents {
        for (n, line) in file.lines() {
            // Every second piece stands between backticks.
            let named = line.split('`').skip(1).step_by(2).filter(|it| it.starts_with("src/"));
            let gone = named.filter(|it| it.chars().all(is_of_a_path) && !root().join(it).exists());
            found.extend(gone.map(|path| format!("{}:{n}: {path}", file.path)));
        }
    }
    none(found, "name the file that has it now");
}

fn is_of_a_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-".contains(c)
}

#[test]
fn nothing_is_left_undone() {
    let mut found = Vec::new();
    for file in ending_with(".rs") {
        for (n, line) in file.lines() {
            let undone = UNDONE.iter().any(|(a, b)| line.contains(&format!("{a}{b}")));
            if undone || (waits(line) && !may_wait(&file.path)) {
                found.push(format!("{}:{n}: {}", file.path, line.trim()));
            }
        }
    }
    none(found, "finish it or leave it out; nothing waits for the wall clock");
}

fn waits(line: &str) -> bool {
    line.contains(&["thread", "sleep"].join("::"))
}

/// Programs that wait for other programs.
fn may_wait(path: &str) -> bool {
    path.starts_with("e2e/") || path.starts_with("xtask/")
}

#[test]
fn every_lesson_is_in_both_languages() {
    let mut missing = Vec::new();
    for lesson in lessons() {
        for prose in ["en.md", "zh.md"] {
            let file = lesson.join(prose);
            if !file.is_file() {
                missing.push(file.strip_prefix(root()).unwrap_or(&file).display().to_string());
            }
        }
    }
    none(missing, "a lesson without one of its languages is not finished");
}

/// First line, name and length of every function. Relies on rustfmt: the end of a function is the
/// first closing brace that is indented as the function is.
fn functions(file: &File) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let ends = |l: &&str| l.len() - l.trim_start().len() == indent && is_end(l);
        let length = match lines[start..].iter().position(ends) {
            Some(end) => end + 1,
            None => lines.len() - start,
        };
        found.push((start + 1, name.to_owned(), length));
    }
    found
}

fn is_end(line: &str) -> bool {
    let line = line.trim();
    line == "}" || line.ends_with(';') || (line.contains("fn ") && line.ends_with('}'))
}

/// `step` of `    pub(crate) fn step(&mut self) {`.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let modifiers = ["pub", "pub(crate)", "pub(super)", "const", "async", "extern", "\"C\""];
    let declares = before.split_whitespace().all(|word| modifiers.contains(&word));
    let name = after.split(['(', '<']).next()?;
    (declares && !name.is_empty()).then_some(name)
}

/// A method, a one-liner, a promise of a trait, and a function with a block in it.
const EXAMPLE: &str = "\
impl A {
    pub fn long(
        a: u8,
    ) -> u8 {
        a
    }

    fn one() {}
    fn promised(&self);
}

fn last() {
    let f = || {
    };
}
";

#[test]
fn functions_are_measured_from_their_first_line_to_their_brace() {
    let file = File { path: String::new(), text: EXAMPLE.to_owned() };
    let found = functions(&file);
    let found: Vec<_> = found.iter().map(|(at, name, n)| (*at, name.as_str(), *n)).collect();
    assert_eq!(found, [(2, "long", 5), (8, "one", 1), (9, "promised", 1), (12, "last", 4)]);
}
