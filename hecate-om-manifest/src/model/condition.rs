//! The `cfg` of a handler, for the message of a boot that is refused because of it.

use serde::{Deserialize, Serialize};

use super::Manifest;

/// Key of the conditions in a manifest in `OUT_DIR`. Other manifests lack it, because conditions
/// concern one build of one binary.
const FIELD: &str = "$conditions";

/// A handler under a `cfg`, whether or not its predicate is true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// The capability's name, the topic of the subscription or of the published fact, or the name of
    /// the schedule.
    pub handler: String,
    /// The handler's package.
    #[serde(rename = "crate")]
    pub package: String,
    /// The predicate, `feature = "full-text"`.
    pub cfg: String,
}

impl Manifest {
    /// Returns the handlers under a `cfg`, from a manifest that a build script wrote for the
    /// binary.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let value = self.other.get(FIELD).cloned();
        // Conditions only explain errors; if they do not parse, the explanation is missing.
        value.map_or_else(Vec::new, |value| {
            serde_json::from_value(value).unwrap_or_default()
        })
    }

    /// Returns the manifest with `conditions`, or without the key if there are none.
    #[must_use]
    pub fn with_conditions(mut self, conditions: &[Condition]) -> Self {
        self.other.remove(FIELD);
        // Conditions contain only text, so serialization does not fail.
        if let (false, Ok(value)) = (conditions.is_empty(), serde_json::to_value(conditions)) {
            self.other.insert(FIELD.to_owned(), value);
        }
        self
    }
}
