//! Errors of parsing a name.

use std::error::Error;
use std::fmt;

use super::{MAX_PROCEDURE_BYTES, MAX_TOPIC_BYTES};

/// Error of parsing a name. The message says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// The name, or one part of it between slashes, is empty.
    Empty {
        /// What the text was parsed as: `organisation`, `service name`, `capability name`, `topic`.
        what: &'static str,
        /// The whole text.
        text: String,
    },
    /// A character that names do not allow at its position.
    Character {
        /// What the text was parsed as.
        what: &'static str,
        /// The whole text.
        text: String,
        /// The character.
        found: char,
        /// Position of the character, counted in characters from 1.
        position: usize,
        /// An allowed spelling of the text, if there is an obvious one.
        suggestion: Option<String>,
    },
    /// A name longer than [`MAX_PROCEDURE_BYTES`] allows.
    TooLong {
        /// What the text was parsed as.
        what: &'static str,
        /// Length of the text in bytes.
        bytes: usize,
    },
    /// A capability name that ends like a version, `_v2`.
    SpellsVersion {
        /// The whole text.
        text: String,
        /// The version at its end.
        suffix: String,
    },
    /// A topic longer than [`MAX_TOPIC_BYTES`].
    TopicTooLong {
        /// Length of the text in bytes.
        bytes: usize,
    },
    /// A topic without the version of its fact.
    NoVersion {
        /// The whole text.
        text: String,
    },
}

impl Error for NameError {}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { what, text } => {
                write!(f, "the {what} is empty")?;
                if !text.is_empty() {
                    write!(f, " in `{text}`")?;
                }
                f.write_str(": each part between slashes needs at least one character")
            }
            Self::Character {
                what,
                text,
                found,
                position,
                suggestion,
            } => {
                write!(
                    f,
                    "`{found}` at character {position} of the {what} `{text}` is not allowed: start with a lowercase \
                     letter or a digit, and continue with those, `.`, `_` and `-`"
                )?;
                match suggestion {
                    Some(name) => write!(f, ", as in `{name}`"),
                    None => Ok(()),
                }
            }
            Self::TooLong { what, bytes } => write!(
                f,
                "the {what} is {bytes} bytes long, but organisation and capability name together have at most \
                 {MAX_PROCEDURE_BYTES} bytes: use a shorter name"
            ),
            Self::SpellsVersion { text, suffix } => {
                let base = text.strip_suffix(suffix.as_str()).unwrap_or(text);
                let version = suffix.trim_start_matches("_v");
                write!(
                    f,
                    "the capability name `{text}` ends in `{suffix}`, the notation of a version on the wire: write \
                     `{base}` with `version = {version}`"
                )
            }
            Self::TopicTooLong { bytes } => write!(
                f,
                "the topic is {bytes} bytes long, but at most {MAX_TOPIC_BYTES} are allowed: use a shorter topic"
            ),
            Self::NoVersion { text } => write!(
                f,
                "the topic `{text}` does not end in the version of the fact: write `{text}_v1`"
            ),
        }
    }
}
