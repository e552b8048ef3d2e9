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
    /// Maximum number of retries of a fact whose handling failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
    /// The longest time from the first failure to the last attempt, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_window_ms: Option<u64>,
}

impl FactDescription {
    pub(crate) fn new(handler: &FactHandler) -> Self {
        Self {
            topic: handler.topic,
            description: handler.doc,
            fact: handler.fact,
            fact_schema: handler.fact_schema().map(|schema| schema.to_string()),
            retries: handler.failure.retries.map(|retries| retries.max),
            retry_window_ms: handler
                .failure
                .retries
                .map(|retries| u64::try_from(retries.window().as_millis()).unwrap_or(u64::MAX)),
        }
    }
}
