//! How the reader wants the page: language, theme and motion.
//!
//! Kept in the browser and set on the document. Refuses to know what the page shows.

use crate::route::Params;
use crate::storage;
use replicascope::Lang;
use yew::Callback;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }

    /// What a link carries; nothing for the reader's own.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Theme::System => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        }
    }

    pub fn parse(text: &str) -> Theme {
        match text {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    pub fn key(self) -> &'static str {
        match self {
            Theme::System => "app.theme.system",
            Theme::Light => "app.theme.light",
            Theme::Dark => "app.theme.dark",
        }
    }
}

/// The reader's choice, with the ways to change it.
#[derive(Clone, PartialEq)]
pub struct Look {
    pub lang: Lang,
    pub theme: Theme,
    /// Nothing moves by itself: stills before and after instead.
    pub calm: bool,
    /// Too narrow for columns.
    pub narrow: bool,
    /// Too low for a roomy map above the logs.
    pub low: bool,
    pub set_lang: Callback<Lang>,
    pub set_theme: Callback<Theme>,
    /// Shows a link's own language and theme without making them the reader's choice.
    pub try_on: Callback<(Lang, Theme)>,
}

/// The language: as the address says, as it was chosen before, as the browser prefers.
pub fn first_lang(params: &Params) -> Lang {
    let kept = || storage::get("lang").and_then(|tag| Lang::parse(&tag));
    params.lang().or_else(kept).or_else(document::preferred_lang).unwrap_or_default()
}

pub fn first_theme(params: &Params) -> Theme {
    let kept = || storage::get("theme");
    params.get("theme").map(str::to_owned).or_else(kept).map_or(Theme::System, |t| Theme::parse(&t))
}

/// Whether the reader has ever chosen a language here.
pub fn has_choice() -> bool {
    storage::get("lang").is_some()
}

pub fn keep_lang(lang: Lang) {
    storage::set("lang", lang.tag());
}

pub fn keep_theme(theme: Theme) {
    storage::set("theme", theme.name().unwrap_or("system"));
}

#[cfg(target_arch = "wasm32")]
pub mod document {
    //! The document's own attributes and the reader's media.

    use super::Theme;
    use replicascope::Lang;

    fn root() -> Option<web_sys::Element> {
        web_sys::window()?.document()?.document_element()
    }

    pub fn preferred_lang() -> Option<Lang> {
        Lang::parse(&web_sys::window()?.navigator().language()?)
    }

    pub fn show_lang(lang: Lang) {
        if let Some(root) = root() {
            let _ = root.set_attribute("lang", lang.tag());
        }
    }

    pub fn show_title(title: &str) {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(title);
        }
    }

    pub fn show_theme(theme: Theme) {
        let Some(root) = root() else { return };
        let _ = match theme.name() {
            Some(name) => root.set_attribute("data-theme", name),
            None => root.remove_attribute("data-theme"),
        };
    }

    pub fn matches(query: &str) -> bool {
        let media = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
        media.is_some_and(|media| media.matches())
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub mod document {
    //! Outside a browser there is no document.

    use super::Theme;
    use replicascope::Lang;

    pub fn preferred_lang() -> Option<Lang> {
        None
    }

    pub fn show_lang(_: Lang) {}

    pub fn show_title(_: &str) {}

    pub fn show_theme(_: Theme) {}

    pub fn matches(_: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_decides_before_all() {
        let params = Params::parse("lang=zh-CN&theme=dark");
        assert_eq!(first_lang(&params), Lang::Zh);
        assert_eq!(first_theme(&params), Theme::Dark);
    }

    #[test]
    fn themes_go_round_and_are_read_back() {
        let mut theme = Theme::System;
        for _ in 0..3 {
            assert_eq!(Theme::parse(theme.name().unwrap_or("system")), theme);
            theme = theme.next();
        }
        assert_eq!(theme, Theme::System);
    }
}
