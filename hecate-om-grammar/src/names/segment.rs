//! Rules for the characters and the length of names.

use std::ops::Range;

use super::{MAX_PROCEDURE_BYTES, NameError};

/// The longest version suffix, `_v4294967295`, and the slash after the organisation: what a
/// procedure needs besides the two names.
const SUFFIX_AND_SLASH: usize = "_v4294967295".len() + 1;

pub(super) fn org(text: &str) -> Result<(), NameError> {
    segment("organisation", text, 0..text.len())?;
    length("organisation", text)
}

pub(super) fn service(text: &str) -> Result<(), NameError> {
    segment("service name", text, 0..text.len())?;
    length("service name", text)
}

pub(super) fn capability(text: &str) -> Result<(), NameError> {
    let what = "capability name";
    let mut start = 0;
    for part in text.split('/') {
        segment(what, text, start..start + part.len())?;
        start += part.len() + 1;
    }
    length(what, text)?;
    if let Some(suffix) = version_suffix(text) {
        return Err(NameError::SpellsVersion {
            text: text.to_owned(),
            suffix: suffix.to_owned(),
        });
    }
    Ok(())
}

/// Checks one segment of `text`. Errors give positions in the whole text.
pub(super) fn segment(what: &'static str, text: &str, part: Range<usize>) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::Empty {
            what,
            text: text.to_owned(),
        });
    }
    let bad = text[part.clone()].char_indices().find(|&(at, c)| {
        let anywhere = c.is_ascii_lowercase() || c.is_ascii_digit();
        !(anywhere || at > 0 && matches!(c, '.' | '_' | '-'))
    });
    bad.map_or(Ok(()), |(at, found)| {
        Err(NameError::Character {
            what,
            text: text.to_owned(),
            found,
            position: text[..part.start + at].chars().count() + 1,
            suggestion: corrected(text),
        })
    })
}

/// Checks that a procedure with this name can fit: its other part has at least one byte.
fn length(what: &'static str, text: &str) -> Result<(), NameError> {
    if text.len() + SUFFIX_AND_SLASH + 1 > MAX_PROCEDURE_BYTES {
        return Err(NameError::TooLong {
            what,
            bytes: text.len(),
        });
    }
    Ok(())
}

pub(super) fn version_suffix(text: &str) -> Option<&str> {
    let base = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let at = base.len().checked_sub(2)?;
    (base.len() < text.len() && base.ends_with("_v")).then(|| &text[at..])
}

/// Returns an allowed spelling, if there is an obvious one.
fn corrected(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let name: String = lower
        .chars()
        .map(|c| if c == ' ' { '-' } else { c })
        .collect();
    (name != text && capability(&name).is_ok()).then_some(name)
}
