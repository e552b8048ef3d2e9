//! What a caller is told when a call does not end in a result.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The most of a refusal that the wire carries: an ERROR's detail, in bytes (macula-rust, `MAX_DETAIL_BYTES`).
const MAX_DETAIL: usize = 256;

/// A handler's refusal of a call: a stable code for programs, a text for people, and whether trying again can
/// help.
///
/// It crosses the wire as the detail of a `handler_error`: `code: text`, or `code; retry: text`, or
/// `code; retry_after_ms=500: text`. What [`Refusal::log`] adds stays in the service's own log.
///
/// ```
/// use hecate_om::Refusal;
///
/// let refusal = Refusal::new("unknown_source", "no document is called `notes.md`");
/// assert_eq!(refusal.code(), "unknown_source");
/// assert!(!refusal.retryable());
/// assert_eq!(refusal.to_string(), "unknown_source: no document is called `notes.md`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: Cow<'static, str>,
    text: String,
    retry: Option<Duration>,
    log: Option<String>,
}

impl Refusal {
    /// A refusal that a retry does not help. The code is lower-case words joined by `_`, and is part of the
    /// capability's contract; the text is for the caller, so it names nothing that only the operator may know.
    ///
    /// `busy` and `rate_limited` are the guard's words and say that nothing of the call was run: a caller takes it to
    /// another provider at once. A handler that refuses by them says the same.
    pub fn new(code: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
            retry: None,
            log: None,
        }
    }

    /// Says that the same call may succeed when made again, not before `after` has passed.
    #[must_use]
    pub const fn retry_after(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }

    /// Adds a detail for the service's own log. `{:#}` writes it, `{}` does not.
    ///
    /// ```
    /// use hecate_om::Refusal;
    ///
    /// let refusal = Refusal::new("unavailable", "the index is being rebuilt").log("segment 7 is corrupt");
    /// assert_eq!(refusal.to_string(), "unavailable: the index is being rebuilt");
    /// assert_eq!(format!("{refusal:#}"), "unavailable: the index is being rebuilt (segment 7 is corrupt)");
    /// ```
    #[must_use]
    pub fn log(mut self, detail: impl Into<String>) -> Self {
        self.log = Some(detail.into());
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The text for the caller.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether trying again can help.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        self.retry.is_some()
    }

    /// How long to wait before trying again; `None` where that does not help.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        self.retry
    }

    pub(crate) fn logged(&self) -> Option<&str> {
        self.log.as_deref()
    }

    /// The detail of the wire's `handler_error`, at most 256 bytes, cut between characters.
    pub(crate) fn to_detail(&self) -> String {
        let mut detail: String = self
            .code
            .chars()
            .map(|c| match c {
                'a'..='z' | '0'..='9' | '_' => c,
                _ => '_',
            })
            .collect();
        if detail.is_empty() {
            detail.push_str("refused");
        }
        if let Some(after) = self.retry {
            match after.as_millis() {
                0 => detail.push_str("; retry"),
                ms => detail.push_str(&format!("; retry_after_ms={ms}")),
            }
        }
        if !self.text.is_empty() {
            detail.push_str(": ");
            detail.push_str(&self.text);
        }
        if detail.len() > MAX_DETAIL {
            let cut = (0..=MAX_DETAIL - '…'.len_utf8())
                .rev()
                .find(|&at| detail.is_char_boundary(at))
                .unwrap_or(0);
            detail.truncate(cut);
            detail.push('…');
        }
        detail
    }

    /// The refusal that a detail says; one that is not in our form (another implementation's) is the code where
    /// it is a single word, else the text.
    pub(crate) fn from_detail(detail: &str) -> Self {
        let is_code = |s: &str| {
            !s.is_empty()
                && s.bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        let (head, text) = detail.split_once(": ").unwrap_or((detail, ""));
        let (code, retry) = head.split_once("; ").unwrap_or((head, ""));
        let retry = match retry {
            "" => Some(None),
            "retry" => Some(Some(Duration::ZERO)),
            other => other
                .strip_prefix("retry_after_ms=")
                .and_then(|ms| ms.parse().ok())
                .map(|ms| Some(Duration::from_millis(ms))),
        };
        match retry {
            Some(retry) if is_code(code) => Self {
                code: code.to_owned().into(),
                text: text.to_owned(),
                retry,
                log: None,
            },
            _ => Self::new("refused", detail),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        match &self.log {
            Some(detail) if f.alternate() => write!(f, " ({detail})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_crosses_the_wire_unchanged() {
        for refusal in [
            Refusal::new("busy", "64 calls are running").retry_after(Duration::from_millis(500)),
            Refusal::new("busy", "").retry_after(Duration::ZERO),
            Refusal::new("rate_limited", ""),
            Refusal::new("unknown_source", "no document: `a: b; retry`"),
        ] {
            assert_eq!(Refusal::from_detail(&refusal.to_detail()), refusal);
        }
    }

    #[test]
    fn another_implementations_text_is_kept_whole() {
        let refusal = Refusal::from_detail("Something went wrong: badly");
        assert_eq!(refusal.code(), "refused");
        assert_eq!(refusal.text(), "Something went wrong: badly");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let detail = Refusal::new("long", "ä".repeat(400)).to_detail();
        assert!(detail.len() <= MAX_DETAIL);
        assert!(detail.ends_with('…'));
    }

    #[test]
    fn a_code_of_other_characters_cannot_break_the_form() {
        assert_eq!(Refusal::new("Not: ok", "x").to_detail(), "_ot__ok: x");
        assert_eq!(Refusal::new("", "x").to_detail(), "refused: x");
    }
}
