//! The words of the interface: keys of `locales/app.*` filled in for the reader's language.
//!
//! Refuses to know sentences; those stand in the locale files.

use replicascope::Lang;
use replicascope::scene::{Instant, NodeId, Scene, Span, Told};
use replicascope::words;
use std::rc::Rc;

/// The words for a key.
pub fn say(lang: Lang, key: &str) -> String {
    words::word(lang, key)
}

/// The words for a key with its `%{name}` places filled.
pub fn fill(lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
    let mut text = say(lang, key);
    for (name, value) in values {
        text = text.replace(&format!("%{{{name}}}"), value);
    }
    text
}

/// What the console calls each node, kept apart from the scene so that it outlives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(Rc<Vec<(NodeId, String)>>);

impl Names {
    pub fn of(scene: &Scene) -> Names {
        Names(Rc::new(scene.nodes.iter().map(|node| (node.id, node.name.clone())).collect()))
    }

    /// The name of a node; its number where it has none.
    pub fn name(&self, node: NodeId) -> String {
        self.0
            .iter()
            .find(|(id, _)| *id == node)
            .map_or_else(|| node.to_string(), |(_, name)| name.clone())
    }

    /// The sentence for a message of the engine.
    pub fn tell(&self, lang: Lang, told: &Told) -> String {
        words::tell(lang, told, &|node| self.name(node))
    }
}

/// A point of virtual time for a clock: `12.345 s`.
pub fn clock(at: Instant) -> String {
    format!("{}.{:03} s", at.0 / 1_000_000, at.0 / 1_000 % 1_000)
}

/// A length of virtual time for people: `850 ms`, `9.02 s`.
pub fn span(span: Span) -> String {
    words::write_span(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_milliseconds() {
        assert_eq!(clock(Instant(12_345_678)), "12.345 s");
        assert_eq!(clock(Instant::ZERO), "0.000 s");
    }

    #[test]
    fn a_node_without_a_name_is_called_by_its_number() {
        assert_eq!(Names::default().name(NodeId(7)), "7");
    }
}
