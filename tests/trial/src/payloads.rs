//! Payloads of every kind.

use std::collections::BTreeMap;

use hecate_om::{Call, capability};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A document, or a part of one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"title": "Tides", "public": true, "pages": 3, "tags": ["sea"]}))]
pub(crate) struct Document {
    title: String,
    /// Whether everyone may read the document.
    public: bool,
    pages: u32,
    tags: Vec<String>,
    #[serde(default)]
    note: Option<String>,
}

/// Returns the given document.
#[capability("trial.document", version = 1, access = open, idempotent)]
async fn document(document: Document) -> Document {
    document
}

/// Returns the given text.
#[capability("trial.text", version = 1, access = open, deprecated(since = "0.1.0", use = "trial.text version 2"))]
async fn text(text: String) -> String {
    text
}

/// Returns the given text in capitals: the second version.
#[capability("trial.text", version = 2, access = open)]
async fn text_in_capitals(text: String) -> String {
    text.to_uppercase()
}

/// Returns the given texts by their numbers.
#[capability("trial.numbered", version = 1, access = open)]
async fn numbered(texts: BTreeMap<u64, String>) -> BTreeMap<u64, String> {
    texts
}

/// Accepts at most 64 bytes.
#[capability("trial.small", version = 1, access = open, max_bytes = "64 B")]
async fn small(text: String) -> usize {
    text.len()
}

/// Returns an integer that the wire does not support.
#[capability("trial.huge", version = 1, access = open)]
async fn huge() -> u64 {
    u64::MAX
}

/// Returns the caller's node id.
#[capability("trial.caller", version = 1, access = open)]
async fn caller(call: &Call) -> String {
    call.caller().to_string()
}
