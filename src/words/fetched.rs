//! The word tables as files, which a page hands over when a language is first spoken: most readers
//! want one.

use lesson::Lang;
use std::sync::OnceLock;

/// Keys with their words, in the order of the keys.
type Table = Vec<(&'static str, &'static str)>;

static SOURCE: OnceLock<fn(Lang) -> String> = OnceLock::new();
static ENGLISH: OnceLock<Table> = OnceLock::new();
static CHINESE: OnceLock<Table> = OnceLock::new();

/// Says where to get the text of [`file`]. To be called before the first word is asked for.
pub fn provide(source: fn(Lang) -> String) {
    // Whoever comes second finds that it is known already.
    let _ = SOURCE.set(source);
}

/// The file of a language, among those that the build script writes.
#[must_use]
pub fn file(lang: Lang) -> String {
    format!("words/{}.txt", lang.tag())
}

pub(super) fn find(lang: Lang, key: &str) -> Option<String> {
    let place = match lang {
        Lang::En => &ENGLISH,
        Lang::Zh => &CHINESE,
    };
    let table = place.get_or_init(|| SOURCE.get().map_or_else(Table::new, |get| read(get(lang))));
    let at = table.binary_search_by_key(&key, |(name, _)| name).ok()?;
    Some(table[at].1.to_owned())
}

/// Lines of a key, a tab and its words. They are wanted as long as the page is open.
fn read(text: String) -> Table {
    text.leak().lines().filter_map(|line| line.split_once('\t')).collect()
}
