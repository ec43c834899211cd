//! The learner's deck: what is kept of each card, what is due, what comes next. It stays in the
//! browser.
//!
//! Refuses to know what a card says.

use crate::progress;
use crate::recall::{Grade, Memory};
use crate::storage;
use replicascope::lesson::Bundle;
use std::collections::BTreeMap;

const KEY: &str = "review";

/// What is kept, by the names of the cards.
pub type Memories = BTreeMap<String, Memory>;

pub fn memories() -> Memories {
    let text = storage::get(KEY);
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

pub fn keep(memories: &Memories) {
    if let Ok(text) = serde_json::to_string(memories) {
        storage::set(KEY, &text);
    }
}

/// Keeps how a card was answered.
pub fn answer(card: &str, grade: Grade, today: u32) {
    let mut all = memories();
    let before = all.get(card).copied().unwrap_or_else(|| Memory::fresh(today));
    all.insert(card.to_owned(), before.after(grade, today));
    keep(&all);
}

/// The cards for today, and those that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// Seen before, and due: longest due first.
    pub due: Vec<String>,
    /// Never seen, of lessons that were begun, in the order of learning.
    pub fresh: Vec<String>,
    /// Never seen, of lessons that were not begun.
    pub closed: Vec<String>,
    /// The next day on which something is due, if nothing is today.
    pub next: Option<u32>,
}

pub fn today(bundle: &Bundle, memories: &Memories, today: u32) -> Today {
    plan(bundle, memories, today, &|lesson| progress::of(lesson).is_begun())
}

fn plan(bundle: &Bundle, memories: &Memories, today: u32, begun: &dyn Fn(&str) -> bool) -> Today {
    let mut plan = Today::default();
    let (mut due, mut next) = (Vec::new(), None::<u32>);
    for lesson in &bundle.lessons {
        let open = begun(&lesson.id);
        for card in &lesson.cards {
            match memories.get(card) {
                Some(memory) if memory.is_due(today) => {
                    let place = due.partition_point(|(day, _)| *day <= memory.due);
                    due.insert(place, (memory.due, card.clone()));
                }
                Some(memory) => next = Some(next.map_or(memory.due, |day| day.min(memory.due))),
                None if open => plan.fresh.push(card.clone()),
                None => plan.closed.push(card.clone()),
            }
        }
    }
    plan.due = due.into_iter().map(|(_, card)| card).collect();
    plan.next = next;
    plan
}

impl Today {
    /// What is asked now: due cards first, then new ones, with those of unopened lessons at last.
    pub fn queue(&self, all: bool) -> impl Iterator<Item = &String> {
        let closed = if all { self.closed.as_slice() } else { &[] };
        self.due.iter().chain(&self.fresh).chain(closed)
    }
}

/// The day that the reader's own calendar shows, counted from 1970: the page's clock, never the
/// engine's.
#[cfg(target_arch = "wasm32")]
pub fn this_day() -> u32 {
    let now = js_sys::Date::new_0();
    let local = now.get_time() - now.get_timezone_offset() * 60_000.0;
    (local / 86_400_000.0).floor().max(0.0) as u32
}

#[cfg(not(target_arch = "wasm32"))]
pub fn this_day() -> u32 {
    0
}

/// The day as `2026-11-26`. Source: H. Hinnant, chrono-compatible low-level date algorithms.
pub fn date(day: u32) -> String {
    let z = i64::from(day) + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (month, day) = (if mp < 10 { mp + 3 } else { mp - 9 }, doy - (153 * mp + 2) / 5 + 1);
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use replicascope::catalogue;

    #[test]
    fn the_plan_puts_due_cards_first_and_opens_begun_lessons_only() {
        let bundle = catalogue::bundle();
        let (one, two) = (&bundle.lessons[0], &bundle.lessons[1]);
        let mut kept = Memories::new();
        kept.insert(two.cards[0].clone(), Memory::fresh(7));
        kept.insert(two.cards[1].clone(), Memory::fresh(5));
        kept.insert(two.cards[2].clone(), Memory::fresh(99));
        let plan = plan(bundle, &kept, 8, &|lesson| lesson == one.id);
        assert_eq!(plan.due, [two.cards[1].clone(), two.cards[0].clone()]);
        assert_eq!(plan.fresh, one.cards);
        assert_eq!(plan.next, Some(99));
        let all: usize = bundle.lessons.iter().map(|lesson| lesson.cards.len()).sum();
        assert_eq!(plan.queue(true).count(), all - 1);
        assert_eq!(plan.queue(false).count(), 2 + one.cards.len());
    }

    #[test]
    fn every_card_of_every_lesson_has_a_name_of_its_own() {
        let cards = catalogue::bundle().lessons.iter().flat_map(|lesson| &lesson.cards);
        let names: std::collections::BTreeSet<&String> = cards.clone().collect();
        assert_eq!(names.len(), cards.count());
    }

    #[test]
    fn days_have_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(20_783), "2026-11-26");
    }
}
