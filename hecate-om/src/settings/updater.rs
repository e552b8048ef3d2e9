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
pub struct Updater {
    update: Box<dyn Fn(&str) -> Update + Send + Sync>,
    is_used: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Updater {
    /// Creates the handle. `is_used` returns whether a copy of the secret exists.
    pub(super) fn new(
        update: impl Fn(&str) -> Update + Send + Sync + 'static,
        is_used: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            update: Box::new(update),
            is_used: Box::new(is_used),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        (self.is_used)()
    }

    pub(super) fn update(&self, text: &str) -> Update {
        (self.update)(text)
    }
}

impl fmt::Debug for Updater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Updater")
    }
}
