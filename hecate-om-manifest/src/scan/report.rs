//! Problems and their locations.

use std::fmt;
use std::path::{Path, PathBuf};

use proc_macro2::Span;

/// A location in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the scanned package if inside it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Location {
    pub(super) fn new(file: &Path, span: Span) -> Self {
        let start = span.start();
        Self {
            file: file.to_owned(),
            line: start.line,
            column: start.column + 1,
        }
    }

    /// Returns the location with a path relative to `dir`, if inside it.
    pub(super) fn relative_to(mut self, dir: &Path) -> Self {
        if let Ok(relative) = self.file.strip_prefix(dir) {
            self.file = relative.to_owned();
        }
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// A mistake that only the scanner can find: location, fact, and what to do, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The location; `None` for the whole package.
    pub location: Option<Location>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    pub(super) fn at(location: Location, message: impl Into<String>) -> Self {
        Self {
            location: Some(location),
            message: message.into(),
        }
    }

    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            location: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
