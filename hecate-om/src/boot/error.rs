//! A boot that was refused.

use std::fmt;

use crate::boot_refusal::{self, BootRefusal, Reason};

/// A boot that was refused, at which step, and everything that it was refused for.
#[derive(Debug)]
pub(crate) struct BootError {
    pub(crate) step: &'static str,
    pub(crate) refusals: Vec<BootRefusal>,
}

impl BootError {
    /// A boot refused for one reason.
    pub(super) fn of(step: &'static str, reason: Reason, error: &impl fmt::Display) -> Self {
        Self {
            step,
            refusals: vec![BootRefusal::new(reason, error.to_string())],
        }
    }

    /// A boot that a signal interrupted; no reason of refusal.
    pub(super) const fn cancelled(step: &'static str) -> Self {
        Self {
            step,
            refusals: Vec::new(),
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.refusals.is_empty()
    }

    /// The reasons' names, comma-separated.
    pub(super) fn names(&self) -> String {
        boot_refusal::names(&self.refusals)
    }
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "boot refused at step `{}`: ", self.step)?;
        boot_refusal::write_all(f, &self.refusals)
    }
}

/// Names the step of what went wrong, and the reason.
pub(super) trait At<T> {
    /// What has no reason of its own.
    fn at(self, step: &'static str) -> Result<T, BootError>;

    /// What is refused for `reason`.
    fn refused(self, step: &'static str, reason: Reason) -> Result<T, BootError>;
}

impl<T, E: fmt::Display> At<T> for Result<T, E> {
    fn at(self, step: &'static str) -> Result<T, BootError> {
        self.refused(step, Reason::BOOT_FAILED)
    }

    fn refused(self, step: &'static str, reason: Reason) -> Result<T, BootError> {
        self.map_err(|error| BootError::of(step, reason, &error))
    }
}
