//! The error of a boot that was refused or interrupted.

use std::fmt;

use crate::boot_refusal::{self, BootRefusal, Reason};

/// Error of a boot that was refused or interrupted, with the step and every refusal.
#[derive(Debug)]
pub(crate) struct BootError {
    pub(crate) step: &'static str,
    pub(crate) refusals: Vec<BootRefusal>,
}

impl BootError {
    /// Creates the error of a boot refused for one reason.
    pub(super) fn new(step: &'static str, reason: Reason, error: &impl fmt::Display) -> Self {
        Self {
            step,
            refusals: vec![BootRefusal::new(reason, error.to_string())],
        }
    }

    /// Creates the error of a boot that a signal interrupted. It has no refusals.
    pub(super) const fn cancelled(step: &'static str) -> Self {
        Self {
            step,
            refusals: Vec::new(),
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.refusals.is_empty()
    }

    /// Returns the names of the refusals, comma-separated.
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

/// Converts an error within a boot step into a [`BootError`].
pub(super) trait StepResult<T> {
    /// Refuses boot at `step`, without a specific reason.
    fn at_step(self, step: &'static str) -> Result<T, BootError>;

    /// Refuses boot at `step` for `reason`.
    fn refused_at(self, step: &'static str, reason: Reason) -> Result<T, BootError>;
}

impl<T, E: fmt::Display> StepResult<T> for Result<T, E> {
    fn at_step(self, step: &'static str) -> Result<T, BootError> {
        self.refused_at(step, Reason::BOOT_FAILED)
    }

    fn refused_at(self, step: &'static str, reason: Reason) -> Result<T, BootError> {
        self.map_err(|error| BootError::new(step, reason, &error))
    }
}
