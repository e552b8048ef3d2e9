//! Replacement of the value of a secret.

use std::fmt;

/// Result of replacing the value of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Update {
    Replaced,
    /// The text does not parse; the old value stays.
    Malformed,
    /// No copy of the secret exists any more.
    Unused,
}

/// Handle to replace the value of a secret by a new text.
pub struct Updater(Box<dyn Fn(&str) -> Update + Send + Sync>);

impl Updater {
    pub(super) fn new(update: impl Fn(&str) -> Update + Send + Sync + 'static) -> Self {
        Self(Box::new(update))
    }

    pub(super) fn update(&self, text: &str) -> Update {
        (self.0)(text)
    }
}

impl fmt::Debug for Updater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Updater")
    }
}
