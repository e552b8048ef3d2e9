//! Settings in a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A setting of a service, from its settings struct.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The environment variable, `RAG_TOP_K`, which is also the name in a configuration file.
    pub variable: String,
    /// The flag, `--top-k`; a secret has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// The type of the value, as in the source (`type` in the file).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    /// The values of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The default value, as an operator would write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether the service refuses to boot without it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether it is a secret, which comes from a file, a systemd credential or the variable.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    /// Whether a reload changes the value while the service runs; a reload also changes every secret.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reload: bool,
    /// The first paragraph of the field's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Other fields, unchanged.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
