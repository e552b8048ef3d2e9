//! Schedules in a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RetryDescription;

/// A function that a service runs on a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The name, in logs and metrics.
    pub name: String,
    /// The period, `30s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// The cron pattern, in UTC: `0 3 * * *`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// `one` if one instance of the service runs each due time; `None` if all of them do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<String>,
    /// The function's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The retries of a failed run; `None` means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<RetryDescription>,
    /// The longest time that one attempt may take, `30s`; `None` means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The function's package (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, if it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Other fields, unchanged.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Schedule {
    /// Creates a schedule with only a name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            every: None,
            cron: None,
            replicas: None,
            doc: None,
            retries: None,
            deadline: None,
            package: None,
            library: None,
            other: BTreeMap::new(),
        }
    }
}
