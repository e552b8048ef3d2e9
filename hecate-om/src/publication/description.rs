//! The description of a published fact in `describe_capabilities`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Publication;

/// Description of one published fact in `describe_capabilities`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DescribedPublication")]
pub(crate) struct PublicationDescription {
    topic: &'static str,
    description: &'static str,
    fact: &'static str,
    /// JSON Schema as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    fact_schema: Option<String>,
}

impl PublicationDescription {
    pub(crate) fn new(publication: &Publication) -> Self {
        Self {
            topic: publication.topic,
            description: publication.doc,
            fact: publication.fact,
            fact_schema: publication.fact_schema().map(|schema| schema.to_string()),
        }
    }
}
