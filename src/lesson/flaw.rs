//! What is wrong with something that an author wrote, where it stands, and how to cure it.
//! Refuses to know how it is shown.

use std::fmt;

/// One mistake. `file` is empty until somebody who knows the file puts it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub file: String,
    /// Counted from 1; 0 when it is about the file as a whole.
    pub line: usize,
    pub what: String,
    pub cure: String,
}

impl Flaw {
    #[must_use]
    pub fn new(line: usize, what: impl Into<String>, cure: impl Into<String>) -> Flaw {
        Flaw { file: String::new(), line, what: what.into(), cure: cure.into() }
    }

    /// Says which file it is in; the first to say so is right.
    #[must_use]
    pub fn within(mut self, file: &str) -> Flaw {
        if self.file.is_empty() {
            file.clone_into(&mut self.file);
        }
        self
    }
}

/// `lessons/x/scenario.txt:12: what is wrong. Cure: what to do.`
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "line" } else { &self.file };
        match self.line {
            0 => write!(f, "{file}: ")?,
            line => write!(f, "{file}:{line}: ")?,
        }
        write!(f, "{}. Cure: {}.", self.what, self.cure)
    }
}

impl std::error::Error for Flaw {}
