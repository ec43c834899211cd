//! The author's parsers as a program of its own, which a page fetches when a lesson comes from
//! somewhere else; no other visit pays for them.
//!
//! Three texts go in, a typed tree or a list of flaws comes out. Refuses to know any engine,
//! network and document: whether the lesson may be played is asked by the page.

use lesson::{Known, LessonSource, read_lesson};

/// The lesson and its prose in both languages, each as JSON of the types that a page knows; or
/// nothing (an empty text) and then what is wrong, flaw by flaw.
#[must_use]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
pub fn read(scenario: &str, en: &str, zh: &str) -> Vec<String> {
    let source = LessonSource { scenario, en, zh, ..LessonSource::default() };
    match read_lesson(source, Known::default()) {
        Ok(read) => {
            let plain = "the tree is plain data";
            let prose = [&read.en, &read.zh].map(|prose| serde_json::to_string(&prose.doc.blocks));
            let lesson = serde_json::to_string(&read.lesson()).expect(plain);
            let [en, zh] = prose.map(|json| json.expect(plain));
            vec![lesson, en, zh]
        }
        Err(flaws) => {
            std::iter::once(String::new()).chain(flaws.iter().map(ToString::to_string)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use lesson::{Block, Lesson};

    const SCENARIO: &str = "cluster kafka\nstep one\nwait 1s\n";
    const PROSE: &str = "\
+++
title = \"A <b>title</b>\"
question = \"Why?\"
minutes = 3
level = 1
+++
A <script>alert(1)</script> and ![a picture](https://elsewhere/x.png).

::: step one
Text.
:::
";

    #[test]
    fn markup_and_pictures_become_text() {
        let read = read(SCENARIO, PROSE, PROSE);
        assert!(read[1].contains("<script>alert(1)</script>") && read[1].contains("a picture"));
        assert!(!read[1].contains("elsewhere"), "no address of a picture is kept: {}", read[1]);
        let lesson: Lesson = serde_json::from_str(&read[0]).expect("a lesson");
        assert_eq!(lesson.en.title, "A <b>title</b>");
        assert_eq!(lesson.script().expect("a scenario").steps.len(), 1);
        let prose: Vec<Block> = serde_json::from_str(&read[2]).expect("prose");
        assert_eq!(prose.len(), 2);
    }

    #[test]
    fn flaws_come_with_file_line_and_cure() {
        let first = |scenario: &str, prose: &str| {
            let read = read(scenario, prose, prose);
            assert_eq!(read[0], "");
            read[1].clone()
        };
        assert!(first("walk away", PROSE).starts_with("scenario.txt:1: "));
        let link = PROSE.replace("Text.", "[x](javascript:alert(1))");
        assert!(first(SCENARIO, &link).starts_with("en.md:10: "));
        assert!(first(&"x".repeat(70_000), PROSE).contains("more than"));
    }
}
