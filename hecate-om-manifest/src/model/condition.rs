//! The `cfg` that a handler is compiled under, so that a boot that is refused for it can name it.

use serde::{Deserialize, Serialize};

use super::Manifest;

/// Where a manifest in `OUT_DIR` has them. They are in no other: they concern one build of one binary.
const FIELD: &str = "$conditions";

/// A handler that is compiled under a `cfg`, whether or not that holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// The capability's name, the topic of the subscription, or the name of the schedule.
    pub handler: String,
    /// The package that contains it.
    #[serde(rename = "crate")]
    pub package: String,
    /// The predicate, `feature = "full-text"`.
    pub cfg: String,
}

impl Manifest {
    /// The handlers that are compiled under a `cfg`, of a manifest that a build script wrote for the binary.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let value = self.other.get(FIELD).cloned();
        // They explain what is wrong. Where they do not parse, the explanation is missing.
        value.map_or_else(Vec::new, |value| {
            serde_json::from_value(value).unwrap_or_default()
        })
    }

    /// The manifest with `conditions`; without any, where there are none.
    #[must_use]
    pub fn with_conditions(mut self, conditions: &[Condition]) -> Self {
        self.other.remove(FIELD);
        // Nothing but text is in them, which does not fail.
        if let (false, Ok(value)) = (conditions.is_empty(), serde_json::to_value(conditions)) {
            self.other.insert(FIELD.to_owned(), value);
        }
        self
    }
}
