//! How wide words are, roughly, and how they are cut when there is no room.
//!
//! An estimate on the safe side, the same everywhere; refuses to ask a browser.

use replicascope::words::word;
use replicascope::{Lang, scene::NodeId, scene::Scene, scene::Told};

/// The words for a key with its `%{name}` places filled.
#[must_use]
pub fn say(lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
    let mut text = word(lang, key);
    for (name, value) in args {
        text = text.replace(&format!("%{{{name}}}"), value);
    }
    text
}

/// A message in words, with the names that nodes have in this scene.
#[must_use]
pub fn tell(lang: Lang, told: &Told, scene: &Scene) -> String {
    replicascope::words::tell(lang, told, &|node| name_of(scene, node))
}

/// A node's name; its number when the scene does not have it.
#[must_use]
pub fn name_of(scene: &Scene, node: NodeId) -> String {
    scene
        .nodes
        .iter()
        .find(|known| known.id == node)
        .map_or_else(|| node.to_string(), |known| known.name.clone())
}

/// Numbers of nodes as a set: `{1, 2}`.
#[must_use]
pub fn set_of(nodes: &[NodeId]) -> String {
    let list: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    format!("{{{}}}", list.join(", "))
}

/// Width of a line of text in the page's font, rather too much than too little.
#[must_use]
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '|' | '!' | '.' | ',' | ':' | ';' | '\'' | ' ' | '·' => 0.34,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '-' | '{' | '}' | '/' => 0.43,
        'c' | 's' | 'k' | 'v' | 'x' | 'y' | 'z' => 0.59,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '✕' => 0.96,
        'A'..='Z' | '→' | '←' | '=' | '+' | '<' | '>' | '_' => 0.74,
        c if (c as u32) < 0x2e80 => 0.64,
        _ => 1.02,
    }
}

/// The text, or as much of it as there is room for, with an ellipsis.
#[must_use]
pub fn clip(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room / size - 1.0;
    let mut cut = String::new();
    for c in text.chars() {
        left -= em(c);
        if left < 0.0 {
            break;
        }
        cut.push(c);
    }
    format!("{}…", cut.trim_end())
}

/// The text on two lines, broken between words (anywhere in Chinese); what is still too long is
/// cut.
#[must_use]
pub fn broken(text: &str, size: f64, first: f64, second: f64) -> (String, String) {
    if width(text, size) <= first {
        return (text.to_owned(), String::new());
    }
    let may_break = |at: &usize| {
        let (before, after) = text.split_at(*at);
        let wide = |c: Option<char>| c.is_some_and(|c| c as u32 >= 0x2e80);
        before.ends_with(' ') || (wide(before.chars().next_back()) && wide(after.chars().next()))
    };
    let places = text.char_indices().map(|(at, _)| at).filter(may_break);
    let fitting: Vec<usize> =
        places.take_while(|at| width(text[..*at].trim_end(), size) <= first).collect();
    // Between phrases rather than inside of one.
    let phrase = fitting.iter().rev().find(|at| text[..**at].ends_with("· "));
    match phrase.or(fitting.last()).map(|at| text.split_at(*at)) {
        Some((one, two)) => {
            (one.trim_end_matches([' ', '·']).to_owned(), clip(two.trim_start(), size, second))
        }
        None => (clip(text, size, first), String::new()),
    }
}

/// A node's name cut in its middle: the number at its end is what tells it from the others.
#[must_use]
pub fn clip_name(name: &str, size: f64, room: f64) -> String {
    match name.rsplit_once('-') {
        Some((kind, number)) if width(name, size) > room => {
            let number = format!("-{number}");
            format!("{}{number}", clip(kind, size, room - width(&number, size)))
        }
        _ => clip(name, size, room),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_name_keeps_its_number() {
        let cut = clip_name("controller-101", 13.0, 80.0);
        assert!(cut.starts_with("co") && cut.ends_with("…-101"), "{cut}");
    }

    #[test]
    fn lines_break_between_words() {
        let (one, two) = broken("leads orders-0, orders-1", 11.0, 90.0, 105.0);
        assert_eq!((one.as_str(), two.as_str()), ("leads orders-0,", "orders-1"));
        let (one, two) = broken("领导 orders-0", 11.0, 40.0, 105.0);
        assert_eq!((one.as_str(), two.as_str()), ("领导", "orders-0"));
        let (one, two) = broken("active · epoch 1", 11.0, 85.0, 105.0);
        assert_eq!((one.as_str(), two.as_str()), ("active", "epoch 1"));
        assert_eq!(broken("up", 11.0, 40.0, 40.0), ("up".to_owned(), String::new()));
    }

    #[test]
    fn what_fits_stays_whole() {
        assert_eq!(clip("broker-1", 12.0, 200.0), "broker-1");
    }

    #[test]
    fn what_does_not_fit_is_cut_within_the_room() {
        for room in [40.0, 60.0, 90.0] {
            let cut = clip("控制器 controller-101 的任期", 12.0, room);
            assert!(cut.ends_with('…') && width(&cut, 12.0) <= room + 1.0, "{cut} in {room}");
        }
    }

    #[test]
    fn a_cut_number_never_looks_like_another_number() {
        assert_eq!(clip("12345", 12.0, 26.0), "1…");
    }
}
