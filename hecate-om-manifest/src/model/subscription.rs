//! Subscriptions in a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RetryDescription;

/// A subscription of a service to facts of one topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// The topic, `acme/shop/order_placed_v1`.
    pub topic: String,
    /// The handler's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The type of the fact, as in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The JSON Schema of the fact on the wire. Only `<service> manifest` has it, because it
    /// requires the compiled types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_schema: Option<Value>,
    /// Whether the handler receives gaps.
    #[serde(default)]
    pub gaps: Gaps,
    /// The number of facts handled at once; `None` means one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// The retries of a failed handler; `None` means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<RetryDescription>,
    /// The longest time that one attempt may take, `30s`; `None` means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// `kept` if later facts wait for the retries of an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The handler's package (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, if it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Other fields, unchanged.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// Whether a handler receives gaps: times in which facts may have been missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gaps {
    /// The handler receives each interruption and each gap.
    #[default]
    Handled,
    /// The handler receives no gaps, because missed facts do not matter to it.
    Ignored,
}

impl Subscription {
    /// Creates a subscription with only a topic.
    #[must_use]
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            doc: None,
            fact: None,
            fact_schema: None,
            gaps: Gaps::Handled,
            concurrency: None,
            retries: None,
            deadline: None,
            order: None,
            package: None,
            library: None,
            other: BTreeMap::new(),
        }
    }
}
