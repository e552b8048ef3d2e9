//! One schedule in a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something a service does by the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// What it is called, in logs and metrics.
    pub name: String,
    /// How long between two runs, `30s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// When it runs, as cron has it, in UTC: `0 3 * * *`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// The function's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The package that holds the function (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, where it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Everything else, as it was.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Schedule {
    /// A schedule of which only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            every: None,
            cron: None,
            doc: None,
            package: None,
            library: None,
            other: BTreeMap::new(),
        }
    }
}
