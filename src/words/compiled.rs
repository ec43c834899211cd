//! The word tables, compiled in: for everything that is no page.

use lesson::Lang;

#[expect(clippy::disallowed_types, reason = "the macro's own table; it is only looked up")]
mod locale {
    rust_i18n::i18n!("locales", fallback = "en");
}

pub(super) fn find(lang: Lang, key: &str) -> Option<String> {
    locale::_rust_i18n_try_translate(lang.tag(), key).map(Into::into)
}
