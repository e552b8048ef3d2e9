//! One subscription in a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A kind of fact that a service listens to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// What it listens to, `acme/shop/order_placed_v1`.
    pub topic: String,
    /// The handler's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The type of the fact as the author wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The JSON Schema of the fact as the wire carries it; only in the complete descriptor that the
    /// binary prints, because it needs compiled types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_schema: Option<Value>,
    /// What becomes of facts that may have been missed.
    #[serde(default)]
    pub gaps: Gaps,
    /// How many facts are handled at once, where it is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// The package that holds the handler (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, where it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Everything else, as it was.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// What a handler makes of facts that it may have missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gaps {
    /// It is told of each interruption and each gap.
    #[default]
    Handled,
    /// Its author has said that they do not matter.
    Ignored,
}

impl Subscription {
    /// A subscription to `topic` of which nothing else is known.
    #[must_use]
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            doc: None,
            fact: None,
            fact_schema: None,
            gaps: Gaps::Handled,
            concurrency: None,
            package: None,
            library: None,
            other: BTreeMap::new(),
        }
    }
}
