//! Published facts in a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A kind of fact that a service publishes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// The topic, `acme/shop/order_placed_v1`.
    pub topic: String,
    /// The documentation of the fact's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The type of the fact, as in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The JSON Schema of the fact on the wire. Only `<service> manifest` has it, because it
    /// requires the compiled types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_schema: Option<Value>,
    /// The type's package (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, if it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Other fields, unchanged.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Publication {
    /// Creates a publication with only a topic.
    #[must_use]
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            doc: None,
            fact: None,
            fact_schema: None,
            package: None,
            library: None,
            other: BTreeMap::new(),
        }
    }
}
