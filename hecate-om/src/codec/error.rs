//! Errors of encoding and decoding, with their location in the value.

use std::cell::Cell;
use std::fmt;

use serde::de::{Expected, Unexpected};

/// Expectation that serde's `bool` reports.
const BOOLEAN: &str = "a boolean";

/// Maximum length of an error's text in bytes, because a refusal on the wire has at most 256.
const MAX_TEXT: usize = 160;

/// Error of encoding or decoding, with its location in the value, such as `$.chunks[2].score`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecError {
    text: String,
    /// Steps of the location, from the innermost outwards.
    path: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl CodecError {
    /// Creates an error with this text, truncated so that the location still fits into the refusal.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > MAX_TEXT {
            let cut = (0..=MAX_TEXT).rev().find(|&at| text.is_char_boundary(at));
            text.truncate(cut.unwrap_or(0));
            text.push('…');
        }
        Self {
            text,
            path: Vec::new(),
        }
    }

    pub(super) fn beyond_32_bits(x: f64) -> Self {
        Self::new(format!("the float {x:e} is outside the range of 32 bits"))
    }

    /// Creates the error of a sample that serde buffered. It is never shown.
    pub(super) fn buffered() -> Self {
        Self::new("buffered")
    }

    pub(super) fn under(mut self, key: impl Into<String>) -> Self {
        self.path.push(Step::Key(key.into()));
        self
    }

    pub(super) fn at(mut self, index: usize) -> Self {
        self.path.push(Step::Index(index));
        self
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.path.is_empty() {
            return Ok(());
        }
        f.write_str(" at $")?;
        self.path.iter().rev().try_for_each(|step| match step {
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}

impl std::error::Error for CodecError {}

impl serde::ser::Error for CodecError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text.to_string())
    }
}

thread_local! {
    static BOOLEAN_WANTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read`, and returns whether serde expected a boolean where it had buffered a 0 or 1 as an
/// integer. The result of `read` does not show this, because an untagged enum discards the error
/// and tries the next variant.
pub(super) fn detect_booleans<T>(read: impl FnOnce() -> T) -> (T, bool) {
    let before = BOOLEAN_WANTED.replace(false);
    let result = read();
    (result, BOOLEAN_WANTED.replace(before))
}

impl serde::de::Error for CodecError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // The codec itself reads a 0 or 1 as a boolean, so this error comes from the buffer of
        // serde.
        if matches!(unexpected, Unexpected::Unsigned(0 | 1)) && expected.to_string() == BOOLEAN {
            BOOLEAN_WANTED.set(true);
        }
        Self::custom(format_args!(
            "invalid type: {unexpected}, expected {expected}"
        ))
    }
}
