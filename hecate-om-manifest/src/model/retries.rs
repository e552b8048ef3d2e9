//! Retries in a manifest.

use hecate_om_grammar::{Retries, Written};
use serde::{Deserialize, Serialize};

/// Retries of a failed handler, as a manifest shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryDescription {
    /// Maximum number of retries, after the first attempt.
    pub max: u32,
    /// Bounds of the delays between the attempts: `1s..1m`.
    pub backoff: String,
    /// The longest time from the first failure to the last attempt, without the time that the
    /// attempts take: `31s`.
    pub window: String,
}

impl From<Retries> for RetryDescription {
    fn from(retries: Retries) -> Self {
        Self {
            max: retries.max,
            backoff: format!("{}..{}", Written(retries.first), Written(retries.longest)),
            window: Written(retries.window()).to_string(),
        }
    }
}
