//! The facts of a partition for the line over its block.
//!
//! Knows what the controller decided and what clients were promised; refuses to know pixels.

use super::text::{name_of, say, set_of};
use replicascope::Lang;
use replicascope::scene::{Scene, Strips};
use replicascope::words::word;

/// A fact for the line over a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub label: String,
    pub value: String,
    /// Class of the value: plain, `danger`, `ok`.
    pub tone: &'static str,
}

/// What the controller decided about the partition, and what clients were promised.
#[must_use]
pub fn facts(scene: &Scene, strips: &Strips, lang: Lang) -> Vec<Fact> {
    let fact =
        |key: &str, value: String, tone: &'static str| Fact { label: word(lang, key), value, tone };
    let leader = match strips.leader {
        Some(leader) => fact("stage.leader", name_of(scene, leader), ""),
        None => fact("stage.leader", word(lang, "stage.nobody"), "danger"),
    };
    let short = (strips.isr.len() as u64) < u64::from(strips.min_isr);
    let mut facts = vec![
        leader,
        fact("stage.leader-epoch", strips.epoch.to_string(), ""),
        fact("stage.partition-epoch", strips.version.to_string(), ""),
        fact("stage.isr", isr_words(strips, lang), if short { "danger" } else { "accent" }),
    ];
    if !strips.elr.is_empty() {
        facts.push(fact("stage.elr", set_of(&strips.elr), ""));
    }
    facts.push(fact("stage.min-isr", strips.min_isr.to_string(), ""));
    let ledger = &strips.ledger;
    facts.push(fact("stage.sent", ledger.sent.to_string(), ""));
    facts.push(fact("stage.acked", ledger.acked.to_string(), "ok"));
    for (key, count) in [
        ("stage.failed", ledger.failed),
        ("stage.duplicates", ledger.duplicates),
        ("stage.lost", ledger.lost),
    ] {
        if count > 0 {
            facts.push(fact(key, count.to_string(), "danger"));
        }
    }
    facts
}

fn isr_words(strips: &Strips, lang: Lang) -> String {
    let isr = set_of(&strips.isr);
    match &strips.proposed {
        Some(proposed) if *proposed != strips.isr => {
            say(lang, "stage.isr-proposed", &[("isr", &isr), ("proposed", &set_of(proposed))])
        }
        _ => isr,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn facts_shout_when_promises_are_broken() {
        let scene = fixture::outage();
        let facts = facts(&scene, &scene.strips[0], Lang::En);
        let lost = facts.last().expect("some");
        assert_eq!((lost.value.as_str(), lost.tone), ("2", "danger"));
    }
}
