//! Ids of the nodes in a mesh.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Id of a node in the mesh: 32 bytes that the node's key proves, written as 64 lower-case hex
/// digits.
///
/// In a payload, a manifest or JSON, the id is a string of hex digits.
///
/// ```
/// use hecate_om::identity::NodeId;
///
/// let id = NodeId::from([0xab; 32]);
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId([u8; 32]);

impl NodeId {
    /// Returns the id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the id's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Error of parsing a text that is not a node id, which is written as 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a node id: write its 64 hex digits")]
pub struct NodeIdError(String);

impl FromStr for NodeId {
    type Err = NodeIdError;

    fn from_str(text: &str) -> Result<Self, NodeIdError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NodeIdError(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl From<[u8; 32]> for NodeId {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<NodeId> for [u8; 32] {
    fn from(id: NodeId) -> Self {
        id.0
    }
}

impl AsRef<[u8]> for NodeId {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for NodeId {
    fn schema_name() -> Cow<'static, str> {
        "NodeId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    const ID: NodeId = NodeId::from_bytes([0xa7; 32]);

    #[test]
    fn an_id_is_written_and_read_as_64_hex_digits() {
        let text = ID.to_string();
        assert_eq!(text, "a7".repeat(32));
        assert_eq!(text.parse(), Ok(ID));
        assert_eq!(text.to_uppercase().parse(), Ok(ID));
        for wrong in ["", "a7", &text[1..], &format!("{text}00"), &"g7".repeat(32)] {
            let error = wrong.parse::<NodeId>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`{wrong}` is not a node id: write its 64 hex digits")
            );
        }
    }

    #[test]
    fn an_id_converts_from_and_to_its_bytes() {
        let bytes = [0xa7; 32];
        assert_eq!(NodeId::from(bytes), ID);
        assert_eq!(<[u8; 32]>::from(ID), bytes);
        assert_eq!(ID.as_ref(), bytes);
        assert_eq!(ID.as_bytes(), &bytes);
    }

    #[test]
    fn an_id_in_a_payload_or_in_json_is_a_string() {
        let payload = codec::encode(&ID).unwrap();
        assert_eq!(payload, codec::encode(&ID.to_string()).unwrap());
        assert_eq!(codec::decode::<NodeId>(payload).unwrap(), ID);
        let json = serde_json::to_string(&ID).unwrap();
        assert_eq!(json, format!("\"{ID}\""));
        assert_eq!(serde_json::from_str::<NodeId>(&json).unwrap(), ID);
        assert!(serde_json::from_str::<NodeId>("\"a7\"").is_err());
    }
}
