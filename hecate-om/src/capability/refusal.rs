//! Refusals of calls.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// Maximum length of a refusal on the wire in bytes: that of the detail of an ERROR frame
/// (macula-rust, `MAX_DETAIL_BYTES`).
const MAX_DETAIL: usize = 256;

/// Refusal of a call: a stable code for programs, a text for people, and whether a retry can
/// succeed.
///
/// On the wire, a refusal is the detail of a `handler_error`: `code: text`, `code; retry: text` or
/// `code; retry_after_ms=500: text`. The detail that [`Refusal::log`] adds stays in the service's
/// log.
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
    retry_after: Option<Duration>,
    log: Option<String>,
    /// Whether the handler has certainly not run.
    before_run: bool,
}

impl Refusal {
    /// Creates a refusal for which a retry cannot succeed.
    ///
    /// `code` consists of lower-case words joined by `_`, and is part of the capability's contract.
    /// `text` is for the caller, so it must not contain anything that only the operator may know.
    ///
    /// The guard uses the codes `busy` and `rate_limited`. A caller concludes from them that no
    /// handler ran, and tries another provider at once. Use these codes in a handler only if that
    /// is true.
    pub fn new(code: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
            retry_after: None,
            log: None,
            before_run: false,
        }
    }

    /// Marks the refusal of a call whose handler did not run.
    pub(crate) const fn before_run(mut self) -> Self {
        self.before_run = true;
        self
    }

    pub(crate) const fn is_before_run(&self) -> bool {
        self.before_run
    }

    /// Adds that a retry may succeed after this time.
    #[must_use]
    pub const fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Adds a detail for the service's log. The format `{:#}` includes the detail; `{}` does not.
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

    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the text for the caller.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether a retry can succeed.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        self.retry_after.is_some()
    }

    /// Returns the time to wait before a retry; `None` if a retry cannot succeed.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the detail for the service's log.
    pub(crate) fn log_detail(&self) -> Option<&str> {
        self.log.as_deref()
    }

    /// Returns the detail for the wire, truncated between characters to at most [`MAX_DETAIL`]
    /// bytes.
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
        if let Some(after) = self.retry_after {
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

    /// Parses a detail from the wire. A detail of another implementation may not have this form: a
    /// single word is then the code, and any other text is the text of a refusal with the code
    /// `refused`.
    pub(crate) fn from_detail(detail: &str) -> Self {
        let is_code = |s: &str| {
            !s.is_empty()
                && s.bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        let (head, text) = detail.split_once(": ").unwrap_or((detail, ""));
        let (code, retry_after) = head.split_once("; ").unwrap_or((head, ""));
        let retry_after = match retry_after {
            "" => Some(None),
            "retry" => Some(Some(Duration::ZERO)),
            other => other
                .strip_prefix("retry_after_ms=")
                .and_then(|ms| ms.parse().ok())
                .map(|ms| Some(Duration::from_millis(ms))),
        };
        match retry_after {
            Some(retry_after) if is_code(code) => Self {
                code: code.to_owned().into(),
                text: text.to_owned(),
                retry_after,
                log: None,
                before_run: false,
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
            Refusal::new("busy", "64 calls are running")
                .with_retry_after(Duration::from_millis(500)),
            Refusal::new("busy", "").with_retry_after(Duration::ZERO),
            Refusal::new("rate_limited", ""),
            Refusal::new("unknown_source", "no document: `a: b; retry`"),
        ] {
            assert_eq!(Refusal::from_detail(&refusal.to_detail()), refusal);
        }
    }

    #[test]
    fn a_detail_of_another_implementation_is_the_text() {
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
    fn other_characters_in_a_code_are_replaced() {
        assert_eq!(Refusal::new("Not: ok", "x").to_detail(), "_ot__ok: x");
        assert_eq!(Refusal::new("", "x").to_detail(), "refused: x");
    }
}
