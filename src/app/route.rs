//! Where the reader is: the part of the address after `#`, typed.
//!
//! Routes live in the fragment, so the built site works from any sub-path of any static host.
//! Refuses to know pages. A fragment that names nothing is a route too ([`Route::Lost`]): an edited
//! address must never stop the page.

use replicascope::Lang;
use yew_router::Routable;

#[derive(Clone, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    #[at("/")]
    Home,
    #[at("/lesson/:id")]
    Lesson { id: String },
    /// A lesson from somewhere else: from the address `src=` names, or from files.
    #[at("/lesson")]
    Foreign,
    #[at("/practice/:id")]
    Practice { id: String },
    /// Where a lesson's run shows the answer to a question, or a step.
    #[at("/moment/:lesson/:place")]
    Moment { lesson: String, place: String },
    #[at("/review")]
    Review,
    #[at("/interview")]
    Interview,
    #[at("/sandbox")]
    Sandbox,
    #[at("/run/*link")]
    Run { link: String },
    #[at("/embed/*what")]
    Embed { what: String },
    #[at("/fidelity")]
    Fidelity,
    #[at("/golden")]
    Golden,
    #[not_found]
    #[at("/lost")]
    Lost,
}

/// What the address says besides the route: `?lang=zh&from=3s`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    pub fn parse(query: &str) -> Params {
        let pairs = query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
        Params(
            pairs
                .take(32)
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (name.to_owned(), plain(value))
                })
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn lang(&self) -> Option<Lang> {
        self.get("lang").and_then(Lang::parse)
    }

    /// Takes from `other` what is not said here.
    pub fn or(mut self, other: Params) -> Params {
        for (name, value) in other.0 {
            if !self.has(&name) {
                self.0.push((name, value));
            }
        }
        self
    }
}

/// Undoes percent-encoding; what is not valid stays as it is.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code = hex
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a fragment: `#/lesson/LF-1?lang=zh`.
pub fn read(hash: &str) -> (Route, Params) {
    let hash = hash.trim_start_matches('#');
    let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
    let path = if path.is_empty() { "/" } else { path };
    let route = if path.starts_with('/') { Route::recognize(path) } else { None };
    (route.unwrap_or(Route::Lost), Params::parse(query))
}

/// The fragment for a route, for the `href` of a link.
pub fn href(route: &Route) -> String {
    format!("#{}", route.to_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_read_back() {
        let routes = [
            Route::Home,
            Route::Lesson { id: "LF-1".to_owned() },
            Route::Foreign,
            Route::Practice { id: "LF-1".to_owned() },
            Route::Moment { lesson: "LF-1".to_owned(), place: "gap".to_owned() },
            Route::Review,
            Route::Interview,
            Route::Sandbox,
            Route::Run { link: "1abc-_".to_owned() },
            Route::Embed { what: "LF-1".to_owned() },
            Route::Golden,
        ];
        for route in routes {
            assert_eq!(read(&href(&route)).0, route);
        }
    }

    #[test]
    fn parameters_stand_behind_the_route() {
        let (route, params) = read("#/lesson/LF-1?lang=zh&from=3s&note=a%20b%zz");
        assert_eq!(route, Route::Lesson { id: "LF-1".to_owned() });
        assert_eq!(params.lang(), Some(Lang::Zh));
        assert_eq!(params.get("from"), Some("3s"));
        assert_eq!(params.get("note"), Some("a b%zz"));
    }

    #[test]
    fn nonsense_is_a_place_too() {
        for hash in ["#foo", "#/nowhere", "#%%%", "#/lessons"] {
            assert_eq!(read(hash).0, Route::Lost, "{hash}");
        }
        assert_eq!(read("").0, Route::Home);
        assert_eq!(read("#").0, Route::Home);
    }
}
