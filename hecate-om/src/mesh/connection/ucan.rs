//! UCAN tokens that callers present.

use std::fmt;
use std::str::FromStr;

use macula_rust::frame::{MAX_PROOFS, MAX_PROOFS_BYTES};

/// UCAN and its proofs, presented with a call; see
/// [`CallBuilder::ucan`](crate::call::CallBuilder::ucan).
///
/// Parse a `Ucan` from text with the token on the first line and its proofs (the tokens that
/// delegate to it) on the following lines, as in the files of `macula-cli`. The limits are 8 proofs
/// and 256 KiB in all. Parsing checks only the form; the provider verifies signatures, audience and
/// times.
///
/// ```
/// use hecate_om::identity::Ucan;
///
/// let error = "not a token".parse::<Ucan>().unwrap_err();
/// assert!(error.to_string().contains("line 1"), "{error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Ucan {
    token: Vec<u8>,
    proofs: Vec<Vec<u8>>,
}

/// Error: the text is not a [`Ucan`]. Check that each line is a whole token, and that the first
/// line is the token itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UcanError(String);

impl Ucan {
    /// Returns a token with its proofs.
    pub(in crate::mesh) const fn new(token: Vec<u8>, proofs: Vec<Vec<u8>>) -> Self {
        Self { token, proofs }
    }

    /// Returns the token and its proofs, each on a line, as [`str::parse`] reads them.
    ///
    /// Only the node that the token was issued to can use it.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let lines = std::iter::once(&self.token).chain(&self.proofs);
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line)).collect();
        lines.join("\n")
    }

    pub(in crate::mesh) fn token(&self) -> &[u8] {
        &self.token
    }

    pub(in crate::mesh) fn proofs(&self) -> &[Vec<u8>] {
        &self.proofs
    }
}

impl FromStr for Ucan {
    type Err = UcanError;

    fn from_str(text: &str) -> Result<Self, UcanError> {
        if text.len() > MAX_PROOFS_BYTES {
            return Err(UcanError(format!(
                "a UCAN and its proofs have at most {MAX_PROOFS_BYTES} bytes, and this text has {}",
                text.len()
            )));
        }
        let mut tokens = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if !is_token(line) {
                return Err(UcanError(format!(
                    "line {} is not a UCAN; write three parts of base64url, separated by dots",
                    n + 1
                )));
            }
            let token = line.as_bytes().to_vec();
            // More tokens are refused below, so they are not compared with each other.
            if tokens.len() <= MAX_PROOFS && tokens.contains(&token) {
                return Err(UcanError(format!(
                    "line {} repeats another one; remove it",
                    n + 1
                )));
            }
            tokens.push(token);
        }
        if tokens.is_empty() {
            return Err(UcanError(
                "no UCAN; write the token on the first line and its proofs on the next lines"
                    .into(),
            ));
        }
        let token = tokens.remove(0);
        if tokens.len() > MAX_PROOFS {
            return Err(UcanError(format!(
                "a UCAN has at most {MAX_PROOFS} proofs, and this one has {}",
                tokens.len()
            )));
        }
        Ok(Self {
            token,
            proofs: tokens,
        })
    }
}

/// Hides the token, because anyone with the node's key could present it.
impl fmt::Debug for Ucan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ucan({} proofs)", self.proofs.len())
    }
}

fn is_token(line: &str) -> bool {
    let base64url = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.bytes().all(base64url);
    line.split('.').count() == 3 && line.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_on_the_first_line_and_its_proofs_follow() {
        let ucan: Ucan = "a.b.c\n\n  d.e.f \r\ng.h.i\n".parse().unwrap();
        assert_eq!(ucan.token(), b"a.b.c");
        assert_eq!(ucan.proofs(), [b"d.e.f".to_vec(), b"g.h.i".to_vec()]);
        assert_eq!(format!("{ucan:?}"), "Ucan(2 proofs)");
        assert_eq!(ucan.to_lines(), "a.b.c\nd.e.f\ng.h.i");
    }

    #[test]
    fn text_that_is_not_a_token_is_refused_with_the_reason() {
        let why = |text: &str| text.parse::<Ucan>().unwrap_err().to_string();
        assert!(why(" \n").starts_with("no UCAN"));
        assert!(why("a.b.c\nd.e").starts_with("line 2 is not a UCAN"));
        for bad in ["a.b.c.d", "a..c", "a.b.c=", "a b.c.d", "ä.b.c"] {
            assert!(why(bad).starts_with("line 1"), "{bad}");
        }
        assert!(why("a.b.c\nd.e.f\nd.e.f").starts_with("line 3 repeats"));
        let ten: String = (0..10).map(|n| format!("a.b.{n}\n")).collect();
        assert!(why(&ten).contains("at most 8 proofs"));
        let nine: Ucan = ten.strip_suffix("a.b.9\n").unwrap().parse().unwrap();
        assert_eq!(nine.proofs().len(), 8);
        let long = format!("a.b.{}", "c".repeat(MAX_PROOFS_BYTES - 4));
        assert!(long.parse::<Ucan>().is_ok());
        assert!(why(&format!("{long}c")).contains("at most 262144 bytes"));
    }
}
