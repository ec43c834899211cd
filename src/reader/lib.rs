//! The author's parsers as a program of its own, which a page fetches when a lesson comes from
//! somewhere else; no other visit pays for them.
//!
//! Three texts go in, a typed tree or a list of flaws comes out. Refuses to know any engine, network
//! and document: whether the lesson may be played is asked by the page.

use lesson::{Known, LessonSource, Outcome, read_lesson};

/// What a page does with three files, as JSON of [`Outcome`].
#[must_use]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
pub fn read(scenario: &str, en: &str, zh: &str) -> String {
    let source = LessonSource { scenario, en, zh, ..LessonSource::default() };
    let outcome = match read_lesson(source, Known::default()) {
        Ok(read) => Outcome::Lesson(Box::new(read.into_guest())),
        Err(flaws) => Outcome::Flaws(flaws),
    };
    serde_json::to_string(&outcome).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::read;
    use lesson::Outcome;

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

    fn outcome(scenario: &str, prose: &str) -> Outcome {
        serde_json::from_str(&read(scenario, prose, prose)).expect("its own JSON")
    }

    #[test]
    fn markup_and_pictures_become_text() {
        let Outcome::Lesson(guest) = outcome(SCENARIO, PROSE) else { panic!("a lesson") };
        let text = serde_json::to_string(&guest.en).expect("plain data");
        assert!(text.contains("<script>alert(1)</script>") && text.contains("a picture"));
        assert!(!text.contains("elsewhere"), "no address of a picture is kept: {text}");
        assert_eq!(guest.lesson.en.title, "A <b>title</b>");
    }

    #[test]
    fn flaws_come_with_file_line_and_cure() {
        let Outcome::Flaws(flaws) = outcome("walk away", PROSE) else { panic!("flaws") };
        assert_eq!((flaws[0].file.as_str(), flaws[0].line), ("scenario.txt", 1));
        let link = PROSE.replace("Text.", "[x](javascript:alert(1))");
        let Outcome::Flaws(flaws) = outcome(SCENARIO, &link) else { panic!("flaws") };
        assert_eq!((flaws[0].file.as_str(), flaws[0].line), ("en.md", 10));
        let Outcome::Flaws(flaws) = outcome(&"x".repeat(70_000), PROSE) else { panic!("flaws") };
        assert!(flaws[0].what.contains("more than"), "{}", flaws[0].what);
    }
}
