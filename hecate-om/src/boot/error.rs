//! A boot that was refused.

use std::fmt;

/// A boot that was refused, and at which step.
#[derive(Debug)]
pub(super) struct BootError {
    pub(super) step: &'static str,
    pub(super) text: String,
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "boot refused at step `{}`: {}", self.step, self.text)
    }
}

/// Names the step of what went wrong.
pub(super) trait At<T> {
    fn at(self, step: &'static str) -> Result<T, BootError>;
}

impl<T, E: fmt::Display> At<T> for Result<T, E> {
    fn at(self, step: &'static str) -> Result<T, BootError> {
        self.map_err(|error| BootError {
            step,
            text: error.to_string(),
        })
    }
}
