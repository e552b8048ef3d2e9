//! The description of a subscription in `describe_capabilities`.

use schemars::JsonSchema;
use serde::Serialize;

use super::FactHandler;

/// Description of one subscription in `describe_capabilities`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DescribedFact")]
pub(crate) struct FactDescription {
    topic: &'static str,
    description: &'static str,
    fact: &'static str,
    /// JSON Schema as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    fact_schema: Option<String>,
}

impl FactDescription {
    pub(crate) fn new(handler: &FactHandler) -> Self {
        Self {
            topic: handler.topic,
            description: handler.doc,
            fact: handler.fact,
            fact_schema: handler.fact_schema().map(|schema| schema.to_string()),
        }
    }
}
