//! `new-lesson`: a folder with a small lesson that `check` accepts, to be written over.
//! Refuses to touch what is there, and to know what lessons are about.

use crate::tools::root;
use anyhow::{Context, Result, ensure};
use std::fs;

/// The files of a lesson; `ID` stands where its own goes.
const FILES: [(&str, &str); 3] = [
    ("scenario.txt", include_str!("lesson/scenario.txt")),
    ("en.md", include_str!("lesson/en.md")),
    ("zh.md", include_str!("lesson/zh.md")),
];

pub(crate) fn new(id: &str) -> Result<()> {
    let course = course(id)?;
    let slug = format!("kafka/{}", id.to_ascii_lowercase());
    let dir = root().join("lessons").join(&slug);
    ensure!(!dir.exists(), "{} is there already", dir.display());
    fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
    for (name, text) in FILES {
        fs::write(dir.join(name), text.replace("ID", id))?;
    }
    println!("made lessons/{slug}");
    println!("check it with   cargo run -- check lessons/{slug}");
    println!("list it with    these lines in lessons/index.toml (and without its [[coming]]):");
    println!("\n[[lesson]]\nid = \"{id}\"\ncourse = \"{course}\"\ndir = \"{slug}\"");
    Ok(())
}

/// `DU` of `DU-1` or `LF-2b`.
fn course(id: &str) -> Result<&str> {
    let parts = id.split_once('-').filter(|(course, number)| {
        (2..=4).contains(&course.len())
            && course.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.len() <= 4
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    });
    parts.map(|(course, _)| course).with_context(|| {
        format!("`{id}` is no id of a lesson; write its course and a number: `DU-1`, `LF-2b`")
    })
}

#[cfg(test)]
mod tests {
    use super::course;

    #[test]
    fn ids_name_a_course_and_a_number() {
        assert_eq!(course("DU-1").expect("an id"), "DU");
        assert_eq!(course("LF-2b").expect("an id"), "LF");
        for id in ["DU", "du-1", "DU-", "DU-../x", "D-1", "DU-1/2", "", "DU-12345"] {
            assert!(course(id).is_err(), "{id}");
        }
    }
}
