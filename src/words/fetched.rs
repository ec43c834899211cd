//! The word tables as files, which a page fetches when a language is first spoken: most readers
//! want one.

use crate::shelf;
use lesson::Lang;
use std::sync::OnceLock;

/// Keys with their words, in the order of the keys.
type Table = Vec<(&'static str, &'static str)>;

static ENGLISH: OnceLock<Table> = OnceLock::new();
static CHINESE: OnceLock<Table> = OnceLock::new();

pub(super) fn find(lang: Lang, key: &str) -> Option<String> {
    let place = match lang {
        Lang::En => &ENGLISH,
        Lang::Zh => &CHINESE,
    };
    let file = || format!("texts/words.{}.txt", lang.tag());
    let table = place.get_or_init(|| read(shelf::text(&file())));
    let at = table.binary_search_by_key(&key, |(name, _)| name).ok()?;
    Some(table[at].1.to_owned())
}

/// Lines of a key, a tab and its words. They are wanted as long as the page is open.
fn read(text: String) -> Table {
    text.leak().lines().filter_map(|line| line.split_once('\t')).collect()
}
