//! Two branches beside each other: where their stories part first.
//!
//! Pure; refuses to know sessions and words.

use replicascope::scene::{Instant, Line};

/// The first place at which two stories differ; absent on the side that tells nothing more.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    pub mine: Option<Line>,
    pub theirs: Option<Line>,
}

impl Parting {
    /// The earlier of the two lines gives the instant.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        let at = |line: &Option<Line>| line.as_ref().map(|line| line.at);
        at(&self.mine).into_iter().chain(at(&self.theirs)).min()
    }
}

/// None while both tell the same. A story that ends earlier differs only if the other goes on
/// within `until`, which both have recorded.
#[must_use]
pub fn parting(mine: &[Line], theirs: &[Line], until: Instant) -> Option<Parting> {
    let same = |(one, other): (&Line, &Line)| {
        (one.at, one.node, &one.what) == (other.at, other.node, &other.what)
    };
    let shared = mine.iter().zip(theirs).take_while(|pair| same(*pair)).count();
    let next = |lines: &[Line]| lines.get(shared).filter(|line| line.at <= until).cloned();
    let (mine, theirs) = (next(mine), next(theirs));
    (mine.is_some() || theirs.is_some()).then_some(Parting { mine, theirs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use replicascope::scene::{EventId, Told, Weight};

    fn line(at: u64, key: &'static str) -> Line {
        Line {
            event: EventId(at),
            step: at,
            at: Instant(at),
            node: None,
            weight: Weight::Key,
            what: Told::new(key),
            cause: None,
            why: None,
            so_what: None,
        }
    }

    #[test]
    fn stories_part_at_the_first_line_that_differs() {
        let mine = [line(1, "a"), line(2, "b"), line(5, "c")];
        let theirs = [line(1, "a"), line(3, "x")];
        let parted = parting(&mine, &theirs, Instant(9)).expect("they differ");
        assert_eq!(parted.at(), Some(Instant(2)));
        assert_eq!(parted.theirs.map(|line| line.at), Some(Instant(3)));
    }

    #[test]
    fn a_story_that_was_not_recorded_so_far_does_not_differ() {
        let (mine, theirs) = ([line(1, "a")], [line(1, "a"), line(7, "b")]);
        assert_eq!(parting(&mine, &theirs, Instant(5)), None);
        assert!(parting(&mine, &theirs, Instant(8)).is_some_and(|it| it.mine.is_none()));
        assert_eq!(parting(&mine, &mine, Instant(8)), None);
    }
}
