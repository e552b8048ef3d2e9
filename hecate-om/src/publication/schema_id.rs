//! Ids of schemas, by which a subscriber recognizes that a publisher has another schema.

use std::fmt;
use std::str::FromStr;

use hecate_om_manifest::diff::schema::canonical;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The first bytes of the hash of a schema, without its annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SchemaId([u8; 8]);

impl SchemaId {
    /// The id of a missing schema, which is compared with no other.
    const UNKNOWN: Self = Self([0; 8]);

    pub(crate) fn of(schema: Option<&Value>) -> Self {
        let Some(schema) = schema else {
            return Self::UNKNOWN;
        };
        let hash = Sha256::digest(canonical(schema).to_string());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash[..8]);
        Self(bytes)
    }

    /// Returns whether both schemas are known and differ.
    pub(crate) fn differs_from(self, other: Self) -> bool {
        self != other && self != Self::UNKNOWN && other != Self::UNKNOWN
    }
}

impl FromStr for SchemaId {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for SchemaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_known_schemas_with_other_values_differ() {
        let id = |schema: Value| SchemaId::of(Some(&schema));
        let text = id(json!({"type": "string", "description": "Text."}));
        assert_eq!(text, id(json!({"type": "string"})));
        assert!(text.differs_from(id(json!({"type": "integer"}))));
        assert!(!text.differs_from(SchemaId::of(None)));
        assert!(!SchemaId::of(None).differs_from(text));
        assert_eq!(text.to_string().parse(), Ok(text));
    }
}
