//! The options of a real tool's line: `--name value` and bare `--name`. It refuses to know what
//! they mean.

use scene::{CommandError, Told, Words};

/// Options in the order in which they stood.
pub(crate) struct Options<'a> {
    given: Vec<(&'a str, &'a str)>,
}

impl<'a> Options<'a> {
    /// Reads the rest of a line.
    ///
    /// # Errors
    /// An option that the tool does not have here.
    pub(crate) fn read(
        words: &mut Words<'a>,
        with_value: &[&str],
        bare: &[&str],
    ) -> Result<Options<'a>, CommandError> {
        let mut given = Vec::new();
        while let Some(name) = words.take() {
            if with_value.contains(&name) {
                given.push((name, words.take().unwrap_or_default()));
            } else if bare.contains(&name) {
                given.push((name, ""));
            } else {
                let what = Told::new("error.unknown-option").with("option", name);
                let known = with_value.iter().chain(bare).copied();
                return Err(CommandError::new(what).at(words.column()).expected(known));
            }
        }
        Ok(Options { given })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        self.values(name).last()
    }

    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.given.iter().filter(move |(given, _)| *given == name).map(|(_, value)| *value)
    }
}
