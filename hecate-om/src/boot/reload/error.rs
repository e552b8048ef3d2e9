//! The error of a refused reload.

use std::fmt;

use crate::boot_refusal::{self, BootRefusal};

/// Why a reload has changed nothing.
#[derive(Debug)]
pub(super) enum ReloadError {
    /// The settings have mistakes.
    Refused(Vec<BootRefusal>),
    /// The service's own `reload` failed.
    Service(String),
    /// The settings could not be read.
    Failed(String),
}

impl ReloadError {
    /// Returns the names of the refusals, comma-separated.
    pub(super) fn names(&self) -> String {
        match self {
            Self::Refused(refusals) => boot_refusal::names(refusals),
            Self::Service(_) | Self::Failed(_) => "reload_failed".into(),
        }
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusals) => boot_refusal::write_all(f, refusals),
            Self::Service(error) => write!(f, "the service's `reload` failed: {error}"),
            Self::Failed(error) => f.write_str(error),
        }
    }
}
