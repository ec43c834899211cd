//! The head of a lesson file: TOML between two `+++` lines.
//! Refuses to know what stands below it.

use crate::doc::Front;
use crate::flaw::Flaw;

/// What a head looks like, for the messages.
const SHAPE: &str = "begin with `+++`, then title, question, minutes and level, then `+++`";

/// The head, and the number of lines that it takes.
pub(crate) fn parse(text: &str) -> Result<(Front, usize), Flaw> {
    let mut lines = text.lines().enumerate();
    if lines.next().is_none_or(|(_, line)| line.trim_end() != "+++") {
        return Err(Flaw::new(1, "the file does not begin with its head", SHAPE));
    }
    let Some((end, _)) = lines.find(|(_, line)| line.trim_end() == "+++") else {
        return Err(Flaw::new(1, "the head is never closed", SHAPE));
    };
    let head: Vec<&str> = text.lines().take(end).skip(1).collect();
    let front = read(&head.join("\n"))?;
    limits(&front)?;
    Ok((front, end + 1))
}

fn read(head: &str) -> Result<Front, Flaw> {
    toml::from_str(head).map_err(|error| {
        let before = error.span().map_or(0, |span| head[..span.start].matches('\n').count());
        Flaw::new(before + 2, format!("the head cannot be read: {}", error.message()), SHAPE)
    })
}

fn limits(front: &Front) -> Result<(), Flaw> {
    if !(1..=5).contains(&front.level) {
        let what = format!("level {} does not exist", front.level);
        return Err(Flaw::new(1, what, "use 1 (vocabulary) to 5 (design review)"));
    }
    if !(1..=60).contains(&front.minutes) {
        let what = format!("a lesson of {} minutes", front.minutes);
        return Err(Flaw::new(1, what, "estimate 1 to 60 minutes, or split the lesson"));
    }
    if front.title.trim().is_empty() || front.question.trim().is_empty() {
        return Err(Flaw::new(1, "title or question is empty", "write both"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "+++\ntitle = \"T\"\nquestion = \"Q?\"\nminutes = 9\nlevel = 2\n+++\nText";

    #[test]
    fn a_head_is_read_and_its_lines_are_counted() {
        let (front, lines) = parse(HEAD).expect("a head");
        assert_eq!((front.title.as_str(), front.minutes, lines), ("T", 9, 6));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let line = |text: &str| parse(text).expect_err(text).line;
        assert_eq!(line(&HEAD.replace("minutes = 9", "minutes = nine")), 4);
        assert_eq!(line(&HEAD.replace("level = 2", "level = 2\nmood = 1")), 6);
        assert_eq!(line("Text"), 1);
        assert_eq!(line(&HEAD.replace("level = 2", "level = 9")), 1);
    }
}
